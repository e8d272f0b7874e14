//! `claims.json`: what travels between precincts.

use super::*;
use election_core::canvass::board::Board;
use election_core::canvass::statement::{PrecinctState, StateId};
use election_core::canvass::{Claim, Dispute, Rules, SignedClaim, SignedDispute, Statement};
use election_core::ids::PrecinctId;
use election_core::poll::precincts::Precincts;

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
        let mut canvass = Canvass::of_precinct(genesis.clone(), precinct);
        let mut ops = Vec::new();
        for (number, member) in members[..voters].iter().enumerate() {
            let choice = Choice::new(&[number % 2], Method::Single, 2).unwrap();
            let ballot = Op::Ballot(Ballot::new(None, choice, &genesis));
            let op = sign(member, rules.poll, ballot);
            ops.push(hex(op.bytes()));
            canvass.insert(op);
        }
        (canvass, ops)
    };
    let encoded = |encode: &dyn Fn(&mut Writer)| {
        let mut writer = Writer::new();
        encode(&mut writer);
        writer.into_bytes()
    };
    let mut board = Board::new(rules);
    let mut summaries = Vec::new();
    let claims: Vec<_> = [
        (3, vec![]),
        (20, vec![(PrecinctId(0), 300), (PrecinctId(2), 1)]),
    ]
    .into_iter()
    .map(|(voters, after)| {
        let (mut canvass, ops) = holding(voters);
        let said = PrecinctState::of(&mut canvass).unwrap();
        let statement = Statement::new(&rules, said, after).unwrap();
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
        (ops, statement, bytes, dispute)
    })
    .map(|(ops, statement, claim, dispute)| {
        let dispute_bytes = encoded(&|writer| dispute.encode(writer));
        let read = SignedDispute::decode(&dispute_bytes, &rules).unwrap();
        assert_eq!(read.verify().unwrap(), dispute);
        json!({
            "ballots": ops,
            "version": statement.version(),
            "state": hex(&statement.state().0),
            "return_id": hex(&statement.return_id(rules.poll).0),
            "id": hex(&statement.id().0),
            "statement": hex(&encoded(&|writer| statement.encode(writer))),
            "claim": hex(&claim),
            "dispute_of_it_with_one_ballot_less": hex(&dispute_bytes),
        })
    })
    .collect();
    assert_eq!(board.waiting().count(), 1, "the second comes after others");
    check(
        "claims.json",
        &json!({
            "genesis": hex(genesis.bytes()),
            "poll": rules.poll.to_string(),
            "precinct": precinct.0,
            "claims": claims,
            "summary_of_a_board_that_holds_the_first": summaries[0],
            "summary_of_it_while_the_second_waits": summaries[1],
            "refused_claims": refused_claims(&rules, &members),
            "refused_disputes": refused_disputes(&rules, &members, &mut holding(20).0),
        }),
    );
}

/// A statement of precinct 1, of so many ballots for the first option and as many counted, with whatever follows the fingerprint.
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
    let like = (1, 1);
    let sums = ([3, 2], [9, 5, 1, 1]);
    let no_log = [0, 0];
    let good = statement(like, sums, 7, &no_log);
    let accepted = |bytes: &[u8]| {
        SignedClaim::decode(bytes, rules).is_ok_and(|claim| claim.verify().is_some())
    };
    for after in [&no_log[..], &[0, 2, 0, 5, 2, 1]] {
        let claim = of(statement(like, sums, 7, after));
        assert!(accepted(&claim), "the cases differ in one thing only");
    }
    assert!(accepted(&signed(rules, &good, &keys[..16])));
    let mut wrong = of(good.clone());
    *wrong.last_mut().unwrap() ^= 1;
    let cases = [
        ("of version 2", of(statement((2, 1), sums, 7, &no_log))),
        (
            "of precinct 3 of 3",
            of(statement((1, 3), sums, 7, &no_log)),
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
            "entries of the log without the last one's id",
            of(statement(like, sums, 7, &[1, 0])),
        ),
        (
            "after its own precinct",
            of(statement(like, sums, 7, &[0, 1, 1, 5])),
        ),
        (
            "after one precinct twice",
            of(statement(like, sums, 7, &[0, 2, 0, 5, 0, 6])),
        ),
        (
            "after precincts that descend",
            of(statement(like, sums, 7, &[0, 2, 2, 5, 0, 6])),
        ),
        (
            "after version 0 of a precinct",
            of(statement(like, sums, 7, &[0, 1, 0, 0])),
        ),
        (
            "after a precinct that the poll does not have",
            of(statement(like, sums, 7, &[0, 1, 3, 5])),
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
fn refused_disputes(rules: &Rules, members: &[SigningKey], held: &mut Canvass) -> Value {
    let disputed = [9; 32];
    let own = PrecinctState::of(held).unwrap();
    let own = Statement::new(rules, own, Vec::new()).unwrap();
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
    let with_after = [&body[..proof - 1], &[1, 0, 5], &body[proof..]].concat();
    let cases = [
        ("of version 2", changed(0, 2)),
        (
            "of the state that it states itself",
            by(&members[0], &of_own),
        ),
        (
            "its own statement comes after another",
            by(&members[0], &with_after),
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
