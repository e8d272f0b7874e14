//! Numbers of things, and spans of time, as people say them.

use election_core::time::Millis;

use super::text::{self, amounts as text_of};

/// A span in its largest unit: "8 s", "4 min", "2 h", "3 days".
#[must_use]
pub fn span(span: Millis) -> String {
    let seconds = span.0 / 1000;
    match seconds {
        0..60 => text_of::seconds(seconds.max(1)),
        60..3_600 => text_of::minutes(seconds / 60),
        3_600..172_800 => text_of::hours(seconds / 3_600),
        _ => text_of::days(seconds / 86_400),
    }
}

/// How long ago something was: "just now", "4 min ago".
#[must_use]
pub fn ago(gone: Millis) -> String {
    if gone < Millis(60_000) {
        text_of::just_now().to_owned()
    } else {
        text_of::ago(&span(gone))
    }
}

/// Bytes in a unit that suits them: "812 B", "14 kB", "3.2 MB".
#[must_use]
pub fn bytes(bytes: u64) -> String {
    match bytes {
        0..1_000 => text_of::bytes(bytes),
        1_000..1_000_000 => text_of::kilobytes(bytes / 1_000),
        _ => text_of::megabytes(bytes / 1_000_000, bytes / 100_000 % 10),
    }
}

/// What one message says after an absence: "Away 4 min: 6 ballots came in, 1 was revoked, and your
/// vote reached 8 others." `elsewhere` is what changed in other precincts, if anything did.
#[must_use]
pub fn rejoined(
    away: Millis,
    ballots: u64,
    revoked: u64,
    elsewhere: Option<String>,
    reached: Option<usize>,
) -> String {
    let mut parts = vec![match ballots {
        0 => text::notes::no_ballots_came().to_owned(),
        some => text::notes::ballots_came(some),
    }];
    if revoked > 0 {
        parts.push(text::notes::revoked(revoked));
    }
    parts.extend(elsewhere);
    match reached {
        None => {}
        Some(0) => parts.push(text::notes::vote_on_its_way().to_owned()),
        Some(some) => parts.push(text::notes::vote_reached(some)),
    }
    let last = parts.pop().unwrap_or_default();
    let joined = match parts.as_slice() {
        [] => last,
        [one] => text::notes::away_two(one, &last),
        more => text::notes::away_more(&more.join(text::common::comma()), &last),
    };
    text::notes::away(&span(away), &joined)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_is_not_many() {
        let others = [0, 1, 2].map(text::common::others);
        assert_eq!(others, ["0 others", "1 other", "2 others"]);
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
