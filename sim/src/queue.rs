//! What is yet to happen, in the order of its time: a time wheel.
//!
//! G. Varghese, T. Lauck, "Hashed and hierarchical timing wheels", SOSP 1987, scheme 4: one slot
//! for each millisecond of the near future, and a tree for what is farther away. Putting in and
//! taking out take the same short time however much waits, where a heap of a million events would
//! miss the cache at every level.

use std::collections::{BTreeMap, VecDeque};

use election_core::time::Millis;

/// How many milliseconds ahead the wheel reaches; a power of two.
const SLOTS: usize = 4_096;
const WORDS: usize = SLOTS / 64;
/// The most buffers that are kept for other moments.
const SPARE: usize = 256;

/// Events by time; those of one millisecond come out in the order in which they were put in.
#[derive(Debug)]
pub struct Queue<E> {
    /// Slot `at % SLOTS` holds what happens at `at`, for each `at` in `now..now + SLOTS`.
    slots: Vec<VecDeque<E>>,
    /// One bit for each slot that holds something.
    filled: [u64; WORDS],
    far: BTreeMap<Millis, VecDeque<E>>,
    /// Buffers of moments that are over, for the next ones: a few, so that crowded moments keep no
    /// memory for ever.
    spare: Vec<VecDeque<E>>,
    now: u64,
    len: usize,
}

impl<E> Default for Queue<E> {
    fn default() -> Self {
        Self {
            slots: std::iter::repeat_with(VecDeque::new).take(SLOTS).collect(),
            filled: [0; WORDS],
            far: BTreeMap::new(),
            spare: Vec::new(),
            now: 0,
            len: 0,
        }
    }
}

impl<E> Queue<E> {
    /// Puts an event in. What should have happened already happens now.
    pub fn push(&mut self, at: Millis, event: E) {
        let at = at.0.max(self.now);
        self.len += 1;
        if at - self.now < SLOTS as u64 {
            self.put(at, event);
        } else {
            self.far.entry(Millis(at)).or_default().push_back(event);
        }
    }

    /// The next event, if it happens until then. Time goes on to that event; without one, it stays.
    pub fn pop(&mut self, until: Millis) -> Option<(Millis, E)> {
        let at = self.next_time()?;
        if at > until {
            return None;
        }
        self.advance(at.0);
        let slot = at.0 as usize % SLOTS;
        let event = self.slots[slot].pop_front()?;
        if self.slots[slot].is_empty() {
            let buffer = std::mem::take(&mut self.slots[slot]);
            if self.spare.len() < SPARE {
                self.spare.push(buffer);
            }
            self.filled[slot / 64] &= !(1 << (slot % 64));
        }
        self.len -= 1;
        Some((at, event))
    }

    /// How many events wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// When the next event happens.
    #[must_use]
    pub fn next_time(&self) -> Option<Millis> {
        let far = || self.far.first_key_value().map(|(at, _)| *at);
        self.next_near().map(Millis).or_else(far)
    }

    fn put(&mut self, at: u64, event: E) {
        let slot = at as usize % SLOTS;
        self.filled[slot / 64] |= 1 << (slot % 64);
        if self.slots[slot].capacity() == 0
            && let Some(buffer) = self.spare.pop()
        {
            self.slots[slot] = buffer;
        }
        self.slots[slot].push_back(event);
    }

    /// Everything in the wheel happens before anything far away, because time only goes on through
    /// [`Self::advance`].
    fn next_near(&self) -> Option<u64> {
        let start = self.now as usize % SLOTS;
        let word = |index: usize| self.filled[index % WORDS];
        let first = word(start / 64) & (!0 << (start % 64));
        let found = if first != 0 {
            Some((start / 64, first))
        } else {
            // Once around: the first word comes last again, for the slots before the start.
            let others = (1..=WORDS).map(|step| (start / 64 + step, word(start / 64 + step)));
            others.into_iter().find(|(_, bits)| *bits != 0)
        };
        let (index, bits) = found?;
        let slot = index % WORDS * 64 + bits.trailing_zeros() as usize;
        Some(self.now + ((slot + SLOTS - start) % SLOTS) as u64)
    }

    fn advance(&mut self, now: u64) {
        self.now = now;
        while let Some(entry) = self.far.first_entry() {
            let at = entry.key().0;
            if at - now >= SLOTS as u64 {
                return;
            }
            for event in entry.remove() {
                self.put(at, event);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Against the plainest queue there is: a sorted map by (time, count).
        #[test]
        fn events_come_in_the_order_of_their_time_and_then_of_their_arrival(
            spans in proptest::collection::vec((0..20_000_u64, 0..4_u8), 1..300),
        ) {
            let (mut queue, mut plain) = (Queue::default(), BTreeMap::new());
            let mut now = 0;
            for (count, (span, pops)) in spans.into_iter().enumerate() {
                // A third is soon, so that moments are crowded.
                let span = if span % 3 == 0 { span % 5 } else { span };
                queue.push(Millis(now + span), count);
                plain.insert((now + span, count), count);
                for _ in 0..pops {
                    let until = now + 3_000;
                    let next = plain.first_key_value().map(|(key, _)| *key);
                    let expected = next.filter(|(at, _)| *at <= until);
                    let got = queue.pop(Millis(until)).map(|(at, event)| (at.0, event));
                    prop_assert_eq!(got, expected);
                    if let Some(key) = expected {
                        plain.remove(&key);
                        now = key.0;
                    }
                }
                prop_assert_eq!(queue.len(), plain.len());
            }
            while let Some((at, event)) = queue.pop(Millis(u64::MAX)) {
                prop_assert_eq!(plain.pop_first().map(|(key, _)| key), Some((at.0, event)));
            }
            prop_assert!(plain.is_empty() && queue.is_empty());
        }
    }
}
