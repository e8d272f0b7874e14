//! Jepsen's `set-full`: when each element of a set that only grows became visible to all who read
//! it, and for good.
//!
//! The definitions are those of `jepsen.checker/set-full` (K. Kingsbury,
//! <https://github.com/jepsen-io/jepsen>, `jepsen/src/jepsen/checker.clj`), which Maelstrom's
//! broadcast workload runs with each broadcast as an add. Nothing in it compares the contents of
//! two reads: each element has a history of its own.
//!
//! - An element is *known* from when its add was acknowledged, or a read that has it was answered,
//!   whichever came first.
//! - Only reads that are answered after the add began say anything about it. They are ordered by
//!   when they *began*.
//! - It is *stable* if the last read to begin has it. Its stable time is just after the last read
//!   without it began, and its stable latency the time from known to stable, at least 0.
//! - It is *lost* if the last read to begin does not have it, and began after the element was
//!   known.
//! - Otherwise it was *never read*.
//! - *Stale* are the stable ones whose latency is above 0.
//!
//! Jepsen adds a nanosecond to "just after", and then cuts the latency down to whole milliseconds;
//! with a clock that counts milliseconds, nothing of that is left.

use std::collections::BTreeMap;

use election_core::time::Millis;

use super::Violation;

/// Something that happened at a time. What was written down before has a smaller index, also within
/// one millisecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Moment {
    index: u64,
    at: Millis,
}

/// A read that is not answered yet.
#[derive(Debug, Clone, Copy)]
pub struct Read(Moment);

#[derive(Debug, Clone, Copy, Default)]
struct Element {
    known: Option<Moment>,
    last_present: Option<Moment>,
    last_absent: Option<Moment>,
}

/// What became of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// All reads from some time on have it.
    Stable {
        /// How long after it was known that was.
        latency: Millis,
    },
    /// No reads from some time on have it.
    Lost {
        /// How long after it was known that was.
        latency: Millis,
    },
    /// No read tells.
    NeverRead,
}

/// Writes down adds and reads as they happen, and judges them. To be told of events in the order in
/// which they happen.
#[derive(Debug, Clone, Default)]
pub struct SetFull {
    events: u64,
    elements: BTreeMap<u64, Element>,
    duplicates: BTreeMap<u64, usize>,
}

/// What came of it all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// How many elements were to be added.
    pub attempts: usize,
    /// How many are stable.
    pub stable: usize,
    /// The lost ones, ascending.
    pub lost: Vec<u64>,
    /// The ones of which no read tells, ascending.
    pub never_read: Vec<u64>,
    /// The stale ones, ascending.
    pub stale: Vec<u64>,
    /// Elements that one read had more than once, with the most times.
    pub duplicates: BTreeMap<u64, usize>,
    /// The latencies of the stable ones; `None` without any.
    pub stable_latency: Option<Quantiles>,
}

/// Some of a distribution's quantiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quantiles {
    /// The smallest.
    pub min: Millis,
    /// Half are smaller.
    pub p50: Millis,
    /// 95 % are smaller.
    pub p95: Millis,
    /// 99 % are smaller.
    pub p99: Millis,
    /// The largest.
    pub max: Millis,
}

impl SetFull {
    /// A client asks for an element to be added.
    pub fn add(&mut self, element: u64, now: Millis) {
        self.event(now);
        self.elements.insert(element, Element::default());
    }

    /// The client is told that the element was added.
    pub fn added(&mut self, element: u64, now: Millis) {
        let event = self.event(now);
        if let Some(element) = self.elements.get_mut(&element) {
            element.known.get_or_insert(event);
        }
    }

    /// A client asks for all elements. Without an answer, the read does not count.
    pub fn read(&mut self, now: Millis) -> Read {
        Read(self.event(now))
    }

    /// The client is told the elements. O(n log n) for each read of n elements.
    pub fn answered(&mut self, read: Read, values: impl IntoIterator<Item = u64>, now: Millis) {
        let answered = self.event(now);
        let Read(began) = read;
        let mut values: Vec<u64> = values.into_iter().collect();
        values.sort_unstable();
        for same in values.chunk_by(|one, next| one == next) {
            if same.len() > 1 {
                let most = self.duplicates.entry(same[0]).or_default();
                *most = same.len().max(*most);
            }
        }
        // Both are ascending, so that one walk along both tells which elements are there.
        let mut values = values.into_iter().peekable();
        for (value, element) in &mut self.elements {
            while values.next_if(|next| next < value).is_some() {}
            let last = if values.peek() == Some(value) {
                element.known.get_or_insert(answered);
                &mut element.last_present
            } else {
                &mut element.last_absent
            };
            if last.is_none_or(|last| last.index < began.index) {
                *last = Some(began);
            }
        }
    }

    /// What became of each element, ascending.
    pub fn outcomes(&self) -> impl Iterator<Item = (u64, Outcome)> {
        let outcomes = self.elements.iter();
        outcomes.map(|(value, element)| (*value, element.outcome()))
    }

    /// All of it.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let mut summary = Summary {
            attempts: self.elements.len(),
            stable: 0,
            lost: Vec::new(),
            never_read: Vec::new(),
            stale: Vec::new(),
            duplicates: self.duplicates.clone(),
            stable_latency: None,
        };
        let mut latencies = Vec::new();
        for (value, outcome) in self.outcomes() {
            match outcome {
                Outcome::Stable { latency } => {
                    latencies.push(latency);
                    if latency > Millis(0) {
                        summary.stale.push(value);
                    }
                }
                Outcome::Lost { .. } => summary.lost.push(value),
                Outcome::NeverRead => summary.never_read.push(value),
            }
        }
        summary.stable = latencies.len();
        summary.stable_latency = Quantiles::of(latencies);
        summary
    }

    fn event(&mut self, at: Millis) -> Moment {
        self.events += 1;
        let index = self.events;
        Moment { index, at }
    }
}

impl Element {
    fn outcome(&self) -> Outcome {
        let index = |event: Option<Moment>| event.map_or(0, |event| event.index);
        let latency = |since: Option<Moment>| match (since, self.known) {
            (Some(since), Some(known)) => since.at - known.at,
            _ => Millis(0),
        };
        let (present, absent) = (index(self.last_present), index(self.last_absent));
        if present > absent {
            let latency = latency(self.last_absent);
            Outcome::Stable { latency }
        } else if self.known.is_some_and(|known| known.index < absent) {
            let latency = latency(self.last_present);
            Outcome::Lost { latency }
        } else {
            Outcome::NeverRead
        }
    }
}

impl Summary {
    /// The first lost element, or one that was read twice.
    #[must_use]
    pub fn violation(&self) -> Option<Violation> {
        let lost = self.lost.first().map(|element| Violation::ElementLost {
            element: *element,
            lost: self.lost.len(),
        });
        let twice = || {
            let (&element, &times) = self.duplicates.first_key_value()?;
            Some(Violation::ElementTwice { element, times })
        };
        lost.or_else(twice)
    }
}

impl Quantiles {
    /// Of these; `None` of nothing. The quantile at p of n values is the one at place ⌊n p⌋,
    /// counted from 0, or the last: Jepsen's `frequency-distribution`.
    #[must_use]
    pub fn of(mut values: Vec<Millis>) -> Option<Self> {
        values.sort_unstable();
        let last = values.len().checked_sub(1)?;
        let at = |p: f64| {
            let place = (values.len() as f64 * p).floor() as usize;
            values[place.min(last)]
        };
        Some(Self {
            min: at(0.0),
            p50: at(0.5),
            p95: at(0.95),
            p99: at(0.99),
            max: at(1.0),
        })
    }
}

#[cfg(test)]
mod tests;
