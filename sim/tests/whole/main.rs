//! Polls as their tabs have them, in the world of many rooms: what people do with one, and what the
//! design promises about it.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]

mod absences;
mod agreement;
mod apart;
mod audits;
mod bad_precincts;
mod board_on_disk;
mod council;
mod council_lies;
mod hall;
mod newcomers;
mod nine;
mod replica;
mod strikes;
