//! docs/vectors: what a second implementation is checked against. Each file is made here from fixed
//! inputs, and must be what is in the repository; `cargo xtask vectors` writes them.

#![allow(clippy::unwrap_used)]
#![cfg(not(target_arch = "wasm32"))]

mod claims;
mod council;
mod counting;
mod frames;
mod links;
mod ops;
mod precincts;
mod refused;
mod relay;
mod sets;
mod signatures;
mod sync_bodies;
mod sync_scripts;

use std::path::PathBuf;

use data_encoding::HEXLOWER;
use ed25519_zebra::SigningKey;
use election_core::ballots::BallotStore;
use election_core::ids::{OpId, Place, PollId, ReplicaId, VoterKey};
use election_core::poll::ballot::Ballot;
use election_core::poll::bar::BarVoter;
use election_core::poll::choice::Choice;
use election_core::poll::close::{SetStatus, Status};
use election_core::poll::genesis::{Genesis, Holder};
use election_core::poll::method::Method;
use election_core::poll::op::{Op, SignedOp, VerifiedGenesis, VerifiedOp};
use election_core::poll::revocation::RevokeBallot;
use election_core::time::Millis;
use election_core::wire::bytes::{Reader, Writer};
use election_core::wire::envelope::{Signed, sign, voter_key};
use election_core::wire::frame::{Digest, FrameWriter, Head, kind};
use election_core::wire::link::{FoundLink, Link, Secret};
use election_core::wire::relay::{FromRelay, Handle, Notice, ToRelay, Welcome};
use election_core::wire::sealed::Seal;
use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;
use serde_json::{Value, json};

fn hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}

fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/vectors")
}

/// Compares a vector file with what this program makes, or writes it when asked to.
fn check(name: &str, made: &Value) {
    let path = directory().join(name);
    if std::env::var_os("ELECTION_WRITE_VECTORS").is_some() {
        std::fs::write(&path, serde_json::to_string_pretty(made).unwrap() + "\n").unwrap();
    }
    let written: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(
        &written, made,
        "{name}: run `cargo xtask vectors` if the bytes were meant to change"
    );
}

const CHAIR: [u8; 32] = [0x11; 32];
const VOTER: [u8; 32] = [0x22; 32];
const OTHER: [u8; 32] = [0x33; 32];

fn genesis(method: Method) -> VerifiedGenesis {
    let chair = SigningKey::from(CHAIR);
    let options = ["Ljubljana, by night train", "Bergen, by ferry", "Porto"];
    let genesis = Genesis::new(
        voter_key(&chair),
        "Where does the choir go?",
        &options,
        method,
        63,
    )
    .unwrap();
    sign(&chair, PollId::NONE, genesis)
}

fn ballot(
    genesis: &VerifiedGenesis,
    key: [u8; 32],
    prev: Option<(u32, OpId)>,
    marked: &[usize],
) -> VerifiedOp {
    let choice = Choice::new(marked, genesis.method(), genesis.options().len()).unwrap();
    sign(
        &SigningKey::from(key),
        genesis.id().into(),
        Op::Ballot(Ballot::new(prev, choice, genesis)),
    )
}

fn revocation(genesis: &VerifiedGenesis, index: u32, ballot: &VerifiedOp) -> VerifiedOp {
    revocation_of(genesis, index, ballot.author(), ballot)
}

/// One that says that the ballot is of `voter`, whoever cast it.
fn revocation_of(
    genesis: &VerifiedGenesis,
    index: u32,
    voter: VoterKey,
    ballot: &VerifiedOp,
) -> VerifiedOp {
    let op = RevokeBallot {
        index,
        voter,
        ballot: ballot.id(),
        reason: "voted twice, from two phones".to_owned(),
    };
    sign(
        &SigningKey::from(CHAIR),
        genesis.id().into(),
        Op::RevokeBallot(Box::new(op)),
    )
}

fn bar_of(genesis: &VerifiedGenesis, index: u32, voter: VoterKey) -> VerifiedOp {
    let op = BarVoter {
        index,
        voter,
        reason: "not a member".to_owned(),
    };
    let op = Op::BarVoter(Box::new(op));
    sign(&SigningKey::from(CHAIR), genesis.id().into(), op)
}

fn set_status(
    genesis: &VerifiedGenesis,
    status: Status,
    index: u32,
    after: &[&VerifiedOp],
) -> VerifiedOp {
    let mut after: Vec<OpId> = after.iter().map(|op| op.id()).collect();
    after.sort_unstable();
    let after = after.into();
    let says = Box::new(SetStatus { index, after });
    let op = match status {
        Status::Open => Op::Reopen(says),
        Status::Closed => Op::Close(says),
    };
    sign(&SigningKey::from(CHAIR), genesis.id().into(), op)
}

fn op_vector(what: &str, genesis: &VerifiedGenesis, op: &VerifiedOp) -> Value {
    let poll = genesis.id().into();
    // Whatever is in a vector must go through the door that a network's bytes go through.
    let read = SignedOp::decode(op.bytes(), poll, genesis)
        .unwrap()
        .verify()
        .unwrap();
    assert_eq!(read.bytes(), op.bytes());
    json!({
        "what": what,
        "poll": poll.to_string(),
        "bytes": hex(op.bytes()),
        "id": op.id().to_string(),
        "author": op.author().to_string(),
        "place_of_author": format!("{:016x}", Place::of(poll, op.author()).0),
    })
}

/// An envelope with any body, properly signed.
fn envelope(key: [u8; 32], poll: PollId, kind: (u8, u8), body: &[u8]) -> Vec<u8> {
    sign(
        &SigningKey::from(key),
        poll,
        Op::Unknown {
            kind,
            body: body.into(),
        },
    )
    .bytes()
    .to_vec()
}

/// The chair's op with the body of another, of a kind or version that is not known.
fn of_unknown_kind(genesis: &VerifiedGenesis, kind: (u8, u8), op: &VerifiedOp) -> VerifiedOp {
    // Bodies of more than 95 bytes, with a length of two bytes in front.
    let body = op.bytes()[2 + 2 + 2 + 32..op.bytes().len() - 64].into();
    let op = Op::Unknown { kind, body };
    sign(&SigningKey::from(CHAIR), genesis.id().into(), op)
}
