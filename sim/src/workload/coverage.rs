//! How far, how fast and at what price ops spread: what `run`, `scale` and `compare` measure.
//!
//! Ops are broadcast by random replicas, and the run goes on until everyone has delivered everything, or until nothing
//! can be expected any more. A *round* is what one hop takes on average: gossip's tick and the mean latency.
//!
//! What gossip's push leaves out, anti-entropy brings: one digest a replica and round, to one random other. In this
//! model it is the pull that finishes the job, as in R. Karp, C. Schindelhauer, S. Shenker, B. Vöcking, "Randomized
//! rumor spreading", FOCS 2000, section 2: push alone takes one copy for each of the last few percent many times over.

use std::collections::HashMap;

use election_core::broadcast::node::Packet;
use election_core::broadcast::{MessageId, Order, Refusal, Spread};
use election_core::ids::ReplicaId;
use election_core::time::Millis;
use election_core::wire::relay::Handle;

use crate::network::Faults;
use crate::pair::{self, Entry, Pair, Probe, Told, When, Who, WithPair};
use crate::random::Random;
use crate::world::{self, Clock, Happening, Watch, World};

/// The most replicas times ops: for each it is written down whether push brought it.
pub const MAX_DELIVERIES: usize = 1_000_000_000;

/// What is run.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Who gets a message.
    pub who: Who,
    /// When it is delivered.
    pub when: When,
    /// How many replicas; at least 2.
    pub replicas: usize,
    /// How many ops are broadcast, at least 1; replicas times ops at most [`MAX_DELIVERIES`].
    pub ops: usize,
    /// The span between two of them.
    pub op_every: Millis,
    /// The settings of each replica.
    pub pair: pair::Settings,
    /// The network.
    pub faults: Faults,
    /// When to give up.
    pub end: Millis,
    /// What everything follows from.
    pub seed: u64,
}

impl Settings {
    /// What one hop takes on average.
    #[must_use]
    pub fn round(&self) -> Millis {
        let tick = match self.who {
            Who::Eager => Millis(0),
            Who::Gossip => self.pair.gossip.tick,
        };
        Millis(self.faults.latency.mean().after(tick).0.max(1))
    }
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Coverage {
    /// Whether every replica delivered every op, and all of them the same.
    pub converged: bool,
    /// The sum of the names of what replica 0 delivered, mixed; the same in all if `converged`. No cryptography.
    pub state_hash: u128,
    /// The share of replicas that push reached, its sender among them, over all ops.
    pub after_push: f64,
    /// Rounds from an op's broadcast until all had delivered it; the most of all ops. `None`: not all did.
    pub rounds_to_all: Option<u64>,
    /// The same in milliseconds.
    pub time_to_all: Option<Millis>,
    /// Copies of an op that were sent, lost ones too, over replicas and ops.
    pub copies_per_node: f64,
    /// Ops that no replica could broadcast.
    pub refused: u64,
    /// What the world counted.
    pub counters: world::Counters,
}

/// Runs it. `progress` is told now and then how many of all deliveries there were.
pub fn run(settings: &Settings, progress: &mut dyn FnMut(u64, u64)) -> Coverage {
    let members: Vec<ReplicaId> = if settings.when.has_members() {
        (0..settings.replicas).map(name).collect()
    } else {
        Vec::new()
    };
    let run = Run { settings, progress };
    pair::with_pair(settings.who, settings.when, settings.pair, &members, run)
}

fn name(index: usize) -> ReplicaId {
    ReplicaId(index as u64 + 1)
}

struct Run<'a> {
    settings: &'a Settings,
    progress: &'a mut dyn FnMut(u64, u64),
}

impl WithPair for Run<'_> {
    type Result = Coverage;

    fn with<S: Spread<O::Message>, O: Order<Entry> + Probe>(
        self,
        make: impl Fn(ReplicaId) -> Pair<S, O>,
    ) -> Coverage {
        let Self { settings, progress } = self;
        let mut random = Random::new(settings.seed);
        let settings_of_world = world::Settings {
            faults: settings.faults.clone(),
            relay: None,
        };
        let mut world = World::new(settings_of_world, &mut random);
        let mut tracker = Tracker::new(settings.replicas, settings.ops);
        for index in 0..settings.replicas {
            world.add(make(name(index)), Clock::default());
            world.connect(index, &mut tracker);
        }
        let (all, mut refused) = ((settings.replicas * settings.ops) as u64, 0);
        let mut next_op = Millis(0);
        let mut to_do = settings.ops;
        while tracker.deliveries < all - refused * settings.replicas as u64
            && world.now() < settings.end
        {
            if to_do > 0 && world.now() >= next_op {
                to_do -= 1;
                next_op = world.now().after(settings.op_every);
                let from = random.below(settings.replicas as u64) as usize;
                let result: Result<_, Refusal> =
                    world.act(from, &mut tracker, |pair, now| pair.broadcast(now));
                refused += u64::from(result.is_err());
                continue;
            }
            // In slices, so that the end is noticed and progress is told.
            let slice = world.now().after(Millis(10));
            let until = if to_do > 0 { slice.min(next_op) } else { slice };
            world.run_until(until, &mut tracker);
            progress(tracker.deliveries, all);
        }
        tracker.report(settings, refused, *world.counters())
    }
}

/// What was delivered where.
struct Tracker {
    replicas: usize,
    ops: HashMap<MessageId, Op>,
    /// One bit for each replica and op: whether push brought it.
    pushed: Vec<u64>,
    states: Vec<u128>,
    deliveries: u64,
    copies: u64,
}

struct Op {
    place: usize,
    at: Millis,
    delivered: usize,
    everywhere: Option<Millis>,
}

impl Tracker {
    fn new(replicas: usize, ops: usize) -> Self {
        Self {
            replicas,
            ops: HashMap::new(),
            pushed: vec![0; (replicas * ops).div_ceil(64)],
            states: vec![0; replicas],
            deliveries: 0,
            copies: 0,
        }
    }

    fn came_by_push(&mut self, replica: usize, op: usize) {
        let bit = op * self.replicas + replica;
        self.pushed[bit / 64] |= 1 << (bit % 64);
    }

    fn report(self, settings: &Settings, refused: u64, counters: world::Counters) -> Coverage {
        let deliveries = (settings.replicas * self.ops.len()).max(1) as f64;
        let pushed: u64 = self
            .pushed
            .iter()
            .map(|word| u64::from(word.count_ones()))
            .sum();
        let same = self.states.iter().all(|state| *state == self.states[0]);
        let spans = self.ops.values().map(|op| Some(op.everywhere? - op.at));
        let time_to_all: Option<Millis> = spans
            .collect::<Option<Vec<_>>>()
            .and_then(|spans| spans.into_iter().max());
        let everything = self.ops.len() == settings.ops && time_to_all.is_some();
        Coverage {
            converged: same && everything,
            state_hash: self.states[0],
            after_push: pushed as f64 / deliveries,
            rounds_to_all: time_to_all.map(|time| time.0.div_ceil(settings.round().0)),
            time_to_all,
            copies_per_node: self.copies as f64 / deliveries,
            refused,
            counters,
        }
    }
}

impl<S: Spread<O::Message>, O: Order<Entry>> Watch<Pair<S, O>> for Tracker {
    fn note(&mut self, process: usize, note: Told, now: Millis) {
        match note {
            Told::Broadcast(id) => {
                let place = self.ops.len();
                let op = Op {
                    place,
                    at: now,
                    delivered: 0,
                    everywhere: None,
                };
                self.ops.insert(id, op);
                self.came_by_push(process, place);
            }
            Told::Delivered(id) => {
                self.states[process] = self.states[process].wrapping_add(mixed(id));
                self.deliveries += 1;
                if let Some(op) = self.ops.get_mut(&id) {
                    op.delivered += 1;
                    if op.delivered == self.replicas {
                        op.everywhere = Some(now);
                    }
                }
            }
        }
    }

    fn happened(&mut self, happening: &Happening<'_, Pair<S, O>>, _now: Millis) {
        use election_core::broadcast::Message;
        match happening {
            Happening::Sent(_, _, packet, _) => {
                if let Packet::News(messages) | Packet::Answer(messages) = &***packet {
                    let ops = messages
                        .iter()
                        .filter(|message| self.ops.contains_key(&message.id()));
                    self.copies += ops.count() as u64;
                }
            }
            Happening::Received(to, Handle(_), packet) => {
                if let Packet::News(messages) = &***packet {
                    for message in messages {
                        if let Some(place) = self.ops.get(&message.id()).map(|op| op.place) {
                            self.came_by_push(*to, place);
                        }
                    }
                }
            }
            _ => {}
        }
    }
}

/// A name as a number that is as good as random: the finaliser of SplitMix64, twice. (G. Steele, D. Lea, C. Flood,
/// "Fast splittable pseudorandom number generators", OOPSLA 2014.)
fn mixed(id: MessageId) -> u128 {
    let mix = |mut word: u64| {
        word = word.wrapping_add(0x9e37_79b9_7f4a_7c15);
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    };
    let high = mix(mix(id.sender.0) ^ id.number);
    u128::from(high) << 64 | u128::from(mix(high))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::latency::Latency;

    fn settings(who: Who, when: When, replicas: usize) -> Settings {
        Settings {
            who,
            when,
            replicas,
            ops: 3,
            op_every: Millis(30),
            pair: pair::Settings::default(),
            faults: Faults::none(Latency::Constant(Millis(50))),
            end: Millis(60_000),
            seed: 1,
        }
    }

    #[test]
    fn every_pair_brings_every_op_to_everyone() {
        for who in [Who::Eager, Who::Gossip] {
            for when in When::ALL {
                let coverage = run(&settings(who, when, 12), &mut |_, _| {});
                assert!(coverage.converged, "{who:?} {when:?}: {coverage:?}");
                assert!(coverage.after_push > 0.9, "{who:?} {when:?}: {coverage:?}");
                assert_eq!(coverage.refused, 0);
            }
        }
    }

    #[test]
    fn eager_sends_n_squared_copies_and_takes_one_hop() {
        let coverage = run(&settings(Who::Eager, When::Unordered, 12), &mut |_, _| {});
        assert_eq!(coverage.copies_per_node, 11.0);
        assert_eq!(coverage.after_push, 1.0);
        assert_eq!(coverage.time_to_all, Some(Millis(50)));
        assert_eq!(coverage.rounds_to_all, Some(1));
    }

    #[test]
    fn what_nobody_can_hear_is_not_said_to_have_converged() -> Result<(), Box<dyn std::error::Error>>
    {
        let partitions: crate::network::partition::Partitions = "0s..10m:0-5|6-11".parse()?;
        let mut settings = settings(Who::Gossip, When::Fifo, 12);
        settings.faults.cuts = partitions.prepare(12)?;
        let coverage = run(&settings, &mut |_, _| {});
        assert!(!coverage.converged);
        assert_eq!(coverage.time_to_all, None);
        assert!((0.4..0.6).contains(&coverage.after_push));
        Ok(())
    }
}
