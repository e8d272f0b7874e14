//! A sign of life on standard error while something takes longer than a second.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

/// Nothing is said before that.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often the line is written anew on a terminal.
const ON_TERMINAL: Duration = Duration::from_millis(200);
/// How often there is another line in a log.
const IN_LOG: Duration = Duration::from_secs(5);

/// Tells how far something is. A terminal's line is wiped when this is dropped.
#[derive(Debug)]
pub struct Progress {
    what: String,
    next: Instant,
    terminal: bool,
    shown: bool,
}

impl Progress {
    /// Of something that starts now.
    pub fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            next: Instant::now() + PATIENCE,
            terminal: io::stderr().is_terminal(),
            shown: false,
        }
    }

    /// So much is done. Cheap, if called often. That nobody reads it is no reason to stop.
    pub fn tell(&mut self, done: u64, all: u64) {
        self.tell_stage("", done, all);
    }

    /// The same of one stage of several.
    pub fn tell_stage(&mut self, stage: &str, done: u64, all: u64) {
        let now = Instant::now();
        if now < self.next {
            return;
        }
        let percent = u128::from(done) * 100 / u128::from(all.max(1));
        let what = match stage {
            "" => self.what.clone(),
            stage => format!("{}, {stage}", self.what),
        };
        let line = format!("{what}: {percent} % ({done} of {all})");
        let mut error = io::stderr().lock();
        let _ = if self.terminal {
            self.next = now + ON_TERMINAL;
            write!(error, "\r\x1b[K{line}")
        } else {
            self.next = now + IN_LOG;
            writeln!(error, "{line}")
        };
        let _ = error.flush();
        self.shown = true;
    }

    /// Says something that stays.
    pub fn say(&mut self, text: &str) {
        self.wipe();
        let _ = writeln!(io::stderr().lock(), "{text}");
    }

    fn wipe(&mut self) {
        if self.terminal && self.shown {
            let _ = write!(io::stderr().lock(), "\r\x1b[K");
            self.shown = false;
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.wipe();
    }
}
