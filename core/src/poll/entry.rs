//! What every entry of the chair's log begins with.

use super::genesis::Genesis;
use crate::ids::VoterKey;
use crate::wire::bytes::{DecodeError, Reader, Writer};

/// The highest index of an entry.
pub(crate) const MAX_INDEX: u32 = 65_535;
/// The most other entries that are kept: the first by index and id.
pub(crate) const MAX_ENTRIES: u32 = 65_280;

/// The most entries that close or open the poll, which are kept beside those: the first by index and
/// id.
pub(crate) const MAX_SET_STATUS: usize = 256;

pub(super) fn encode_index(index: u32, writer: &mut Writer) {
    writer.varint(u64::from(index));
}

/// Reads the index, and refuses an entry that is not the chair's.
pub(super) fn decode_index(
    author: &VoterKey,
    reader: &mut Reader<'_>,
    genesis: &Genesis,
) -> Result<u32, DecodeError> {
    if *author != genesis.chair() {
        return Err(DecodeError::Invalid(
            "only the chair makes entries of the log",
        ));
    }
    Ok(reader.varint("a log entry's index", u64::from(MAX_INDEX))? as u32)
}
