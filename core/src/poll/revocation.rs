//! The revocation: the chair takes one ballot out of the count for ever, with a reason that all can
//! read.

use super::entry::{decode_index, encode_index};
use super::genesis::Genesis;
use super::kind::{Concern, Kind};
use super::reason::decode_reason;
use crate::ids::{OpId, VoterKey};
use crate::wire::bytes::{DecodeError, Reader, Writer};

/// An entry of the chair's log that revokes a ballot of one voter: whose ballot it is, is part of
/// what it says, and where the voter named is another it revokes nothing. There is no fall-back to
/// an earlier ballot of the voter; the voter may cast another, with a higher seq.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevokeBallot {
    /// Where in the chair's log this stands, for whoever reads it: one above the highest index that
    /// its author held.
    pub index: u32,
    /// Whose ballot. A ballot of that id by anybody else is not affected.
    pub voter: VoterKey,
    /// The ballot, which need not be here: this takes effect when it comes.
    pub ballot: OpId,
    /// Why, in 1 to [`MAX_REASON`](super::reason::MAX_REASON) bytes, for everybody to read.
    pub reason: String,
}

impl RevokeBallot {
    /// Version 1 revoked a ballot whoever was named as its voter; 2 named the entry before it, and
    /// the ballot's number.
    pub const KIND: (u8, u8) = (2, 3);
}

impl Kind for RevokeBallot {
    fn encode(&self, writer: &mut Writer) {
        encode_index(self.index, writer);
        writer.put(&self.voter.0);
        writer.put(&self.ballot.0);
        writer.text(&self.reason);
    }

    fn decode(
        author: &VoterKey,
        reader: &mut Reader<'_>,
        genesis: &Genesis,
    ) -> Result<Self, DecodeError> {
        let index = decode_index(author, reader, genesis)?;
        let voter = VoterKey(reader.array()?);
        let ballot = OpId(reader.array()?);
        Ok(Self {
            index,
            voter,
            ballot,
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
