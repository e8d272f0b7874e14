//! A poll of three precincts, its members, and what they claim and dispute, for the tests of the
//! board.

use std::sync::OnceLock;

use ed25519_zebra::SigningKey;

use super::claim::Claim;
use super::dispute::Dispute;
use super::grade::Grade;
use super::precincts::Board;
use super::statement::{PrecinctState, ReturnId, Rules, Statement};
use super::summary::{Known, Summary};
use crate::ballots::returns::Return;
use crate::ballots::store::BallotStore;
use crate::ballots::testing::key;
use crate::ids::{PollId, PrecinctId};
use crate::poll::ballot::Ballot;
use crate::poll::choice::Choice;
use crate::poll::genesis::Genesis;
use crate::poll::method::Method;
use crate::poll::op::{Op, VerifiedGenesis};
use crate::poll::precincts::Precincts;
use crate::wire::bytes::{Reader, Writer};
use crate::wire::envelope::{sign, voter_key};

pub const PRECINCTS: u16 = 3;
pub const HERE: PrecinctId = PrecinctId(0);
pub const THERE: PrecinctId = PrecinctId(1);

pub struct Poll {
    pub genesis: VerifiedGenesis,
    pub rules: Rules,
    /// By precinct, 40 each.
    pub members: Vec<Vec<SigningKey>>,
}

pub fn poll() -> &'static Poll {
    static POLL: OnceLock<Poll> = OnceLock::new();
    POLL.get_or_init(|| {
        let chair = key(0);
        let options = ["red", "green", "blue"];
        let genesis = Genesis::new(voter_key(&chair), "Which?", &options, Method::Single, 9);
        let genesis = genesis
            .unwrap()
            .with_precincts(Precincts::Automatic(PRECINCTS));
        let genesis = sign(&chair, PollId::NONE, genesis.unwrap());
        let rules = Rules::of(&genesis);
        let mut members = vec![Vec::new(); usize::from(PRECINCTS)];
        for number in 1.. {
            let precinct = rules.precinct_of(voter_key(&key(number)));
            members[usize::from(precinct.0)].push(key(number));
            if members.iter().all(|members| members.len() >= 40) {
                break;
            }
        }
        Poll {
            genesis,
            rules,
            members,
        }
    })
}

pub fn member(precinct: PrecinctId, number: usize) -> &'static SigningKey {
    &poll().members[usize::from(precinct.0)][number]
}

pub fn state(precinct: PrecinctId, ballots: u64) -> PrecinctState {
    PrecinctState {
        precinct,
        total: Return {
            counts: [ballots, 0, 0].into(),
            ballots,
            counted: ballots,
            revoked: 0,
            spoiled: 0,
        },
        fingerprint: [ballots as u8 | 1; 32],
        log_entries: 0,
        log_fingerprint: [0; 32],
    }
}

pub fn statement(precinct: PrecinctId, ballots: u64) -> Statement {
    Statement::new(&poll().rules, state(precinct, ballots)).unwrap()
}

/// A claim that those members sign.
pub fn signed(statement: &Statement, signers: impl IntoIterator<Item = usize>) -> Claim {
    let claims = signers.into_iter().map(|number| {
        let signer = member(statement.precinct, number);
        Claim::sign(signer, &poll().rules, statement.clone()).unwrap()
    });
    claims
        .reduce(|mut all, one| {
            all.unite(&one);
            all
        })
        .unwrap()
}

pub fn claim(
    precinct: PrecinctId,
    ballots: u64,
    signers: impl IntoIterator<Item = usize>,
) -> Claim {
    signed(&statement(precinct, ballots), signers)
}

/// What a replica of that precinct holds when its first members voted, each for the option of their
/// number.
pub fn store(precinct: PrecinctId, voters: usize) -> BallotStore {
    let genesis = &poll().genesis;
    let mut store = BallotStore::of_precinct(genesis.clone(), precinct);
    for number in 0..voters {
        let choice = Choice::new(&[number % 3], Method::Single, 3).unwrap();
        let ballot = Op::Ballot(Ballot::new(None, choice, genesis));
        store.insert(sign(member(precinct, number), poll().rules.poll, ballot));
    }
    store
}

pub fn held(precinct: PrecinctId, voters: usize) -> Statement {
    let state = PrecinctState::of(&mut store(precinct, voters)).unwrap();
    Statement::new(&poll().rules, state).unwrap()
}

pub fn dispute(by: usize, of: &Statement, voters: usize) -> Dispute {
    let mut store = store(of.precinct, voters);
    let signer = member(of.precinct, by);
    Dispute::sign(signer, &poll().rules, of.state(), &mut store).unwrap()
}

pub fn board() -> Board {
    Board::new(poll().rules)
}

/// The board when all that is claimed of it now has stood for long enough.
pub fn after_a_while(board: &Board) -> Board {
    let mut board = board.clone();
    for precinct in (0..board.rules().precincts).map(PrecinctId) {
        let states: Vec<_> = board.yet_to_stand(precinct).collect();
        for state in states {
            board.stand(precinct, state);
        }
    }
    board
}

pub fn shown(board: &Board, precinct: PrecinctId) -> Option<(u64, Grade)> {
    let part = after_a_while(board).total().parts[usize::from(precinct.0)].clone();
    part.shown.map(|shown| (shown.version, shown.grade))
}

pub fn bytes_of(encode: impl Fn(&mut Writer)) -> Vec<u8> {
    let mut writer = Writer::new();
    encode(&mut writer);
    writer.into_bytes()
}

/// Tells one board what another holds, as often as that brings something.
pub fn tell(from: &Board, to: &mut Board, start: PrecinctId) {
    let rules = &poll().rules;
    let bytes = bytes_of(|writer| to.summary().encode(writer));
    let summary = Summary::read(&mut Reader::new(&bytes), rules).unwrap();
    assert_eq!(summary, to.summary());
    for known in from.newer_than(&summary, start, 100_000) {
        match known {
            Known::Claim(claim) => {
                to.claim(claim.clone());
            }
            Known::Dispute(dispute) => {
                to.dispute(dispute.clone());
            }
        }
    }
}

/// Single signatures under statements, and disputes: 3 statements of each of two precincts, or more
/// of the first.
pub fn news(statements: u64) -> Vec<News> {
    let mut all = Vec::new();
    for precinct in [HERE, THERE] {
        for number in 0..statements {
            // Of every second pair the versions are equal, and the states are not.
            let mut said = state(precinct, 20 + number / 2);
            said.fingerprint = [number as u8 + 1; 32];
            let statement = Statement::new(&poll().rules, said).unwrap();
            let signers = (0..6).filter(|signer| (signer + number) % 3 != 0);
            all.extend(signers.map(|signer| News::Claim(signed(&statement, [signer as usize]))));
            if number % 2 == 1 {
                all.push(News::Dispute(dispute(8, &statement, 18)));
            }
        }
    }
    all
}

#[derive(Debug, Clone)]
pub enum News {
    Claim(Claim),
    Dispute(Dispute),
    Strike(PrecinctId, ReturnId),
}

pub fn board_of(news: &[News]) -> Board {
    let mut board = board();
    for one in news {
        match one.clone() {
            News::Claim(claim) => {
                board.claim(claim);
            }
            News::Dispute(dispute) => {
                board.dispute(dispute);
            }
            News::Strike(precinct, return_id) => board.strike(precinct, return_id),
        }
    }
    board
}
