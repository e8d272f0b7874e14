//! The relay's envelope: the few bytes that a replica and the relay say to each other.
//!
//! One binary WebSocket message carries one envelope. The first byte is its type, integers are
//! big-endian, and a payload is whatever follows; only the replicas can read it.
//!
//! | type | who | fields |
//! | --- | --- | --- |
//! | `0x01` SPREAD | to relay | fan-out `u8` (1..=255), payload |
//! | `0x02` REPLY | to relay | handle `u64`, payload |
//! | `0x81` WELCOME | from relay | version `u8`, handle `u64`, room size `u32`, payload limit `u32`, heartbeat `u16` |
//! | `0x82` FRAME | from relay | handle of the sender `u64`, payload |
//! | `0x83` ROOM | from relay | size `u32` |
//! | `0x84` NOTICE | from relay | code `u8` |
//! | `0x85` HEARTBEAT | from relay | nothing |
//!
//! ```
//! use election_core::wire::relay::{EnvelopeError, FromRelay, Handle, ToRelay};
//!
//! let bytes = ToRelay::Spread { fan_out: 6, payload: b"sealed" }.encode();
//! assert_eq!(bytes, b"\x01\x06sealed");
//! assert_eq!(ToRelay::decode(&bytes)?, ToRelay::Spread { fan_out: 6, payload: b"sealed" });
//! assert_eq!(FromRelay::decode(&bytes), Err(EnvelopeError::UnknownType(0x01)));
//! # Ok::<(), EnvelopeError>(())
//! ```

use thiserror::Error;

/// The version of this envelope, named by the relay in its WELCOME.
pub const ENVELOPE_VERSION: u8 = 1;

/// The longest payload, in bytes: a frame of 64 KiB and what sealing adds to it.
pub const MAX_PAYLOAD: usize = 64 * 1024 + 64;

/// The longest envelope in either direction, in bytes: a payload and its longest header.
pub const MAX_ENVELOPE: usize = MAX_PAYLOAD + HANDLE_HEADER;

const SPREAD: u8 = 0x01;
const REPLY: u8 = 0x02;
const WELCOME: u8 = 0x81;
const FRAME: u8 = 0x82;
const ROOM: u8 = 0x83;
const NOTICE: u8 = 0x84;
const HEARTBEAT: u8 = 0x85;

/// Type and handle: the header of REPLY and FRAME, in bytes.
const HANDLE_HEADER: usize = 1 + 8;

/// Names one connection of a room for as long as it lasts.
///
/// The relay draws it at random. It is an address, not an identity: a reconnecting replica gets another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Handle(pub u64);

/// What a replica says to the relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToRelay<'a> {
    /// Pass the payload on to some random others of the room, never to its sender.
    Spread {
        /// How many others: 1..=255. A room with fewer others gets it whole.
        fan_out: u8,
        /// At most [`MAX_PAYLOAD`] bytes, opaque to the relay.
        payload: &'a [u8],
    },
    /// Pass the payload on to one connection of the same room.
    Reply {
        /// The connection, as named by the `from` of a frame it sent.
        to: Handle,
        /// At most [`MAX_PAYLOAD`] bytes, opaque to the relay.
        payload: &'a [u8],
    },
}

/// What the relay says to a replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FromRelay<'a> {
    /// The first message of every connection that is let into its room.
    Welcome(Welcome),
    /// A payload that another connection of the room spread, or sent here as a reply.
    Frame {
        /// Who sent it; a reply goes to this handle.
        from: Handle,
        /// At most [`MAX_PAYLOAD`] bytes, opaque to the relay.
        payload: &'a [u8],
    },
    /// The room grew or shrank.
    Room {
        /// Connections in the room, oneself included.
        size: u32,
    },
    /// Something that the client should know of; see [`Notice`].
    Notice(Notice),
    /// A sign of life for pages, which cannot see pings. It asks for no answer.
    Heartbeat,
}

/// What a connection is told when it has joined its room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Welcome {
    /// The handle of the connection that reads this.
    pub handle: Handle,
    /// Connections in the room, oneself included.
    pub room_size: u32,
    /// The longest payload that the relay takes, in bytes; never above [`MAX_PAYLOAD`].
    pub max_payload: u32,
    /// The longest silence to expect of a healthy relay, in seconds: a heartbeat comes at least this often.
    pub heartbeat_seconds: u16,
}

/// Why the relay did not do what it was asked to, or is about to hang up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Notice {
    /// Code 1: a reply's target is not in this room, or not any more.
    ReplyTargetGone,
    /// Code 2: a payload was longer than the relay takes. The connection is closed.
    PayloadTooLarge,
    /// Code 3: frames came too fast, and at least one was dropped. Sent at most once a second.
    TooFast,
    /// Code 4: the relay is stopping. The connection is closed; try again later.
    Stopping,
    /// Code 5: the room, or the relay's list of rooms, is full. The connection is closed.
    RoomFull,
    /// Code 6: a message was not an envelope. The connection is closed.
    Malformed,
}

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

impl<'a> ToRelay<'a> {
    /// The bytes of the message. A fan-out of 0 has no encoding and is written as 1.
    ///
    /// The payload's length is not checked: it is the receiver that refuses.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        match *self {
            Self::Spread { fan_out, payload } => {
                let mut bytes = Vec::with_capacity(2 + payload.len());
                bytes.push(SPREAD);
                bytes.push(fan_out.max(1));
                bytes.extend_from_slice(payload);
                bytes
            }
            Self::Reply { to, payload } => encode_addressed(REPLY, to, payload),
        }
    }

    /// Reads one message; the payload is a part of `bytes`.
    ///
    /// # Errors
    /// Whatever [`encode`](Self::encode) cannot have written, and payloads above [`MAX_PAYLOAD`].
    pub fn decode(bytes: &'a [u8]) -> Result<Self, EnvelopeError> {
        let (&kind, fields) = bytes.split_first().ok_or(EnvelopeError::Empty)?;
        match kind {
            SPREAD => {
                let (&fan_out, payload) =
                    fields.split_first().ok_or_else(|| wrong_length(bytes))?;
                if fan_out == 0 {
                    return Err(EnvelopeError::NoFanOut);
                }
                Ok(Self::Spread {
                    fan_out,
                    payload: checked(payload)?,
                })
            }
            REPLY => {
                let (to, payload) = decode_addressed(bytes)?;
                Ok(Self::Reply { to, payload })
            }
            other => Err(EnvelopeError::UnknownType(other)),
        }
    }
}

impl<'a> FromRelay<'a> {
    /// The bytes of the message.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        match *self {
            Self::Welcome(welcome) => {
                let mut bytes = vec![WELCOME, ENVELOPE_VERSION];
                bytes.extend_from_slice(&welcome.handle.0.to_be_bytes());
                bytes.extend_from_slice(&welcome.room_size.to_be_bytes());
                bytes.extend_from_slice(&welcome.max_payload.to_be_bytes());
                bytes.extend_from_slice(&welcome.heartbeat_seconds.to_be_bytes());
                bytes
            }
            Self::Frame { from, payload } => encode_addressed(FRAME, from, payload),
            Self::Room { size } => {
                let mut bytes = vec![ROOM];
                bytes.extend_from_slice(&size.to_be_bytes());
                bytes
            }
            Self::Notice(notice) => vec![NOTICE, notice.code()],
            Self::Heartbeat => vec![HEARTBEAT],
        }
    }

    /// Reads one message; the payload is a part of `bytes`.
    ///
    /// # Errors
    /// Whatever [`encode`](Self::encode) cannot have written, payloads above [`MAX_PAYLOAD`], and a WELCOME
    /// of another version.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, EnvelopeError> {
        let (&kind, fields) = bytes.split_first().ok_or(EnvelopeError::Empty)?;
        match kind {
            WELCOME => Welcome::decode(bytes).map(Self::Welcome),
            FRAME => {
                let (from, payload) = decode_addressed(bytes)?;
                Ok(Self::Frame { from, payload })
            }
            ROOM => {
                let size = fields.try_into().map_err(|_| wrong_length(bytes))?;
                Ok(Self::Room {
                    size: u32::from_be_bytes(size),
                })
            }
            NOTICE => match *fields {
                [code] => Notice::from_code(code).map(Self::Notice),
                _ => Err(wrong_length(bytes)),
            },
            HEARTBEAT if fields.is_empty() => Ok(Self::Heartbeat),
            HEARTBEAT => Err(wrong_length(bytes)),
            other => Err(EnvelopeError::UnknownType(other)),
        }
    }
}

impl Welcome {
    fn decode(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        // The version comes before the length: another version may well have another length.
        match bytes.get(1) {
            None => return Err(wrong_length(bytes)),
            Some(&ENVELOPE_VERSION) => {}
            Some(&other) => return Err(EnvelopeError::UnsupportedVersion(other)),
        }
        let read = || -> Option<Self> {
            let (handle, rest) = bytes.get(2..)?.split_first_chunk()?;
            let (room_size, rest) = rest.split_first_chunk()?;
            let (max_payload, rest) = rest.split_first_chunk()?;
            let heartbeat_seconds = rest.try_into().ok()?;
            Some(Self {
                handle: Handle(u64::from_be_bytes(*handle)),
                room_size: u32::from_be_bytes(*room_size),
                max_payload: u32::from_be_bytes(*max_payload),
                heartbeat_seconds: u16::from_be_bytes(heartbeat_seconds),
            })
        };
        read().ok_or_else(|| wrong_length(bytes))
    }
}

impl Notice {
    /// The byte that stands for it in a NOTICE.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::ReplyTargetGone => 1,
            Self::PayloadTooLarge => 2,
            Self::TooFast => 3,
            Self::Stopping => 4,
            Self::RoomFull => 5,
            Self::Malformed => 6,
        }
    }

    fn from_code(code: u8) -> Result<Self, EnvelopeError> {
        match code {
            1 => Ok(Self::ReplyTargetGone),
            2 => Ok(Self::PayloadTooLarge),
            3 => Ok(Self::TooFast),
            4 => Ok(Self::Stopping),
            5 => Ok(Self::RoomFull),
            6 => Ok(Self::Malformed),
            other => Err(EnvelopeError::UnknownNotice(other)),
        }
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const WELCOME_BYTES: [u8; 20] = [
        0x81, 1, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 3, 0, 1, 0, 0x40, 0, 20,
    ];

    fn from_relay() -> Vec<(Vec<u8>, FromRelay<'static>)> {
        let welcome = Welcome {
            handle: Handle(0x0102),
            room_size: 3,
            max_payload: 0x0001_0040,
            heartbeat_seconds: 20,
        };
        let mut all = vec![
            (WELCOME_BYTES.to_vec(), FromRelay::Welcome(welcome)),
            (
                vec![0x82, 0, 0, 0, 0, 0, 0, 0, 9, 7],
                FromRelay::Frame {
                    from: Handle(9),
                    payload: &[7],
                },
            ),
            (vec![0x83, 0, 0, 1, 0], FromRelay::Room { size: 256 }),
            (vec![0x85], FromRelay::Heartbeat),
        ];
        for code in 1..=6 {
            let notice = Notice::from_code(code).unwrap();
            all.push((vec![0x84, code], FromRelay::Notice(notice)));
        }
        all
    }

    fn to_relay() -> Vec<(Vec<u8>, ToRelay<'static>)> {
        vec![
            (
                vec![1, 255, 7, 8],
                ToRelay::Spread {
                    fan_out: 255,
                    payload: &[7, 8],
                },
            ),
            (
                vec![1, 1],
                ToRelay::Spread {
                    fan_out: 1,
                    payload: &[],
                },
            ),
            (
                vec![2, 0, 0, 0, 0, 0, 0, 1, 0, 7],
                ToRelay::Reply {
                    to: Handle(256),
                    payload: &[7],
                },
            ),
        ]
    }

    #[test]
    fn every_envelope_has_exactly_these_bytes() {
        for (bytes, envelope) in from_relay() {
            assert_eq!(envelope.encode(), bytes);
            assert_eq!(FromRelay::decode(&bytes), Ok(envelope));
        }
        for (bytes, envelope) in to_relay() {
            assert_eq!(envelope.encode(), bytes);
            assert_eq!(ToRelay::decode(&bytes), Ok(envelope));
        }
    }

    #[test]
    fn what_decodes_encodes_back_to_itself() {
        let samples = from_relay().into_iter().map(|(bytes, _)| bytes);
        for sample in samples.chain(to_relay().into_iter().map(|(bytes, _)| bytes)) {
            for position in 0..sample.len() {
                for value in 0..=u8::MAX {
                    let mut mutated = sample.clone();
                    mutated[position] = value;
                    if let Ok(envelope) = FromRelay::decode(&mutated) {
                        assert_eq!(envelope.encode(), mutated);
                    }
                    if let Ok(envelope) = ToRelay::decode(&mutated) {
                        assert_eq!(envelope.encode(), mutated);
                    }
                }
            }
        }
    }

    #[test]
    fn a_cut_or_padded_envelope_of_fixed_length_is_refused() {
        for (bytes, envelope) in from_relay() {
            if matches!(envelope, FromRelay::Frame { .. }) {
                continue;
            }
            for length in 0..bytes.len() {
                assert!(FromRelay::decode(&bytes[..length]).is_err());
            }
            let mut padded = bytes.clone();
            padded.push(0);
            assert!(FromRelay::decode(&padded).is_err());
        }
    }

    #[test]
    fn each_refusal_says_why() {
        assert_eq!(ToRelay::decode(&[]), Err(EnvelopeError::Empty));
        assert_eq!(
            ToRelay::decode(&[0x81]),
            Err(EnvelopeError::UnknownType(0x81))
        );
        assert_eq!(ToRelay::decode(&[1, 0, 9]), Err(EnvelopeError::NoFanOut));
        assert_eq!(
            ToRelay::decode(&[1]),
            Err(EnvelopeError::WrongLength { kind: 1, length: 1 })
        );
        assert_eq!(
            ToRelay::decode(&[2, 0, 0]),
            Err(EnvelopeError::WrongLength { kind: 2, length: 3 })
        );
        assert_eq!(
            FromRelay::decode(&[0x84, 7]),
            Err(EnvelopeError::UnknownNotice(7))
        );
        let mut newer = WELCOME_BYTES.to_vec();
        newer[1] = 2;
        newer.push(0);
        assert_eq!(
            FromRelay::decode(&newer),
            Err(EnvelopeError::UnsupportedVersion(2))
        );
    }

    #[test]
    fn the_payload_limit_is_exact() {
        let fits = vec![7; MAX_PAYLOAD];
        let too_long = vec![7; MAX_PAYLOAD + 1];
        for (payload, allowed) in [(&fits, true), (&too_long, false)] {
            let spread = ToRelay::Spread {
                fan_out: 1,
                payload,
            }
            .encode();
            let reply = ToRelay::Reply {
                to: Handle(1),
                payload,
            }
            .encode();
            let frame = FromRelay::Frame {
                from: Handle(1),
                payload,
            }
            .encode();
            assert_eq!(ToRelay::decode(&spread).is_ok(), allowed);
            assert_eq!(ToRelay::decode(&reply).is_ok(), allowed);
            assert_eq!(FromRelay::decode(&frame).is_ok(), allowed);
        }
    }
}
