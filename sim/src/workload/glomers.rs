//! The broadcast workload of fly.io's Gossip Glomers (challenges 3d and 3e), counted as Maelstrom
//! counts it.
//!
//! K. Kingsbury, Maelstrom, <https://github.com/jepsen-io/maelstrom>, `core.clj`,
//! `workload/broadcast.clj`, `net/checker.clj`; and of Jepsen, `generator.clj`,
//! `nemesis/combined.clj`, `checker.clj`:
//!
//! - 25 nodes; what one sends to another takes 100 ms, always. What clients send takes no time, and
//!   no faults meet it.
//! - For 20 s clients ask for something, each time at a random node: half of the time to broadcast
//!   a new element, else for all elements that the node has. The span between two operations is
//!   drawn evenly from 0 to twice the mean of 10 ms (`stagger`); the first comes at once.
//! - With [`Settings::partition`], the network is cut and healed in turn, as its module says. After
//!   20 s it is healed.
//! - Then nobody asks for anything for 10 s, and then there is one last read at every node.
//! - Messages an operation: what nodes sent to each other from the start until those last reads,
//!   the 10 quiet seconds too, whether it arrived or not, over everything that clients asked for,
//!   the last reads too. A packet counts once for each receiver, and so do digests and answers; how
//!   much is in it does not.
//! - Stable latency: [`set_full`](crate::check::set_full).
//!
//! Two things are different. What a partition cuts off is settled when a packet is sent, there when
//! it arrives. And an element is lost here if *any* of the last reads does not have it: set-full
//! looks at the very last one, and takes an element that another node lacks for one that became
//! stable late.
//!
//! The node is core's, with gossip and no order: it knows no topology, only how to send to so many
//! random others.

mod nemesis;
pub mod profile;

use election_core::ids::ReplicaId;
use election_core::time::Millis;
use election_textbook::broadcast::{MessageId, Order, Spread};
use serde::Serialize;

use crate::check::set_full::{Quantiles, SetFull};
use crate::network::Faults;
use crate::network::latency::Latency;
use crate::network::loss::Loss;
use crate::network::partition::Cuts;
use crate::pair::{self, Entry, Pair, Told, When, Who, WithPair, with_pair};
use crate::random::Random;
use crate::world::{self, Clock, Watch, World};
use profile::Profile;

const NODES: usize = 25;
const LATENCY: Millis = Millis(100);
const TIME_LIMIT: Millis = Millis(20_000);
const QUIET: Millis = Millis(10_000);
/// The mean span between two operations, in microseconds.
const MEAN_INTERVAL: u64 = 10_000;

/// What is run.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// How the nodes spread what they are given.
    pub profile: Profile,
    /// Which of the packets between nodes are lost.
    pub loss: Loss,
    /// Whether the network is partitioned now and then.
    pub partition: bool,
    /// What everything follows from.
    pub seed: u64,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// How the nodes spread what they are given.
    pub profile: Profile,
    /// What everything followed from.
    pub seed: u64,
    /// Packets between nodes, lost ones too, over all that clients asked for.
    pub msgs_per_op: f64,
    /// How long after it was broadcast an element was in all reads; `None` if no element ever was.
    pub stable_ms: Option<StableLatency>,
    /// How many elements one of the last reads does not have.
    pub lost: usize,
    /// How many elements one read had twice.
    pub duplicates: usize,
}

/// Quantiles of the stable latency, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct StableLatency {
    /// Half are smaller.
    pub p50: u64,
    /// 95 % are smaller.
    pub p95: u64,
    /// 99 % are smaller.
    pub p99: u64,
    /// The largest.
    pub max: u64,
}

impl From<Quantiles> for StableLatency {
    fn from(quantiles: Quantiles) -> Self {
        Self {
            p50: quantiles.p50.0,
            p95: quantiles.p95.0,
            p99: quantiles.p99.0,
            max: quantiles.max.0,
        }
    }
}

impl Report {
    /// Whether nothing was lost and nothing came twice: what must hold whatever the network does.
    #[must_use]
    pub fn is_correct(&self) -> bool {
        self.lost == 0 && self.duplicates == 0
    }

    /// The goals of its profile that it misses, by name; they are meant for a network without
    /// faults.
    #[must_use]
    pub fn missed_goals(&self) -> Vec<&'static str> {
        let goals = self.profile.goals();
        let p50 = self.stable_ms.map_or(u64::MAX, |stable| stable.p50);
        let max = self.stable_ms.map_or(u64::MAX, |stable| stable.max);
        let missed = [
            ("msgs/op", self.msgs_per_op > goals.msgs_per_op),
            ("p50", p50 > goals.p50),
            ("max", max > goals.max),
        ];
        let names = missed.into_iter().filter(|(_, is_missed)| *is_missed);
        names.map(|(name, _)| name).collect()
    }
}

/// Runs the workload once.
#[must_use]
pub fn run(settings: &Settings) -> Report {
    let mut random = Random::new(settings.seed);
    let mut script = operations(&mut random.branch());
    if settings.partition {
        let mut random = random.branch();
        let changes = nemesis::cuts(NODES, TIME_LIMIT, &mut random);
        script.extend(changes.into_iter().map(Step::cut));
    }
    script.sort_by_key(|step| step.at); // stable: what was drawn first comes first within one millisecond
    let pair = settings.profile.settings();
    let counts = play(NODES, settings.loss, pair, script, random);
    Report {
        profile: settings.profile,
        seed: settings.seed,
        msgs_per_op: counts.messages as f64 / counts.operations as f64,
        stable_ms: counts.stable.map(StableLatency::from),
        lost: counts.lost,
        duplicates: counts.duplicates,
    }
}

/// Something that happens to the nodes from outside.
#[derive(Debug, Clone)]
struct Step {
    at: Millis,
    act: Act,
}

#[derive(Debug, Clone)]
enum Act {
    /// A client has that node broadcast a new element.
    Broadcast(usize),
    /// A client asks that node for its elements.
    Read(usize),
    /// From now on the network is cut like this.
    Cut(Cuts),
}

impl Step {
    fn cut((at, cuts): (Millis, Cuts)) -> Self {
        let act = Act::Cut(cuts);
        Self { at, act }
    }
}

/// What clients ask for, in the order of its time.
fn operations(random: &mut Random) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut micros = 0;
    while micros < TIME_LIMIT.0 * 1_000 {
        let node = random.below(NODES as u64) as usize;
        let act = if random.chance(0.5) {
            Act::Broadcast(node)
        } else {
            Act::Read(node)
        };
        let at = Millis(micros / 1_000);
        steps.push(Step { at, act });
        micros += random.below(2 * MEAN_INTERVAL);
    }
    let last = (0..NODES).map(|node| Step {
        at: TIME_LIMIT.after(QUIET),
        act: Act::Read(node),
    });
    steps.extend(last);
    steps
}

/// What was counted.
#[derive(Debug, PartialEq, Eq)]
struct Counts {
    messages: u64,
    operations: u64,
    stable: Option<Quantiles>,
    lost: usize,
    duplicates: usize,
}

/// Runs a script, in the order of its time, on so many nodes.
fn play(
    nodes: usize,
    loss: Loss,
    pair: pair::Settings,
    script: Vec<Step>,
    random: Random,
) -> Counts {
    let play = Play {
        nodes,
        loss,
        script,
        random,
    };
    with_pair(Who::Gossip, When::Unordered, pair, &[], play)
}

struct Play {
    nodes: usize,
    loss: Loss,
    script: Vec<Step>,
    random: Random,
}

/// The elements that each node has, ascending, which makes reads cheap to judge; what it delivered
/// twice is there twice.
struct Delivered(Vec<Vec<u64>>);

impl<S: Spread<O::Message>, O: Order<Entry>> Watch<Pair<S, O>> for Delivered {
    fn note(&mut self, process: usize, note: Told, _now: Millis) {
        if let Told::Delivered(id) = note {
            let (elements, new) = (&mut self.0[process], element(id));
            let place = elements.partition_point(|element| *element < new);
            elements.insert(place, new);
        }
    }
}

/// What a message stands for in a read: a number of its own.
fn element(id: MessageId) -> u64 {
    id.sender.0 << 32 | id.number
}

impl WithPair for Play {
    type Result = Counts;

    fn with<S: Spread<O::Message>, O: Order<Entry>>(
        mut self,
        make: impl Fn(ReplicaId) -> Pair<S, O>,
    ) -> Counts {
        let settings = world::Settings {
            faults: Faults {
                loss: self.loss,
                ..Faults::none(Latency::Constant(LATENCY))
            },
            relay: None,
        };
        let mut world = World::new(settings, &mut self.random);
        let mut delivered = Delivered(vec![Vec::new(); self.nodes]);
        for node in 0..self.nodes {
            let index = world.add(make(ReplicaId(node as u64)), Clock::default());
            world.connect(index, &mut delivered);
        }
        let mut set = SetFull::default();
        let mut elements = Vec::new();
        let mut operations = 0;
        for Step { at, act } in self.script {
            world.run_until(at, &mut delivered);
            operations += u64::from(!matches!(act, Act::Cut(_)));
            match act {
                Act::Broadcast(node) => {
                    let made = world.act(node, &mut delivered, Pair::broadcast);
                    // A refusal is an operation that failed; this order never refuses.
                    if let Ok(id) = made {
                        set.add(element(id), at);
                        set.added(element(id), at);
                        elements.push(element(id));
                    }
                }
                Act::Read(node) => {
                    let read = set.read(at);
                    set.answered(read, delivered.0[node].iter().copied(), at);
                }
                Act::Cut(cuts) => world.faults().cuts = cuts,
            }
        }
        let summary = set.summary();
        let last_reads = delivered.0.iter();
        let is_lost = |element: &&u64| {
            last_reads
                .clone()
                .any(|read| read.binary_search(element).is_err())
        };
        Counts {
            messages: world.counters().sent,
            operations,
            stable: summary.stable_latency,
            lost: elements.iter().filter(is_lost).count(),
            duplicates: summary.duplicates.len(),
        }
    }
}

#[cfg(test)]
mod tests;
