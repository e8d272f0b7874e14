//! A poll on PN-counters, one an option.

use std::collections::BTreeMap;

use election_core::ids::ReplicaId;
use election_core::poll::genesis::Genesis;

use super::{BallotBox, CannotRevoke, Revocation, Slip};
use crate::crdt::{Join, PnCounter};

/// Counts marks up and down: what a revocation takes away is a number, not a ballot.
///
/// It can revoke, but nothing says of whom or by whom: anyone can take away any mark, of a ballot
/// that was never cast too, and two who revoke one ballot take away two. A count can fall below
/// zero. A revoked ballot that is heard again counts again. All else that a
/// [G-counter](super::GCounterBox) cannot do, this cannot either.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PnCounterBox {
    options: usize,
    marks: BTreeMap<usize, PnCounter<ReplicaId>>,
}

impl BallotBox for PnCounterBox {
    fn new(genesis: &Genesis) -> Self {
        Self {
            options: genesis.options().len(),
            marks: BTreeMap::new(),
        }
    }

    fn cast(&mut self, at: ReplicaId, slip: &Slip) -> bool {
        slip.choice.marked().fold(false, |changed, option| {
            self.marks.entry(option).or_default().add(at, 1) | changed
        })
    }

    fn revoke(&mut self, at: ReplicaId, revocation: &Revocation) -> Result<bool, CannotRevoke> {
        let marked = revocation.slip.choice.marked();
        Ok(marked.fold(false, |changed, option| {
            self.marks.entry(option).or_default().subtract(at, 1) | changed
        }))
    }

    fn count(&self) -> Vec<i128> {
        let count = |option| self.marks.get(&option).map_or(0, PnCounter::value);
        (0..self.options).map(count).collect()
    }
}

impl Join for PnCounterBox {
    fn join(&mut self, other: &Self) -> bool {
        self.marks.join(&other.marks)
    }

    fn delta_since(&self, known: &Self) -> Self {
        Self {
            options: self.options,
            marks: self.marks.delta_since(&known.marks),
        }
    }
}
