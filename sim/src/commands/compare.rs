//! `compare`: eager against gossip by number of replicas.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use election_core::time::Millis;
use election_sim::network::latency::Latency;
use election_sim::pair::Who;
use election_sim::plot::{Panel, Plot};
use election_sim::swarm::log::Log;
use election_sim::workload::coverage;
use serde::Serialize;

use super::measure::{measure_as, settings};
use super::table::{Table, or_dash};
use super::{Failure, Verdict, print};
use crate::arguments;

/// How long a packet is under way.
const LATENCY: Latency = Latency::Constant(Millis(100));
const WAYS: [(Who, &str); 2] = [(Who::Eager, "eager"), (Who::Gossip, "gossip")];

/// One op, one way, one number of replicas. The fields are a contract.
#[derive(Debug, Serialize)]
struct Comparison {
    replicas: usize,
    /// Who gets a message: `eager` or `gossip`.
    who: &'static str,
    /// Packets sent, one for each receiver, lost ones and anti-entropy too.
    messages: u64,
    /// Copies of the op a replica, beyond the first.
    redundancy: f64,
    /// Until the last replica had the op, in milliseconds of the simulation; `null`: it never had.
    time_to_all_ms: Option<u64>,
}

/// Runs it: a list of [`Comparison`]s.
///
/// # Errors
/// [`Failure`]
pub fn compare(arguments: &arguments::Compare, json: bool) -> Result<Verdict, Failure> {
    // Before anything runs, so that nothing ran in vain.
    let file = arguments.plot.as_deref().map(open).transpose()?;
    let mut sizes = arguments.replicas.clone();
    sizes.sort_unstable();
    sizes.dedup();
    let (mut list, mut converged) = (Vec::new(), true);
    for (replicas, (who, name)) in sizes.into_iter().flat_map(|n| WAYS.map(|way| (n, way))) {
        let mut settings = settings(who, replicas, 1, LATENCY, arguments.loss.loss);
        settings.seed = arguments.seed.seed;
        let what = format!("{name}, {replicas} replicas");
        let (measures, coverage) = measure_as(coverage::run, &settings, &mut Log::default(), &what);
        converged &= coverage.converged;
        list.push(Comparison {
            replicas,
            who: name,
            messages: coverage.counters.sent,
            redundancy: (measures.copies_per_node - 1.0).max(0.0),
            time_to_all_ms: coverage.time_to_all.map(|time| time.0),
        });
    }
    // The result first: it is worth something without the plot too.
    print(&list, &table(&list), json)?;
    if let (Some(file), Some(path)) = (file, arguments.plot.as_deref()) {
        let written = write(file, plot(&list).svg().as_bytes());
        let path = path.to_owned();
        written.map_err(|error| Failure::PlotLost { path, error })?;
    }
    Ok(Verdict::fine_if(converged))
}

/// Opens the file of the plot; what is in it stays until there is something better.
pub(super) fn open(path: &Path) -> Result<File, Failure> {
    let mut options = OpenOptions::new();
    let opened = options.write(true).create(true).truncate(false).open(path);
    let path = path.to_owned();
    opened.map_err(|error| Failure::Plot { path, error })
}

/// Writes the file, and cuts off what was there before and is longer. Not every file can be cut: a
/// pipe cannot.
pub(super) fn write(mut file: File, bytes: &[u8]) -> io::Result<()> {
    file.write_all(bytes)?;
    if file.metadata()?.is_file() {
        file.set_len(bytes.len() as u64)?;
    }
    Ok(())
}

fn table(list: &[Comparison]) -> Table {
    let mut table = Table::new(&["replicas", "who", "messages", "redundancy", "ms to all"]);
    for one in list {
        table.row(vec![
            one.replicas.to_string(),
            one.who.to_owned(),
            one.messages.to_string(),
            format!("{:.2}", one.redundancy),
            or_dash(one.time_to_all_ms),
        ]);
    }
    table
}

fn plot(list: &[Comparison]) -> Plot {
    let panel = |title: &str, measure: fn(&Comparison) -> Option<f64>| Panel {
        title: title.to_owned(),
        lines: WAYS
            .iter()
            .map(|(_, name)| {
                let of_one = list.iter().filter(|one| one.who == *name);
                of_one
                    .filter_map(|one| Some((one.replicas as f64, measure(one)?)))
                    .collect()
            })
            .collect(),
    };
    Plot {
        title: "One op to every replica: eager broadcast against gossip".to_owned(),
        x_label: "replicas".to_owned(),
        series: WAYS.map(|(_, name)| name.to_owned()).to_vec(),
        panels: vec![
            panel("messages sent", |one| Some(one.messages as f64)),
            panel("copies beyond the first", |one| Some(one.redundancy)),
            panel("time to all, ms", |one| {
                one.time_to_all_ms.map(|ms| ms as f64)
            }),
        ],
    }
}
