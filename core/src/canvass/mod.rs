//! The canvass: one replica's ops as a tree, what each branch of it adds up to, and the fingerprint of each.
//!
//! Read [`branch`] (places, and the prefixes that group them), [`fingerprint`] (the definition that replicas agree on,
//! in its plainest form), [`returns`] (what ballots add up to), [`slots`] and [`tree`] (a precinct's registers,
//! changed ballot by ballot and folded once a tick), [`walk`] (all ops in an order in which they can be delivered), and [`state`]
//! ([`Canvass`], which puts them together).
//!
//! Ops stand in *sections*: section 0 holds the chair's log and the ops of unknown kinds, section 1 the ballots: of all
//! voters, or in a poll with precincts of the voters of one precinct.
//!
//! Between precincts travel their returns. Read [`statement`] (what is said of a precinct), [`claim`] (with the members who
//! signed it), [`dispute`] (with a member who holds otherwise), [`grade`] (how far it can be trusted), then `contest` and
//! `disputes` (what is kept of it), [`board`] (all precincts; what waits is in `delivered` and `together`), [`canvassed`] (their total) and [`summary`] (how two boards become equal).
//!
//! May depend on [`crate::ids`], [`crate::crdt`], [`crate::broadcast`], [`crate::wire`] and [`crate::poll`].

pub mod board;
#[cfg(all(test, not(target_arch = "wasm32")))]
#[allow(clippy::unwrap_used, missing_docs)]
mod board_testing;
#[cfg(all(test, not(target_arch = "wasm32")))]
#[allow(clippy::unwrap_used)]
mod board_tests;
pub mod branch;
pub mod canvassed;
pub mod claim;
mod contest;
#[cfg(all(test, not(target_arch = "wasm32")))]
#[allow(clippy::unwrap_used)]
mod contest_tests;
mod delivered;
pub mod dispute;
mod disputes;
pub mod fingerprint;
pub mod grade;
pub mod returns;
pub mod slots;
pub mod state;
pub mod statement;
#[cfg(all(test, not(target_arch = "wasm32")))]
#[allow(clippy::unwrap_used)]
mod strike_tests;
pub mod summary;
#[cfg(test)]
#[allow(clippy::unwrap_used, missing_docs)]
pub(crate) mod testing;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
mod together;
pub mod tree;
pub mod walk;

pub use crate::wire::frame::Digest;
pub use board::Board;
pub use branch::Branch;
pub use canvassed::Canvassed;
pub use claim::{Claim, SignedClaim};
pub use dispute::{Dispute, SignedDispute};
pub use fingerprint::Fingerprint;
pub use grade::Grade;
pub use returns::Return;
pub use state::{Canvass, Inserted};
pub use statement::{ReturnId, Rules, StateId, Statement};
