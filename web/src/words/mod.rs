//! What the page says, as plain functions from facts to texts. Nothing in here touches the browser, so all of it is
//! tested natively.

pub mod amounts;
pub mod explain;
pub mod grade;
pub mod leader;
pub mod marks;
pub mod option_list;
pub mod order;
pub mod origin;
pub mod own_vote;
pub mod percent;
pub mod places;
pub mod precinct;
pub mod search;

/// An error's text as a sentence: with a capital and a full stop.
#[must_use]
pub fn sentence(text: &str) -> String {
    let mut rest = text.chars();
    let Some(first) = rest.next() else {
        return String::new();
    };
    let stop = if text.ends_with(['.', '!', '?', '”']) {
        ""
    } else {
        "."
    };
    format!("{}{}{stop}", first.to_uppercase(), rest.as_str())
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
