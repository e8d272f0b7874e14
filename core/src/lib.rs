//! The replica of an Election Voter poll: a CRDT of signed ballots, gossip and causal broadcast, sync, and a count.
//!
//! Nothing in here does I/O, reads a clock, draws randomness or starts a thread: inputs are handed in with the time,
//! outputs are taken out, and the same inputs give the same outputs, byte for byte, native and in wasm.
//!
//! The modules, in the order in which they depend on each other and are best read:
//! [`ids`] and [`time`], [`crdt`], [`broadcast`], [`wire`], [`poll`], [`canvass`], [`sync`],
//! [`replica`].

pub mod broadcast;
pub mod canvass;
pub mod crdt;
pub mod ids;
pub mod poll;
pub mod replica;
mod sorted;
pub mod sync;
pub mod time;
pub mod wire;
