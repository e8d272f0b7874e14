//! What every member of the shelf is: a join-semilattice whose states can be told apart by deltas.

use std::collections::BTreeMap;

/// A join-semilattice: states with a least upper bound.
///
/// `join` is associative, commutative and idempotent, and reports whether it changed `self`; a
/// delta is as good as the whole state to whoever has the rest. The tests beside each member check
/// all of it with one line, `laws_of!(states())`.
///
/// ```
/// use election_core::crdt::{Join, Removals};
///
/// let (mut here, mut there) = (Removals::default(), Removals::default());
/// here.remove("ballot 7", "voted twice");
/// there.remove("ballot 7", "voted twice");
/// there.remove("ballot 8", "a lost card");
///
/// let delta = there.delta_since(&here);
/// assert_eq!(delta.removed(&"ballot 7"), None, "that is known already");
/// assert!(here.join(&delta));
/// assert!(!here.join(&there), "the delta brought all of it");
/// ```
pub trait Join {
    /// Becomes the least state that is at least both; true when that is another state than before.
    fn join(&mut self, other: &Self) -> bool;

    /// The part of `self` that `known` lacks. Whoever has at least `known` may join it in place of
    /// `self`; whoever has less may join it too, and lacks what they lacked.
    ///
    /// Sources: P. S. Almeida, A. Shoker, C. Baquero, "Delta state replicated data types", JPDC
    /// 111, 2018; for cutting it out of two states, V. Enes, P. S. Almeida, C. Baquero, J. Leitão,
    /// "Efficient synchronization of state-based CRDTs", ICDE 2019.
    #[must_use]
    fn delta_since(&self, known: &Self) -> Self;
}

/// A map from keys to states, joined key by key: a poll's registers by voter, say, or one counter
/// an option.
///
/// An absent key is one that nothing was said of yet. Cost of a join: O(k log n) for the k keys of
/// `other`. What it cannot do: forget a key.
impl<K: Ord + Clone, V: Join + Clone + PartialEq> Join for BTreeMap<K, V> {
    fn join(&mut self, other: &Self) -> bool {
        let mut changed = false;
        for (key, theirs) in other {
            if let Some(mine) = self.get_mut(key) {
                changed |= mine.join(theirs);
            } else {
                self.insert(key.clone(), theirs.clone());
                changed = true;
            }
        }
        changed
    }

    fn delta_since(&self, known: &Self) -> Self {
        let lacks = |(key, mine): (&K, &V)| match known.get(key) {
            None => Some((key.clone(), mine.clone())),
            Some(theirs) => {
                let delta = mine.delta_since(theirs);
                let nothing = theirs.delta_since(theirs);
                (delta != nothing).then(|| (key.clone(), delta))
            }
        };
        self.iter().filter_map(lacks).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::crdt::{Removals, laws::laws_of, removals::tests::states as removals};

    fn states() -> impl Strategy<Value = BTreeMap<u8, Removals<u8, u8>>> {
        proptest::collection::btree_map(0..4_u8, removals(), 0..4)
    }

    laws_of!(states());
}
