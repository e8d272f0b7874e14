//! How many useful bytes there were lately: ops that were new where they came to.

use crate::time::Millis;

/// A span of [`Useful`] is counted in parts of this length.
const PART: u64 = 500;
const PARTS: usize = 10;

/// Bytes by when they were useful, of the last 5 s.
#[derive(Debug, Clone, Default)]
pub(crate) struct Useful {
    parts: [u64; PARTS],
    /// The number of the latest part.
    latest: u64,
}

impl Useful {
    /// So many bytes were useful.
    pub(crate) fn add(&mut self, bytes: usize, now: Millis) {
        let part = now.0 / PART;
        for passed in self.latest.saturating_add(1)..=part.min(self.latest + PARTS as u64) {
            self.parts[passed as usize % PARTS] = 0;
        }
        if part > self.latest + PARTS as u64 {
            self.parts = [0; PARTS];
        }
        self.latest = self.latest.max(part);
        self.parts[self.latest as usize % PARTS] += bytes as u64;
    }

    /// How many were in the last 5 s.
    #[must_use]
    pub(crate) fn in_five_seconds(&self, now: Millis) -> u64 {
        self.in_parts(PARTS as u64, now)
    }

    /// How many were just now: in the last half second, and up to as much before it.
    #[must_use]
    pub(crate) fn just_now(&self, now: Millis) -> u64 {
        self.in_parts(2, now)
    }

    fn in_parts(&self, parts: u64, now: Millis) -> u64 {
        let oldest = (now.0 / PART + 1).saturating_sub(parts);
        let first = oldest.max((self.latest + 1).saturating_sub(PARTS as u64));
        (first..=self.latest)
            .map(|part| self.parts[part as usize % PARTS])
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_long_ago_counts_no_more() {
        let mut useful = Useful::default();
        assert_eq!(useful.in_five_seconds(Millis(90_000)), 0);
        useful.add(7, Millis(90_000));
        useful.add(5, Millis(90_400));
        useful.add(3, Millis(93_000));
        let counts = |at| {
            (
                useful.in_five_seconds(Millis(at)),
                useful.just_now(Millis(at)),
            )
        };
        assert_eq!(counts(93_000), (15, 3));
        assert_eq!(counts(93_999), (15, 3));
        assert_eq!(counts(94_999), (15, 0));
        assert_eq!(counts(95_000), (3, 0));
        assert_eq!(counts(98_000), (0, 0));
        useful.add(1, Millis(200_000));
        assert_eq!(useful.in_five_seconds(Millis(200_001)), 1);
        useful.add(1, Millis(199_000));
        assert_eq!(
            useful.just_now(Millis(200_001)),
            2,
            "a clock that goes back"
        );
    }
}
