//! What the relay says to a replica: WELCOME, FRAME, ROOM, NOTICE, HEARTBEAT.

use super::{
    ENVELOPE_VERSION, EnvelopeError, Handle, decode_addressed, encode_addressed, wrong_length,
};

const WELCOME: u8 = 0x81;
const FRAME: u8 = 0x82;
const ROOM: u8 = 0x83;
const NOTICE: u8 = 0x84;
const HEARTBEAT: u8 = 0x85;

/// What the relay says to a replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FromRelay<'a> {
    /// The first message of every connection that is let into its room.
    Welcome(Welcome),
    /// A payload that another connection of the room spread, or sent here as a reply.
    Frame {
        /// Who sent it; a reply goes to this handle.
        from: Handle,
        /// At most [`MAX_PAYLOAD`](super::MAX_PAYLOAD) bytes, opaque to the relay.
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
    /// The longest payload that the relay takes, in bytes; never above
    /// [`MAX_PAYLOAD`](super::MAX_PAYLOAD).
    pub max_payload: u32,
    /// The longest silence to expect of a healthy relay, in seconds: a heartbeat comes at least
    /// this often.
    pub heartbeat_seconds: u16,
}

/// Why the relay did not do what it was asked to, or is about to hang up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Notice {
    /// Code 1: a reply's target is not in this room, or not any more.
    ReplyTargetGone {
        /// Whom the reply was for.
        target: Handle,
    },
    /// Code 2: a payload was longer than the relay takes. The connection is closed.
    PayloadTooLarge,
    /// Code 3: frames came too fast, and at least one was dropped. Sent at most once a second.
    TooFast,
    /// Code 4: the relay is stopping. The connection is closed; try again later.
    Stopping,
    /// Code 5: the room, what one address may have of it, or the relay's list of rooms is full. The
    /// connection is closed.
    RoomFull,
    /// Code 6: a message was not an envelope. The connection is closed.
    Malformed,
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
            Self::Notice(notice) => notice.encode(),
            Self::Heartbeat => vec![HEARTBEAT],
        }
    }

    /// Reads one message; the payload is a part of `bytes`.
    ///
    /// # Errors
    /// Whatever [`encode`](Self::encode) cannot have written, payloads above
    /// [`MAX_PAYLOAD`](super::MAX_PAYLOAD), and a WELCOME of another version.
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
            NOTICE => Notice::decode(bytes).map(Self::Notice),
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
            Self::ReplyTargetGone { .. } => 1,
            Self::PayloadTooLarge => 2,
            Self::TooFast => 3,
            Self::Stopping => 4,
            Self::RoomFull => 5,
            Self::Malformed => 6,
        }
    }

    fn encode(self) -> Vec<u8> {
        let mut bytes = vec![NOTICE, self.code()];
        if let Self::ReplyTargetGone { target } = self {
            bytes.extend_from_slice(&target.0.to_be_bytes());
        }
        bytes
    }

    fn decode(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        let fields = bytes.get(1..).and_then(<[u8]>::split_first);
        let (&code, rest) = fields.ok_or_else(|| wrong_length(bytes))?;
        let notice = match code {
            1 => {
                let target = rest.try_into().map_err(|_| wrong_length(bytes))?;
                return Ok(Self::ReplyTargetGone {
                    target: Handle(u64::from_be_bytes(target)),
                });
            }
            2 => Self::PayloadTooLarge,
            3 => Self::TooFast,
            4 => Self::Stopping,
            5 => Self::RoomFull,
            6 => Self::Malformed,
            // Of any length: a later version may well say more with it.
            other => return Err(EnvelopeError::UnknownNotice(other)),
        };
        if rest.is_empty() {
            Ok(notice)
        } else {
            Err(wrong_length(bytes))
        }
    }
}
