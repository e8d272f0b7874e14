//! Close and Reopen: the chair says whether the poll takes ballots.

use super::entry::{decode_index, encode_index};
use super::genesis::Genesis;
use super::kind::Kind;
use crate::ids::{OpId, VoterKey};
use crate::wire::bytes::{DecodeError, Reader, Writer};

/// The most tips that one entry names.
pub(crate) const MAX_TIPS: usize = 16;

/// What the poll's pages offer: see [`Log::status`](super::log::Log::status). It decides nothing
/// of what counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Whoever may vote can vote.
    Open,
    /// The chair closed the poll: no more ballots are made. What was on its way still arrives, and
    /// counts.
    Closed,
}

/// An entry of the chair's log after which pages offer no ballot, or do again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetStatus {
    /// Where in the chair's log this stands: one above the highest index that its author held, and
    /// thus above those of `after`.
    pub index: u32,
    /// The tips of such entries that its author held, at most 16, ascending: this waits for them.
    pub after: Box<[OpId]>,
}

impl SetStatus {
    /// Kind and version of the entry that closes the poll.
    pub const CLOSE: (u8, u8) = (7, 1);
    /// And of the one that opens it again.
    pub const REOPEN: (u8, u8) = (8, 1);
}

impl Kind for SetStatus {
    fn encode(&self, writer: &mut Writer) {
        encode_index(self.index, writer);
        writer.varint(self.after.len() as u64);
        for tip in &self.after {
            writer.put(&tip.0);
        }
    }

    fn decode(
        author: &VoterKey,
        reader: &mut Reader<'_>,
        genesis: &Genesis,
    ) -> Result<Self, DecodeError> {
        let index = decode_index(author, reader, genesis)?;
        let tips = reader.length("the entries that one waits for", MAX_TIPS)?;
        let mut after: Vec<OpId> = Vec::with_capacity(tips);
        for _ in 0..tips {
            let tip = OpId(reader.array()?);
            if after.last().is_some_and(|last| *last >= tip) {
                return Err(DecodeError::Invalid(
                    "the entries that one waits for do not ascend",
                ));
            }
            after.push(tip);
        }
        let after = after.into();
        Ok(Self { index, after })
    }

    fn index(&self) -> Option<u32> {
        Some(self.index)
    }

    fn after(&self) -> Option<&[OpId]> {
        Some(&self.after)
    }
}
