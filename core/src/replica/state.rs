//! What was delivered, and what it means for what was not: the application end of causal delivery.

use crate::ballots::{BallotStore, Inserted};
use crate::broadcast::{Application, Message};
use crate::ids::{OpId, Place};
use crate::poll::kind::NamedBallot;
use crate::poll::log::LogLink;
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

    /// The first thing that an op comes after and that is not delivered yet, and the id of the op
    /// that it waits for.
    pub(crate) fn first_missing(&self, op: &Claim<Op>) -> Option<(Dependency, OpId)> {
        if let Some(missing) = op.log_link().and_then(|link| self.missing_entry(link)) {
            return Some(missing);
        }
        let NamedBallot { voter, seq, id } = op.after_ballot(op.author())?;
        let place = match voter == op.author() {
            true => op.place(),
            false => Place::of(self.store.poll(), voter),
        };
        // Ballots of other precincts are kept, and waited for, there; those of voters for whom
        // there is no room, nowhere.
        let is_here =
            self.store.leaves_out(place, &voter) || self.store.covers(place, &voter, seq, id);
        (!is_here).then_some((Dependency::Slot(voter, seq), id))
    }

    fn missing_entry(&self, link: LogLink) -> Option<(Dependency, OpId)> {
        let is_admitted = self.store.log().admits(link);
        let prev = link.prev.filter(|_| !is_admitted)?;
        Some((Dependency::Entry(prev), prev))
    }
}

impl Application for State {
    type Message = Arrival;
    type Dependency = Dependency;

    fn missing(&self, arrival: &Arrival) -> Option<Dependency> {
        let (missing, _) = self.first_missing(arrival.op.claim())?;
        Some(missing)
    }

    fn deliver(&mut self, arrival: Arrival) -> Option<Dependency> {
        let Arrival { op, at, via } = arrival;
        let wakes = match &*op {
            Op::Ballot(ballot) => Dependency::Slot(op.author(), ballot.seq),
            _ => Dependency::Entry(op.id()),
        };
        match self.store.insert(op.clone()) {
            Inserted::Added => {
                self.fresh.push(Delivered { op, at, via });
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
