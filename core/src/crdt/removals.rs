//! Removals: the half of a two-phase set that says what is out, and never comes back.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::Join;

/// The removed half of a two-phase set (Shapiro et al. 2011, specification 12), with the evidence
/// of each removal.
///
/// The added half is any set that only grows: a G-set in the textbook's 2P-set, and in the product
/// the voters' registers, which hold every ballot already; a second copy of a million ids would
/// only be a chance to differ. An item is in the set when it was added and is not
/// [removed](Removals::removed). A removal may arrive before what it removes. Of several pieces of
/// evidence for one item the smallest is kept, so that replicas agree on it.
///
/// - Cost: O(log n) to remove or look up, O(m log n) to join m removals.
/// - Caps: none of its own, because dropping a removal would bring its item back; whoever lets
///   removals in caps them.
/// - Cannot: undo a removal. What comes back must come back as another item. Nor does it judge who
///   may remove.
///
/// ```
/// use election_core::crdt::{Join, Removals};
///
/// let (mut here, mut there) = (Removals::default(), Removals::default());
/// here.remove("ballot 7", "voted from two phones");
/// there.remove("ballot 7", "asked for it");
/// here.join(&there);
/// assert_eq!(here.removed(&"ballot 7"), Some(&"asked for it"));
/// assert_eq!(here.removed(&"ballot 8"), None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Removals<T, Evidence> {
    removed: BTreeMap<T, Evidence>,
}

impl<T, Evidence> Default for Removals<T, Evidence> {
    fn default() -> Self {
        Self {
            removed: BTreeMap::new(),
        }
    }
}

impl<T: Ord, Evidence: Ord> Removals<T, Evidence> {
    /// Removes an item for ever; true when that changed the set.
    pub fn remove(&mut self, item: T, evidence: Evidence) -> bool {
        match self.removed.entry(item) {
            Entry::Vacant(entry) => {
                entry.insert(evidence);
                true
            }
            Entry::Occupied(mut entry) => {
                let smaller = evidence < *entry.get();
                if smaller {
                    entry.insert(evidence);
                }
                smaller
            }
        }
    }

    /// Replaces the evidence of an item's removal, or undoes it when there is none any more. No
    /// operation of the set: it is for whoever keeps only some of what was said, and works out
    /// anew what that comes to.
    pub(crate) fn replace(&mut self, item: T, evidence: Option<Evidence>) {
        match evidence {
            Some(evidence) => drop(self.removed.insert(item, evidence)),
            None => drop(self.removed.remove(&item)),
        }
    }

    /// The evidence of an item's removal, if it was removed.
    #[must_use]
    pub fn removed(&self, item: &T) -> Option<&Evidence> {
        self.removed.get(item)
    }

    /// Every removed item, ascending, with the evidence.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&T, &Evidence)> {
        self.removed.iter()
    }

    /// Whether nothing is removed.
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.removed.is_empty()
    }
}

impl<T: Ord + Clone, Evidence: Ord + Clone> Join for Removals<T, Evidence> {
    fn join(&mut self, other: &Self) -> bool {
        other.iter().fold(false, |changed, (item, evidence)| {
            self.remove(item.clone(), evidence.clone()) | changed
        })
    }

    fn delta_since(&self, known: &Self) -> Self {
        let lacking = self
            .iter()
            .filter(|(item, evidence)| known.removed(item).is_none_or(|theirs| *evidence < theirs));
        Self {
            removed: lacking
                .map(|(item, evidence)| (item.clone(), evidence.clone()))
                .collect(),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::crdt::laws::laws_of;

    pub(crate) fn states() -> impl Strategy<Value = Removals<u8, u8>> {
        proptest::collection::btree_map(0..8_u8, 0..4_u8, 0..8)
            .prop_map(|removed| Removals { removed })
    }

    laws_of!(states());

    proptest! {
        #[test]
        fn what_is_removed_stays_removed(a in states(), b in states(), item in 0..8_u8) {
            let mut joined = a.clone();
            joined.join(&b);
            prop_assert!(a.removed(&item).is_none() || joined.removed(&item) <= a.removed(&item));
            prop_assert!(a.removed(&item).is_none() || joined.removed(&item).is_some());
        }
    }
}
