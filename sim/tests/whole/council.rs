//! Precincts tell each other what they return, and every tab comes to the same canvass.

use crate::hall::Hall;
use crate::nine::{P, assert_shown, nine_votes};
use election_core::board::Grade;
use election_core::ids::{PrecinctId, ReturnId};
use election_core::poll::op::Op;
use election_core::poll::revocation::RevokeBallot;
use election_core::replica::io::RoomId;
use election_core::wire::envelope::{sign, voter_key};
use election_core::wire::frame::kind;

#[test]
fn every_tab_comes_to_the_sum_of_all_precincts_and_says_how_far_to_trust_each() {
    let mut hall = nine_votes(1);
    assert_eq!(hall.in_council(), 9);
    assert_shown(&hall, 0..9, [3, 3, 3], [3; 3]);
    let shown = hall.shown(4);
    assert_eq!(shown.total.counted, 9);
    // It has not stood for long enough yet.
    assert_eq!(shown.grade, Some(Grade::Claimed));

    // A vote that changes one precinct changes every total.
    hall.vote(8, 0).unwrap();
    hall.run(10_000);
    assert_shown(&hall, 0..9, [4, 3, 2], [3; 3]);

    // Then there is nothing more to say than what each holds.
    let said: Vec<_> = (0..9).map(|client| hall.stats(client).news).collect();
    hall.run(60_000);
    let later: Vec<_> = (0..9).map(|client| hall.stats(client).news).collect();
    assert_eq!(said, later);
    assert!((0..9).all(|client| hall.stats(client).disputed == 0));
    let agrees = |hall: &Hall, client: usize| hall.tab(client).council().unwrap().agrees();
    assert!((0..9).all(|client| agrees(&hall, client)));

    // What only one knows, nobody agrees with.
    hall.revoke(1);
    assert!(!agrees(&hall, 0));
    hall.run(10_000);
    assert!((0..9).all(|client| agrees(&hall, client)));
}

#[test]
fn what_stood_long_enough_before_a_tab_that_could_hear_of_a_dispute_is_attested() {
    let mut hall = nine_votes(12);
    hall.run(70_000);
    assert_eq!(hall.shown(4).grade, Some(Grade::Claimed));
    let when = |hall: &Hall, client: usize| {
        let council = hall.tab(client).council().unwrap();
        council.attested_at(PrecinctId(0))
    };
    assert!((0..9).all(|client| when(&hall, client).is_some()));
    // In a tab that hears nothing, the time does not go on.
    hall.disconnect(8);
    assert_eq!(when(&hall, 8), None);
    hall.run(20_000);
    assert_eq!(when(&hall, 4), None);
    let events = |hall: &Hall, client: usize| hall.events(client).len();
    assert!((0..8).all(|client| hall.shown(client).grade == Some(Grade::Attested(3))));
    assert!(events(&hall, 0) > 0);
    hall.run(100_000);
    assert_eq!(hall.shown(8).grade, Some(Grade::Claimed));
    hall.connect(8);
    hall.run(80_000);
    assert_eq!(hall.shown(8).grade, Some(Grade::Claimed));
    let before = events(&hall, 8);
    hall.run(15_000);
    assert_eq!(hall.shown(8).grade, Some(Grade::Attested(3)));
    assert!(events(&hall, 8) > before, "the tab is told");
}

/// What a tab shows of the precincts that it does not hold, by precinct.
fn grades(hall: &Hall, client: usize) -> Vec<(PrecinctId, Grade)> {
    let shown = hall.shown(client).parts.into_iter();
    let others = shown.filter(|part| part.precinct != hall.world.process(client).precinct());
    others
        .map(|part| {
            (
                part.precinct,
                part.shown.map_or(Grade::Claimed, |shown| shown.grade),
            )
        })
        .collect()
}

#[test]
fn a_revocation_or_a_strike_in_one_precinct_leaves_the_others_attested() {
    type Act = (PrecinctId, fn(&mut Hall));
    let mut hall = nine_votes(17);
    hall.run(100_000);
    let acts: [Act; 4] = [
        (P[0], |hall| hall.revoke(1)),
        // Of what is shown, and of what nobody stated.
        (P[1], |hall| {
            hall.strike(P[1], hall.board(0).return_id(P[1]).unwrap());
        }),
        (P[2], |hall| hall.strike(P[2], ReturnId([9; 32]))),
        // A second entry that takes effect, after others.
        (P[0], |hall| hall.revoke(2)),
    ];
    let mut struck = false;
    for (precinct, act) in acts {
        let proposed = |hall: &Hall| {
            (0..9)
                .map(|client| hall.stats(client).proposed)
                .sum::<u64>()
        };
        let before = proposed(&hall);
        act(&mut hall);
        struck |= precinct == P[1];
        for second in 0..120 {
            for client in 0..9 {
                for (of, grade) in grades(&hall, client) {
                    let settled = of != precinct && !(struck && of == P[1]);
                    assert!(
                        !settled || grade == Grade::Attested(3),
                        "{of:?} in tab {client}, {second} s after an entry of {precinct:?}: {grade:?}"
                    );
                }
            }
            hall.run(1_000);
        }
        // Nobody else has anything to say.
        assert!(proposed(&hall) <= before + 3, "an entry of {precinct:?}");
    }
    let entries = |client: usize| hall.replica(client).log().count();
    assert!((0..9).all(|client| entries(client) == 4));
}

#[test]
fn frames_that_are_lost_are_made_up_for() {
    let mut hall = Hall::new(2, 3, 3);
    hall.lose(30);
    hall.run(3_000);
    for client in 0..9 {
        hall.vote(client, client % 3).unwrap();
    }
    hall.run(60_000);
    assert_shown(&hall, 0..9, [3, 3, 3], [3; 3]);
}

#[test]
fn a_precinct_that_was_cut_off_from_the_council_comes_back() {
    let mut hall = nine_votes(3);
    hall.let_speak(P[2], false);
    assert_eq!(hall.in_council(), 6);
    hall.vote(0, 1).unwrap();
    hall.vote(8, 0).unwrap();
    hall.run(20_000);
    assert_shown(&hall, 0..6, [2, 4, 3], [3; 3]);
    assert_shown(&hall, 6..9, [4, 3, 2], [3; 3]);
    hall.let_speak(P[2], true);
    hall.run(20_000);
    assert_shown(&hall, 0..9, [3, 4, 2], [3; 3]);
}

#[test]
fn one_tab_keeps_a_precinct_and_what_it_alone_says_counts() {
    let mut hall = nine_votes(4);
    hall.disconnect(6);
    hall.disconnect(7);
    hall.run(10_000);
    assert_shown(&hall, 0..6, [3, 3, 3], [3; 3]);

    hall.vote(8, 0).unwrap();
    hall.run(12_000);
    assert_shown(&hall, 0..6, [4, 3, 2], [3, 3, 1]);

    let newcomer = hall.open(P[2]);
    hall.run(10_000);
    assert_shown(&hall, (0..6).chain([8, newcomer]), [4, 3, 2], [3, 3, 2]);
    assert_eq!(hall.replica(newcomer).ops(), 4);
    assert!((0..9).all(|client| hall.stats(client).disputed == 0));
}

#[test]
fn who_comes_to_a_precinct_that_all_have_left_shows_what_is_claimed_of_it() {
    let mut hall = nine_votes(16);
    for client in 6..9 {
        hall.disconnect(client);
    }
    let newcomer = hall.open(P[2]);
    let other = hall.open(P[2]);
    hall.run(60_000);
    for client in [newcomer, other, 0] {
        let shown = hall.shown(client);
        assert_eq!(&*shown.total.counts, [3, 3, 3], "tab {client}");
        let part = shown.parts[2].shown.as_ref().unwrap();
        assert!(part.grade < Grade::Folded && part.disputes == 0, "{part:?}");
    }
    // Once one who holds them is back, they are counted.
    hall.connect(8);
    hall.run(20_000);
    for client in [newcomer, other, 8] {
        let shown = hall.shown(client);
        assert_eq!(&*shown.total.counts, [3, 3, 3], "tab {client}");
        assert_eq!(shown.parts[2].shown.as_ref().unwrap().grade, Grade::Folded);
    }
    assert_eq!(hall.replica(newcomer).ops(), 3);
}

#[test]
fn a_revocation_reaches_a_precinct_that_was_cut_off_and_every_total_follows() {
    let mut hall = nine_votes(5);
    hall.let_speak(P[2], false);
    // Of the chair's own precinct, with the chair's tab.
    hall.revoke(1);
    hall.run(1_000);
    // Of the one that is cut off, by the chair's key elsewhere: it comes to the council as news.
    let ballot = hall.replica(8).own_vote().unwrap();
    let entry = RevokeBallot {
        index: 1,
        voter: voter_key(&hall.key(8)),
        ballot: ballot.ballot,
        reason: "voted twice".to_owned(),
    };
    let entry = Op::RevokeBallot(Box::new(entry));
    let entry = sign(&hall.poll.chair(), hall.poll.id(), entry);
    hall.say(3, 1, kind::OPS, entry.bytes());
    hall.run(15_000);
    let entries = |hall: &Hall, client: usize| {
        let replica = hall.replica(client);
        replica.log().count()
    };
    assert!((0..6).all(|client| entries(&hall, client) == 2));
    assert!((6..9).all(|client| entries(&hall, client) == 0));
    assert_shown(&hall, 0..6, [3, 2, 3], [3; 3]);

    hall.let_speak(P[2], true);
    hall.run(20_000);
    assert!((0..9).all(|client| entries(&hall, client) == 2));
    assert_shown(&hall, 0..9, [3, 2, 2], [3; 3]);
    assert_eq!(hall.shown(8).total.revoked, 2);
}

#[test]
fn what_the_council_says_reaches_all_tabs_of_a_large_precinct_and_few_of_them_speak() {
    let mut hall = Hall::new(10, 2, 2);
    for _ in 0..38 {
        hall.open(P[1]);
    }
    hall.run(5_000);
    for client in 0..42 {
        hall.vote(client, client % 3).unwrap();
    }
    hall.run(60_000);
    let speak = hall.in_council();
    assert!((5..20).contains(&speak), "{speak}");
    for client in 0..42 {
        let shown = hall.shown(client);
        assert_eq!(&*shown.total.counts, [14, 14, 14], "tab {client}");
        assert!(
            shown
                .parts
                .iter()
                .all(|part| part.shown.as_ref().unwrap().attestations >= 2)
        );
    }
}

#[test]
fn while_a_precinct_goes_on_voting_its_tabs_do_not_all_come_to_the_council() {
    let mut hall = Hall::new(12, 2, 2);
    for _ in 0..24 {
        hall.open(P[1]);
    }
    hall.run(5_000);
    let speak = hall.in_council();
    assert!((5..20).contains(&speak), "{speak}");
    // What is claimed is never what is held.
    for round in 0..90 {
        let voter = 2 + round * 7 % 26;
        hall.vote(voter, (round / 26) % 3).unwrap();
        hall.run(500);
    }
    assert_eq!(hall.in_council(), speak);
}

#[test]
fn with_many_precincts_members_leave_it_to_each_other_to_state_what_they_hold() {
    // All speak; at full pace each would state what it holds every 12 s or so.
    let mut hall = Hall::new(13, 800, 0);
    for _ in 0..8 {
        hall.open(P[1]);
    }
    hall.run(2_000);
    for round in 0..180 {
        hall.vote(round % 8, (round / 8) % 3).unwrap();
        hall.run(1_000);
    }
    let proposed: u64 = (0..8).map(|client| hall.stats(client).proposed).sum();
    assert!((3..=12).contains(&proposed), "{proposed}");
    // Once nobody votes, what they hold is stated after a pause at the latest.
    hall.run(60_000);
    let newest = hall.board(0).claims(P[1])[0].clone();
    assert_eq!(newest.statement().total.counted, 8);
    assert_eq!(newest.statement().version(), 180);
    assert_eq!(newest.attestations().as_slice().len(), 8);
    assert!((0..8).all(|client| hall.stats(client).disputed == 0));
}

#[test]
fn a_precinct_of_which_nobody_was_chosen_to_speak_is_heard_after_a_while() {
    let mut hall = Hall::new(11, 2, 2);
    for _ in 0..30 {
        hall.open(P[1]);
    }
    let chosen: Vec<usize> = hall.of(P[1]);
    let chosen = chosen.into_iter().filter(|client| {
        hall.tab(*client)
            .rooms()
            .any(|room| room == RoomId::Council)
    });
    let chosen: Vec<usize> = chosen.collect();
    assert!(chosen.len() < 32);
    for client in chosen {
        hall.act(client, |tab, now| tab.let_into(RoomId::Council, false, now));
    }
    hall.run(2_000);
    for client in 2..32 {
        hall.vote(client, 1).unwrap();
    }
    hall.run(20_000);
    assert!(hall.shown(0).parts[1].shown.is_none());
    hall.run(60_000);
    let part = hall.shown(0).parts[1].shown.clone().unwrap();
    assert_eq!(part.total.counted, 30);
}
