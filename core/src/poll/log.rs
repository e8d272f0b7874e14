//! The chair's log, and the ops of kinds that are not known here.
//!
//! Each entry names the one before it by index and id, so the log is a hash chain from its first entry. A chair who
//! works in two tabs at once makes it fork: both branches are delivered and both count, because all that they can
//! say so far commutes, and the fork is shown. The next entry continues the longest branch.

use std::collections::{BTreeMap, BTreeSet};

use super::op::{Op, VerifiedOp};
use super::register::Revocations;
use super::revocation::RevokeBallot;
use super::strike::StrikeReturn;
use crate::ids::{OpId, VoterKey};
use crate::wire::bytes::{DecodeError, Reader, Writer};

/// The highest index of an entry of the chair's log, and the most entries that are kept.
pub const MAX_LOG: u32 = 65_535;
/// How many ops of unknown kinds are kept: those with the smallest ids, so that replicas keep the same ones.
pub const MAX_UNKNOWN: usize = 1_024;

/// An entry's place in the chair's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogLink {
    /// 0 for the first entry, else one more than the entry before.
    pub index: u32,
    /// The entry before; absent exactly at index 0.
    pub prev: Option<OpId>,
}

impl LogLink {
    pub(super) fn encode(self, writer: &mut Writer) {
        writer.varint(u64::from(self.index));
        if let Some(prev) = self.prev {
            writer.put(&prev.0);
        }
    }

    pub(super) fn decode(reader: &mut Reader<'_>, cap: u32) -> Result<Self, DecodeError> {
        let index = reader.varint("a log entry's index", u64::from(cap))? as u32;
        let prev = if index == 0 {
            None
        } else {
            Some(OpId(reader.array()?))
        };
        Ok(Self { index, prev })
    }
}

/// Every delivered op that is not a ballot.
#[derive(Debug, Clone)]
pub struct Log {
    ops: BTreeMap<OpId, VerifiedOp>,
    /// The chain in its order; of a fork, both branches.
    chain: BTreeSet<(u32, OpId)>,
    unknown: BTreeSet<OpId>,
    revocations: Revocations,
    /// The most entries of the chain.
    room: usize,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            ops: BTreeMap::new(),
            chain: BTreeSet::new(),
            unknown: BTreeSet::new(),
            revocations: Revocations::default(),
            room: MAX_LOG as usize + 1,
        }
    }
}

/// What became of an op that was put into the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Logged {
    /// It is held now.
    Added,
    /// It was held already.
    Known,
    /// There is no room for it.
    Full,
}

impl Log {
    /// Puts an op in. Ballots do not belong here. O(log n).
    pub fn insert(&mut self, op: VerifiedOp) -> Logged {
        let id = op.id();
        if self.ops.contains_key(&id) {
            return Logged::Known;
        }
        if let Some(link) = op.log_link() {
            if self.is_full() {
                return Logged::Full;
            }
            self.chain.insert((link.index, id));
        }
        match &*op {
            Op::Ballot(_) => return Logged::Full,
            Op::RevokeBallot(revocation) => {
                let revoked = (revocation.voter, revocation.ballot);
                self.revocations.remove(revoked, id);
            }
            Op::StrikeReturn(_) => {}
            Op::Unknown { .. } => {
                self.unknown.insert(id);
                if self.unknown.len() > MAX_UNKNOWN
                    && let Some(largest) = self.unknown.pop_last()
                {
                    self.ops.remove(&largest);
                    if largest == id {
                        return Logged::Full;
                    }
                }
            }
        }
        self.ops.insert(id, op);
        Logged::Added
    }

    /// The op of that id, if it is held.
    #[must_use]
    pub fn get(&self, id: OpId) -> Option<&VerifiedOp> {
        self.ops.get(&id)
    }

    /// Whether there is no room for another entry of the chain. Ops of unknown kinds always find room: those with the
    /// largest ids give way.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.chain.len() >= self.room
    }

    #[cfg(test)]
    pub(crate) fn limit_room(&mut self, entries: usize) {
        self.room = entries;
    }

    /// Whether an op of an unknown kind is held, or would never be: as many as are kept have smaller ids.
    #[must_use]
    pub fn covers_unknown(&self, id: OpId) -> bool {
        self.unknown.contains(&id)
            || (self.unknown.len() >= MAX_UNKNOWN
                && self.unknown.last().is_some_and(|largest| *largest < id))
    }

    /// Whether an entry at `link`'s place may be delivered: the one before it is here.
    #[must_use]
    pub fn admits(&self, link: LogLink) -> bool {
        link.prev
            .is_none_or(|prev| link.index > 0 && self.chain.contains(&(link.index - 1, prev)))
    }

    /// The place for the chair's next entry: after the last entry of the longest branch, of several the one with the
    /// smallest id. `None` when the log is full.
    #[must_use]
    pub fn next_link(&self) -> Option<LogLink> {
        let Some(&(last, _)) = self.chain.last() else {
            return Some(LogLink {
                index: 0,
                prev: None,
            });
        };
        let &(_, prev) = self.chain.range((last, OpId([0; 32]))..).next()?;
        (last < MAX_LOG).then_some(LogLink {
            index: last + 1,
            prev: Some(prev),
        })
    }

    /// The chair's entries in order, with the branches of a fork side by side.
    pub fn chain(&self) -> impl DoubleEndedIterator<Item = &VerifiedOp> {
        self.chain.iter().filter_map(|(_, id)| self.ops.get(id))
    }

    /// The chain's entries from that place on, in order. O(log n) to start.
    pub fn chain_from(&self, index: u32, id: OpId) -> impl Iterator<Item = &VerifiedOp> {
        let chain = self.chain.range((index, id)..);
        chain.filter_map(|(_, id)| self.ops.get(id))
    }

    /// The ops of unknown kinds from that id on, ascending. O(log n) to start.
    pub fn unknown_from(&self, id: OpId) -> impl Iterator<Item = &VerifiedOp> {
        let unknown = self.unknown.range(id..);
        unknown.filter_map(|id| self.ops.get(id))
    }

    /// Whether two entries follow the same one: the chair's key was used in two places at once.
    #[must_use]
    pub fn forked(&self) -> bool {
        let mut indices = self.chain.iter().map(|(index, _)| index);
        let mut before = indices.next();
        indices.any(|index| before.replace(index) == Some(index))
    }

    /// Every op here, ascending by id.
    pub fn ops(&self) -> impl DoubleEndedIterator<Item = &VerifiedOp> {
        self.ops.values()
    }

    /// Every op here whose id is in the range, ascending.
    pub fn range(&self, ids: core::ops::RangeInclusive<OpId>) -> impl Iterator<Item = &VerifiedOp> {
        self.ops.range(ids).map(|(_, op)| op)
    }

    /// How many ops are here.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ops.len()
    }

    /// Whether no op is here.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ops.is_empty()
    }

    /// How many ops of unknown kinds are here.
    #[must_use]
    pub fn unknown(&self) -> usize {
        self.unknown.len()
    }

    /// The ballots that the chair took out of the count.
    #[must_use]
    pub fn revocations(&self) -> &Revocations {
        &self.revocations
    }

    /// The revocation of that ballot of that voter, with the entry that carries it.
    #[must_use]
    pub fn revocation_of(&self, voter: VoterKey, ballot: OpId) -> Option<(OpId, &RevokeBallot)> {
        let by = *self.revocations.removed(&(voter, ballot))?;
        match &**self.ops.get(&by)? {
            Op::RevokeBallot(revocation) => Some((by, revocation)),
            _ => None,
        }
    }

    /// The chair's strikes, in the order of the log, each with the entry that carries it. O(n).
    pub fn strikes(&self) -> impl Iterator<Item = (OpId, &StrikeReturn)> {
        self.chain().filter_map(|op| match &**op {
            Op::StrikeReturn(strike) => Some((op.id(), &**strike)),
            _ => None,
        })
    }
}
