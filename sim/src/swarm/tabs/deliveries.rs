//! What one tab delivered since it started, judged op by op: each once, and a voter's ballots in
//! their order.

use std::collections::{BTreeMap, BTreeSet};

use election_core::ids::{OpId, VoterKey};
use election_core::poll::op::Op;
use election_core::replica::io::Delivered;

use crate::check::Violation;

/// What that was.
#[derive(Debug, Default)]
pub(super) struct Deliveries {
    ops: BTreeSet<OpId>,
    /// The number of each voter's next ballot.
    next: BTreeMap<VoterKey, u32>,
}

impl Deliveries {
    /// Takes down one more, and says what is wrong with it. Of a voter who signs many ballots under
    /// one number not all are kept, and one that went may come again: only voters of the tab's
    /// precinct who keep to the rules are judged, and whatever is not `of_attacker`.
    pub(super) fn add(
        &mut self,
        member: usize,
        delivered: &Delivered,
        honest_voters: &BTreeSet<VoterKey>,
        of_attacker: &BTreeSet<OpId>,
    ) -> Option<Violation> {
        let (op, author) = (delivered.op.id(), delivered.op.author());
        let again = !self.ops.insert(op) && !of_attacker.contains(&op);
        let out_of_order = match &*delivered.op {
            Op::Ballot(ballot) if honest_voters.contains(&author) => {
                let next = self.next.entry(author).or_default();
                let (seq, expected) = (ballot.seq, *next);
                *next = seq + 1;
                (seq != expected).then_some(Violation::BallotOutOfOrder {
                    member,
                    ballot: op,
                    seq,
                    expected,
                })
            }
            _ => None,
        };
        let again = again.then_some(Violation::OpDeliveredTwice { member, op });
        again.or(out_of_order)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use ed25519_zebra::SigningKey;
    use election_core::ids::PollId;
    use election_core::poll::ballot::Ballot;
    use election_core::poll::choice::Choice;
    use election_core::poll::genesis::Genesis;
    use election_core::poll::method::Method;
    use election_core::poll::op::VerifiedOp;
    use election_core::poll::revocation::RevokeBallot;
    use election_core::replica::io::Via;
    use election_core::time::Millis;
    use election_core::wire::envelope::{sign, voter_key};

    use super::*;

    const POLL: PollId = PollId([7; 32]);

    fn voter() -> SigningKey {
        SigningKey::from([1; 32])
    }

    /// That many ballots of the voter, one after the other.
    fn ballots(number: usize) -> Vec<VerifiedOp> {
        let chair = voter_key(&SigningKey::from([2; 32]));
        let genesis = Genesis::new(chair, "?", &["a", "b"], Method::Single, 9).unwrap();
        let choice = Choice::new(&[0], genesis.method(), genesis.options().len()).unwrap();
        let mut ballots: Vec<VerifiedOp> = Vec::new();
        for number in 0..number {
            let prev = ballots.last().map(|last| (number as u32 - 1, last.id()));
            let ballot = Op::Ballot(Ballot::new(prev, choice, &genesis));
            ballots.push(sign(&voter(), POLL, ballot));
        }
        ballots
    }

    fn revocation(of: &VerifiedOp) -> VerifiedOp {
        let revocation = RevokeBallot {
            index: 0,
            voter: of.author(),
            ballot: of.id(),
            reason: String::new(),
        };
        let op = Op::RevokeBallot(Box::new(revocation));
        sign(&SigningKey::from([2; 32]), POLL, op)
    }

    fn first(all: &[&VerifiedOp], of_attacker: &[&VerifiedOp]) -> Option<&'static str> {
        let mut deliveries = Deliveries::default();
        let of_attacker: BTreeSet<_> = of_attacker.iter().map(|op| op.id()).collect();
        let honest = of_attacker.is_empty().then(|| voter_key(&voter()));
        let honest: BTreeSet<_> = honest.into_iter().collect();
        let mut all = all.iter();
        let found = all.find_map(|op| {
            let delivered = Delivered {
                op: (*op).clone(),
                at: Millis(0),
                via: Via::Gossip,
            };
            deliveries.add(3, &delivered, &honest, &of_attacker)
        });
        found.map(|found| found.kind())
    }

    #[test]
    fn each_once_and_in_the_voters_order() {
        let ballots = ballots(3);
        let [one, two, three] = [&ballots[0], &ballots[1], &ballots[2]];
        let [of_one, of_two] = [revocation(one), revocation(two)];
        assert_eq!(first(&[one, two, &of_two, three], &[]), None);
        let twice = [one, &of_one, &of_one];
        assert_eq!(first(&twice, &[]), Some("op-delivered-twice"));
        let may_return = first(&twice, &[one, &of_one]);
        assert_eq!(may_return, None, "what was evicted may return");
        assert_eq!(first(&[one, three], &[]), Some("ballot-out-of-order"));
        assert_eq!(first(&[two], &[]), Some("ballot-out-of-order"));
        assert_eq!(first(&[&of_one, one], &[]), None);
    }
}
