//! What comes in in a poll with precincts and cannot be: it is refused or dropped, changes nothing,
//! and is counted.

use crate::hall::Hall;
use ed25519_zebra::SigningKey;
use election_core::ballots::BallotStore;
use election_core::board::statement::PrecinctState;
use election_core::board::{Claim, Dispute, Rules, Statement};
use election_core::ids::{PrecinctId, ReturnId, StateId};
use election_core::poll::ballot::Ballot;
use election_core::poll::choice::Choice;
use election_core::poll::method::Method;
use election_core::poll::op::{Op, VerifiedOp};
use election_core::poll::strike::StrikeReturn;
use election_core::wire::bytes::Writer;
use election_core::wire::envelope::{sign, voter_key};
use election_core::wire::frame::kind;

const P: [PrecinctId; 3] = [PrecinctId(0), PrecinctId(1), PrecinctId(2)];

/// Three precincts of two tabs each, all of which voted.
fn six_votes(seed: u64) -> Hall {
    let mut hall = Hall::new(seed, 3, 2);
    hall.run(3_000);
    for client in 0..6 {
        hall.vote(client, client % 3).unwrap();
    }
    hall.run(10_000);
    hall
}

fn bytes_of(encode: impl Fn(&mut Writer)) -> Vec<u8> {
    let mut writer = Writer::new();
    encode(&mut writer);
    writer.into_bytes()
}

fn ballot(hall: &Hall, voter: &SigningKey) -> VerifiedOp {
    let choice = Choice::new(&[1], Method::Single, 3).unwrap();
    let ballot = Ballot::new(None, choice, hall.poll.genesis());
    sign(voter, hall.poll.id(), Op::Ballot(ballot))
}

#[test]
fn claims_and_disputes_of_a_precinct_that_is_not_there_are_malformed() {
    let mut hall = six_votes(1);
    // As they would be in the same poll with one precinct more, by a member of that.
    let more = Rules {
        precincts: 4,
        ..hall.rules()
    };
    let keys = (0..=255).map(|seed| SigningKey::from([seed; 32]));
    let member = |key: &SigningKey| more.precinct_of(voter_key(key)) == PrecinctId(3);
    let member = keys.into_iter().find(member).unwrap();
    let here: PrecinctState = (**hall.board(0).claims(P[2])[0].statement()).clone();
    let said = PrecinctState {
        precinct: PrecinctId(3),
        ..here
    };
    let statement = Statement::new(&more, said).unwrap();
    let claim = Claim::sign(&member, &more, statement).unwrap();
    let mut held = BallotStore::of_precinct(hall.poll.genesis().clone(), P[2]);
    held.insert(ballot(&hall, &hall.key(4)));
    let rules = hall.rules();
    let voter = hall.key(4);
    let dispute = Dispute::sign(&voter, &rules, StateId([8; 32]), &mut held).unwrap();
    let mut dispute = bytes_of(|writer| dispute.encode(writer));
    // Version, disputed state, version of the own statement, and then its precinct.
    assert_eq!(dispute[34], 2);
    dispute[34] = 3;

    let before = (hall.board(0).digest(), hall.stats(0));
    hall.say(0, 1, kind::CLAIMS, &bytes_of(|writer| claim.encode(writer)));
    hall.say(0, 2, kind::DISPUTES, &dispute);
    let after = hall.stats(0);
    assert_eq!(after.malformed, before.1.malformed + 2);
    assert_eq!((after.news, after.known), (before.1.news, before.1.known));
    assert_eq!(hall.board(0).digest(), before.0);
}

#[test]
fn claims_that_all_who_signed_them_left_behind_are_known() {
    let mut hall = six_votes(2);
    let old = hall.board(0).claims(P[1])[0].clone();
    hall.vote(2, 0).unwrap();
    hall.run(10_000);
    let newer = hall.board(0).claims(P[1])[0].clone();
    assert!(newer.statement().is_newer_than(old.statement()));
    let before = (hall.board(0).digest(), hall.stats(0));
    for claim in [&old, &newer] {
        hall.say(0, 1, kind::CLAIMS, &bytes_of(|writer| claim.encode(writer)));
    }
    let after = hall.stats(0);
    assert_eq!(after.known, before.1.known + 2);
    assert_eq!(after.news, before.1.news);
    assert_eq!(hall.board(0).digest(), before.0);
}

#[test]
fn ballots_in_the_councils_room_are_foreign_to_all_but_their_precinct() {
    let mut hall = six_votes(3);
    let voter = hall.key_of(P[1]);
    let ballot = ballot(&hall, &voter);
    for client in [0, 2] {
        hall.say(client, 1, kind::OPS, ballot.bytes());
    }
    let foreign = |hall: &Hall, client: usize| hall.replica(client).stats().foreign;
    assert_eq!((foreign(&hall, 0), foreign(&hall, 2)), (1, 0));
    assert_eq!(hall.replica(0).ops(), 2);
    assert_eq!(hall.replica(2).ops(), 3);
}

#[test]
fn strikes_that_cannot_be_are_invalid_and_not_passed_on() {
    let mut hall = six_votes(4);
    let strike = |hall: &Hall, key: SigningKey, precinct: u16| {
        let strike = StrikeReturn {
            index: 0,
            precinct: PrecinctId(precinct),
            return_id: ReturnId([1; 32]),
            reason: "false".to_owned(),
        };
        sign(&key, hall.poll.id(), Op::StrikeReturn(Box::new(strike)))
    };
    let voter = hall.key(0);
    let mut forged = strike(&hall, hall.poll.chair(), 1).bytes().to_vec();
    *forged.last_mut().unwrap() ^= 1;
    let cases = [
        strike(&hall, voter, 1).bytes().to_vec(),
        strike(&hall, hall.poll.chair(), 3).bytes().to_vec(),
        forged,
    ];
    for (from, op) in (1..).zip(&cases) {
        hall.say(0, from, kind::OPS, op);
    }
    let stats = hall.replica(0).stats();
    assert_eq!((stats.invalid_ops, stats.bad_signatures), (2, 1));
    hall.run(20_000);
    for client in 0..6 {
        let replica = hall.replica(client);
        assert_eq!(replica.log().count(), 0);
        assert!(hall.shown(client).parts.iter().all(|part| part.struck == 0));
    }
}

#[test]
fn summaries_that_do_not_hold_together_are_malformed() {
    let mut hall = six_votes(5);
    let row = [9; 8];
    let point = |entries: u8| [&[entries][..], &[0; 8]].concat();
    let cases = [
        ("neither asks nor answers", vec![2, 0, 0]),
        (
            "too many points",
            [&[0, 21][..], &point(9).repeat(21), &[0]].concat(),
        ),
        (
            "points that do not go back",
            [&[0, 2][..], &point(2), &point(2), &[0]].concat(),
        ),
        (
            "a point of no entries",
            [&[0, 1][..], &point(0), &[0]].concat(),
        ),
        ("more rows than precincts", vec![0, 0, 4]),
        (
            "a row of precinct 3 of 3",
            [&[0, 0, 2, 0][..], &row, &[2], &row].concat(),
        ),
        ("something left over", vec![0, 0, 0, 0]),
        ("cut short", vec![0, 1, 5]),
    ];
    let before = hall.stats(0).malformed;
    for (number, (why, content)) in (1..).zip(&cases) {
        hall.say(0, number, kind::SUMMARY, content);
        assert_eq!(hall.stats(0).malformed, before + number, "{why}");
    }
    // They differ in one thing each from one that does.
    let good = [&[0, 2][..], &point(2), &point(1), &[2, 0], &row, &[1], &row].concat();
    hall.say(0, 50, kind::SUMMARY, &good);
    assert_eq!(hall.stats(0).malformed, before + cases.len() as u64);
}
