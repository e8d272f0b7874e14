//! The checkers on true runs: each pair of the family keeps its own promise on a bad network, and
//! breaks a greater one.

use std::collections::{BTreeMap, BTreeSet};

use election_textbook::broadcast::{Order, Spread};

use super::history::History;
use super::lost::{self, Owed};
use super::order::{self, Promise, promise_of};
use super::testing::replica;
use super::*;
use crate::network::Faults;
use crate::network::latency::Latency;
use crate::network::loss::Loss;
use crate::pair::{self, Entry, Pair, Told, When, Who, WithPair};
use crate::random::Random;
use crate::world::{self, Clock, Watch, World};

const REPLICAS: u64 = 6;

impl<S: Spread<O::Message>, O: Order<Entry>> Watch<Pair<S, O>> for History {
    fn note(&mut self, process: usize, told: Told, now: Millis) {
        match told {
            Told::Broadcast(id) => self.broadcast(id, now),
            Told::Delivered(id) => self.delivered(replica(process as u64), id),
        }
    }
}

/// A run in which one replica is cut off for good after a while, or none.
struct Run {
    seed: u64,
    dies: Option<u64>,
}

struct Ran {
    history: History,
    alive: BTreeSet<ReplicaId>,
    held: lost::HeldBack,
}

impl WithPair for Run {
    type Result = Ran;

    fn with<S: Spread<O::Message>, O: Order<Entry>>(
        self,
        make: impl Fn(ReplicaId) -> Pair<S, O>,
    ) -> Ran {
        let mut random = Random::new(self.seed);
        let latency = Latency::Uniform {
            low: Millis(5),
            high: Millis(300),
        };
        let faults = Faults {
            loss: Loss::Even(0.2),
            duplication: 0.1,
            ..Faults::none(latency)
        };
        let settings = world::Settings {
            faults,
            relay: None,
        };
        let mut world = World::new(settings, &mut random);
        let mut history = History::default();
        for index in 0..REPLICAS {
            history.joined(replica(index));
            let index = world.add(make(replica(index)), Clock::default());
            world.connect(index, &mut history);
        }
        for round in 0..40 {
            let from = random.below(REPLICAS) as usize;
            if world.is_connected(from) {
                let sent = world.act(from, &mut history, |pair, now| pair.broadcast(now));
                assert!(sent.is_ok());
            }
            let pause = Millis(random.below(200));
            world.run_until(world.now().after(pause), &mut history);
            if round == 20
                && let Some(dead) = self.dies
            {
                world.disconnect(dead as usize, &mut history);
            }
        }
        world.run_until(world.now().after(Millis(60_000)), &mut history);
        let live = (0..REPLICAS).filter(|index| Some(*index) != self.dies);
        let held = |index| {
            let held = world.process(index as usize).order().held_back();
            (replica(index), held.into_iter().collect())
        };
        Ran {
            history,
            held: live.clone().map(held).collect(),
            alive: live.map(replica).collect(),
        }
    }
}

/// Runs it, with far more patience for the leader than the run takes.
fn ran(who: Who, when: When, seed: u64, dies: Option<u64>) -> Ran {
    let settings = pair::Settings {
        patience: Millis(1_000_000),
        ..pair::Settings::default()
    };
    let members: Vec<_> = (0..REPLICAS).map(replica).collect();
    pair::with_pair(who, when, settings, &members, Run { seed, dies })
}

#[test]
fn each_pair_keeps_its_promise_and_loses_nothing() {
    for when in When::ALL {
        for (who, seed) in [(Who::Eager, 1), (Who::Gossip, 2), (Who::Gossip, 3)] {
            let ran = ran(who, when, seed, None);
            let broken = order::violation(&ran.history, promise_of(when));
            assert_eq!(broken, None, "{who:?} {when:?}");
            let lost = lost::violation(&ran.history, &ran.alive, Owed::Everything);
            assert_eq!(lost, None, "{who:?} {when:?}");
            assert_eq!(ran.history.broadcasts(), 40);
        }
    }
}

#[test]
fn each_pair_breaks_a_promise_that_it_does_not_give() {
    let greater = [
        (When::Unordered, Promise::Fifo, "fifo-broken"),
        (When::Unordered, Promise::Named, "named-broken"),
        (When::CausalNamed, Promise::Fifo, "fifo-broken"),
        (When::Fifo, Promise::Causal, "causal-broken"),
        (When::Causal, Promise::Total, "total-broken"),
    ];
    for (when, promise, kind) in greater {
        let mut kinds = BTreeMap::new();
        for seed in 0..4 {
            let ran = ran(Who::Gossip, when, seed, None);
            if let Some(broken) = order::violation(&ran.history, promise) {
                *kinds.entry(broken.kind()).or_insert(0) += 1;
            }
        }
        let only: Vec<_> = kinds.into_keys().collect();
        assert_eq!(only, [kind], "{when:?} {promise:?}");
    }
}

#[test]
fn a_dead_member_holds_up_a_total_order_and_is_named() {
    for (when, dead) in [(When::Lamport, 3), (When::Leader, 0)] {
        let ran = ran(Who::Gossip, when, 7, Some(dead));
        let broken = order::violation(&ran.history, Promise::Total);
        assert_eq!(broken, None, "{when:?}");
        let lost = lost::violation(&ran.history, &ran.alive, Owed::Everything);
        assert_eq!(lost.map(|lost| lost.kind()), Some("op-lost"), "{when:?}");
        let owed = Owed::UnlessWaitingForTheDead(&ran.held);
        let unsaid = lost::violation(&ran.history, &ran.alive, owed);
        assert_eq!(unsaid, None, "{when:?}");
    }
    for when in [When::Unordered, When::Fifo, When::Causal, When::CausalNamed] {
        let ran = ran(Who::Gossip, when, 7, Some(3));
        let lost = lost::violation(&ran.history, &ran.alive, Owed::Everything);
        assert_eq!(lost, None, "{when:?}");
    }
}
