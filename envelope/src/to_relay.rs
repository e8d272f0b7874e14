//! What a replica says to the relay: SPREAD and REPLY.

use super::{EnvelopeError, Handle, checked, decode_addressed, encode_addressed, wrong_length};

const SPREAD: u8 = 0x01;
const REPLY: u8 = 0x02;

/// What a replica says to the relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToRelay<'a> {
    /// Pass the payload on to some random others of the room, never to its sender.
    Spread {
        /// How many others: 1..=255. A room with fewer others gets it whole.
        fan_out: u8,
        /// At most [`MAX_PAYLOAD`](super::MAX_PAYLOAD) bytes, opaque to the relay.
        payload: &'a [u8],
    },
    /// Pass the payload on to one connection of the same room.
    Reply {
        /// The connection, as named by the `from` of a frame it sent.
        to: Handle,
        /// At most [`MAX_PAYLOAD`](super::MAX_PAYLOAD) bytes, opaque to the relay.
        payload: &'a [u8],
    },
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
    /// Whatever [`encode`](Self::encode) cannot have written, and payloads above
    /// [`MAX_PAYLOAD`](super::MAX_PAYLOAD).
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
