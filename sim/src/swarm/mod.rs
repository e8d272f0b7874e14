//! The swarm: many seeds, each of which draws a poll or a group, a network and all its troubles,
//! and is then judged.
//!
//! [`plan`] (what goes into a run, as data), [`rates`] (of gossip), [`draw`] (the plan of a seed),
//! [`stage`] (a safety phase, in which anything may happen; then a liveness phase, in which the
//! network is healed, some members are gone for good, and the others must come to agree), [`nodes`]
//! and [`tabs`] (what is done to the members of the room and how they are judged, for pairs of the
//! family and for the product), [`claims`] (what replicas say of single ops), [`mark`] (rare things
//! that were met), [`log`] (a line an event), [`shrink`] (the shortest plan that still fails).
//!
//! The habits are those of TigerBeetle's simulator and of FoundationDB's (W. Zhou et al., SIGMOD
//! 2021): the seed is the bug report.

pub mod claims;
pub mod draw;
pub mod log;
pub mod mark;
pub mod nodes;
pub mod plan;
pub mod rates;
pub mod shrink;
pub mod stage;
pub mod tabs;

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::check::Violation;
use crate::world::Counters;
use log::Log;
use mark::Mark;
use plan::{Plan, Subject};

/// What came of a run.
#[derive(Debug)]
pub struct Outcome {
    /// What went wrong.
    pub failure: Option<Failure>,
    /// What rare things were met.
    pub marks: BTreeSet<Mark>,
    /// What was counted.
    pub counters: Counters,
    /// What happened, if it was to be written down.
    pub log: Log,
}

/// What went wrong in a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// A checker found something.
    Violation(Violation),
    /// The code under test panicked.
    Panic(String),
}

impl Failure {
    /// A short name of what kind it is. Shrinking keeps it.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Violation(violation) => violation.kind(),
            Self::Panic(_) => "panic",
        }
    }
}

impl core::fmt::Display for Failure {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Violation(violation) => write!(f, "{}: {violation}", violation.kind()),
            Self::Panic(message) => write!(f, "panic: {message}"),
        }
    }
}

/// What the judge of a run that came to its end says.
#[derive(Debug, Default)]
pub(crate) struct Judged {
    violation: Option<Violation>,
    marks: BTreeSet<Mark>,
    counters: Counters,
}

impl Judged {
    /// Whatever else is wrong in a storm is wrong because the run was cut short.
    fn storm_or_violation(&self) -> Option<Violation> {
        let sent = self.counters.sent;
        let storm = (sent > stage::MOST_SENT).then_some(Violation::Storm { sent });
        storm.or_else(|| self.violation.clone())
    }
}

/// Runs a plan. With `log`, writes down what happens; of a run that panics, what happened until
/// then.
#[must_use]
pub fn run(plan: &Plan, mut log: Log) -> Outcome {
    let run = || match plan.subject {
        Subject::Product { .. } => tabs::run(plan, &mut log),
        Subject::Pair { .. } => nodes::run(plan, &mut log),
    };
    // Nothing of a run that panicked is looked at again but its log, in which each line is whole or
    // absent.
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(judged) => Outcome {
            failure: judged.storm_or_violation().map(Failure::Violation),
            marks: judged.marks,
            counters: judged.counters,
            log,
        },
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
            Outcome {
                failure: Some(Failure::Panic(text.unwrap_or("without a message").into())),
                marks: BTreeSet::new(),
                counters: Counters::default(),
                log,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use election_core::time::Millis;

    use super::plan::Action;
    use super::*;

    #[test]
    fn a_run_that_panics_keeps_its_log() {
        for seed in 1..5 {
            let mut plan = draw::plan(seed);
            // There is no such member: the run panics there.
            plan.actions = vec![(Millis(3_000), Action::Leave(plan.members))];
            let outcome = run(&plan, Log::kept());
            assert!(matches!(outcome.failure, Some(Failure::Panic(_))));
            assert!(outcome.log.lines().count() > 1);
        }
    }
}
