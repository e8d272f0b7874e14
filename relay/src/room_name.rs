//! The name of a room.

use std::fmt;

/// 1 to 64 characters of `A-Z a-z 0-9 _ -`.
///
/// A name is as good as a key to the room's traffic, so it has no way into a log: there is no
/// `Display`, and `Debug` keeps it to itself.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct RoomName(Box<str>);

const LONGEST: usize = 64;

impl RoomName {
    /// The name, if it is one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        let valid = (1..=LONGEST).contains(&text.len()) && text.bytes().all(allowed);
        valid.then(|| Self(text.into()))
    }
}

impl fmt::Debug for RoomName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("RoomName(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grammar_of_room_names_is_exact() {
        for good in ["a", "Az09_-", &"x".repeat(64)] {
            assert!(RoomName::parse(good).is_some(), "{good}");
        }
        for bad in ["", "a b", "a/b", "ä", "a.b", "a%20", &"x".repeat(65)] {
            assert!(RoomName::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn debug_output_does_not_name_the_room() {
        assert_eq!(
            format!("{:?}", RoomName::parse("secret")),
            "Some(RoomName(..))"
        );
    }
}
