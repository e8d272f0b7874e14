//! When each ballot came, for the chair's table: the newest are found without looking at the
//! others. Pure.

use std::collections::{BTreeMap, BTreeSet};

use election_core::ids::{OpId, VoterKey};
use election_core::time::Millis;

/// When a ballot came, and which it is: its place in the order of arrival.
pub type Arrival = (Millis, OpId);

/// The ballots in the order in which they came.
#[derive(Debug, Default)]
pub struct Arrivals(BTreeMap<Arrival, VoterKey>);

impl Arrivals {
    /// A ballot came in.
    pub fn add(&mut self, arrival: Arrival, voter: VoterKey) {
        self.0.insert(arrival, voter);
    }

    /// Those ballots are not held any more. Looks at all of them.
    pub fn remove(&mut self, ballots: &BTreeSet<OpId>) {
        self.0.retain(|(_, id), _| !ballots.contains(id));
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The newest, at most `most` and newest first; then `also`, if it is an older one.
    pub fn newest(
        &self,
        most: usize,
        also: Option<Arrival>,
    ) -> impl Iterator<Item = (Arrival, VoterKey)> {
        let newest = self.0.iter().rev().take(most);
        let older = self.0.iter().rev().nth(most.wrapping_sub(1));
        let also = also.filter(|also| older.is_some_and(|(oldest, _)| also < oldest));
        let also = also.and_then(|also| self.0.get_key_value(&also));
        newest
            .chain(also)
            .map(|(arrival, voter)| (*arrival, *voter))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrival(at: u64) -> Arrival {
        (Millis(at), OpId([at as u8; 32]))
    }

    fn newest(arrivals: &Arrivals, most: usize, also: Option<u64>) -> Vec<u64> {
        let newest = arrivals.newest(most, also.map(arrival));
        newest.map(|((at, _), _)| at.0).collect()
    }

    #[test]
    fn the_newest_come_first_and_one_in_hand_stays() {
        let mut arrivals = Arrivals::default();
        for at in [3, 1, 5, 2, 4] {
            arrivals.add(arrival(at), VoterKey([0; 32]));
        }
        assert_eq!(arrivals.len(), 5);
        assert_eq!(newest(&arrivals, 3, None), [5, 4, 3]);
        assert_eq!(newest(&arrivals, 9, None), [5, 4, 3, 2, 1]);
        assert_eq!(newest(&arrivals, 3, Some(1)), [5, 4, 3, 1]);
        assert_eq!(newest(&arrivals, 3, Some(3)), [5, 4, 3], "not twice");
        assert_eq!(newest(&arrivals, 9, Some(1)), [5, 4, 3, 2, 1], "not twice");
        assert_eq!(newest(&arrivals, 3, Some(7)), [5, 4, 3], "there is no such");
        assert_eq!(newest(&Arrivals::default(), 3, Some(1)), [0; 0]);
    }

    #[test]
    fn what_is_not_held_any_more_is_not_listed() {
        let mut arrivals = Arrivals::default();
        for at in 1..=5 {
            arrivals.add(arrival(at), VoterKey([0; 32]));
        }
        arrivals.remove(&[2, 4, 9].map(|at| arrival(at).1).into());
        assert_eq!(newest(&arrivals, 9, None), [5, 3, 1]);
    }
}
