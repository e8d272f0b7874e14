//! How many bytes the relay forwards for one connection: a token bucket that may run into debt.
//!
//! A short message may have a long effect: 64 KiB to 255 receivers are 16 MiB. What is above the budget is not dropped
//! but read later: the sender's own system holds it back, because nobody takes it off the wire.

use std::time::{Duration, Instant};

use crate::config::ForwardLimit;

/// The budget of one connection. Time is handed in.
///
/// Instead of tokens it keeps the instant at which a line of `bytes_per_second` would be through with everything
/// forwarded so far. The bucket is full if that is over, and empty if it is a whole burst ahead.
pub(crate) struct Budget {
    bytes_per_second: u64,
    /// How long such a line takes for one burst.
    burst: Duration,
    through_at: Instant,
}

impl Budget {
    /// A full bucket.
    pub(crate) fn new(limit: ForwardLimit, now: Instant) -> Self {
        Self {
            bytes_per_second: limit.bytes_per_second,
            burst: time_for(limit.burst, limit.bytes_per_second),
            through_at: now,
        }
    }

    /// Pays for bytes that were forwarded now; returns how long to forward nothing more.
    ///
    /// The last tokens pay for a message of any length, so that one longer than a burst passes too. The debt is at
    /// most one message.
    pub(crate) fn pay(&mut self, bytes: u64, now: Instant) -> Duration {
        self.through_at = self.through_at.max(now) + time_for(bytes, self.bytes_per_second);
        self.through_at
            .saturating_duration_since(now)
            .saturating_sub(self.burst)
    }
}

/// Rounded up: no message is free, however fast the line.
fn time_for(bytes: u64, bytes_per_second: u64) -> Duration {
    let nanoseconds = (u128::from(bytes) * 1_000_000_000).div_ceil(u128::from(bytes_per_second));
    Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: ForwardLimit = ForwardLimit {
        bytes_per_second: 1000,
        burst: 4000,
    };
    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_burst_is_free_of_pauses_and_the_rest_goes_at_the_rate() {
        let start = Instant::now();
        let mut budget = Budget::new(LIMIT, start);
        for _ in 0..4 {
            assert_eq!(budget.pay(1000, start), Duration::ZERO);
        }
        assert_eq!(budget.pay(500, start), SECOND / 2);
        // Back to exactly nothing, and again in debt at once.
        assert_eq!(budget.pay(2000, start + SECOND / 2), 2 * SECOND);
    }

    #[test]
    fn a_message_longer_than_a_burst_passes_and_is_paid_off_later() {
        let start = Instant::now();
        let mut budget = Budget::new(LIMIT, start);
        assert_eq!(budget.pay(10_000, start), 6 * SECOND);
        assert_eq!(budget.pay(0, start + 6 * SECOND), Duration::ZERO);
        assert_eq!(budget.pay(1, start + 6 * SECOND), SECOND / 1000);
    }

    #[test]
    fn a_long_silence_earns_one_burst_and_no_more() {
        let start = Instant::now();
        let mut budget = Budget::new(LIMIT, start);
        assert_eq!(budget.pay(4000, start), Duration::ZERO);
        let later = start + Duration::from_secs(1_000_000);
        assert_eq!(budget.pay(4000, later), Duration::ZERO);
        assert_eq!(budget.pay(1000, later), SECOND);
    }

    #[test]
    fn the_extremes_of_the_range_do_not_overflow() {
        let start = Instant::now();
        for bytes_per_second in [ForwardLimit::LEAST_BYTES_PER_SECOND, ForwardLimit::MOST] {
            for burst in [1, ForwardLimit::MOST] {
                let limit = ForwardLimit {
                    bytes_per_second,
                    burst,
                };
                let mut budget = Budget::new(limit, start);
                let widest = 255 * election_core::wire::relay::MAX_PAYLOAD as u64;
                assert!(budget.pay(widest, start) < 257 * SECOND);
            }
        }
    }
}
