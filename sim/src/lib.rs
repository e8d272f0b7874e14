//! Many replicas on a simulated network: the real ones, and every pair of the broadcast family.
//!
//! A [`world::World`] holds [`process::Process`]es, rooms, a relay, a network, and the only clock.
//! It takes one event after the other out of a queue and hands it to a process, whose outputs it
//! drains. All of it follows from one seed.
//!
//! In the order in which it is best read:
//! - [`process`]: what takes part, as one trait. [`pair`]: any pair of the family. [`product`]: the
//!   tab that ships, with its disk, and an attacker.
//! - [`world`], over [`queue`] (a time wheel), [`network`] (what becomes of one packet), [`relay`]
//!   (who gets it, and what a slow reader loses), [`random`] (the one source of chance).
//! - [`check`]: how a run is judged. [`swarm`]: many seeds, each of which draws everything that can
//!   go wrong.
//! - [`workload`]: what is measured. [`plot`]: drawn.
//!
//! No clock, no files, no threads in here: those are the command line's (`main.rs`, `arguments`,
//! `commands`), which is a program beside this library. May depend on core alone.

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
