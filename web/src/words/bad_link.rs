//! Why a link is not opened.

use election_core::wire::link::{BadLink, VERSION};

use super::text::bad_link as text;

/// The error as a sentence.
#[must_use]
pub fn says(bad: &BadLink) -> String {
    match bad {
        BadLink::NoToken { seen } if seen.is_empty() => text::no_token().to_owned(),
        BadLink::NoToken { seen } => text::no_token_in(seen),
        BadLink::NotAToken { seen } if seen.is_empty() => text::other_token().to_owned(),
        BadLink::NotAToken { seen } => text::other_token_in(seen),
        BadLink::OtherVersion(theirs) => text::other_version(*theirs, VERSION),
        BadLink::Damaged { seen, whole } if seen < whole => text::incomplete(*seen, *whole),
        BadLink::Damaged { .. } => text::mistyped().to_owned(),
        BadLink::TooLong(bytes) => text::too_long(*bytes),
    }
}
