//! What every kind of op says of itself. All that is to be known of an op by its kind follows from
//! this; what only some kinds mean is looked up where it is counted ([`super::log`],
//! [`super::verdict`]).

use super::genesis::Genesis;
use super::log_link::LogLink;
use crate::ids::{OpId, PrecinctId, VoterKey};
use crate::wire::bytes::{DecodeError, Reader, Writer};

/// A ballot, as other ops name it: voter and seq say in which slot to look, so that a replica can
/// tell "not here yet" from "never kept, because that slot holds the proof of a double signature
/// already".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NamedBallot {
    pub(crate) voter: VoterKey,
    pub(crate) seq: u32,
    pub(crate) id: OpId,
}

/// What an entry of the chair's log bears on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Concern {
    /// Which ballots of that voter count.
    Voter(VoterKey),
    /// What is stated of that precinct.
    Precinct(PrecinctId),
}

/// A kind of op: a type with its bytes, in a file of its own. Each also has its kind and version
/// bytes, as `KIND`.
pub(super) trait Kind {
    /// Appends the body's bytes.
    fn encode(&self, writer: &mut Writer);

    /// Reads what [`Kind::encode`] wrote, and refuses what breaks the rules.
    fn decode(
        author: &VoterKey,
        reader: &mut Reader<'_>,
        genesis: &Genesis,
    ) -> Result<Self, DecodeError>
    where
        Self: Sized;

    /// Its place in the chair's log; `None` when it is no entry of that. It is delivered after the
    /// entry before it.
    fn log_link(&self) -> Option<LogLink> {
        None
    }

    /// The ballot that it is delivered after.
    fn after_ballot(&self, _author: VoterKey) -> Option<NamedBallot> {
        None
    }

    /// What an entry bears on.
    fn concern(&self) -> Option<Concern> {
        None
    }

    /// Why, for everybody to read.
    fn reason(&self) -> Option<&str> {
        None
    }
}
