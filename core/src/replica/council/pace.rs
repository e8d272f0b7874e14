//! How fast members speak: slower in polls of many precincts, so that what a tab hears in a second
//! does not grow with the poll.

use crate::time::Millis;
use crate::timing::CouncilTiming;

/// How much longer spans are than in a poll of few precincts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paced {
    precincts: u64,
    at_full_pace: u64,
}

impl Paced {
    /// In a poll of so many precincts.
    pub(crate) fn new(timing: &CouncilTiming, precincts: u16) -> Self {
        let at_full_pace = timing.at_full_pace;
        let precincts = u64::from(precincts).max(at_full_pace);
        Self {
            precincts,
            at_full_pace,
        }
    }

    /// That span, as long as it is in this poll.
    pub(crate) fn of(self, span: Millis) -> Millis {
        Millis(span.0 * self.precincts / self.at_full_pace)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timing::Timing;

    #[test]
    fn many_precincts_take_their_time_and_few_do_not() {
        let timing = Timing::default().council;
        let paced = |precincts| Paced::new(&timing, precincts).of(Millis(10_000));
        assert_eq!([2, 200].map(paced), [Millis(10_000); 2]);
        assert_eq!([1_000, 4_096].map(paced), [Millis(50_000), Millis(204_800)]);
    }
}
