//! What the page says, as plain functions from facts to texts. Nothing in here touches the browser, so all of it is
//! tested natively.

pub mod amounts;
pub mod bad_poll;
pub mod explain;
pub mod grade;
pub mod leader;
pub mod marks;
pub mod option_list;
pub mod order;
pub mod origin;
pub mod others;
pub mod own_vote;
pub mod percent;
pub mod places;
pub mod precinct;
pub mod receipt;
pub mod search;

/// An error's text as a sentence: with a capital and a full stop.
#[must_use]
pub fn sentence(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let stop = if text.ends_with(['.', '!', '?', '”']) {
        ""
    } else {
        "."
    };
    let mut sentence = format!("{text}{stop}");
    // The page's own texts begin with letters of English; for all others a table would have to come along.
    if let Some(first) = sentence.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    sentence
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_error_becomes_a_sentence() {
        assert_eq!(
            super::sentence("give the poll a title"),
            "Give the poll a title."
        );
        assert_eq!(super::sentence("Over."), "Over.");
        assert_eq!(super::sentence(""), "");
    }
}
