//! The chair strikes what was stated of a precinct: every board heeds it, whenever it hears of it.

use crate::hall::Hall;
use crate::nine::{P, bytes_of, nine_votes};
use ed25519_zebra::SigningKey;
use election_core::board::statement::PrecinctState;
use election_core::board::{Claim, Grade, Statement};
use election_core::ids::{PrecinctId, ReturnId, StateId};
use election_core::poll::op::{Op, VerifiedOp};
use election_core::poll::reason::BadReason;
use election_core::poll::strike::StrikeReturn;
use election_core::replica::io::{Command, Refusal};
use election_core::replica::view::Explanation;
use election_core::wire::envelope::sign;
use election_core::wire::frame::kind;

/// A lie about precinct 1 by so many keys of it: ten more ballots than it has.
fn lie(hall: &mut Hall, members: usize) -> Vec<Claim> {
    let rules = hall.rules();
    let mut said: PrecinctState = (**hall.board(0).claims(P[1])[0].statement()).clone();
    said.total.ballots += 10;
    said.total.counted += 10;
    said.total.counts[0] += 10;
    let statement = Statement::new(&rules, said).unwrap();
    let signed = |key: SigningKey| Claim::sign(&key, &rules, statement.clone()).unwrap();
    (0..members).map(|_| signed(hall.key_of(P[1]))).collect()
}

fn tell(hall: &mut Hall, client: usize, from: u64, claims: &[Claim]) {
    hall.say(client, from, kind::CLAIMS, &bytes_of(claims));
}

/// A poll whose precinct 1 has left, and about which a lie is told that nobody is there to dispute.
/// Every tab shows it.
fn with_a_lie(seed: u64) -> (Hall, Vec<Claim>) {
    let mut hall = nine_votes(seed);
    hall.of(P[1])
        .into_iter()
        .for_each(|client| hall.disconnect(client));
    let claims = lie(&mut hall, 2);
    tell(&mut hall, 0, 1, &claims);
    hall.run(10_000);
    assert_shown(&hall, [0, 1, 2, 6, 7, 8], [13, 3, 3], 0);
    (hall, claims)
}

/// What those tabs show, and how many returns of precinct 1 are struck. Their boards agree.
fn assert_shown(
    hall: &Hall,
    clients: impl IntoIterator<Item = usize>,
    counts: [u64; 3],
    struck: usize,
) {
    let mut digests = Vec::new();
    for client in clients {
        let shown = hall.shown(client);
        assert_eq!(&*shown.total.counts, counts, "tab {client}");
        assert_eq!(shown.missing().count(), 0, "tab {client}");
        assert_eq!(shown.parts[1].struck, struck, "tab {client}");
        digests.push(hall.board(client).digest());
    }
    digests.dedup();
    assert_eq!(digests.len(), 1);
}

fn claims_state(hall: &Hall, client: usize, state: StateId) -> bool {
    let mut claims = hall.board(client).claims(P[1]).iter();
    claims.any(|claim| claim.statement().state() == state)
}

fn refused(hall: &mut Hall, client: usize, strike: (u16, ReturnId, &str)) -> Option<Refusal> {
    let (precinct, return_id, reason) = strike;
    let strike = Command::Strike {
        precinct: PrecinctId(precinct),
        return_id,
        reason: reason.to_owned(),
    };
    hall.ask(client, strike).err()
}

#[test]
fn a_struck_lie_is_gone_from_every_total_for_good() {
    let (mut hall, claims) = with_a_lie(1);
    let state = claims[0].statement().state();
    let version = hall.board(8).version(P[2]);
    let return_id = claims[0].statement().return_id();
    hall.strike(P[1], return_id);
    hall.run(10_000);
    let here = [0, 1, 2, 6, 7, 8];
    assert_shown(&hall, here, [3, 3, 3], 1);
    for client in here {
        assert!(!claims_state(&hall, client, state));
        let entry = hall.replica(client).log().next().unwrap();
        let strike = strike_of(entry);
        assert_eq!((strike.precinct, strike.return_id), (P[1], return_id));
        let explained = hall.replica(client).explain(entry.id());
        let Explanation::Held { op, verdict, .. } = explained else {
            panic!("{explained:?}");
        };
        assert_eq!((op.id(), verdict), (entry.id(), None));
    }
    // It concerns precinct 1 alone.
    for client in [0, 8] {
        assert_eq!(hall.board(client).version(P[2]), version);
    }

    // Others sign the same again: it counts for nothing.
    let rules = hall.rules();
    let third = Claim::sign(&hall.key_of(P[1]), &rules, claims[0].statement().clone());
    tell(&mut hall, 0, 2, &[third.unwrap()]);
    hall.run(30_000);
    assert_shown(&hall, here, [3, 3, 3], 1);

    // Whoever comes later learns of it with the log.
    let newcomer = hall.open_new(P[2]);
    hall.run(20_000);
    assert_shown(&hall, here.into_iter().chain([newcomer]), [3, 3, 3], 1);
}

#[test]
fn a_precinct_that_was_cut_off_learns_of_a_strike_when_it_comes_back() {
    let (mut hall, claims) = with_a_lie(2);
    hall.let_speak(P[2], false);
    let return_id = claims[0].statement().return_id();
    hall.strike(P[1], return_id);
    hall.run(20_000);
    assert_shown(&hall, 0..3, [3, 3, 3], 1);
    assert_shown(&hall, 6..9, [13, 3, 3], 0);
    hall.let_speak(P[2], true);
    hall.run(20_000);
    assert_shown(&hall, [0, 1, 2, 6, 7, 8], [3, 3, 3], 1);
}

#[test]
fn a_tab_knows_from_its_disk_what_is_struck() {
    let (mut hall, claims) = with_a_lie(3);
    let return_id = claims[0].statement().return_id();
    hall.strike(P[1], return_id);
    hall.run(10_000);
    for client in [0, 7] {
        hall.reload(client);
        let shown = hall.shown(client);
        assert_eq!(shown.parts[1].struck, 1, "tab {client}");
        // Before anybody can tell it: the lie counts for nothing.
        tell(&mut hall, client, 3, &claims);
        assert!(!claims_state(&hall, client, claims[0].statement().state()));
        hall.connect(client);
    }
    hall.run(20_000);
    assert_shown(&hall, [0, 1, 2, 6, 7, 8], [3, 3, 3], 1);
}

#[test]
fn a_true_return_that_is_struck_counts_nowhere_until_the_precinct_has_other_ballots() {
    let mut hall = nine_votes(4);
    let truth = hall.board(0).claims(P[1])[0].statement().clone();
    hall.ask(0, Command::Audit(P[1])).unwrap();
    hall.run(10_000);
    let before = hall.shown(0).parts[1].shown.clone().unwrap();
    assert_eq!(before.grade, Grade::Folded);
    let return_id = truth.return_id();
    hall.strike(P[1], return_id);
    let proposed: u64 = (3..6).map(|client| hall.stats(client).proposed).sum();
    // Where the strike is in the log, too, the same ballots are the same return. One tab audits it,
    // three hold it themselves.
    for _ in 0..12 {
        hall.run(5_000);
        for client in 0..9 {
            let shown = hall.shown(client);
            assert_eq!(&*shown.total.counts, [2, 2, 2], "tab {client}");
            assert_eq!((&shown.parts[1].shown, shown.parts[1].struck), (&None, 1));
            assert!(!claims_of(&hall, client, P[1]).contains(&truth.state()));
        }
    }
    // Nobody says it again and again.
    let later: u64 = (3..6).map(|client| hall.stats(client).proposed).sum();
    assert_eq!(proposed, later);

    hall.vote(4, 0).unwrap();
    hall.run(15_000);
    for client in 0..9 {
        let shown = hall.shown(client);
        assert_eq!(&*shown.total.counts, [4, 2, 3], "tab {client}");
        let held = client == 0 || (3..6).contains(&client);
        let grade = shown.parts[1].shown.as_ref().unwrap().grade;
        assert_eq!(grade == Grade::Folded, held, "tab {client}");
    }
}

fn claims_of(hall: &Hall, client: usize, precinct: PrecinctId) -> Vec<StateId> {
    let claims = hall.board(client).claims(precinct).iter();
    claims.map(|claim| claim.statement().state()).collect()
}

#[test]
fn strikes_that_cannot_be_are_refused_with_what_to_do() {
    let mut hall = nine_votes(5);
    let return_id = hall.board(0).claims(P[1])[0].statement().return_id();
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
        assert_eq!(refused(&mut hall, client, strike), Some(refusal));
    }
    hall.strike(P[1], return_id);
    let again = refused(&mut hall, 0, (1, return_id, "false"));
    assert_eq!(again, Some(Refusal::AlreadyStruck));
    // The same of another precinct is another.
    hall.strike(P[2], return_id);
    assert_eq!(hall.replica(0).log().count(), 2);
    let empty = Refusal::Reason(BadReason::Empty).to_string();
    assert!(!empty.contains("revo"), "{empty}");
}

fn strike_of(op: &VerifiedOp) -> &StrikeReturn {
    match &**op {
        Op::StrikeReturn(strike) => strike,
        other => panic!("{other:?}"),
    }
}

fn entry(hall: &Hall, index: u32, precinct: u16) -> Vec<u8> {
    let strike = StrikeReturn {
        index,
        precinct: PrecinctId(precinct),
        return_id: ReturnId([7; 32]),
        reason: "false".to_owned(),
    };
    let strike = Op::StrikeReturn(Box::new(strike));
    sign(&hall.poll.chair(), hall.poll.id(), strike)
        .bytes()
        .to_vec()
}

#[test]
fn strikes_and_revocations_are_one_log_and_wait_for_nothing() {
    let mut hall = nine_votes(6);
    hall.revoke(1);
    let truth = hall.board(0).claims(P[1])[0].statement().clone();
    let return_id = truth.return_id();
    hall.strike(P[1], return_id);
    hall.revoke(2);
    let replica = hall.replica(0);
    let entries: Vec<&VerifiedOp> = replica.log().collect();
    assert_eq!(strike_of(entries[1]).index, 1);
    assert_eq!(entries[2].index(), Some(2));

    // The last alone, and then two of one place, as of two tabs that did not know of each other.
    let mut later = Hall::new(7, 3, 1);
    for (number, (index, precinct)) in (1..).zip([(1, 1), (0, 0), (0, 2)]) {
        let entry = entry(&later, index, precinct);
        later.say(1, 1, kind::OPS, &entry);
        let replica = later.replica(1);
        assert_eq!(
            (replica.log().count(), replica.held_back().len()),
            (number, 0)
        );
    }
    assert_eq!(
        later
            .shown(1)
            .parts
            .iter()
            .map(|part| part.struck)
            .sum::<usize>(),
        3
    );
}
