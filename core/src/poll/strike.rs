//! The strike: the chair takes a return of a precinct out of the total, with a reason that all can
//! read.

use super::entry::{decode_index, encode_index};
use super::genesis::Genesis;
use super::kind::{Concern, Kind};
use super::reason::decode_reason;
use crate::ids::{PrecinctId, ReturnId, VoterKey};
use crate::wire::bytes::{DecodeError, Reader, Writer};

/// An entry of the chair's log that strikes a return of a precinct: it counts for nothing, whatever
/// signs it, until the precinct's ballots are others. Only in polls with precincts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StrikeReturn {
    /// Where in the chair's log this stands, for whoever reads it: one above the highest index that
    /// its author held.
    pub index: u32,
    /// Of which precinct, one of the poll's.
    pub precinct: PrecinctId,
    /// What was stated of it.
    pub return_id: ReturnId,
    /// Why, in 1 to [`MAX_REASON`](super::reason::MAX_REASON) bytes, for everybody to read.
    pub reason: String,
}

impl StrikeReturn {
    /// Version 1 named the entry before it.
    pub const KIND: (u8, u8) = (10, 2);
}

impl Kind for StrikeReturn {
    fn encode(&self, writer: &mut Writer) {
        encode_index(self.index, writer);
        writer.varint(u64::from(self.precinct.0));
        writer.put(&self.return_id.0);
        writer.text(&self.reason);
    }

    fn decode(
        author: &VoterKey,
        reader: &mut Reader<'_>,
        genesis: &Genesis,
    ) -> Result<Self, DecodeError> {
        let precincts = genesis.precincts().count();
        if precincts < 2 {
            return Err(DecodeError::Invalid(
                "a poll without precincts has no returns to strike",
            ));
        }
        let index = decode_index(author, reader, genesis)?;
        let precinct = reader.varint("a precinct", u64::from(precincts - 1))? as u16;
        Ok(Self {
            index,
            precinct: PrecinctId(precinct),
            return_id: ReturnId(reader.array()?),
            reason: decode_reason(reader)?,
        })
    }

    fn index(&self) -> Option<u32> {
        Some(self.index)
    }

    fn concern(&self) -> Option<Concern> {
        Some(Concern::Precinct(self.precinct))
    }

    fn reason(&self) -> Option<&str> {
        Some(&self.reason)
    }
}
