//! Rooms that are crowds: whoever has the link can fill one with connections that are silent, open
//! sessions, or look like peers. Votes arrive all the same, and newcomers get the poll.

#![allow(clippy::unwrap_used)]
#![cfg(not(target_arch = "wasm32"))]

mod crowd;
mod network;

use std::sync::LazyLock;

use crowd::{Crowd, Manner};
use ed25519_zebra::SigningKey;
use election_core::ids::OpId;
use election_core::poll::ballot::Ballot;
use election_core::poll::choice::Choice;
use election_core::poll::method::Method;
use election_core::poll::op::{Op, VerifiedGenesis};
use election_core::replica::MAX_RESTORE;
use election_core::replica::io::{Input, Record};
use election_core::wire::envelope::sign;
use network::{Network, sample};

const BALLOTS: u64 = 1_000;
/// A newcomer has the poll within so many milliseconds.
const NEWCOMER: u64 = 5_000;
/// A vote is where it is to be within so many.
const VOTE: u64 = 3_000;

/// A thousand ballots of the poll that every network of these tests has.
static RECORDS: LazyLock<Vec<Record>> = LazyLock::new(|| {
    let genesis: VerifiedGenesis = network::genesis(Method::Single);
    let ballot = |voter: u64| {
        let mut key = [11; 32];
        key[..8].copy_from_slice(&voter.to_be_bytes());
        let choice = Choice::new(&[voter as usize % 3], Method::Single, 3).unwrap();
        let ballot = Op::Ballot(Ballot::new(None, choice, &genesis));
        let op = sign(&SigningKey::from(key), genesis.id().into(), ballot);
        Record {
            received: election_core::time::Millis(1),
            bytes: op.bytes().to_vec(),
        }
    };
    (0..BALLOTS).map(ballot).collect()
});

/// The chair's tab, which holds the ballots, in a crowd.
fn crowded(seed: u64, manner: Manner, strangers: usize) -> (Network, Crowd) {
    let mut network = Network::new(seed);
    // As over a relay, a connection's frames come in order.
    network.faults.delay = 1;
    network.latency = 29;
    network.open_tab();
    for records in RECORDS.chunks(MAX_RESTORE) {
        network.input(0, Input::Restore(records));
    }
    network.connect(0);
    let one = RECORDS[0].bytes.clone();
    let mut crowd = Crowd::new(manner, strangers, one, &mut network);
    crowd.run(&mut network, 600);
    (network, crowd)
}

/// Runs until something is so, and says how long that took; `None` when it took longer than a
/// minute.
fn time_until(
    network: &mut Network,
    crowd: &mut Crowd,
    is_so: impl Fn(&Network) -> bool,
) -> Option<u64> {
    let start = network.now;
    while !is_so(network) {
        crowd.run(network, 10);
        if (network.now - start).0 > 60_000 {
            return None;
        }
    }
    Some((network.now - start).0)
}

fn vote(network: &mut Network, tab: usize, option: usize) -> OpId {
    network.vote(tab, option).unwrap();
    network.tabs[tab].tab.replica().own_vote().unwrap().ballot
}

fn holds(network: &Network, tab: usize, ballot: OpId) -> bool {
    let mut ballots = network.tabs[tab].tab.replica().ballots();
    ballots.any(|(_, held, _)| held.id == ballot)
}

/// A newcomer gets the poll and votes; then the chair does.
fn assert_not_starved(manner: Manner, strangers: usize) {
    let (mut newcomers, mut votes) = (Vec::new(), Vec::new());
    for seed in 0..sample::of(5, 20) {
        let (mut network, mut crowd) = crowded(seed, manner, strangers);
        let tab = network.open_tab();
        network.connect(tab);
        let has_all = |network: &Network| network.tabs[tab].tab.replica().ops() >= BALLOTS;
        newcomers.push(time_until(&mut network, &mut crowd, has_all));
        for (from, to) in [(tab, 0), (0, tab)] {
            let ballot = vote(&mut network, from, 1);
            let is_there = |network: &Network| holds(network, to, ballot);
            votes.push(time_until(&mut network, &mut crowd, is_there));
        }
    }
    let within = |times: &[Option<u64>], most| {
        let late = times
            .iter()
            .filter(|time| time.is_none_or(|time| time > most));
        late.count() == 0
    };
    assert!(within(&newcomers, NEWCOMER), "{manner:?}: {newcomers:?}");
    assert!(within(&votes, VOTE), "{manner:?}: {votes:?}");
}

#[test]
fn nobody_is_starved_by_the_silent() {
    assert_not_starved(Manner::Silent, 200);
}

#[test]
fn nobody_is_starved_by_those_who_open_sessions() {
    assert_not_starved(Manner::OpensSessions, 50);
}

#[test]
fn nobody_is_starved_by_those_who_open_sessions_and_come_back_under_another_handle() {
    assert_not_starved(Manner::OpensSessionsAnew, 50);
}

#[test]
fn nobody_is_starved_by_those_who_take_what_they_are_sent_slowly() {
    assert_not_starved(Manner::TakesSlowly, 50);
}

#[test]
fn nobody_is_starved_by_echoes() {
    assert_not_starved(Manner::Echoes, 50);
}

#[test]
fn nobody_is_starved_by_a_trickle() {
    assert_not_starved(Manner::Trickles, 50);
}
