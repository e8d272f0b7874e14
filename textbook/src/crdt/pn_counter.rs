//! The PN-Counter: two that only grow, one for what is added and one for what is taken away.

use super::{GCounter, Join};

/// A counter that goes both ways (Shapiro et al. 2011, specification 7): what was added less what
/// was subtracted.
///
/// - Cost and caps: those of two [`GCounter`]s.
/// - Cannot: say what was taken away, or refuse to take away what was never added. It falls below
///   zero, and a rule against that would need the replicas to agree first.
///
/// ```
/// use election_textbook::crdt::{Join, PnCounter};
///
/// let (mut here, mut there) = (PnCounter::default(), PnCounter::default());
/// here.add("here", 1);
/// there.subtract("there", 1); // Of a thing that has not come there yet, or never will.
/// assert_eq!(there.value(), -1);
/// there.join(&here);
/// assert_eq!(there.value(), 0);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PnCounter<Actor> {
    added: GCounter<Actor>,
    subtracted: GCounter<Actor>,
}

impl<Actor> Default for PnCounter<Actor> {
    fn default() -> Self {
        Self {
            added: GCounter::default(),
            subtracted: GCounter::default(),
        }
    }
}

impl<Actor: Ord> PnCounter<Actor> {
    /// Adds in the name of that actor; true when that changed anything. See [`GCounter::add`].
    pub fn add(&mut self, actor: Actor, amount: u64) -> bool {
        self.added.add(actor, amount)
    }

    /// Takes away in the name of that actor; true when that changed anything.
    pub fn subtract(&mut self, actor: Actor, amount: u64) -> bool {
        self.subtracted.add(actor, amount)
    }

    /// What was added less what was subtracted.
    #[must_use]
    pub fn value(&self) -> i128 {
        // Both are below 2^127: that many counts of 64 bits do not fit into any memory.
        self.added.value() as i128 - self.subtracted.value() as i128
    }
}

impl<Actor: Ord + Clone> Join for PnCounter<Actor> {
    fn join(&mut self, other: &Self) -> bool {
        self.added.join(&other.added) | self.subtracted.join(&other.subtracted)
    }

    fn delta_since(&self, known: &Self) -> Self {
        Self {
            added: self.added.delta_since(&known.added),
            subtracted: self.subtracted.delta_since(&known.subtracted),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::crdt::{g_counter::tests::states as counters, laws::laws_of};

    fn states() -> impl Strategy<Value = PnCounter<u8>> {
        (counters(), counters()).prop_map(|(added, subtracted)| PnCounter { added, subtracted })
    }

    laws_of!(states());

    #[test]
    fn the_two_halves_are_told_apart() {
        let (mut here, mut there) = (PnCounter::default(), PnCounter::default());
        assert!(here.add(1, 5) && here.subtract(1, 2));
        assert!(there.subtract(2, 4));
        assert!(here.join(&there) && there.join(&here));
        assert_eq!((here.value(), there.value()), (-1, -1));
    }
}
