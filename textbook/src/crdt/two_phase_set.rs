//! The 2P-set: what was added may be removed by whoever has the authority, and what was removed
//! never comes back.

use std::collections::BTreeSet;

use super::{GSet, Join, Removals};

/// A set with an added and a removed half (Shapiro et al. 2011, specification 12), both of which
/// only grow. An item is in when it is in the first and not in the second: a removal wins over
/// every addition, earlier or later.
///
/// Only the authorities may remove. Who they are is part of the set's definition, as a poll's chair
/// is part of its genesis: sets of different authorities are different sets, and are not to be
/// joined. The evidence of a removal is who removed.
///
/// - Cost: O(log n) for everything but joins, O(m log n) to join m items and removals.
/// - Caps: none of its own, as in its halves.
/// - Cannot: add an item again, remove an item that is not here yet, or know that it really was the
///   authority: it believes what it is told. Where replicas do not trust each other a removal has
///   to be signed, as a revocation is.
///
/// ```
/// use election_textbook::crdt::{Join, TwoPhaseSet, two_phase_set::NotRemoved};
///
/// let mut here = TwoPhaseSet::new(["chair"]);
/// here.add("ballot 7");
/// let mut there = here.clone();
/// assert_eq!(there.remove("ballot 7", "Ann"), Err(NotRemoved::NotAnAuthority));
/// there.remove("ballot 7", "chair")?;
/// here.join(&there);
/// assert!(!here.contains(&"ballot 7"));
/// here.add("ballot 7");
/// assert!(!here.contains(&"ballot 7"), "once out, always out");
/// # Ok::<(), NotRemoved>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TwoPhaseSet<T, Authority> {
    authorities: BTreeSet<Authority>,
    added: GSet<T>,
    removed: Removals<T, Authority>,
}

/// Why an item was not removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotRemoved {
    /// Who asked for it may not remove.
    #[error("only an authority of the set may remove from it")]
    NotAnAuthority,
    /// The item was never added, as far as is known here.
    #[error("the item is not here, or not yet: try again when it has come")]
    NotHere,
}

impl<T: Ord, Authority: Ord> TwoPhaseSet<T, Authority> {
    /// The empty set, from which those may remove.
    pub fn new(authorities: impl IntoIterator<Item = Authority>) -> Self {
        Self {
            authorities: authorities.into_iter().collect(),
            added: GSet::default(),
            removed: Removals::default(),
        }
    }

    /// Adds an item; true when it was never added before. It is in unless it was removed.
    pub fn add(&mut self, item: T) -> bool {
        self.added.insert(item)
    }

    /// Removes an item for ever; true when that changed the set.
    ///
    /// # Errors
    /// [`NotRemoved`], and the set is as it was.
    pub fn remove(&mut self, item: T, by: Authority) -> Result<bool, NotRemoved> {
        if !self.authorities.contains(&by) {
            Err(NotRemoved::NotAnAuthority)
        } else if !self.added.contains(&item) {
            Err(NotRemoved::NotHere)
        } else {
            Ok(self.removed.remove(item, by))
        }
    }

    /// Whether the item is in.
    #[must_use]
    pub fn contains(&self, item: &T) -> bool {
        self.added.contains(item) && self.removed.removed(item).is_none()
    }

    /// Every item that is in, ascending.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.added
            .iter()
            .filter(|item| self.removed.removed(item).is_none())
    }

    /// Who removed the item, if it was removed.
    #[must_use]
    pub fn removed_by(&self, item: &T) -> Option<&Authority> {
        self.removed.removed(item)
    }
}

impl<T: Ord + Clone, Authority: Ord + Clone> Join for TwoPhaseSet<T, Authority> {
    fn join(&mut self, other: &Self) -> bool {
        self.added.join(&other.added) | self.removed.join(&other.removed)
    }

    fn delta_since(&self, known: &Self) -> Self {
        Self {
            authorities: self.authorities.clone(),
            added: self.added.delta_since(&known.added),
            removed: self.removed.delta_since(&known.removed),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::crdt::laws::laws_of;

    /// What can be reached: everything is asked for, and some of it refused.
    fn states() -> impl Strategy<Value = TwoPhaseSet<u8, u8>> {
        proptest::collection::vec((0..6_u8, 0..4_u8, any::<bool>()), 0..16).prop_map(|steps| {
            let mut set = TwoPhaseSet::new([0, 1]);
            for (item, by, add) in steps {
                if add {
                    set.add(item);
                } else {
                    let _ = set.remove(item, by);
                }
            }
            set
        })
    }

    laws_of!(states());

    proptest! {
        #[test]
        fn a_removal_wins_over_every_addition(a in states(), b in states(), item in 0..6_u8) {
            let mut joined = a.clone();
            joined.join(&b);
            let removed = a.removed_by(&item).or(b.removed_by(&item)).is_some();
            prop_assert_eq!(joined.removed_by(&item).is_some(), removed);
            prop_assert_eq!(joined.contains(&item), !removed && (a.contains(&item) || b.contains(&item)));
            prop_assert!(!joined.add(item) || !removed);
            prop_assert_eq!(joined.contains(&item), !removed);
        }

        #[test]
        fn nobody_but_an_authority_removes(mut set in states(), item in 0..6_u8, by in 2..9_u8) {
            let before = set.clone();
            prop_assert_eq!(set.remove(item, by), Err(NotRemoved::NotAnAuthority));
            prop_assert_eq!(set, before);
        }
    }

    #[test]
    fn what_is_not_here_yet_cannot_be_removed() {
        let mut set = TwoPhaseSet::new(["chair"]);
        assert_eq!(set.remove(1, "chair"), Err(NotRemoved::NotHere));
        set.add(1);
        assert_eq!(set.remove(1, "chair"), Ok(true));
        assert_eq!(set.remove(1, "chair"), Ok(false));
        assert_eq!(set.iter().count(), 0);
        assert_eq!(set.removed_by(&1), Some(&"chair"));
    }
}
