//! Polls with precincts: their genesis, whose precinct is which, links and rooms.

use ed25519_zebra::SigningKey;
use election_core::ballots::BallotStore;
use election_core::ids::{Place, PollId, PrecinctId, ReturnId, VoterKey};
use election_core::poll::genesis::Genesis;
use election_core::poll::method::Method;
use election_core::poll::op::{Op, SignedOp, VerifiedGenesis};
use election_core::poll::precincts::Precincts;
use election_core::poll::strike::StrikeReturn;
use election_core::wire::envelope::{Signed, sign, voter_key};
use election_core::wire::link::{Link, LinkPrecincts, Secret};
use serde_json::{Value, json};

use super::{CHAIR, VOTER, ballot, check, envelope, genesis, hex, op_vector};

fn genesis_with(precincts: Precincts) -> VerifiedGenesis {
    let genesis = genesis(Method::Single).into_parts().0;
    let genesis = genesis.with_precincts(precincts).unwrap();
    sign(&SigningKey::from(CHAIR), PollId::NONE, genesis)
}

fn genesis_vector(what: &str, op: &VerifiedGenesis) -> Value {
    let read = Signed::<Genesis>::decode(op.bytes(), PollId::NONE, &());
    assert_eq!(*read.unwrap().verify().unwrap(), **op);
    json!({ "what": what, "bytes": hex(op.bytes()), "id": op.id().to_string(), "precincts": op.precincts().count() })
}

#[test]
fn precincts() {
    let names = ["North bank", "South bank", "The islands"].map(str::to_owned);
    let named = genesis_with(Precincts::Named(names.to_vec()));
    let automatic = genesis_with(Precincts::Automatic(4096));
    check(
        "precincts.json",
        &json!({
            "chair_seed": hex(&CHAIR),
            "geneses": [genesis_vector("three with names", &named), genesis_vector("4096 without", &automatic)],
            "refused_geneses": refused(),
            "voters": [voters(&named), voters(&automatic)],
            "state_hashes": state_hashes(&named),
            "links": links(named.id().into(), 3),
            "rooms": rooms(named.id().into()),
            "strikes": strikes(&named),
        }),
    );
}

/// Whose precinct is which, and where in it.
fn voters(genesis: &VerifiedGenesis) -> Value {
    let (poll, precincts) = (PollId::from(genesis.id()), genesis.precincts().count());
    let voters: Vec<Value> = (0..8)
        .map(|seed| {
            let voter = voter_key(&SigningKey::from([seed; 32]));
            let place = Place::of(poll, voter);
            json!({
                "voter": voter.to_string(),
                "place": format!("{:016x}", place.0),
                "precinct": place.precinct(precincts).0,
                "place_within": format!("{:016x}", place.within(precincts).0),
            })
        })
        .collect();
    json!({ "poll": poll.to_string(), "precincts": precincts, "voters": voters })
}

/// What a replica of each precinct holds of one ballot each of voters 0 to 99.
fn state_hashes(genesis: &VerifiedGenesis) -> Value {
    let precincts = (0..genesis.precincts().count()).map(PrecinctId);
    let states: Vec<Value> = precincts
        .map(|precinct| {
            let mut store = BallotStore::of_precinct(genesis.clone(), precinct);
            for voter in 0..100_u8 {
                store.insert(ballot(
                    genesis,
                    [voter; 32],
                    None,
                    &[usize::from(voter % 3)],
                ));
            }
            json!({
                "precinct": precinct.0,
                "ballots": store.len(),
                "state_hash": hex(&store.root()),
                "counts": store.total().counts,
            })
        })
        .collect();
    json!({
        "about": "voter n signs with a seed of 32 bytes n, for option n modulo 3; 100 ballots, each held by its precinct only",
        "states": states,
    })
}

fn links(poll: PollId, count: u16) -> Value {
    let secret = Secret(core::array::from_fn(|index| index as u8));
    let link = |precinct: Option<u16>, chair: bool| {
        let link = Link {
            poll,
            secret: secret.clone(),
            chair: chair.then(|| SigningKey::from(CHAIR)),
            precincts: Some(LinkPrecincts {
                count,
                precinct: precinct.map(PrecinctId),
            }),
        };
        let read = Link::parse(&link.token()).unwrap();
        assert_eq!(
            read.precinct(VoterKey([1; 32])),
            link.precinct(VoterKey([1; 32]))
        );
        link.url("https://example.org")
    };
    json!({
        "secret": hex(&secret.0),
        "voters_url_of_precinct_2": link(Some(2), false),
        "chairs_url_of_precinct_2": link(Some(2), true),
        "voters_url_by_key": link(None, false),
        "chairs_url_by_key": link(None, true),
    })
}

fn rooms(poll: PollId) -> Value {
    let secret = Secret(core::array::from_fn(|index| index as u8));
    json!({
        "precinct_0": secret.precinct_room(poll, PrecinctId(0)),
        "precinct_2": secret.precinct_room(poll, PrecinctId(2)),
        "precinct_300": secret.precinct_room(poll, PrecinctId(300)),
        "council": secret.council_room(poll),
        "seal_key_of_all": hex(&secret.seal_key(poll)),
    })
}

/// Entries of the chair's log that strike, and what must not be taken for one.
fn strikes(genesis: &VerifiedGenesis) -> Value {
    let poll = PollId::from(genesis.id());
    let strike = |index: u32, precinct: u16, struck: u8| {
        let strike = StrikeReturn {
            index,
            precinct: PrecinctId(precinct),
            return_id: ReturnId([struck; 32]),
            reason: "the hall has 40 seats".to_owned(),
        };
        let op = Op::StrikeReturn(Box::new(strike));
        sign(&SigningKey::from(CHAIR), poll, op)
    };
    let first = strike(0, 2, 0xaa);
    let second = strike(1, 0, 0xbb);
    let body =
        |precinct: &[u8], reason: &[u8]| [&[0][..], precinct, &[0xaa; 32][..], reason].concat();
    let saying = |key, body: &[u8]| envelope(key, poll, StrikeReturn::KIND, body);
    let good = saying(CHAIR, &body(&[2], b"\x05false"));
    assert!(
        SignedOp::decode(&good, poll, genesis).is_ok(),
        "the cases differ in one thing only"
    );
    let long = [&b"\xf5\x03"[..], &[b'x'; 501]].concat();
    let refused = [
        ("by somebody else", saying(VOTER, &body(&[2], b"\x05false"))),
        (
            "of precinct 3 of 3",
            saying(CHAIR, &body(&[3], b"\x05false")),
        ),
        (
            "a precinct that is not in its shortest form",
            saying(CHAIR, &body(&[0x82, 0], b"\x05false")),
        ),
        ("no reason", saying(CHAIR, &body(&[2], b"\x00"))),
        (
            "white space around the reason",
            saying(CHAIR, &body(&[2], b"\x06 false")),
        ),
        (
            "a line break in the reason",
            saying(CHAIR, &body(&[2], b"\x05fa\nse")),
        ),
        ("a reason of 501 bytes", saying(CHAIR, &body(&[2], &long))),
        ("a byte too many", saying(CHAIR, &body(&[2], b"\x05false!"))),
    ]
    .map(|(why, bytes)| {
        let read = SignedOp::decode(&bytes, poll, genesis);
        assert!(read.is_err(), "{why}: accepted");
        json!({ "why": why, "bytes": hex(&bytes) })
    });
    let one_room = super::genesis(Method::Single);
    let there = envelope(
        CHAIR,
        one_room.id().into(),
        StrikeReturn::KIND,
        &body(&[0], b"\x05false"),
    );
    assert!(SignedOp::decode(&there, one_room.id().into(), &one_room).is_err());
    json!({
        "ops": [
            op_vector("the chair strikes a return of precinct 2", genesis, &first),
            op_vector("and one of precinct 0", genesis, &second),
        ],
        "refused": refused,
        "refused_in_a_poll_without_precincts": {
            "genesis": hex(one_room.bytes()),
            "bytes": hex(&there),
        },
    })
}

/// A genesis that says this of its precincts, properly signed.
fn saying(version: u8, precincts: &[u8]) -> Vec<u8> {
    let body = [b"\x01t\x01\x3f\x00\x02\x01a\x01b".as_slice(), precincts].concat();
    envelope(CHAIR, PollId::NONE, (0, version), &body)
}

fn refused() -> Value {
    let accepted = |bytes: &[u8]| Signed::<Genesis>::decode(bytes, PollId::NONE, &()).is_ok();
    let good = b"\x02\x01\x01N\x01S";
    for precincts in [&good[..], b"\x01", b"\x02\x00", b"\x80\x20\x00"] {
        assert!(
            accepted(&saying(3, precincts)),
            "the cases differ in one thing only"
        );
    }
    for end in 0..good.len() {
        assert!(!accepted(&saying(3, &good[..end])), "{end}");
    }
    let many: Vec<u8> = [0x41, 1]
        .into_iter()
        .chain((0..65).flat_map(|name| [1, b'0' + name]))
        .collect();
    let long = [&b"\x02\x01\x3d"[..], &[b'x'; 61], b"\x01S"].concat();
    let cases = [
        ("nothing of precincts", saying(3, b"")),
        ("an unknown version", saying(2, b"\x02\x00")),
        ("no precincts", saying(3, b"\x00\x00")),
        (
            "one precinct that could have a name",
            saying(3, b"\x01\x00"),
        ),
        ("one precinct with a name", saying(3, b"\x01\x01\x01N")),
        ("4097 precincts", saying(3, b"\x81\x20\x00")),
        (
            "a number that is not in its shortest form",
            saying(3, b"\x82\x00\x00"),
        ),
        ("65 names", saying(3, &many)),
        (
            "neither with names nor without",
            saying(3, b"\x02\x02\x01N\x01S"),
        ),
        (
            "names that were not to be there",
            saying(3, b"\x02\x00\x01N\x01S"),
        ),
        ("a name missing", saying(3, b"\x02\x01\x01N")),
        ("a name too many", saying(3, b"\x02\x01\x01N\x01S\x01E")),
        ("an empty name", saying(3, b"\x02\x01\x01N\x00")),
        (
            "two precincts of one name",
            saying(3, b"\x02\x01\x01N\x01N"),
        ),
        (
            "white space around a name",
            saying(3, b"\x02\x01\x01N\x02S "),
        ),
        (
            "a line break in a name",
            saying(3, b"\x02\x01\x01N\x03S\nE"),
        ),
        ("a name of 61 bytes", saying(3, &long)),
    ];
    cases
        .map(|(why, bytes)| {
            assert!(!accepted(&bytes), "{why}: accepted");
            json!({ "why": why, "bytes": hex(&bytes) })
        })
        .into()
}
