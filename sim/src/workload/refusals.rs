//! Why ops were refused, each reason with how often.

use core::fmt::{self, Display};
use std::collections::BTreeMap;

/// The most reasons that are told apart; all beyond are counted together.
const MAX_REASONS: usize = 8;

/// See the [module](self).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Refusals {
    by_reason: BTreeMap<String, u64>,
    others: u64,
}

impl Refusals {
    /// One more.
    pub fn count(&mut self, reason: impl Display) {
        let (known, reason) = (self.by_reason.len(), reason.to_string());
        match self.by_reason.get_mut(&reason) {
            Some(times) => *times += 1,
            None if known < MAX_REASONS => {
                self.by_reason.insert(reason, 1);
            }
            None => self.others += 1,
        }
    }

    /// How many there were.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.by_reason.values().sum::<u64>() + self.others
    }
}

/// One reason a line: `3 ×: the poll is not here yet`.
impl Display for Refusals {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (reason, times) in &self.by_reason {
            writeln!(formatter, "{times} ×: {reason}")?;
        }
        if self.others > 0 {
            writeln!(formatter, "{} ×: for other reasons", self.others)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_reasons_are_counted_and_there_are_not_too_many() {
        let mut refusals = Refusals::default();
        assert_eq!((refusals.total(), refusals.to_string()), (0, String::new()));
        refusals.count("full");
        refusals.count("full");
        assert_eq!(refusals.to_string(), "2 ×: full\n");
        for number in 0..100 {
            refusals.count(number);
        }
        assert_eq!(refusals.total(), 102);
        let lines = refusals.to_string();
        assert_eq!(lines.lines().count(), MAX_REASONS + 1);
        assert!(lines.ends_with("93 ×: for other reasons\n"), "{lines}");
    }
}
