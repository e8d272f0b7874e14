//! A receipt as somebody reads it out or types it.

/// Its words, apart by one space, in lower case: with line breaks, a full stop behind or a hyphen between they are the same.
#[must_use]
pub fn tidy(text: &str) -> String {
    let words = text
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join(" ")
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
        ] {
            assert_eq!(tidy(text), "copper heron", "{text:?}");
        }
        assert_eq!(tidy(" \t"), "");
    }
}
