//! Replicated data types whose states only grow in their order, so that merging them in any order,
//! any number of times, gives the same. One small type a file, each with what it costs and what it
//! cannot do.
//!
//! Read [`Join`] first: what all of them share, and what a map of them is. Then the two that the
//! product counts with:
//!
//! | member | is | cannot |
//! | --- | --- | --- |
//! | [`Register`] | a voter's ballots: the latest, with the proof of a double signature | choose between the two |
//! | [`Removals`] | what is out for ever, and why: the chair's revocations | undo; judge who may |
//!
//! The rest of the shelf is in `election-textbook`, with the same poll on each of its members.
//!
//! Source: M. Shapiro, N. Preguiça, C. Baquero, M. Zawirski, "A comprehensive study of Convergent
//! and Commutative Replicated Data Types", INRIA RR-7506, 2011.
//!
//! May depend on [`crate::ids`] only.

pub(crate) mod join;
#[cfg(test)]
pub(crate) mod laws;
pub mod register;
pub(crate) mod removals;

pub use join::Join;
pub use register::Register;
pub use removals::Removals;
