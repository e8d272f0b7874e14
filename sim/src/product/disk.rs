//! A tab's disk: a log of what was persisted, of which a crash may take the end.
//!
//! Browsers and the peer both write one log: a durable write takes all that was put out before it along to the medium.
//! What survives a crash that loses the last writes is therefore a prefix of the log, which holds at least every write that
//! was acknowledged and every one that is old enough to have been written in passing.

use std::collections::VecDeque;

use election_core::ids::OpId;
use election_core::replica::io::Record;
use election_core::time::Millis;

use crate::random::Random;

/// How a disk behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// A durable write is acknowledged after 0 to so many ms, drawn each time. 0: at once.
    pub slowest_write: u64,
    /// Every other write is on the medium after so many ms.
    pub flushed_after: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            slowest_write: 5,
            flushed_after: 1_000,
        }
    }
}

/// See the [module](self).
#[derive(Debug, Clone)]
pub struct Disk {
    settings: Settings,
    random: Random,
    log: Vec<Write>,
    /// Writes that somebody waits for: when they are through, and where they stand in the log.
    waiting: VecDeque<(Millis, usize)>,
    /// The log up to here is on the medium for certain.
    safe: usize,
}

#[derive(Debug, Clone)]
struct Write {
    id: OpId,
    record: Record,
    put: Millis,
}

impl Disk {
    /// A disk with nothing on it.
    #[must_use]
    pub fn new(settings: Settings, random: Random) -> Self {
        Self {
            settings,
            random,
            log: Vec::new(),
            waiting: VecDeque::new(),
            safe: 0,
        }
    }

    /// Writes a record. One that is durable is [acknowledged](Disk::acknowledge) in due time.
    pub fn put(&mut self, id: OpId, record: Record, durable: bool, now: Millis) {
        if durable {
            let takes = Millis(self.random.between(0, self.settings.slowest_write));
            // One log: no write is through before the one that was put out before it.
            let earliest = self.waiting.back().map_or(now, |(due, _)| *due);
            let due = now.after(takes).max(earliest);
            self.waiting.push_back((due, self.log.len()));
        }
        self.log.push(Write {
            id,
            record,
            put: now,
        });
    }

    /// Puts a record on the medium at once: what was there before the simulation began.
    pub fn install(&mut self, id: OpId, record: Record, now: Millis) {
        self.put(id, record, false, now);
        self.safe = self.log.len();
    }

    /// The next durable write that is through by now.
    pub fn acknowledge(&mut self, now: Millis) -> Option<(OpId, Record)> {
        let (_, at) = *self.waiting.front().filter(|(due, _)| *due <= now)?;
        self.waiting.pop_front();
        self.safe = self.safe.max(at + 1);
        let write = self.log.get(at)?;
        Some((write.id, write.record.clone()))
    }

    /// When the next durable write is through.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Millis> {
        self.waiting.front().map(|(due, _)| *due)
    }

    /// What was written, in the order in which it was put out.
    pub fn records(&self) -> impl Iterator<Item = &Record> {
        self.log.iter().map(|write| &write.record)
    }

    /// Whether nothing is on it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.log.is_empty()
    }

    /// The program ends in the middle of whatever it was doing. Durable writes that nobody heard the end of may be there or
    /// not, which is drawn; with `lose_last_writes`, the same goes for others that are not old enough. The survivors
    /// among the unacknowledged are what comes back first.
    #[must_use]
    pub fn crash(
        mut self,
        lose_last_writes: bool,
        now: Millis,
        random: &mut Random,
    ) -> (Vec<(OpId, Record)>, Self) {
        let flushed = Millis(self.settings.flushed_after);
        let old = self
            .log
            .iter()
            .take_while(|write| now - write.put > flushed);
        let certain = self.safe.max(old.count());
        let first_waiting = self.waiting.front().map(|(_, at)| *at);
        let kept = if lose_last_writes {
            random.between(certain as u64, self.log.len() as u64) as usize
        } else if let Some(at) = first_waiting.filter(|_| random.chance(0.5)) {
            // It was not written yet, nor was what stood behind it in the queue.
            at.max(certain)
        } else {
            self.log.len()
        };
        self.log.truncate(kept);
        let waiting = core::mem::take(&mut self.waiting);
        let unheard = waiting.iter().filter_map(|(_, at)| self.log.get(*at));
        let unheard = unheard
            .map(|write| (write.id, write.record.clone()))
            .collect();
        self.safe = self.log.len();
        (unheard, self)
    }
}
