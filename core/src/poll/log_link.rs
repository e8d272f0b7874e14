//! An entry's place in the chair's log.

use super::genesis::Genesis;
use crate::ids::{OpId, VoterKey};
use crate::wire::bytes::{DecodeError, Reader, Writer};

/// The highest index of an entry of the chair's log, and the most entries that are kept.
pub(crate) const MAX_LOG: u32 = 65_535;

/// Each entry of the chair's log names the one before it, so that the log is a hash chain from its
/// first entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogLink {
    /// 0 for the first entry, else one more than the entry before.
    pub index: u32,
    /// The entry before; absent exactly at index 0.
    pub prev: Option<OpId>,
}

impl LogLink {
    pub(super) fn encode(self, writer: &mut Writer) {
        writer.varint(u64::from(self.index));
        if let Some(prev) = self.prev {
            writer.put(&prev.0);
        }
    }

    /// Every entry begins with this, and is the chair's.
    pub(super) fn decode(
        author: &VoterKey,
        reader: &mut Reader<'_>,
        genesis: &Genesis,
    ) -> Result<Self, DecodeError> {
        if *author != genesis.chair() {
            return Err(DecodeError::Invalid(
                "only the chair makes entries of the log",
            ));
        }
        let index = reader.varint("a log entry's index", u64::from(MAX_LOG))? as u32;
        let prev = if index == 0 {
            None
        } else {
            Some(OpId(reader.array()?))
        };
        Ok(Self { index, prev })
    }
}
