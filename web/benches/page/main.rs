//! What the page takes its time for, in real Chromium with a real relay: `cargo xtask bench page`.
//!
//! - [`large`]: a poll of 50,000 ballots is joined and reloaded, also on a processor slowed down
//!   four times.
//! - [`live`]: from a vote in one of ten tabs until all ten show it, beside y-websocket on the same
//!   work ([`neighbour`]).
//! - [`feeder`]: the replica without a page that brings a poll into a room.
//! - [`figures`]: medians and percentiles.
//!
//! Each page notes the moments itself, so that nothing of the driver is in the figures. Words after
//! `--` choose a part and how often: `cargo bench … -- live 200`, `cargo bench … -- large 1`.

#![allow(clippy::unwrap_used)]

#[cfg(not(target_arch = "wasm32"))]
mod feeder;
#[cfg(not(target_arch = "wasm32"))]
mod figures;
// The tests' own harness; a bench needs less of it than the tests do.
#[cfg(not(target_arch = "wasm32"))]
#[allow(dead_code)]
#[path = "../../tests/browser/harness/mod.rs"]
mod harness;
#[cfg(not(target_arch = "wasm32"))]
mod large;
#[cfg(not(target_arch = "wasm32"))]
mod live;
#[cfg(not(target_arch = "wasm32"))]
mod neighbour;

/// How many votes are measured, and how many rounds of a large poll.
#[cfg(not(target_arch = "wasm32"))]
const VOTES: usize = 1_000;
#[cfg(not(target_arch = "wasm32"))]
const ROUNDS: usize = 3;

// What drives a browser is no part of the page's own target.
#[cfg(target_arch = "wasm32")]
fn main() {}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    // Only `cargo bench` says that; `cargo test --benches` runs this too, and must not take
    // minutes.
    if !words.iter().any(|word| word == "--bench") {
        return;
    }
    let chosen = |part: &str| {
        let named = |name: &str| words.iter().any(|word| word == name);
        named(part) || !(named("large") || named("live"))
    };
    let number = words.iter().find_map(|word| word.parse::<usize>().ok());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    if chosen("large") {
        runtime.block_on(large::measure(number.unwrap_or(ROUNDS)));
    }
    if chosen("live") {
        runtime.block_on(live::measure(number.unwrap_or(VOTES)));
    }
}
