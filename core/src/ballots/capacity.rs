//! How much is held.

use super::tree::MAX_REGISTERS;
use crate::poll::log::{MAX_ENTRIES, MAX_UNKNOWN};

/// How much is held. It decides which ops are: replicas that differ in it never agree. How many
/// ballots one voter may cast, the poll's definition says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capacity {
    /// The most voters with ballots.
    pub registers: usize,
    /// The most entries of the chair's log.
    pub entries: usize,
    /// The most ops of unknown kinds.
    pub unknown: usize,
}

impl Default for Capacity {
    fn default() -> Self {
        Self {
            registers: MAX_REGISTERS,
            entries: MAX_ENTRIES as usize,
            unknown: MAX_UNKNOWN,
        }
    }
}
