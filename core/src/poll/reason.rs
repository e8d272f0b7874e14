//! Reasons that the chair gives, for everybody to read.

use super::name::{in_words, is_control};
use super::{characters, seen};
use crate::wire::bytes::{DecodeError, Reader};

/// The most bytes of a reason, in UTF-8.
pub(crate) const MAX_REASON: usize = 500;

/// Why a reason cannot be given like that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadReason {
    /// There is none.
    #[error("give a reason: everybody will see it")]
    Empty,
    /// It is too long, by so many characters as people count them.
    #[error("the reason is too long by about {}", in_words(*.0))]
    Long(usize),
    /// A character that does not show, or that reorders what stands around it.
    #[error("the reason has a control character, such as a line break")]
    ControlCharacter,
    /// There are characters in it, and none of them is seen.
    #[error("give a reason that can be read: this one has only characters that do not show")]
    Blank,
}

/// The reason without white space around it, if it can be given: what whoever gives it asks.
///
/// # Errors
/// [`BadReason`].
pub fn check_reason(reason: &str) -> Result<&str, BadReason> {
    let reason = valid_reason(reason)?;
    if seen::shows(reason) {
        Ok(reason)
    } else {
        Err(BadReason::Blank)
    }
}

/// What is valid on the wire: whether it shows anything is a matter of fonts.
fn valid_reason(reason: &str) -> Result<&str, BadReason> {
    let reason = reason.trim();
    if reason.is_empty() {
        Err(BadReason::Empty)
    } else if reason.len() > MAX_REASON {
        Err(BadReason::Long(characters::beyond(reason, MAX_REASON)))
    } else if reason.chars().any(is_control) {
        Err(BadReason::ControlCharacter)
    } else {
        Ok(reason)
    }
}

pub(super) fn decode_reason(reader: &mut Reader<'_>) -> Result<String, DecodeError> {
    let text = reader.text("a reason's length", MAX_REASON)?;
    match valid_reason(text) {
        Ok(reason) if reason == text => Ok(text.to_owned()),
        _ => Err(DecodeError::Invalid(
            "a reason is not one that can be given",
        )),
    }
}
