//! Causal delivery, with each message naming what it truly comes after.
//!
//! The textbook's causal broadcast names everything that its sender had delivered, with a vector
//! clock (Cachin et al. 2011, algorithm 3.15, "waiting causal broadcast": a message waits in
//! `pending` until V' <= V). A ballot comes after its voter's previous ballot and nothing else, so
//! here a message names just its true dependencies (R. Schwarz, F. Mattern, "Detecting causal
//! relationships in distributed computations", 1994, section 2: potential against true causality),
//! and no clock grows with the number of voters.
//!
//! Receive rule: deliver a message when nothing that it names is missing, else keep it in the
//! buffer under the first thing that is missing; when that is delivered, look again. Each message
//! waits under one dependency at a time, so a delivery costs the messages that waited for just
//! that. It is right because a message is handed up only when `missing` gives none, and complete
//! because whatever could make `missing` change wakes those who wait for it.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::{Application, Message};

/// The most messages that wait for one thing, where strangers may send what waits: each delivery
/// looks at all of them again. Of ballots and log entries one or two honestly do.
pub const MAX_WAITERS: usize = 16;

/// The most messages that are held back.
pub(crate) const MAX_HELD: usize = 4_096;
/// The most bytes of them.
pub(crate) const MAX_HELD_BYTES: usize = 4 * 1024 * 1024;

/// How much may be held back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Caps {
    /// The most messages; at least 2.
    pub messages: usize,
    /// The most bytes, as the messages' own sizes add up. A message larger than this is never
    /// delivered out of turn.
    pub bytes: usize,
}

impl Default for Caps {
    fn default() -> Self {
        Self {
            messages: MAX_HELD,
            bytes: MAX_HELD_BYTES,
        }
    }
}

type Id<A> = <<A as Application>::Message as Message>::Id;

/// See the [module](self).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Causal<A: Application> {
    caps: Caps,
    waiters: usize,
    /// By age, oldest first.
    buffer: BTreeMap<u64, (A::Dependency, A::Message)>,
    waiting: BTreeSet<(A::Dependency, u64)>,
    /// Their ages.
    ids: BTreeMap<Id<A>, u64>,
    bytes: usize,
    next_age: u64,
    dropped: u64,
}

impl<A: Application> Default for Causal<A> {
    fn default() -> Self {
        Self::new(Caps::default(), MAX_WAITERS)
    }
}

impl<A: Application> Causal<A> {
    /// Nothing is held back yet. Of those that wait for one thing, the oldest makes room beyond
    /// `waiters`.
    #[must_use]
    pub fn new(caps: Caps, waiters: usize) -> Self {
        Self {
            caps,
            waiters,
            buffer: BTreeMap::new(),
            waiting: BTreeSet::new(),
            ids: BTreeMap::new(),
            bytes: 0,
            next_age: 0,
            dropped: 0,
        }
    }

    /// Takes one message, and delivers all that may be delivered now. Bounded work: a message is
    /// looked at again only when what it waits for was delivered.
    pub fn receive(&mut self, message: A::Message, application: &mut A) {
        let mut ready = vec![(None, message)];
        while let Some((age, message)) = ready.pop() {
            match application.missing(&message) {
                Some(missing) => self.hold_back(age, message, missing, application),
                None => {
                    if let Some(delivered) = application.deliver(message) {
                        ready.extend(self.wake(&delivered));
                    }
                }
            }
        }
    }

    /// Looks again at all that is held back, as if it came now: the application has changed in
    /// another way than by a delivery.
    pub fn look_again(&mut self, application: &mut A) {
        let ages: Vec<u64> = self.buffer.keys().copied().collect();
        for age in ages {
            if let Some(message) = self.take(age) {
                self.receive(message, application);
            }
        }
    }

    /// Whether that message is held back.
    #[must_use]
    pub fn holds(&self, id: Id<A>) -> bool {
        self.ids.contains_key(&id)
    }

    /// The messages that are held back, oldest first, each with what it waits for.
    pub fn held_back(&self) -> impl Iterator<Item = (&A::Message, &A::Dependency)> {
        self.buffer
            .values()
            .map(|(missing, message)| (message, missing))
    }

    /// How many messages were dropped to keep the buffer bounded. Comparing sets brings them back.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// `age` is the message's own if it was held back before.
    fn hold_back(
        &mut self,
        age: Option<u64>,
        message: A::Message,
        missing: A::Dependency,
        application: &mut A,
    ) {
        let age = age.unwrap_or_else(|| {
            self.next_age += 1;
            self.next_age
        });
        let Entry::Vacant(id) = self.ids.entry(message.id()) else {
            return;
        };
        id.insert(age);
        self.bytes += message.size();
        self.waiting.insert((missing.clone(), age));
        let mut waiters = self.waiting.range(all_of(&missing));
        let crowded = waiters.clone().count() > self.waiters;
        if let Some(oldest) = waiters.next().map(|(_, age)| *age).filter(|_| crowded) {
            self.buffer.insert(age, (missing, message));
            self.drop_one(oldest, application);
        } else {
            self.buffer.insert(age, (missing, message));
        }
        while self.buffer.len() > self.caps.messages || self.bytes > self.caps.bytes {
            let Some(oldest) = self.buffer.first_key_value().map(|(age, _)| *age) else {
                break;
            };
            self.drop_one(oldest, application);
        }
    }

    fn drop_one(&mut self, age: u64, application: &mut A) {
        if let Some(message) = self.take(age) {
            self.dropped += 1;
            application.dropped(message);
        }
    }

    fn take(&mut self, age: u64) -> Option<A::Message> {
        let (missing, message) = self.buffer.remove(&age)?;
        self.waiting.remove(&(missing, age));
        self.ids.remove(&message.id());
        self.bytes -= message.size();
        Some(message)
    }

    /// The messages that wait for just that, taken out of the buffer, with their ages.
    fn wake(&mut self, delivered: &A::Dependency) -> Vec<(Option<u64>, A::Message)> {
        let ages: Vec<u64> = self
            .waiting
            .range(all_of(delivered))
            .map(|(_, age)| *age)
            .collect();
        ages.into_iter()
            .filter_map(|age| Some((Some(age), self.take(age)?)))
            .collect()
    }
}

/// All that wait for one thing, oldest first.
fn all_of<D: Clone>(dependency: &D) -> core::ops::RangeInclusive<(D, u64)> {
    (dependency.clone(), 0)..=(dependency.clone(), u64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A message that comes after others, by number.
    #[derive(Debug, Clone)]
    struct Numbered(u32, Vec<u32>);

    impl Message for Numbered {
        type Id = u32;
        fn id(&self) -> u32 {
            self.0
        }
        fn size(&self) -> usize {
            1_024
        }
    }

    #[derive(Default)]
    struct Delivered(Vec<u32>);

    impl Application for Delivered {
        type Message = Numbered;
        type Dependency = u32;
        fn missing(&self, message: &Numbered) -> Option<u32> {
            message.1.iter().copied().find(|id| !self.0.contains(id))
        }
        fn deliver(&mut self, message: Numbered) -> Option<u32> {
            self.0.push(message.0);
            Some(message.0)
        }
    }

    proptest! {
        #[test]
        fn every_message_is_delivered_once_and_after_what_it_names(
            edges in proptest::collection::vec((0..20_u32, 0..20_u32), 0..40),
            order in Just((0..20_u32).collect::<Vec<_>>()).prop_shuffle(),
        ) {
            let after = |id: u32| edges.iter().filter(|(a, b)| *b == id && a < b).map(|(a, _)| *a).collect::<Vec<_>>();
            let (mut causal, mut application) = (Causal::default(), Delivered::default());
            for id in order {
                causal.receive(Numbered(id, after(id)), &mut application);
            }
            prop_assert_eq!(causal.held_back().count(), 0);
            let mut seen = Vec::new();
            for id in application.0 {
                prop_assert!(after(id).iter().all(|before| seen.contains(before)));
                prop_assert!(!seen.contains(&id));
                seen.push(id);
            }
            prop_assert_eq!(seen.len(), 20);
        }
    }

    #[test]
    fn the_buffer_is_bounded_drops_the_oldest_and_counts_them() {
        let (mut causal, mut application) = (Causal::default(), Delivered::default());
        for id in 1..=MAX_HELD as u32 + 10 {
            causal.receive(Numbered(id, vec![id + 1_000_000]), &mut application);
        }
        let held = MAX_HELD_BYTES / 1_024;
        assert_eq!(causal.held_back().count(), held);
        assert_eq!(causal.dropped(), (MAX_HELD + 10 - held) as u64);
        assert!(!causal.holds(1) && causal.holds(MAX_HELD as u32));
    }

    #[test]
    fn few_wait_for_one_thing_the_oldest_makes_room_and_the_others_follow_when_it_comes() {
        let (mut causal, mut application) = (Causal::default(), Delivered::default());
        for id in 1..=100 {
            causal.receive(Numbered(id, vec![0]), &mut application);
        }
        assert_eq!(
            (causal.held_back().count(), causal.dropped()),
            (MAX_WAITERS, 100 - MAX_WAITERS as u64)
        );
        causal.receive(Numbered(0, vec![]), &mut application);
        assert_eq!(application.0.len(), MAX_WAITERS + 1);
    }

    #[test]
    fn what_waits_for_two_things_keeps_its_age() {
        let (mut causal, mut application) = (Causal::default(), Delivered::default());
        causal.receive(Numbered(10, vec![0, 1]), &mut application);
        causal.receive(Numbered(11, vec![2]), &mut application);
        causal.receive(Numbered(0, vec![]), &mut application);
        assert_eq!(
            causal
                .held_back()
                .map(|(message, _)| message.0)
                .collect::<Vec<_>>(),
            [10, 11]
        );
    }
}
