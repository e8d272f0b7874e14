//! The page in a real browser: what people do with it, from the click to what every tab shows.
//!
//! Needs the built page, the relay, the peer and Chromium: `cargo xtask test` provides them and
//! runs this. How to read it: [`harness`] is what the tests stand on; each of the others is a story
//! and its variations, the tests named as sentences.

// What drives a browser is no part of the page's own target.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]

mod harness;

mod addresses;
mod bad_input;
mod breaking;
mod casting;
mod console;
mod dying;
mod identity;
mod input;
mod keyboard;
mod later;
mod links;
mod long_words;
mod making;
mod navigating;
mod offline;
mod one_voter;
mod other_replicas;
mod precincts;
mod precincts_bad_input;
mod precincts_crossing;
mod reloading;
mod returning;
mod revoking;
mod room_full;
#[path = "../../../core/tests/network/sample.rs"]
mod sample;
mod screens;
mod storage_layouts;
mod storage_lost;
mod storage_refused;
mod storage_rot;
mod storage_rules;
mod storage_untold;
mod translators;
mod truthful;
mod voting;
