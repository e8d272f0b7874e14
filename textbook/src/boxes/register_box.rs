//! A poll on what the product runs on: a register a voter, and the chair's revocations.

use std::collections::BTreeMap;

use election_core::crdt::register::Inserted;
use election_core::ids::{ReplicaId, VoterKey};
use election_core::poll::genesis::Genesis;
use election_core::poll::register::{CastBallot, VoterRegister};
use election_core::poll::verdict::{Removed, counted};

use super::slip::sum;
use super::{BallotBox, CannotRevoke, Revocation, Slip};
use crate::crdt::Join;

/// The product of two lattices, both of the product's own types, counted by the product's own rule:
/// a voter's latest ballot counts, unless the voter signed two under its number or the chair
/// revoked it. There is no fall-back to an earlier one.
///
/// The state is a function of the set of ballots and revocations alone, whichever came first and
/// wherever. What the product adds around it is proof (signatures, so that no replica need be
/// believed) and speed (the tree, so that nothing is counted twice).
///
/// It cannot keep a ballot secret from those who count it, or tell which of two ballots under one
/// number was meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterBox {
    options: usize,
    chair: VoterKey,
    registers: BTreeMap<VoterKey, VoterRegister>,
    /// Of these only ballots: a box has no way to bar voters.
    removed: Removed,
}

impl BallotBox for RegisterBox {
    fn new(genesis: &Genesis) -> Self {
        Self {
            options: genesis.options().len(),
            chair: genesis.chair(),
            registers: BTreeMap::new(),
            removed: Removed::default(),
        }
    }

    fn cast(&mut self, _: ReplicaId, slip: &Slip) -> bool {
        let ballot = CastBallot {
            id: slip.id,
            seq: slip.seq,
            choice: slip.choice,
            // Kept by the product for passing on; a box passes on its state.
            bytes: Box::default(),
        };
        let register = self.registers.entry(slip.voter).or_default();
        matches!(
            register.insert(ballot),
            Inserted::Added | Inserted::Replaced(_)
        )
    }

    fn revoke(&mut self, _: ReplicaId, revocation: &Revocation) -> Result<bool, CannotRevoke> {
        if revocation.by != self.chair {
            return Err(CannotRevoke::NotTheChair);
        }
        Ok(self.removed.ballots.remove(
            (revocation.slip.voter, revocation.slip.id),
            revocation.entry,
        ))
    }

    fn count(&self) -> Vec<i128> {
        let registers = self.registers.iter();
        let ballots =
            registers.filter_map(|(voter, register)| counted(voter, register, &self.removed));
        sum(self.options, ballots.map(|ballot| ballot.choice))
    }
}

impl Join for RegisterBox {
    fn join(&mut self, other: &Self) -> bool {
        let removed = &mut self.removed.ballots;
        self.registers.join(&other.registers) | removed.join(&other.removed.ballots)
    }

    fn delta_since(&self, known: &Self) -> Self {
        Self {
            registers: self.registers.delta_since(&known.registers),
            removed: Removed {
                ballots: self.removed.ballots.delta_since(&known.removed.ballots),
                ..Removed::default()
            },
            ..*self
        }
    }
}
