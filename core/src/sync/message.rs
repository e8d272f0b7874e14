//! What two replicas say to each other while they sync.
//!
//! Integers are big-endian; "varint" is the shortest form of [`crate::wire::bytes`]. Every message
//! starts with the session's id, `u64`, and none is longer than [`MAX_MESSAGE`].
//!
//! | kind | | after the session's id |
//! | --- | --- | --- |
//! | `0x10` | [`Open`](SyncMessage::Open) | descriptions |
//! | `0x11` | [`OpenEmpty`](SyncMessage::OpenEmpty) | nothing |
//! | `0x12` | [`Compare`](SyncMessage::Compare) | more, 0 or 1; descriptions |
//! | `0x13` | [`Want`](SyncMessage::Want) | wishes |
//! | `0x14` | [`Ops`](SyncMessage::Ops) | number, varint; last, 0 or 1; sent, varint; total, varint; ops to the end |
//! | `0x15` | [`Ack`](SyncMessage::Ack) | number, varint |
//! | `0x16` | [`Close`](SyncMessage::Close) | reason, one byte |
//!
//! *Descriptions* are groups to the message's end, each `section u8, depth u8, form u8, count
//! varint`, then `count` times `gap varint, content`. The branches of a group ascend: the gap is
//! the first one's prefix, and then what lies between one prefix and the next, so that neighbours
//! have a gap of 0. Form 0 to 6: the content is the `4^form` short fingerprints of the branches
//! that many levels below, `u32` each. Form 255: the content is `count varint` and that many short
//! ids, `u32` each, ascending: those of all ops under the branch. *Wishes* are descriptions of form
//! 255 only, with at least one id each: those of the ops that are wished for. No branch of a
//! message is part of another of the same message. How branches are grouped is the sender's matter:
//! nobody keeps or hashes these bytes.

use crate::ballots::branch::{Branch, MAX_DEPTH, put_in_order};
use crate::wire::bytes::{DecodeError, Reader, Writer};

/// The longest message, in bytes of its body.
pub(crate) const MAX_MESSAGE: usize = 60 * 1024;
/// The most levels that one description reaches down.
pub(crate) const MAX_LEVELS: u8 = 6;
/// The form byte of a list of ids.
const LIST: u8 = 255;

/// One message of a session. All are addressed to one peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SyncMessage {
    /// Opens a session: the opener's turn is over.
    Open {
        /// Drawn by the opener, unpredictable to others.
        session: u64,
        /// At least the roots of both sections.
        about: Vec<Description>,
    },
    /// Opens a session by one that holds nothing and wants everything, the genesis first.
    OpenEmpty {
        /// Drawn by the opener.
        session: u64,
    },
    /// Ends a turn with questions.
    Compare {
        /// The session.
        session: u64,
        /// The sender has further questions, which did not fit: do not close yet.
        more: bool,
        /// What the sender holds where the two were found to differ.
        about: Vec<Description>,
    },
    /// Asks for ops that the other listed. At most one a turn.
    Want {
        /// The session.
        session: u64,
        /// Branches that were listed, with the short ids of the ops that are wished for.
        wishes: Vec<Wish>,
    },
    /// Some of the ops that were asked for.
    Ops {
        /// The session.
        session: u64,
        /// Counts the sender's frames of the session, from 0.
        number: u32,
        /// The last of this turn: it needs no [`SyncMessage::Ack`].
        last: bool,
        /// Ops sent in this turn so far, with these. For showing progress, like `total`.
        sent: u64,
        /// Ops to be sent in this turn; where that is not known beforehand, the most that it can
        /// be.
        total: u64,
        /// Whole ops, one after the other.
        bytes: Vec<u8>,
    },
    /// Frames up to that number have arrived: the window moves on.
    Ack {
        /// The session.
        session: u64,
        /// The highest number that arrived.
        number: u32,
    },
    /// The session is over.
    Close {
        /// The session.
        session: u64,
        /// Why.
        reason: Reason,
    },
}

/// Why a session ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Code 0: nothing is left to ask or to send.
    Done,
    /// Code 1: there is no such session here, or not any more.
    Unknown,
    /// Code 2: too many sessions, or too soon after the last one.
    Busy,
    /// Code 3: the other broke the rules.
    Refused,
    /// Code 4: there is no poll here to compare with.
    Nothing,
}

/// What its sender holds under one branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// The branch.
    pub branch: Branch,
    /// What is under it.
    pub content: Content,
}

/// The two forms of a description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// The short fingerprints of all branches that many levels below: `4^levels`.
    Fingerprints {
        /// 0 to [`MAX_LEVELS`], and no deeper than the deepest branches.
        levels: u8,
        /// In the order of the branches.
        fingerprints: Vec<u32>,
    },
    /// The short ids of all ops under the branch, ascending. None: send all that you have there.
    List(Vec<u32>),
}

/// Ops that are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// Where they stand.
    pub branch: Branch,
    /// Their short ids, ascending, at least one.
    pub ids: Vec<u32>,
}

impl SyncMessage {
    /// The session it belongs to.
    #[must_use]
    pub fn session(&self) -> u64 {
        match self {
            Self::Open { session, .. }
            | Self::OpenEmpty { session }
            | Self::Compare { session, .. }
            | Self::Want { session, .. }
            | Self::Ops { session, .. }
            | Self::Ack { session, .. }
            | Self::Close { session, .. } => *session,
        }
    }

    /// The byte that says which message it is, `0x10` to `0x16`; the body does not hold it.
    #[must_use]
    pub fn kind(&self) -> u8 {
        match self {
            Self::Open { .. } => 0x10,
            Self::OpenEmpty { .. } => 0x11,
            Self::Compare { .. } => 0x12,
            Self::Want { .. } => 0x13,
            Self::Ops { .. } => 0x14,
            Self::Ack { .. } => 0x15,
            Self::Close { .. } => 0x16,
        }
    }

    /// Appends the body: all but the kind.
    pub fn encode(&self, writer: &mut Writer) {
        writer.put(&self.session().to_be_bytes());
        match self {
            Self::Open { about, .. } => put_descriptions(about, writer),
            Self::OpenEmpty { .. } => {}
            Self::Compare { more, about, .. } => {
                writer.byte(u8::from(*more));
                put_descriptions(about, writer);
            }
            Self::Want { wishes, .. } => {
                let lists = wishes.iter().map(|wish| (wish.branch, LIST, &wish.ids[..]));
                put_groups(&lists.collect::<Vec<_>>(), writer);
            }
            Self::Ops {
                number,
                last,
                sent,
                total,
                bytes,
                ..
            } => {
                writer.varint(u64::from(*number));
                writer.byte(u8::from(*last));
                writer.varint(*sent);
                writer.varint(*total);
                writer.put(bytes);
            }
            Self::Ack { number, .. } => writer.varint(u64::from(*number)),
            Self::Close { reason, .. } => writer.byte(reason.code()),
        }
    }

    /// Reads the body of a message of that kind, which fills the reader to its end.
    ///
    /// # Errors
    /// [`DecodeError`]: no such kind, over [`MAX_MESSAGE`], or not laid out as the table says.
    pub fn decode(kind: u8, reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if reader.len() > MAX_MESSAGE {
            let value = reader.len() as u64;
            return Err(DecodeError::OverCap {
                what: "a sync message's length",
                value,
                cap: MAX_MESSAGE as u64,
            });
        }
        let session = u64::from_be_bytes(reader.array()?);
        let message = match kind {
            0x10 => Self::Open {
                session,
                about: descriptions(reader)?,
            },
            0x11 => Self::OpenEmpty { session },
            0x12 => Self::Compare {
                session,
                more: flag(reader)?,
                about: descriptions(reader)?,
            },
            0x13 => Self::Want {
                session,
                wishes: wishes(reader)?,
            },
            0x14 => Self::Ops {
                session,
                number: reader.varint("a frame's number", u64::from(u32::MAX))? as u32,
                last: flag(reader)?,
                sent: reader.varint("ops sent", u64::from(u32::MAX))?,
                total: reader.varint("ops to be sent", u64::from(u32::MAX))?,
                bytes: reader.take(reader.len())?.to_vec(),
            },
            0x15 => Self::Ack {
                session,
                number: reader.varint("a frame's number", u64::from(u32::MAX))? as u32,
            },
            0x16 => Self::Close {
                session,
                reason: Reason::of(reader.byte()?)?,
            },
            _ => {
                return Err(DecodeError::Invalid(
                    "there is no sync message of that kind",
                ));
            }
        };
        reader.end()?;
        Ok(message)
    }
}

impl Reason {
    fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Unknown => 1,
            Self::Busy => 2,
            Self::Refused => 3,
            Self::Nothing => 4,
        }
    }

    fn of(code: u8) -> Result<Self, DecodeError> {
        let all = [
            Self::Done,
            Self::Unknown,
            Self::Busy,
            Self::Refused,
            Self::Nothing,
        ];
        all.into_iter()
            .find(|reason| reason.code() == code)
            .ok_or(DecodeError::Invalid("there is no such reason"))
    }
}

fn flag(reader: &mut Reader<'_>) -> Result<bool, DecodeError> {
    match reader.byte()? {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(DecodeError::Invalid("a flag is neither 0 nor 1")),
    }
}

fn put_descriptions(about: &[Description], writer: &mut Writer) {
    let items: Vec<_> = about
        .iter()
        .map(|Description { branch, content }| match content {
            Content::Fingerprints {
                levels,
                fingerprints,
            } => (*branch, *levels, &fingerprints[..]),
            Content::List(ids) => (*branch, LIST, &ids[..]),
        })
        .collect();
    put_groups(&items, writer);
}

/// Writes branch, form and numbers of each; neighbours of one section, depth and form in ascending
/// order share a group.
fn put_groups(items: &[(Branch, u8, &[u32])], writer: &mut Writer) {
    let head = |branch: Branch, form| (branch.section(), branch.depth(), form);
    for group in items.chunk_by(|(a, form_a, _), (b, form_b, _)| {
        head(*a, *form_a) == head(*b, *form_b) && a.prefix() < b.prefix()
    }) {
        let (branch, form, _) = group[0];
        writer.put(&[branch.section(), branch.depth(), form]);
        writer.varint(group.len() as u64);
        let mut free = 0;
        for (branch, _, numbers) in group {
            writer.varint(branch.prefix() - free);
            // Wraps only after the last prefix there is.
            free = branch.prefix().wrapping_add(1);
            if form == LIST {
                writer.varint(numbers.len() as u64);
            }
            for number in *numbers {
                writer.put(&number.to_be_bytes());
            }
        }
    }
}

fn descriptions(reader: &mut Reader<'_>) -> Result<Vec<Description>, DecodeError> {
    let mut about = Vec::new();
    groups(reader, |branch, form, numbers| {
        let content = match form {
            LIST => Content::List(numbers),
            levels => Content::Fingerprints {
                levels,
                fingerprints: numbers,
            },
        };
        about.push(Description { branch, content });
        Ok(())
    })?;
    disjoint(about.iter().map(|item| item.branch).collect())?;
    Ok(about)
}

fn wishes(reader: &mut Reader<'_>) -> Result<Vec<Wish>, DecodeError> {
    let mut wishes = Vec::new();
    groups(reader, |branch, form, ids| {
        if form != LIST || ids.is_empty() {
            return Err(DecodeError::Invalid("a wish names no ops"));
        }
        wishes.push(Wish { branch, ids });
        Ok(())
    })?;
    disjoint(wishes.iter().map(|wish| wish.branch).collect())?;
    Ok(wishes)
}

/// Reads groups to the end. Memory is taken only for numbers that are there.
fn groups(
    reader: &mut Reader<'_>,
    mut each: impl FnMut(Branch, u8, Vec<u32>) -> Result<(), DecodeError>,
) -> Result<(), DecodeError> {
    while !reader.is_empty() {
        let [section, depth, form] = reader.array()?;
        if form != LIST && (form > MAX_LEVELS || form > MAX_DEPTH.saturating_sub(depth)) {
            return Err(DecodeError::Invalid("a description reaches too far down"));
        }
        let count = reader.length("branches of a group", MAX_MESSAGE)?;
        if count == 0 {
            return Err(DecodeError::Invalid("a group is empty"));
        }
        let mut free = Some(0_u64);
        for _ in 0..count {
            let gap = reader.varint("a gap between branches", u64::MAX)?;
            let prefix = free.and_then(|free| free.checked_add(gap));
            let branch = prefix.and_then(|prefix| Branch::new(section, depth, prefix));
            let branch = branch.ok_or(DecodeError::Invalid("there is no such branch"))?;
            free = branch.prefix().checked_add(1);
            let numbers = match form {
                LIST => reader.length("ids of a list", MAX_MESSAGE / 4)?,
                levels => 1 << (2 * levels),
            };
            let numbers = numbers_of(reader.take(4 * numbers)?);
            if form == LIST && !numbers.is_sorted() {
                return Err(DecodeError::Invalid("the ids of a list do not ascend"));
            }
            each(branch, form, numbers)?;
        }
    }
    Ok(())
}

fn numbers_of(bytes: &[u8]) -> Vec<u32> {
    bytes
        .chunks_exact(4)
        .map(|chunk| {
            chunk
                .iter()
                .fold(0, |number, byte| number << 8 | u32::from(*byte))
        })
        .collect()
}

/// Refuses branches of which one is part of another: it could be asked for again and again in one
/// message.
fn disjoint(mut branches: Vec<Branch>) -> Result<(), DecodeError> {
    put_in_order(&mut branches);
    if branches.windows(2).any(|pair| pair[1].is_under(pair[0])) {
        return Err(DecodeError::Invalid("one message speaks of a branch twice"));
    }
    Ok(())
}
