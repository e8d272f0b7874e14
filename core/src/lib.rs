//! The replica of an Election Voter poll: a CRDT of signed ballots, gossip and causal broadcast,
//! sync, and a count.
//!
//! Nothing in here does I/O, reads a clock, draws randomness or starts a thread: inputs are handed
//! in with the time, outputs are taken out, and the same inputs give the same outputs, byte for
//! byte, native and in wasm.
//!
//! The modules, in the order in which they depend on each other and are best read: [`ids`] and
//! [`time`], [`crdt`], [`broadcast`], [`timing`], [`wire`], [`poll`], [`ballots`], [`board`],
//! [`sync`], [`room`], [`replica`].

// The map in each folder's mod.rs names what is private too.
#![allow(rustdoc::private_intra_doc_links)]

pub mod ballots;
pub mod board;
pub mod broadcast;
pub mod crdt;
pub mod ids;
pub mod poll;
pub mod replica;
mod room;
mod sorted;
pub mod sync;
pub mod time;
mod timers;
pub mod timing;
pub mod wire;
