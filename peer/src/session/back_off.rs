//! How long to wait before connecting again.

use std::time::Duration;

/// The first wait is at most this; each further one at most twice the one before.
const FIRST: Duration = Duration::from_millis(500);
/// The longest wait.
const LAST: Duration = Duration::from_secs(30);
/// A connection that held for so long was a good one. A relay that only says WELCOME and hangs up
/// is asked ever more rarely.
pub(super) const HELD: Duration = Duration::from_secs(30);

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) struct BackOff {
    /// How often there was no connection, or none that held.
    losses: u32,
}

impl BackOff {
    /// How long to wait after a loss; `held` says how long there was a connection. Full jitter:
    /// anything from nothing to a span that doubles with every loss, so that those who lost one
    /// relay do not all come back at once. `share` is random, of 2³².
    pub fn after_loss(&mut self, held: Duration, share: u32) -> Duration {
        if held >= HELD {
            self.losses = 0;
        }
        let most = FIRST.saturating_mul(1 << self.losses.min(10)).min(LAST);
        self.losses = self.losses.saturating_add(1);
        Duration::from_millis((most.as_millis() as u64 * u64::from(share)) >> 32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: u32 = u32::MAX;

    fn longest(back_off: &mut BackOff, held: Duration) -> u128 {
        // One millisecond short of the whole, since no share is all of it.
        back_off.after_loss(held, MOST).as_millis() + 1
    }

    #[test]
    fn a_relay_that_welcomes_and_hangs_up_is_asked_ever_more_rarely() {
        let mut back_off = BackOff::default();
        let held = HELD - Duration::from_millis(1);
        for expected in [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000] {
            assert_eq!(longest(&mut back_off, held), expected);
        }
        for _ in 0..100 {
            assert_eq!(longest(&mut back_off, Duration::ZERO), 30_000);
        }
    }

    #[test]
    fn a_connection_that_held_makes_the_next_wait_short() {
        let mut back_off = BackOff::default();
        for _ in 0..50 {
            longest(&mut back_off, Duration::ZERO);
        }
        assert_eq!(longest(&mut back_off, HELD), 500);
        assert_eq!(longest(&mut back_off, Duration::ZERO), 1_000);
    }

    #[test]
    fn the_wait_is_any_part_of_the_span() {
        for (share, milliseconds) in [(0, 0), (1 << 30, 125), (1 << 31, 250), (3 << 30, 375)] {
            let waited = BackOff::default().after_loss(Duration::ZERO, share);
            assert_eq!(waited, Duration::from_millis(milliseconds));
        }
    }
}
