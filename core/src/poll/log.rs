//! The chair's log, and the ops of kinds that are not known here.
//!
//! The log is a set, so a chair may work in two tabs at once. An index orders its entries for
//! whoever reads them, one above the highest that their author held, and of equal ones the id does.
//! Of more entries than are kept the first in that order stay, so replicas keep the same ones, in
//! whatever order they come.
//!
//! What most entries say commutes, and they wait for nothing. Those that close or open the poll name
//! the tips among themselves, and are put in after those. Their index is above those of the tips, or
//! they are none: so of a chain it is the end that makes room, and what is kept of a set does not
//! depend on the order in which it came.

use std::collections::{BTreeMap, BTreeSet};

use super::op::{Op, VerifiedOp};
use super::verdict::Removed;
use crate::ids::OpId;
use crate::wire::envelope::Claim;

use super::close::{MAX_TIPS, Status};
pub(crate) use super::entry::{MAX_ENTRIES, MAX_INDEX, MAX_SET_STATUS};

/// How many ops of unknown kinds are kept: those with the smallest ids, so that replicas keep the
/// same ones.
pub(crate) const MAX_UNKNOWN: usize = 1_024;

/// Every delivered op that is not a ballot.
#[derive(Debug, Clone)]
pub(crate) struct Log {
    ops: BTreeMap<OpId, VerifiedOp>,
    /// The chair's, in their order.
    entries: BTreeSet<(u32, OpId)>,
    /// Those of them that close or open the poll.
    set_status: BTreeSet<(u32, OpId)>,
    unknown: BTreeSet<OpId>,
    removed: Removed,
    /// How often something came.
    changes: u64,
    /// The most entries.
    room: usize,
    /// The most ops of unknown kinds.
    unknown_room: usize,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            ops: BTreeMap::new(),
            entries: BTreeSet::new(),
            set_status: BTreeSet::new(),
            unknown: BTreeSet::new(),
            removed: Removed::default(),
            changes: 0,
            room: MAX_ENTRIES as usize,
            unknown_room: MAX_UNKNOWN,
        }
    }
}

/// What became of an op that was put into the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Logged {
    /// It is held now, and took the place of that one if there was no other room.
    Added(Option<VerifiedOp>),
    /// It was held already.
    Known,
    /// There is no room for it, nor is there where the same is held.
    Full,
}

impl Log {
    /// Puts an op in. Ballots do not belong here. O(log n).
    pub(crate) fn insert(&mut self, op: VerifiedOp) -> Logged {
        let id = op.id();
        if self.ops.contains_key(&id) {
            return Logged::Known;
        }
        let mut dropped = None;
        if let Some(index) = op.index() {
            if !self.may_keep(op.claim()) {
                return Logged::Full;
            }
            let sets_status = op.after().is_some();
            if self.is_full_of(sets_status) {
                dropped = self.drop_last(sets_status);
            }
            self.entries.insert((index, id));
            if sets_status {
                self.set_status.insert((index, id));
            }
        }
        match &*op {
            Op::Ballot(_) => return Logged::Full,
            Op::RevokeBallot(revocation) => {
                let revoked = (revocation.voter, revocation.ballot);
                self.removed.ballots.remove(revoked, id);
            }
            Op::BarVoter(bar) => {
                self.removed.voters.remove(bar.voter, id);
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
        self.changes += 1;
        Logged::Added(dropped)
    }

    /// The op of that id, if it is held.
    #[must_use]
    pub(crate) fn get(&self, id: OpId) -> Option<&VerifiedOp> {
        self.ops.get(&id)
    }

    /// Whether as many entries are here as are kept, those that close or open the poll aside.
    #[must_use]
    pub(crate) fn is_full(&self) -> bool {
        self.is_full_of(false)
    }

    fn is_full_of(&self, sets_status: bool) -> bool {
        match sets_status {
            true => self.set_status.len() >= MAX_SET_STATUS,
            false => self.entries.len() - self.set_status.len() >= self.room,
        }
    }

    /// Whether that entry would be kept, were it put in now. Once false, always false.
    #[must_use]
    pub(crate) fn may_keep(&self, op: &Claim<Op>) -> bool {
        let place = (op.index().unwrap_or_default(), op.id());
        let after = op.after();
        let is_above = |tip: &OpId| {
            let index = self.ops.get(tip).and_then(|op| op.index());
            index.is_none_or(|index| index < place.0)
        };
        after.is_none_or(|after| after.iter().all(is_above))
            && (!self.is_full_of(after.is_some())
                || self
                    .last_of(after.is_some())
                    .is_some_and(|last| place < last))
    }

    /// The first of those entries that this one waits for and that is not here.
    #[must_use]
    pub(crate) fn missing_of(&self, op: &Claim<Op>) -> Option<OpId> {
        let is_here = |id: &OpId| {
            let named = self.ops.get(id).and_then(|op| op.after());
            named.is_some()
        };
        op.after()?.iter().copied().find(|id| !is_here(id))
    }

    /// The last entry of those that close or open the poll, or of all others. O(1), or O(the
    /// former).
    fn last_of(&self, sets_status: bool) -> Option<(u32, OpId)> {
        if sets_status {
            return self.set_status.last().copied();
        }
        let mut entries = self.entries.iter().rev().copied();
        entries.find(|place| !self.set_status.contains(place))
    }

    /// Takes that entry out, and what it said, unless another says the same. O(n), for the one
    /// who may sign entries.
    fn drop_last(&mut self, sets_status: bool) -> Option<VerifiedOp> {
        let place = self.last_of(sets_status)?;
        self.entries.remove(&place);
        self.set_status.remove(&place);
        let last = self.ops.remove(&place.1)?;
        match &*last {
            Op::RevokeBallot(gone) => {
                let revoked = (gone.voter, gone.ballot);
                let by = self.first_that(|op| match op {
                    Op::RevokeBallot(other) => (other.voter, other.ballot) == revoked,
                    _ => false,
                });
                self.removed.ballots.replace(revoked, by);
            }
            Op::BarVoter(gone) => {
                let by = self.first_that(
                    |op| matches!(op, Op::BarVoter(other) if other.voter == gone.voter),
                );
                self.removed.voters.replace(gone.voter, by);
            }
            _ => {}
        }
        Some(last)
    }

    /// The smallest id of the entries that say that.
    fn first_that(&self, says: impl Fn(&Op) -> bool) -> Option<OpId> {
        let entries = self.entries().filter(|op| says(op));
        entries.map(VerifiedOp::id).min()
    }

    /// Whether the poll takes ballots: the entry of the highest index says so, of equals one that
    /// does not open it.
    #[must_use]
    pub(crate) fn status(&self) -> Status {
        let highest = self.set_status.last().map(|(index, _)| *index);
        let closes = |(_, id): &(u32, OpId)| {
            let op = self.ops.get(id);
            op.is_some_and(|op| !matches!(**op, Op::Reopen(_)))
        };
        let mut last = highest.into_iter().flat_map(|index| {
            let from = (index, OpId([0; 32]));
            self.set_status.range(from..)
        });
        match last.any(closes) {
            true => Status::Closed,
            false => Status::Open,
        }
    }

    /// How many entries close or open the poll.
    #[must_use]
    pub(crate) fn set_status(&self) -> usize {
        self.set_status.len()
    }

    /// Of the entries that close or open the poll those that no other names, ascending: the last of
    /// them, where there are more than one may name. O(these).
    #[must_use]
    pub(crate) fn tips(&self) -> Box<[OpId]> {
        let ops = || {
            self.set_status
                .iter()
                .filter_map(|(_, id)| self.ops.get(id))
        };
        let named: BTreeSet<OpId> = ops()
            .filter_map(|op| op.after())
            .flatten()
            .copied()
            .collect();
        let tips = ops()
            .rev()
            .map(VerifiedOp::id)
            .filter(|id| !named.contains(id));
        let mut tips: Vec<OpId> = tips.take(MAX_TIPS).collect();
        tips.sort_unstable();
        tips.into()
    }

    /// From now on, the most entries, and the most ops of unknown kinds.
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

    /// The index of the chair's next entry: one above the highest, as far as there are such. `None`
    /// when the log is full.
    #[must_use]
    pub(crate) fn next_index(&self) -> Option<u32> {
        let after = |(last, _): &(u32, OpId)| last.saturating_add(1).min(MAX_INDEX);
        (!self.is_full()).then(|| self.entries.last().map_or(0, after))
    }

    /// The chair's entries in their order.
    pub(crate) fn entries(&self) -> impl DoubleEndedIterator<Item = &VerifiedOp> {
        self.entries.iter().filter_map(|(_, id)| self.ops.get(id))
    }

    /// The chair's entries from that place on, in order. O(log n) to start.
    pub(crate) fn entries_from(&self, index: u32, id: OpId) -> impl Iterator<Item = &VerifiedOp> {
        let entries = self.entries.range((index, id)..);
        entries.filter_map(|(_, id)| self.ops.get(id))
    }

    /// The ops of unknown kinds from that id on, ascending. O(log n) to start.
    pub(crate) fn unknown_from(&self, id: OpId) -> impl Iterator<Item = &VerifiedOp> {
        let unknown = self.unknown.range(id..);
        unknown.filter_map(|id| self.ops.get(id))
    }

    /// How many ops are here that need a newer version of this program.
    #[must_use]
    pub(crate) fn unknown(&self) -> usize {
        self.unknown.len()
    }

    /// Every op here whose id is in the range, ascending.
    pub(crate) fn range(
        &self,
        ids: core::ops::RangeInclusive<OpId>,
    ) -> impl Iterator<Item = &VerifiedOp> {
        self.ops.range(ids).map(|(_, op)| op)
    }

    /// How often something came since it was empty.
    #[must_use]
    pub(crate) fn changes(&self) -> u64 {
        self.changes
    }

    /// How many ops are here.
    #[must_use]
    pub(crate) fn len(&self) -> usize {
        self.ops.len()
    }

    /// How many of them are the chair's entries.
    #[must_use]
    pub(crate) fn number(&self) -> usize {
        self.entries.len()
    }

    /// What the chair took out of the count.
    #[must_use]
    pub(crate) fn removed(&self) -> &Removed {
        &self.removed
    }
}
