//! `claims.json`: what travels between precincts.

use super::*;
use election_core::board::precincts::Board;
use election_core::board::statement::{PrecinctState, StateId};
use election_core::board::{Claim, Dispute, Rules, SignedClaim, SignedDispute, Statement};
use election_core::ids::{PrecinctId, ReturnId};
use election_core::poll::precincts::Precincts;
use election_core::poll::strike::StrikeReturn;

pub fn poll() -> VerifiedGenesis {
    let chair = SigningKey::from(CHAIR);
    let genesis = Genesis::new(voter_key(&chair), "Which?", &["a", "b"], Method::Single, 9);
    let genesis = genesis.unwrap().with_precincts(Precincts::Automatic(3));
    sign(&chair, PollId::NONE, genesis.unwrap())
}

/// The voters of a precinct whose seeds are 32 times the same byte, ascending.
pub fn members_of(rules: &Rules, precinct: PrecinctId) -> impl Iterator<Item = SigningKey> {
    let keys = (0..=255_u8).map(|seed| SigningKey::from([seed; 32]));
    keys.filter(move |key| rules.precinct_of(voter_key(key)) == precinct)
}

#[test]
fn claims() {
    let genesis = poll();
    let rules = Rules::of(&genesis);
    let precinct = PrecinctId(1);
    let members: Vec<_> = members_of(&rules, precinct).take(20).collect();
    let holding = |voters: usize| {
        let mut store = BallotStore::of_precinct(genesis.clone(), precinct);
        let mut ops = Vec::new();
        for (number, member) in members[..voters].iter().enumerate() {
            let choice = Choice::new(&[number % 2], Method::Single, 2).unwrap();
            let ballot = Op::Ballot(Ballot::new(None, choice, &genesis));
            let op = sign(member, rules.poll, ballot);
            ops.push(hex(op.bytes()));
            store.insert(op);
        }
        (store, ops)
    };
    let encoded = |encode: &dyn Fn(&mut Writer)| {
        let mut writer = Writer::new();
        encode(&mut writer);
        writer.into_bytes()
    };
    let log = log(&genesis, &members[0]);
    let mut board = Board::new(rules);
    let mut summaries = Vec::new();
    let claims: Vec<_> = [(3, 2), (20, 4)]
        .into_iter()
        .map(|(voters, entries)| {
            let (mut store, ballots) = holding(voters);
            let log = log[..entries].iter();
            log.clone().for_each(|entry| {
                store.insert(entry.clone());
            });
            let log: Vec<_> = log.map(|entry| hex(entry.bytes())).collect();
            let said = PrecinctState::of(&mut store).unwrap();
            let statement = Statement::new(&rules, said).unwrap();
            let mut claim = Claim::sign(&members[0], &rules, statement.clone()).unwrap();
            claim.unite(&Claim::sign(&members[1], &rules, statement.clone()).unwrap());
            let bytes = encoded(&|writer| claim.encode(writer));
            let read = SignedClaim::decode(&bytes, &rules).unwrap();
            assert_eq!(read.verify().unwrap(), claim);
            let dispute = Dispute::sign(
                &members[2],
                &rules,
                statement.state(),
                &mut holding(voters - 1).0,
            );
            let dispute = dispute.unwrap();
            board.claim(claim);
            summaries.push(hex(&encoded(&|writer| board.summary().encode(writer))));
            (ballots, log, statement, bytes, dispute)
        })
        .map(|(ballots, log, statement, claim, dispute)| {
            let dispute_bytes = encoded(&|writer| dispute.encode(writer));
            let read = SignedDispute::decode(&dispute_bytes, &rules).unwrap();
            assert_eq!(read.verify().unwrap(), dispute);
            json!({
                "ballots": ballots,
                "log": log,
                "entries_that_concern_the_precinct": statement.log_entries,
                "version": statement.version(),
                "state": hex(&statement.state().0),
                "return_id": hex(&statement.return_id().0),
                "statement": hex(&encoded(&|writer| statement.encode(writer))),
                "claim": hex(&claim),
                "dispute_of_it_with_one_ballot_less": hex(&dispute_bytes),
            })
        })
        .collect();
    check(
        "claims.json",
        &json!({
            "genesis": hex(genesis.bytes()),
            "poll": rules.poll.to_string(),
            "precinct": precinct.0,
            "claims": claims,
            "summary_of_a_board_that_holds_the_first": summaries[0],
            "summary_of_it_with_the_second": summaries[1],
            "refused_claims": refused_claims(&rules, &members),
            "refused_disputes": refused_disputes(&rules, &members, &mut holding(20).0),
        }),
    );
}

/// Two entries of the chair's log that concern other precincts than that of this voter, and two
/// that concern it.
fn log(genesis: &VerifiedGenesis, voter: &SigningKey) -> Vec<VerifiedOp> {
    let rules = Rules::of(genesis);
    let mut entries: Vec<VerifiedOp> = Vec::new();
    let elsewhere = members_of(&rules, PrecinctId(2)).next().unwrap();
    for (index, (voter, precinct)) in (0..).zip([
        (None, PrecinctId(0)),
        (Some(&elsewhere), PrecinctId(2)),
        (Some(voter), PrecinctId(1)),
        (None, PrecinctId(1)),
    ]) {
        let reason = "voted twice".to_owned();
        let op = match voter {
            None => Op::StrikeReturn(Box::new(StrikeReturn {
                index,
                precinct,
                return_id: ReturnId([7; 32]),
                reason,
            })),
            Some(voter) => {
                let choice = Choice::new(&[0], Method::Single, 2).unwrap();
                let ballot = Op::Ballot(Ballot::new(None, choice, genesis));
                Op::RevokeBallot(Box::new(RevokeBallot {
                    index,
                    voter: voter_key(voter),
                    ballot: sign(voter, rules.poll, ballot).id(),
                    reason,
                }))
            }
        };
        entries.push(sign(&SigningKey::from(CHAIR), rules.poll, op));
    }
    entries
}

/// A statement of precinct 1, of so many ballots for the first option and as many counted, with
/// whatever follows the fingerprint.
fn statement(
    (version, precinct): (u8, u8),
    (counts, rest): ([u8; 2], [u8; 4]),
    fingerprint: u8,
    tail: &[u8],
) -> Vec<u8> {
    [
        &[version, precinct],
        &counts[..],
        &rest,
        &[fingerprint; 32],
        tail,
    ]
    .concat()
}

/// A claim of these bytes, properly signed by these keys in this order.
fn signed(rules: &Rules, statement: &[u8], keys: &[&SigningKey]) -> Vec<u8> {
    let message = [b"election-voter/return/1", &rules.poll.0[..], statement].concat();
    let mut claim = [statement, &[keys.len() as u8]].concat();
    for key in keys {
        claim.extend(voter_key(key).0);
        claim.extend(key.sign(&message).to_bytes());
    }
    claim
}

/// Claims that differ from one that is taken in by one thing each.
fn refused_claims(rules: &Rules, members: &[SigningKey]) -> Value {
    let mut keys: Vec<_> = members.iter().collect();
    keys.sort_by_key(|key| voter_key(key));
    let foreign = members_of(rules, PrecinctId(0)).next().unwrap();
    let of = |statement: Vec<u8>| signed(rules, &statement, &keys[..1]);
    let like = (2, 1);
    let sums = ([3, 2], [9, 5, 1, 1]);
    let no_log = [0];
    let of_log = |entries: &[u8], fingerprint: u8| [entries, &[fingerprint; 32]].concat();
    let good = statement(like, sums, 7, &no_log);
    let accepted = |bytes: &[u8]| {
        SignedClaim::decode(bytes, rules).is_ok_and(|claim| claim.verify().is_some())
    };
    for log in [no_log.to_vec(), of_log(&[2], 8)] {
        let claim = of(statement(like, sums, 7, &log));
        assert!(accepted(&claim), "the cases differ in one thing only");
    }
    assert!(accepted(&signed(rules, &good, &keys[..16])));
    let mut wrong = of(good.clone());
    *wrong.last_mut().unwrap() ^= 1;
    let cases = [
        (
            "of version 1",
            of(statement((1, 1), sums, 7, &[no_log[0], 0])),
        ),
        ("of version 3", of(statement((3, 1), sums, 7, &no_log))),
        (
            "of precinct 3 of 3",
            of(statement((2, 3), sums, 7, &no_log)),
        ),
        (
            "counts that do not add up to the ballots counted",
            of(statement(like, ([3, 1], [9, 5, 1, 1]), 7, &no_log)),
        ),
        (
            "fewer ballots than are counted and revoked",
            of(statement(like, ([3, 2], [6, 5, 2, 0]), 7, &no_log)),
        ),
        (
            "fewer ballots than are counted and spoil each other",
            of(statement(like, ([3, 2], [6, 5, 0, 1]), 7, &no_log)),
        ),
        (
            "ballots, and the fingerprint of none",
            of(statement(like, sums, 0, &no_log)),
        ),
        (
            "no ballots, and a fingerprint",
            of(statement(like, ([0, 0], [0; 4]), 7, &no_log)),
        ),
        (
            "entries of the log without their fingerprint",
            of(statement(like, sums, 7, &[1])),
        ),
        (
            "entries of the log with the fingerprint of none",
            of(statement(like, sums, 7, &of_log(&[1], 0))),
        ),
        (
            "no entries of the log, and a fingerprint",
            of(statement(like, sums, 7, &of_log(&[0], 8))),
        ),
        (
            "65,537 entries of the log",
            of(statement(like, sums, 7, &of_log(&[0x81, 0x80, 4], 8))),
        ),
        ("no attestations", signed(rules, &good, &[])),
        ("17 attestations", signed(rules, &good, &keys[..17])),
        (
            "keys that descend",
            signed(rules, &good, &[keys[1], keys[0]]),
        ),
        ("a key twice", signed(rules, &good, &[keys[0], keys[0]])),
        (
            "signed by a voter of precinct 0",
            signed(rules, &good, &[&foreign]),
        ),
        ("a wrong signature", wrong),
        ("a byte too many", [of(good), vec![0]].concat()),
    ];
    let cases = cases.map(|(why, bytes)| {
        assert!(!accepted(&bytes), "{why}: accepted");
        json!({ "why": why, "bytes": hex(&bytes) })
    });
    cases.into_iter().collect()
}

/// The same of a dispute that proves its quarters.
fn refused_disputes(rules: &Rules, members: &[SigningKey], held: &mut BallotStore) -> Value {
    let disputed = [9; 32];
    let own = PrecinctState::of(held).unwrap();
    let own = Statement::new(rules, own).unwrap();
    let dispute = Dispute::sign(&members[0], rules, StateId(disputed), held).unwrap();
    let mut good = Writer::new();
    dispute.encode(&mut good);
    let good = good.into_bytes();
    // All before the key, and signed anew.
    let body = &good[..good.len() - 96];
    let by = |key: &SigningKey, body: &[u8]| {
        let message = [b"election-voter/dispute/1", &rules.poll.0[..], body].concat();
        [body, &voter_key(key).0, &key.sign(&message).to_bytes()].concat()
    };
    let changed = |at: usize, to: u8| {
        let mut body = body.to_vec();
        body[at] = to;
        by(&members[0], &body)
    };
    let accepted = |bytes: &[u8]| {
        SignedDispute::decode(bytes, rules).is_ok_and(|dispute| dispute.verify().is_some())
    };
    assert!(
        accepted(&by(&members[0], body)),
        "the cases differ in one thing only"
    );
    let mut encoded = Writer::new();
    own.encode(&mut encoded);
    let proof = 1 + 32 + encoded.len();
    assert_eq!(body[proof], 1, "20 voters are more than 16");
    let foreign = members_of(rules, PrecinctId(0)).next().unwrap();
    let mut wrong = good.clone();
    *wrong.last_mut().unwrap() ^= 1;
    let of_own = [&body[..1], &own.state().0, &body[33..]].concat();
    let without_proof = [&body[..proof], &[0]].concat();
    let cases = [
        ("of version 1", changed(0, 1)),
        ("of version 3", changed(0, 3)),
        (
            "of the state that it states itself",
            by(&members[0], &of_own),
        ),
        (
            "without quarters, though more than 16 are counted",
            by(&members[0], &without_proof),
        ),
        ("a proof of kind 2", changed(proof, 2)),
        (
            "a quarter with another count",
            changed(proof + 1, body[proof + 1] ^ 1),
        ),
        (
            "a quarter with another fingerprint",
            changed(proof + 10, body[proof + 10] ^ 1),
        ),
        (
            "the last quarter is missing",
            by(&members[0], &body[..body.len() - 38]),
        ),
        ("signed by a voter of precinct 0", by(&foreign, body)),
        ("a wrong signature", wrong),
        ("a byte too many", [&good[..], &[0]].concat()),
    ];
    let cases = cases.map(|(why, bytes)| {
        assert!(!accepted(&bytes), "{why}: accepted");
        json!({ "why": why, "bytes": hex(&bytes) })
    });
    cases.into_iter().collect()
}
