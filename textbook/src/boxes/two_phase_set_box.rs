//! A poll on the chair's 2P-set of ballots.

use election_core::ids::{ReplicaId, VoterKey};
use election_core::poll::genesis::Genesis;

use super::slip::sum;
use super::{BallotBox, CannotRevoke, Revocation, Slip};
use crate::crdt::{Join, TwoPhaseSet};

/// Keeps every ballot, and counts those that the chair did not remove.
///
/// It knows ballots, not voters. A change of vote takes the chair: until the first ballot is
/// removed, both count. When the chair removes the second instead, the first counts on, though its
/// voter gave it up. And the chair can remove only what has come to the chair's own replica: a
/// revocation cannot wait for its ballot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TwoPhaseSetBox {
    options: usize,
    ballots: TwoPhaseSet<Slip, VoterKey>,
}

impl BallotBox for TwoPhaseSetBox {
    fn new(genesis: &Genesis) -> Self {
        Self {
            options: genesis.options().len(),
            ballots: TwoPhaseSet::new([genesis.chair()]),
        }
    }

    fn cast(&mut self, _: ReplicaId, slip: &Slip) -> bool {
        self.ballots.add(*slip)
    }

    fn revoke(&mut self, _: ReplicaId, revocation: &Revocation) -> Result<bool, CannotRevoke> {
        Ok(self.ballots.remove(revocation.slip, revocation.by)?)
    }

    fn count(&self) -> Vec<i128> {
        sum(self.options, self.ballots.iter().map(|slip| slip.choice))
    }
}

impl Join for TwoPhaseSetBox {
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
