//! How far, how fast and at what price ops spread: what `run`, `scale` and `compare` measure.
//!
//! Ops are broadcast by random replicas, and the run goes on until everyone has delivered
//! everything, or until nothing can be expected any more. A *round* is what one hop takes: gossip's
//! whole tick and the mean latency. The whole tick, because the forwarded message that starts a
//! tick waits until its end, and in a quiet group there is no other.
//!
//! What gossip's push leaves out, anti-entropy brings: one digest a replica and round, to one
//! random other. So that one sees what push does by itself, [`push_alone`] runs the same seed
//! without anti-entropy: where both run, push is helped (an answer comes sooner than news would)
//! and hampered (what an answer brought is not passed on). In this model it is the pull that
//! finishes the job, as in R. Karp, C. Schindelhauer, S. Shenker, B. Vöcking, "Randomized rumor
//! spreading", FOCS 2000, section 2: push alone takes one copy for each of the last few percent
//! many times over.

use core::fmt::Display;

use election_core::ids::ReplicaId;
use election_core::time::Millis;
use election_textbook::broadcast::node::Packet;
use election_textbook::broadcast::{Message, MessageId, Order, Spread};

use super::refusals::Refusals;
use super::tracker::Tracker;
use crate::network::Faults;
use crate::pair::{self, Entry, Pair, Probe, Told, When, Who, WithPair};
use crate::process::Process;
use crate::random::Random;
use crate::swarm::log::Log;
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
    /// The world of these settings, still empty: no relay's queues, since readers are never slow.
    #[must_use]
    pub fn world(&self) -> world::Settings {
        world::Settings {
            faults: self.faults.clone(),
            relay: None,
        }
    }

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
    /// Of what replica 0 delivered, in hexadecimal; the same in all if `converged`. For the
    /// product's replica it is that of its store; for a pair the sum of the mixed names of what was
    /// delivered, which is no cryptography.
    pub state_hash: String,
    /// The share of replicas that an op came to as news, its sender among them, over all ops, while
    /// anti-entropy ran too. For what push does by itself see [`push_alone`].
    pub by_push: f64,
    /// Rounds from an op's broadcast until all had delivered it; the most of all ops. `None`: not
    /// all did.
    pub rounds_to_all: Option<u64>,
    /// The same in milliseconds.
    pub time_to_all: Option<Millis>,
    /// Copies of an op that were sent, lost ones too, over replicas and ops.
    pub copies_per_node: f64,
    /// Ops that could not be broadcast.
    pub refusals: Refusals,
    /// Replicas of the product that the poll did not come to before the first vote; 0 for pairs,
    /// which need none.
    pub without_poll: usize,
    /// What the world counted.
    pub counters: world::Counters,
}

impl Coverage {
    /// What came of it. Whether the replicas came to the same is for the caller to say, and what
    /// they came to.
    pub(super) fn of(tracker: &Tracker, settings: &Settings, counters: world::Counters) -> Self {
        let time_to_all = tracker.time_to_all();
        Self {
            converged: tracker.ops() == settings.ops && time_to_all.is_some(),
            state_hash: String::new(),
            by_push: tracker.pushed(),
            rounds_to_all: time_to_all.map(|time| time.0.div_ceil(settings.round().0)),
            time_to_all,
            copies_per_node: tracker.copies_per_node(),
            refusals: Refusals::default(),
            without_poll: 0,
            counters,
        }
    }
}

/// Runs it. `progress` is told now and then how many of all deliveries there were.
pub fn run(settings: &Settings, log: &mut Log, progress: &mut dyn FnMut(u64, u64)) -> Coverage {
    run_until(Goal::Delivered, settings, log, progress)
}

/// Runs it without anti-entropy, until push brings nothing new any more. Gives the share of
/// replicas that an op came to, its sender among them, over all ops.
pub fn push_alone(settings: &Settings, progress: &mut dyn FnMut(u64, u64)) -> f64 {
    let mut settings = settings.clone();
    settings.pair.node.compare_every = NEVER;
    run_until(Goal::PushIsOver, &settings, &mut Log::default(), progress).by_push
}

/// Nodes spread their first digests over this span, which is so long that even a million of them
/// send none in a run.
const NEVER: Millis = Millis(u64::MAX);

/// When a run is over before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Goal {
    /// When everything that was made was delivered everywhere.
    Delivered,
    /// When everything was delivered, or push has brought nothing for longer than a message can
    /// wait and be under way.
    PushIsOver,
}

impl Goal {
    fn is_reached(self, settings: &Settings, made: u64, tracker: &Tracker, now: Millis) -> bool {
        let tick = settings.pair.gossip.tick;
        let silence = settings.faults.latency.longest().after(tick);
        tracker.deliveries() >= made * settings.replicas as u64
            || self == Self::PushIsOver && now > tracker.last_pushed().after(silence)
    }
}

fn run_until(
    goal: Goal,
    settings: &Settings,
    log: &mut Log,
    progress: &mut dyn FnMut(u64, u64),
) -> Coverage {
    let members: Vec<ReplicaId> = if settings.when.has_members() {
        (0..settings.replicas).map(name).collect()
    } else {
        Vec::new()
    };
    let run = Run {
        goal,
        settings,
        log,
        progress,
    };
    pair::with_pair(settings.who, settings.when, settings.pair, &members, run)
}

fn name(index: usize) -> ReplicaId {
    ReplicaId(index as u64 + 1)
}

struct Run<'a> {
    goal: Goal,
    settings: &'a Settings,
    log: &'a mut Log,
    progress: &'a mut dyn FnMut(u64, u64),
}

impl WithPair for Run<'_> {
    type Result = Coverage;

    fn with<S: Spread<O::Message>, O: Order<Entry> + Probe>(
        self,
        make: impl Fn(ReplicaId) -> Pair<S, O>,
    ) -> Coverage {
        let Self {
            goal,
            settings,
            log,
            progress,
        } = self;
        let mut random = Random::new(settings.seed);
        let mut world = World::new(settings.world(), &mut random);
        let mut watch = Pairs {
            tracker: Tracker::new(settings.replicas, settings.ops),
            states: vec![0; settings.replicas],
            log,
        };
        for index in 0..settings.replicas {
            world.add(make(name(index)), Clock::default());
            world.connect(index, &mut watch);
        }
        let broadcast = |world: &mut World<_>, watch: &mut Pairs<'_>, from: usize| {
            let pair = |pair: &mut Pair<S, O>, now| pair.broadcast(now);
            world.act(from, watch, pair).map(|_| ())
        };
        let refusals = drive(
            goal,
            settings,
            &mut world,
            &mut watch,
            &mut random,
            broadcast,
            progress,
        );
        let same = watch.states.iter().all(|state| *state == watch.states[0]);
        let state_hash = format!("{:032x}", watch.states[0]);
        let spread = Coverage::of(&watch.tracker, settings, *world.counters());
        Coverage {
            converged: same && spread.converged,
            state_hash,
            refusals,
            ..spread
        }
    }
}

/// Who keeps a [`Tracker`].
pub(super) trait Tracks {
    fn tracker(&self) -> &Tracker;
}

/// Makes the ops, each at a random replica, and lets the world go on until the goal is reached, or
/// until the end. Gives why ops were refused.
pub(super) fn drive<P: Process, W: Watch<P> + Tracks, E: Display>(
    goal: Goal,
    settings: &Settings,
    world: &mut World<P>,
    watch: &mut W,
    random: &mut Random,
    mut make: impl FnMut(&mut World<P>, &mut W, usize) -> Result<(), E>,
    progress: &mut dyn FnMut(u64, u64),
) -> Refusals {
    let (start, replicas) = (world.now(), settings.replicas as u64);
    let end = start.after(settings.end);
    let (mut asked, mut refusals) = (0, Refusals::default());
    while world.now() < end {
        let due = start.after(Millis(settings.op_every.0 * asked));
        if asked < settings.ops as u64 {
            if world.now() >= due {
                asked += 1;
                let from = random.below(replicas) as usize;
                if let Err(refusal) = make(world, watch, from) {
                    refusals.count(refusal);
                }
                continue;
            }
        } else if goal.is_reached(
            settings,
            asked - refusals.total(),
            watch.tracker(),
            world.now(),
        ) {
            break;
        }
        // In slices, so that the end is noticed and progress is told.
        let slice = world.now().after(Millis(10));
        world.run_until(slice.min(due.max(world.now().after(Millis(1)))), watch);
        progress(watch.tracker().deliveries(), replicas * settings.ops as u64);
    }
    refusals
}

struct Pairs<'a> {
    tracker: Tracker,
    /// Of each replica, the sum of the mixed names of what it delivered.
    states: Vec<u128>,
    log: &'a mut Log,
}

impl Tracks for Pairs<'_> {
    fn tracker(&self) -> &Tracker {
        &self.tracker
    }
}

impl<S: Spread<O::Message>, O: Order<Entry>> Watch<Pair<S, O>> for Pairs<'_> {
    fn note(&mut self, process: usize, note: Told, now: Millis) {
        match note {
            Told::Broadcast(id) => {
                self.log.line(now, process, format_args!("broadcasts {id}"));
                self.tracker.made(process, mixed(id), now);
            }
            Told::Delivered(id) => {
                self.log.line(now, process, format_args!("delivers {id}"));
                let state = &mut self.states[process];
                *state = state.wrapping_add(mixed(id));
                self.tracker.delivered(mixed(id), now);
            }
        }
    }

    fn happened(&mut self, happening: &Happening<'_, Pair<S, O>>, now: Millis) {
        self.log.happened(happening, now);
        match happening {
            Happening::Sent { packet, .. } => {
                if let Packet::News(messages) | Packet::Answer(messages) = &***packet {
                    for message in messages {
                        self.tracker.copied(mixed(message.id()));
                    }
                }
            }
            Happening::Received(to, _, packet) => {
                if let Packet::News(messages) = &***packet {
                    for message in messages {
                        self.tracker.came_by_push(*to, mixed(message.id()), now);
                    }
                }
            }
            _ => {}
        }
    }
}

/// A name as a number that is as good as random: the finaliser of SplitMix64, twice. (G. Steele, D.
/// Lea, C. Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.)
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
                let coverage = run(
                    &settings(who, when, 12),
                    &mut Log::default(),
                    &mut |_, _| {},
                );
                assert!(coverage.converged, "{who:?} {when:?}: {coverage:?}");
                assert!(coverage.by_push > 0.9, "{who:?} {when:?}: {coverage:?}");
                assert_eq!(coverage.refusals.total(), 0);
            }
        }
    }

    #[test]
    fn eager_sends_n_squared_copies_and_takes_one_hop() {
        let coverage = run(
            &settings(Who::Eager, When::Unordered, 12),
            &mut Log::default(),
            &mut |_, _| {},
        );
        assert_eq!(coverage.copies_per_node, 11.0);
        assert_eq!(coverage.by_push, 1.0);
        assert_eq!(coverage.time_to_all, Some(Millis(50)));
        assert_eq!(coverage.rounds_to_all, Some(1));
    }

    #[test]
    fn what_nobody_can_hear_is_not_said_to_have_converged() -> Result<(), Box<dyn std::error::Error>>
    {
        let partitions: crate::network::partition::Partitions = "0s..10m:0-5|6-11".parse()?;
        let mut settings = settings(Who::Gossip, When::Fifo, 12);
        settings.faults.cuts = partitions.prepare(12)?;
        let coverage = run(&settings, &mut Log::default(), &mut |_, _| {});
        assert!(!coverage.converged);
        assert_eq!(coverage.time_to_all, None);
        assert!((0.4..0.6).contains(&coverage.by_push));
        Ok(())
    }

    #[test]
    fn push_alone_reaches_as_many_as_it_should_and_anti_entropy_does_not_help_it() {
        let mut settings = settings(Who::Gossip, When::Unordered, 2_000);
        settings.ops = 1;
        settings.pair.gossip.own_fan_out = 4;
        settings.pair.gossip.fan_out = 2;
        // z = 1 - exp(-2 z) has z = 0.797.
        let share = push_alone(&settings, &mut |_, _| {});
        assert!((0.77..0.82).contains(&share), "{share}");
        settings.pair.node.compare_every = Millis(1);
        settings.pair.node.grace = Millis(0);
        assert_eq!(push_alone(&settings, &mut |_, _| {}), share);
        let helped = run(&settings, &mut Log::default(), &mut |_, _| {});
        assert!(helped.converged);
        assert_ne!(helped.by_push, share);
    }

    #[test]
    fn push_alone_ends_even_where_heartbeats_go_on() {
        let mut settings = settings(Who::Gossip, When::Lamport, 12);
        settings.faults.loss = crate::network::loss::Loss::Even(0.6);
        settings.pair.gossip.fan_out = 1;
        settings.end = Millis(u64::MAX / 2);
        let share = push_alone(&settings, &mut |_, _| {});
        assert!((0.1..1.0).contains(&share), "{share}");
    }
}
