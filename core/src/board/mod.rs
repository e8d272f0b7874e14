//! The board: what is known of precincts whose ballots are not held here, and the canvass, which
//! adds them up.
//!
//! Between precincts travel their returns. Read [`statement`] (what is said of a precinct),
//! [`claim`] (with the members who signed it), [`dispute`] (with a member who holds otherwise),
//! [`grade`] (how far it can be trusted), then `contest` (all that is said of one precinct, as a
//! join), [`precincts`] ([`Board`]: one a precinct), [`canvassed`] (their total) and [`summary`]
//! (how two boards become equal).
//!
//! May depend on [`crate::ballots`], which says what a precinct's own ballots add up to, and on
//! what that depends on.

pub mod canvassed;
pub(crate) mod claim;
mod contest;
#[cfg(all(test, not(target_arch = "wasm32")))]
#[allow(clippy::unwrap_used)]
mod contest_tests;
pub(crate) mod dispute;
pub mod grade;
pub mod precincts;
pub mod statement;
#[cfg(all(test, not(target_arch = "wasm32")))]
#[allow(clippy::unwrap_used)]
mod strike_tests;
pub(crate) mod summary;
#[cfg(all(test, not(target_arch = "wasm32")))]
#[allow(clippy::unwrap_used, missing_docs)]
pub(crate) mod testing;
#[cfg(all(test, not(target_arch = "wasm32")))]
#[allow(clippy::unwrap_used)]
mod tests;

pub use canvassed::Canvassed;
pub use claim::{Claim, SignedClaim};
pub use dispute::{Dispute, SignedDispute};
pub use grade::Grade;
pub use precincts::Board;
pub use statement::{ReturnId, Rules, StateId, Statement};
