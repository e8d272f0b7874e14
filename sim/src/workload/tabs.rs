//! The same measurements over the product's replicas: votes in the place of broadcasts.
//!
//! Frames are sealed, so that copies cannot be counted on their way: what is counted is what
//! arrived, ops that were here already among them, and copies that the network lost are not. Nor
//! can the product's replica be kept from anti-entropy: there is no push alone here.

use std::rc::Rc;

use election_core::ids::OpId;
use election_core::poll::method::Method;
use election_core::replica::io::{Event, Via};
use election_core::time::Millis;
use election_core::timing::Timing;

use super::coverage::{Coverage, Goal, Settings, Tracks, drive};
use super::tracker::Tracker;
use crate::product::disk;
use crate::product::note::Note;
use crate::product::poll::Poll;
use crate::product::tab::Tab;
use crate::random::Random;
use crate::swarm::log::Log;
use crate::world::{Clock, Happening, Watch, World};

/// The options of the poll.
const OPTIONS: usize = 3;
/// The highest number of a ballot: a voter may sign 256, the most that a poll allows.
const MAX_SEQ: u32 = 255;
/// How long the replicas may take to fetch the poll before the first vote, after the last partition
/// healed.
const OPENING: Millis = Millis(120_000);
/// The same in rounds, where rounds are long.
const ROUNDS_OF_OPENING: u64 = 200;

/// Runs it with the product's replicas. Of the settings, what belongs to pairs is left aside, but
/// for the fan-outs of gossip. The votes start when the poll has come to all, or when it has had
/// long enough to.
pub fn run(settings: &Settings, log: &mut Log, progress: &mut dyn FnMut(u64, u64)) -> Coverage {
    let mut random = Random::new(settings.seed);
    let mut timing = Timing::default();
    let gossip = &mut timing.gossip.settings;
    gossip.fan_out = settings.pair.gossip.fan_out;
    gossip.own_fan_out = settings.pair.gossip.own_fan_out;
    let mut world = World::new(settings.world(), &mut random);
    let mut watch = Tabs {
        tracker: Tracker::new(settings.replicas, settings.ops),
        without_poll: settings.replicas,
        log,
    };
    let poll = match Poll::new(OPTIONS, Method::Single, MAX_SEQ, &mut random) {
        Ok(poll) => Rc::new(poll.at_pace(timing)),
        Err(bad) => unreachable!("{OPTIONS} options make a poll: {bad}"),
    };
    let disk = disk::Settings::NONE;
    for index in 0..settings.replicas {
        let voter = index as u64;
        let tab = if index == 0 {
            Tab::chair(poll.clone(), voter, disk, &mut random, Millis(0))
        } else {
            Tab::newcomer(poll.clone(), voter, disk, &mut random)
        };
        world.add(tab, Clock::default());
        world.connect(index, &mut watch);
    }
    let opening = Millis(settings.round().0.saturating_mul(ROUNDS_OF_OPENING)).max(OPENING);
    let opening = settings.faults.cuts.healed().after(opening);
    while watch.without_poll > 0 && world.now() < opening {
        world.run_until(world.now().after(Millis(100)), &mut watch);
        progress(0, (settings.replicas * settings.ops) as u64);
    }
    let without_poll = watch.without_poll;
    let (before, arrived) = (*world.counters(), copies(&world, settings.replicas));
    let vote = |world: &mut World<Tab>, watch: &mut Tabs<'_>, from: usize| {
        world.act(from, watch, |tab, now| {
            // Another option than the last time: the same vote again is no vote.
            let marked = tab.replica().own_vote().map(|vote| vote.choice);
            let last =
                marked.and_then(|choice| (0..OPTIONS).find(|option| choice.marks(*option) > 0));
            let next = last.map_or(0, |option| (option + 1) % OPTIONS);
            tab.vote(next, now)
        })
    };
    let refusals = drive(
        Goal::Delivered,
        settings,
        &mut world,
        &mut watch,
        &mut random,
        vote,
        progress,
    );
    let copies = copies(&world, settings.replicas) - arrived;
    watch.tracker.copied_times(copies);
    let counted = world.counters().since(&before);
    let spread = Coverage::of(&watch.tracker, settings, counted);
    let roots: Vec<[u8; 32]> = (0..settings.replicas)
        .map(|index| world.process_mut(index).replica_mut().state_hash())
        .collect();
    Coverage {
        converged: spread.converged && roots.iter().all(|root| *root == roots[0]),
        state_hash: OpId(roots[0]).to_string(),
        refusals,
        without_poll,
        ..spread
    }
}

/// How many copies of ops arrived anywhere so far.
fn copies(world: &World<Tab>, replicas: usize) -> u64 {
    let arrived = |index| {
        let replica = world.process(index).replica();
        replica.ops() + replica.stats().duplicates
    };
    (0..replicas).map(arrived).sum()
}

struct Tabs<'a> {
    tracker: Tracker,
    without_poll: usize,
    log: &'a mut Log,
}

impl Tracks for Tabs<'_> {
    fn tracker(&self) -> &Tracker {
        &self.tracker
    }
}

/// An op's id is as good as random, and half of it will do.
fn number(id: OpId) -> u128 {
    let [a, b, c, d, e, f, g, h, ..] = id.0;
    let low = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
    u128::from(low)
}

impl Watch<Tab> for Tabs<'_> {
    fn note(&mut self, process: usize, note: Note, now: Millis) {
        match note {
            Note::Told(Event::Opened) => self.without_poll -= 1,
            Note::Made { id, .. } => {
                self.log.line(now, process, format_args!("makes {id:?}"));
                self.tracker.made(process, number(id), now);
            }
            Note::Told(Event::Delivered(delivered)) => {
                let (id, via) = (delivered.op.id(), delivered.via);
                self.log
                    .line(now, process, format_args!("delivers {id:?}, {via:?}"));
                self.tracker.delivered(number(id), now);
                if via == Via::Gossip {
                    self.tracker.came_by_push(process, number(id), now);
                }
            }
            Note::Told(_) => {}
        }
    }

    fn happened(&mut self, happening: &Happening<'_, Tab>, now: Millis) {
        self.log.happened(happening, now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Faults;
    use crate::network::latency::Latency;
    use crate::network::loss::Loss;
    use crate::pair::{self, When, Who};

    #[test]
    fn votes_come_to_all_with_and_without_loss() {
        for loss in [Loss::None, Loss::Even(0.2)] {
            let settings = Settings {
                who: Who::Gossip,
                when: When::Causal,
                replicas: 12,
                ops: 10,
                op_every: Millis(100),
                pair: pair::Settings::default(),
                faults: Faults {
                    loss,
                    ..Faults::none(Latency::Constant(Millis(50)))
                },
                end: Millis(60_000),
                seed: 1,
            };
            let mut log = Log::kept();
            let coverage = run(&settings, &mut log, &mut |_, _| {});
            assert!(coverage.converged, "{coverage:?}");
            assert!(coverage.by_push > 0.9, "{coverage:?}");
            assert!(coverage.copies_per_node > 1.0, "{coverage:?}");
            assert!(log.lines().any(|line| line.contains("makes")));
        }
    }
}
