//! Names: of a poll, of its options, of its precincts.

use super::characters;

/// Why a name cannot be. Its text goes on where the name's owner was said: "option 3 ...".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadName {
    /// There is none.
    #[error("has no name")]
    Empty,
    /// It is too long, by so many characters as people count them.
    #[error("is too long by about {}", in_words(*.0))]
    Long(usize),
    /// A character that does not show, or that reorders what stands around it.
    #[error("has a control character, such as a line break or a change of writing direction")]
    Control,
    /// There are characters in it, and none of them is seen.
    #[error("has only characters that do not show")]
    Blank,
}

/// Whether a name can be. The cap is in bytes: that is what a reader of the wire can check.
pub(super) fn check_name(name: &str, cap: usize) -> Result<(), BadName> {
    if name.trim().is_empty() {
        Err(BadName::Empty)
    } else if name.len() > cap {
        Err(BadName::Long(characters::beyond(name, cap)))
    } else if name.chars().any(is_control) {
        Err(BadName::Control)
    } else {
        Ok(())
    }
}

/// Control characters, and the ones that reorder the text around them (Unicode TR 9, explicit
/// directional formatting): with those, a name could be shown as another.
#[must_use]
pub(crate) fn is_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// "1 character", "12 characters".
pub(super) fn in_words(characters: usize) -> String {
    let s = if characters == 1 { "" } else { "s" };
    format!("{characters} character{s}")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use ed25519_zebra::SigningKey;

    use super::*;
    use crate::ids::PollId;
    use crate::poll::genesis::{BadPoll, Genesis};
    use crate::poll::method::Method;
    use crate::poll::precincts::Precincts;
    use crate::wire::envelope::{Signed, sign, voter_key};

    fn poll(title: &str, options: &[&str], precincts: &[&str]) -> Genesis {
        let precincts = match precincts {
            [] => Precincts::One,
            names => Precincts::Named(names.iter().map(|&name| name.to_owned()).collect()),
        };
        let chair = voter_key(&SigningKey::from([1; 32]));
        let poll = Genesis::new(chair, title, options, Method::Single, 9).unwrap();
        poll.with_precincts(precincts).unwrap()
    }

    #[test]
    fn what_people_cannot_read_or_tell_apart_is_not_made_and_is_valid_on_the_wire() {
        for (poll, bad) in [
            (
                poll("\u{3164}", &["a", "b"], &[]),
                BadPoll::Title(BadName::Blank),
            ),
            (
                poll("?", &["a", "\u{2800}"], &[]),
                BadPoll::Option(2, BadName::Blank),
            ),
            (
                poll("?", &["a", "b"], &["\u{200b}", "c"]),
                BadPoll::Precinct(1, BadName::Blank),
            ),
            (
                poll("?", &["a", "b", "A"], &[]),
                BadPoll::AlikeOptions(1, 3),
            ),
            (
                poll("?", &["a", "b"], &["Nord", "Nоrd"]),
                BadPoll::AlikePrecincts(1, 2),
            ),
        ] {
            assert_eq!(
                poll.clone().legible(str::to_owned, str::to_lowercase),
                Err(bad)
            );
            let op = sign(&SigningKey::from([1; 32]), PollId::NONE, poll);
            assert!(Signed::<Genesis>::decode(op.bytes(), PollId::NONE, &()).is_ok());
        }
        assert!(
            poll("?", &["a", "b"], &["c", "d"])
                .legible(str::to_owned, str::to_lowercase)
                .is_ok()
        );
    }
}
