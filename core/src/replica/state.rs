//! What was delivered, and what it means for what was not: the application end of causal delivery.

use crate::broadcast::{Application, Message};
use crate::canvass::{Canvass, Inserted};
use crate::ids::{OpId, Place, VoterKey};
use crate::poll::log::LogLink;
use crate::poll::op::{Op, VerifiedOp};
use crate::time::Millis;

use super::io::{Delivered, Via, What};

/// A verified op on its way to delivery.
#[derive(Debug)]
pub struct Arrival {
    pub op: VerifiedOp,
    pub at: Millis,
    pub via: Via,
}

impl Message for Arrival {
    type Id = OpId;

    fn id(&self) -> OpId {
        self.op.id()
    }

    fn size(&self) -> usize {
        self.op.bytes().len()
    }
}

/// What an op may have to wait for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dependency {
    /// A ballot of that voter with that seq.
    Slot(VoterKey, u32),
    /// That entry of the chair's log.
    Entry(OpId),
}

impl core::fmt::Display for Dependency {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Slot(voter, seq) => write!(f, "ballot {seq} of voter {voter}"),
            Self::Entry(id) => write!(f, "entry {id} of the chair's log"),
        }
    }
}

/// A delivered op, with what is needed to persist it and pass it on.
#[derive(Debug)]
pub struct Fresh {
    pub delivered: Delivered,
    pub bytes: Vec<u8>,
}

/// The delivered ops, and those of them that nobody was told of yet.
pub struct State {
    pub canvass: Canvass,
    pub fresh: Vec<Fresh>,
    /// Ops that there was no room for.
    pub full: u64,
}

impl State {
    pub fn new(canvass: Canvass) -> Self {
        Self {
            canvass,
            fresh: Vec::new(),
            full: 0,
        }
    }

    /// The first thing that an op comes after and that is not delivered yet, and the id of the op that it waits for.
    pub fn first_missing(&self, op: &VerifiedOp) -> Option<(Dependency, OpId)> {
        match &**op {
            Op::Ballot(ballot) => {
                let prev = ballot.prev?;
                let seq = ballot.seq.checked_sub(1)?;
                let covered = self.canvass.covers(op.place(), &op.author(), seq, prev);
                (!covered).then(|| (Dependency::Slot(op.author(), seq), prev))
            }
            Op::RevokeBallot(revocation) => {
                if let Some(missing) = self.missing_entry(revocation.link) {
                    return Some(missing);
                }
                let place = Place::of(self.canvass.poll(), revocation.voter);
                if self.canvass.is_foreign(place) {
                    // The ballot is kept, and waited for, in its own precinct.
                    return None;
                }
                let (voter, seq, ballot) = (revocation.voter, revocation.seq, revocation.ballot);
                let covered = self.canvass.covers(place, &voter, seq, ballot);
                (!covered).then_some((Dependency::Slot(voter, seq), ballot))
            }
            Op::StrikeReturn(strike) => self.missing_entry(strike.link),
            Op::Unknown { .. } => None,
        }
    }

    fn missing_entry(&self, link: LogLink) -> Option<(Dependency, OpId)> {
        let is_admitted = self.canvass.log().admits(link);
        let prev = link.prev.filter(|_| !is_admitted)?;
        Some((Dependency::Entry(prev), prev))
    }
}

impl Application for State {
    type Message = Arrival;
    type Dependency = Dependency;

    fn missing(&self, arrival: &Arrival) -> Option<Dependency> {
        let (missing, _) = self.first_missing(&arrival.op)?;
        Some(missing)
    }

    fn deliver(&mut self, arrival: Arrival) -> Option<Dependency> {
        let Arrival { op, at, via } = arrival;
        let id = op.id();
        let (what, wakes) = match &*op {
            Op::Ballot(ballot) => (
                What::Ballot {
                    voter: op.author(),
                    seq: ballot.seq,
                    choice: ballot.choice,
                },
                Dependency::Slot(op.author(), ballot.seq),
            ),
            Op::RevokeBallot(revocation) => (
                What::Revocation {
                    ballot: revocation.ballot,
                    voter: revocation.voter,
                    reason: revocation.reason.clone(),
                },
                Dependency::Entry(id),
            ),
            Op::StrikeReturn(strike) => (
                What::Strike {
                    precinct: strike.precinct,
                    return_id: strike.return_id,
                    reason: strike.reason.clone(),
                },
                Dependency::Entry(id),
            ),
            Op::Unknown { .. } => (What::Unknown, Dependency::Entry(id)),
        };
        let bytes = op.bytes().to_vec();
        match self.canvass.insert(op) {
            Inserted::Added => {
                let delivered = Delivered { id, at, via, what };
                self.fresh.push(Fresh { delivered, bytes });
                Some(wakes)
            }
            Inserted::Full => {
                self.full += 1;
                None
            }
            Inserted::Known | Inserted::Dominated | Inserted::Foreign => None,
        }
    }
}
