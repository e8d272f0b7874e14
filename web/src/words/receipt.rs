//! A receipt as somebody reads it out, types it or pastes it.

use election_core::ids::OpId;

use super::{lower::lower, text};

/// What somebody looks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sought {
    /// The two words of a receipt, apart by one space, in lower case.
    Receipt(String),
    /// The whole id, as command lines print it.
    Ballot(OpId),
}

/// Reads it: with line breaks, a full stop behind, a hyphen between or "Receipt:" before they are
/// the same words. `None` for what is neither a receipt nor an id.
#[must_use]
pub fn read(text: &str) -> Option<Sought> {
    let words = text
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty());
    let words: Vec<String> = words.map(lower).collect();
    match words.as_slice() {
        [id] => OpId::from_hex(id).ok().map(Sought::Ballot),
        [before @ .., first, second]
            if before.is_empty() || before == [text::ballot::receipt_word()] =>
        {
            Some(Sought::Receipt(format!("{first} {second}")))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_is_read_however_it_was_written_down() {
        for text in [
            "copper heron",
            " Copper  Heron.",
            "copper-heron",
            "“copper\nheron”",
            "Receipt: copper heron",
        ] {
            let words = Sought::Receipt("copper heron".to_owned());
            assert_eq!(read(text), Some(words), "{text:?}");
        }
        let id = OpId([0xa7; 32]);
        let text = id.to_string();
        assert_eq!(
            read(&format!(" {} ", text.to_uppercase())),
            Some(Sought::Ballot(id))
        );
        for text in [" \t", "copper", &text[1..], "one copper heron"] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }
}
