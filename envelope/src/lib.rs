//! The relay's envelope: the few bytes that a replica and the relay say to each other.
//!
//! One binary WebSocket message carries one envelope. The first byte is its type, integers are
//! big-endian, and a payload is whatever follows; only the replicas can read it. A crate of its
//! own, so that the relay links neither signature nor cipher: it can neither read nor forge.
//!
//! | type | who | fields |
//! | --- | --- | --- |
//! | `0x01` SPREAD | to relay | fan-out `u8` (1..=255), payload |
//! | `0x02` REPLY | to relay | handle `u64`, payload |
//! | `0x81` WELCOME | from relay | version `u8`, handle `u64`, room size `u32`, payload limit `u32`, heartbeat `u16` |
//! | `0x82` FRAME | from relay | handle of the sender `u64`, payload |
//! | `0x83` ROOM | from relay | size `u32` |
//! | `0x84` NOTICE | from relay | code `u8`; with code 1 the handle `u64` that is gone |
//! | `0x85` HEARTBEAT | from relay | nothing |
//!
//! [`to_relay`] and [`from_relay`] are the two directions; here is what both share.
//!
//! ```
//! use election_envelope::{EnvelopeError, FromRelay, Handle, ToRelay};
//!
//! let bytes = ToRelay::Spread { fan_out: 6, payload: b"sealed" }.encode();
//! assert_eq!(bytes, b"\x01\x06sealed");
//! assert_eq!(ToRelay::decode(&bytes)?, ToRelay::Spread { fan_out: 6, payload: b"sealed" });
//! assert_eq!(FromRelay::decode(&bytes), Err(EnvelopeError::UnknownType(0x01)));
//! # Ok::<(), EnvelopeError>(())
//! ```

pub mod from_relay;
#[cfg(test)]
mod tests;
pub mod to_relay;

pub use from_relay::{FromRelay, Notice, Welcome};
use thiserror::Error;
pub use to_relay::ToRelay;

/// The version of this envelope, named by the relay in its WELCOME.
pub const ENVELOPE_VERSION: u8 = 2;

/// The longest payload, in bytes: a frame of 64 KiB and what sealing adds to it.
pub const MAX_PAYLOAD: usize = 64 * 1024 + 64;

/// The longest envelope in either direction, in bytes: a payload and its longest header.
pub const MAX_ENVELOPE: usize = MAX_PAYLOAD + HANDLE_HEADER;

/// Type and handle: the header of REPLY and FRAME, in bytes.
const HANDLE_HEADER: usize = 1 + 8;

/// Names one connection of a room for as long as it lasts.
///
/// The relay draws it at random. It is an address, not an identity: a reconnecting replica gets
/// another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Handle(pub u64);

/// Why bytes are not an envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum EnvelopeError {
    /// The message has no bytes at all.
    #[error("the message is empty; an envelope starts with its type")]
    Empty,
    /// The first byte names no type that may come from this side.
    #[error("there is no envelope of type {0:#04x} in this direction")]
    UnknownType(u8),
    /// The message is shorter than its type's fields, or longer where no payload follows.
    #[error("the envelope has the wrong length ({length} bytes) for its type {kind:#04x}")]
    WrongLength {
        /// The type byte.
        kind: u8,
        /// Bytes in the whole message.
        length: usize,
    },
    /// A SPREAD to nobody.
    #[error("a SPREAD needs a fan-out of 1 to 255, not 0")]
    NoFanOut,
    /// The payload exceeds [`MAX_PAYLOAD`].
    #[error("the payload has {0} bytes; at most {MAX_PAYLOAD} may be sent in one envelope")]
    PayloadTooLarge(usize),
    /// The relay speaks another version of this envelope.
    #[error(
        "the relay speaks envelope version {0}, this program version {ENVELOPE_VERSION}; update the older one"
    )]
    UnsupportedVersion(u8),
    /// A NOTICE with a code that this version does not know.
    #[error("the relay's notice has the unknown code {0}")]
    UnknownNotice(u8),
}

impl EnvelopeError {
    /// Whether a later relay may well say such a thing: it is passed over. After any other error
    /// the connection is of no use.
    #[must_use]
    pub fn is_of_a_later_relay(self) -> bool {
        matches!(self, Self::UnknownType(_) | Self::UnknownNotice(_))
    }
}

fn encode_addressed(kind: u8, handle: Handle, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HANDLE_HEADER + payload.len());
    bytes.push(kind);
    bytes.extend_from_slice(&handle.0.to_be_bytes());
    bytes.extend_from_slice(payload);
    bytes
}

fn decode_addressed(bytes: &[u8]) -> Result<(Handle, &[u8]), EnvelopeError> {
    let (handle, payload) = bytes
        .get(1..)
        .and_then(<[u8]>::split_first_chunk)
        .ok_or_else(|| wrong_length(bytes))?;
    Ok((Handle(u64::from_be_bytes(*handle)), checked(payload)?))
}

fn checked(payload: &[u8]) -> Result<&[u8], EnvelopeError> {
    if payload.len() > MAX_PAYLOAD {
        return Err(EnvelopeError::PayloadTooLarge(payload.len()));
    }
    Ok(payload)
}

fn wrong_length(bytes: &[u8]) -> EnvelopeError {
    EnvelopeError::WrongLength {
        kind: bytes.first().copied().unwrap_or(0),
        length: bytes.len(),
    }
}
