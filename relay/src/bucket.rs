//! A token bucket that may run into debt: bytes, frames, or sockets, so many a second in the long
//! run.
//!
//! A short message may have a long effect: 64 KiB to 255 receivers are 16 MiB. What is above the
//! limit is not dropped but read later: the sender's own system holds it back, because nobody takes
//! it off the wire.

use std::time::{Duration, Instant};

use crate::config::RateLimit;

/// One bucket. Time is handed in.
///
/// Instead of tokens it keeps the instant at which a line of `per_second` would be through with
/// everything paid for so far. The bucket is full if that is over, and empty if it is a whole burst
/// ahead.
pub(crate) struct Bucket {
    per_second: u64,
    /// How long such a line takes for one burst.
    burst: Duration,
    through_at: Instant,
}

impl Bucket {
    /// A full bucket.
    pub(crate) fn new(limit: RateLimit, now: Instant) -> Self {
        Self {
            per_second: limit.per_second,
            burst: time_for(limit.burst, limit.per_second),
            through_at: now,
        }
    }

    /// Pays for that many units now; returns how long to take nothing more.
    ///
    /// The last tokens pay for anything, so that a message longer than a burst passes too. The debt
    /// is at most one message.
    pub(crate) fn pay(&mut self, units: u64, now: Instant) -> Duration {
        self.through_at = self.through_at.max(now) + time_for(units, self.per_second);
        self.through_at
            .saturating_duration_since(now)
            .saturating_sub(self.burst)
    }

    /// Pays for one unit if that makes no debt.
    pub(crate) fn take(&mut self, now: Instant) -> bool {
        let through_at = self.through_at.max(now) + time_for(1, self.per_second);
        let fits = through_at.saturating_duration_since(now) <= self.burst;
        if fits {
            self.through_at = through_at;
        }
        fits
    }

    /// Whether nothing is paid off any more: another bucket would be the same.
    pub(crate) fn is_full(&self, now: Instant) -> bool {
        self.through_at <= now
    }
}

/// Rounded up: nothing is free, however fast the line.
fn time_for(units: u64, per_second: u64) -> Duration {
    let nanoseconds = (u128::from(units) * 1_000_000_000).div_ceil(u128::from(per_second));
    Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: RateLimit = RateLimit {
        per_second: 1000,
        burst: 4000,
    };
    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_burst_is_free_of_pauses_and_the_rest_goes_at_the_rate() {
        let start = Instant::now();
        let mut bucket = Bucket::new(LIMIT, start);
        for _ in 0..4 {
            assert_eq!(bucket.pay(1000, start), Duration::ZERO);
        }
        assert_eq!(bucket.pay(500, start), SECOND / 2);
        // Back to exactly nothing, and again in debt at once.
        assert_eq!(bucket.pay(2000, start + SECOND / 2), 2 * SECOND);
    }

    #[test]
    fn a_message_longer_than_a_burst_passes_and_is_paid_off_later() {
        let start = Instant::now();
        let mut bucket = Bucket::new(LIMIT, start);
        assert_eq!(bucket.pay(10_000, start), 6 * SECOND);
        assert_eq!(bucket.pay(0, start + 6 * SECOND), Duration::ZERO);
        assert_eq!(bucket.pay(1, start + 6 * SECOND), SECOND / 1000);
    }

    #[test]
    fn a_long_silence_earns_one_burst_and_no_more() {
        let start = Instant::now();
        let mut bucket = Bucket::new(LIMIT, start);
        assert_eq!(bucket.pay(4000, start), Duration::ZERO);
        let later = start + Duration::from_secs(1_000_000);
        assert_eq!(bucket.pay(4000, later), Duration::ZERO);
        assert_eq!(bucket.pay(1000, later), SECOND);
    }

    #[test]
    fn taking_from_a_bucket_makes_no_debt() {
        let start = Instant::now();
        let limit = RateLimit {
            per_second: 10,
            burst: 3,
        };
        let mut bucket = Bucket::new(limit, start);
        let taken = (0..10).filter(|_| bucket.take(start)).count();
        assert_eq!(taken, 3);
        assert!(!bucket.is_full(start));
        assert!(!bucket.take(start + SECOND / 11));
        assert!(bucket.take(start + SECOND / 10));
        assert!(bucket.is_full(start + SECOND / 2));
    }

    #[test]
    fn the_extremes_of_the_range_do_not_overflow() {
        let start = Instant::now();
        for per_second in [RateLimit::LEAST_BYTES, RateLimit::MOST] {
            for burst in [1, RateLimit::MOST] {
                let limit = RateLimit { per_second, burst };
                let mut bucket = Bucket::new(limit, start);
                let widest = 255 * election_envelope::MAX_PAYLOAD as u64;
                assert!(bucket.pay(widest, start) < 257 * SECOND);
            }
        }
    }
}
