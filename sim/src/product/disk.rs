//! A tab's disk: a log of what was persisted, of which a crash may take the end; or worse.
//!
//! Browsers and the peer both write one log: a durable write takes all that was put out before it
//! along to the medium. What survives a crash that loses the last writes is therefore a prefix of
//! the log, which holds at least every write that was acknowledged and every one that is old enough
//! to have been written in passing. A disk that rots loses anything but the number of its voter's
//! next ballot, which stands beside the key.

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
    /// Whether it keeps anything: where nobody crashes, that only takes memory.
    pub keeps: bool,
}

impl Settings {
    /// A disk that answers at once, and keeps nothing.
    pub const NONE: Self = Self {
        slowest_write: 0,
        flushed_after: 0,
        keeps: false,
    };
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            slowest_write: 5,
            flushed_after: 1_000,
            keeps: true,
        }
    }
}

/// What a crash takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// Nothing but what nobody heard the end of.
    Nothing,
    /// The last writes too, as far as they are not certain to be on the medium.
    LastWrites,
    /// Anything, from anywhere.
    Middle,
    /// All since it was [backed up](Disk::back_up) last; nothing more if it never was.
    Backup,
}

/// How often a disk takes a board.
const BOARD_EVERY: Millis = Millis(3_000);

/// See the [module](self).
#[derive(Debug, Clone)]
pub struct Disk {
    settings: Settings,
    random: Random,
    log: Vec<Write>,
    /// The numbers below are used, whatever became of the ballots.
    number: u32,
    board: Option<(Millis, Vec<u8>)>,
    backup: Option<Box<Disk>>,
    /// Writes that somebody waits for: when they are through, and where they stand in the log.
    waiting: VecDeque<(Millis, usize)>,
    /// The log up to here is on the medium for certain.
    safe: usize,
    /// It takes what is written, and does not say that it is.
    is_stalled: bool,
}

#[derive(Debug, Clone)]
struct Write {
    id: OpId,
    record: Record,
    put: Millis,
    /// The number after that of the ballot, if it is one of this voter's; else 0.
    number: u32,
}

impl Disk {
    /// A disk with nothing on it.
    #[must_use]
    pub fn new(settings: Settings, random: Random) -> Self {
        Self {
            settings,
            random,
            log: Vec::new(),
            number: 0,
            board: None,
            backup: None,
            waiting: VecDeque::new(),
            safe: 0,
            is_stalled: false,
        }
    }

    /// Writes a record. One that is durable is [acknowledged](Disk::acknowledge) in due time.
    /// `number` is that of the voter's next ballot, if this is one.
    pub fn put(&mut self, id: OpId, record: Record, durable: bool, number: u32, now: Millis) {
        if !durable && !self.settings.keeps {
            return;
        }
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
            number,
        });
    }

    /// The number of this voter's next ballot, as it stands beside the key.
    #[must_use]
    pub fn number(&self) -> u32 {
        let written = self.log.iter().map(|write| write.number);
        written.max().unwrap_or(0).max(self.number)
    }

    /// Whether it is time to write the board again.
    #[must_use]
    pub fn wants_board(&self, now: Millis) -> bool {
        let last = self.board.as_ref();
        self.settings.keeps && last.is_none_or(|(written, _)| now - *written >= BOARD_EVERY)
    }

    /// Writes what is known of other precincts, in place of the last.
    pub fn put_board(&mut self, bytes: Vec<u8>, now: Millis) {
        self.board = Some((now, bytes));
    }

    /// The board that was written last.
    #[must_use]
    pub fn board(&self) -> Option<&[u8]> {
        self.board.as_ref().map(|(_, bytes)| &bytes[..])
    }

    /// Keeps all that is certain to be on the medium elsewhere, in place of an older backup.
    pub fn back_up(&mut self) {
        let mut backup = self.clone();
        backup.backup = None;
        backup.waiting.clear();
        backup.log.truncate(self.safe);
        self.backup = Some(Box::new(backup));
    }

    /// Whether there is a backup.
    #[must_use]
    pub fn is_backed_up(&self) -> bool {
        self.backup.is_some()
    }

    /// Puts a record on the medium at once: what was there before the simulation began.
    pub fn install(&mut self, id: OpId, record: Record, now: Millis) {
        self.put(id, record, false, 0, now);
        self.safe = self.log.len();
    }

    /// From now on no write is through; or those that waited are.
    pub fn stall(&mut self, is_stalled: bool) {
        self.is_stalled = is_stalled;
    }

    /// The next durable write that is through by now.
    pub fn acknowledge(&mut self, now: Millis) -> Option<(OpId, Record)> {
        if self.is_stalled {
            return None;
        }
        let (_, at) = *self.waiting.front().filter(|(due, _)| *due <= now)?;
        self.waiting.pop_front();
        self.safe = self.safe.max(at + 1);
        let write = self.log.get(at)?;
        let through = (write.id, write.record.clone());
        if !self.settings.keeps && self.waiting.is_empty() {
            self.log.clear();
            self.safe = 0;
        }
        Some(through)
    }

    /// When the next durable write is through.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Millis> {
        let next = self.waiting.front().map(|(due, _)| *due);
        next.filter(|_| !self.is_stalled)
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

    /// The program ends in the middle of whatever it was doing. Durable writes that nobody heard
    /// the end of may be there or not, which is drawn; with [`Loss::LastWrites`], the same goes for
    /// others that are not old enough. The survivors among the unacknowledged are what comes back
    /// first.
    #[must_use]
    pub fn crash(
        mut self,
        loss: Loss,
        now: Millis,
        random: &mut Random,
    ) -> (Vec<(OpId, Record)>, Self) {
        if loss == Loss::Backup
            && let Some(backup) = self.backup.take()
        {
            let mut disk = *backup;
            disk.random = self.random;
            disk.safe = disk.log.len();
            return (Vec::new(), disk);
        }
        let flushed = Millis(self.settings.flushed_after);
        let old = self
            .log
            .iter()
            .take_while(|write| now - write.put > flushed);
        let certain = self.safe.max(old.count());
        let first_waiting = self.waiting.front().map(|(_, at)| *at);
        let kept = if loss == Loss::LastWrites {
            random.between(certain as u64, self.log.len() as u64) as usize
        } else if let Some(at) = first_waiting.filter(|_| random.chance(0.5)) {
            // It was not written yet, nor was what stood behind it in the queue.
            at.max(certain)
        } else {
            self.log.len()
        };
        self.log.truncate(kept);
        let waiting = core::mem::take(&mut self.waiting);
        let unacknowledged = waiting.iter().filter_map(|(_, at)| self.log.get(*at));
        let mut unacknowledged: Vec<_> = unacknowledged
            .map(|write| (write.id, write.record.clone()))
            .collect();
        if loss == Loss::Middle {
            self.number = self.number();
            // The first record is the poll's definition: without it there is no poll to be opened
            // here.
            let share = random.unit();
            let mut is_first = true;
            self.log
                .retain(|_| std::mem::take(&mut is_first) || !random.chance(share));
            unacknowledged.retain(|(id, _)| self.log.iter().any(|write| write.id == *id));
        }
        self.safe = self.log.len();
        // Its clock may have been put back.
        if let Some((written, _)) = &mut self.board {
            *written = now;
        }
        (unacknowledged, self)
    }
}
