//! What members make up is never shown above claimed, and what is forged or floods changes nothing.

#![allow(clippy::unwrap_used)]

mod network;
mod rooms;

use election_core::canvass::Claim;
use election_core::canvass::statement::PrecinctState;
use election_core::wire::bytes::Writer;
use election_core::wire::envelope::voter_key;
use election_core::wire::frame::kind;
use rooms::Poll;
use rooms::nine::{P, assert_never_attested, assert_shown, bytes_of, lie, nine_votes};

#[test]
fn what_one_member_makes_up_is_never_shown_above_claimed_and_is_disputed() {
    let mut poll = nine_votes(6);
    let mallory = poll.key_of(P[1]);
    let claims = lie(&poll, P[1], &[mallory], |said| {
        said.total.counts = [3, 0, 0].into();
    });
    let state = claims[0].statement().state();
    poll.say(0, 1, kind::CLAIMS, &bytes_of(&claims));
    // Its version is that of what is true, which more have signed.
    for _ in 0..40 {
        poll.run(1_000);
        assert_shown(&poll, 0..9, [3, 3, 3], [3; 3]);
    }
    for client in 0..9 {
        let board = poll.board(client);
        assert!(board.disputes(P[1], state).next().is_some(), "tab {client}");
        let held = board.claims(P[1]).iter();
        assert_eq!(
            held.filter(|held| held.statement().state() == state)
                .count(),
            1
        );
        let told = |event: &_| matches!(event, election_core::replica::council::io::Event::Disputed { state: told, .. } if *told == state);
        assert!(poll.clients[client].events.iter().any(told));
    }
    // A dispute is said by few, not by everybody.
    let disputed: u64 = (0..9).map(|client| poll.stats(client).disputed).sum();
    assert!((1..=3).contains(&disputed));
}

#[test]
fn what_several_keys_make_up_is_taken_back_once_a_member_disputes_it() {
    let mut poll = nine_votes(7);
    let keys = [poll.key_of(P[1]), poll.key_of(P[1])];
    let claims = lie(&poll, P[1], &keys, |said| {
        // More ops than anybody in the precinct has: a member cannot know at once that there are none.
        said.total.ballots += 10;
        said.total.counted += 10;
        said.total.counts[0] += 10;
    });
    poll.say(0, 1, kind::CLAIMS, &bytes_of(&claims));
    poll.run(5_000);
    assert_shown(&poll, (0..3).chain(6..9), [13, 3, 3], [3, 2, 3]);
    assert_shown(&poll, 3..6, [3, 3, 3], [3; 3]);
    assert_never_attested(&mut poll, 150, 19);
    assert_shown(&poll, 0..9, [3, 3, 3], [3; 3]);

    // The same lie again, by another, is as disputed.
    let third = poll.key_of(P[1]);
    let said: PrecinctState = (**claims[0].statement()).clone();
    let again = lie(&poll, P[1], &[third], |lie| *lie = said.clone());
    poll.say(5, 2, kind::CLAIMS, &bytes_of(&again));
    poll.run(5_000);
    assert_shown(&poll, 0..9, [3, 3, 3], [3; 3]);
}

#[test]
fn signatures_that_wait_for_a_lie_to_have_stood_do_not_make_it_attested() {
    let mut poll = nine_votes(14);
    let keys: Vec<_> = (0..16).map(|_| poll.key_of(P[1])).collect();
    let claims = lie(&poll, P[1], &keys, |said| {
        said.total.ballots += 10;
        said.total.counted += 10;
        said.total.counts[0] += 10;
    });
    poll.say(0, 1, kind::CLAIMS, &bytes_of(&claims[..1]));
    assert_never_attested(&mut poll, 80, 19);
    poll.say(0, 1, kind::CLAIMS, &bytes_of(&claims));
    assert_never_attested(&mut poll, 120, 19);
    assert_shown(&poll, 0..9, [3, 3, 3], [3; 3]);
}

#[test]
fn forged_foreign_and_replayed_claims_change_nothing_and_are_counted() {
    let mut poll = nine_votes(8);
    let old = poll.board(0).claims(P[1])[0].clone();
    poll.vote(4, 0);
    poll.run(10_000);
    let mallory = poll.key_of(P[1]);
    let digests = |poll: &Poll| -> Vec<_> { (0..9).map(|tab| poll.board(tab).digest()).collect() };
    let before = digests(&poll);
    let claims = lie(&poll, P[1], &[mallory], |said| {
        said.total.counts = [3, 0, 0].into()
    });

    let mut forged = bytes_of(&claims);
    *forged.last_mut().unwrap() ^= 1;
    poll.say(0, 1, kind::CLAIMS, &forged);
    assert_eq!(poll.stats(0).bad_signatures, 1);
    // Whoever forges is not heard any more.
    poll.say(0, 1, kind::CLAIMS, &bytes_of(&claims));
    assert_eq!((poll.stats(0).muted, poll.stats(0).bad_signatures), (1, 1));

    // Of precinct 2, signed by the voter of precinct 1.
    let mut foreign = Writer::new();
    let statement = poll.board(0).claims(P[2])[0].statement().clone();
    statement.encode(&mut foreign);
    foreign.varint(1);
    foreign.put(&voter_key(&mallory).0);
    foreign.put(&[0; 64]);
    let malformed = poll.stats(0).malformed;
    poll.say(0, 2, kind::CLAIMS, &foreign.into_bytes());
    assert_eq!(poll.stats(0).malformed, malformed + 1);

    let known = poll.stats(0).known;
    poll.say(0, 3, kind::CLAIMS, &bytes_of(&[old]));
    assert_eq!(poll.stats(0).known, known + 1);

    poll.run(30_000);
    assert_eq!(digests(&poll), before);
    assert_shown(&poll, 0..9, [4, 2, 3], [3; 3]);
}

#[test]
fn a_flood_of_claims_grows_neither_the_board_nor_the_queues_and_what_is_dropped_is_counted() {
    let mut poll = nine_votes(9);
    let mallory = poll.key_of(P[1]);
    let flood: Vec<Claim> = (1..1_400)
        .flat_map(|more| {
            lie(&poll, P[1], &[mallory], |said| {
                said.total.ballots += more;
            })
        })
        .collect();
    for claims in flood.chunks(150) {
        poll.say(0, 1, kind::CLAIMS, &bytes_of(claims));
    }
    let council = poll.clients[0].tab.council().unwrap();
    assert!(council.waiting() <= 2 * 1_024, "{}", council.waiting());
    assert!(council.stats().queue_dropped > 0);
    assert!(poll.board(0).claims(P[1]).len() <= 4);
    assert_never_attested(&mut poll, 90, 10);
    assert!((0..9).all(|client| poll.board(client).claims(P[1]).len() == 2));
    assert_shown(&poll, 0..9, [3, 3, 3], [3; 3]);
}
