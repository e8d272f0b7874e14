//! What forged ballots and ballots that follow nothing cost their receiver, beside as many good
//! ones: `cargo xtask bench core`. The goal is at most twice as much.

#![allow(clippy::unwrap_used)]
#![cfg(not(target_arch = "wasm32"))]

use std::time::Instant;

use ed25519_zebra::SigningKey;
use election_core::ids::{OpId, PollId, ReplicaId};
use election_core::poll::ballot::Ballot;
use election_core::poll::choice::Choice;
use election_core::poll::genesis::{DEFAULT_MAX_SEQ, Genesis};
use election_core::poll::method::Method;
use election_core::poll::op::{Op, VerifiedGenesis};
use election_core::replica::io::{Config, Happened, Input, Record, RoomId};
use election_core::replica::tab::Tab;
use election_core::time::Millis;
use election_core::wire::envelope::{sign, voter_key};
use election_core::wire::frame::{Digest, FrameWriter, Head, kind};
use election_core::wire::link::Secret;
use election_core::wire::relay::Handle;
use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;

const SECRET: Secret = Secret([5; 16]);
const FRAMES: usize = 30;
const BALLOTS: usize = 450;

fn main() {
    // `cargo test --benches` runs this too.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let chair = SigningKey::from([1; 32]);
    let genesis = Genesis::new(
        voter_key(&chair),
        "Where to?",
        &["Bergen", "Porto"],
        Method::Single,
        DEFAULT_MAX_SEQ,
    );
    let genesis = sign(&chair, PollId::NONE, genesis.unwrap());
    let good = ballots(&genesis, false);
    let orphans = ballots(&genesis, true);
    let forged = |is_wrong: fn(usize) -> bool| {
        let mut frames = good.clone();
        for ops in &mut frames {
            for (at, op) in ops.iter_mut().enumerate() {
                *op.last_mut().unwrap() ^= u8::from(is_wrong(at));
            }
        }
        frames
    };
    let cost = |frames: &[Vec<Vec<u8>>], times| micros_a_ballot(&genesis, frames, times);
    let of_good = cost(&good, 1);
    println!(
        "\nMicroseconds of the receiver for a ballot, in frames of {BALLOTS}, each from another connection"
    );
    println!("good                           {of_good:>8.2}");
    for (what, cost) in [
        ("forged, all of them", cost(&forged(|_| true), 1)),
        (
            "forged, the last of a frame",
            cost(&forged(|at| at + 1 == BALLOTS), 1),
        ),
        ("orphans, ten times the same", cost(&orphans, 10)),
    ] {
        println!("{what:<30} {cost:>8.2}  {:>5.2} times", cost / of_good);
    }
}

/// Frames of first ballots of as many voters, or of ballots that follow none that there is.
fn ballots(genesis: &VerifiedGenesis, orphans: bool) -> Vec<Vec<Vec<u8>>> {
    let ballot = |number: usize| {
        let mut key = [3; 32];
        key[..8].copy_from_slice(&(number as u64).to_be_bytes());
        let prev = orphans.then_some((0, OpId([9; 32])));
        let choice = Choice::new(&[number % 2], Method::Single, 2).unwrap();
        let ballot = Op::Ballot(Ballot::new(prev, choice, genesis));
        sign(&SigningKey::from(key), genesis.id().into(), ballot)
            .bytes()
            .to_vec()
    };
    (0..FRAMES)
        .map(|frame| {
            (0..BALLOTS)
                .map(|at| ballot(frame * BALLOTS + at))
                .collect()
        })
        .collect()
}

/// What a tab that holds the poll and no ballot takes for each of those, sent so many times.
fn micros_a_ballot(genesis: &VerifiedGenesis, frames: &[Vec<Vec<u8>>], times: usize) -> f64 {
    let poll = genesis.id().into();
    let mut tab = Tab::new(Config {
        poll,
        secret: SECRET,
        voter: SigningKey::from([7; 32]),
        chair: None,
        precinct: None,
        timing: Default::default(),
        seed: [8; 32],
    });
    let now = Millis(1_000);
    let record = Record {
        received: now,
        bytes: genesis.bytes().to_vec(),
    };
    tab.handle(Input::Restore(&[record]), now);
    let room = RoomId::Precinct;
    let happened = Happened::Connected { size: 50 };
    tab.handle(Input::Room { room, happened }, now);
    let seal = SECRET.seal(poll, &SECRET.room(poll));
    let mut nonces = ChaCha8Rng::from_seed([3; 32]);
    let sealed = |(at, ops): (usize, &Vec<Vec<u8>>)| {
        let mut writer = FrameWriter::new(Head {
            replica: ReplicaId(at as u64),
            digest: Digest::default(),
        });
        writer.put(kind::OPS, &ops.concat());
        seal.seal(&writer.into_bytes(), &mut nonces)
    };
    let sealed: Vec<Vec<u8>> = frames.iter().enumerate().map(sealed).collect();
    let start = Instant::now();
    for round in 0..times {
        for (at, payload) in sealed.iter().enumerate() {
            let from = Handle((round * FRAMES + at) as u64);
            let happened = Happened::Frame { from, payload };
            tab.handle(Input::Room { room, happened }, now);
            while tab.poll_output().is_some() {}
        }
    }
    start.elapsed().as_secs_f64() * 1e6 / (times * FRAMES * BALLOTS) as f64
}
