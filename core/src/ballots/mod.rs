//! The store of one precinct's ops, or of a poll's without precincts: a tree, what each branch of
//! it adds up to, and the fingerprint of each.
//!
//! Read [`branch`] (places, and the prefixes that group them), [`fingerprint`] (the definition that
//! replicas agree on, in its plainest form), [`returns`] (what ballots add up to), `slots` and
//! `tree` (a precinct's registers, changed ballot by ballot and folded once a tick), `walk` (all
//! ops in an order in which they can be delivered), [`capacity`] (how much is held), `store`
//! ([`BallotStore`], which puts them together), and `full` (what it has no room for).
//!
//! Ops stand in *sections*: section 0 holds the chair's log and the ops of unknown kinds, section 1
//! the ballots: of all voters, or in a poll with precincts of the voters of one precinct.
//!
//! May depend on [`crate::ids`], [`crate::crdt`], [`crate::wire`] and [`crate::poll`].

pub mod branch;
pub mod capacity;
pub mod fingerprint;
mod full;
pub mod returns;
pub(crate) mod slots;
pub(crate) mod store;
#[cfg(test)]
#[allow(clippy::unwrap_used, missing_docs)]
pub(crate) mod testing;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
pub(crate) mod tree;
pub(crate) mod walk;

pub use branch::Branch;
pub use returns::Return;
pub use store::{BallotStore, Inserted};
