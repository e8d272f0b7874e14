//! How fast a connection sends: a token bucket, and a watch for floods.

use std::time::{Duration, Instant};

use crate::config::MessageRateLimit;

/// More than this many times the allowed rate is a flood, no slip.
const FLOOD_FACTOR: u64 = 10;
const SECOND: Duration = Duration::from_secs(1);

/// What is not read for a while may come all at once afterwards. This many bursts of it are
/// excused, not a stampede.
const EXCUSED_BURSTS: u64 = 10;

/// What to do with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Within the limit.
    Pass,
    /// Above it: drop the message. `tell` is true at most once a second.
    Drop {
        /// Whether the sender should be told.
        tell: bool,
    },
    /// Far above it for too long: hang up.
    Flood,
}

/// How fast one connection sends. Time is handed in.
pub(crate) struct RateLimiter {
    limit: MessageRateLimit,
    /// Messages that may pass now, in units of one nanosecond of one `per_second`-th: whole
    /// numbers, no drift.
    credit: u64,
    refilled: Instant,
    told: Option<Instant>,
    second_began: Instant,
    in_this_second: u64,
    flooded_seconds: u32,
}

/// What one message costs, in the unit of [`RateLimiter::credit`].
const COST: u64 = 1_000_000_000;

impl RateLimiter {
    /// A connection that has been quiet.
    pub(crate) fn new(limit: MessageRateLimit, now: Instant) -> Self {
        Self {
            limit,
            credit: u64::from(limit.burst) * COST,
            refilled: now,
            told: None,
            second_began: now,
            in_this_second: 0,
            flooded_seconds: 0,
        }
    }

    /// Judges one message that arrived now.
    pub(crate) fn judge(&mut self, now: Instant) -> Verdict {
        if self.is_flood(now) {
            return Verdict::Flood;
        }
        self.refill(now, 1);
        if let Some(left) = self.credit.checked_sub(COST) {
            self.credit = left;
            return Verdict::Pass;
        }
        let tell = self
            .told
            .is_none_or(|told| now.saturating_duration_since(told) >= SECOND);
        if tell {
            self.told = Some(now);
        }
        Verdict::Drop { tell }
    }

    /// To be told when the relay reads again after it chose not to for a while.
    ///
    /// All of that time counts, beyond a burst too: somebody who kept to the rate loses nothing of
    /// what waited.
    pub(crate) fn read_again(&mut self, now: Instant) {
        self.refill(now, EXCUSED_BURSTS);
    }

    /// Time adds to the credit up to this many bursts; what is above them already stays.
    fn refill(&mut self, now: Instant, bursts: u64) {
        let gained = u64::try_from(now.saturating_duration_since(self.refilled).as_nanos())
            .unwrap_or(u64::MAX)
            .saturating_mul(u64::from(self.limit.per_second));
        self.refilled = now;
        let full = bursts * u64::from(self.limit.burst) * COST;
        self.credit = self
            .credit
            .max(self.credit.saturating_add(gained).min(full));
    }

    fn is_flood(&mut self, now: Instant) -> bool {
        let elapsed = now.saturating_duration_since(self.second_began);
        if elapsed >= SECOND {
            let flooded = self.in_this_second > FLOOD_FACTOR * u64::from(self.limit.per_second);
            // A pause of a whole second ends a run.
            self.flooded_seconds = if flooded && elapsed < 2 * SECOND {
                self.flooded_seconds + 1
            } else {
                0
            };
            self.second_began = now;
            self.in_this_second = 0;
        }
        self.in_this_second += 1;
        self.flooded_seconds >= self.limit.flood_seconds
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: MessageRateLimit = MessageRateLimit {
        per_second: 10,
        burst: 20,
        flood_seconds: 3,
    };

    /// Sends `count` messages evenly over `millis`; returns how many passed, and how many notices
    /// were due.
    fn send(limiter: &mut RateLimiter, from: Instant, millis: u64, count: u32) -> (u32, u32) {
        let (mut passed, mut told) = (0, 0);
        for index in 0..count {
            let at = from + Duration::from_millis(millis) * index / count;
            match limiter.judge(at) {
                Verdict::Pass => passed += 1,
                Verdict::Drop { tell } => told += u32::from(tell),
                Verdict::Flood => return (passed, told),
            }
        }
        (passed, told)
    }

    #[test]
    fn a_burst_passes_and_then_only_the_rate() {
        let start = Instant::now();
        let mut limiter = RateLimiter::new(LIMIT, start);
        assert_eq!(send(&mut limiter, start, 0, 50), (20, 1));
        let (passed, told) = send(&mut limiter, start + SECOND, 4_000, 200);
        assert!(
            (49..=50).contains(&passed),
            "one second of pause and four of sending: {passed}"
        );
        assert!((4..=5).contains(&told), "{told}");
    }

    #[test]
    fn credit_never_exceeds_the_burst() {
        let start = Instant::now();
        let mut limiter = RateLimiter::new(LIMIT, start);
        let later = start + Duration::from_secs(1_000_000_000);
        assert_eq!(send(&mut limiter, later, 0, 50).0, 20);
    }

    #[test]
    fn what_waited_while_nobody_read_passes_if_it_was_sent_at_the_rate() {
        let start = Instant::now();
        let mut limiter = RateLimiter::new(LIMIT, start);
        assert_eq!(send(&mut limiter, start, 0, 20), (20, 0));
        let again = start + 6 * SECOND;
        limiter.read_again(again);
        assert_eq!(send(&mut limiter, again, 0, 70).0, 60);
        let much_later = again + Duration::from_secs(1_000_000);
        limiter.read_again(much_later);
        // Ten bursts and no more.
        assert_eq!(send(&mut limiter, much_later, 0, 300).0, 200);
    }

    #[test]
    fn only_a_long_flood_is_cut_off() {
        let start = Instant::now();
        let mut limiter = RateLimiter::new(LIMIT, start);
        // 2.9 seconds at 20 times the rate: dropped, but not cut off.
        send(&mut limiter, start, 2_900, 580);
        let second_try = start + Duration::from_secs(10);
        assert_ne!(limiter.judge(second_try), Verdict::Flood);
        send(&mut limiter, second_try, 3_500, 700);
        assert_eq!(
            limiter.judge(second_try + Duration::from_millis(3_501)),
            Verdict::Flood
        );
    }

    #[test]
    fn five_times_the_rate_is_dropped_for_ever_but_never_a_flood() {
        let start = Instant::now();
        let mut limiter = RateLimiter::new(LIMIT, start);
        send(&mut limiter, start, 20_000, 1_000);
        assert_ne!(
            limiter.judge(start + Duration::from_secs(20)),
            Verdict::Flood
        );
    }
}
