//! The frame: what one replica says to others in one go, before it is sealed.
//!
//! ```text
//! version 1 | sender's replica id 8 | digest: root 16, number of ops varint | messages, to the end
//! message: type 1 | length varint | content
//! ```
//!
//! Every frame carries its sender's digest, so equality costs nothing to see. A message of a type
//! that is not known is passed over: its length says how far.

use super::bytes::{DecodeError, Reader, Writer};
use crate::ids::{OpId, ReplicaId};

/// The most bytes of a frame before it is sealed.
pub(crate) const MAX_FRAME: usize = 64 * 1024;
/// The most bytes of a message's content; the rest of a frame is room for its head.
pub(crate) const MAX_CONTENT: usize = MAX_FRAME - 256;
/// The most op ids in one [`MessageRef::Seen`].
pub(crate) const MAX_SEEN: usize = 256;
const VERSION: u8 = 1;

/// The message types of this layer. Those from [`kind::FIRST_SYNC`] on are the comparison's, those
/// from [`kind::FIRST_COUNCIL`] on the council's.
pub mod kind {
    /// Please answer with a frame.
    pub const HELLO: u8 = 1;
    /// Ops that the sender passes on.
    pub const OPS: u8 = 2;
    /// Ops that the sender made; please say [`SEEN`].
    pub const OWN_OPS: u8 = 3;
    /// I have these ops of yours.
    pub const SEEN: u8 = 4;
    /// The first type that belongs to the comparison of two sets.
    pub(crate) const FIRST_SYNC: u8 = 16;
    /// The first type that belongs to the council of a poll with precincts.
    pub(crate) const FIRST_COUNCIL: u8 = CLAIMS;
    /// Claims, one after the other.
    pub const CLAIMS: u8 = 0x20;
    /// Disputes, one after the other.
    pub const DISPUTES: u8 = 0x21;
    /// The digest of what the sender knows of all precincts, in frames of a precinct's room.
    pub const BOARD: u8 = 0x23;
    /// What the sender knows of all precincts, in short; please send what is not in it. (0x22 was
    /// one of another layout.)
    pub const SUMMARY: u8 = 0x24;
}

/// A short name of a set of ops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Digest {
    /// The first 16 bytes of the set's root; zeros in a replica that has no genesis yet.
    pub root: [u8; 16],
    /// How many ops there are, the genesis not counted.
    pub ops: u64,
}

/// The start of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Who sends.
    pub replica: ReplicaId,
    /// What the sender holds.
    pub digest: Digest,
}

/// One message of a frame that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessageRef<'a> {
    /// Please answer with a frame.
    Hello,
    /// Ops, one after the other, made by the sender or passed on.
    Ops {
        /// Whether the sender made them, and wants to hear [`MessageRef::Seen`].
        own: bool,
        /// The ops' bytes.
        bytes: &'a [u8],
    },
    /// The sender has these ops of this replica's.
    Seen(Vec<OpId>),
    /// A message of the comparison of two sets.
    Sync {
        /// Its type.
        kind: u8,
        /// Its content.
        content: &'a [u8],
    },
    /// A message of the council.
    Council {
        /// Its type.
        kind: u8,
        /// Its content.
        content: &'a [u8],
    },
}

/// Writes a frame.
pub struct FrameWriter {
    writer: Writer,
}

impl FrameWriter {
    /// A frame without messages yet: it still says what the sender holds.
    #[must_use]
    pub fn new(head: Head) -> Self {
        let mut writer = Writer::new();
        writer.byte(VERSION);
        writer.put(&head.replica.0.to_be_bytes());
        writer.put(&head.digest.root);
        writer.varint(head.digest.ops);
        Self { writer }
    }

    /// Whether a message with that much content still fits.
    #[must_use]
    pub fn fits(&self, content: usize) -> bool {
        content <= MAX_CONTENT && self.writer.len() + content + 4 <= MAX_FRAME
    }

    /// Appends a message. The caller asks [`FrameWriter::fits`] first.
    pub fn put(&mut self, kind: u8, content: &[u8]) {
        debug_assert!(self.fits(content.len()));
        self.writer.byte(kind);
        self.writer.varint(content.len() as u64);
        self.writer.put(content);
    }

    /// The frame's bytes.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.writer.into_bytes()
    }
}

/// Puts messages into as few frames as they fit in; one even when there are none, because a frame
/// says what its sender holds. What fits into no frame is left out.
#[must_use]
pub fn pack(head: Head, messages: &[(u8, Vec<u8>)]) -> Vec<Vec<u8>> {
    let mut frames = Vec::new();
    let mut frame = FrameWriter::new(head);
    for (kind, content) in messages {
        if !frame.fits(content.len()) {
            let full = core::mem::replace(&mut frame, FrameWriter::new(head));
            frames.push(full.into_bytes());
        }
        if frame.fits(content.len()) {
            frame.put(*kind, content);
        }
    }
    frames.push(frame.into_bytes());
    frames
}

/// Reads a frame: its head, then [`next_message`] until that gives `None`.
///
/// # Errors
/// [`DecodeError`]: of another version, too large, or too short.
pub fn read_head<'a>(bytes: &'a [u8]) -> Result<(Head, Reader<'a>), DecodeError> {
    if bytes.len() > MAX_FRAME {
        return Err(DecodeError::OverCap {
            what: "a frame's length",
            value: bytes.len() as u64,
            cap: MAX_FRAME as u64,
        });
    }
    let mut reader = Reader::new(bytes);
    if reader.byte()? != VERSION {
        return Err(DecodeError::Invalid("the frame is of another version"));
    }
    let replica = ReplicaId(u64::from_be_bytes(reader.array()?));
    let root = reader.array()?;
    let ops = reader.varint("a digest's number of ops", u64::MAX)?;
    Ok((
        Head {
            replica,
            digest: Digest { root, ops },
        },
        reader,
    ))
}

/// The next message that this version knows.
///
/// # Errors
/// [`DecodeError`] when the rest of the frame does not hold together; what was read before it
/// stands.
pub fn next_message<'a>(reader: &mut Reader<'a>) -> Result<Option<MessageRef<'a>>, DecodeError> {
    while !reader.is_empty() {
        let kind = reader.byte()?;
        let length = reader.length("a message's length", MAX_CONTENT)?;
        let content = reader.take(length)?;
        return Ok(Some(match kind {
            kind::HELLO if content.is_empty() => MessageRef::Hello,
            kind::HELLO => return Err(DecodeError::LeftOver(content.len())),
            kind::OPS | kind::OWN_OPS => MessageRef::Ops {
                own: kind == kind::OWN_OPS,
                bytes: content,
            },
            kind::SEEN => MessageRef::Seen(read_seen(content)?),
            kind::FIRST_COUNCIL.. => MessageRef::Council { kind, content },
            kind::FIRST_SYNC.. => MessageRef::Sync { kind, content },
            _ => continue,
        }));
    }
    Ok(None)
}

fn read_seen(content: &[u8]) -> Result<Vec<OpId>, DecodeError> {
    let (ids, rest) = content.as_chunks::<32>();
    if !rest.is_empty() {
        return Err(DecodeError::LeftOver(rest.len()));
    }
    if ids.len() > MAX_SEEN {
        return Err(DecodeError::OverCap {
            what: "the number of ops seen",
            value: ids.len() as u64,
            cap: MAX_SEEN as u64,
        });
    }
    Ok(ids.iter().copied().map(OpId).collect())
}
