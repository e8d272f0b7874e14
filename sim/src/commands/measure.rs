//! One run of the library's broadcast workload, with its time and memory.

use std::time::Instant;

use election_core::time::Millis;
use election_sim::network::Faults;
use election_sim::network::latency::Latency;
use election_sim::network::loss::Loss;
use election_sim::pair::{self, When, Who};
use election_sim::swarm::log::Log;
use election_sim::workload::coverage::{self, Coverage, Settings};
use serde::Serialize;

use super::progress::Progress;
use super::table::{mebibytes, or_dash, percent};
use crate::ALLOCATOR;
use crate::arguments::OP_EVERY;

/// How long is waited after the last op, and after the last partition healed.
const PATIENCE: Millis = Millis(2 * 60 * 1_000);
/// The same in rounds, where rounds are long.
const ROUNDS_OF_PATIENCE: u64 = 200;

/// What one run came to. The fields are a contract.
#[derive(Debug, Clone, Serialize)]
pub struct Measures {
    /// How many replicas.
    pub replicas: usize,
    /// The share of packets that the network loses.
    pub loss: f64,
    /// The share of replicas that push alone reached, in another run of the same seed without
    /// anti-entropy. The product's replicas cannot be kept from it: there, what came by push while
    /// it ran.
    pub coverage_after_push: f64,
    /// Rounds until all had everything; `null`: they never had.
    pub rounds_to_all: Option<u64>,
    /// Copies of an op that were sent, over the replicas.
    pub copies_per_node: f64,
    /// Events of the simulation in a second of this machine's time.
    pub events_per_second: f64,
    /// This machine's time, in seconds, without that other run.
    pub seconds: f64,
    /// The most memory that was in use at once, in bytes.
    pub peak_bytes: u64,
}

impl Measures {
    /// The names of [`Measures::cells`].
    pub const HEAD: [&str; 8] = [
        "replicas",
        "loss",
        "after push",
        "rounds",
        "copies",
        "events/s",
        "seconds",
        "memory",
    ];

    /// A row of the table.
    pub fn cells(&self) -> Vec<String> {
        vec![
            self.replicas.to_string(),
            percent(self.loss),
            percent(self.coverage_after_push),
            or_dash(self.rounds_to_all),
            format!("{:.2}", self.copies_per_node),
            format!("{:.0}", self.events_per_second),
            format!("{:.2}", self.seconds),
            mebibytes(self.peak_bytes),
        ]
    }
}

/// The settings of a run without partitions; gossip passes on to four others.
pub fn settings(who: Who, replicas: usize, ops: usize, latency: Latency, loss: Loss) -> Settings {
    let faults = Faults {
        loss,
        ..Faults::none(latency)
    };
    let mut settings = Settings {
        who,
        when: When::Unordered,
        replicas,
        ops,
        op_every: OP_EVERY,
        pair: pair::Settings::default(),
        faults,
        end: Millis(0),
        seed: 1,
    };
    // One digest a round; and what is younger than three rounds is left to push.
    let round = settings.round();
    settings.pair.node.compare_every = round;
    settings.pair.node.grace = Millis(round.0.saturating_mul(3));
    // A heartbeat that comes before the last one has arrived tells nobody more.
    settings.pair.heartbeat = settings.pair.heartbeat.max(round);
    wait_until(&mut settings);
    settings
}

/// Lets a run go on for long enough after the last op, and after the last partition has healed.
pub fn wait_until(settings: &mut Settings) {
    let healed = settings.faults.cuts.healed();
    let last_op = Millis(OP_EVERY.0 * settings.ops as u64);
    let patience = settings.round().0.saturating_mul(ROUNDS_OF_PATIENCE);
    let patience = Millis(patience).max(PATIENCE);
    settings.end = last_op.max(healed).after(patience);
}

/// Runs it over a pair, and then push alone.
pub fn measure(settings: &Settings, log: &mut Log, what: &str) -> (Measures, Coverage) {
    let (mut measures, coverage) = measure_as(coverage::run, settings, log, what);
    let mut progress = Progress::new(format!("{what}, push alone"));
    measures.coverage_after_push =
        coverage::push_alone(settings, &mut |done, all| progress.tell(done, all));
    (measures, coverage)
}

/// A workload: [`coverage::run`], or the same over the product's replicas.
pub type Workload = fn(&Settings, &mut Log, &mut dyn FnMut(u64, u64)) -> Coverage;

/// Runs it once, so that what came by push is what came by push while anti-entropy ran.
pub fn measure_as(
    workload: Workload,
    settings: &Settings,
    log: &mut Log,
    what: &str,
) -> (Measures, Coverage) {
    let mut progress = Progress::new(what);
    ALLOCATOR.reset_peak_usage();
    let start = Instant::now();
    let coverage = workload(settings, log, &mut |done, all| progress.tell(done, all));
    let seconds = start.elapsed().as_secs_f64();
    let measures = Measures {
        replicas: settings.replicas,
        loss: settings.faults.loss.share(),
        coverage_after_push: coverage.by_push,
        rounds_to_all: coverage.rounds_to_all,
        copies_per_node: coverage.copies_per_node,
        events_per_second: coverage.counters.events as f64 / seconds.max(f64::MIN_POSITIVE),
        seconds,
        peak_bytes: ALLOCATOR.peak_usage() as u64,
    };
    (measures, coverage)
}
