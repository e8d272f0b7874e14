//! The revocation: the chair takes one ballot out of the count for ever, with a reason that all can read. Reasons of other entries
//! of the chair's log are like its.

use super::log::{LogLink, MAX_LOG};
use super::name::{in_words, is_control};
use super::{characters, seen};
use crate::ids::{OpId, VoterKey};
use crate::wire::bytes::{DecodeError, Reader, Writer};

/// The most bytes of a reason, in UTF-8.
pub const MAX_REASON: usize = 500;

/// An entry of the chair's log that revokes a ballot of one voter: whose ballot it is, is part of what it says, and where the voter
/// named is another it revokes nothing. There is no fall-back to an earlier ballot of the voter; the voter may cast another, with a
/// higher seq.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevokeBallot {
    /// Where in the chair's log this stands.
    pub link: LogLink,
    /// Whose ballot. A ballot of that id by anybody else is not affected.
    pub voter: VoterKey,
    /// The ballot's seq. Voter and seq say in which slot to look, so that a replica can tell "not here yet" from
    /// "never kept, because that slot holds the proof of a double signature already". It decides when this is delivered, and
    /// nothing else: a ballot of that voter and id is revoked whatever its seq.
    pub seq: u32,
    /// The ballot.
    pub ballot: OpId,
    /// Why, in 1 to [`MAX_REASON`] bytes, for everybody to read.
    pub reason: String,
}

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

impl RevokeBallot {
    pub(super) fn encode(&self, writer: &mut Writer) {
        self.link.encode(writer);
        writer.put(&self.voter.0);
        writer.varint(u64::from(self.seq));
        writer.put(&self.ballot.0);
        writer.text(&self.reason);
    }

    pub(super) fn decode(reader: &mut Reader<'_>, max_seq: u32) -> Result<Self, DecodeError> {
        let link = LogLink::decode(reader, MAX_LOG)?;
        let voter = VoterKey(reader.array()?);
        let seq = reader.varint("the revoked ballot's seq", u64::from(max_seq))? as u32;
        let ballot = OpId(reader.array()?);
        Ok(Self {
            link,
            voter,
            seq,
            ballot,
            reason: decode_reason(reader)?,
        })
    }
}
