//! `glomers`: the broadcast workload of Gossip Glomers, on many seeds.

use election_sim::workload::glomers::{self, Report, Settings};

use super::progress::Progress;
use super::table::{Table, or_dash};
use super::{Failure, Verdict, print};
use crate::arguments;

/// Runs it: a list of the library's [`Report`]s, whose fields are a contract.
///
/// # Errors
/// [`Failure`]
pub fn glomers(arguments: &arguments::Glomers, json: bool) -> Result<Verdict, Failure> {
    let mut progress = Progress::new(format!("glomers, {}", arguments.profile));
    let mut reports = Vec::new();
    for number in 0..arguments.seeds {
        progress.tell(number, arguments.seeds);
        reports.push(glomers::run(&Settings {
            profile: arguments.profile,
            loss: arguments.loss.loss,
            partition: arguments.partition,
            seed: arguments.from + number,
        }));
    }
    drop(progress);
    let has_goals = arguments.loss.loss.share() == 0.0 && !arguments.partition;
    print(&reports, &table(&reports, has_goals), json)?;
    Ok(Verdict::fine_if(reports.iter().all(Report::is_correct)))
}

/// The goals are those of a network without faults.
fn table(reports: &[Report], has_goals: bool) -> Table {
    let mut table = Table::new(&[
        "profile",
        "seed",
        "msgs/op",
        "p50 ms",
        "p95 ms",
        "p99 ms",
        "max ms",
        "lost",
        "duplicates",
        "goals missed",
    ]);
    for report in reports {
        let stable = report.stable_ms;
        let missed = has_goals.then(|| report.missed_goals().join(", "));
        table.row(vec![
            report.profile.to_string(),
            report.seed.to_string(),
            format!("{:.2}", report.msgs_per_op),
            or_dash(stable.map(|stable| stable.p50)),
            or_dash(stable.map(|stable| stable.p95)),
            or_dash(stable.map(|stable| stable.p99)),
            or_dash(stable.map(|stable| stable.max)),
            report.lost.to_string(),
            report.duplicates.to_string(),
            or_dash(missed.filter(|missed| !missed.is_empty())),
        ]);
    }
    table
}
