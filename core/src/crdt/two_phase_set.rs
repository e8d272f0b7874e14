//! The 2P-set: what was added may be removed, and what was removed never comes back.

use std::collections::BTreeMap;

use super::Join;

/// The removed half of a two-phase set (Shapiro et al. 2011, specification 12), with the evidence of each removal.
///
/// The added half is any set that only grows and is held elsewhere: for revocations it is the voters' registers,
/// which hold every ballot already, and a second copy of a million ids would only be a chance to differ. An item
/// is in the set when it was added and is not [removed](TwoPhaseSet::removed). A removal may arrive before what it
/// removes. Of several pieces of evidence for one item the smallest is kept, so that replicas agree on it.
///
/// ```
/// use election_core::crdt::{Join, two_phase_set::TwoPhaseSet};
///
/// let (mut here, mut there) = (TwoPhaseSet::default(), TwoPhaseSet::default());
/// here.remove("ballot 7", "voted from two phones");
/// there.remove("ballot 7", "asked for it");
/// here.join(&there);
/// assert_eq!(here.removed(&"ballot 7"), Some(&"asked for it"));
/// assert_eq!(here.removed(&"ballot 8"), None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TwoPhaseSet<T, Evidence> {
    removed: BTreeMap<T, Evidence>,
}

impl<T, Evidence> Default for TwoPhaseSet<T, Evidence> {
    fn default() -> Self {
        Self {
            removed: BTreeMap::new(),
        }
    }
}

impl<T: Ord, Evidence: Ord> TwoPhaseSet<T, Evidence> {
    /// Removes an item for ever; true when that changed the set. O(log n).
    pub fn remove(&mut self, item: T, evidence: Evidence) -> bool {
        match self.removed.entry(item) {
            std::collections::btree_map::Entry::Vacant(entry) => {
                entry.insert(evidence);
                true
            }
            std::collections::btree_map::Entry::Occupied(mut entry) => {
                let smaller = evidence < *entry.get();
                if smaller {
                    entry.insert(evidence);
                }
                smaller
            }
        }
    }

    /// The evidence of an item's removal, if it was removed. O(log n).
    #[must_use]
    pub fn removed(&self, item: &T) -> Option<&Evidence> {
        self.removed.get(item)
    }

    /// How many items are removed.
    #[must_use]
    pub fn len(&self) -> usize {
        self.removed.len()
    }

    /// Whether nothing is removed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.removed.is_empty()
    }
}

impl<T: Ord + Clone, Evidence: Ord + Clone> Join for TwoPhaseSet<T, Evidence> {
    fn join(&mut self, other: &Self) -> bool {
        other
            .removed
            .iter()
            .fold(false, |changed, (item, evidence)| {
                self.remove(item.clone(), evidence.clone()) | changed
            })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::crdt::laws;

    fn states() -> impl Strategy<Value = TwoPhaseSet<u8, u8>> {
        proptest::collection::vec((0..6_u8, 0..4_u8), 0..8).prop_map(|removals| {
            let mut set = TwoPhaseSet::default();
            for (item, evidence) in removals {
                set.remove(item, evidence);
            }
            set
        })
    }

    proptest! {
        #[test]
        fn the_laws_hold(a in states(), b in states(), c in states()) {
            laws::hold(&a, &b, &c);
        }
    }
}
