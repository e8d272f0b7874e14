//! Every pair of who gets a message and when it is delivered, on a network that loses, duplicates
//! and reorders.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use election_core::broadcast::causal::Caps;
use election_core::broadcast::gossip::{self, Gossip};
use election_core::ids::ReplicaId;
use election_core::time::Millis;
use election_textbook::broadcast::causal_clock::CausalClock;
use election_textbook::broadcast::causal_named::CausalNamed;
use election_textbook::broadcast::eager::{self, Eager};
use election_textbook::broadcast::fifo::Fifo;
use election_textbook::broadcast::node::{Node, Output, Packet, Settings};
use election_textbook::broadcast::total_by_lamport::TotalByLamport;
use election_textbook::broadcast::total_by_leader::TotalByLeader;
use election_textbook::broadcast::unordered::Unordered;
use election_textbook::broadcast::{Message, MessageId, Order, Payload, Refusal, Spread};
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

const NODES: usize = 7;
const ROUNDS: u64 = 6;
/// How many of its last deliveries a message names.
const NAMED: usize = 2;
/// After this everything has come to everybody, or never will.
const END: Millis = Millis(120_000);

/// A payload that names all that its sender had delivered, for the order that looks at that.
#[derive(Debug, Clone)]
struct Note(Vec<MessageId>);

impl Payload for Note {
    fn size(&self) -> usize {
        8 + 16 * self.0.len()
    }
    fn comes_after(&self) -> &[MessageId] {
        &self.0
    }
}

/// What is promised of the deliveries.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Promise {
    Once,
    Fifo,
    Named,
    Causal,
    Total,
}

/// From whom, to whom, what.
type OnTheWay<O> = (usize, usize, Packet<<O as Order<Note>>::Message>);

/// Nodes, and messages on their way to them.
struct Network<S, O: Order<Note>> {
    nodes: Vec<Node<Note, S, O>>,
    on_the_way: BTreeMap<(Millis, u64), OnTheWay<O>>,
    delivered: Vec<Vec<MessageId>>,
    /// What its sender had delivered when it broadcast a message.
    past: BTreeMap<MessageId, Vec<MessageId>>,
    random: ChaCha8Rng,
    now: Millis,
    sent: u64,
}

impl<S: Spread<O::Message>, O: Order<Note>> Network<S, O> {
    fn new(
        spread: fn() -> S,
        order: impl Fn(ReplicaId) -> O,
        settings: Settings,
        seed: u64,
    ) -> Self {
        let node = |index| {
            let me = ReplicaId(index as u64);
            Node::new(me, spread(), order(me), settings)
        };
        Self {
            nodes: (0..NODES).map(node).collect(),
            on_the_way: BTreeMap::new(),
            delivered: vec![Vec::new(); NODES],
            past: BTreeMap::new(),
            random: ChaCha8Rng::seed_from_u64(seed),
            now: Millis(0),
            sent: 0,
        }
    }

    fn percent(&mut self, percent: u64) -> bool {
        self.random.next_u64() % 100 < percent
    }

    fn send(&mut self, from: usize, to: usize, packet: &Packet<O::Message>) {
        if self.percent(20) {
            return;
        }
        for _ in 0..=u64::from(self.percent(10)) {
            let at = self.now.after(Millis(5 + self.random.next_u64() % 100));
            self.sent += 1;
            let key = (at, self.sent);
            self.on_the_way.insert(key, (from, to, packet.clone()));
        }
    }

    fn drain(&mut self, from: usize) {
        while let Some(output) = self.nodes[from].next_output() {
            match output {
                Output::Deliver(id, _) => self.delivered[from].push(id),
                Output::Send(to, packet) => self.send(from, to.0 as usize, &packet),
                Output::Spread(fan_out, packet) => {
                    let mut others: Vec<_> = (0..NODES).filter(|other| *other != from).collect();
                    while others.len() > usize::from(fan_out) {
                        let leave_out = self.random.next_u64() % others.len() as u64;
                        others.swap_remove(leave_out as usize);
                    }
                    for to in others {
                        self.send(from, to, &packet);
                    }
                }
            }
        }
    }

    /// The next thing that happens, a packet or a deadline.
    fn step(&mut self) {
        let wakes = self.nodes.iter().map(Node::next_deadline);
        let (wake, node) = wakes.zip(0..).min().unwrap();
        let packet = self.on_the_way.first_key_value().map(|(key, _)| key.0);
        if packet.is_some_and(|at| at <= wake) {
            let ((at, _), (from, to, packet)) = self.on_the_way.pop_first().unwrap();
            self.now = self.now.max(at);
            self.nodes[to].receive(ReplicaId(from as u64), packet, self.now);
            self.drain(to);
        } else {
            self.now = self.now.max(wake);
            self.nodes[node].wake(self.now);
            self.drain(node);
        }
    }

    fn broadcast(&mut self, from: usize) -> Result<(), Refusal> {
        let past = self.delivered[from].clone();
        let last: Vec<_> = past.iter().rev().take(NAMED).copied().collect();
        let id = self.nodes[from].broadcast(Note(last), self.now)?;
        self.past.insert(id, past);
        self.drain(from);
        Ok(())
    }

    fn run(&mut self) {
        for _ in 0..ROUNDS {
            for from in 0..NODES {
                self.broadcast(from).unwrap();
                for _ in 0..self.random.next_u64() % 20 {
                    self.step();
                }
            }
        }
        let all = self.past.len();
        while self.delivered.iter().any(|delivered| delivered.len() < all) && self.now < END {
            self.step();
        }
    }

    /// What is wrong with the deliveries, if anything is.
    fn violation(&self, promise: Promise) -> Option<String> {
        for (node, delivered) in self.nodes.iter().zip(&self.delivered) {
            let set: BTreeSet<_> = delivered.iter().copied().collect();
            if set.len() < delivered.len() || !set.iter().eq(self.past.keys()) {
                return Some("not everything, or something twice".into());
            }
            let place = |id: &MessageId| delivered.iter().position(|other| other == id);
            for (id, past) in &self.past {
                let kept = |(age, before): &(usize, &MessageId)| match promise {
                    Promise::Once => false,
                    Promise::Fifo => before.sender == id.sender,
                    Promise::Named => *age < NAMED,
                    Promise::Causal | Promise::Total => true,
                };
                let mut before = past.iter().rev().enumerate().filter(kept);
                if let Some((_, before)) = before.find(|(_, before)| place(before) > place(id)) {
                    return Some(format!("{before} is not before {id}"));
                }
            }
            if promise == Promise::Total && *delivered != self.delivered[0] {
                return Some("two orders".into());
            }
            if let Some((id, wait)) = node.order().held_back().first() {
                return Some(format!("{id} waits for {wait}"));
            }
        }
        None
    }
}

/// Runs it with all ways to spread, from a few seeds, with grace and without, and looks at each run
/// when it is over.
fn runs<O: Order<Note>>(
    order: impl Fn(ReplicaId) -> O,
    promise: Promise,
    mut look: impl FnMut(Option<String>, u64, &[&O]),
) {
    fn eager<M: Message>() -> Eager<M> {
        Eager::new(eager::Settings::default())
    }
    fn gossip<M: Message>() -> Gossip<M> {
        Gossip::new(gossip::Settings {
            fan_out: 2,
            own_fan_out: 3,
            ..gossip::Settings::default()
        })
    }
    fn best_effort<M: Message>() -> Gossip<M> {
        Gossip::new(gossip::Settings {
            fan_out: 0,
            own_fan_out: 255,
            own_tick: Millis(20),
            ..gossip::Settings::default()
        })
    }
    fn run<S: Spread<O::Message>, O: Order<Note>>(
        mut network: Network<S, O>,
        promise: Promise,
        mut look: impl FnMut(Option<String>, u64, &[&O]),
    ) {
        network.run();
        let dropped = network.nodes.iter().map(Node::dropped).sum();
        let orders: Vec<_> = network.nodes.iter().map(Node::order).collect();
        look(network.violation(promise), dropped, &orders);
    }
    for seed in 0..4 {
        let default = Settings::default();
        let at_once = Settings {
            grace: Millis(0),
            ..default
        };
        for settings in [default, at_once] {
            let network = Network::new(eager, &order, settings, seed);
            run(network, promise, &mut look);
            let network = Network::new(gossip, &order, settings, seed);
            run(network, promise, &mut look);
            let network = Network::new(best_effort, &order, settings, seed);
            run(network, promise, &mut look);
        }
    }
}

/// The promise is kept in every run. Gives how many messages were dropped for want of room.
fn keeps<O: Order<Note>>(order: impl Fn(ReplicaId) -> O, promise: Promise) -> u64 {
    let mut all_dropped = 0;
    runs(order, promise, |violation, dropped, _| {
        assert_eq!(violation, None, "{promise:?}");
        all_dropped += dropped;
    });
    all_dropped
}

/// The promise is broken in some run: the network is bad enough, and the check would notice.
fn breaks<O: Order<Note>>(order: impl Fn(ReplicaId) -> O, promise: Promise) {
    let mut broken = 0;
    runs(order, promise, |violation, _, _| {
        broken += u32::from(violation.is_some());
    });
    assert!(broken > 0, "{promise:?}");
}

fn members() -> Vec<ReplicaId> {
    (0..NODES as u64).map(ReplicaId).collect()
}

fn tiny(messages: usize) -> Caps {
    let bytes = 10_000;
    Caps { messages, bytes }
}

#[test]
fn unordered_delivers_everything_once_and_in_any_order() {
    keeps(Unordered::new, Promise::Once);
    breaks(Unordered::new, Promise::Fifo);
}

#[test]
fn fifo_keeps_each_senders_order_and_no_more() {
    keeps(|me| Fifo::new(me, Caps::default()), Promise::Fifo);
    breaks(|me| Fifo::new(me, Caps::default()), Promise::Causal);
    assert!(keeps(|me| Fifo::new(me, tiny(2)), Promise::Fifo) > 0);
}

#[test]
fn a_full_clock_keeps_the_causal_order_and_no_more() {
    keeps(|me| CausalClock::new(me, Caps::default()), Promise::Causal);
    breaks(|me| CausalClock::new(me, Caps::default()), Promise::Total);
    assert!(keeps(|me| CausalClock::new(me, tiny(4)), Promise::Causal) > 0);
}

#[test]
fn naming_keeps_the_order_of_what_is_named_and_no_more() {
    keeps(|me| CausalNamed::new(me, Caps::default()), Promise::Named);
    breaks(|me| CausalNamed::new(me, Caps::default()), Promise::Causal);
    assert!(keeps(|me| CausalNamed::new(me, tiny(4)), Promise::Named) > 0);
}

#[test]
fn a_leader_gives_one_order_while_it_stays() {
    let leader = |caps| move |me| TotalByLeader::new(me, members(), Millis(60_000), caps);
    keeps(leader(Caps::default()), Promise::Total);
    assert!(keeps(leader(tiny(12)), Promise::Total) > 0);
}

#[test]
fn when_leaders_change_for_nothing_everything_is_delivered_once_but_not_in_one_order() {
    let hasty = |me| TotalByLeader::new(me, members(), Millis(120), Caps::default());
    let mut forks = 0;
    runs(hasty, Promise::Once, |violation, _, orders| {
        assert_eq!(violation, None);
        forks += orders.iter().map(|order| order.forks()).sum::<u64>();
    });
    assert!(forks > 0);
    breaks(hasty, Promise::Total);
}

#[test]
fn lamport_times_give_one_order() {
    let lamport = |caps| move |me| TotalByLamport::new(me, members(), Millis(100), caps);
    keeps(lamport(Caps::default()), Promise::Total);
    assert!(keeps(lamport(tiny(24)), Promise::Total) > 0);
}
