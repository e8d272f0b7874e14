//! The chair's log, and the ops of kinds that are not known here.
//!
//! Each entry names the one before it by index and id, so the log is a hash chain from its first
//! entry. A chair who works in two tabs at once makes it fork: both branches are delivered and both
//! count, because all that they can say so far commutes, and the fork is shown. The next entry
//! continues the longest branch.

use std::collections::{BTreeMap, BTreeSet};

use super::op::{Op, VerifiedOp};
use super::verdict::Revocations;
use crate::ids::OpId;

pub use super::log_link::LogLink;
pub(crate) use super::log_link::MAX_LOG;

/// How many ops of unknown kinds are kept: those with the smallest ids, so that replicas keep the
/// same ones.
pub(crate) const MAX_UNKNOWN: usize = 1_024;

/// Every delivered op that is not a ballot.
#[derive(Debug, Clone)]
pub(crate) struct Log {
    ops: BTreeMap<OpId, VerifiedOp>,
    /// The chain in its order; of a fork, both branches.
    chain: BTreeSet<(u32, OpId)>,
    unknown: BTreeSet<OpId>,
    revocations: Revocations,
    /// The most entries of the chain.
    room: usize,
    /// The most ops of unknown kinds.
    unknown_room: usize,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            ops: BTreeMap::new(),
            chain: BTreeSet::new(),
            unknown: BTreeSet::new(),
            revocations: Revocations::default(),
            room: MAX_LOG as usize + 1,
            unknown_room: MAX_UNKNOWN,
        }
    }
}

/// What the chair's log comes to, besides the ballots that it takes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LogState {
    /// Two entries follow the same one: the chair's key was used in two places at once.
    pub forked: bool,
    /// How many ops are held that need a newer version of this program.
    pub unknown: usize,
}

/// What became of an op that was put into the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Logged {
    /// It is held now.
    Added,
    /// It was held already.
    Known,
    /// There is no room for it.
    Full,
}

impl Log {
    /// Puts an op in. Ballots do not belong here. O(log n).
    pub(crate) fn insert(&mut self, op: VerifiedOp) -> Logged {
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
            Op::Unknown { .. } => {
                self.unknown.insert(id);
                if self.unknown.len() > self.unknown_room
                    && let Some(largest) = self.unknown.pop_last()
                {
                    self.ops.remove(&largest);
                    if largest == id {
                        return Logged::Full;
                    }
                }
            }
            _ => {}
        }
        self.ops.insert(id, op);
        Logged::Added
    }

    /// The op of that id, if it is held.
    #[must_use]
    pub(crate) fn get(&self, id: OpId) -> Option<&VerifiedOp> {
        self.ops.get(&id)
    }

    /// Whether there is no room for another entry of the chain. Ops of unknown kinds always find
    /// room: those with the largest ids give way.
    #[must_use]
    pub(crate) fn is_full(&self) -> bool {
        self.chain.len() >= self.room
    }

    /// From now on, the most entries of the chain, and the most ops of unknown kinds.
    pub(crate) fn limit_room(&mut self, entries: usize, unknown: usize) {
        (self.room, self.unknown_room) = (entries, unknown);
    }

    /// Whether an op of an unknown kind is held, or would never be: as many as are kept have
    /// smaller ids.
    #[must_use]
    pub(crate) fn covers_unknown(&self, id: OpId) -> bool {
        self.unknown.contains(&id)
            || (self.unknown.len() >= self.unknown_room
                && self.unknown.last().is_some_and(|largest| *largest < id))
    }

    /// Whether an entry at `link`'s place may be delivered: the one before it is here.
    #[must_use]
    pub(crate) fn admits(&self, link: LogLink) -> bool {
        link.prev
            .is_none_or(|prev| link.index > 0 && self.chain.contains(&(link.index - 1, prev)))
    }

    /// The place for the chair's next entry: after the last entry of the longest branch, of several
    /// the one with the smallest id. `None` when the log is full.
    #[must_use]
    pub(crate) fn next_link(&self) -> Option<LogLink> {
        if self.is_full() {
            return None;
        }
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
    pub(crate) fn chain(&self) -> impl DoubleEndedIterator<Item = &VerifiedOp> {
        self.chain.iter().filter_map(|(_, id)| self.ops.get(id))
    }

    /// The chain's entries from that place on, in order. O(log n) to start.
    pub(crate) fn chain_from(&self, index: u32, id: OpId) -> impl Iterator<Item = &VerifiedOp> {
        let chain = self.chain.range((index, id)..);
        chain.filter_map(|(_, id)| self.ops.get(id))
    }

    /// The ops of unknown kinds from that id on, ascending. O(log n) to start.
    pub(crate) fn unknown_from(&self, id: OpId) -> impl Iterator<Item = &VerifiedOp> {
        let unknown = self.unknown.range(id..);
        unknown.filter_map(|id| self.ops.get(id))
    }

    /// What it comes to, besides what it takes out.
    #[must_use]
    pub(crate) fn state(&self) -> LogState {
        let mut indices = self.chain.iter().map(|(index, _)| index);
        let mut before = indices.next();
        LogState {
            forked: indices.any(|index| before.replace(index) == Some(index)),
            unknown: self.unknown.len(),
        }
    }

    /// Every op here whose id is in the range, ascending.
    pub(crate) fn range(
        &self,
        ids: core::ops::RangeInclusive<OpId>,
    ) -> impl Iterator<Item = &VerifiedOp> {
        self.ops.range(ids).map(|(_, op)| op)
    }

    /// How many ops are here.
    #[must_use]
    pub(crate) fn len(&self) -> usize {
        self.ops.len()
    }

    /// How many of them are entries of the chain.
    #[must_use]
    pub(crate) fn entries(&self) -> usize {
        self.chain.len()
    }

    /// The ballots that the chair took out of the count.
    #[must_use]
    pub(crate) fn revocations(&self) -> &Revocations {
        &self.revocations
    }
}
