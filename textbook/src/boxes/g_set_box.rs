//! A poll on a G-set of ballots.

use election_core::ids::ReplicaId;
use election_core::poll::genesis::Genesis;

use super::slip::sum;
use super::{BallotBox, CannotRevoke, Revocation, Slip};
use crate::crdt::{GSet, Join};

/// Keeps every ballot, and counts every ballot that it keeps: one that is heard twice is one
/// ballot.
///
/// It cannot revoke, and it cannot replace: a voter's second ballot counts beside the first. It
/// takes memory for each ballot, where counters take none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GSetBox {
    options: usize,
    ballots: GSet<Slip>,
}

impl BallotBox for GSetBox {
    fn new(genesis: &Genesis) -> Self {
        Self {
            options: genesis.options().len(),
            ballots: GSet::default(),
        }
    }

    fn cast(&mut self, _: ReplicaId, slip: &Slip) -> bool {
        self.ballots.insert(*slip)
    }

    fn revoke(&mut self, _: ReplicaId, _: &Revocation) -> Result<bool, CannotRevoke> {
        Err(CannotRevoke::OnlyGrows)
    }

    fn count(&self) -> Vec<i128> {
        sum(self.options, self.ballots.iter().map(|slip| slip.choice))
    }
}

impl Join for GSetBox {
    fn join(&mut self, other: &Self) -> bool {
        self.ballots.join(&other.ballots)
    }

    fn delta_since(&self, known: &Self) -> Self {
        Self {
            options: self.options,
            ballots: self.ballots.delta_since(&known.ballots),
        }
    }
}
