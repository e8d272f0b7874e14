#![allow(clippy::unwrap_used)]

use ed25519_zebra::SigningKey;
use election_core::ballots::BallotStore;
use election_core::ids::{PrecinctId, ReturnId};
use election_core::poll::ballot::Ballot;
use election_core::poll::genesis::DEFAULT_MAX_SEQ;
use election_core::poll::method::Method;
use election_core::poll::op::{VerifiedGenesis, VerifiedOp};
use election_core::poll::precincts::Precincts;
use election_core::poll::revocation::RevokeBallot;
use election_core::poll::strike::StrikeReturn;
use election_core::wire::envelope::{sign, voter_key};
use proptest::prelude::*;

use super::super::testing::replica;
use super::*;
use crate::random::Random;

const OPTIONS: usize = 3;

fn key(number: u8) -> SigningKey {
    SigningKey::from([number; 32])
}

/// A poll whose chair is key 0.
fn poll() -> VerifiedGenesis {
    let genesis = Genesis::new(
        voter_key(&key(0)),
        "Which?",
        &["red", "green", "blue"],
        Method::Approval,
        DEFAULT_MAX_SEQ,
    );
    sign(&key(0), PollId::NONE, genesis.unwrap())
}

fn choice(marked: &[usize]) -> Choice {
    Choice::new(marked, Method::Approval, OPTIONS).unwrap()
}

fn ballot(voter: u8, seq: u32, id: u8, marked: &[usize]) -> SpecOp {
    SpecOp::Ballot {
        voter: VoterKey([voter; 32]),
        seq,
        id: OpId([id; 32]),
        choice: choice(marked),
    }
}

fn revocation(voter: u8, id: u8) -> SpecOp {
    let (voter, ballot) = (VoterKey([voter; 32]), OpId([id; 32]));
    SpecOp::Revocation { voter, ballot }
}

/// Counts, then ballots, counted, revoked, spoiled.
fn numbers(ops: &[SpecOp]) -> ([u64; 3], [u64; 4]) {
    let tally = fold(ops, OPTIONS);
    let rest = [tally.ballots, tally.counted, tally.revoked, tally.spoiled];
    (tally.counts.try_into().unwrap(), rest)
}

#[test]
fn every_rule_by_hand() {
    assert_eq!(numbers(&[]), ([0, 0, 0], [0, 0, 0, 0]));
    let first = ballot(1, 0, 1, &[0]);
    let other = ballot(2, 0, 2, &[0, 2]);
    assert_eq!(numbers(&[first, other, first]), ([2, 0, 1], [2, 2, 0, 0]));
    // The highest seq counts.
    let changed = ballot(1, 1, 3, &[1]);
    assert_eq!(numbers(&[changed, first]), ([0, 1, 0], [2, 1, 0, 0]));
    // A revoked ballot does not, nor does the one before it; one that is replaced is revoked as
    // well.
    let revoked = [first, changed, revocation(1, 3)];
    assert_eq!(numbers(&revoked), ([0, 0, 0], [2, 0, 1, 0]));
    let revoked = [first, changed, revocation(1, 1), revocation(1, 9)];
    assert_eq!(numbers(&revoked), ([0, 1, 0], [2, 1, 1, 0]));
    // It affects a ballot of the voter whom it names.
    let revoked = [first, other, revocation(2, 1), revocation(1, 2)];
    assert_eq!(numbers(&revoked), ([2, 0, 1], [2, 2, 0, 0]));
    // Two under one seq spoil it, and a higher one heals it; revoking one of them does not.
    let second = ballot(1, 0, 4, &[1]);
    assert_eq!(numbers(&[first, second]), ([0, 0, 0], [2, 0, 0, 1]));
    let revoked = [first, second, revocation(1, 1)];
    assert_eq!(numbers(&revoked), ([0, 0, 0], [2, 0, 1, 1]));
    let healed = [first, second, changed];
    assert_eq!(numbers(&healed), ([0, 1, 0], [3, 1, 0, 0]));
    // A third with a larger id is not held, revoked or not.
    let third = ballot(1, 0, 5, &[2]);
    let three = [third, first, second, revocation(1, 5)];
    assert_eq!(numbers(&three), ([0, 0, 0], [2, 0, 0, 1]));
}

#[test]
fn a_result_that_is_not_the_specifications_is_noticed() {
    let spec = fold(&[ballot(1, 0, 1, &[0])], OPTIONS);
    let mut shown = Return {
        counts: [1, 0, 0].into(),
        ballots: 1,
        counted: 1,
        revoked: 0,
        spoiled: 0,
    };
    assert_eq!(compare(replica(5), &spec, &shown), None);
    shown.spoiled = 2;
    let differs = Violation::SpecDiffers {
        replica: replica(5),
        figure: "spoiled registers".to_owned(),
        is: 2,
        expected: 0,
    };
    assert_eq!(compare(replica(5), &spec, &shown), Some(differs));
    shown.spoiled = 0;
    shown.counts = [1, 0].into();
    assert_eq!(
        compare(replica(5), &spec, &shown),
        None,
        "an option less, without marks"
    );
    shown.counts = [0, 1, 0].into();
    assert!(compare(replica(5), &spec, &shown).is_some());
}

/// Makes signed ops of a poll.
struct Maker {
    genesis: VerifiedGenesis,
}

impl Maker {
    fn poll(&self) -> PollId {
        self.genesis.id().into()
    }

    fn ballot(&self, voter: u8, prev: Option<(u32, OpId)>, marked: &[usize]) -> VerifiedOp {
        let ballot = Ballot::new(prev, choice(marked), &self.genesis);
        sign(&key(voter), self.poll(), Op::Ballot(ballot))
    }

    fn revoke(&self, signer: u8, ballot: &VerifiedOp) -> VerifiedOp {
        self.revoke_as(ballot.author(), signer, ballot)
    }

    fn revoke_as(&self, voter: VoterKey, signer: u8, ballot: &VerifiedOp) -> VerifiedOp {
        let revocation = RevokeBallot {
            index: 0,
            voter,
            ballot: ballot.id(),
            reason: "twice".to_owned(),
        };
        let op = Op::RevokeBallot(Box::new(revocation));
        sign(&key(signer), self.poll(), op)
    }

    fn decode(&self, op: &VerifiedOp) -> Option<ValidOp> {
        decode(op.bytes(), self.poll(), &self.genesis)
    }
}

#[test]
fn only_valid_ops_of_the_poll_are_taken() {
    let maker = Maker { genesis: poll() };
    let ballot = maker.ballot(1, None, &[1]);
    let decoded = maker.decode(&ballot).unwrap();
    let expected = SpecOp::Ballot {
        voter: voter_key(&key(1)),
        seq: 0,
        id: ballot.id(),
        choice: choice(&[1]),
    };
    assert_eq!(decoded.op, expected);
    let revocation = maker.revoke(0, &ballot);
    let ballot_id = ballot.id();
    let expected = SpecOp::Revocation {
        voter: ballot.author(),
        ballot: ballot_id,
    };
    assert_eq!(maker.decode(&revocation).unwrap().op, expected);
    assert_eq!(
        maker.decode(&maker.revoke(1, &ballot)),
        None,
        "not the chair"
    );
    let mut forged = ballot.bytes().to_vec();
    *forged.last_mut().unwrap() ^= 1;
    assert_eq!(decode(&forged, maker.poll(), &maker.genesis), None);
    let elsewhere = PollId([9; 32]);
    assert_eq!(decode(ballot.bytes(), elsewhere, &maker.genesis), None);
    let unknown = Op::Unknown {
        kind: (200, 1),
        body: [1, 2].into(),
    };
    let unknown = sign(&key(1), maker.poll(), unknown);
    assert_eq!(maker.decode(&unknown), None);
}

#[test]
fn what_comes_after_something_that_is_not_there_is_not_delivered() {
    let maker = Maker { genesis: poll() };
    let first = maker.ballot(1, None, &[0]);
    let second = maker.ballot(1, Some((0, first.id())), &[1]);
    let third = maker.ballot(1, Some((1, second.id())), &[2]);
    let revokes = maker.revoke(0, &second);
    let delivered = |ops: &[&VerifiedOp]| {
        let ops: Vec<_> = ops.iter().filter_map(|op| maker.decode(op)).collect();
        deliverable(&ops).len()
    };
    assert_eq!(delivered(&[&third, &second, &first, &third]), 3);
    assert_eq!(delivered(&[&third, &first]), 1);
    assert_eq!(
        delivered(&[&revokes, &first]),
        2,
        "an entry waits for nothing"
    );
    // Two smaller ids under its seq: nobody would hold it.
    let mut signed = [0, 1, 2].map(|option| maker.ballot(2, None, &[option]));
    signed.sort_by_key(VerifiedOp::id);
    let [smallest, middle, largest] = &signed;
    let after = maker.ballot(2, Some((0, largest.id())), &[0]);
    assert_eq!(delivered(&[&after, smallest, middle]), 3);
    assert_eq!(delivered(&[&after, smallest]), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// The store, fed in a random order, and the specification see the same.
    #[test]
    fn the_canvass_does_what_the_specification_says(seed: u64) {
        let maker = Maker { genesis: poll() };
        let mut random = Random::new(seed);
        let (mut ops, mut misnamed): (Vec<VerifiedOp>, Vec<VerifiedOp>) = Default::default();
        for voter in 1..=4 {
            let mut prev = None;
            for seq in 0..=random.below(3) as u32 {
                let signed = random.between(1, 3) as usize;
                let signed = (0..signed).map(|option| maker.ballot(voter, prev, &[option]));
                let signed: Vec<_> = signed.collect();
                prev = random.pick(&signed).map(|one| (seq, one.id()));
                for one in signed {
                    // With the right voter or another.
                    if random.chance(0.1) {
                        let named = voter_key(&key(random.between(1, 4) as u8));
                        misnamed.push(maker.revoke_as(named, 0, &one));
                    }
                    if random.chance(0.2) {
                        ops.push(maker.revoke(0, &one));
                    }
                    ops.push(one);
                }
            }
        }
        for last in (1..ops.len()).rev() {
            ops.swap(last, random.below(last as u64 + 1) as usize);
        }
        let valid: Vec<_> = ops.iter().filter_map(|op| maker.decode(op)).collect();
        let spec = fold(&deliverable(&valid), OPTIONS);
        prop_assert_eq!(deliverable(&valid).len(), ops.len());
        let mut store = BallotStore::new(maker.genesis.clone());
        for op in &ops {
            store.insert(op.clone());
        }
        prop_assert_eq!(compare(replica(1), &spec, store.total()), None);
        // However they come to be delivered, and whenever.
        ops.extend(misnamed);
        let all: Vec<_> = ops.iter().filter_map(|op| Some(maker.decode(op)?.op)).collect();
        let spec = fold(&all, OPTIONS);
        let mut other = BallotStore::new(maker.genesis.clone());
        for (op, same) in ops.iter().zip(ops.iter().rev()) {
            store.insert(op.clone());
            other.insert(same.clone());
            other.fold();
        }
        prop_assert_eq!(compare(replica(1), &spec, store.total()), None);
        prop_assert_eq!(compare(replica(1), &spec, other.total()), None);
    }
}

#[test]
fn a_strike_is_an_entry_of_the_log_that_changes_no_tally() {
    let genesis = poll().into_parts().0;
    let genesis = genesis.with_precincts(Precincts::Automatic(2)).unwrap();
    let maker = Maker {
        genesis: sign(&key(0), PollId::NONE, genesis),
    };
    let strike = StrikeReturn {
        index: 0,
        precinct: PrecinctId(1),
        return_id: ReturnId([3; 32]),
        reason: "false".to_owned(),
    };
    let strike = Op::StrikeReturn(Box::new(strike));
    let strike = sign(&key(0), maker.poll(), strike);
    let ballot = maker.ballot(1, None, &[1]);
    let revocation = maker.revoke(0, &ballot);
    let ops = [&ballot, &strike, &revocation].map(|op| maker.decode(op).unwrap());
    assert_eq!(ops[1].op, SpecOp::Entry);
    let all = deliverable(&ops);
    assert_eq!((all.len(), fold(&all, OPTIONS).revoked), (3, 1));
}
