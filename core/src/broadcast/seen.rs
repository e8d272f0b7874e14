//! Which messages were taken in, for orders that take them in as they come.
//!
//! The textbook's `delivered` is a set that grows for ever. Senders count their messages, so that the set is nearly
//! always all of them up to some number, and a few beyond: that is what is kept, and what is beyond is bounded.

use std::collections::{BTreeMap, BTreeSet};

use super::order::{Clock, MAX_SENDERS, MessageId};
use crate::ids::ReplicaId;

/// The most messages that may be kept beyond a gap, all senders taken together.
pub const MAX_BEYOND: usize = 65_536;

/// See the [module](self).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Seen {
    up_to: BTreeMap<ReplicaId, u64>,
    beyond: BTreeSet<MessageId>,
}

impl Seen {
    /// Whether this one was taken in.
    #[must_use]
    pub fn contains(&self, id: MessageId) -> bool {
        id.number <= self.up_to(id.sender) || self.beyond.contains(&id)
    }

    /// Whether there is room to take it in.
    #[must_use]
    pub fn has_room_for(&self, id: MessageId) -> bool {
        let before = self.up_to(id.sender);
        let known = before > 0 || self.up_to.len() < MAX_SENDERS;
        known && (id.number == before.saturating_add(1) || self.beyond.len() < MAX_BEYOND)
    }

    /// Takes it in; false when it was in already.
    pub fn insert(&mut self, id: MessageId) -> bool {
        if self.contains(id) {
            return false;
        }
        let mut next = self.up_to(id.sender).saturating_add(1);
        if id.number != next {
            return self.beyond.insert(id);
        }
        while self.beyond.remove(&MessageId {
            number: next.saturating_add(1),
            ..id
        }) {
            next += 1;
        }
        self.up_to.insert(id.sender, next);
        true
    }

    /// Takes one out again. The work grows with how many of its sender came after it.
    pub fn remove(&mut self, id: MessageId) {
        if self.beyond.remove(&id) || !self.contains(id) || !id.is_numbered() {
            return;
        }
        let after = id.number + 1..=self.up_to(id.sender);
        self.beyond
            .extend(after.map(|number| MessageId { number, ..id }));
        self.up_to.insert(id.sender, id.number - 1);
    }

    /// Up to which number there is no gap.
    #[must_use]
    pub fn up_to(&self, sender: ReplicaId) -> u64 {
        self.up_to.get(&sender).copied().unwrap_or(0)
    }

    /// Whether that clock counts a message that is missing here, as far as there is no gap.
    #[must_use]
    pub fn is_behind(&self, clock: &Clock) -> bool {
        clock
            .iter()
            .any(|(sender, number)| self.up_to(*sender) < number)
    }

    /// The first message that such a clock lacks, of every sender of which it lacks one; in the order of the senders.
    pub fn lacked_by(&self, clock: &Clock) -> impl Iterator<Item = MessageId> {
        self.up_to.iter().filter_map(|(&sender, &number)| {
            let lacked = clock.get(&sender);
            (lacked < number).then_some(MessageId {
                sender,
                number: lacked + 1,
            })
        })
    }

    /// Up to which number there is no gap, for every sender that there is anything of.
    #[must_use]
    pub fn clock(&self) -> Clock {
        let mut clock = Clock::default();
        for (sender, number) in &self.up_to {
            clock.advance(*sender, *number);
        }
        clock
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_a_set_and_knows_where_the_first_gap_is(
            changes in proptest::collection::vec((any::<bool>(), 1..4_u64, 1..12_u64), 0..80),
        ) {
            let (mut seen, mut set) = (Seen::default(), BTreeSet::new());
            for (insert, sender, number) in changes {
                let id = MessageId { sender: ReplicaId(sender), number };
                if insert {
                    prop_assert_eq!(seen.insert(id), set.insert(id));
                } else {
                    seen.remove(id);
                    set.remove(&id);
                }
                for number in 1..12 {
                    let id = MessageId { number, ..id };
                    prop_assert_eq!(seen.contains(id), set.contains(&id));
                }
                let gap = (1..).find(|&number| !set.contains(&MessageId { number, ..id })).unwrap_or(0);
                prop_assert_eq!(seen.up_to(id.sender), gap - 1);
            }
        }

        #[test]
        fn what_two_lack_of_each_other_is_what_their_clocks_say(
            mine in proptest::collection::vec((1..4_u64, 1..5_u64), 0..12),
            theirs in proptest::collection::vec((1..4_u64, 1..5_u64), 0..12),
        ) {
            let fill = |ids: &[(u64, u64)]| {
                let mut seen = Seen::default();
                for &(sender, number) in ids {
                    seen.insert(MessageId { sender: ReplicaId(sender), number });
                }
                seen
            };
            let (mine, theirs) = (fill(&mine), fill(&theirs));
            let (mine_clock, theirs_clock) = (mine.clock(), theirs.clock());
            let theirs_are_enough = theirs_clock >= mine_clock;
            prop_assert_eq!(mine.lacked_by(&theirs_clock).next().is_none(), theirs_are_enough);
            prop_assert_eq!(theirs.is_behind(&mine_clock), !theirs_are_enough);
            for first in mine.lacked_by(&theirs_clock) {
                prop_assert_eq!(first.number, theirs.up_to(first.sender) + 1);
                prop_assert!(mine.contains(first));
            }
        }
    }
}
