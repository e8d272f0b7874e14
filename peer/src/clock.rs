//! The replica's clock: epoch milliseconds that never go back.

use std::time::{SystemTime, UNIX_EPOCH};

use election_core::time::Millis;
use tokio::time::{Duration, Instant};

/// Reads the wall clock once and counts on monotonically from there, so that a clock that is set
/// back disturbs nothing.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    start: Instant,
    epoch: Millis,
}

impl Clock {
    /// A clock that starts now.
    #[must_use]
    pub fn start() -> Self {
        let epoch = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Self {
            start: Instant::now(),
            epoch: millis(epoch),
        }
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Millis {
        self.epoch.after(millis(self.start.elapsed()))
    }

    /// When it will be `time`, at most a day from now; at once if that is past.
    #[must_use]
    pub fn instant(&self, time: Millis) -> Instant {
        const DAY: u64 = 24 * 60 * 60 * 1000;
        let now = Instant::now();
        let left = time - self.epoch.after(millis(now - self.start));
        now + Duration::from_millis(left.0.min(DAY))
    }
}

fn millis(duration: Duration) -> Millis {
    Millis(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
}
