//! The places that leaders gave out: which message has which, by whose epoch, and what a later
//! epoch makes void.

use std::collections::{BTreeMap, BTreeSet};

use super::super::order::MessageId;

/// How many delivered places are remembered, for the case that a later epoch gives them away again;
/// and how many may be known ahead.
pub const MAX_LOG: u64 = 4_096;
/// How many epochs are remembered, and how far ahead an epoch may be asked for.
pub const MAX_EPOCHS: usize = 256;

/// See the [module](self).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct Log {
    epoch: u64,
    /// The first place of each epoch.
    starts: BTreeMap<u64, u64>,
    /// By place: the epoch that gave it, and to whom.
    entries: BTreeMap<u64, (u64, MessageId)>,
    placed: BTreeSet<MessageId>,
    /// Messages that are here, in turn, and have no place.
    unplaced: BTreeSet<MessageId>,
    /// Messages whose place is before `floor`: out of order whatever happens.
    late: Vec<MessageId>,
    /// The place to be delivered next.
    next: u64,
    /// What is before this place is forgotten.
    floor: u64,
    forks: u64,
}

impl Log {
    pub(crate) fn epoch(&self) -> u64 {
        self.epoch
    }

    pub fn forks(&self) -> u64 {
        self.forks
    }

    /// A payload has come, in turn.
    pub fn has_come(&mut self, id: MessageId) {
        if !self.placed.contains(&id) {
            self.unplaced.insert(id);
        }
    }

    /// A payload was dropped.
    pub(crate) fn is_gone(&mut self, id: MessageId) {
        self.unplaced.remove(&id);
    }

    pub(crate) fn has_place(&self, id: MessageId) -> bool {
        self.placed.contains(&id)
    }

    /// Who has the place to be delivered next.
    pub(crate) fn next(&self) -> Option<MessageId> {
        self.entries.get(&self.next).map(|(_, id)| *id)
    }

    /// The message at the next place is delivered.
    pub(crate) fn advance(&mut self) {
        self.next += 1;
        while let Some(entry) = self.entries.first_entry()
            && entry.key().saturating_add(MAX_LOG) < self.next
        {
            self.floor = entry.key() + 1;
            let (_, id) = entry.remove();
            self.placed.remove(&id);
        }
    }

    /// The next message that got a place too late to be in order.
    pub fn latecomer(&mut self) -> Option<MessageId> {
        self.late.pop()
    }

    /// Up to `max` messages that are here, have no place, and are `ready` for one.
    pub(crate) fn without_place(
        &self,
        max: usize,
        ready: impl Fn(MessageId) -> bool,
    ) -> Vec<MessageId> {
        let unplaced = self.unplaced.iter().copied();
        unplaced.filter(|id| ready(*id)).take(max).collect()
    }

    /// At the leader: gives the next places to these, and tells (epoch, its first place, the first
    /// of these places).
    pub fn place(&mut self, messages: &[MessageId]) -> (u64, u64, u64) {
        let start = self.starts.get(&self.epoch).copied().unwrap_or(0);
        let after_last = self
            .entries
            .last_key_value()
            .map_or(0, |(last, _)| last + 1);
        let first = start.max(after_last).max(self.next);
        for (place, id) in (first..).zip(messages) {
            self.put(place, self.epoch, *id);
        }
        (self.epoch, start, first)
    }

    /// At the new leader: starts that epoch, a later one than any that is known, at the first place
    /// with no message, or with one that is not here.
    pub(crate) fn start_epoch(&mut self, epoch: u64, is_here: impl Fn(MessageId) -> bool) {
        let mut start = self.next;
        while let Some((_, id)) = self.entries.get(&start)
            && is_here(*id)
        {
            start += 1;
        }
        self.begin(epoch, start, is_here);
    }

    /// Does what a leader says. False when there is no room for it now. `is_here` tells which
    /// payloads are.
    pub(crate) fn obey(
        &mut self,
        epoch: u64,
        start: u64,
        place: u64,
        messages: &[MessageId],
        is_here: impl Fn(MessageId) -> bool,
    ) -> bool {
        if place > self.next.saturating_add(MAX_LOG) {
            return false;
        }
        if !self.starts.contains_key(&epoch) {
            let oldest = self
                .starts
                .first_key_value()
                .map_or(0, |(oldest, _)| *oldest);
            if self.starts.len() >= MAX_EPOCHS && epoch < oldest {
                return true; // long void
            }
            self.begin(epoch, start, &is_here);
        }
        if self.starts.get(&epoch) != Some(&start) {
            return true; // no leader says two things; whichever came first stands
        }
        let later = epoch.saturating_add(1)..;
        let void_from = self.starts.range(later).map(|(_, start)| *start).min();
        for (place, id) in (place..).zip(messages) {
            if void_from.is_some_and(|from| from <= place) {
                continue;
            }
            if place < self.floor {
                if self.unplaced.remove(id) {
                    self.late.push(*id);
                }
                continue;
            }
            let taken = self.entries.get(&place);
            if taken.is_none_or(|(by, _)| *by < epoch) {
                self.put(place, epoch, *id);
            }
        }
        true
    }

    fn put(&mut self, place: u64, epoch: u64, id: MessageId) {
        self.entries.insert(place, (epoch, id));
        self.placed.insert(id);
        self.unplaced.remove(&id);
    }

    /// Makes void what earlier epochs put at `start` or after it.
    fn begin(&mut self, epoch: u64, start: u64, is_here: impl Fn(MessageId) -> bool) {
        self.starts.insert(epoch, start);
        while self.starts.len() > MAX_EPOCHS {
            self.starts.pop_first();
        }
        self.epoch = self.epoch.max(epoch);
        let earlier =
            |(place, (by, id)): (&u64, &(u64, MessageId))| (*by < epoch).then_some((*place, *id));
        let void: Vec<_> = self.entries.range(start..).filter_map(earlier).collect();
        let delivered = |place: u64| place < self.next;
        if void.iter().any(|(place, _)| delivered(*place)) || start < self.floor {
            self.forks += 1;
            self.next = self.next.min(start.max(self.floor));
        }
        for (place, id) in void {
            self.entries.remove(&place);
            self.placed.remove(&id);
            if is_here(id) {
                self.unplaced.insert(id);
            }
        }
    }
}
