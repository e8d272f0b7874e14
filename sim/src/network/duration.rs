//! How the command line writes a time: a whole number and `ms`, `s` or `m`.

use election_core::time::Millis;

/// Reads `500ms`, `2s` or `1m`.
///
/// # Errors
/// What is wrong with it, as the end of a sentence.
pub(super) fn parse(text: &str) -> Result<Millis, String> {
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let unit = match &text[digits.len()..] {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        _ => {
            return Err(format!(
                "`{text}` has no unit; give ms, s or m, such as 500ms"
            ));
        }
    };
    // `u64::from_str` takes a sign, which nobody means here.
    let number = Some(digits)
        .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|digits| digits.parse::<u64>().ok())
        .and_then(|number| number.checked_mul(unit));
    let bad = || format!("`{text}` is not a whole number of ms, s or m, such as 500ms");
    number.map(Millis).ok_or_else(bad)
}

/// The shortest text that [`parse`] reads as this.
pub(super) fn format(time: Millis) -> String {
    match time.0 {
        ms if ms > 0 && ms % 60_000 == 0 => format!("{}m", ms / 60_000),
        ms if ms > 0 && ms % 1_000 == 0 => format!("{}s", ms / 1_000),
        ms => format!("{ms}ms"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_a_unit() {
        assert_eq!(parse("500ms"), Ok(Millis(500)));
        assert_eq!(parse("2s"), Ok(Millis(2_000)));
        assert_eq!(parse("1m"), Ok(Millis(60_000)));
        for text in [
            "",
            "2",
            "s",
            "-1s",
            "+1s",
            "1.5s",
            "2h",
            "2 s",
            "99999999999999999m",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read_as_the_same() {
        for ms in [0, 1, 999, 1_000, 1_001, 60_000, 61_000, 600_000] {
            assert_eq!(parse(&format(Millis(ms))), Ok(Millis(ms)));
        }
    }
}
