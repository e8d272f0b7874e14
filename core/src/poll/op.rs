//! Any op of a poll, as decoded from its envelope under the genesis's rules: the table of kinds.

use super::ballot::Ballot;
use super::bar::BarVoter;
use super::close::SetStatus;
use super::genesis::Genesis;
use super::kind::{Concern, Kind};
use super::revocation::RevokeBallot;
use super::strike::StrikeReturn;
use crate::ids::{OpId, VoterKey};
use crate::wire::bytes::{DecodeError, Reader, Writer};
use crate::wire::envelope::{Body, Signed, Verified};

/// An op whose signature is not checked yet.
pub type SignedOp = Signed<Op>;
/// An op that is wholly checked.
pub type VerifiedOp = Verified<Op>;
/// A genesis that is wholly checked.
pub type VerifiedGenesis = Verified<Genesis>;

/// What an op says. Kinds 4 to 6 and 9 are kept for Enroll, Appoint, Dismiss and Seal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Op {
    /// A voter's choice.
    Ballot(Ballot),
    /// The chair takes a ballot out of the count. Boxed: it is rare, and far larger than a ballot.
    RevokeBallot(Box<RevokeBallot>),
    /// The chair takes a voter out of the count.
    BarVoter(Box<BarVoter>),
    /// The chair closes the poll.
    Close(Box<SetStatus>),
    /// The chair opens it again.
    Reopen(Box<SetStatus>),
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
    /// Its kind and version, and what it says of itself if that is known here.
    fn known(&self) -> ((u8, u8), Result<&dyn Kind, &[u8]>) {
        match self {
            Self::Ballot(ballot) => (Ballot::KIND, Ok(ballot)),
            Self::RevokeBallot(revocation) => (RevokeBallot::KIND, Ok(&**revocation)),
            Self::BarVoter(bar) => (BarVoter::KIND, Ok(&**bar)),
            Self::Close(entry) => (SetStatus::CLOSE, Ok(&**entry)),
            Self::Reopen(entry) => (SetStatus::REOPEN, Ok(&**entry)),
            Self::StrikeReturn(strike) => (StrikeReturn::KIND, Ok(&**strike)),
            Self::Unknown { kind, body } => (*kind, Err(body)),
        }
    }

    /// Its place in the chair's log; `None` when it is no entry of that.
    #[must_use]
    pub fn index(&self) -> Option<u32> {
        self.known().1.ok()?.index()
    }

    /// The chair's reason, of an entry that has one.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        self.known().1.ok()?.reason()
    }

    /// The entries that it waits for, of one that closes or opens the poll.
    #[must_use]
    pub(crate) fn after(&self) -> Option<&[OpId]> {
        self.known().1.ok()?.after()
    }

    /// What an entry of the chair's log bears on.
    #[must_use]
    pub(crate) fn concern(&self) -> Option<Concern> {
        self.known().1.ok()?.concern()
    }
}

impl Body for Op {
    type Rules = Genesis;

    fn kind(&self) -> (u8, u8) {
        self.known().0
    }

    fn encode(&self, writer: &mut Writer) {
        match self.known().1 {
            Ok(known) => known.encode(writer),
            Err(body) => writer.put(body),
        }
    }

    fn decode(
        kind: (u8, u8),
        author: &VoterKey,
        reader: &mut Reader<'_>,
        genesis: &Genesis,
    ) -> Result<Self, DecodeError> {
        Ok(match kind {
            Ballot::KIND => Self::Ballot(Kind::decode(author, reader, genesis)?),
            RevokeBallot::KIND => {
                Self::RevokeBallot(Box::new(Kind::decode(author, reader, genesis)?))
            }
            BarVoter::KIND => Self::BarVoter(Box::new(Kind::decode(author, reader, genesis)?)),
            SetStatus::CLOSE => Self::Close(Box::new(Kind::decode(author, reader, genesis)?)),
            SetStatus::REOPEN => Self::Reopen(Box::new(Kind::decode(author, reader, genesis)?)),
            StrikeReturn::KIND => {
                Self::StrikeReturn(Box::new(Kind::decode(author, reader, genesis)?))
            }
            // Of any version: a poll has one genesis, and its id is the poll's.
            (0, _) => {
                return Err(DecodeError::Invalid(
                    "a poll has one genesis, and this is another",
                ));
            }
            _ => Self::Unknown {
                kind,
                body: reader.take(reader.len())?.into(),
            },
        })
    }
}
