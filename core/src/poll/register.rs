//! One voter's ballots.

use super::choice::Choice;
use crate::crdt::register::{Entry, Register};
use crate::ids::OpId;

/// A delivered ballot as a register keeps it. Its author is the register's voter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CastBallot {
    /// The ballot's id.
    pub id: OpId,
    /// The ballot's seq.
    pub seq: u32,
    /// The ballot's marks.
    pub choice: Choice,
    /// The whole op, as received, for passing on.
    pub bytes: Box<[u8]>,
}

impl Entry for CastBallot {
    fn seq(&self) -> u32 {
        self.seq
    }

    fn id(&self) -> OpId {
        self.id
    }
}

/// One voter's register.
pub type VoterRegister = Register<CastBallot>;
