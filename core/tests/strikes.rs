//! The chair strikes what was stated of a precinct: every board heeds it, whenever it hears of it.

#![allow(clippy::unwrap_used)]

mod network;
mod rooms;

use ed25519_zebra::SigningKey;
use election_core::canvass::statement::PrecinctState;
use election_core::canvass::{Claim, Grade, Rules, Statement};
use election_core::ids::{PollId, PrecinctId, ReturnId, StateId};
use election_core::poll::genesis::Method;
use election_core::poll::log::LogLink;
use election_core::poll::op::{Op, SignedOp, VerifiedGenesis, kind as op_kind};
use election_core::poll::precincts::Precincts;
use election_core::poll::revocation::BadReason;
use election_core::poll::strike::StrikeReturn;
use election_core::replica::io::{Input as ReplicaInput, Refusal};
use election_core::replica::tab::{Input, Room};
use election_core::replica::view::Explanation;
use election_core::wire::envelope::sign;
use election_core::wire::frame::kind;
use network::{CHAIR, genesis_with};
use rooms::Poll;
use rooms::nine::{P, bytes_of, nine_votes};

/// A lie about precinct 1 by so many keys of it: ten more ballots than it has.
fn lie(poll: &mut Poll, members: usize) -> Vec<Claim> {
    let rules = Rules::of(&poll.genesis);
    let mut said: PrecinctState = (**poll.board(0).claims(P[1])[0].statement()).clone();
    said.total.ballots += 10;
    said.total.counted += 10;
    said.total.counts[0] += 10;
    let statement = Statement::new(&rules, said, Vec::new()).unwrap();
    let signed = |key: SigningKey| Claim::sign(&key, &rules, statement.clone()).unwrap();
    (0..members).map(|_| signed(poll.key_of(P[1]))).collect()
}

fn tell(poll: &mut Poll, client: usize, from: u64, claims: &[Claim]) {
    poll.say(client, from, kind::CLAIMS, &bytes_of(claims));
}

/// A poll whose precinct 1 has left, and about which a lie is told that nobody is there to dispute. Every tab shows it.
fn with_a_lie(seed: u64) -> (Poll, Vec<Claim>) {
    let mut poll = nine_votes(seed);
    poll.of(P[1])
        .into_iter()
        .for_each(|client| poll.close(client));
    let claims = lie(&mut poll, 2);
    tell(&mut poll, 0, 1, &claims);
    poll.run(10_000);
    assert_shown(&poll, [0, 1, 2, 6, 7, 8], [13, 3, 3], 0);
    (poll, claims)
}

/// What those tabs show, and how many returns of precinct 1 are struck. Their boards agree.
fn assert_shown(
    poll: &Poll,
    clients: impl IntoIterator<Item = usize>,
    counts: [u64; 3],
    struck: usize,
) {
    let mut digests = Vec::new();
    for client in clients {
        let shown = poll.shown(client);
        assert_eq!(&*shown.total.counts, counts, "tab {client}");
        assert_eq!(shown.missing().count(), 0, "tab {client}");
        assert_eq!(shown.parts[1].struck, struck, "tab {client}");
        digests.push(poll.board(client).digest());
    }
    digests.dedup();
    assert_eq!(digests.len(), 1);
}

fn claims_state(poll: &Poll, client: usize, state: StateId) -> bool {
    let mut claims = poll.board(client).claims(P[1]).iter();
    claims.any(|claim| claim.statement().state() == state)
}

fn refused(poll: &mut Poll, client: usize, strike: (u16, ReturnId, &str)) -> Option<Refusal> {
    let (precinct, return_id, reason) = strike;
    let strike = ReplicaInput::Strike {
        precinct: PrecinctId(precinct),
        return_id,
        reason,
    };
    let now = poll.now;
    let tab = &mut poll.clients[client].tab;
    tab.handle(Input::Replica(strike), now).err()
}

#[test]
fn a_struck_lie_is_gone_from_every_total_for_good() {
    let (mut poll, claims) = with_a_lie(1);
    let state = claims[0].statement().state();
    let version = poll.board(8).version(P[2]);
    let return_id = claims[0].statement().return_id(poll.id());
    poll.strike(P[1], return_id);
    poll.run(10_000);
    let here = [0, 1, 2, 6, 7, 8];
    assert_shown(&poll, here, [3, 3, 3], 1);
    for client in here {
        assert!(!claims_state(&poll, client, state));
        let (id, strike) = poll.clients[client].tab.replica().strikes().next().unwrap();
        assert_eq!((strike.precinct, strike.return_id), (P[1], return_id));
        let explained = poll.clients[client].tab.replica().explain(id);
        let Explanation::Strike { reason, .. } = explained else {
            panic!("{explained:?}");
        };
        assert_eq!(reason, strike.reason);
    }
    // An entry of the log is an op, so what each precinct states is newer than before.
    assert_eq!(
        poll.board(8).version(P[2]),
        version.map(|version| version + 1)
    );
    assert_eq!(
        poll.board(0).version(P[2]),
        version.map(|version| version + 1)
    );

    // Others sign the same again: it is known to count for nothing.
    let known = poll.stats(0).known;
    let rules = Rules::of(&poll.genesis);
    let third = Claim::sign(&poll.key_of(P[1]), &rules, claims[0].statement().clone());
    tell(&mut poll, 0, 2, &[third.unwrap()]);
    assert_eq!(poll.stats(0).known, known + 1);
    poll.run(30_000);
    assert_shown(&poll, here, [3, 3, 3], 1);

    // Whoever comes later learns of it with the log.
    let newcomer = poll.open_new_tab(P[2]);
    poll.run(20_000);
    assert_shown(&poll, here.into_iter().chain([newcomer]), [3, 3, 3], 1);
}

#[test]
fn a_precinct_that_was_cut_off_learns_of_a_strike_when_it_comes_back() {
    let (mut poll, claims) = with_a_lie(2);
    poll.cut_off(P[2], true);
    let return_id = claims[0].statement().return_id(poll.id());
    poll.strike(P[1], return_id);
    poll.run(20_000);
    assert_shown(&poll, 0..3, [3, 3, 3], 1);
    assert_shown(&poll, 6..9, [13, 3, 3], 0);
    poll.cut_off(P[2], false);
    poll.run(20_000);
    assert_shown(&poll, [0, 1, 2, 6, 7, 8], [3, 3, 3], 1);
}

#[test]
fn a_tab_knows_from_its_disk_what_is_struck() {
    let (mut poll, claims) = with_a_lie(3);
    let return_id = claims[0].statement().return_id(poll.id());
    poll.strike(P[1], return_id);
    poll.run(10_000);
    for client in [0, 7] {
        poll.reload(client);
        let shown = poll.shown(client);
        assert_eq!(shown.parts[1].struck, 1, "tab {client}");
        // Before anybody can tell it: the lie counts for nothing.
        tell(&mut poll, client, 3, &claims);
        assert!(poll.board(client).claims(P[1]).is_empty());
        poll.connect(client, Room::Precinct);
    }
    poll.run(20_000);
    assert_shown(&poll, [0, 1, 2, 6, 7, 8], [3, 3, 3], 1);
}

#[test]
fn a_true_return_that_is_struck_counts_nowhere_until_the_precinct_has_other_ballots() {
    let mut poll = nine_votes(4);
    let truth = poll.board(0).claims(P[1])[0].statement().clone();
    poll.audit(0, P[1]).unwrap();
    poll.run(10_000);
    let before = poll.shown(0).parts[1].shown.clone().unwrap();
    assert_eq!(before.grade, Grade::Folded);
    let return_id = truth.return_id(poll.id());
    poll.strike(P[1], return_id);
    let proposed: u64 = (3..6).map(|client| poll.stats(client).proposed).sum();
    // Where the strike is in the log, too, the same ballots are the same return. One tab audits it, three hold it themselves.
    for _ in 0..12 {
        poll.run(5_000);
        for client in 0..9 {
            let shown = poll.shown(client);
            assert_eq!(&*shown.total.counts, [2, 2, 2], "tab {client}");
            assert_eq!((&shown.parts[1].shown, shown.parts[1].struck), (&None, 1));
            assert!(!claims_of(&poll, client, P[1]).contains(&truth.state()));
        }
    }
    // Nobody says it again and again.
    let later: u64 = (3..6).map(|client| poll.stats(client).proposed).sum();
    assert_eq!(proposed, later);

    poll.vote(4, 0);
    poll.run(15_000);
    for client in 0..9 {
        let shown = poll.shown(client);
        assert_eq!(&*shown.total.counts, [4, 2, 3], "tab {client}");
        let held = client == 0 || (3..6).contains(&client);
        let grade = shown.parts[1].shown.as_ref().unwrap().grade;
        assert_eq!(grade == Grade::Folded, held, "tab {client}");
    }
}

fn claims_of(poll: &Poll, client: usize, precinct: PrecinctId) -> Vec<StateId> {
    let claims = poll.board(client).claims(precinct).iter();
    claims.map(|claim| claim.statement().state()).collect()
}

#[test]
fn strikes_that_cannot_be_are_refused_with_what_to_do() {
    let mut poll = nine_votes(5);
    let return_id = poll.board(0).claims(P[1])[0]
        .statement()
        .return_id(poll.id());
    let long = "x".repeat(501);
    let cases = [
        (1, (1, return_id, "false"), Refusal::NotChair),
        (0, (3, return_id, "false"), Refusal::NoSuchPrecinct),
        (0, (u16::MAX, return_id, "false"), Refusal::NoSuchPrecinct),
        (0, (1, return_id, " "), Refusal::Reason(BadReason::Empty)),
        (
            0,
            (1, return_id, &long),
            Refusal::Reason(BadReason::Long(1)),
        ),
        (
            0,
            (1, return_id, "a\nb"),
            Refusal::Reason(BadReason::ControlCharacter),
        ),
        (
            0,
            (1, return_id, "\u{3164}"),
            Refusal::Reason(BadReason::Blank),
        ),
    ];
    for (client, strike, refusal) in cases {
        assert_eq!(refused(&mut poll, client, strike), Some(refusal));
    }
    poll.strike(P[1], return_id);
    let again = refused(&mut poll, 0, (1, return_id, "false"));
    assert_eq!(again, Some(Refusal::AlreadyStruck));
    // The same of another precinct is another.
    poll.strike(P[2], return_id);
    assert_eq!(poll.clients[0].tab.replica().strikes().count(), 2);
    let empty = Refusal::Reason(BadReason::Empty).to_string();
    assert!(!empty.contains("revo"), "{empty}");
}

fn entry(genesis: &VerifiedGenesis, key: [u8; 32], link: LogLink, precinct: u16) -> Vec<u8> {
    let strike = StrikeReturn {
        link,
        precinct: PrecinctId(precinct),
        return_id: ReturnId([7; 32]),
        reason: "false".to_owned(),
    };
    let strike = Op::StrikeReturn(Box::new(strike));
    sign(&SigningKey::from(key), genesis.id().into(), strike)
        .bytes()
        .to_vec()
}

const FIRST: LogLink = LogLink {
    index: 0,
    prev: None,
};

#[test]
fn an_op_that_strikes_is_the_chairs_and_of_a_precinct_that_is_there() {
    let genesis = genesis_with(Method::Single, Precincts::Automatic(3));
    let read = |genesis: &VerifiedGenesis, bytes: &[u8]| {
        let read = SignedOp::decode(bytes, genesis.id().into(), genesis);
        read.map_err(|fault| fault.to_string())
    };
    let good = entry(&genesis, CHAIR, FIRST, 2);
    let op = read(&genesis, &good).unwrap().verify().unwrap();
    assert_eq!(op.bytes(), good);
    assert_eq!(op.log_link(), Some(FIRST));
    for end in 0..good.len() {
        assert!(read(&genesis, &good[..end]).is_err());
    }
    let says = |genesis: &VerifiedGenesis, bytes: &[u8], part: &str| {
        let fault = read(genesis, bytes).unwrap_err();
        assert!(fault.contains(part), "{fault}");
    };
    says(
        &genesis,
        &entry(&genesis, [3; 32], FIRST, 2),
        "only the chair",
    );
    says(&genesis, &entry(&genesis, CHAIR, FIRST, 3), "a precinct");
    let one_room = genesis_with(Method::Single, Precincts::One);
    let there = entry(&one_room, CHAIR, FIRST, 0);
    says(&one_room, &there, "without precincts");

    // A reason that cannot be given, in bytes that say so themselves.
    let body = [&[0, 2][..], &[7; 32], b"\x02 a"].concat();
    let bad = Op::Unknown {
        kind: op_kind::STRIKE_RETURN,
        body: body.into(),
    };
    let bad = sign(&SigningKey::from(CHAIR), PollId::from(genesis.id()), bad);
    says(&genesis, bad.bytes(), "a reason");
}

#[test]
fn strikes_and_revocations_are_one_chain() {
    let mut poll = nine_votes(6);
    poll.revoke(1);
    let first = poll.clients[0]
        .tab
        .replica()
        .revocations()
        .next()
        .unwrap()
        .0;
    let truth = poll.board(0).claims(P[1])[0].statement().clone();
    let return_id = truth.return_id(poll.id());
    poll.strike(P[1], return_id);
    poll.revoke(2);
    let replica = poll.clients[0].tab.replica();
    let (id, strike) = replica.strikes().next().unwrap();
    let after = |index, prev| LogLink {
        index,
        prev: Some(prev),
    };
    assert_eq!(strike.link, after(1, first));
    let (_, last) = replica.revocations().nth(1).unwrap();
    assert_eq!(last.link, after(2, id));
    assert!(!replica.log_forked());

    // Of the strike alone, elsewhere: it waits for what it follows.
    let mut later = Poll::new(7, 3, 1);
    let strike = entry(&later.genesis, CHAIR, after(1, first), 1);
    later.say(1, 1, kind::OPS, &strike);
    let replica = later.clients[1].tab.replica();
    assert_eq!(
        (replica.strikes().count(), replica.held_back().len()),
        (0, 1)
    );
    // A second first entry forks the log, and both count.
    let genesis = later.genesis.clone();
    for precinct in [0, 2] {
        later.say(1, 1, kind::OPS, &entry(&genesis, CHAIR, FIRST, precinct));
    }
    let replica = later.clients[1].tab.replica();
    assert_eq!((replica.strikes().count(), replica.log_forked()), (2, true));
    assert_eq!(
        later
            .shown(1)
            .parts
            .iter()
            .map(|part| part.struck)
            .sum::<usize>(),
        2
    );
}
