//! The core's figures: `cargo xtask bench core`. Everything that is compared is measured in this
//! one run, on the machine that runs it; rates are the median of several rounds. Nothing in the
//! tests depends on any of it.
//!
//! A harness of its own, because half of the figures are bytes, round trips and memory, and the
//! rest are ratios.

#![allow(clippy::unwrap_used)]
#![cfg(not(target_arch = "wasm32"))]

use std::hint::black_box;
use std::time::{Duration, Instant};

use ed25519_zebra::{Signature, SigningKey, VerificationKeyBytes, batch};
use election_core::ballots::BallotStore;
use election_core::ids::{OpId, PollId};
use election_core::poll::ballot::Ballot;
use election_core::poll::choice::Choice;
use election_core::poll::genesis::{DEFAULT_MAX_SEQ, Genesis};
use election_core::poll::method::Method;
use election_core::poll::op::{Op, SignedOp, VerifiedGenesis, VerifiedOp};
use election_core::sync::{Sync, SyncMessage};
use election_core::time::Millis;
use election_core::wire::bytes::{Reader, Writer};
use election_core::wire::envelope::{MAX_BATCH, sign, verify_all, voter_key};
use election_core::wire::relay::Handle;
use election_core::wire::sealed;
use peak_alloc::PeakAlloc;
use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// How many ballots a tick brings at most: what a replica is streamed at 50 ms a tick, verified
/// natively.
const TICK: usize = 4_096;
const ROUNDS: usize = 5;

fn main() {
    // `cargo test --benches` runs this too, and must not take minutes.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let genesis = genesis();
    eprintln!("signing 1,000,000 ballots, about a minute …");
    let ops: Vec<VerifiedOp> = (0..1_000_000)
        .map(|voter| ballot(&genesis, voter, None, voter as usize % 3))
        .collect();
    merging(&genesis, &ops);
    verifying(&genesis, &ops[..MAX_BATCH * 16]);
    wire(&genesis);
    syncing(&genesis, &ops[..101_000]);
    memory(&genesis, &ops[..100_000]);
}

fn genesis() -> VerifiedGenesis {
    let chair = SigningKey::from([1; 32]);
    let names = ["Ljubljana, by night train", "Bergen, by ferry", "Porto"];
    let genesis = Genesis::new(
        voter_key(&chair),
        "Where to?",
        &names,
        Method::Single,
        DEFAULT_MAX_SEQ,
    );
    sign(&chair, PollId::NONE, genesis.unwrap())
}

fn ballot(
    genesis: &VerifiedGenesis,
    voter: u32,
    prev: Option<(u32, OpId)>,
    option: usize,
) -> VerifiedOp {
    let mut seed = [7; 32];
    seed[..4].copy_from_slice(&voter.to_be_bytes());
    let choice = Choice::new(&[option], genesis.method(), genesis.options().len()).unwrap();
    sign(
        &SigningKey::from(seed),
        genesis.id().into(),
        Op::Ballot(Ballot::new(prev, choice, genesis)),
    )
}

/// The time that this thread has spent on a processor, which a busy machine distorts less than the
/// time of day; where the system does not tell, the time of day.
fn now() -> Duration {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    let spent = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let spent = spent.and_then(|text| text.split(' ').next()?.parse().ok());
    spent.map_or_else(
        || START.get_or_init(Instant::now).elapsed(),
        Duration::from_nanos,
    )
}

fn median(mut rounds: Vec<Duration>) -> Duration {
    rounds.sort();
    rounds[rounds.len() / 2]
}

/// Merges of verified ballots into an empty store, in the order of arrival, which is random in the
/// tree.
fn merging(genesis: &VerifiedGenesis, ops: &[VerifiedOp]) {
    println!("\nMerging verified ballots, goal 2.0 million a second, flat within 25 %");
    println!(
        "{:>10} {:>14} {:>12} {:>26} {:>12}",
        "voters", "merges/s", "against 1k", "with a fold every 4,096", "against 1k"
    );
    let mut first = None;
    for voters in [1_000, 10_000, 100_000, 1_000_000] {
        let repeats = 200_000_usize.div_ceil(voters);
        let rate = |fold: bool| {
            let mut rounds = Vec::new();
            for _ in 0..ROUNDS {
                let mut spent = Duration::ZERO;
                for _ in 0..repeats {
                    let arrived = ops[..voters].to_vec();
                    let mut store = BallotStore::new(genesis.clone());
                    let start = now();
                    for (index, op) in arrived.into_iter().enumerate() {
                        store.insert(op);
                        if fold && (index + 1) % TICK == 0 {
                            store.fold();
                        }
                    }
                    if fold {
                        store.fold();
                    }
                    spent += now() - start;
                    assert_eq!(store.total().counted, voters as u64);
                }
                rounds.push(spent);
            }
            (voters * repeats) as f64 / median(rounds).as_secs_f64()
        };
        let (merges, folded) = (rate(false), rate(true));
        let (merges_first, folded_first) = *first.get_or_insert((merges, folded));
        println!(
            "{voters:>10} {merges:>14.0} {:>12.2} {folded:>26.0} {:>12.2}",
            merges / merges_first,
            folded / folded_first
        );
    }
}

/// Verification as a replica does it, from bytes to verified ops, beside the library's own batches.
fn verifying(genesis: &VerifiedGenesis, ops: &[VerifiedOp]) {
    let poll = genesis.id().into();
    let mut random = ChaCha8Rng::from_seed([5; 32]);
    let messages: Vec<Vec<u8>> = ops.iter().map(|op| op.bytes().to_vec()).collect();
    let (mut ours, mut library) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let start = now();
        let signed: Vec<_> = messages
            .iter()
            .map(|op| SignedOp::decode(op, poll, genesis).unwrap())
            .collect();
        let (good, bad) = verify_all(signed, &mut random);
        ours.push(now() - start);
        assert_eq!((good.len(), bad), (ops.len(), 0));
        let start = now();
        for chunk in messages.chunks(MAX_BATCH) {
            let mut verifier = batch::Verifier::new();
            for (op, bytes) in ops.iter().zip(chunk) {
                let signature: [u8; 64] = bytes[bytes.len() - 64..].try_into().unwrap();
                let key = VerificationKeyBytes::from(op.author().0);
                verifier.queue((key, Signature::from(signature), &bytes[..bytes.len() - 64]));
            }
            // The equation is worked out in full whether it holds or not; these messages lack their
            // domain.
            let _ = black_box(verifier.verify(&mut random));
        }
        library.push(now() - start);
    }
    let rate = |rounds| ops.len() as f64 / median(rounds).as_secs_f64();
    let (ours, library) = (rate(ours), rate(library));
    println!("\nVerifying in batches of {MAX_BATCH}, goal 80 % of the library's own rate");
    println!(
        "from bytes to verified ops {ours:.0}/s, the library alone {library:.0}/s: {:.0} %",
        100.0 * ours / library
    );
}

fn wire(genesis: &VerifiedGenesis) {
    let first = ballot(genesis, 1, None, 0);
    let changed = ballot(genesis, 1, Some((0, first.id())), 1);
    println!(
        "\nBytes on the wire, signed: a first vote {} (goal 108), a changed vote {} (goal 140)",
        first.bytes().len(),
        changed.bytes().len()
    );
}

/// Two replicas of about 100,000 ballots that differ in some, half on each side.
fn syncing(genesis: &VerifiedGenesis, ops: &[VerifiedOp]) {
    println!("\nSyncing two replicas of 100,000 ballots (goal for 100: 25 kB, 4 round trips)");
    println!(
        "{:>10} {:>12} {:>18} {:>14} {:>12}",
        "differing", "bytes", "of which ballots", "round trips", "frames"
    );
    let mut common = BallotStore::new(genesis.clone());
    for op in &ops[..100_000] {
        common.insert(op.clone());
    }
    for differing in [1, 10, 100, 1_000] {
        let (mut here, mut there) = (common.clone(), common.clone());
        for (index, op) in ops[100_000..100_000 + differing].iter().enumerate() {
            if index % 2 == 0 {
                here.insert(op.clone())
            } else {
                there.insert(op.clone())
            };
        }
        let (bytes, frames, hops) = sync(&mut here, &mut there);
        assert_eq!(here.root(), there.root());
        println!(
            "{differing:>10} {bytes:>12} {:>18} {:>14.1} {frames:>12}",
            differing * 103,
            f64::from(hops) / 2.0
        );
    }
}

/// One session: all bytes as sealed frames, how many frames, and the longest chain of messages that
/// wait for each other.
fn sync(here: &mut BallotStore, there: &mut BallotStore) -> (usize, usize, u32) {
    // A frame's head and seal, and the head of each message in it.
    const FRAME: usize = 1 + 8 + 16 + 3 + sealed::OVERHEAD;
    const MESSAGE: usize = 1 + 3;
    let mut sides = [(Sync::default(), here), (Sync::default(), there)];
    let theirs = sides[1].1.len();
    let opening = {
        let (sync, store) = &mut sides[0];
        sync.open(Handle(1), 0x5e55_1011, Some(store), theirs, Millis(0))
    };
    let (mut bytes, mut frames, mut longest) = (0, 0, 0);
    let mut on_the_way = std::collections::VecDeque::from([(1, 1, opening)]);
    while let Some((to, hops, messages)) = on_the_way.pop_front() {
        longest = longest.max(hops);
        frames += 1;
        bytes += FRAME;
        let (sync, store) = &mut sides[to];
        let mut answers = Vec::new();
        for message in messages {
            let mut writer = Writer::new();
            message.encode(&mut writer);
            bytes += MESSAGE + writer.len();
            let message =
                SyncMessage::decode(message.kind(), &mut Reader::new(writer.as_bytes())).unwrap();
            let from = Handle(1 - to as u64);
            let reaction = sync.receive(from, message, Some(store), Millis(0));
            for op in reaction.ops.iter().flat_map(|ops| ops.chunks(103)) {
                let genesis = store.genesis().clone();
                store.insert(
                    SignedOp::decode(op, store.poll(), &genesis)
                        .unwrap()
                        .verify()
                        .unwrap(),
                );
            }
            answers.extend(reaction.send);
        }
        if !answers.is_empty() {
            on_the_way.push_back((1 - to, hops + 1, answers));
        }
    }
    (bytes, frames, longest)
}

fn memory(genesis: &VerifiedGenesis, ops: &[VerifiedOp]) {
    let before = ALLOCATOR.current_usage();
    let mut store = BallotStore::new(genesis.clone());
    for op in ops {
        // Decoded as it would arrive, so that nothing is shared with what this benchmark holds.
        let op = SignedOp::decode(op.bytes(), store.poll(), genesis)
            .unwrap()
            .verify()
            .unwrap();
        store.insert(op);
    }
    store.fold();
    let held = ALLOCATOR.current_usage() - before;
    println!(
        "\nMemory of a store of {} voters: {:.1} MB (goal 30)",
        ops.len(),
        held as f64 / 1e6
    );
    black_box(store);
}
