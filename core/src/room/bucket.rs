//! How much of something is done at others' wish: a token bucket, which fills with time.
//!
//! J. Turner, "New directions in communications (or which way to the information age?)", IEEE
//! Communications 24(10), 1986: the leaky bucket as a meter.

use crate::time::Millis;

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct Bucket {
    /// In thousandths.
    left: u64,
    most: u64,
    a_second: u64,
    filled: Millis,
}

impl Bucket {
    /// Full: so much at once, and so much more each second.
    pub(crate) fn new(most: u64, a_second: u64) -> Self {
        let most = most * 1_000;
        Self {
            left: most,
            most,
            a_second,
            filled: Millis(0),
        }
    }

    /// How much there is now.
    pub(crate) fn level(&mut self, now: Millis) -> u64 {
        let grown = (now - self.filled).0.saturating_mul(self.a_second);
        self.left = self.left.saturating_add(grown).min(self.most);
        self.filled = self.filled.max(now);
        self.left / 1_000
    }

    /// Takes so much, or all there is.
    pub(crate) fn drain(&mut self, amount: u64) {
        self.left = self.left.saturating_sub(amount.saturating_mul(1_000));
    }

    /// Takes as much of that as there is, and says how much.
    pub(crate) fn take(&mut self, wanted: u64, now: Millis) -> u64 {
        let taken = self.level(now).min(wanted);
        self.drain(taken);
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_gives_much_at_once_and_little_in_the_long_run() {
        let mut bucket = Bucket::new(1_024, 256);
        let now = Millis(7_000);
        assert_eq!(bucket.take(5_000, now), 1_024);
        assert_eq!(bucket.take(1, now), 0);
        assert_eq!(bucket.take(5, now.after(Millis(4))), 1, "256 a second");
        let taken: u64 = (1..=10_000)
            .map(|at| bucket.take(10, now.after(Millis(4 + at))))
            .sum();
        assert!((2_559..=2_560).contains(&taken), "{taken}");
        assert_eq!(bucket.take(u64::MAX, now.after(Millis(100_000))), 1_024);
    }
}
