//! The hold-back buffer: messages that were received and may not be delivered yet (the textbook's
//! `buffer`, or `pending`).
//!
//! Bounded in messages and in bytes. Whoever sends faster than anything can be delivered, or what
//! nobody will ever send the missing piece of, must not take all memory; so the oldest goes, is
//! counted, and comes again by anti-entropy. The oldest, because it has waited longest in vain; an
//! order that knows which ones it needs last drops those instead. A replica's own messages are
//! never dropped: nobody else may have them.

use std::collections::BTreeMap;

use election_core::broadcast::causal::Caps;
use election_core::ids::ReplicaId;

use super::{Message, MessageId};

/// See the [module](self).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct HoldBack<M> {
    caps: Caps,
    me: ReplicaId,
    messages: BTreeMap<MessageId, (u64, M)>,
    by_age: BTreeMap<u64, MessageId>,
    next_age: u64,
    own: usize,
    bytes: usize,
    dropped: u64,
}

impl<M: Message<Id = MessageId>> HoldBack<M> {
    /// An empty buffer of that replica.
    #[must_use]
    pub fn new(me: ReplicaId, caps: Caps) -> Self {
        Self {
            caps,
            me,
            messages: BTreeMap::new(),
            by_age: BTreeMap::new(),
            next_age: 0,
            own: 0,
            bytes: 0,
            dropped: 0,
        }
    }

    /// Holds a message back, and gives those that had to go for it, oldest first. It may be among
    /// them itself.
    pub(crate) fn insert(&mut self, message: M) -> Vec<M> {
        self.hold(message);
        let mut gone = Vec::new();
        while self.is_too_full() {
            let oldest = self.by_age.values().find(|id| id.sender != self.me);
            let Some(message) = oldest.copied().and_then(|id| self.drop_one(id)) else {
                break;
            };
            gone.push(message);
        }
        gone
    }

    /// Holds a message back without making room for it. For an order that knows better than by age
    /// which ones can be spared: it has to drop these itself while the buffer [is too
    /// full](Self::is_too_full).
    pub fn hold(&mut self, message: M) {
        let id = message.id();
        if self.messages.contains_key(&id) {
            return;
        }
        self.bytes += message.size();
        self.own += usize::from(id.sender == self.me);
        self.by_age.insert(self.next_age, id);
        self.messages.insert(id, (self.next_age, message));
        self.next_age += 1;
    }

    /// Whether more is held back than may be.
    #[must_use]
    pub(crate) fn is_too_full(&self) -> bool {
        self.messages.len() > self.caps.messages || self.bytes > self.caps.bytes
    }

    /// Drops a message of others, and counts it.
    pub(crate) fn drop_one(&mut self, id: MessageId) -> Option<M> {
        let message = (id.sender != self.me).then(|| self.remove(id))??;
        self.dropped += 1;
        Some(message)
    }

    /// Takes a message out.
    pub(crate) fn remove(&mut self, id: MessageId) -> Option<M> {
        let (age, message) = self.messages.remove(&id)?;
        self.by_age.remove(&age);
        self.bytes -= message.size();
        self.own -= usize::from(id.sender == self.me);
        if self.messages.is_empty() {
            self.next_age = 0;
        }
        Some(message)
    }

    /// The message of that name.
    #[must_use]
    pub(crate) fn get(&self, id: MessageId) -> Option<&M> {
        self.messages.get(&id).map(|(_, message)| message)
    }

    /// Whether it is held back.
    #[must_use]
    pub(crate) fn contains(&self, id: MessageId) -> bool {
        self.messages.contains_key(&id)
    }

    /// Whether nothing is held back.
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// How many of the replica's own messages are held back, when there may be no more of them:
    /// half of the caps.
    #[must_use]
    pub(crate) fn own_if_full(&self) -> Option<usize> {
        let own_bytes = || -> usize {
            let first = MessageId {
                sender: self.me,
                number: 0,
            };
            let last = MessageId {
                number: u64::MAX,
                ..first
            };
            let own = self.messages.range(first..=last);
            own.map(|(_, (_, message))| message.size()).sum()
        };
        let full = self.own >= self.caps.messages / 2 || own_bytes() >= self.caps.bytes / 2;
        full.then_some(self.own)
    }

    /// The names of the messages, oldest first.
    pub fn ids(&self) -> impl Iterator<Item = MessageId> {
        self.by_age.values().copied()
    }

    /// How many were dropped.
    #[must_use]
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped
    }
}

#[cfg(test)]
mod tests {
    use super::super::Stamped;
    use super::*;

    fn message(sender: u64, number: u64, size: usize) -> Stamped<Vec<u8>> {
        let id = MessageId {
            sender: ReplicaId(sender),
            number,
        };
        Stamped {
            id,
            stamp: (),
            payload: vec![0; size],
        }
    }

    #[test]
    fn the_oldest_of_others_goes_first_and_is_counted() {
        let caps = Caps {
            messages: 3,
            bytes: 1_000,
        };
        let mut buffer = HoldBack::new(ReplicaId(0), caps);
        for held in [message(0, 1, 1), message(1, 1, 1), message(2, 1, 1)] {
            assert!(buffer.insert(held).is_empty());
        }
        let gone = buffer.insert(message(3, 1, 1));
        assert_eq!(gone, [message(1, 1, 1)]);
        let gone = buffer.insert(message(4, 1, 940));
        assert_eq!(gone.len(), 1, "one message more");
        assert_eq!(gone, [message(2, 1, 1)]);
        let gone = buffer.insert(message(5, 1, 2_000));
        assert_eq!(gone.len(), 3, "what is larger than the buffer goes too");
        assert_eq!(buffer.dropped(), 5);
        assert!(buffer.contains(message(0, 1, 1).id));
        assert!(buffer.insert(message(1, 1, 1)).is_empty(), "taken again");
        assert_eq!(buffer.ids().count(), 2);
    }

    #[test]
    fn an_order_can_choose_what_is_dropped_but_not_among_ones_own() {
        let caps = Caps {
            messages: 2,
            bytes: 1_000,
        };
        let mut buffer = HoldBack::new(ReplicaId(0), caps);
        let (own, old, new) = (message(0, 1, 1), message(1, 1, 1), message(1, 2, 1));
        for held in [&own, &old, &new] {
            assert!(!buffer.is_too_full());
            buffer.hold(held.clone());
        }
        assert!(buffer.is_too_full());
        assert_eq!(buffer.drop_one(own.id), None);
        assert_eq!(buffer.drop_one(new.id), Some(new));
        assert!(!buffer.is_too_full());
        assert_eq!(buffer.ids().collect::<Vec<_>>(), [own.id, old.id]);
        assert_eq!(buffer.dropped(), 1);
    }

    #[test]
    fn own_messages_are_told_to_wait_before_they_fill_it() {
        let caps = Caps {
            messages: 4,
            bytes: 1_000,
        };
        let mut buffer = HoldBack::new(ReplicaId(0), caps);
        buffer.insert(message(0, 1, 1));
        assert_eq!(buffer.own_if_full(), None);
        buffer.insert(message(0, 2, 1));
        assert_eq!(buffer.own_if_full(), Some(2));
        buffer.remove(message(0, 2, 1).id);
        assert_eq!(buffer.own_if_full(), None);
        buffer.insert(message(0, 3, 600));
        assert_eq!(buffer.own_if_full(), Some(2));
    }
}
