//! docs/vectors: what a second implementation is checked against. Each file is made here from fixed inputs, and must
//! be what is in the repository; `cargo xtask vectors` writes them.

#![allow(clippy::unwrap_used)]
#![cfg(not(target_arch = "wasm32"))]

#[path = "vectors/claims.rs"]
mod claims;
#[path = "vectors/council.rs"]
mod council;
#[path = "vectors/precincts.rs"]
mod precincts;
#[path = "vectors/sets.rs"]
mod sets;

use std::path::PathBuf;

use data_encoding::HEXLOWER;
use ed25519_zebra::SigningKey;
use election_core::canvass::Canvass;
use election_core::ids::{OpId, Place, PollId, ReplicaId, VoterKey};
use election_core::poll::ballot::Ballot;
use election_core::poll::choice::Choice;
use election_core::poll::genesis::{Genesis, Holder, Method};
use election_core::poll::log::LogLink;
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

fn revocation(
    genesis: &VerifiedGenesis,
    link: LogLink,
    ballot: &VerifiedOp,
    seq: u32,
) -> VerifiedOp {
    let op = RevokeBallot {
        link,
        voter: ballot.author(),
        seq,
        ballot: ballot.id(),
        reason: "voted twice, from two phones".to_owned(),
    };
    sign(
        &SigningKey::from(CHAIR),
        genesis.id().into(),
        Op::RevokeBallot(Box::new(op)),
    )
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

#[test]
fn links() {
    let poll = PollId::from(genesis(Method::Single).id());
    let secret = Secret(core::array::from_fn(|index| index as u8));
    let voters = Link {
        poll,
        secret: secret.clone(),
        chair: None,
        precincts: None,
    };
    let chairs = Link {
        chair: Some(SigningKey::from(CHAIR)),
        ..voters.clone()
    };
    check(
        "link.json",
        &json!({
            "poll": poll.to_string(),
            "secret": hex(&secret.0),
            "chair_seed": hex(&CHAIR),
            "voters_url": voters.url("https://example.org"),
            "chairs_url": chairs.url("https://example.org"),
            "texts": link_texts(&voters.token()),
            "room": secret.room(poll),
            "seal_key": hex(&secret.seal_key(poll)),
        }),
    );
}

/// Texts in which a link is found, with the address in front of its `#`, and texts in which there is none.
fn link_texts(token: &str) -> Value {
    let (start, end) = token.split_at(40);
    let mut changed = token.to_owned();
    changed.replace_range(
        50..51,
        if token[50..].starts_with('A') {
            "B"
        } else {
            "A"
        },
    );
    let texts = [
        format!("(https://example.org/p#{token})."),
        format!("https://example.org/p#{}-", &token[..72]),
        format!("https://example.org/p%23{}", token.replace('-', "%2D")),
        format!("> Please vote:\n> https://example.org/p#{start}\n> {end}\n> Ann"),
        format!("https://example.org/p#{start}\u{ad}=\r\n{end}"),
        format!("https://check.example/?url=https%3A%2F%2Fexample.org%2Fp%23{token}&by=mail"),
        format!("the token: {token}"),
        format!("https://example.org/p#{start}"),
        format!("https://example.org/p#{start}.{end}"),
        format!("https://example.org/p#{changed}"),
        "https://example.org/p#about".to_owned(),
        "https://example.org/".to_owned(),
    ];
    let texts = texts.iter().map(|text| {
        let found = FoundLink::in_text(text).ok();
        json!({
            "text": text,
            "token": found.as_ref().map(|found| found.link.token()),
            "address": found.and_then(|found| found.address),
        })
    });
    texts.collect()
}

#[test]
fn ops() {
    let single = genesis(Method::Single);
    let approval = genesis(Method::Approval);
    let first = ballot(&single, VOTER, None, &[2]);
    let changed = ballot(&single, VOTER, Some((0, first.id())), &[0]);
    let approving = ballot(&approval, VOTER, None, &[0, 2]);
    let revoked = revocation(
        &single,
        LogLink {
            index: 0,
            prev: None,
        },
        &changed,
        1,
    );
    let next = LogLink {
        index: 1,
        prev: Some(revoked.id()),
    };
    let again = revocation(&single, next, &first, 0);
    let unknown = Op::Unknown {
        kind: (3, 1),
        body: b"what is this?".to_vec().into(),
    };
    let unknown = sign(&SigningKey::from(OTHER), single.id().into(), unknown);
    assert_eq!(
        (first.bytes().len(), changed.bytes().len()),
        (103, 135),
        "as docs/protocol.md says"
    );
    let by_tab = single.clone().into_parts().0.with_holder(Holder::Tab);
    let by_tab = sign(&SigningKey::from(CHAIR), PollId::NONE, by_tab);
    let geneses = [
        ("single choice", &single),
        ("approval", &approval),
        ("single choice, one vote a tab", &by_tab),
    ];
    let geneses = geneses.map(|(what, op)| {
        let read = Signed::<Genesis>::decode(op.bytes(), PollId::NONE, &());
        assert_eq!(read.unwrap().verify().unwrap().id(), op.id());
        json!({ "what": what, "bytes": hex(op.bytes()), "id": op.id().to_string(), "author": op.author().to_string() })
    });
    check(
        "ops.json",
        &json!({
            "seeds": { "chair": hex(&CHAIR), "voter": hex(&VOTER), "other": hex(&OTHER) },
            "geneses": geneses,
            "ops": [
                op_vector("a first ballot, option 2", &single, &first),
                op_vector("the same voter's second ballot, option 0", &single, &changed),
                op_vector("an approval ballot, options 0 and 2", &approval, &approving),
                op_vector("the chair revokes the second ballot", &single, &revoked),
                op_vector("the chair revokes the first ballot", &single, &again),
                op_vector("an op of a kind that version 1 does not know", &single, &unknown),
            ],
        }),
    );
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

#[test]
fn what_must_be_refused() {
    let single = genesis(Method::Single);
    let poll = PollId::from(single.id());
    let good = ballot(&single, VOTER, None, &[1]);
    let changed = |at: usize, to: u8| {
        let mut bytes = good.bytes().to_vec();
        bytes[at] = to;
        bytes
    };
    let mut long_length = good.bytes().to_vec();
    long_length.splice(4..5, [0xa2, 0x00]);
    let last = good.bytes().len() - 1;
    let cases = [
        ("no bytes", vec![]),
        ("half an envelope", good.bytes()[..50].to_vec()),
        ("one byte too many", [good.bytes(), &[0]].concat()),
        ("wrong magic", changed(0, b'X')),
        ("a length that is not in its shortest form", long_length),
        (
            "a huge declared length",
            [b"EV\x01\x01".as_slice(), &[0xff; 9], &[1]].concat(),
        ),
        ("a wrong signature", changed(last, good.bytes()[last] ^ 1)),
        (
            "another author under the same signature",
            changed(5, good.bytes()[5] ^ 1),
        ),
        (
            "a ballot of another poll",
            ballot(&genesis(Method::Approval), VOTER, None, &[1])
                .bytes()
                .to_vec(),
        ),
        (
            "a mark for an option that is not there",
            envelope(VOTER, poll, (1, 1), &[0, 3]),
        ),
        (
            "a seq over the genesis's cap",
            envelope(VOTER, poll, (1, 1), &[&[64][..], &[9; 32], &[1]].concat()),
        ),
        (
            "a prev at seq 0",
            envelope(VOTER, poll, (1, 1), &[&[0][..], &[9; 32], &[1]].concat()),
        ),
        ("no prev at seq 1", envelope(VOTER, poll, (1, 1), &[1, 1])),
        ("a revocation by somebody else", {
            let op = revocation(
                &single,
                LogLink {
                    index: 0,
                    prev: None,
                },
                &good,
                0,
            );
            envelope(
                OTHER,
                poll,
                (2, 1),
                &op.bytes()[2 + 2 + 2 + 32..op.bytes().len() - 64],
            )
        }),
        ("a second genesis", single.bytes().to_vec()),
    ];
    let cases = cases.map(|(why, bytes)| {
        let refused = match SignedOp::decode(&bytes, poll, &single) {
            Ok(op) => op.verify().is_err(),
            Err(_) => true,
        };
        assert!(refused, "{why}: accepted");
        json!({ "why": why, "bytes": hex(&bytes) })
    });
    let genesis_of = |body: &[u8]| {
        let op = sign(
            &SigningKey::from(CHAIR),
            PollId::NONE,
            Op::Unknown {
                kind: (0, 3),
                body: body.into(),
            },
        );
        op.bytes().to_vec()
    };
    let geneses = [
        (
            "no title",
            genesis_of(b"\x00\x01\x3f\x00\x02\x01a\x01b\x01"),
        ),
        ("one option", genesis_of(b"\x01t\x01\x3f\x00\x01\x01a\x01")),
        (
            "two options of one name",
            genesis_of(b"\x01t\x01\x3f\x00\x02\x01a\x01a\x01"),
        ),
        (
            "white space around a name",
            genesis_of(b"\x01t\x01\x3f\x00\x02\x02 a\x01b\x01"),
        ),
        (
            "a line break in a name",
            genesis_of(b"\x01t\x01\x3f\x00\x02\x03a\nc\x01b\x01"),
        ),
        (
            "an unknown method",
            genesis_of(b"\x01t\x09\x3f\x00\x02\x01a\x01b\x01"),
        ),
        (
            "65 options",
            genesis_of(b"\x01t\x01\x3f\x00\x41\x01a\x01b\x01"),
        ),
        (
            "an option of 10,000 bytes",
            genesis_of(b"\x01t\x01\x3f\x00\x02\x90\x4ea\x01b\x01"),
        ),
        (
            "a holder that is neither browser nor tab",
            genesis_of(b"\x01t\x01\x3f\x02\x02\x01a\x01b\x01"),
        ),
        (
            "a highest seq of 256",
            genesis_of(b"\x01t\x01\x80\x02\x00\x02\x01a\x01b\x01"),
        ),
    ];
    let good_one = genesis_of(b"\x01t\x01\x3f\x00\x02\x01a\x01b\x01");
    assert!(
        Signed::<Genesis>::decode(&good_one, PollId::NONE, &()).is_ok(),
        "the cases differ in one thing only"
    );
    let geneses = geneses.map(|(why, bytes)| {
        assert!(
            Signed::<Genesis>::decode(&bytes, PollId::NONE, &()).is_err(),
            "{why}: accepted"
        );
        json!({ "why": why, "bytes": hex(&bytes) })
    });
    check(
        "refused.json",
        &json!({ "poll": poll.to_string(), "ops": cases, "geneses": geneses }),
    );
}

#[test]
fn frames_and_seals() {
    let single = genesis(Method::Single);
    let op = ballot(&single, VOTER, None, &[2]);
    let head = Head {
        replica: ReplicaId(0x0123_4567_89ab_cdef),
        digest: Digest {
            root: [0xaa; 16],
            ops: 300,
        },
    };
    let frame = |messages: &[(u8, &[u8])]| {
        let mut writer = FrameWriter::new(head);
        for (kind, content) in messages {
            writer.put(*kind, content);
        }
        writer.into_bytes()
    };
    let hello = frame(&[(kind::HELLO, &[])]);
    let vote = frame(&[(kind::OWN_OPS, op.bytes())]);
    check(
        "frames.json",
        &json!({
            "replica": head.replica.to_string(),
            "digest": { "root": hex(&head.digest.root), "ops": head.digest.ops },
            "frames": [
                { "what": "a digest only", "bytes": hex(&frame(&[])) },
                { "what": "Hello", "bytes": hex(&hello) },
                { "what": "OwnOps with one ballot", "bytes": hex(&vote) },
                { "what": "Seen, and Ops", "bytes": hex(&frame(&[(kind::SEEN, &op.id().0), (kind::OPS, op.bytes())])) },
            ],
        }),
    );
    let key = [0x77; 32];
    let sealed = Seal::new(&key).seal(&hello, &mut ChaCha8Rng::from_seed([1; 32]));
    assert_eq!(Seal::new(&key).open(&sealed).unwrap(), hello);
    check(
        "sealed.json",
        &json!({ "key": hex(&key), "nonce": hex(&sealed[..24]), "frame": hex(&hello), "sealed": hex(&sealed) }),
    );
}

#[test]
fn relay_envelopes() {
    let to = [
        (
            "SPREAD to 4",
            ToRelay::Spread {
                fan_out: 4,
                payload: b"abc",
            },
        ),
        (
            "REPLY",
            ToRelay::Reply {
                to: Handle(0x0102_0304_0506_0708),
                payload: b"abc",
            },
        ),
    ];
    let welcome = Welcome {
        handle: Handle(7),
        room_size: 3,
        max_payload: 65_600,
        heartbeat_seconds: 20,
    };
    let from = [
        ("WELCOME", FromRelay::Welcome(welcome)),
        (
            "FRAME",
            FromRelay::Frame {
                from: Handle(9),
                payload: b"abc",
            },
        ),
        ("ROOM", FromRelay::Room { size: 12 }),
        ("NOTICE too fast", FromRelay::Notice(Notice::TooFast)),
        ("HEARTBEAT", FromRelay::Heartbeat),
    ];
    check(
        "relay.json",
        &json!({
            "to_relay": to.map(|(what, message)| json!({ "what": what, "bytes": hex(&message.encode()) })),
            "from_relay": from.map(|(what, message)| json!({ "what": what, "bytes": hex(&message.encode()) })),
        }),
    );
}
