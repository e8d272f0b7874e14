//! Any op of a poll, as decoded from its envelope under the genesis's rules.

use super::ballot::Ballot;
use super::genesis::Genesis;
use super::log::LogLink;
use super::revocation::RevokeBallot;
use super::strike::StrikeReturn;
use crate::ids::VoterKey;
use crate::wire::bytes::{DecodeError, Reader, Writer};
use crate::wire::envelope::{Body, Signed, Verified};

/// Kind and version bytes. Kinds 3 to 9 are kept for BarVoter, Enroll, Appoint, Dismiss, Close, Reopen and Seal.
pub mod kind {
    /// [`super::Genesis`], version 3.
    pub const GENESIS: (u8, u8) = (0, 3);
    /// [`super::Ballot`], version 1.
    pub const BALLOT: (u8, u8) = (1, 1);
    /// [`super::RevokeBallot`], version 2: version 1 revoked a ballot whoever was named as its voter.
    pub const REVOKE_BALLOT: (u8, u8) = (2, 2);
    /// [`super::StrikeReturn`], version 1.
    pub const STRIKE_RETURN: (u8, u8) = (10, 1);
}

/// An op whose signature is not checked yet.
pub type SignedOp = Signed<Op>;
/// An op that is wholly checked.
pub type VerifiedOp = Verified<Op>;
/// A genesis that is wholly checked.
pub type VerifiedGenesis = Verified<Genesis>;

/// What an op says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Op {
    /// A voter's choice.
    Ballot(Ballot),
    /// The chair takes a ballot out of the count. Boxed: it is rare, and far larger than a ballot.
    RevokeBallot(Box<RevokeBallot>),
    /// The chair takes a return of a precinct out of the total.
    StrikeReturn(Box<StrikeReturn>),
    /// A kind or version that this program does not know: stored, passed on, not counted.
    Unknown {
        /// Kind and version.
        kind: (u8, u8),
        /// Its bytes, which mean nothing here.
        body: Box<[u8]>,
    },
}

impl Op {
    /// Its place in the chair's log; `None` when it is no entry of that.
    #[must_use]
    pub fn log_link(&self) -> Option<LogLink> {
        match self {
            Self::RevokeBallot(revocation) => Some(revocation.link),
            Self::StrikeReturn(strike) => Some(strike.link),
            Self::Ballot(_) | Self::Unknown { .. } => None,
        }
    }
}

impl Body for Op {
    type Rules = Genesis;

    fn kind(&self) -> (u8, u8) {
        match self {
            Self::Ballot(_) => kind::BALLOT,
            Self::RevokeBallot(_) => kind::REVOKE_BALLOT,
            Self::StrikeReturn(_) => kind::STRIKE_RETURN,
            Self::Unknown { kind, .. } => *kind,
        }
    }

    fn encode(&self, writer: &mut Writer) {
        match self {
            Self::Ballot(ballot) => ballot.encode(writer),
            Self::RevokeBallot(revocation) => revocation.encode(writer),
            Self::StrikeReturn(strike) => strike.encode(writer),
            Self::Unknown { body, .. } => writer.put(body),
        }
    }

    fn decode(
        kind: (u8, u8),
        author: &VoterKey,
        reader: &mut Reader<'_>,
        genesis: &Genesis,
    ) -> Result<Self, DecodeError> {
        match kind {
            kind::BALLOT => Ballot::decode(reader, genesis).map(Self::Ballot),
            kind::REVOKE_BALLOT if *author != genesis.chair() => {
                Err(DecodeError::Invalid("only the chair can revoke a ballot"))
            }
            kind::REVOKE_BALLOT => RevokeBallot::decode(reader, genesis.max_seq())
                .map(|op| Self::RevokeBallot(Box::new(op))),
            kind::STRIKE_RETURN if *author != genesis.chair() => {
                Err(DecodeError::Invalid("only the chair can strike a return"))
            }
            kind::STRIKE_RETURN => {
                StrikeReturn::decode(reader, genesis).map(|op| Self::StrikeReturn(Box::new(op)))
            }
            // Of any version: a poll has one genesis, and its id is the poll's.
            (0, _) => Err(DecodeError::Invalid(
                "a poll has one genesis, and this is another",
            )),
            _ => Ok(Self::Unknown {
                kind,
                body: reader.take(reader.len())?.into(),
            }),
        }
    }
}
