//! The revocation: the chair takes one ballot out of the count for ever, with a reason that all can
//! read.

use super::genesis::Genesis;
use super::kind::{Concern, Kind, NamedBallot};
use super::log_link::LogLink;
use super::reason::decode_reason;
use crate::ids::{OpId, VoterKey};
use crate::wire::bytes::{DecodeError, Reader, Writer};

/// An entry of the chair's log that revokes a ballot of one voter: whose ballot it is, is part of
/// what it says, and where the voter named is another it revokes nothing. There is no fall-back to
/// an earlier ballot of the voter; the voter may cast another, with a higher seq.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevokeBallot {
    /// Where in the chair's log this stands.
    pub link: LogLink,
    /// Whose ballot. A ballot of that id by anybody else is not affected.
    pub voter: VoterKey,
    /// The ballot's seq. Voter and seq say in which slot to look. It decides when this is
    /// delivered, and nothing else: a ballot of that voter and id is revoked whatever its seq.
    pub seq: u32,
    /// The ballot.
    pub ballot: OpId,
    /// Why, in 1 to [`MAX_REASON`](super::reason::MAX_REASON) bytes, for everybody to read.
    pub reason: String,
}

impl RevokeBallot {
    /// Version 1 revoked a ballot whoever was named as its voter.
    pub const KIND: (u8, u8) = (2, 2);
}

impl Kind for RevokeBallot {
    fn encode(&self, writer: &mut Writer) {
        self.link.encode(writer);
        writer.put(&self.voter.0);
        writer.varint(u64::from(self.seq));
        writer.put(&self.ballot.0);
        writer.text(&self.reason);
    }

    fn decode(
        author: &VoterKey,
        reader: &mut Reader<'_>,
        genesis: &Genesis,
    ) -> Result<Self, DecodeError> {
        let link = LogLink::decode(author, reader, genesis)?;
        let voter = VoterKey(reader.array()?);
        let most = u64::from(genesis.max_seq());
        let seq = reader.varint("the revoked ballot's seq", most)? as u32;
        let ballot = OpId(reader.array()?);
        Ok(Self {
            link,
            voter,
            seq,
            ballot,
            reason: decode_reason(reader)?,
        })
    }

    fn log_link(&self) -> Option<LogLink> {
        Some(self.link)
    }

    fn after_ballot(&self, _author: VoterKey) -> Option<NamedBallot> {
        Some(NamedBallot {
            voter: self.voter,
            seq: self.seq,
            id: self.ballot,
        })
    }

    fn concern(&self) -> Option<Concern> {
        Some(Concern::Voter(self.voter))
    }

    fn reason(&self) -> Option<&str> {
        Some(&self.reason)
    }
}
