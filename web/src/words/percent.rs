//! Shares, in whole percent.

/// Each count's share of `whole`, rounded to the nearest percent on its own: with approval the
/// shares do not add up to 100 anyway, and a share that is adjusted so that they do is a wrong one.
/// A mark is never shown as nothing: less than half a percent gives 0 and is shown as "<1".
#[must_use]
pub fn share(count: u64, whole: u64) -> u64 {
    if whole == 0 {
        0
    } else {
        (count.saturating_mul(200) + whole) / (whole * 2)
    }
}

/// The share as text: "46 %", or "<1 %" for a few of very many.
#[must_use]
pub fn text(count: u64, whole: u64) -> String {
    let share = match share(count, whole) {
        0 if count > 0 => "<1".to_owned(),
        100 if count < whole => ">99".to_owned(),
        share => share.to_string(),
    };
    super::text::common::percent(&share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_rounded_to_the_nearest() {
        assert_eq!([11, 7, 5, 1].map(|count| share(count, 24)), [46, 29, 21, 4]);
        assert_eq!(share(1, 8), 13, "halves go up");
        assert_eq!(share(0, 0), 0);
    }

    #[test]
    fn few_of_many_are_not_none_and_most_are_not_all() {
        assert_eq!(text(1, 1000), "<1 %");
        assert_eq!(text(999, 1000), ">99 %");
        assert_eq!(text(0, 1000), "0 %");
        assert_eq!(text(1000, 1000), "100 %");
    }
}
