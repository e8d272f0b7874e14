//! What every kind of op says of itself. All that is to be known of an op by its kind follows from
//! this; what only some kinds mean is looked up where it is counted ([`super::log`],
//! [`super::verdict`]).

use super::genesis::Genesis;
use crate::ids::{OpId, PrecinctId, VoterKey};
use crate::wire::bytes::{DecodeError, Reader, Writer};

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

    /// Its place in the chair's log; `None` when it is no entry of that.
    fn index(&self) -> Option<u32> {
        None
    }

    /// The entries that one of those waits for that say whether the poll is open; `None` for all
    /// others, which wait for none.
    fn after(&self) -> Option<&[OpId]> {
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
