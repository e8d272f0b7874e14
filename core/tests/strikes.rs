//! Which bytes are an op that strikes a return.

#![allow(clippy::unwrap_used)]

mod network;

use ed25519_zebra::SigningKey;
use election_core::ids::{PollId, PrecinctId, ReturnId};
use election_core::poll::method::Method;
use election_core::poll::op::{Op, SignedOp, VerifiedGenesis};
use election_core::poll::precincts::Precincts;
use election_core::poll::strike::StrikeReturn;
use election_core::wire::envelope::sign;
use network::{CHAIR, genesis_with};

fn entry(genesis: &VerifiedGenesis, key: [u8; 32], precinct: u16) -> Vec<u8> {
    let strike = StrikeReturn {
        index: 7,
        precinct: PrecinctId(precinct),
        return_id: ReturnId([7; 32]),
        reason: "false".to_owned(),
    };
    let strike = Op::StrikeReturn(Box::new(strike));
    sign(&SigningKey::from(key), genesis.id().into(), strike)
        .bytes()
        .to_vec()
}

#[test]
fn an_op_that_strikes_is_the_chairs_and_of_a_precinct_that_is_there() {
    let genesis = genesis_with(Method::Single, Precincts::Automatic(3));
    let read = |genesis: &VerifiedGenesis, bytes: &[u8]| {
        let read = SignedOp::decode(bytes, genesis.id().into(), genesis);
        read.map_err(|fault| fault.to_string())
    };
    let good = entry(&genesis, CHAIR, 2);
    let op = read(&genesis, &good).unwrap().verify().unwrap();
    assert_eq!(op.bytes(), good);
    assert_eq!(op.index(), Some(7));
    for end in 0..good.len() {
        assert!(read(&genesis, &good[..end]).is_err());
    }
    let says = |genesis: &VerifiedGenesis, bytes: &[u8], part: &str| {
        let fault = read(genesis, bytes).unwrap_err();
        assert!(fault.contains(part), "{fault}");
    };
    says(&genesis, &entry(&genesis, [3; 32], 2), "only the chair");
    says(&genesis, &entry(&genesis, CHAIR, 3), "a precinct");
    let one_room = genesis_with(Method::Single, Precincts::One);
    let there = entry(&one_room, CHAIR, 0);
    says(&one_room, &there, "without precincts");

    // A reason that cannot be given, in bytes that say so themselves.
    let body = [&[0, 2][..], &[7; 32], b"\x02 a"].concat();
    let bad = Op::Unknown {
        kind: StrikeReturn::KIND,
        body: body.into(),
    };
    let bad = sign(&SigningKey::from(CHAIR), PollId::from(genesis.id()), bad);
    says(&genesis, bad.bytes(), "a reason");
}
