//! `claims.json`: what travels between precincts.

use super::*;
use election_core::canvass::board::Board;
use election_core::canvass::statement::PrecinctState;
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
        }),
    );
}
