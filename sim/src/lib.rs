//! Many replicas on a simulated network.

pub mod process;
pub mod random;
