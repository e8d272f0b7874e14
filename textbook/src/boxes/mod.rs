//! The same poll, run on each member of the shelf, so that one can see what each of them cannot do.
//!
//! Read [`ballot_box`] (what all of them are) and [`slip`] (what is put in), then the boxes, from
//! the simplest to the one that the product runs on:
//!
//! | box | revoking | one voter, one vote | hearing a ballot twice |
//! | --- | --- | --- | --- |
//! | [`GCounterBox`] | no | no | counts it twice |
//! | [`PnCounterBox`] | yes, but nothing says of whom, or by whom | no | counts it twice |
//! | [`GSetBox`] | no | no: a change is one more ballot | counts it once |
//! | [`TwoPhaseSetBox`] | by the chair, of what has come | no: a change counts twice until the chair removes the first | counts it once |
//! | [`RegisterBox`] | by the chair, before or after the ballot comes | yes: the latest counts, and of two under one number none | counts it once |
//!
//! The tests beside this file are a table of small elections with what each box makes of them.

pub mod ballot_box;
pub mod g_counter_box;
pub mod g_set_box;
pub mod pn_counter_box;
pub mod register_box;
pub mod slip;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
pub mod two_phase_set_box;

pub use ballot_box::{BallotBox, CannotRevoke};
pub use g_counter_box::GCounterBox;
pub use g_set_box::GSetBox;
pub use pn_counter_box::PnCounterBox;
pub use register_box::RegisterBox;
pub use slip::{Revocation, Slip};
pub use two_phase_set_box::TwoPhaseSetBox;
