//! The built program against a real relay, as a person or a script would use it.

#![allow(clippy::unwrap_used)]

mod crowds;
mod disturbances;
mod killed;
mod polls;
mod precinct_refusals;
mod precincts;
mod programs;
mod refusals;
mod relay;
mod relays;
#[path = "../../../core/tests/network/sample.rs"]
mod sample;
mod strikes;
mod unheld;
#[cfg(unix)]
mod voter_files;
mod whole_peer;
