//! What one tab delivered since it started, judged op by op: each once, a voter's ballots in their order, and a revocation
//! after its ballot.

use std::collections::{BTreeMap, BTreeSet};

use election_core::ids::{OpId, VoterKey};
use election_core::replica::io::{Delivered, What};

use crate::check::Violation;

/// What that was.
#[derive(Debug, Default)]
pub(super) struct Deliveries {
    ops: BTreeSet<OpId>,
    /// The number of each voter's next ballot.
    next: BTreeMap<VoterKey, u32>,
}

impl Deliveries {
    /// Takes down one more, and says what is wrong with it. Of a voter who signs many ballots under one number not all are
    /// kept, and one that went may come again: only voters who keep to the rules are judged, and whatever is not
    /// `of_attacker`.
    pub(super) fn add(
        &mut self,
        member: usize,
        delivered: &Delivered,
        honest_voters: &BTreeSet<VoterKey>,
        of_attacker: &BTreeSet<OpId>,
    ) -> Option<Violation> {
        let op = delivered.id;
        let again = !self.ops.insert(op) && !of_attacker.contains(&op);
        let out_of_order = match delivered.what {
            What::Ballot { voter, seq, .. } if honest_voters.contains(&voter) => {
                let next = self.next.entry(voter).or_default();
                let expected = *next;
                *next = seq + 1;
                (seq != expected).then_some(Violation::BallotOutOfOrder {
                    member,
                    ballot: op,
                    seq,
                    expected,
                })
            }
            What::Revocation { ballot, voter, .. } => {
                let unseen = !self.ops.contains(&ballot) && honest_voters.contains(&voter);
                unseen.then_some(Violation::RevokedUnseen { member, ballot })
            }
            _ => None,
        };
        let again = again.then_some(Violation::OpDeliveredTwice { member, op });
        again.or(out_of_order)
    }
}

#[cfg(test)]
mod tests {
    use election_core::poll::choice::Choice;
    use election_core::poll::genesis::Method;
    use election_core::replica::io::Via;
    use election_core::time::Millis;

    use super::*;

    const VOTER: VoterKey = VoterKey([1; 32]);

    fn op(number: u8) -> OpId {
        OpId([number; 32])
    }

    fn delivered(number: u8, what: What) -> Delivered {
        Delivered {
            id: op(number),
            at: Millis(0),
            via: Via::Gossip,
            what,
        }
    }

    fn ballot(number: u8, seq: u32) -> Delivered {
        let choice = Choice::new(&[0], Method::Single, 2);
        let Ok(choice) = choice else {
            unreachable!("one of two options is a choice")
        };
        let voter = VOTER;
        delivered(number, What::Ballot { voter, seq, choice })
    }

    fn revocation(number: u8, of: u8) -> Delivered {
        let reason = String::new();
        let (ballot, voter) = (op(of), VOTER);
        let what = What::Revocation {
            ballot,
            voter,
            reason,
        };
        delivered(number, what)
    }

    fn first(all: &[Delivered], of_attacker: &[u8]) -> Option<&'static str> {
        let mut deliveries = Deliveries::default();
        let of_attacker: BTreeSet<_> = of_attacker.iter().map(|number| op(*number)).collect();
        let honest: BTreeSet<_> = of_attacker
            .is_empty()
            .then_some(VOTER)
            .into_iter()
            .collect();
        let mut all = all.iter();
        let found = all.find_map(|one| deliveries.add(3, one, &honest, &of_attacker));
        found.map(|found| found.kind())
    }

    #[test]
    fn each_once_in_the_voters_order_and_revocations_after_their_ballot() {
        let fine = [ballot(1, 0), ballot(2, 1), revocation(3, 2), ballot(4, 2)];
        assert_eq!(first(&fine, &[]), None);
        let twice = [ballot(1, 0), revocation(2, 1), revocation(2, 1)];
        assert_eq!(first(&twice, &[]), Some("op-delivered-twice"));
        assert_eq!(first(&twice, &[1, 2]), None, "what was evicted may return");
        let gap = [ballot(1, 0), ballot(2, 2)];
        assert_eq!(first(&gap, &[]), Some("ballot-out-of-order"));
        assert_eq!(first(&[ballot(2, 1)], &[]), Some("ballot-out-of-order"));
        assert_eq!(first(&[revocation(2, 1)], &[]), Some("revoked-unseen"));
    }
}
