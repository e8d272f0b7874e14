//! Two hundred seeds of the swarm, two thousand in long runs: what must always hold, holds; and
//! every rare thing is met by one of them.

use std::collections::BTreeSet;
use std::thread;

use election_sim::swarm::log::Log;
use election_sim::swarm::mark::Mark;
use election_sim::swarm::{self, draw};

const THREADS: u64 = 4;

/// How many seeds: more in long runs, `cargo xtask test --long`, which sets `ELECTION_LONG=1`.
fn seeds() -> u64 {
    match std::env::var_os("ELECTION_LONG") {
        Some(long) if long == "1" => 2_000,
        _ => 200,
    }
}

/// What went wrong with every `THREADS`th seed from there on, and what was met.
fn run(first: u64) -> (Vec<String>, BTreeSet<Mark>) {
    let (mut failures, mut marks) = (Vec::new(), BTreeSet::new());
    for seed in (first..=seeds()).step_by(THREADS as usize) {
        let outcome = swarm::run(&draw::plan(seed), Log::default());
        marks.extend(outcome.marks);
        if let Some(failure) = outcome.failure {
            failures.push(format!(
                "seed {seed}: {failure}\n  replay: cargo run --release -p election-sim -- swarm --seeds 1 --from {seed} --log"
            ));
        }
    }
    (failures, marks)
}

#[test]
fn the_seeds_find_nothing_and_meet_every_rare_thing() {
    let threads: Vec<_> = (1..=THREADS)
        .map(|first| thread::spawn(move || run(first)))
        .collect();
    let (mut failures, mut marks) = (Vec::new(), BTreeSet::new());
    for thread in threads {
        match thread.join() {
            Ok((these, met)) => {
                failures.extend(these);
                marks.extend(met);
            }
            Err(_) => failures.push("a thread panicked".into()),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    let missed: Vec<_> = Mark::ALL
        .iter()
        .filter(|mark| !marks.contains(mark))
        .collect();
    assert!(missed.is_empty(), "no seed met {missed:?}");
}

#[test]
fn a_seed_does_the_same_every_time() {
    for seed in 1..=10 {
        let run = || {
            let outcome = swarm::run(&draw::plan(seed), Log::kept());
            let lines: Vec<String> = outcome.log.lines().map(Into::into).collect();
            (outcome.counters, outcome.marks, lines)
        };
        assert_eq!(run(), run(), "seed {seed}");
    }
}
