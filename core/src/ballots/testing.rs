//! Polls and ops for the tests of this crate. Keys are numbers, so that the same test makes the
//! same ops.

use std::cell::Cell;

use ed25519_zebra::SigningKey;

use super::BallotStore;
use super::capacity::Capacity;
use crate::ids::{OpId, VoterKey};
use crate::poll::ballot::Ballot;
use crate::poll::bar::BarVoter;
use crate::poll::choice::Choice;
use crate::poll::close::{SetStatus, Status};
use crate::poll::genesis::{DEFAULT_MAX_SEQ, Genesis};
use crate::poll::method::Method;
use crate::poll::op::{Op, VerifiedGenesis, VerifiedOp};
use crate::poll::revocation::RevokeBallot;
use crate::wire::envelope::{sign, voter_key};

/// A poll whose chair is key 0.
pub struct Poll {
    pub genesis: VerifiedGenesis,
    chair: SigningKey,
}

impl Poll {
    /// Approval, with three options.
    pub fn new() -> Self {
        let chair = key(0);
        let options = ["red", "green", "blue"];
        let genesis = Genesis::new(
            voter_key(&chair),
            "Which?",
            &options,
            Method::Approval,
            DEFAULT_MAX_SEQ,
        )
        .unwrap();
        Self {
            genesis: sign(&chair, crate::ids::PollId::NONE, genesis),
            chair,
        }
    }

    pub fn store(&self) -> BallotStore {
        BallotStore::new(self.genesis.clone())
    }

    pub fn store_of<'a>(&self, ops: impl IntoIterator<Item = &'a VerifiedOp>) -> BallotStore {
        let mut store = self.store();
        ops.into_iter().for_each(|op| {
            store.insert(op.clone());
        });
        store
    }

    /// A ballot of voter `number` at `seq`, marked by the bits of `marks`. Its `prev` is made up:
    /// only the broadcast looks at it.
    pub fn ballot(&self, number: u32, seq: u32, marks: u8) -> VerifiedOp {
        let marked: Vec<usize> = (0..3).filter(|bit| marks >> bit & 1 == 1).collect();
        let choice = Choice::new(&marked, Method::Approval, 3).unwrap();
        let prev = seq.checked_sub(1).map(|seq| (seq, OpId([seq as u8; 32])));
        sign(
            &key(number + 1),
            self.genesis.id().into(),
            Op::Ballot(Ballot::new(prev, choice, &self.genesis)),
        )
    }

    /// The chair's entry `index`, which revokes that ballot as one of that voter.
    pub fn revoke(&self, index: u32, voter: VoterKey, ballot: OpId) -> VerifiedOp {
        let op = RevokeBallot {
            index,
            voter,
            ballot,
            reason: "voted twice".to_owned(),
        };
        sign(
            &self.chair,
            self.genesis.id().into(),
            Op::RevokeBallot(Box::new(op)),
        )
    }

    /// The chair's entry `index`, which bars that voter.
    pub fn bar(&self, index: u32, voter: VoterKey) -> VerifiedOp {
        let reason = "not a member".to_owned();
        let op = BarVoter {
            index,
            voter,
            reason,
        };
        let op = Op::BarVoter(Box::new(op));
        sign(&self.chair, self.genesis.id().into(), op)
    }

    /// The chair's entry `index`, which closes the poll or opens it again, after those.
    pub fn set_status(&self, status: Status, index: u32, after: &[&VerifiedOp]) -> VerifiedOp {
        let mut after: Vec<OpId> = after.iter().map(|op| op.id()).collect();
        after.sort_unstable();
        let says = Box::new(SetStatus {
            index,
            after: after.into(),
        });
        let op = match status {
            Status::Open => Op::Reopen(says),
            Status::Closed => Op::Close(says),
        };
        sign(&self.chair, self.genesis.id().into(), op)
    }

    /// An op of a kind that no program knows yet.
    pub fn unknown(&self, number: u32) -> VerifiedOp {
        let body = number.to_be_bytes().into();
        sign(
            &key(number + 1),
            self.genesis.id().into(),
            Op::Unknown {
                kind: (200, 1),
                body,
            },
        )
    }
}

/// Room for so many voters and so many entries of the chair's log.
pub fn room_for(registers: usize, entries: usize) -> Capacity {
    Capacity {
        registers,
        entries,
        ..Capacity::default()
    }
}

thread_local! {
    static VISITED: Cell<u64> = const { Cell::new(0) };
}

/// Counts an op that a walk came by: work that can be asserted, unlike time.
pub fn visit() {
    VISITED.set(VISITED.get() + 1);
}

/// How many ops walks of this thread came by since this was asked last.
pub fn visited() -> u64 {
    VISITED.replace(0)
}

pub fn key(number: u32) -> SigningKey {
    let mut seed = [7; 32];
    seed[..4].copy_from_slice(&number.to_be_bytes());
    SigningKey::from(seed)
}
