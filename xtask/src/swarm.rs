//! `cargo xtask swarm`: fresh seeds of the simulator's swarm. The tests run the same ones every
//! time; this looks where nobody has looked before.

use crate::failure::Outcome;
use crate::{process, say};
use std::process::Stdio;
use std::time::{SystemTime, UNIX_EPOCH};

/// Seeds a second: no two runs of a year begin with the same one, and none runs into the next.
const SEEDS_A_SECOND: u64 = 1_000_000;

/// Runs so many seeds from a start that follows from the time and is printed.
pub fn swarm(seeds: u64) -> Outcome<()> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let from = since.map_or(1, |since| since.as_secs() * SEEDS_A_SECOND);
    say::step(&format!("Running {seeds} seeds of the swarm from {from}"));
    let mut command = process::cargo();
    command.args(["run", "--quiet", "--release", "--package", "election-sim"]);
    command
        .args(["--", "swarm", "--seeds"])
        .arg(seeds.to_string());
    command.arg("--from").arg(from.to_string());
    process::finish(
        command.stdout(Stdio::inherit()),
        "replay the seed with the command printed above",
    )
}
