//! One voter's ballots, and which of them counts, and why.

use super::choice::Choice;
use crate::crdt::register::{Entry, Register};
use crate::crdt::removals::Removals;
use crate::ids::{OpId, VoterKey};

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

/// The chair's revocations: the removed half of the 2P-set of ballots, whose added half is the registers. Each ballot, as whose
/// and which, with the log entry that revoked it: a revocation affects a ballot of the voter whom it names and of no other.
pub type Revocations = Removals<(VoterKey, OpId), OpId>;

/// Whether a ballot counts, and why it does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is its voter's latest, and counts.
    Counted,
    /// Its voter cast another with a higher seq.
    Replaced {
        /// The latest ballot.
        by: OpId,
    },
    /// Its voter signed two ballots under one seq; both are kept as the proof.
    Spoiled {
        /// The other one.
        with: OpId,
    },
    /// The chair revoked it.
    Revoked {
        /// The log entry, which says why.
        by: OpId,
    },
}

/// Why that ballot of that voter counts or does not; `None` when the voter's register does not hold it. A revoked ballot is called
/// revoked whatever else it is, because that is permanent.
#[must_use]
pub fn standing(
    voter: &VoterKey,
    register: &VoterRegister,
    revocations: &Revocations,
    id: OpId,
) -> Option<Standing> {
    let ballot = register.entries().iter().find(|held| held.id == id)?;
    if let Some(&by) = revocations.removed(&(*voter, id)) {
        return Some(Standing::Revoked { by });
    }
    if let Some(other) = register.slot(ballot.seq).iter().find(|held| held.id != id) {
        return Some(Standing::Spoiled { with: other.id });
    }
    match register.top().first() {
        Some(top) if top.seq > ballot.seq => Some(Standing::Replaced { by: top.id }),
        _ => Some(Standing::Counted),
    }
}

/// The one ballot of the voter's register that counts, if any: the highest slot's, alone in it and not revoked. There is no
/// fall-back to an earlier one.
#[must_use]
pub fn counted<'a>(
    voter: &VoterKey,
    register: &'a VoterRegister,
    revocations: &Revocations,
) -> Option<&'a CastBallot> {
    match register.top() {
        [only] if revocations.removed(&(*voter, only.id)).is_none() => Some(only),
        _ => None,
    }
}
