//! The shelf: replicated data types whose states only grow in their order, so that merging them in
//! any order, any number of times, gives the same. One small type a file, each with what it costs
//! and what it cannot do.
//!
//! Read [`Join`] first: what all of them share, and what a map of them is. Then, each on top of
//! those before it:
//!
//! | member | is | cannot |
//! | --- | --- | --- |
//! | [`VectorClock`] | how much of whose doing is known; a partial order | order what is concurrent |
//! | [`GCounter`] | a clock, read as a sum | take back |
//! | [`PnCounter`] | two G-counters, one subtracted | say of what, or stop at zero |
//! | [`GSet`] | a union | take out |
//! | [`Removals`] | what is out for ever, and why: the product's | undo; judge who may |
//! | [`TwoPhaseSet`] | a G-set less removals by an authority | add again |
//! | [`Register`] | one author's entries, of which the latest is the value, with the proof of a double signature: the product's | choose between the two |
//!
//! [`crate::boxes`] runs the product's poll on each of them, to show what they would do to it.

pub mod g_counter;
pub mod g_set;
// The same laws as core's, from the same file.
#[cfg(test)]
#[path = "../../../core/src/crdt/laws.rs"]
pub(crate) mod laws;
pub mod pn_counter;
pub mod two_phase_set;
pub mod vector_clock;

pub use election_core::crdt::{Join, Register, Removals};
pub use g_counter::GCounter;
pub use g_set::GSet;
pub use pn_counter::PnCounter;
pub use two_phase_set::TwoPhaseSet;
pub use vector_clock::VectorClock;
