//! The vector clock: how much of what each actor did is known, and so what came before what.

use core::cmp::Ordering;
use std::collections::BTreeMap;

use super::Join;

/// For each actor, how many of its events are known. Two clocks compare as their events do: less
/// means *happened before*, not comparable means *concurrent*.
///
/// Sources: happened-before, L. Lamport, "Time, clocks, and the ordering of events in a distributed
/// system", CACM 21, 1978; the vector that tells exactly, C. J. Fidge, "Timestamps in
/// message-passing systems that preserve the partial ordering", ACSC 1988, and F. Mattern, "Virtual
/// time and global states of distributed systems", 1988.
///
/// - Cost: O(log n) to count or read, O(n log n) to join, O(n) memory and bytes, for n actors that
///   ever did anything. That n is why the product does not send one with every ballot, but names
///   what the ballot truly depends on.
/// - Caps: none of its own, because dropping an actor would undo a join; whoever takes clocks from
///   others caps their length first. A count ends at `u64::MAX`.
/// - Cannot: order concurrent events, forget an actor, or tell a lie from a count: an actor that
///   runs as two (a copied tab) makes two events look like one.
///
/// ```
/// use election_textbook::crdt::{Join, VectorClock};
///
/// let mut ann = VectorClock::default();
/// ann.increment("Ann");
/// let mut ben = VectorClock::default();
/// ben.increment("Ben");
/// assert!(ann.concurrent(&ben), "neither knew of the other");
///
/// ben.join(&ann); // Ben hears from Ann, and then does something.
/// ben.increment("Ben");
/// assert!(ann < ben, "what Ann did happened before it");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct VectorClock<Actor> {
    /// No zeros: an actor that did nothing is absent, so that equal clocks are equal maps.
    counts: BTreeMap<Actor, u64>,
}

impl<Actor> Default for VectorClock<Actor> {
    fn default() -> Self {
        Self {
            counts: BTreeMap::new(),
        }
    }
}

impl<Actor: Ord> VectorClock<Actor> {
    /// How many of that actor's events are known.
    #[must_use]
    pub fn get(&self, actor: &Actor) -> u64 {
        self.counts.get(actor).copied().unwrap_or(0)
    }

    /// Counts one more event of that actor, and tells its number, from 1. `None` when the count is
    /// at its end: then nothing changed, and the event cannot be numbered. Only the actor itself
    /// may do this.
    pub fn increment(&mut self, actor: Actor) -> Option<u64> {
        let next = self.get(&actor).checked_add(1)?;
        self.counts.insert(actor, next);
        Some(next)
    }

    /// Knows that actor's events up to `count`; true when that is news.
    pub fn advance(&mut self, actor: Actor, count: u64) -> bool {
        let news = count > self.get(&actor);
        if news {
            self.counts.insert(actor, count);
        }
        news
    }

    /// Whether neither happened before the other, and they are not equal.
    #[must_use]
    pub fn concurrent(&self, other: &Self) -> bool {
        self.partial_cmp(other).is_none()
    }

    /// The actors with events, ascending, each with how many.
    pub fn iter(&self) -> impl Iterator<Item = (&Actor, u64)> {
        self.counts.iter().map(|(actor, count)| (actor, *count))
    }

    /// How many actors have events.
    #[must_use]
    pub fn len(&self) -> usize {
        self.counts.len()
    }

    /// Whether no event is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    fn covers(&self, other: &Self) -> bool {
        other.iter().all(|(actor, count)| self.get(actor) >= count)
    }
}

/// The causal order, which is partial. O(n log n).
impl<Actor: Ord> PartialOrd for VectorClock<Actor> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match (self.covers(other), other.covers(self)) {
            (true, true) => Some(Ordering::Equal),
            (true, false) => Some(Ordering::Greater),
            (false, true) => Some(Ordering::Less),
            (false, false) => None,
        }
    }
}

impl<Actor: Ord + Clone> Join for VectorClock<Actor> {
    fn join(&mut self, other: &Self) -> bool {
        other.iter().fold(false, |changed, (actor, count)| {
            self.advance(actor.clone(), count) | changed
        })
    }

    fn delta_since(&self, known: &Self) -> Self {
        let lacking = self
            .iter()
            .filter(|(actor, count)| *count > known.get(actor))
            .map(|(actor, count)| (actor.clone(), count));
        Self {
            counts: lacking.collect(),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::crdt::laws::laws_of;

    pub fn states() -> impl Strategy<Value = VectorClock<u8>> {
        let count = prop_oneof![4 => 1..4_u64, 1 => Just(u64::MAX)];
        proptest::collection::btree_map(0..4_u8, count, 0..4)
            .prop_map(|counts| VectorClock { counts })
    }

    laws_of!(states());

    proptest! {
        #[test]
        fn the_order_is_that_of_the_lattice(a in states(), b in states()) {
            let mut joined = a.clone();
            joined.join(&b);
            prop_assert_eq!(a >= b, joined == a);
            prop_assert_eq!(a <= b, joined == b);
            prop_assert_eq!(a.concurrent(&b), joined != a && joined != b);
        }

        #[test]
        fn an_event_comes_after_all_that_its_actor_knew(before in states(), actor in 0..4_u8) {
            let mut after = before.clone();
            match after.increment(actor) {
                Some(number) => {
                    prop_assert!(before < after);
                    prop_assert_eq!(after.get(&actor), number);
                }
                None => prop_assert_eq!(before, after),
            }
        }
    }

    #[test]
    fn nothing_known_of_an_actor_is_not_an_entry() {
        let mut clock = VectorClock::default();
        assert!(!clock.advance("Ann", 0));
        assert!(clock.is_empty());
        assert!(clock.advance("Ann", 3) && !clock.advance("Ann", 2));
        assert_eq!((clock.get(&"Ann"), clock.get(&"Ben")), (3, 0));
    }
}
