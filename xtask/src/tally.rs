//! Adds up the lines that every Rust test program ends with:
//! `test result: ok. 12 passed; 0 failed; 1 ignored; ...`.

use std::ops::AddAssign;

/// How many tests passed and failed. A step that fails in another way (a lint, a build, an install)
/// counts as one failed test, so that "0 failed" never stands under a run that failed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// Tests that passed.
    pub passed: u64,
    /// Tests that failed.
    pub failed: u64,
}

impl Tally {
    /// What one line of output says, if it is a result line.
    pub fn of_line(line: &str) -> Option<Tally> {
        let counts = line.trim_start().strip_prefix("test result: ")?;
        let count = |label: &str| {
            counts
                .split(['.', ';'])
                .find_map(|part| part.trim().strip_suffix(label)?.trim().parse().ok())
        };
        Some(Tally {
            passed: count("passed")?,
            failed: count("failed")?,
        })
    }

    /// Counts the failure of a whole step, unless a test that failed stands for it already.
    pub fn a_failure_shows(&mut self) {
        self.failed = self.failed.max(1);
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Tally) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "
running 2 tests
test a_test_result_of_my_own ... ok

test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.00s
test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.25s
test result: ok. 4 passed; 0 failed; 0 ignored; 0 filtered out; finished in 0.07s
";

    #[test]
    fn the_result_lines_add_up() {
        let mut sum = Tally::default();
        for tally in OUTPUT.lines().filter_map(Tally::of_line) {
            sum += tally;
        }
        let expected = Tally {
            passed: 19,
            failed: 2,
        };
        assert_eq!(sum, expected);
    }

    #[test]
    fn a_failed_step_shows_in_the_count_of_failures() {
        for (failed, shown) in [(0, 1), (1, 1), (3, 3)] {
            let mut tally = Tally { passed: 4, failed };
            tally.a_failure_shows();
            let expected = Tally {
                passed: 4,
                failed: shown,
            };
            assert_eq!(tally, expected);
        }
    }

    #[test]
    fn other_lines_say_nothing() {
        for line in [
            "",
            "test result",
            "test result: nonsense",
            "5 passed; 1 failed",
        ] {
            assert_eq!(Tally::of_line(line), None, "{line}");
        }
    }
}
