//! The specification of the product: what a whole set of ops adds up to, folded at once.
//!
//! The replica gets its result ballot by ballot, in a tree, with caches; the specification has the
//! whole set before it and counts. [`fold`] is all of it. Around it: [`decode`] (from bytes to what
//! the specification speaks of), [`deliverable`] (which ops of a set everybody who has the set
//! delivers), [`compare`].

use std::collections::{BTreeMap, BTreeSet};

use election_core::ballots::returns::Return;
use election_core::ids::{OpId, PollId, ReplicaId, VoterKey};
use election_core::poll::choice::Choice;
use election_core::poll::close::{SetStatus, Status};
use election_core::poll::genesis::Genesis;
use election_core::poll::op::{Op, SignedOp, VerifiedOp};

use super::Violation;
use super::agreement::{figures, first_difference};

/// As much of an op as the specification speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpecOp {
    /// A voter's choice.
    Ballot {
        /// Whose.
        voter: VoterKey,
        /// The voter's own number for it.
        seq: u32,
        /// Its name.
        id: OpId,
        /// The marks.
        choice: Choice,
    },
    /// The chair's word that a ballot of that voter does not count.
    Revocation {
        /// Whose.
        voter: VoterKey,
        /// The ballot.
        ballot: OpId,
    },
    /// The chair bars that voter.
    Bar(VoterKey),
    /// The chair closes the poll, or opens it.
    SetStatus {
        /// Where it stands in the log.
        index: u32,
        /// Which of the two.
        status: Status,
    },
    /// Another entry of the chair's log, which changes no tally of ballots.
    Entry,
}

/// What a set of ops adds up to. The figures mean what those of [`Return`] mean.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    /// For each option, the ballots that count and mark it.
    pub counts: Vec<u64>,
    /// Ballots held.
    pub ballots: u64,
    /// Voters with a ballot that counts.
    pub counted: u64,
    /// Ballots held that are revoked.
    pub revoked: u64,
    /// Voters whose highest seq has two ballots.
    pub spoiled: u64,
}

/// The specification. Of the ballots that a voter signed under one seq, those with the two smallest
/// ids are held, and no others. A voter's highest seq counts: if one ballot only was signed under
/// it, and that is not revoked as that voter's, and the voter is not barred. Otherwise nothing of that voter counts, no earlier
/// ballot either.
#[must_use]
pub fn fold(ops: &[SpecOp], options: usize) -> Tally {
    let mut voters: BTreeMap<VoterKey, BTreeMap<u32, BTreeMap<OpId, Choice>>> = BTreeMap::new();
    let (mut revoked, mut barred) = (BTreeSet::new(), BTreeSet::new());
    for op in ops {
        match *op {
            SpecOp::Ballot {
                voter,
                seq,
                id,
                choice,
            } => {
                let seqs = voters.entry(voter).or_default();
                seqs.entry(seq).or_default().insert(id, choice);
            }
            SpecOp::Revocation { voter, ballot } => {
                revoked.insert((voter, ballot));
            }
            SpecOp::Bar(voter) => {
                barred.insert(voter);
            }
            SpecOp::SetStatus { .. } | SpecOp::Entry => {}
        }
    }
    let mut tally = Tally {
        counts: vec![0; options],
        ..Tally::default()
    };
    for (voter, seqs) in &voters {
        let is_revoked = |ballot: &OpId| revoked.contains(&(*voter, *ballot));
        for held in seqs.values().flat_map(|signed| signed.keys().take(2)) {
            tally.ballots += 1;
            tally.revoked += u64::from(is_revoked(held));
        }
        let highest: Vec<_> = seqs.values().next_back().into_iter().flatten().collect();
        match highest[..] {
            [(id, choice)] if !is_revoked(id) && !barred.contains(voter) => {
                tally.counted += 1;
                for (option, count) in tally.counts.iter_mut().enumerate() {
                    *count += choice.marks(option) as u64;
                }
            }
            [_] => {}
            _ => tally.spoiled += 1,
        }
    }
    tally
}

/// Whether the poll is open: of the entries that close or open it the highest index decides, of
/// equals one that does not open it.
#[must_use]
pub fn status(ops: &[SpecOp]) -> Status {
    let said = ops.iter().filter_map(|op| match op {
        SpecOp::SetStatus { index, status } => Some((*index, *status == Status::Closed)),
        _ => None,
    });
    match said.max() {
        Some((_, true)) => Status::Closed,
        Some((_, false)) | None => Status::Open,
    }
}

/// The first figure in which a replica's result is not the specification's.
#[must_use]
pub fn compare(replica: ReplicaId, spec: &Tally, shown: &Return) -> Option<Violation> {
    let spec = Return {
        counts: spec.counts.clone().into(),
        ballots: spec.ballots,
        counted: spec.counted,
        revoked: spec.revoked,
        spoiled: spec.spoiled,
    };
    let (figure, is, expected) = first_difference(&figures(shown), &figures(&spec))?;
    Some(Violation::SpecDiffers {
        replica,
        figure,
        is,
        expected,
    })
}

/// Whether a replica takes the poll to be open when the specification does.
#[must_use]
pub fn compare_status(replica: ReplicaId, spec: Status, shown: Status) -> Option<Violation> {
    (spec != shown).then_some(Violation::StatusDiffers {
        replica,
        is: shown,
        expected: spec,
    })
}

/// A valid op, with what it comes after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidOp {
    /// Its name.
    pub id: OpId,
    /// What it says.
    pub op: SpecOp,
    /// Of a ballot: the one, of that voter and seq, that it follows.
    after_ballot: Option<(VoterKey, u32, OpId)>,
    /// Of an entry that closes or opens the poll: those that it follows.
    after_entries: Box<[OpId]>,
}

impl ValidOp {
    /// Whether it is one.
    #[must_use]
    pub fn is_ballot(&self) -> bool {
        matches!(self.op, SpecOp::Ballot { .. })
    }

    /// The voter whose register it is about.
    #[must_use]
    pub fn voter(&self) -> Option<VoterKey> {
        match self.op {
            SpecOp::Ballot { voter, .. }
            | SpecOp::Revocation { voter, .. }
            | SpecOp::Bar(voter) => Some(voter),
            SpecOp::SetStatus { .. } | SpecOp::Entry => None,
        }
    }
}

/// The ballot or entry of the chair's log that these bytes are; `None` if they are not a valid one
/// of this poll, of a kind that is known.
#[must_use]
pub fn decode(bytes: &[u8], poll: PollId, genesis: &Genesis) -> Option<ValidOp> {
    let op = SignedOp::decode(bytes, poll, genesis).ok()?.verify().ok()?;
    known(&op)
}

/// The same of one whose signature is checked already.
#[must_use]
pub fn known(op: &VerifiedOp) -> Option<ValidOp> {
    let (id, voter) = (op.id(), op.author());
    let mut after_entries = Box::default();
    let mut set = |entry: &SetStatus, status| {
        after_entries = entry.after.clone();
        let index = entry.index;
        (SpecOp::SetStatus { index, status }, None)
    };
    let (says, after_ballot) = match &**op {
        Op::Ballot(ballot) => {
            let (seq, choice) = (ballot.seq, ballot.choice);
            let says = SpecOp::Ballot {
                voter,
                seq,
                id,
                choice,
            };
            (says, ballot.prev.map(|prev| (voter, seq - 1, prev)))
        }
        Op::RevokeBallot(revocation) => {
            let (voter, ballot) = (revocation.voter, revocation.ballot);
            let says = SpecOp::Revocation { voter, ballot };
            (says, None)
        }
        Op::BarVoter(bar) => (SpecOp::Bar(bar.voter), None),
        Op::Close(entry) => set(entry, Status::Closed),
        Op::Reopen(entry) => set(entry, Status::Open),
        Op::Unknown { .. } => return None,
        _ => (SpecOp::Entry, None),
    };
    Some(ValidOp {
        id,
        op: says,
        after_ballot,
        after_entries,
    })
}

/// The ops of a set that whoever has the whole set delivers: of ballots those whose earlier ones are
/// delivered too. One that is followed need not be there if two ballots with smaller ids were signed
/// under its seq: no replica would hold it. Of entries that close or open the poll those that stand
/// above all that they follow, which are delivered too.
#[must_use]
pub fn deliverable(ops: &[ValidOp]) -> Vec<SpecOp> {
    let mut waiting: BTreeMap<OpId, ValidOp> = ops.iter().map(|op| (op.id, op.clone())).collect();
    let mut delivered = Vec::new();
    let mut ballots: BTreeMap<(VoterKey, u32), BTreeSet<OpId>> = BTreeMap::new();
    let mut set: BTreeMap<OpId, u32> = BTreeMap::new();
    loop {
        let before = delivered.len();
        waiting.retain(|id, op| {
            let ready = op.after_ballot.is_none_or(|(voter, seq, ballot)| {
                let signed = ballots.get(&(voter, seq));
                signed.is_some_and(|signed| {
                    signed.contains(&ballot) || signed.range(..ballot).count() >= 2
                })
            });
            let is_above = |before: &OpId| match op.op {
                SpecOp::SetStatus { index, .. } => set.get(before).is_some_and(|at| *at < index),
                _ => false,
            };
            let ready = ready && op.after_entries.iter().all(is_above);
            if ready {
                delivered.push(op.op);
                if let SpecOp::SetStatus { index, .. } = op.op {
                    set.insert(*id, index);
                }
                if let SpecOp::Ballot { voter, seq, .. } = op.op {
                    ballots.entry((voter, seq)).or_default().insert(*id);
                }
            }
            !ready
        });
        if delivered.len() == before {
            return delivered;
        }
    }
}

#[cfg(test)]
mod tests;
