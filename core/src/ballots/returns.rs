//! The return: what the ballots of a branch add up to.

use crate::ids::VoterKey;
use crate::poll::register::VoterRegister;
use crate::poll::verdict::{Removed, Verdict, counted};

/// What a branch, a precinct or a whole poll adds up to. Derived from the ops, never merged between
/// replicas.
///
/// A ballot that counts is neither revoked nor one of two of its seq, so `ballots >= counted +
/// revoked` and `ballots >= counted + 2 * spoiled`. Returns of disjoint branches [add](Return::add)
/// up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Return {
    /// For each option of the poll, in its order: the ballots that count and mark it.
    pub counts: Box<[u64]>,
    /// Ballots held, whether they count or not.
    pub ballots: u64,
    /// Registers with a ballot that counts.
    pub counted: u64,
    /// Ballots held that the chair revoked. A revoked ballot stays one when its voter votes again.
    pub revoked: u64,
    /// Registers whose highest slot holds two ballots, so that neither counts.
    pub spoiled: u64,
}

impl Return {
    /// The return of no ballots.
    #[must_use]
    pub fn empty(options: usize) -> Self {
        Self {
            counts: vec![0; options].into(),
            ballots: 0,
            counted: 0,
            revoked: 0,
            spoiled: 0,
        }
    }

    /// Adds one voter's register.
    pub(crate) fn add_register(
        &mut self,
        voter: &VoterKey,
        register: &VoterRegister,
        removed: &Removed,
    ) {
        let entries = register.entries();
        self.ballots += entries.len() as u64;
        if !removed.ballots.is_empty() {
            let verdicts = entries
                .iter()
                .map(|held| Verdict::of(voter, held, register, removed));
            self.revoked += verdicts
                .filter(|verdict| matches!(verdict, Verdict::Revoked { .. }))
                .count() as u64;
        }
        self.spoiled += u64::from(register.top().len() > 1);
        if let Some(ballot) = counted(voter, register, removed) {
            self.counted += 1;
            for option in ballot.choice.marked() {
                // A valid ballot marks options of its poll only.
                if let Some(count) = self.counts.get_mut(option) {
                    *count += 1;
                }
            }
        }
    }

    /// Adds the return of another branch of the same poll, one that shares no register with this.
    pub fn add(&mut self, other: &Self) {
        for (mine, theirs) in self.counts.iter_mut().zip(&other.counts) {
            *mine += theirs;
        }
        self.ballots += other.ballots;
        self.counted += other.counted;
        self.revoked += other.revoked;
        self.spoiled += other.spoiled;
    }

    /// Makes it the return of no ballots again, in place.
    pub(super) fn clear(&mut self) {
        self.counts.fill(0);
        (self.ballots, self.counted, self.revoked, self.spoiled) = (0, 0, 0, 0);
    }

    /// How many numbers [`Return::write_row`] writes.
    pub(super) fn row_length(&self) -> usize {
        4 + self.counts.len()
    }

    /// Itself as plain numbers, the ballots first. Rows of disjoint branches add up number by
    /// number.
    pub(super) fn write_row(&self, row: &mut [u64]) {
        let head = [self.ballots, self.counted, self.revoked, self.spoiled];
        for (to, from) in row.iter_mut().zip(head.iter().chain(&self.counts)) {
            *to = *from;
        }
    }

    /// The inverse of [`Return::write_row`]; a row has at least four numbers.
    pub(super) fn from_row(row: &[u64]) -> Self {
        let (head, counts) = row.split_at(4);
        Self {
            counts: counts.into(),
            ballots: head[0],
            counted: head[1],
            revoked: head[2],
            spoiled: head[3],
        }
    }
}
