//! What can be given to those who missed it: the messages of a [`super::node`], by sender and
//! number.
//!
//! The family's stand-in for the product's [`election_core::sync`]: two nodes compare, for each
//! sender, up to which number they have everything and what they have beyond, and send what the
//! other lacks, lowest first. That is the anti-entropy of the Bayou system (D. Terry et al.,
//! SOSP 1995) with its version vectors, and with exceptions to them ([`Digest`]). It takes one
//! number a sender; the product, with a sender for every voter, compares trees of hashes instead.
//!
//! A digest that cannot name everything names one window after the other, over and over. Of a
//! message that is in no window nobody can say whether the other lacks it, so that it is sent only
//! along with the next one that the other surely lacks: that brings the other forward, and no copy
//! is sent for ever to one who has it.
//!
//! Most digests say what is known already, so that comparing builds nothing when nothing is
//! lacking, and the digest of one's own is built once for each change and shared from then on.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use election_core::time::Millis;

use super::Message;
use super::order::MessageId;
use super::seen::{Digest, START, Seen};

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

#[derive(Debug, Clone)]
struct Kept<M> {
    /// Counts what came; who came first is forgotten first.
    age: u64,
    came: Millis,
    message: M,
}

/// See the [module](self).
#[derive(Debug, Clone)]
pub struct Archive<M> {
    caps: Caps,
    had: Seen,
    /// What `had` says, once somebody has asked; `None` after a change, and when it does not say
    /// all at once.
    digest: Option<Arc<Digest>>,
    /// Where the next digest goes on, if the last did not say all.
    window: MessageId,
    messages: BTreeMap<MessageId, Kept<M>>,
    by_age: BTreeMap<u64, MessageId>,
    next_age: u64,
    /// How many answers had no room for all, and whether the last one was among them.
    cut: u64,
    was_cut: bool,
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
            digest: None,
            window: START,
            messages: BTreeMap::new(),
            by_age: BTreeMap::new(),
            next_age: 0,
            cut: 0,
            was_cut: false,
            bytes: 0,
            forgotten: 0,
        }
    }

    /// Keeps a message that comes now, if it is one to keep.
    pub fn keep(&mut self, message: &M, now: Millis) {
        let id = message.id();
        if !id.is_numbered() || self.messages.contains_key(&id) {
            return;
        }
        self.had.insert(id);
        self.digest = None;
        self.bytes += message.size();
        let kept = Kept {
            age: self.next_age,
            came: now,
            message: message.clone(),
        };
        self.messages.insert(id, kept);
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
    pub(crate) fn remove(&mut self, id: MessageId) {
        self.take(id);
        self.had.remove(id);
        self.digest = None;
    }

    fn take(&mut self, id: MessageId) {
        if let Some(kept) = self.messages.remove(&id) {
            self.by_age.remove(&kept.age);
            self.bytes -= kept.message.size();
        }
    }

    /// What is or was here. If that is too much to be said at once, the next call says more.
    pub fn digest(&mut self) -> Arc<Digest> {
        if let Some(digest) = &self.digest {
            return Arc::clone(digest);
        }
        let digest = Arc::new(self.had.digest(self.window));
        self.window = digest.until.unwrap_or(START);
        self.digest = digest.is_whole().then(|| Arc::clone(&digest));
        digest
    }

    /// Whether that digest has something that never was here.
    #[must_use]
    pub fn is_behind(&self, digest: &Digest) -> bool {
        self.had.is_behind(digest)
    }

    /// What somebody with that digest lacks, lowest numbers first, as much as goes into one answer,
    /// and only what has been here for at least `min_age`. Each sender gets its share, so that none
    /// waits for another.
    ///
    /// What an answer brings may have to wait for what had no room in it, and push out of a small
    /// buffer what came before, or not be kept at all: the same answer would do so again, for ever.
    /// So after one that had no room for all, another sender is the first; and in about every
    /// fourth one it gets all the room, from anywhere in what is lacking of it.
    pub fn lacking(&mut self, digest: &Digest, min_age: Millis, now: Millis) -> Vec<M> {
        let mut answer: Vec<M> = Vec::new();
        let mut bytes = 0;
        let of_each_sender = |first: MessageId| {
            let last = MessageId {
                number: u64::MAX,
                ..first
            };
            let is_here = self.messages.contains_key(&first);
            let along = self.had.run_end(first).filter(|_| is_here).unwrap_or(0);
            let all = self.messages.range(first..=last);
            all.filter(move |(id, kept)| {
                let lacked = !digest.contains(**id);
                let certain = digest.tells_of(**id) || id.number <= along;
                lacked && certain && now - kept.came >= min_age
            })
        };
        let lacked = self.had.lacked_by(digest);
        let mut ranges: VecDeque<_> = lacked.map(of_each_sender).collect();
        let mut one_sender = false;
        if self.was_cut && !ranges.is_empty() {
            // Mixed, because whoever asks may do so in step with others.
            let mixed = self.cut.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            ranges.rotate_left(((mixed >> 32) % ranges.len() as u64) as usize);
            one_sender = mixed >> 62 == 0;
            if one_sender && let Some(range) = ranges.front_mut() {
                let lacked = range.clone().count().max(1) as u64;
                let skipped = (mixed & u64::from(u32::MAX)) % lacked;
                range.by_ref().take(skipped as usize).for_each(drop);
            }
        }
        let mut was_cut = false;
        while let Some(mut range) = ranges.pop_front() {
            let Some((_, kept)) = range.next() else {
                continue;
            };
            bytes += kept.message.size();
            let full = answer.len() >= self.caps.answer_messages || bytes > self.caps.answer_bytes;
            if full && !answer.is_empty() {
                was_cut = true;
                break;
            }
            answer.push(kept.message.clone());
            if one_sender {
                ranges.push_front(range);
            } else {
                ranges.push_back(range);
            }
        }
        self.was_cut = was_cut;
        self.cut = self.cut.wrapping_add(u64::from(was_cut));
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
    use std::collections::BTreeSet;

    use election_core::ids::ReplicaId;

    use super::super::Stamped;
    use super::*;

    fn message(sender: u64, number: u64) -> Stamped<u64> {
        let sender = ReplicaId(sender);
        Stamped {
            id: MessageId { sender, number },
            stamp: (),
            payload: number,
        }
    }

    fn nothing() -> Digest {
        Seen::default().digest(START)
    }

    #[test]
    fn who_lacks_something_gets_it_lowest_first_and_from_every_sender() {
        let mut archive = Archive::new(Caps {
            messages: 5,
            answer_messages: 3,
            ..Caps::default()
        });
        for (sender, number) in [(1, 1), (1, 2), (1, 3), (2, 1), (2, 3), (0, 0)] {
            archive.keep(&message(sender, number), Millis(0));
        }
        let lacking: Vec<_> = archive.lacking(&nothing(), Millis(0), Millis(0));
        assert_eq!(lacking, [message(1, 1), message(2, 1), message(1, 2)]);
        let mut digest = Digest::clone(&archive.digest());
        assert_eq!(digest.up_to.get(&ReplicaId(2)), 1);
        assert_eq!(archive.lacking(&digest, Millis(0), Millis(0)), []);
        digest.beyond.clear();
        let beyond_the_gap = archive.lacking(&digest, Millis(0), Millis(0));
        assert_eq!(beyond_the_gap, [message(2, 3)]);
        archive.remove(message(1, 2).id);
        assert_eq!(
            archive.digest().up_to.get(&ReplicaId(1)),
            1,
            "it is asked for again"
        );
        archive.keep(&message(1, 2), Millis(0));
        archive.keep(&message(3, 1), Millis(0));
        assert_eq!(archive.forgotten(), 1);
        assert_eq!(archive.digest().up_to.get(&ReplicaId(1)), 3, "it was here");
    }

    #[test]
    fn what_is_younger_than_asked_for_is_left_out() {
        let mut archive = Archive::new(Caps::default());
        archive.keep(&message(1, 1), Millis(70));
        archive.keep(&message(1, 2), Millis(10));
        archive.keep(&message(2, 1), Millis(10));
        let mut lacking = |now| archive.lacking(&nothing(), Millis(50), Millis(now));
        assert_eq!(lacking(5), [], "the clock went backwards");
        assert_eq!(lacking(59), []);
        assert_eq!(lacking(60), [message(1, 2), message(2, 1)]);
        let all = [message(1, 1), message(2, 1), message(1, 2)];
        assert_eq!(lacking(120), all);
    }

    /// Who has no room for a message lacks it still, and must be given what comes after it all the
    /// same.
    #[test]
    fn all_that_is_lacking_comes_even_if_nothing_of_it_is_kept() {
        let mut archive = Archive::new(Caps {
            answer_messages: 4,
            ..Caps::default()
        });
        for sender in 1..=5 {
            for number in 1..=9 {
                archive.keep(&message(sender, number), Millis(0));
            }
        }
        // One who asks in step with another hears every second answer.
        for every in [1, 2] {
            let mut brought = BTreeSet::new();
            for number in 0..1_000 {
                let answer = archive.lacking(&nothing(), Millis(0), Millis(0));
                if number % every == 0 {
                    brought.extend(answer.iter().map(|message| message.id));
                }
            }
            assert_eq!(brought.len(), 45);
        }
    }

    /// Both have more runs beyond gaps than a digest names, and one has more of them.
    #[test]
    fn what_no_digest_says_at_once_is_found_and_nothing_is_sent_to_who_has_it() {
        let [mut ann, mut ben] = [(); 2].map(|()| Archive::new(Caps::default()));
        for number in (3..=600).step_by(3) {
            ann.keep(&message(1, number), Millis(0));
            if number % 9 != 0 {
                ben.keep(&message(1, number), Millis(0));
            }
        }
        let now = Millis(0);
        let mut copies = Vec::new();
        for _ in 0..12 {
            copies.extend(ann.lacking(&ben.digest(), now, now));
            assert_eq!(ben.lacking(&ann.digest(), now, now), []);
        }
        let lacked: Vec<_> = (9..=600)
            .step_by(9)
            .map(|number| message(1, number))
            .collect();
        let mut found: Vec<_> = copies.iter().map(|message| message.id.number).collect();
        found.sort_unstable();
        found.dedup();
        assert_eq!(found.len(), lacked.len());
        for message in &lacked {
            ben.keep(message, now);
        }
        for _ in 0..12 {
            assert_eq!(ann.lacking(&ben.digest(), now, now), []);
        }
        // What closes a gap comes whatever the window, with what follows on it.
        ann.keep(&message(1, 1), now);
        ann.keep(&message(1, 2), now);
        for _ in 0..4 {
            let answer = ann.lacking(&ben.digest(), now, now);
            assert_eq!(answer[..2], [message(1, 1), message(1, 2)]);
            assert!(answer.len() <= 3, "and not 3, if the window names it");
        }
    }
}
