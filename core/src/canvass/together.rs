//! Claims that wait for each other.
//!
//! A claim names what its proposer had, and of that only the newest is left for whoever comes later: a newcomer may hold
//! version 5 of one precinct, which comes after version 7 of another, and version 9 of that one, which comes after version 5
//! of the first. Neither can be shown before the other; both together are a consistent cut.

use std::collections::BTreeSet;

use super::board::Board;
use crate::ids::PrecinctId;
use crate::sorted::SortedMap;

/// Each round takes out claims that wait for what no other claim here gives. Chains that are longer go on waiting.
const ROUNDS: usize = 64;

impl Board {
    /// Delivers the waiting claims that come after nothing but what is shown and each other: the largest such set. True
    /// when there were any. O(what waits), at most 64 times.
    pub fn deliver_together(&mut self) -> bool {
        let mut set: Vec<_> = self.waiting().map(|(claim, _)| claim.statement()).collect();
        for round in 0.. {
            let mut newest = SortedMap::default();
            for statement in &set {
                let version: &mut u64 = newest.get_or_insert(statement.precinct, 0);
                *version = statement.version().max(*version);
            }
            let before = set.len();
            set.retain(|statement| {
                statement.after().all(|(precinct, version)| {
                    newest.get(&precinct).is_some_and(|has| *has >= version)
                        || self.delivered.admits(precinct, version)
                })
            });
            if set.len() == before {
                break;
            }
            if round >= ROUNDS {
                return false;
            }
        }
        let set: Vec<(PrecinctId, u64)> = set
            .into_iter()
            .map(|statement| (statement.precinct, statement.version()))
            .collect();
        for (precinct, version) in &set {
            if let Some(contest) = self.delivered.contests.get_mut(usize::from(precinct.0)) {
                contest.reach(*version);
            }
        }
        let precincts: BTreeSet<PrecinctId> = set.iter().map(|(precinct, _)| *precinct).collect();
        for precinct in precincts {
            self.changed(precinct);
        }
        !set.is_empty()
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::board::{Board, Taken};
    use super::super::board_testing::*;
    use crate::ids::PrecinctId;

    #[test]
    fn claims_that_wait_for_each_other_are_shown_together_and_others_go_on_waiting() {
        const LAST: PrecinctId = PrecinctId(2);
        let mut board = Board::new(poll().rules);
        let one = statement(HERE, 5, &[(THERE, 7)]);
        let other = statement(THERE, 9, &[(HERE, 5)]);
        let third = statement(LAST, 3, &[(HERE, 6)]);
        assert_eq!(board.claim(signed(&one, [0, 1])), Taken::Waits(THERE));
        assert!(!board.deliver_together());
        assert_eq!(board.claim(signed(&third, [0, 1])), Taken::Waits(HERE));
        assert_eq!(board.claim(signed(&other, [0, 1])), Taken::Waits(HERE));
        assert!(board.deliver_together());
        let shown = [HERE, THERE, LAST].map(|precinct| board.version(precinct));
        assert_eq!(shown, [Some(5), Some(9), None]);
        let waiting: Vec<_> = board.waiting().map(|(_, precinct)| precinct).collect();
        assert_eq!(waiting, [HERE]);
        assert!(!board.deliver_together());
    }
}
