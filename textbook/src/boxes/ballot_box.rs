//! What every ballot box is: cast, revoke, join, count.

use election_core::ids::ReplicaId;
use election_core::poll::genesis::Genesis;

use super::slip::{Revocation, Slip};
use crate::crdt::{Join, two_phase_set::NotRemoved};

/// One replica's state of a poll, on some replicated data type. Replicas [join](Join::join) boxes
/// of one poll and one type; each ends up with the same, and only the type decides with what.
///
/// A box takes slips of valid ballots of its own poll, as many as are cast: who calls it caps
/// voters and ballots, as the store does.
///
/// ```
/// use election_textbook::crdt::Join;
/// use election_core::ids::{OpId, ReplicaId, VoterKey};
/// use election_textbook::boxes::{BallotBox, GCounterBox, RegisterBox, Slip};
/// use election_core::poll::{choice::Choice, genesis::Genesis, method::Method};
///
/// let chair = VoterKey([0; 32]);
/// let genesis = Genesis::new(chair, "Which?", &["red", "blue"], Method::Single, 9)?;
/// let ballot = |seq, option| -> Result<_, Box<dyn std::error::Error>> {
///     let choice = Choice::new(&[option], Method::Single, 2)?;
///     Ok(Slip { voter: VoterKey([1; 32]), seq, id: OpId([option as u8; 32]), choice })
/// };
///
/// fn change_of_mind<B: BallotBox>(genesis: &Genesis, first: &Slip, second: &Slip) -> Vec<i128> {
///     let (mut here, mut there) = (B::new(genesis), B::new(genesis));
///     here.cast(ReplicaId(1), first);
///     there.cast(ReplicaId(2), second);
///     here.join(&there);
///     here.count()
/// }
/// let (red, blue) = (ballot(0, 0)?, ballot(1, 1)?);
/// assert_eq!(change_of_mind::<GCounterBox>(&genesis, &red, &blue), [1, 1]);
/// assert_eq!(change_of_mind::<RegisterBox>(&genesis, &red, &blue), [0, 1]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait BallotBox: Join + Clone {
    /// The empty box of that poll.
    fn new(genesis: &Genesis) -> Self;

    /// Puts a ballot in at that replica, and tells whether that changed the box.
    fn cast(&mut self, at: ReplicaId, slip: &Slip) -> bool;

    /// Takes a ballot out of the count at that replica, and tells whether that changed the box.
    ///
    /// # Errors
    /// [`CannotRevoke`], and the box is as it was.
    fn revoke(&mut self, at: ReplicaId, revocation: &Revocation) -> Result<bool, CannotRevoke>;

    /// For each option of the poll, in its order, what the box makes of the ballots in it. A count
    /// can be below zero, and is so wide that no sum overflows.
    fn count(&self) -> Vec<i128>;
}

/// Why a box did not revoke a ballot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CannotRevoke {
    /// No ballot can ever be taken out of a box like this.
    #[error("this box only grows: a ballot that was cast in it counts for ever")]
    OnlyGrows,
    /// Who wishes it is not the poll's chair.
    #[error("only the chair can revoke a ballot")]
    NotTheChair,
    /// The ballot has not come to this replica.
    #[error("the ballot is not here, or not yet: try again when it has come")]
    NotHere,
}

impl From<NotRemoved> for CannotRevoke {
    fn from(why: NotRemoved) -> Self {
        match why {
            NotRemoved::NotAnAuthority => Self::NotTheChair,
            NotRemoved::NotHere => Self::NotHere,
        }
    }
}
