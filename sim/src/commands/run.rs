//! `run`: ops over one pair of the family, or over the product's replicas.

use std::fmt;
use std::io::{self, Write};

use election_sim::swarm::log::Log;
use election_sim::workload::coverage::{Coverage, Settings};
use election_sim::workload::tabs;
use serde::Serialize;

use super::measure::{Measures, measure, measure_as, settings, wait_until};
use super::table::{or_dash, percent};
use super::{Failure, Verdict, print};
use crate::arguments::{self, BadArguments};

/// What `run` prints. The fields are a contract.
#[derive(Debug, Serialize)]
struct Report {
    #[serde(flatten)]
    measures: Measures,
    /// Whether every replica delivered every op, and all of them the same.
    converged: bool,
    /// A hash of what was delivered, in hexadecimal; the same in all replicas if `converged`.
    state_hash: String,
    /// Packets sent, one for each receiver, lost ones and anti-entropy too.
    messages: u64,
    /// The same in bytes.
    bytes: u64,
}

/// Runs it.
///
/// # Errors
/// [`Failure`]
pub fn run(arguments: &arguments::Run, json: bool) -> Result<Verdict, Failure> {
    let settings = settings_of(arguments)?;
    let mut log = if arguments.log {
        Log::kept()
    } else {
        Log::default()
    };
    let (measures, coverage) = if arguments.product {
        measure_as(tabs::run, &settings, &mut log, "run")
    } else {
        measure(&settings, &mut log, "run")
    };
    for line in log.lines() {
        let _ = writeln!(io::stderr(), "{line}");
    }
    let report = Report {
        measures,
        converged: coverage.converged,
        state_hash: coverage.state_hash.clone(),
        messages: coverage.counters.sent,
        bytes: coverage.counters.bytes,
    };
    print(&report, &report, json)?;
    explain(&coverage);
    Ok(Verdict::fine_if(report.converged))
}

/// Says what kept ops from being made. That nobody reads it is no reason to stop.
fn explain(coverage: &Coverage) {
    let mut error = io::stderr().lock();
    let Coverage {
        without_poll,
        refusals,
        ..
    } = coverage;
    if *without_poll > 0 {
        let text =
            format!("the poll did not come to {without_poll} replicas before the first vote");
        let _ = writeln!(error, "election-sim: {text}");
    }
    if refusals.total() > 0 {
        let _ = writeln!(error, "election-sim: {} ops were refused", refusals.total());
        let _ = write!(error, "{refusals}");
    }
}

fn settings_of(arguments: &arguments::Run) -> Result<Settings, BadArguments> {
    let replicas = arguments.replicas;
    let mut settings = settings(
        arguments.who,
        replicas,
        arguments.ops,
        arguments.latency,
        arguments.loss.loss,
    );
    settings.when = arguments.when;
    settings.seed = arguments.seed.seed;
    let others = u8::try_from(replicas - 1).unwrap_or(u8::MAX);
    let fan_out = arguments.fan_out();
    settings.pair.gossip.fan_out = fan_out;
    // A first hop that dies out reaches nobody, so it is wider. 255 would mean all.
    settings.pair.gossip.own_fan_out = fan_out.saturating_mul(2).min(others).min(254);
    if let Some(partitions) = &arguments.partition {
        settings.faults.cuts = partitions.prepare(replicas)?;
    }
    wait_until(&mut settings);
    Ok(settings)
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let measures = &self.measures;
        for (name, value) in [
            ("replicas", measures.replicas.to_string()),
            ("loss", percent(measures.loss)),
            (
                "converged",
                if self.converged { "yes" } else { "no" }.to_owned(),
            ),
            ("state hash", self.state_hash.clone()),
            ("messages", self.messages.to_string()),
            ("bytes", self.bytes.to_string()),
            ("coverage after push", percent(measures.coverage_after_push)),
            ("rounds to all", or_dash(measures.rounds_to_all)),
            ("copies a node", format!("{:.2}", measures.copies_per_node)),
            ("seconds", format!("{:.2}", measures.seconds)),
            (
                "events a second",
                format!("{:.0}", measures.events_per_second),
            ),
            ("peak memory", super::table::mebibytes(measures.peak_bytes)),
        ] {
            writeln!(formatter, "{name:<20} {value}")?;
        }
        Ok(())
    }
}
