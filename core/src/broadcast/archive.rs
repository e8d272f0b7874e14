//! What can be given to those who missed it: the messages of a [`super::node`], by sender and number.
//!
//! The family's stand-in for the product's [`crate::sync`]: two nodes compare, for each sender, up to which number they
//! have everything, and send what the other lacks, lowest first. That is the anti-entropy of the Bayou system (D. Terry
//! et al., SOSP 1995) with its version vectors. It takes one number a sender, and sends again what the other has beyond
//! a gap; the product, with a sender for every voter, compares trees of hashes instead.

use std::collections::{BTreeMap, VecDeque};

use super::Message;
use super::order::{Clock, MessageId};
use super::seen::Seen;

/// How much is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caps {
    /// The most messages; the oldest are forgotten, and counted: who lacks them then asks others.
    pub messages: usize,
    /// The most bytes of them.
    pub bytes: usize,
    /// The most messages in one answer.
    pub answer_messages: usize,
    /// The most bytes in one answer.
    pub answer_bytes: usize,
}

impl Default for Caps {
    fn default() -> Self {
        Self {
            messages: 65_536,
            bytes: 64 * 1024 * 1024,
            answer_messages: 256,
            answer_bytes: 60 * 1024,
        }
    }
}

/// See the [module](self).
#[derive(Debug, Clone)]
pub struct Archive<M> {
    caps: Caps,
    had: Seen,
    messages: BTreeMap<MessageId, (u64, M)>,
    by_age: BTreeMap<u64, MessageId>,
    next_age: u64,
    bytes: usize,
    forgotten: u64,
}

impl<M: Message<Id = MessageId> + Clone> Archive<M> {
    /// An empty one.
    #[must_use]
    pub fn new(caps: Caps) -> Self {
        Self {
            caps,
            had: Seen::default(),
            messages: BTreeMap::new(),
            by_age: BTreeMap::new(),
            next_age: 0,
            bytes: 0,
            forgotten: 0,
        }
    }

    /// Keeps a message, if it is one to keep.
    pub fn keep(&mut self, message: &M) {
        let id = message.id();
        if !id.is_numbered() || self.messages.contains_key(&id) {
            return;
        }
        self.had.insert(id);
        self.bytes += message.size();
        self.messages.insert(id, (self.next_age, message.clone()));
        self.by_age.insert(self.next_age, id);
        self.next_age += 1;
        while self.messages.len() > self.caps.messages || self.bytes > self.caps.bytes {
            let Some((_, oldest)) = self.by_age.pop_first() else {
                break;
            };
            self.take(oldest);
            self.forgotten += 1;
        }
    }

    /// Whether this message is or was here.
    #[must_use]
    pub fn had(&self, id: MessageId) -> bool {
        id.is_numbered() && self.had.contains(id)
    }

    /// A message that was held back was dropped: it has to come again.
    pub fn remove(&mut self, id: MessageId) {
        self.take(id);
        self.had.remove(id);
    }

    fn take(&mut self, id: MessageId) {
        if let Some((age, message)) = self.messages.remove(&id) {
            self.by_age.remove(&age);
            self.bytes -= message.size();
        }
    }

    /// Up to which number everything of each sender is or was here.
    #[must_use]
    pub fn digest(&self) -> Clock {
        self.had.clock()
    }

    /// What somebody with that digest lacks, lowest numbers first, as much as goes into one answer. Each sender gets
    /// its share, so that none waits for another.
    #[must_use]
    pub fn lacking(&self, digest: &Clock) -> Vec<M> {
        let mut answer: Vec<M> = Vec::new();
        let mut bytes = 0;
        let ours = self.had.clock();
        let ours = ours
            .iter()
            .filter(|(sender, number)| digest.get(sender) < *number);
        let mut ranges: VecDeque<_> = ours
            .map(|(sender, _)| {
                let (first, last) = (digest.get(sender).saturating_add(1), u64::MAX);
                let id = |number| MessageId {
                    sender: *sender,
                    number,
                };
                self.messages.range(id(first)..=id(last))
            })
            .collect();
        while let Some(mut range) = ranges.pop_front() {
            let Some((_, (_, message))) = range.next() else {
                continue;
            };
            bytes += message.size();
            let full = answer.len() >= self.caps.answer_messages || bytes > self.caps.answer_bytes;
            if full && !answer.is_empty() {
                break;
            }
            answer.push(message.clone());
            ranges.push_back(range);
        }
        answer
    }

    /// How many messages were forgotten for want of room.
    #[must_use]
    pub fn forgotten(&self) -> u64 {
        self.forgotten
    }
}

#[cfg(test)]
mod tests {
    use super::super::Stamped;
    use super::*;
    use crate::ids::ReplicaId;

    fn message(sender: u64, number: u64) -> Stamped<u64> {
        let sender = ReplicaId(sender);
        Stamped {
            id: MessageId { sender, number },
            stamp: (),
            payload: number,
        }
    }

    #[test]
    fn who_lacks_something_gets_it_lowest_first_and_from_every_sender() {
        let mut archive = Archive::new(Caps {
            messages: 5,
            answer_messages: 3,
            ..Caps::default()
        });
        for (sender, number) in [(1, 1), (1, 2), (1, 3), (2, 1), (2, 3), (0, 0)] {
            archive.keep(&message(sender, number));
        }
        let lacking: Vec<_> = archive.lacking(&Clock::default());
        assert_eq!(lacking, [message(1, 1), message(2, 1), message(1, 2)]);
        let mut digest = archive.digest();
        assert_eq!(digest.get(&ReplicaId(2)), 1);
        assert_eq!(archive.lacking(&digest), []);
        digest.advance(ReplicaId(2), 9);
        archive.remove(message(1, 2).id);
        assert_eq!(
            archive.digest().get(&ReplicaId(1)),
            1,
            "it is asked for again"
        );
        archive.keep(&message(1, 2));
        archive.keep(&message(3, 1));
        assert_eq!(archive.forgotten(), 1);
        assert_eq!(archive.digest().get(&ReplicaId(1)), 3, "it was here");
    }
}
