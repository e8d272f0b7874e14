//! What is run and measured: [`coverage`] (ops over any pair) and [`tabs`] (the same over the
//! product's replicas), with the [`tracker`] that both keep and the [`refusals`] that both count;
//! [`glomers`] (the workload of Gossip Glomers); [`precincts`] (one room against many).

pub mod coverage;
pub mod glomers;
pub mod precincts;
pub mod refusals;
pub mod tabs;
pub mod tracker;
