//! Whether a ballot counts, and why: one function of the ballot, its voter's register, and the
//! chair's log. Nothing else decides.

use super::register::{CastBallot, VoterRegister};
use crate::crdt::removals::Removals;
use crate::ids::{OpId, VoterKey};

/// What the chair's log takes out of the count: the removed halves of two 2P-sets, whose added
/// halves are the registers. Each with the log entry that says so.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Removed {
    /// Each ballot, as whose and which: a revocation affects a ballot of the voter whom it names
    /// and of no other.
    pub ballots: Removals<(VoterKey, OpId), OpId>,
    /// The barred voters.
    pub voters: Removals<VoterKey, OpId>,
}

/// Whether a ballot counts, and why it does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The chair revoked it. It is called so whatever else it is, because that is permanent.
    Revoked {
        /// The log entry, which says why.
        by: OpId,
    },
    /// The chair barred its voter, of whom nothing counts.
    Barred {
        /// The log entry, which says why.
        by: OpId,
    },
    /// Its voter signed two ballots under one seq; both are kept as the proof.
    Spoiled {
        /// The other one.
        with: OpId,
    },
    /// Its voter cast another with a higher seq.
    Replaced {
        /// The latest ballot.
        by: OpId,
    },
    /// It is its voter's latest, and counts. There is no fall-back to an earlier one.
    Counted,
}

impl Verdict {
    /// Of a ballot of that voter's register. The first of the above that holds.
    #[must_use]
    pub(crate) fn of(
        voter: &VoterKey,
        ballot: &CastBallot,
        register: &VoterRegister,
        removed: &Removed,
    ) -> Self {
        let other = || {
            register
                .slot(ballot.seq)
                .iter()
                .find(|held| held.id != ballot.id)
        };
        let later = || register.top().first().filter(|top| top.seq > ballot.seq);
        if let Some(&by) = removed.ballots.removed(&(*voter, ballot.id)) {
            Self::Revoked { by }
        } else if let Some(&by) = removed.voters.removed(voter) {
            Self::Barred { by }
        } else if let Some(other) = other() {
            Self::Spoiled { with: other.id }
        } else if let Some(later) = later() {
            Self::Replaced { by: later.id }
        } else {
            Self::Counted
        }
    }

    /// The entry of the chair's log that decides it, if one does.
    #[must_use]
    pub fn entry(self) -> Option<OpId> {
        match self {
            Self::Revoked { by } | Self::Barred { by } => Some(by),
            Self::Spoiled { .. } | Self::Replaced { .. } | Self::Counted => None,
        }
    }
}

/// The one ballot of the voter's register that counts, if any.
#[must_use]
pub fn counted<'a>(
    voter: &VoterKey,
    register: &'a VoterRegister,
    removed: &Removed,
) -> Option<&'a CastBallot> {
    let top = register.top().first()?;
    (Verdict::of(voter, top, register, removed) == Verdict::Counted).then_some(top)
}
