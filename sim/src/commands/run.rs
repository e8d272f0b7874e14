//! `run`: ops over one pair of the family, or over the product's replicas.

use std::fmt;
use std::io::{self, Write};

use election_core::time::Millis;
use election_sim::network::partition::Partitions;
use election_sim::swarm::log::Log;
use election_sim::workload::coverage::{self, Settings};
use election_sim::workload::tabs;
use serde::Serialize;

use super::measure::{Measures, measure_as, settings, wait_until};
use super::table::{or_dash, percent};
use super::{Failure, Verdict, print};
use crate::arguments::{self, BadArguments};

/// To how many others gossip passes an op on, unless it is said.
const FAN_OUT: u8 = 4;

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
    let workload = if arguments.product {
        tabs::run
    } else {
        coverage::run
    };
    let mut log = if arguments.log {
        Log::kept()
    } else {
        Log::default()
    };
    let (measures, coverage) = measure_as(workload, &settings, &mut log, "run".to_owned());
    for line in log.lines() {
        let _ = writeln!(io::stderr(), "{line}");
    }
    let report = Report {
        measures,
        converged: coverage.converged,
        state_hash: coverage.state_hash,
        messages: coverage.counters.sent,
        bytes: coverage.counters.bytes,
    };
    print(&report, &report, json)?;
    if coverage.refused > 0 {
        let (refused, ops) = (coverage.refused, arguments.ops);
        let text = format!("{refused} of {ops} ops were refused: too much is held back");
        let _ = writeln!(io::stderr(), "election-sim: {text}");
    }
    Ok(Verdict::fine_if(report.converged))
}

fn settings_of(arguments: &arguments::Run) -> Result<Settings, BadArguments> {
    let replicas = arguments.replicas;
    let mut settings = settings(
        arguments.who.into(),
        replicas,
        arguments.ops,
        arguments.latency,
        arguments.loss,
    );
    settings.when = arguments.when.into();
    settings.seed = arguments.seed;
    let others = u8::try_from(replicas - 1).unwrap_or(u8::MAX);
    let fan_out = arguments.fanout.unwrap_or(FAN_OUT.min(others));
    settings.pair.gossip.fan_out = fan_out;
    // A first hop that dies out reaches nobody, so it is wider. 255 would mean all.
    settings.pair.gossip.own_fan_out = fan_out.saturating_mul(2).min(others).min(254);
    let healed = arguments.partition.as_ref().map(Partitions::healed);
    if let Some(partitions) = &arguments.partition {
        settings.faults.cuts = partitions.prepare(replicas)?;
    }
    wait_until(&mut settings, healed.unwrap_or(Millis(0)));
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
