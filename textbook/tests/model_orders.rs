//! All that can happen to three replicas and three messages under each delivery order, with the
//! model checker `stateright`.
//!
//! The network never forgets a message and delivers any of them to anybody at any time, again too:
//! that is loss (it never comes, or late), duplication and reordering in one. A message that comes
//! again changes nothing, so that the states stay few. What happened before what is written down
//! beside the orders, as the set of what a sender had delivered, and not taken from their clocks.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::hash::Hash;

use election_core::broadcast::causal::Caps;
use election_core::ids::ReplicaId;
use election_core::time::Millis;
use election_textbook::broadcast::causal_clock::CausalClock;
use election_textbook::broadcast::causal_named::CausalNamed;
use election_textbook::broadcast::fifo::Fifo;
use election_textbook::broadcast::total_by_lamport::TotalByLamport;
use election_textbook::broadcast::total_by_leader::TotalByLeader;
use election_textbook::broadcast::unordered::Unordered;
use election_textbook::broadcast::{Message, MessageId, Order, Payload, Step};
use stateright::{Checker, HasDiscoveries, Model, Property};

const REPLICAS: u64 = 3;
/// Three payloads from anybody. Where no replica is different from another, the first sender may be
/// called 0, the first other one 1.
const ANYBODY: &[&[usize]] = &[&[0], &[0, 1], &[0, 1, 2]];

/// A message's number, and the names of all that its sender had delivered.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Note(u8, Vec<MessageId>);

impl Payload for Note {
    fn size(&self) -> usize {
        1 + 16 * self.1.len()
    }
    fn comes_after(&self) -> &[MessageId] {
        &self.1
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Promise {
    Once,
    Fifo,
    Causal,
    Total,
}

/// Three replicas under one order.
struct Group<O> {
    order: fn(ReplicaId) -> O,
    promise: Promise,
    /// Who may broadcast the first payload, the second, and so on.
    senders: &'static [&'static [usize]],
    /// How many times anybody may do what is due.
    ticks: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct State<O, M> {
    orders: Vec<O>,
    sent: Vec<M>,
    /// By replica.
    delivered: Vec<Vec<(u8, MessageId)>>,
    /// By replica, which of `sent`; not for total orders, where it says nothing.
    received: Vec<BTreeSet<usize>>,
    /// By payload: its sender, and what that one had delivered.
    past: Vec<(usize, BTreeSet<u8>)>,
    ticks: usize,
}

#[derive(Debug, Clone, PartialEq)]
enum Action {
    Broadcast(usize),
    Receive { to: usize, message: usize },
    Tick(usize),
}

impl<O: Order<Note>> State<O, O::Message> {
    fn drain(&mut self, replica: usize) {
        while let Some(step) = self.orders[replica].next_step() {
            match step {
                Step::Send(message) => {
                    self.received[replica].insert(self.sent.len());
                    self.sent.push(message);
                }
                Step::Deliver(id, Note(number, _)) => self.delivered[replica].push((number, id)),
                Step::Drop(id) => panic!("{id} was dropped, with room for thousands"),
            }
        }
    }

    fn numbers(&self, replica: usize) -> Vec<u8> {
        self.delivered[replica]
            .iter()
            .map(|(number, _)| *number)
            .collect()
    }

    fn keeps(&self, promise: Promise) -> bool {
        (0..self.orders.len()).all(|replica| {
            let mut before = BTreeSet::new();
            let in_order = self.numbers(replica).into_iter().all(|number| {
                let (sender, past) = &self.past[usize::from(number)];
                let matters = |other: &&u8| match promise {
                    Promise::Once | Promise::Total => false,
                    Promise::Fifo => self.past[usize::from(**other)].0 == *sender,
                    Promise::Causal => true,
                };
                past.iter()
                    .filter(matters)
                    .all(|other| before.contains(other))
                    && before.insert(number)
            });
            let (one, other) = (self.numbers(replica), self.numbers(0));
            let shared = one.len().min(other.len());
            in_order && (promise != Promise::Total || one[..shared] == other[..shared])
        })
    }
}

impl<O> Model for Group<O>
where
    O: Order<Note, Message: Debug + PartialEq + Hash> + Debug + Clone + PartialEq + Hash,
{
    type State = State<O, O::Message>;
    type Action = Action;

    fn init_states(&self) -> Vec<Self::State> {
        let replicas = REPLICAS as usize;
        vec![State {
            orders: (0..REPLICAS).map(ReplicaId).map(self.order).collect(),
            sent: Vec::new(),
            delivered: vec![Vec::new(); replicas],
            received: vec![BTreeSet::new(); replicas],
            past: Vec::new(),
            ticks: 0,
        }]
    }

    fn actions(&self, state: &Self::State, actions: &mut Vec<Action>) {
        for replica in 0..state.orders.len() {
            let senders = self.senders.get(state.past.len());
            if senders.is_some_and(|senders| senders.contains(&replica)) {
                actions.push(Action::Broadcast(replica));
            }
            if state.ticks < self.ticks && state.orders[replica].next_deadline().is_some() {
                actions.push(Action::Tick(replica));
            }
            // One's own come back in the tests with random histories.
            let others = |message: &usize| state.sent[*message].id().sender.0 != replica as u64;
            let receive = |message| Action::Receive {
                to: replica,
                message,
            };
            actions.extend((0..state.sent.len()).filter(others).map(receive));
        }
    }

    fn next_state(&self, state: &Self::State, action: Action) -> Option<Self::State> {
        let mut state = state.clone();
        let now = Millis(state.ticks as u64 * 1_000);
        let replica = match action {
            Action::Broadcast(from) => {
                let past = state.numbers(from).into_iter().collect();
                let names = state.delivered[from].iter().map(|(_, id)| *id).collect();
                let note = Note(state.past.len() as u8, names);
                state.past.push((from, past));
                state.orders[from].broadcast(note, now).unwrap();
                from
            }
            Action::Receive { to, message } => {
                if self.promise != Promise::Total {
                    state.received[to].insert(message);
                }
                let message = state.sent[message].clone();
                state.orders[to].receive(message, now);
                to
            }
            Action::Tick(replica) => {
                state.ticks += 1;
                state.orders[replica].tick(now.after(Millis(1_000)));
                replica
            }
        };
        state.drain(replica);
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(
                "nothing is delivered twice",
                |_: &Self, state: &Self::State| state.keeps(Promise::Once),
            ),
            Property::always(
                "the promise is kept",
                |group: &Self, state: &Self::State| state.keeps(group.promise),
            ),
            Property::always(
                "whoever has received everything holds nothing back",
                |group: &Self, state: &Self::State| {
                    let has_all =
                        |replica: usize| state.received[replica].len() == state.sent.len();
                    // By Lamport times one also waits for what nobody has said yet.
                    group.promise == Promise::Total
                        || (0..state.orders.len()).all(|replica| {
                            !has_all(replica) || state.delivered[replica].len() == state.past.len()
                        })
                },
            ),
            Property::sometimes("something is held back", |_: &Self, state: &Self::State| {
                state
                    .orders
                    .iter()
                    .any(|order| !order.held_back().is_empty())
            }),
            Property::sometimes(
                "everything is delivered everywhere",
                |group: &Self, state: &Self::State| {
                    let all = |delivered: &Vec<_>| delivered.len() == group.senders.len();
                    state.delivered.iter().all(all)
                },
            ),
        ]
    }
}

/// Looks at every state, and gives the number of them.
fn keeps<O>(
    order: fn(ReplicaId) -> O,
    promise: Promise,
    senders: &'static [&'static [usize]],
    ticks: usize,
) -> usize
where
    O: Order<Note, Message: Debug + PartialEq + Hash + Send + Sync>,
    O: Debug + Clone + PartialEq + Hash + Send + Sync + 'static,
{
    let group = Group {
        order,
        promise,
        senders,
        ticks,
    };
    let checker = group.checker().spawn_bfs().join();
    for (name, path) in checker.discoveries() {
        let expected = checker.model().property(name).expectation;
        assert!(!expected.discovery_is_failure(), "{name}: {path}");
    }
    let names = [
        "something is held back",
        "everything is delivered everywhere",
    ];
    for name in names.iter().skip(usize::from(promise == Promise::Once)) {
        assert!(checker.discovery(name).is_some(), "never: {name}");
    }
    println!("{promise:?}: {} states", checker.unique_state_count());
    checker.unique_state_count()
}

/// Finds a state in which a stronger promise is broken, with the shortest way there.
fn breaks<O>(order: fn(ReplicaId) -> O, promise: Promise)
where
    O: Order<Note, Message: Debug + PartialEq + Hash + Send + Sync>,
    O: Debug + Clone + PartialEq + Hash + Send + Sync + 'static,
{
    let group = Group {
        order,
        promise,
        senders: ANYBODY,
        ticks: 0,
    };
    assert!(finds_it_broken(group), "{promise:?}");
}

/// Looks for the shortest way to a state in which the promise is broken, and no further.
fn finds_it_broken<O>(group: Group<O>) -> bool
where
    O: Order<Note, Message: Debug + PartialEq + Hash + Send + Sync>,
    O: Debug + Clone + PartialEq + Hash + Send + Sync + 'static,
{
    let kept = "the promise is kept";
    let found = HasDiscoveries::AnyOf([kept].into());
    let checker = group.checker().finish_when(found).spawn_bfs().join();
    checker.discovery(kept).is_some()
}

fn fifo(me: ReplicaId) -> Fifo<Note> {
    Fifo::new(me, Caps::default())
}

fn by_clock(me: ReplicaId) -> CausalClock<Note> {
    CausalClock::new(me, Caps::default())
}

fn by_name(me: ReplicaId) -> CausalNamed<Note> {
    CausalNamed::new(me, Caps::default())
}

fn members() -> Vec<ReplicaId> {
    (0..REPLICAS).map(ReplicaId).collect()
}

#[test]
fn unordered_delivers_once_and_breaks_fifo() {
    keeps(Unordered::new, Promise::Once, ANYBODY, 0);
    breaks(Unordered::<Note>::new, Promise::Fifo);
}

#[test]
fn fifo_is_kept_and_causal_order_broken() {
    keeps(fifo, Promise::Fifo, ANYBODY, 0);
    breaks(fifo, Promise::Causal);
}

#[test]
fn a_full_clock_keeps_causal_order_and_breaks_total_order() {
    keeps(by_clock, Promise::Causal, ANYBODY, 0);
    breaks(by_clock, Promise::Total);
}

#[test]
fn naming_what_was_delivered_keeps_causal_order() {
    keeps(by_name, Promise::Causal, ANYBODY, 0);
}

#[test]
fn a_leader_that_stays_keeps_one_order() {
    let leader = |me| TotalByLeader::<Note>::new(me, members(), Millis(u64::MAX), Caps::default());
    // Replica 0 leads.
    keeps(leader, Promise::Total, &[&[0, 1], &[0, 1, 2]], 0);
}

#[test]
fn a_leader_that_is_suspected_while_it_is_there_breaks_it() {
    let hasty = |me| TotalByLeader::<Note>::new(me, members(), Millis(1), Caps::default());
    let group = Group {
        order: hasty,
        promise: Promise::Total,
        senders: &[&[1], &[2]],
        ticks: 1,
    };
    assert!(finds_it_broken(group));
}

#[test]
fn lamport_times_keep_one_order() {
    let lamport = |me| TotalByLamport::<Note>::new(me, members(), Millis(1), Caps::default());
    keeps(lamport, Promise::Total, &[&[0], &[0, 1]], 2);
}
