//! Numbers of things, and spans of time, as people say them.

use election_core::time::Millis;

/// "1 ballot", "2 ballots": for nouns that take an s.
#[must_use]
pub fn count(number: u64, noun: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{s}")
}

/// A span in its largest unit: "8 s", "4 min", "2 h", "3 days".
#[must_use]
pub fn span(span: Millis) -> String {
    let seconds = span.0 / 1000;
    match seconds {
        0..60 => format!("{} s", seconds.max(1)),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// How long ago something was: "just now", "4 min ago".
#[must_use]
pub fn ago(gone: Millis) -> String {
    if gone < Millis(60_000) {
        "just now".to_owned()
    } else {
        format!("{} ago", span(gone))
    }
}

/// Bytes in a unit that suits them: "812 B", "14 kB", "3.2 MB".
#[must_use]
pub fn bytes(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10),
    }
}

/// What one message says after an absence: "Away 4 min: 6 ballots came in, 1 was revoked, and your vote reached 8
/// others." `elsewhere` is what changed in other precincts, if anything did.
#[must_use]
pub fn rejoined(
    away: Millis,
    ballots: u64,
    revoked: u64,
    elsewhere: Option<String>,
    reached: Option<usize>,
) -> String {
    let mut parts = vec![match ballots {
        0 => "no ballots came in".to_owned(),
        some => format!("{} came in", count(some, "ballot")),
    }];
    match revoked {
        0 => {}
        1 => parts.push("1 was revoked".to_owned()),
        some => parts.push(format!("{some} were revoked")),
    }
    parts.extend(elsewhere);
    match reached {
        None => {}
        Some(0) => parts.push("your vote is on its way".to_owned()),
        Some(some) => parts.push(format!("your vote reached {}", count(some as u64, "other"))),
    }
    let last = parts.pop().unwrap_or_default();
    let joined = match parts.as_slice() {
        [] => last,
        [one] => format!("{one} and {last}"),
        more => format!("{}, and {last}", more.join(", ")),
    };
    format!("Away {}: {joined}.", span(away))
}

/// That so many ops are of kinds which this version does not know.
#[must_use]
pub fn needs_newer(number: usize) -> String {
    let (are, they) = match number {
        1 => ("1 entry here needs".to_owned(), "It is"),
        more => (format!("{more} entries here need"), "They are"),
    };
    format!(
        "{are} a newer version of this page. {they} kept and passed on, and not counted. Reload the page to get it."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_is_not_many() {
        assert_eq!(count(0, "ballot"), "0 ballots");
        assert_eq!(count(1, "ballot"), "1 ballot");
        assert_eq!(count(2, "ballot"), "2 ballots");
    }

    #[test]
    fn a_span_is_told_in_its_largest_unit() {
        for (seconds, text) in [
            (0, "1 s"),
            (59, "59 s"),
            (60, "1 min"),
            (3_599, "59 min"),
            (3_600, "1 h"),
            (172_800, "2 days"),
        ] {
            assert_eq!(span(Millis(seconds * 1000)), text);
        }
        assert_eq!(ago(Millis(59_999)), "just now");
        assert_eq!(ago(Millis(240_000)), "4 min ago");
    }

    #[test]
    fn bytes_are_rounded_down_to_their_unit() {
        for (number, text) in [
            (999, "999 B"),
            (1_000, "1 kB"),
            (999_999, "999 kB"),
            (3_290_000, "3.2 MB"),
        ] {
            assert_eq!(bytes(number), text);
        }
    }

    #[test]
    fn a_rejoin_is_one_sentence() {
        assert_eq!(
            rejoined(Millis(240_000), 6, 1, None, Some(8)),
            "Away 4 min: 6 ballots came in, 1 was revoked, and your vote reached 8 others."
        );
        assert_eq!(
            rejoined(Millis(5_000), 0, 0, None, None),
            "Away 5 s: no ballots came in."
        );
        assert_eq!(
            rejoined(Millis(5_000), 1, 0, None, Some(0)),
            "Away 5 s: 1 ballot came in and your vote is on its way."
        );
        let elsewhere = Some("Kitchen's return changed".to_owned());
        assert_eq!(
            rejoined(Millis(5_000), 0, 0, elsewhere, None),
            "Away 5 s: no ballots came in and Kitchen's return changed."
        );
    }
}
