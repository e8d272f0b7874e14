//! The bar: the chair takes a voter out of the count, with all that they signed and will sign.

use super::entry::{decode_index, encode_index};
use super::genesis::Genesis;
use super::kind::{Concern, Kind};
use super::reason::decode_reason;
use crate::ids::VoterKey;
use crate::wire::bytes::{DecodeError, Reader, Writer};

/// An entry of the chair's log that bars a voter: no ballot of that key counts, whether it was
/// signed before, meanwhile or later (the removed half of a 2P-set of voters). Nothing undoes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BarVoter {
    /// Where in the chair's log this stands, for whoever reads it: one above the highest index that
    /// its author held.
    pub index: u32,
    /// Whom. Nobody need have seen a ballot of theirs.
    pub voter: VoterKey,
    /// Why, in 1 to [`MAX_REASON`](super::reason::MAX_REASON) bytes, for everybody to read.
    pub reason: String,
}

impl BarVoter {
    /// Its kind and version.
    pub const KIND: (u8, u8) = (3, 1);
}

impl Kind for BarVoter {
    fn encode(&self, writer: &mut Writer) {
        encode_index(self.index, writer);
        writer.put(&self.voter.0);
        writer.text(&self.reason);
    }

    fn decode(
        author: &VoterKey,
        reader: &mut Reader<'_>,
        genesis: &Genesis,
    ) -> Result<Self, DecodeError> {
        Ok(Self {
            index: decode_index(author, reader, genesis)?,
            voter: VoterKey(reader.array()?),
            reason: decode_reason(reader)?,
        })
    }

    fn index(&self) -> Option<u32> {
        Some(self.index)
    }

    fn concern(&self) -> Option<Concern> {
        Some(Concern::Voter(self.voter))
    }

    fn reason(&self) -> Option<&str> {
        Some(&self.reason)
    }
}
