//! Which messages were taken in, for orders that take them in as they come, and how two nodes
//! compare that.
//!
//! The textbook's `delivered` is a set that grows for ever. Senders count their messages, so that
//! the set is nearly always all of them up to some number, and a few runs beyond: that is what is
//! kept, and what is beyond is bounded.
//!
//! A gap may stay for ever, when a sender is gone before the missing message came to anybody who
//! lives. So a [`Digest`] has to name what is beyond gaps too, or two nodes that differ only there
//! would never notice. It is a version vector with exceptions: D. Malkhi, D. Terry, "Concise
//! version vectors in WinFS", DISC 2005.

use std::collections::BTreeMap;

use election_core::ids::ReplicaId;

use super::order::{Clock, MAX_SENDERS, MessageId};

/// The most runs that may be kept beyond a gap, all senders taken together.
pub(crate) const MAX_BEYOND: usize = 65_536;
/// The most runs that one digest names.
pub const MAX_NAMED_RUNS: usize = 64;

/// Where the first window of digests begins: no message comes before it.
pub const START: MessageId = MessageId {
    sender: ReplicaId(0),
    number: 0,
};

/// Messages of one sender, one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// The first of them.
    pub first: MessageId,
    /// The number of the last.
    pub last: u64,
}

/// What somebody has taken in, to be compared.
///
/// Nearly always it is all told. If there are too many runs beyond gaps, a digest names those in
/// one window, from one message until another, and the next digest goes on where it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest {
    /// Up to which number there is no gap, for every sender that there is anything of.
    pub up_to: Clock,
    /// What is beyond gaps, within the window: ascending, at most [`MAX_NAMED_RUNS`].
    pub beyond: Vec<Run>,
    /// Where the window begins.
    pub from: MessageId,
    /// Which message the window ends before; `None`: none.
    pub until: Option<MessageId>,
}

impl Digest {
    /// Whether it names everything.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.from == START && self.until.is_none()
    }

    /// Whether it would name this message, if it were beyond a gap.
    #[must_use]
    pub fn tells_of(&self, id: MessageId) -> bool {
        self.from <= id && self.until.is_none_or(|until| id < until)
    }

    /// Whether it counts or names this message.
    #[must_use]
    pub fn contains(&self, id: MessageId) -> bool {
        let last = id.number;
        self.covers(Run { first: id, last })
    }

    /// Its size in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        let window = if self.is_whole() { 0 } else { 32 };
        16 * self.up_to.len() + 24 * self.beyond.len() + window
    }

    fn covers(&self, run: Run) -> bool {
        covers(run, self.up_to.get(&run.first.sender), |first| {
            let after = self.beyond.partition_point(|run| run.first <= first);
            self.beyond[..after].last().copied()
        })
    }
}

/// Whether a run is among what is counted up to a number and the one run beyond in which the rest
/// would have to be: `run_before` gives the last that does not begin after a message.
fn covers(run: Run, up_to: u64, run_before: impl FnOnce(MessageId) -> Option<Run>) -> bool {
    if run.last <= up_to {
        return true;
    }
    let first = MessageId {
        number: run.first.number.max(up_to + 1), // no more than run.last
        ..run.first
    };
    run_before(first)
        .is_some_and(|other| other.first.sender == first.sender && other.last >= run.last)
}

/// See the [module](self).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct Seen {
    up_to: BTreeMap<ReplicaId, u64>,
    /// The runs beyond gaps: the number of the last, by the first. None touches another, or what is
    /// below the gap.
    beyond: BTreeMap<MessageId, u64>,
}

impl Seen {
    /// Whether this one was taken in.
    #[must_use]
    pub(crate) fn contains(&self, id: MessageId) -> bool {
        self.run_end(id).is_some()
    }

    /// Up to which number there is no gap from this message on; `None` if it is missing itself.
    #[must_use]
    pub(crate) fn run_end(&self, id: MessageId) -> Option<u64> {
        let up_to = self.up_to(id.sender);
        if id.number <= up_to {
            return Some(up_to);
        }
        let run = self.run_before(id)?;
        (run.first.sender == id.sender && id.number <= run.last).then_some(run.last)
    }

    /// Whether there is room to take it in.
    #[must_use]
    pub(crate) fn has_room_for(&self, id: MessageId) -> bool {
        let before = self.up_to(id.sender);
        let known = before > 0 || self.up_to.len() < MAX_SENDERS;
        known && (id.number == before.saturating_add(1) || self.beyond.len() < MAX_BEYOND)
    }

    /// Takes it in; false when it was in already.
    pub(crate) fn insert(&mut self, id: MessageId) -> bool {
        if self.contains(id) {
            return false;
        }
        let before = id.number - 1; // 0 is contained in everything
        let next = id.number.checked_add(1);
        let next = next.and_then(|number| self.beyond.remove(&MessageId { number, ..id }));
        let last = next.unwrap_or(id.number);
        if before == self.up_to(id.sender) {
            self.up_to.insert(id.sender, last);
            return true;
        }
        let first = match self.run_before(id) {
            Some(run) if run.first.sender == id.sender && run.last == before => run.first,
            _ => id,
        };
        self.beyond.insert(first, last);
        true
    }

    /// Takes one out again.
    pub(crate) fn remove(&mut self, id: MessageId) {
        let Some(last) = self.run_end(id).filter(|_| id.is_numbered()) else {
            return;
        };
        if id.number <= self.up_to(id.sender) {
            self.up_to.insert(id.sender, id.number - 1);
        } else if let Some(run) = self.run_before(id) {
            self.beyond.remove(&run.first);
            if run.first < id {
                self.beyond.insert(run.first, id.number - 1);
            }
        }
        if id.number < last {
            let number = id.number + 1;
            self.beyond.insert(MessageId { number, ..id }, last);
        }
    }

    /// Up to which number there is no gap.
    #[must_use]
    pub(crate) fn up_to(&self, sender: ReplicaId) -> u64 {
        self.up_to.get(&sender).copied().unwrap_or(0)
    }

    /// Whether that digest counts or names a message that is missing here.
    #[must_use]
    pub fn is_behind(&self, digest: &Digest) -> bool {
        let mut counts = digest.up_to.iter();
        counts.any(|(sender, number)| self.up_to(*sender) < number)
            || digest.beyond.iter().any(|run| !self.covers(*run))
    }

    /// The first message that is missing in such a digest, of every sender of which something is
    /// missing there that is here: the one after those that it counts.
    pub fn lacked_by(&self, digest: &Digest) -> impl Iterator<Item = MessageId> {
        let first = |sender: ReplicaId| MessageId {
            sender,
            number: digest.up_to.get(&sender).saturating_add(1),
        };
        let counted = self.up_to.iter();
        let counted = counted.filter(move |(sender, number)| first(**sender).number <= **number);
        let runs = self.runs(START).filter(move |run| {
            let sender = run.first.sender;
            self.up_to(sender) < first(sender).number && !digest.covers(*run)
        });
        let mut before = None;
        let senders = runs.map(|run| run.first.sender);
        let senders = senders.filter(move |sender| before.replace(*sender) != Some(*sender));
        counted.map(|(sender, _)| *sender).chain(senders).map(first)
    }

    /// What there is. If it is too much for one digest, of what is beyond gaps only a window that
    /// begins there.
    #[must_use]
    pub fn digest(&self, from: MessageId) -> Digest {
        let mut up_to = Clock::default();
        for (sender, number) in &self.up_to {
            up_to.advance(*sender, *number);
        }
        let from = if self.beyond.len() <= MAX_NAMED_RUNS {
            START
        } else {
            // Not in the middle of a run that has grown since.
            let run = self.run_before(from);
            let run = run.filter(|run| run.first.sender == from.sender && from.number <= run.last);
            run.map_or(from, |run| run.first)
        };
        let mut runs = self.runs(from);
        Digest {
            up_to,
            beyond: runs.by_ref().take(MAX_NAMED_RUNS).collect(),
            from,
            until: runs.next().map(|run| run.first),
        }
    }

    fn covers(&self, run: Run) -> bool {
        let up_to = self.up_to(run.first.sender);
        covers(run, up_to, |first| self.run_before(first))
    }

    fn runs(&self, from: MessageId) -> impl Iterator<Item = Run> {
        let runs = self.beyond.range(from..);
        runs.map(|(&first, &last)| Run { first, last })
    }

    fn run_before(&self, id: MessageId) -> Option<Run> {
        let (&first, &last) = self.beyond.range(..=id).next_back()?;
        Some(Run { first, last })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn seen_is_a_set_and_knows_where_the_first_gap_is(
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
                let after = (id.number..).find(|&number| !set.contains(&MessageId { number, ..id }));
                prop_assert_eq!(seen.run_end(id), after.filter(|after| *after > id.number).map(|after| after - 1));
                let gap = (1..).find(|&number| !set.contains(&MessageId { number, ..id })).unwrap_or(0);
                prop_assert_eq!(seen.up_to(id.sender), gap - 1);
            }
        }

        #[test]
        fn what_two_lack_of_each_other_is_what_their_digests_say(
            mine in proptest::collection::vec((1..4_u64, 1..6_u64), 0..14),
            theirs in proptest::collection::vec((1..4_u64, 1..6_u64), 0..14),
        ) {
            let fill = |ids: &[(u64, u64)]| {
                let (mut seen, mut set) = (Seen::default(), BTreeSet::new());
                for &(sender, number) in ids {
                    let id = MessageId { sender: ReplicaId(sender), number };
                    seen.insert(id);
                    set.insert(id);
                }
                (seen, set)
            };
            let ((mine, my_set), (theirs, their_set)) = (fill(&mine), fill(&theirs));
            let (my_digest, their_digest) = (mine.digest(START), theirs.digest(START));
            prop_assert!(my_digest.is_whole());
            for id in my_set.union(&their_set) {
                prop_assert_eq!(my_digest.contains(*id), my_set.contains(id));
            }
            prop_assert_eq!(theirs.is_behind(&my_digest), !my_set.is_subset(&their_set));
            let lacked: BTreeSet<_> = my_set.difference(&their_set).map(|id| id.sender).collect();
            let firsts: Vec<_> = mine.lacked_by(&their_digest).collect();
            prop_assert_eq!(firsts.len(), lacked.len());
            for first in firsts {
                prop_assert!(lacked.contains(&first.sender));
                prop_assert_eq!(first.number, theirs.up_to(first.sender) + 1);
            }
        }
    }

    #[test]
    fn what_is_too_much_for_one_digest_is_told_in_windows_one_after_the_other() {
        let mut seen = Seen::default();
        let ids = (1..=150_u64).map(|n| MessageId {
            sender: ReplicaId(n % 3),
            number: 2 * n,
        });
        let ids: BTreeSet<_> = ids.collect();
        for id in &ids {
            seen.insert(*id);
        }
        let (mut from, mut told, mut digests) = (START, BTreeSet::new(), 0);
        while digests == 0 || from != START {
            let digest = seen.digest(from);
            assert!(digest.beyond.len() <= MAX_NAMED_RUNS && !digest.is_whole());
            let (of_these, others): (Vec<MessageId>, Vec<_>) =
                ids.iter().partition(|id| digest.tells_of(**id));
            assert!(of_these.iter().all(|id| digest.contains(*id)));
            assert!(!others.iter().any(|id| digest.contains(*id)));
            told.extend(of_these);
            digests += 1;
            from = digest.until.unwrap_or(START);
        }
        assert_eq!((told.len(), digests), (ids.len(), 3));
    }

    #[test]
    fn message_numbers_may_be_as_large_as_they_get() {
        let last = MessageId {
            sender: ReplicaId(u64::MAX),
            number: u64::MAX,
        };
        let mut seen = Seen::default();
        assert!(seen.insert(last) && !seen.insert(last) && seen.contains(last));
        let digest = seen.digest(START);
        assert!(digest.contains(last) && !Seen::default().digest(START).contains(last));
        assert!(Seen::default().is_behind(&digest) && !seen.is_behind(&digest));
        seen.remove(last);
        assert_eq!(seen, Seen::default());
    }
}
