//! The G-Counter: many count, each for itself, and the sum only grows.

use super::{Join, VectorClock};

/// A counter that only grows (Shapiro et al. 2011, specification 6). Each actor counts in its own
/// entry, so that joining by the larger entry loses nothing: one number that all add to could not
/// tell a count that it has not heard of from one that it has.
///
/// - Cost: O(log n) to add, O(n) to read, O(n log n) to join, for n actors that ever added.
/// - Caps: each actor's own count stops at `u64::MAX`; the actors are capped by whoever lets them
///   in.
/// - Cannot: take anything back, say what was counted, or notice that one thing was counted by two.
///
/// ```
/// use election_textbook::crdt::{GCounter, Join};
///
/// let (mut here, mut there) = (GCounter::default(), GCounter::default());
/// here.add("here", 2);
/// there.add("there", 3);
/// here.join(&there);
/// here.join(&there); // Hearing it again changes nothing.
/// assert_eq!(here.value(), 5);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct GCounter<Actor> {
    /// How much each actor added is exactly how many of its events a clock would know.
    counts: VectorClock<Actor>,
}

impl<Actor> Default for GCounter<Actor> {
    fn default() -> Self {
        Self {
            counts: VectorClock::default(),
        }
    }
}

impl<Actor: Ord> GCounter<Actor> {
    /// Adds to that actor's own count; true when that changed it. Only the actor itself may do
    /// this: two that add in one entry lose the smaller.
    pub fn add(&mut self, actor: Actor, amount: u64) -> bool {
        let count = self.counts.get(&actor).saturating_add(amount);
        self.counts.advance(actor, count)
    }

    /// The sum, so wide that it cannot overflow.
    #[must_use]
    pub fn value(&self) -> u128 {
        self.counts.iter().map(|(_, count)| u128::from(count)).sum()
    }
}

impl<Actor: Ord + Clone> Join for GCounter<Actor> {
    fn join(&mut self, other: &Self) -> bool {
        self.counts.join(&other.counts)
    }

    fn delta_since(&self, known: &Self) -> Self {
        Self {
            counts: self.counts.delta_since(&known.counts),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::crdt::{laws::laws_of, vector_clock};

    pub fn states() -> impl Strategy<Value = GCounter<u8>> {
        vector_clock::tests::states().prop_map(|counts| GCounter { counts })
    }

    laws_of!(states());

    proptest! {
        #[test]
        fn no_addition_is_lost_and_none_is_received_twice(
            additions in proptest::collection::vec((0..3_usize, 0..9_u64), 0..20),
            meetings in crate::crdt::laws::meetings(),
        ) {
            let mut replicas = vec![GCounter::default(); 3];
            for &(actor, amount) in &additions {
                replicas[actor].add(actor, amount);
            }
            for (from, to, _) in meetings {
                let from = replicas[from % 3].clone();
                replicas[to % 3].join(&from);
            }
            let [mut all, second, third] = <[_; 3]>::try_from(replicas).expect("three were made");
            all.join(&second);
            all.join(&third);
            let sum: u64 = additions.iter().map(|(_, amount)| amount).sum();
            prop_assert_eq!(all.value(), u128::from(sum));
        }
    }

    #[test]
    fn a_count_stops_at_its_end_and_the_sum_does_not_overflow() {
        let mut counter = GCounter::default();
        assert!(counter.add(1, u64::MAX));
        assert!(!counter.add(1, 1));
        assert!(counter.add(2, u64::MAX));
        assert_eq!(counter.value(), 2 * u128::from(u64::MAX));
    }
}
