//! How fast members speak: slower in polls of many precincts, so that what a tab hears in a second does not grow with the poll.

use crate::time::Millis;

/// Up to so many precincts are heard at full pace.
const AT_FULL_PACE: u64 = 200;

/// That span, as long as it is in a poll of so many precincts.
pub(super) fn paced(span: Millis, precincts: u16) -> Millis {
    Millis(span.0 * u64::from(precincts).max(AT_FULL_PACE) / AT_FULL_PACE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_precincts_take_their_time_and_few_do_not() {
        let paced = |precincts| super::paced(Millis(10_000), precincts);
        assert_eq!([2, 200].map(paced), [Millis(10_000); 2]);
        assert_eq!([1_000, 4_096].map(paced), [Millis(50_000), Millis(204_800)]);
    }
}
