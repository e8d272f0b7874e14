//! The box on registers is the product's poll without signatures and without its tree: fed the same
//! ops, it counts the same.

#![allow(clippy::unwrap_used)]
#![cfg(not(target_arch = "wasm32"))]

use ed25519_zebra::SigningKey;
use election_core::ballots::BallotStore;
use election_core::ids::{OpId, PollId, ReplicaId};
use election_core::poll::ballot::Ballot;
use election_core::poll::choice::Choice;
use election_core::poll::genesis::Genesis;
use election_core::poll::method::Method;
use election_core::poll::op::{Op, VerifiedGenesis, VerifiedOp};
use election_core::poll::revocation::RevokeBallot;
use election_core::wire::envelope::{sign, voter_key};
use election_textbook::boxes::{BallotBox, RegisterBox, Revocation, Slip};
use election_textbook::crdt::Join;
use proptest::prelude::*;

const OPTIONS: usize = 3;

fn key(number: u8) -> SigningKey {
    SigningKey::from([number + 1; 32])
}

fn genesis() -> VerifiedGenesis {
    let chair = key(0);
    let options = ["red", "green", "blue"];
    let genesis = Genesis::new(voter_key(&chair), "Which?", &options, Method::Approval, 3);
    sign(&chair, PollId::NONE, genesis.unwrap())
}

/// Voter, seq and marks of a ballot, and whether the chair revokes it.
type Wish = (u8, u32, u8, bool);

fn ballot(genesis: &VerifiedGenesis, (voter, seq, marks, _): Wish) -> VerifiedOp {
    let marked: Vec<usize> = (0..OPTIONS).filter(|bit| marks >> bit & 1 == 1).collect();
    let choice = Choice::new(&marked, Method::Approval, OPTIONS).unwrap();
    // Only the broadcast looks at `prev`.
    let prev = seq.checked_sub(1).map(|seq| (seq, OpId([seq as u8; 32])));
    let body = Op::Ballot(Ballot::new(prev, choice, genesis));
    sign(&key(voter), genesis.id().into(), body)
}

fn revoke(genesis: &VerifiedGenesis, index: u32, ballot: &Slip) -> VerifiedOp {
    let body = Op::RevokeBallot(Box::new(RevokeBallot {
        index,
        voter: ballot.voter,
        ballot: ballot.id,
        reason: "voted twice".to_owned(),
    }));
    sign(&key(0), genesis.id().into(), body)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn the_box_on_registers_counts_what_the_canvass_counts(
        wishes in proptest::collection::vec((1..4_u8, 0..3_u32, 1..8_u8, any::<bool>()), 0..10),
        split in any::<u32>(),
        order in any::<prop::sample::Index>(),
    ) {
        let genesis = genesis();
        let mut store = BallotStore::new(genesis.clone());
        let mut boxes = [RegisterBox::new(&genesis), RegisterBox::new(&genesis)];

        let mut ops = Vec::new();
        for (index, &wish) in wishes.iter().enumerate() {
            let op = ballot(&genesis, wish);
            let slip = Slip::of(&op).unwrap();
            let revocation = wish.3.then(|| revoke(&genesis, index as u32, &slip));
            ops.push((op, slip));
            ops.extend(revocation.map(|op| (op, slip)));
        }
        if !ops.is_empty() {
            let first = order.index(ops.len());
            ops.rotate_left(first);
        }
        for (index, (op, slip)) in ops.into_iter().enumerate() {
            // Each op at either of two replicas.
            let at = (split >> (index % 32) & 1) as usize;
            if Slip::of(&op) == Some(slip) {
                boxes[at].cast(ReplicaId(at as u64), &slip);
            } else {
                let (by, entry) = (op.author(), op.id());
                boxes[at]
                    .revoke(ReplicaId(at as u64), &Revocation { by, entry, slip })
                    .unwrap();
            }
            store.insert(op);
        }

        let [mut all, other] = boxes;
        all.join(&other);
        let counted: Vec<i128> = store.total().counts.iter().map(|&count| count.into()).collect();
        prop_assert_eq!(all.count(), counted);
    }
}
