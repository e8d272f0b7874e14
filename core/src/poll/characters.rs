//! Lengths as people count them. What fits into an op is a number of bytes; what a person can do
//! about a text that does not fit is to take characters away.
//!
//! A character here is what a reader takes for one: a letter with its accents, a syllable of Hangul
//! in its parts, an emoji in the colour of somebody's skin, a family joined from four people, a
//! flag. It follows Unicode's grapheme clusters (annex 29) for the scripts that most people write,
//! without their tables: for the others it may count some marks as characters.

use super::seen::is_ignorable;

/// How many characters people count in a text.
#[must_use]
pub(crate) fn count(text: &str) -> usize {
    starts(text).count()
}

/// By how many characters, taken from its end, a text is too long for that many bytes; 0 when it
/// fits.
#[must_use]
pub(crate) fn beyond(text: &str, cap: usize) -> usize {
    if text.len() <= cap {
        return 0;
    }
    // A character that ends behind the cap goes as a whole: of those that start, all but the ones
    // that end within it.
    let fit = starts(text).skip(1).take_while(|&end| end <= cap).count();
    count(text) - fit
}

/// Where the characters begin, in bytes.
fn starts(text: &str) -> impl Iterator<Item = usize> {
    let mut before = None;
    let mut odd_flag = false;
    text.char_indices().filter_map(move |(at, c)| {
        let second_of_flag = odd_flag && is_of_flag(c);
        odd_flag = is_of_flag(c) && !second_of_flag;
        let goes_on = before.is_some() && (continues(c) || second_of_flag)
            || before == Some(JOINER) && !c.is_ascii();
        before = Some(c);
        (!goes_on).then_some(at)
    })
}

/// U+200D: what stands around it is one character.
const JOINER: char = '\u{200d}';

/// Flags are pairs of these.
fn is_of_flag(c: char) -> bool {
    matches!(c, '\u{1f1e6}'..='\u{1f1ff}')
}

/// Whether a character only changes the one before it.
fn continues(c: char) -> bool {
    is_ignorable(c) || is_mark(c) || matches!(c, '\u{1f3fb}'..='\u{1f3ff}')
}

/// Accents, vowel signs, and the second and third parts of syllables of Hangul.
fn is_mark(c: char) -> bool {
    let point = u32::from(c);
    // Scripts of India stand in blocks of one plan.
    let indic = (0x900..0xd80).contains(&point)
        && matches!(point % 0x80, 0..=3 | 0x3c | 0x3e..=0x4d | 0x62 | 0x63);
    indic
        || matches!(c,
            '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5bd}' | '\u{5bf}' | '\u{5c1}'..='\u{5c2}'
            | '\u{5c4}'..='\u{5c5}' | '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{6d6}'..='\u{6dc}'
            | '\u{e31}' | '\u{e34}'..='\u{e3a}' | '\u{e47}'..='\u{e4e}' | '\u{1160}'..='\u{11ff}'
            | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{3099}'..='\u{309a}'
            | '\u{fe20}'..='\u{fe2f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_reader_takes_for_one_counts_as_one() {
        for (text, characters) in [
            ("", 0),
            ("Bergen", 6),
            ("Málaga", 6),
            ("Ma\u{301}laga", 6),
            ("東京", 2),
            ("한국", 2),
            ("\u{1112}\u{1161}\u{11ab}\u{1100}\u{116e}\u{11a8}", 2),
            ("हिन्दी", 3),
            ("👍🏽", 1),
            ("👨‍👩‍👧‍👦", 1),
            ("🇳🇴🇵🇹", 2),
            (
                "🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
                1,
            ),
            ("❤\u{fe0f}", 1),
            ("می\u{200c}خواهم", 7),
            ("\u{301}", 1),
        ] {
            assert_eq!(count(text), characters, "{text}");
        }
    }

    #[test]
    fn what_is_too_long_says_how_many_characters_have_to_go() {
        for (text, cap, over) in [
            ("Bergen", 6, 0),
            ("Bergen", 5, 1),
            ("", 0, 0),
            ("x", 0, 1),
            ("東京都", 9, 0),
            ("東京都", 8, 1),
            ("東京都", 6, 1),
            ("東京都", 5, 2),
            // The accent does not stay behind alone.
            ("cafe\u{301}", 5, 1),
            ("👨‍👩‍👧‍👦👨‍👩‍👧‍👦", 40, 1),
            ("👨‍👩‍👧‍👦👨‍👩‍👧‍👦", 24, 2),
        ] {
            assert_eq!(beyond(text, cap), over, "{text} in {cap}");
        }
    }

    #[test]
    fn without_so_many_characters_it_fits() {
        let texts = ["Ma\u{301}laga ", "東京", "👨‍👩‍👧‍👦", "🇳🇴x", "한국 "].map(|text| text.repeat(40));
        for text in texts {
            for cap in 0..text.len() + 2 {
                let over = beyond(&text, cap);
                let kept = count(&text) - over;
                let end = starts(&text).nth(kept).unwrap_or(text.len());
                assert!(end <= cap, "{over} of {text} for {cap}");
                if over > 0 {
                    let next = starts(&text).nth(kept + 1).unwrap_or(text.len());
                    assert!(next > cap, "{over} of {text} are too many for {cap}");
                }
            }
        }
    }
}
