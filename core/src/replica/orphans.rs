//! Of how many ops that cannot be delivered yet the signature is checked.
//!
//! A ballot waits for the one that it follows. Anybody can make up ballots that follow nothing, more of them than can be
//! held back, and send the same ones for ever: each would be checked anew when it comes again, at no cost to its sender.
//! So only so many are looked at; what was honest among the others comes by comparing sets, after what it waits for.

use crate::time::Millis;

/// So many a second in the long run.
const PER_SECOND: u64 = 256;
/// So many at once after a pause: as many as a healed partition brings out of order, and more.
const BURST: u64 = 1_024;

/// A bucket that fills with time.
#[derive(Debug)]
pub(super) struct Orphans {
    /// In thousandths of an op.
    left: u64,
    filled: Millis,
}

impl Default for Orphans {
    fn default() -> Self {
        Self {
            left: BURST * 1_000,
            filled: Millis(0),
        }
    }
}

impl Orphans {
    /// How many of so many are looked at now.
    pub fn take(&mut self, wanted: usize, now: Millis) -> usize {
        let grown = (now - self.filled).0.saturating_mul(PER_SECOND);
        self.left = self.left.saturating_add(grown).min(BURST * 1_000);
        self.filled = now;
        let taken = (self.left / 1_000).min(wanted as u64);
        self.left -= taken * 1_000;
        taken as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_at_once_and_few_in_the_long_run() {
        let mut orphans = Orphans::default();
        let now = Millis(7_000);
        assert_eq!(orphans.take(5_000, now), BURST as usize);
        assert_eq!(orphans.take(1, now), 0);
        assert_eq!(orphans.take(5, now.after(Millis(4))), 1, "256 a second");
        let taken: usize = (1..=10_000)
            .map(|at| orphans.take(10, now.after(Millis(4 + at))))
            .sum();
        assert!((2_559..=2_560).contains(&taken), "{taken}");
        assert_eq!(orphans.take(usize::MAX, now.after(Millis(100_000))), 1_024);
    }
}
