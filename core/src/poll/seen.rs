//! What people see of a text: whether it shows anything, and whether two are told apart.
//!
//! It is looked at when a poll or a reason is *made*, never on the wire: what is valid does not
//! change with what fonts show. After the plan of Unicode's technical standard 39, with a small
//! list of its confusables: the letters that one alphabet has from another, which is what keyboards
//! and pasted lists bring. It finds accidents; whoever makes a poll to mislead finds letters that
//! are not in the list.

/// Whether a text shows anything at all.
#[must_use]
pub(crate) fn shows(text: &str) -> bool {
    !text.chars().all(is_blank)
}

/// The first two of the names that people cannot tell apart, by their places in the list: the same
/// letters in another encoding, case or alphabet, other spaces, hyphens or quotation marks, or what
/// does not show between them.
///
/// `decompose` is Unicode's normalization form KD, and `lower` its lower case: their tables are
/// large. A program brings them, a page has them from its browser.
#[must_use]
pub fn first_alike(
    names: &[impl AsRef<str>],
    decompose: impl Fn(&str) -> String,
    lower: impl Fn(&str) -> String,
) -> Option<(usize, usize)> {
    let looks: Vec<_> = names
        .iter()
        .map(|name| Look::of(name.as_ref(), &decompose, &lower))
        .collect();
    (1..looks.len()).find_map(|second| {
        let first = looks[..second]
            .iter()
            .position(|first| first.is_like(&looks[second]))?;
        Some((first, second))
    })
}

/// What is left of a name for comparing.
struct Look {
    /// In its own alphabet.
    own: String,
    /// With the letters that look like Latin ones replaced by those, before their case was dropped:
    /// "Н" of Cyrillic looks like "H", and "н" like no letter of Latin.
    latin: String,
}

impl Look {
    fn of(
        name: &str,
        decompose: &impl Fn(&str) -> String,
        lower: &impl Fn(&str) -> String,
    ) -> Self {
        // A raised or lowered digit is seen as such: "10²" is not "102".
        let mut plain = String::new();
        let mut rest = name;
        while let Some(at) = rest.find(keeps_its_form) {
            plain += &decompose(&rest[..at]);
            let form = rest[at..].chars().next();
            plain.extend(form);
            rest = &rest[at + form.map_or(0, char::len_utf8)..];
        }
        plain += &decompose(rest);
        let seen = without_unseen(&plain);
        let latin: String = seen.chars().map(latin).collect();
        Self {
            own: folded(&lower(&seen)),
            latin: folded(&lower(&latin)),
        }
    }

    fn is_like(&self, other: &Self) -> bool {
        self.own == other.own || self.latin == other.latin
    }
}

/// Without what does not show; white space of any kind and width is one space, and none at the
/// ends.
fn without_unseen(text: &str) -> String {
    let mut seen = String::new();
    let mut space = false;
    for c in text.chars() {
        let blank = is_blank(c);
        if blank && !is_ignorable(c) {
            space = !seen.is_empty();
        } else if !blank || is_tag(c) && seen.ends_with(|last| last == FLAG || is_tag(last)) {
            if space {
                seen.push(' ');
            }
            space = false;
            seen.push(c);
        }
    }
    seen
}

/// Lower case, without the letters that have no upper case or two lower ones.
fn folded(lower: &str) -> String {
    let mut folded = String::new();
    for c in lower.chars() {
        match c {
            'ß' => folded.push_str("ss"),
            'ς' => folded.push('σ'),
            other => folded.push(other),
        }
    }
    folded
}

/// Shows nothing: white space, what is ignorable, and the characters that are blank by design.
fn is_blank(c: char) -> bool {
    c.is_whitespace()
        || is_ignorable(c)
        || c.is_control()
        // Of Braille, of music, and of hieroglyphs.
        || matches!(c, '\u{2800}' | '\u{1d159}' | '\u{13441}' | '\u{13442}')
}

/// Unicode's Default_Ignorable_Code_Point: joiners, fillers, marks of direction, selectors of a
/// variant.
pub(super) fn is_ignorable(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// The flags of England, Scotland and Wales are this one with letters that do not show by
/// themselves.
const FLAG: char = '🏴';

fn is_tag(c: char) -> bool {
    matches!(c, '\u{e0020}'..='\u{e007f}')
}

/// Raised and lowered digits, and fractions.
fn keeps_its_form(c: char) -> bool {
    matches!(c, '²' | '³' | '¹' | '¼'..='¾' | '\u{2070}'..='\u{209f}' | '\u{2150}'..='\u{215f}')
}

/// A character, or the one of [`LIKE`] or of ASCII that it looks like.
fn latin(c: char) -> char {
    if c.is_ascii() {
        return c;
    }
    if let '\u{6f0}'..='\u{6f9}' = c {
        // Of Persian and Arabic digits most look alike.
        return char::from_u32(u32::from(c) - 0x90).unwrap_or(c);
    }
    let like = LIKE.iter().find(|(others, _)| others.contains(c));
    like.map_or(c, |&(_, like)| like)
}

/// Characters that look like another, in the usual fonts: of Greek, Cyrillic, Armenian and others,
/// what looks like Latin; hyphens and dashes; quotation marks; letters that Persian keyboards write
/// otherwise than Arabic ones.
#[rustfmt::skip]
const LIKE: [(&str, char); 55] = [
    ("АΑ", 'A'), ("аαɑ", 'a'), ("ВΒ", 'B'), ("С", 'C'), ("с", 'c'), ("ԁ", 'd'), ("ЕΕ", 'E'), ("е", 'e'), ("ց", 'g'),
    ("ɡ", 'g'), ("НΗ", 'H'), ("һհ", 'h'), ("ІΙӀ", 'I'), ("іιıɩ", 'i'), ("Ј", 'J'), ("јϳ", 'j'), ("КΚ", 'K'), ("κ", 'k'),
    ("ӏ", 'l'), ("МΜ", 'M'), ("Ν", 'N'), ("ո", 'n'), ("ОΟՕ", 'O'), ("оοօ", 'o'), ("РΡ", 'P'), ("рρ", 'p'), ("Ԛ", 'Q'),
    ("ԛզ", 'q'), ("Ѕ", 'S'), ("ѕ", 's'), ("ТΤ", 'T'), ("Ս", 'U'), ("υս", 'u'), ("Ѵ", 'V'), ("νѵ", 'v'), ("Ԝ", 'W'),
    ("ԝ", 'w'), ("ХΧ", 'X'), ("хχ×", 'x'), ("УΥ", 'Y'), ("у", 'y'), ("Ζ", 'Z'),
    ("\u{2010}\u{2011}\u{2012}\u{2013}\u{2014}\u{2015}\u{2212}\u{2043}", '-'),
    ("‘’‚‛ʼʹ′", '\''), ("“”„‟", '"'), ("‹", '<'), ("›", '>'), ("∗", '*'), ("∶։׃", ':'), ("⁄∕", '/'), ("∣ǀ", '|'),
    ("•∙‧・", '·'), ("ک", 'ك'), ("یى", 'ي'), ("ہە", 'ه'),
];

#[cfg(test)]
mod tests {
    use unicode_normalization::UnicodeNormalization;

    use super::*;

    #[test]
    fn fillers_joiners_and_blanks_show_nothing() {
        assert!(shows("Bergen") && shows("👍"));
        assert!(!shows("\u{3164}") && !shows("\u{200b}\u{200d}"));
        // The blank of Braille, nothing but spaces.
        assert!(!shows("\u{2800}") && !shows(" \u{a0}"));
    }

    fn alike(a: &str, b: &str) -> bool {
        let decompose = |text: &str| text.nfkd().collect();
        first_alike(&["?", a, b], decompose, str::to_lowercase) == Some((1, 2))
    }

    #[test]
    fn names_that_look_the_same_are_alike() {
        for (a, b) in [
            ("Porto", "Porto"),
            ("Porto", "Porto\u{200b}"),
            ("Porto", "P\u{ad}orto"),
            ("Porto", "\u{feff}Porto"),
            ("M\u{e1}laga", "Ma\u{301}laga"),
            ("한국", "\u{1112}\u{1161}\u{11ab}\u{1100}\u{116e}\u{11a8}"),
            ("New York", "New\u{a0}York"),
            ("New York", "New\u{2003} York "),
            ("New York", "New\u{2800}York"),
            // Another case, alphabet or width.
            ("Porto", "PORTO"),
            ("Straße", "STRASSE"),
            ("ΣΊΣΥΦΟΣ", "σίσυφος"),
            ("Porto", "Роrto"),
            ("PORTO", "РОRТО"),
            ("Oslo", "Οslο"),
            ("MAX", "МАХ"),
            ("Нет", "нет"),
            ("Ｐｏｒｔｏ", "Porto"),
            ("ﬁsh", "fish"),
            ("Kelvin", "\u{212a}elvin"),
            ("Mon-Fri", "Mon–Fri"),
            ("-5 °C", "−5 °C"),
            ("Bob's", "Bob’s"),
            ("and so on...", "and so on…"),
            ("کتاب ۱", "كتاب ١"),
            ("❤", "❤\u{fe0f}"),
        ] {
            assert!(alike(a, b) && alike(b, a), "{a} {b}");
        }
    }

    #[test]
    fn names_that_can_be_told_apart_are_not_alike() {
        for (a, b) in [
            ("Porto", "Port"),
            ("New York", "NewYork"),
            ("Malaga", "Málaga"),
            ("10²", "102"),
            ("H₂O", "H2O"),
            ("1½", "11/2"),
            ("ее", "её"),
            ("Нот", "Тон"),
            ("И", "Й"),
            ("O", "0"),
            ("l", "1"),
            ("+", "-"),
            ("👍🏽", "👍🏿"),
            ("🇳🇴", "🇵🇹"),
            ("🏃\u{200d}♀\u{fe0f}", "🏃\u{200d}♂\u{fe0f}"),
            (
                "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
                "🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
            ),
            ("تهران", "طهران"),
            ("東京", "京東"),
        ] {
            assert!(!alike(a, b), "{a} {b}");
        }
    }

    #[test]
    fn the_first_two_names_that_are_alike_are_told() {
        let first = |names: &[&str]| first_alike(names, str::to_owned, str::to_lowercase);
        assert_eq!(first(&["a", "b", "c", "B", "A"]), Some((1, 3)));
        assert_eq!(first(&["a", "b"]), None);
        assert_eq!(first(&["a"]), None);
        assert_eq!(first(&[]), None);
    }

    #[test]
    fn what_shows_nothing_is_told_from_what_shows_little() {
        for text in [
            "",
            " ",
            "\u{a0}\u{3000}",
            "\u{3164}",
            "\u{ffa0}",
            "\u{2800}\u{2800}",
            "\u{200b}",
            "\u{feff}\u{2060}",
            "\u{e0041}",
            "\u{ad}",
            "\u{1d159}",
            "\u{fe0f}",
        ] {
            assert!(!shows(text), "{text:?}");
        }
        for text in [
            ".",
            "-",
            "\u{301}",
            "\u{200b}x",
            "⠁",
            "\u{1680}x",
            "👍",
            "\u{e000}",
        ] {
            assert!(shows(text), "{text:?}");
        }
    }

    #[test]
    fn no_character_looks_like_two_others_nor_like_one_that_looks_like_another() {
        for (at, (others, like)) in LIKE.iter().enumerate() {
            for c in others.chars() {
                assert!(!c.is_ascii(), "{c}");
                assert_eq!(
                    LIKE.iter().position(|(others, _)| others.contains(c)),
                    Some(at),
                    "{c}"
                );
            }
            assert_eq!(latin(*like), *like);
        }
    }
}
