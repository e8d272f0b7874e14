//! What was delivered, and what it means for what was not: the application end of causal delivery.

use crate::ballots::{BallotStore, Inserted};
use crate::broadcast::{Application, Message};
use crate::ids::OpId;
use crate::poll::ballot::Ballot;
use crate::poll::op::{Op, VerifiedOp};
use crate::time::Millis;
use crate::wire::envelope::Claim;

use super::io::{Delivered, Via};
use super::view::Dependency;

/// A verified op on its way to delivery.
#[derive(Debug)]
pub(crate) struct Arrival {
    pub(crate) op: VerifiedOp,
    pub(crate) at: Millis,
    pub(crate) via: Via,
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

/// The delivered ops, and those of them that nobody was told of yet.
pub(crate) struct State {
    pub(crate) store: BallotStore,
    pub(crate) fresh: Vec<Delivered>,
    /// Ops that there was no room for.
    pub(crate) full: u64,
}

impl State {
    pub(crate) fn new(store: BallotStore) -> Self {
        Self {
            store,
            fresh: Vec::new(),
            full: 0,
        }
    }

    /// What this comes after and what is not delivered yet: a ballot's earlier one, or entries that
    /// closed or opened the poll before. Which, and its id.
    pub(crate) fn missing_of(&self, op: &Claim<Op>) -> Option<(Dependency, OpId)> {
        let Op::Ballot(ballot) = &**op else {
            let id = self.store.log().missing_of(op)?;
            return Some((Dependency::Entry(id), id));
        };
        let (voter, (seq, id)) = (op.author(), ballot.follows()?);
        // Ballots of other precincts are kept, and waited for, there; those of voters for whom
        // there is no room, nowhere.
        let is_here = self.store.leaves_out(op.place(), &voter)
            || self.store.covers(op.place(), &voter, seq, id);
        (!is_here).then_some((Dependency::Ballot { voter, seq }, id))
    }
}

impl Application for State {
    type Message = Arrival;
    type Dependency = Dependency;

    fn missing(&self, arrival: &Arrival) -> Option<Dependency> {
        let (missing, _) = self.missing_of(arrival.op.claim())?;
        Some(missing)
    }

    fn deliver(&mut self, arrival: Arrival) -> Option<Dependency> {
        let Arrival { op, at, via } = arrival;
        let wakes = match &*op {
            Op::Ballot(Ballot { seq, .. }) => Some(Dependency::Ballot {
                voter: op.author(),
                seq: *seq,
            }),
            Op::Close(_) | Op::Reopen(_) => Some(Dependency::Entry(op.id())),
            _ => None,
        };
        match self.store.insert(op.clone()) {
            Inserted::Added => {
                self.fresh.push(Delivered { op, at, via });
                wakes
            }
            Inserted::Full => {
                self.full += 1;
                None
            }
            Inserted::Known | Inserted::Dominated | Inserted::Foreign => None,
        }
    }
}
