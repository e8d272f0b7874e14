//! `swarm`: many seeds, each of which draws everything.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Write};

use election_sim::swarm::log::Log;
use election_sim::swarm::mark::Mark;
use election_sim::swarm::plan::Plan;
use election_sim::swarm::{self, Outcome, draw, shrink};
use serde::Serialize;

use super::progress::Progress;
use super::{Failure, Verdict, print};
use crate::arguments;

/// What `swarm` prints. The fields are a contract.
#[derive(Debug, Serialize)]
struct Report {
    /// How many seeds were run.
    seeds: u64,
    /// What went wrong, seed by seed.
    violations: Vec<Violation>,
    /// How many seeds met each of the rare things. For people only.
    #[serde(skip)]
    marks: BTreeMap<Mark, u64>,
}

/// A seed that failed.
#[derive(Debug, Serialize)]
struct Violation {
    seed: u64,
    /// What went wrong.
    what: String,
    /// The command that shows it again, with a log.
    replay: String,
}

/// Runs it.
///
/// # Errors
/// [`Failure`]
pub fn swarm(arguments: &arguments::Swarm, json: bool) -> Result<Verdict, Failure> {
    let mut progress = Progress::new("swarm");
    let mut report = Report {
        seeds: arguments.seeds,
        violations: Vec::new(),
        marks: Mark::ALL.map(|mark| (mark, 0)).into(),
    };
    for number in 0..arguments.seeds {
        progress.tell(number, arguments.seeds);
        let seed = arguments.from + number;
        let plan = draw::plan(seed);
        let outcome = if arguments.log {
            logged(&plan)
        } else {
            swarm::run(&plan, Log::default())
        };
        for mark in outcome.marks {
            *report.marks.entry(mark).or_default() += 1;
        }
        if let Some(failure) = outcome.failure {
            let what = failure.to_string();
            let replay = replay(seed);
            // At once, not at the end: many seeds take long, and may be stopped.
            progress.say(&format!("seed {seed}: {what}\n  replay: {replay}"));
            report.violations.push(Violation { seed, what, replay });
        }
    }
    drop(progress);
    print(&report, &report, json)?;
    Ok(Verdict::fine_if(report.violations.is_empty()))
}

/// The command that runs that seed again.
fn replay(seed: u64) -> String {
    format!("cargo run --release -p election-sim -- swarm --seeds 1 --from {seed} --log")
}

/// Runs a plan and writes down what happens; when it fails, the shortest plan that fails alike too.
/// That nobody reads it is no reason to stop.
fn logged(plan: &Plan) -> Outcome {
    let outcome = show(plan);
    if let Some(failure) = &outcome.failure {
        tell(format_args!(
            "looking for a shorter run that fails alike …\n"
        ));
        show(&shrink::by_running(plan, failure.kind()));
    }
    outcome
}

fn show(plan: &Plan) -> Outcome {
    tell(format_args!("{plan}"));
    let outcome = swarm::run(plan, Log::kept());
    let lines: Vec<&str> = outcome.log.lines().collect();
    tell(format_args!("{}", lines.join("\n")));
    if let Some(failure) = &outcome.failure {
        tell(format_args!("{failure}\n"));
    }
    outcome
}

fn tell(what: fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr().lock(), "{what}");
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let failed = self.violations.len();
        writeln!(formatter, "{} seeds, {failed} violations", self.seeds)?;
        for Violation { seed, what, replay } in &self.violations {
            writeln!(formatter, "seed {seed}: {what}\n  replay: {replay}")?;
        }
        writeln!(formatter, "\nmet by how many seeds:")?;
        for (mark, seeds) in &self.marks {
            writeln!(formatter, "{seeds:>7}  {mark:?}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_violation_is_printed_with_what_replays_it() -> Result<(), serde_json::Error> {
        let violation = Violation {
            seed: 7,
            what: "lost: one op".to_owned(),
            replay: replay(7),
        };
        let report = Report {
            seeds: 9,
            violations: vec![violation],
            marks: BTreeMap::new(),
        };
        assert_eq!(
            serde_json::to_string(&report)?,
            r#"{"seeds":9,"violations":[{"seed":7,"what":"lost: one op","replay":"cargo run --release -p election-sim -- swarm --seeds 1 --from 7 --log"}]}"#
        );
        assert!(
            report
                .to_string()
                .starts_with("9 seeds, 1 violations\nseed 7: lost: one op\n")
        );
        Ok(())
    }
}
