//! All that can happen to three of the product's replicas and three ops: every op arrives at every
//! replica in every order, or never, and once more. Checked with the model checker `stateright`,
//! with the real [`Tab`].
//!
//! A replica cannot be cloned, and need not be: it does the same after the same inputs. So a state
//! of the model is what each replica was handed so far, and what a replica then shows is looked up
//! in a table of runs made beforehand.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]

mod network;

use std::collections::{BTreeMap, BTreeSet};

use ed25519_zebra::SigningKey;
use election_core::ballots::Return;
use election_core::ids::{OpId, PollId, ReplicaId};
use election_core::poll::choice::Choice;
use election_core::poll::op::VerifiedGenesis;
use election_core::replica::io::{Command, Config, Event, Happened, Input, Output, Record};
use election_core::replica::tab::Tab;
use election_core::time::Millis;
use election_core::wire::frame::{Digest, FrameWriter, Head, kind};
use election_core::wire::relay::Handle;
use network::{CHAIR, SECRET};
use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;
use stateright::{Checker, Model, Property};

const REPLICAS: usize = 3;
/// The ops, by number. The second ballot changes the first, the revocation strikes the first.
const BALLOT: u8 = 0;
const REVOCATION: u8 = 1;
const SECOND_BALLOT: u8 = 2;
const OPS: [u8; 3] = [BALLOT, REVOCATION, SECOND_BALLOT];
/// How many arrivals, all replicas taken together, may be duplicates.
const DUPLICATES: usize = 1;

/// What a replica was handed, in order.
type History = Vec<u8>;

/// What a replica shows.
#[derive(Debug, Clone, PartialEq)]
struct Shown {
    /// What it delivered, in order.
    delivered: Vec<u8>,
    held_back: usize,
    tally: Option<Return>,
    state_hash: [u8; 32],
}

/// The replicas of one poll and the table of their runs.
struct Poll {
    runs: BTreeMap<History, Shown>,
}

fn tab(poll: PollId, voter: u8, chair: bool) -> Tab {
    Tab::new(Config {
        poll,
        secret: SECRET,
        voter: SigningKey::from([voter; 32]),
        chair: chair.then(|| SigningKey::from(CHAIR)),
        precinct: None,
        timing: Default::default(),
        seed: [voter; 32],
    })
}

fn handle(tab: &mut Tab, input: Input<'_>) -> Vec<Output> {
    tab.handle(input, Millis(1));
    std::iter::from_fn(|| tab.poll_output()).collect()
}

/// The op that an author makes; it must make just one.
fn make(author: &mut Tab, command: Command) -> (OpId, Record) {
    author.ask(command, Millis(1)).unwrap();
    let outputs = std::iter::from_fn(|| author.poll_output());
    let mut made = outputs.filter_map(|output| match output {
        Output::Persist { id, record, .. } => Some((id, record)),
        _ => None,
    });
    let (id, record) = made.next().unwrap();
    handle(author, Input::Persisted(id));
    (id, record)
}

impl Poll {
    fn new() -> Self {
        let genesis = network::genesis(election_core::poll::method::Method::Single);
        let ops = Self::ops(&genesis);
        let mut runs = BTreeMap::new();
        let mut histories = vec![History::new()];
        while let Some(history) = histories.pop() {
            if history.len() < OPS.len() + DUPLICATES {
                histories.extend(OPS.map(|op| [history.as_slice(), &[op]].concat()));
            }
            runs.insert(history.clone(), Self::run(&genesis, &ops, &history));
        }
        Self { runs }
    }

    fn ops(genesis: &VerifiedGenesis) -> Vec<(OpId, Record)> {
        let poll = genesis.id().into();
        let received = Millis(0);
        let bytes = genesis.bytes().to_vec();
        let start = [Record { received, bytes }];
        let (mut voter, mut chair) = (tab(poll, 1, false), tab(poll, 2, true));
        handle(&mut voter, Input::Restore(&start));
        handle(&mut chair, Input::Restore(&start));
        let choice = |option| Choice::new(&[option], genesis.method(), 3).unwrap();
        let ballot = make(&mut voter, Command::Cast(choice(0)));
        let second = make(&mut voter, Command::Cast(choice(1)));
        handle(&mut chair, Input::Restore(std::slice::from_ref(&ballot.1)));
        let revoke = Command::Revoke {
            ballot: ballot.0,
            reason: "cast by mistake".to_owned(),
        };
        let revocation = make(&mut chair, revoke);
        vec![ballot, revocation, second]
    }

    fn run(genesis: &VerifiedGenesis, ops: &[(OpId, Record)], history: &History) -> Shown {
        let poll = genesis.id().into();
        let received = Millis(0);
        let bytes = genesis.bytes().to_vec();
        let mut tab = tab(poll, 9, false);
        handle(&mut tab, Input::Restore(&[Record { received, bytes }]));
        handle(&mut tab, network::in_room(Happened::Connected { size: 4 }));
        let mut delivered = Vec::new();
        for (nonce, op) in history.iter().enumerate() {
            let mut frame = FrameWriter::new(Head {
                replica: ReplicaId(7),
                digest: Digest::default(),
            });
            frame.put(kind::OPS, &ops[usize::from(*op)].1.bytes);
            let mut nonces = ChaCha8Rng::seed_from_u64(nonce as u64);
            let seal = SECRET.seal(poll, &SECRET.room(poll));
            let frame = Happened::Frame {
                from: Handle(1),
                payload: &seal.seal(&frame.into_bytes(), &mut nonces),
            };
            for output in handle(&mut tab, network::in_room(frame)) {
                if let Output::Event(Event::Delivered(event)) = output {
                    let op = ops.iter().position(|(id, _)| *id == event.op.id()).unwrap();
                    delivered.push(op as u8);
                }
            }
        }
        let replica = tab.replica_mut();
        Shown {
            delivered,
            held_back: replica.held_back().len(),
            tally: replica.tally(),
            state_hash: replica.state_hash(),
        }
    }

    fn shown<'a>(&'a self, state: &'a [History]) -> impl Iterator<Item = &'a Shown> {
        state.iter().map(|history| &self.runs[history])
    }
}

/// Whether `first`, if `then` is shown at all, was shown before it.
fn shows_first(shown: &Shown, first: u8, then: u8) -> bool {
    let place = |op| {
        shown
            .delivered
            .iter()
            .position(|delivered| *delivered == op)
    };
    place(then).is_none() || place(first).is_some_and(|first| Some(first) < place(then))
}

fn set(history: &History) -> BTreeSet<u8> {
    history.iter().copied().collect()
}

impl Model for Poll {
    type State = Vec<History>;
    /// An op arrives at a replica.
    type Action = (usize, u8);

    fn init_states(&self) -> Vec<Self::State> {
        vec![vec![History::new(); REPLICAS]]
    }

    fn actions(&self, state: &Self::State, actions: &mut Vec<Self::Action>) {
        let duplicates = |history: &History| history.len() - set(history).len();
        let left = DUPLICATES - state.iter().map(duplicates).sum::<usize>();
        for (to, history) in state.iter().enumerate() {
            let arrives = OPS
                .into_iter()
                .filter(|op| left > 0 || !history.contains(op));
            actions.extend(arrives.map(|op| (to, op)));
        }
    }

    fn next_state(&self, state: &Self::State, (to, op): Self::Action) -> Option<Self::State> {
        let mut next = state.clone();
        next[to].push(op);
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(
                "a revoked ballot shows as that, whichever of the two came first",
                |poll: &Self, state: &Vec<History>| {
                    let mut shown = poll.shown(state);
                    shown.all(|shown| {
                        let both = [BALLOT, REVOCATION];
                        let has_both = both.iter().all(|op| shown.delivered.contains(op));
                        let revoked = shown.tally.as_ref().map_or(0, |tally| tally.revoked);
                        revoked == u64::from(has_both)
                    })
                },
            ),
            Property::always(
                "a changed ballot never shows before the first",
                |poll: &Self, state: &Vec<History>| {
                    poll.shown(state)
                        .all(|shown| shows_first(shown, BALLOT, SECOND_BALLOT))
                },
            ),
            Property::always(
                "nothing shows twice",
                |poll: &Self, state: &Vec<History>| {
                    poll.shown(state)
                        .all(|shown| set(&shown.delivered).len() == shown.delivered.len())
                },
            ),
            Property::always(
                "equal sets of ops: equal tally and state hash",
                |poll: &Self, state: &Vec<History>| {
                    let sets: Vec<_> = state.iter().map(set).collect();
                    let all: Vec<_> = poll.shown(state).collect();
                    (0..REPLICAS).all(|a| {
                        (0..a).filter(|b| sets[a] == sets[*b]).all(|b| {
                            all[a].tally == all[b].tally && all[a].state_hash == all[b].state_hash
                        })
                    })
                },
            ),
            Property::always(
                "whoever has all ops shows them",
                |poll: &Self, state: &Vec<History>| {
                    let mut both = state.iter().zip(poll.shown(state));
                    both.all(|(history, shown)| {
                        set(history).len() < OPS.len()
                            || (shown.delivered.len() == 3 && shown.held_back == 0)
                    })
                },
            ),
            Property::sometimes("an op is held back", |poll: &Self, state: &Vec<History>| {
                poll.shown(state).any(|shown| shown.held_back > 0)
            }),
            Property::sometimes(
                "all show all, in two orders",
                |poll: &Self, state: &Vec<History>| {
                    let orders: BTreeSet<_> =
                        poll.shown(state).map(|shown| &shown.delivered).collect();
                    orders.len() > 1 && orders.iter().all(|order| order.len() == OPS.len())
                },
            ),
        ]
    }
}

#[test]
fn every_order_of_arrival_shows_the_same_and_nothing_too_early() {
    let checker = Poll::new().checker().spawn_bfs().join();
    checker.assert_properties();
    assert!(checker.is_done());
    assert!(checker.unique_state_count() > 40_000, "all of them");
}
