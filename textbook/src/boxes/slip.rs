//! What is put into a ballot box: a ballot as far as it is counted, and a revocation as far as any
//! box could use it.

use election_core::ids::{OpId, VoterKey};
use election_core::poll::choice::Choice;
use election_core::poll::op::{Op, VerifiedOp};

/// A valid ballot of the box's poll, without its signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slip {
    /// Whose it is.
    pub voter: VoterKey,
    /// The voter's own count of ballots, from 0.
    pub seq: u32,
    /// The ballot's id. It names all of the ballot's content, so that two slips of one id are
    /// equal.
    pub id: OpId,
    /// The marks.
    pub choice: Choice,
}

impl Slip {
    /// The slip of an op, if it is a ballot.
    #[must_use]
    pub fn of(op: &VerifiedOp) -> Option<Self> {
        let Op::Ballot(ballot) = &**op else {
            return None;
        };
        Some(Self {
            voter: op.author(),
            seq: ballot.seq,
            id: op.id(),
            choice: ballot.choice,
        })
    }
}

/// What those choices mark, option by option.
pub(super) fn sum(options: usize, choices: impl Iterator<Item = Choice>) -> Vec<i128> {
    let mut counts = vec![0; options];
    for option in choices.flat_map(Choice::marked) {
        // A valid ballot marks options of its poll only.
        if let Some(count) = counts.get_mut(option) {
            *count += 1;
        }
    }
    counts
}

/// Somebody's wish that a ballot should not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revocation {
    /// Who wishes it.
    pub by: VoterKey,
    /// The entry of the chair's log that says so, and why.
    pub entry: OpId,
    /// The ballot, as the revocation names it. The product's revocation names voter, seq and id,
    /// and affects a ballot of just that voter and id; a counter has to be told the marks as well,
    /// and believes them.
    pub slip: Slip,
}
