//! What members make up is never shown above claimed, and what is forged or floods changes nothing.

use crate::hall::Hall;
use crate::nine::{P, assert_never_attested, assert_shown, bytes_of, lie, nine_votes};
use election_core::board::Claim;
use election_core::board::statement::PrecinctState;
use election_core::wire::bytes::Writer;
use election_core::wire::envelope::voter_key;
use election_core::wire::frame::kind;

#[test]
fn what_one_member_makes_up_is_never_shown_above_claimed_and_is_disputed() {
    let mut hall = nine_votes(6);
    let mallory = hall.key_of(P[1]);
    let claims = lie(&hall, P[1], &[mallory], |said| {
        said.total.counts = [3, 0, 0].into();
    });
    let state = claims[0].statement().state();
    hall.say(0, 1, kind::CLAIMS, &bytes_of(&claims));
    // Its version is that of what is true, which more have signed.
    for _ in 0..40 {
        hall.run(1_000);
        assert_shown(&hall, 0..9, [3, 3, 3], [3; 3]);
    }
    for client in 0..9 {
        let board = hall.board(client);
        assert!(board.disputes(P[1], state).next().is_some(), "tab {client}");
        let held = board.claims(P[1]).iter();
        assert_eq!(
            held.filter(|held| held.statement().state() == state)
                .count(),
            1
        );
        let told = |event: &_| matches!(event, election_core::replica::io::Event::Disputed { state: told, .. } if *told == state);
        assert!(hall.events(client).iter().any(told));
    }
    // A dispute is said by few, not by everybody.
    let disputed: u64 = (0..9).map(|client| hall.stats(client).disputed).sum();
    assert!((1..=3).contains(&disputed));
}

#[test]
fn what_several_keys_make_up_is_taken_back_once_a_member_disputes_it() {
    let mut hall = nine_votes(7);
    let keys = [hall.key_of(P[1]), hall.key_of(P[1])];
    let claims = lie(&hall, P[1], &keys, |said| {
        // More ops than anybody in the precinct has: a member cannot know at once that there are
        // none.
        said.total.ballots += 10;
        said.total.counted += 10;
        said.total.counts[0] += 10;
    });
    hall.say(0, 1, kind::CLAIMS, &bytes_of(&claims));
    hall.run(5_000);
    assert_shown(&hall, (0..3).chain(6..9), [13, 3, 3], [3, 2, 3]);
    assert_shown(&hall, 3..6, [3, 3, 3], [3; 3]);
    assert_never_attested(&mut hall, 150, 19);
    assert_shown(&hall, 0..9, [3, 3, 3], [3; 3]);

    // The same lie again, by another, is as disputed.
    let third = hall.key_of(P[1]);
    let said: PrecinctState = (**claims[0].statement()).clone();
    let again = lie(&hall, P[1], &[third], |lie| *lie = said.clone());
    hall.say(5, 2, kind::CLAIMS, &bytes_of(&again));
    hall.run(5_000);
    assert_shown(&hall, 0..9, [3, 3, 3], [3; 3]);
}

#[test]
fn signatures_that_wait_for_a_lie_to_have_stood_do_not_make_it_attested() {
    let mut hall = nine_votes(14);
    let keys: Vec<_> = (0..16).map(|_| hall.key_of(P[1])).collect();
    let claims = lie(&hall, P[1], &keys, |said| {
        said.total.ballots += 10;
        said.total.counted += 10;
        said.total.counts[0] += 10;
    });
    hall.say(0, 1, kind::CLAIMS, &bytes_of(&claims[..1]));
    assert_never_attested(&mut hall, 80, 19);
    hall.say(0, 1, kind::CLAIMS, &bytes_of(&claims));
    assert_never_attested(&mut hall, 120, 19);
    assert_shown(&hall, 0..9, [3, 3, 3], [3; 3]);
}

#[test]
fn forged_foreign_and_replayed_claims_change_nothing_and_are_counted() {
    let mut hall = nine_votes(8);
    let old = hall.board(0).claims(P[1])[0].clone();
    hall.vote(4, 0).unwrap();
    hall.run(10_000);
    let mallory = hall.key_of(P[1]);
    let digests = |hall: &Hall| -> Vec<_> { (0..9).map(|tab| hall.board(tab).digest()).collect() };
    let before = digests(&hall);
    let claims = lie(&hall, P[1], &[mallory], |said| {
        said.total.counts = [3, 0, 0].into()
    });

    let mut forged = bytes_of(&claims);
    *forged.last_mut().unwrap() ^= 1;
    hall.say(0, 1, kind::CLAIMS, &forged);
    assert_eq!(hall.stats(0).bad_signatures, 1);
    // Whoever forges is not heard any more.
    hall.say(0, 1, kind::CLAIMS, &bytes_of(&claims));
    assert_eq!((hall.stats(0).muted, hall.stats(0).bad_signatures), (1, 1));

    // Of precinct 2, signed by the voter of precinct 1.
    let mut foreign = Writer::new();
    let statement = hall.board(0).claims(P[2])[0].statement().clone();
    statement.encode(&mut foreign);
    foreign.varint(1);
    foreign.put(&voter_key(&mallory).0);
    foreign.put(&[0; 64]);
    let malformed = hall.stats(0).malformed;
    hall.say(0, 2, kind::CLAIMS, &foreign.into_bytes());
    assert_eq!(hall.stats(0).malformed, malformed + 1);

    let known = hall.stats(0).known;
    hall.say(0, 3, kind::CLAIMS, &bytes_of(&[old]));
    assert_eq!(hall.stats(0).known, known + 1);

    hall.run(30_000);
    assert_eq!(digests(&hall), before);
    assert_shown(&hall, 0..9, [4, 2, 3], [3; 3]);
}

#[test]
fn a_flood_of_claims_grows_neither_the_board_nor_the_queues_and_what_is_dropped_is_counted() {
    let mut hall = nine_votes(9);
    let mallory = hall.key_of(P[1]);
    let flood: Vec<Claim> = (1..1_400)
        .flat_map(|more| {
            lie(&hall, P[1], &[mallory], |said| {
                said.total.ballots += more;
            })
        })
        .collect();
    for claims in flood.chunks(150) {
        hall.say(0, 1, kind::CLAIMS, &bytes_of(claims));
    }
    let council = hall.tab(0).council().unwrap();
    assert!(council.waiting() <= 2 * 1_024, "{}", council.waiting());
    assert!(council.stats().queue_dropped > 0);
    assert!(hall.board(0).claims(P[1]).len() <= 4);
    assert_never_attested(&mut hall, 90, 10);
    assert!((0..9).all(|client| hall.board(client).claims(P[1]).len() == 2));
    assert_shown(&hall, 0..9, [3, 3, 3], [3; 3]);
}
