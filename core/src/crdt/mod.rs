//! The shelf: replicated data types whose states only grow in their order, so that merging them in any order,
//! any number of times, gives the same. One small type a file, each with what it costs and what it cannot do.
//!
//! Read [`Join`] first: what all of them share, and what a map of them is. Then, each on top of those before it:
//!
//! | member | is | cannot |
//! | --- | --- | --- |
//! | [`VectorClock`] | how much of whose doing is known; a partial order | order what is concurrent |
//! | [`GCounter`] | a clock, read as a sum | take back |
//! | [`PnCounter`] | two G-counters, one subtracted | say of what, or stop at zero |
//! | [`GSet`] | a union | take out |
//! | [`Removals`] | what is out for ever, and why: the chair's revocations | undo; judge who may |
//! | [`TwoPhaseSet`] | a G-set less removals by an authority | add again |
//! | [`Register`] | one author's entries, of which the latest is the value, with the proof of a double signature: a voter's ballots | choose between the two |
//!
//! The product counts with [`Register`] and [`Removals`]; [`crate::poll::boxes`] runs the same poll on each of the
//! others, to show what they would do to it.
//!
//! Source: M. Shapiro, N. Preguiça, C. Baquero, M. Zawirski, "A comprehensive study of Convergent and
//! Commutative Replicated Data Types", INRIA RR-7506, 2011.
//!
//! May depend on [`crate::ids`] only.

pub mod g_counter;
pub mod g_set;
pub mod join;
#[cfg(test)]
pub(crate) mod laws;
pub mod pn_counter;
pub mod register;
pub mod removals;
pub mod two_phase_set;
pub mod vector_clock;

pub use g_counter::GCounter;
pub use g_set::GSet;
pub use join::Join;
pub use pn_counter::PnCounter;
pub use register::Register;
pub use removals::Removals;
pub use two_phase_set::TwoPhaseSet;
pub use vector_clock::VectorClock;
