//! What is run and measured.

pub mod coverage;
pub mod glomers;
