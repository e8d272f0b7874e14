//! Many replicas on a simulated network.

pub mod check;
pub mod network;
pub mod pair;
pub mod plot;
pub mod process;
pub mod product;
pub mod queue;
pub mod random;
pub mod relay;
pub mod swarm;
pub mod workload;
pub mod world;
