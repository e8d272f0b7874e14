//! `scale --voters`: what a poll costs by its number of voters, in one room and in precincts.

use std::time::Instant;

use election_core::replica::tab::Tab;
use election_sim::plot::{Panel, Plot};
use election_sim::workload::precincts::model::{MAX_ONE_ROOM, Model};
use election_sim::workload::precincts::{Outcome, Settings, run};
use serde::Serialize;

use super::compare::{open, write};
use super::progress::Progress;
use super::table::{Table, mebibytes, or_dash};
use super::{Failure, Verdict, print};
use crate::ALLOCATOR;
use crate::arguments;

/// How many voters a precinct has, in the plot.
const VOTERS_A_PRECINCT: u64 = 1_000;
/// What the plot compares.
const MODELS: [&str; 2] = ["one room", "precincts of 1000"];

/// What one run came to. The fields are a contract.
#[derive(Debug, Serialize)]
struct Cost {
    /// How many voted.
    voters: u64,
    /// In how many precincts.
    precincts: u16,
    /// How many tabs there were.
    replicas: usize,
    /// Who they stood for.
    model: String,
    /// Whether every tab shows the tally that the specification makes of all ballots, with no
    /// precinct missing.
    exact: bool,
    /// The heap that a measured tab takes at the end, at most, in bytes: what is freed when it is
    /// dropped, as the allocator was asked for it, and the tab itself.
    bytes_per_tab_max: u64,
    /// Frames handed to a measured tab, on average: with one vote a tab, frames a vote.
    messages_per_vote: f64,
    /// The same in bytes.
    bytes_per_vote: f64,
    /// From the last vote until the last tab showed the tally, in milliseconds of the simulation;
    /// `null`: it never did.
    time_to_all_ms: Option<u64>,
    /// This machine's time, in seconds.
    seconds: f64,
}

/// Runs it: one [`Cost`], or with a plot a list of them.
///
/// # Errors
/// [`Failure`]
pub fn precincts(arguments: &arguments::Scale, json: bool) -> Result<Verdict, Failure> {
    let seed = arguments.seed.seed;
    let Some(path) = &arguments.plot else {
        let voters = arguments.voters[0];
        let cost = cost(voters, arguments.precincts, seed);
        let (verdict, table) = (Verdict::fine_if(cost.exact), table([&cost]));
        print(&cost, &table, json)?;
        return Ok(verdict);
    };
    // Before anything runs, so that nothing ran in vain.
    let file = open(path)?;
    let mut costs = Vec::new();
    for voters in &arguments.voters {
        if *voters <= MAX_ONE_ROOM {
            costs.push(cost(*voters, 1, seed));
        }
        // A poll of one precinct is one room.
        let precincts = u16::try_from(voters.div_ceil(VOTERS_A_PRECINCT)).unwrap_or(u16::MAX);
        if precincts > 1 {
            costs.push(cost(*voters, precincts, seed));
        }
    }
    print(&costs, &table(&costs), json)?;
    let written = write(file, plot(&costs).svg().as_bytes());
    let path = path.clone();
    written.map_err(|error| Failure::PlotLost { path, error })?;
    Ok(Verdict::fine_if(costs.iter().all(|cost| cost.exact)))
}

fn cost(voters: u64, precincts: u16, seed: u64) -> Cost {
    let settings = Settings {
        voters,
        precincts,
        model: Model::of(voters, precincts),
        seed,
    };
    let what = match precincts {
        1 => format!("{voters} voters in one room"),
        many => format!("{voters} voters in {many} precincts"),
    };
    let mut progress = Progress::new(&what);
    let start = Instant::now();
    let outcome = run(&settings, &mut |stage, done, all| {
        progress.tell_stage(stage, done, all);
    });
    let Outcome {
        model,
        replicas,
        exact,
        time_to_all,
        received: [precinct, council],
        measured,
    } = outcome;
    Cost {
        voters,
        precincts,
        replicas,
        model: model.to_string(),
        exact,
        bytes_per_tab_max: measured.into_iter().map(weigh).max().unwrap_or(0),
        messages_per_vote: precinct.frames + council.frames,
        bytes_per_vote: precinct.bytes + council.bytes,
        time_to_all_ms: time_to_all.map(|time| time.0),
        seconds: start.elapsed().as_secs_f64(),
    }
}

/// How much memory a tab holds, which ends with that.
fn weigh(tab: Tab) -> u64 {
    let before = ALLOCATOR.current_usage();
    drop(tab);
    let freed = before.saturating_sub(ALLOCATOR.current_usage());
    (freed + size_of::<Tab>()) as u64
}

fn table<'a>(costs: impl IntoIterator<Item = &'a Cost>) -> Table {
    let mut table = Table::new(&[
        "voters",
        "precincts",
        "exact",
        "a tab holds",
        "messages a vote",
        "bytes a vote",
        "ms to all",
        "seconds",
        "model",
    ]);
    for cost in costs {
        table.row(vec![
            cost.voters.to_string(),
            cost.precincts.to_string(),
            if cost.exact { "yes" } else { "no" }.to_owned(),
            mebibytes(cost.bytes_per_tab_max),
            format!("{:.0}", cost.messages_per_vote),
            mebibytes(cost.bytes_per_vote as u64),
            or_dash(cost.time_to_all_ms),
            format!("{:.1}", cost.seconds),
            cost.model.clone(),
        ]);
    }
    table
}

fn plot(costs: &[Cost]) -> Plot {
    let panel = |title: &str, measure: fn(&Cost) -> f64| Panel {
        title: title.to_owned(),
        lines: [true, false]
            .map(|one_room| {
                let of_one = costs
                    .iter()
                    .filter(|cost| (cost.precincts == 1) == one_room);
                let points = of_one.map(|cost| (cost.voters as f64, measure(cost)));
                points.collect()
            })
            .to_vec(),
    };
    Plot {
        title: "A poll of so many voters: one room against precincts of 1000".to_owned(),
        x_label: "voters".to_owned(),
        series: MODELS.map(str::to_owned).to_vec(),
        panels: vec![
            panel("bytes a tab holds", |cost| cost.bytes_per_tab_max as f64),
            panel("messages a vote", |cost| cost.messages_per_vote),
            panel("bytes a vote", |cost| cost.bytes_per_vote),
        ],
    }
}
