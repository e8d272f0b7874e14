//! The built program against a real relay, as a person or a script would use it.

#![allow(clippy::unwrap_used)]

mod disturbances;
mod killed;
mod polls;
mod precinct_refusals;
mod precincts;
mod programs;
mod refusals;
mod relay;
mod relays;
mod strikes;
mod unheld;
#[cfg(unix)]
mod voter_files;
