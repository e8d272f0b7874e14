//! Precincts tell each other what they return, and every tab comes to the same canvass.

#![allow(clippy::unwrap_used)]

mod network;
mod rooms;

use ed25519_zebra::SigningKey;
use election_core::canvass::Grade;
use election_core::ids::PrecinctId;
use election_core::poll::log::LogLink;
use election_core::poll::op::Op;
use election_core::poll::revocation::RevokeBallot;
use election_core::replica::Replica;
use election_core::replica::io::{Config, Input as ReplicaInput, Output as ReplicaOutput, Record};
use election_core::replica::tab::{Input, Output, Room, Tab};
use election_core::time::Millis;
use election_core::wire::envelope::{sign, voter_key};
use election_core::wire::frame::kind;
use network::{CHAIR, SECRET};
use rooms::Poll;
use rooms::nine::{P, assert_shown, nine_votes};

#[test]
fn every_tab_comes_to_the_sum_of_all_precincts_and_says_how_far_to_trust_each() {
    let mut poll = nine_votes(1);
    assert_eq!(poll.in_council(), 9);
    assert_shown(&poll, 0..9, [3, 3, 3], [3; 3]);
    let shown = poll.shown(4);
    assert_eq!(shown.total.counted, 9);
    // It has not stood for long enough yet.
    assert_eq!(shown.grade, Some(Grade::Claimed));

    // A vote that changes one precinct changes every total.
    poll.vote(8, 0);
    poll.run(10_000);
    assert_shown(&poll, 0..9, [4, 3, 2], [3; 3]);

    // Then there is nothing more to say than what each holds.
    let said: Vec<_> = (0..9).map(|client| poll.stats(client).news).collect();
    poll.run(60_000);
    let later: Vec<_> = (0..9).map(|client| poll.stats(client).news).collect();
    assert_eq!(said, later);
    assert!((0..9).all(|client| poll.stats(client).disputed == 0));
    let agrees = |poll: &Poll, client: usize| poll.clients[client].tab.council().unwrap().agrees();
    assert!((0..9).all(|client| agrees(&poll, client)));

    // What only one knows, nobody agrees with.
    poll.revoke(1);
    assert!(!agrees(&poll, 0));
    poll.run(10_000);
    assert!((0..9).all(|client| agrees(&poll, client)));
}

#[test]
fn what_stood_long_enough_before_a_tab_that_could_hear_of_a_dispute_is_attested() {
    let mut poll = nine_votes(12);
    poll.run(70_000);
    assert_eq!(poll.shown(4).grade, Some(Grade::Claimed));
    let when = |poll: &Poll, client: usize| {
        let council = poll.clients[client].tab.council().unwrap();
        council.attested_at(PrecinctId(0))
    };
    assert!((0..9).all(|client| when(&poll, client).is_some()));
    // In a tab that hears nothing, the time does not go on.
    poll.may_hear(8, false);
    assert_eq!(when(&poll, 8), None);
    poll.run(20_000);
    assert_eq!(when(&poll, 4), None);
    let events = |poll: &Poll, client: usize| poll.clients[client].events.len();
    assert!((0..8).all(|client| poll.shown(client).grade == Some(Grade::Attested(3))));
    assert!(events(&poll, 0) > 0);
    poll.run(100_000);
    assert_eq!(poll.shown(8).grade, Some(Grade::Claimed));
    poll.may_hear(8, true);
    poll.run(80_000);
    assert_eq!(poll.shown(8).grade, Some(Grade::Claimed));
    let before = events(&poll, 8);
    poll.run(15_000);
    assert_eq!(poll.shown(8).grade, Some(Grade::Attested(3)));
    assert!(events(&poll, 8) > before, "the tab is told");
}

#[test]
fn the_same_seed_gives_the_same_outputs_and_another_seed_others() {
    let [one, again, other] = [7, 7, 8].map(|seed| nine_votes(seed).trace());
    assert_eq!(one, again);
    assert_ne!(one, other);
}

#[test]
fn frames_that_are_lost_are_made_up_for() {
    let mut poll = Poll::new(2, 3, 3);
    poll.loss = 30;
    poll.run(3_000);
    for client in 0..9 {
        poll.vote(client, client % 3);
    }
    poll.run(60_000);
    assert_shown(&poll, 0..9, [3, 3, 3], [3; 3]);
}

#[test]
fn a_precinct_that_was_cut_off_from_the_council_comes_back() {
    let mut poll = nine_votes(3);
    poll.cut_off(P[2], true);
    assert_eq!(poll.in_council(), 6);
    poll.vote(0, 1);
    poll.vote(8, 0);
    poll.run(20_000);
    assert_shown(&poll, 0..6, [2, 4, 3], [3; 3]);
    assert_shown(&poll, 6..9, [4, 3, 2], [3; 3]);
    poll.cut_off(P[2], false);
    poll.run(20_000);
    assert_shown(&poll, 0..9, [3, 4, 2], [3; 3]);
}

#[test]
fn one_tab_keeps_a_precinct_and_what_it_alone_says_counts() {
    let mut poll = nine_votes(4);
    poll.close(6);
    poll.close(7);
    poll.run(10_000);
    assert_shown(&poll, 0..6, [3, 3, 3], [3; 3]);

    poll.vote(8, 0);
    poll.run(12_000);
    assert_shown(&poll, 0..6, [4, 3, 2], [3, 3, 1]);

    let newcomer = poll.open_tab(P[2]);
    poll.run(10_000);
    assert_shown(&poll, (0..6).chain([8, newcomer]), [4, 3, 2], [3, 3, 2]);
    assert_eq!(poll.clients[newcomer].tab.replica().ops(), 4);
    assert!((0..9).all(|client| poll.stats(client).disputed == 0));
}

#[test]
fn who_comes_to_a_precinct_that_all_have_left_shows_what_is_claimed_of_it() {
    let mut poll = nine_votes(16);
    for client in 6..9 {
        poll.close(client);
    }
    let newcomer = poll.open_tab(P[2]);
    let other = poll.open_tab(P[2]);
    poll.run(60_000);
    for client in [newcomer, other, 0] {
        let shown = poll.shown(client);
        assert_eq!(&*shown.total.counts, [3, 3, 3], "tab {client}");
        let part = shown.parts[2].shown.as_ref().unwrap();
        assert!(part.grade < Grade::Folded && part.disputes == 0, "{part:?}");
    }
    // Once one who holds them is back, they are counted.
    poll.may_hear(8, true);
    poll.run(20_000);
    for client in [newcomer, other, 8] {
        let shown = poll.shown(client);
        assert_eq!(&*shown.total.counts, [3, 3, 3], "tab {client}");
        assert_eq!(shown.parts[2].shown.as_ref().unwrap().grade, Grade::Folded);
    }
    assert_eq!(poll.clients[newcomer].tab.replica().ops(), 3);
}

#[test]
fn a_revocation_reaches_a_precinct_that_was_cut_off_and_every_total_follows() {
    let mut poll = nine_votes(5);
    poll.cut_off(P[2], true);
    // Of the chair's own precinct, with the chair's tab.
    poll.revoke(1);
    poll.run(1_000);
    // Of the one that is cut off, by the chair's key elsewhere: it comes to the council as news.
    let ballot = poll.clients[8].tab.replica().own_vote().unwrap();
    let first = poll.clients[0].tab.replica().revocations().next();
    let entry = RevokeBallot {
        link: LogLink {
            index: 1,
            prev: first.map(|(id, _)| id),
        },
        voter: voter_key(&poll.clients[8].voter),
        seq: ballot.seq,
        ballot: ballot.ballot,
        reason: "voted twice".to_owned(),
    };
    let entry = Op::RevokeBallot(Box::new(entry));
    let entry = sign(&SigningKey::from(CHAIR), poll.id(), entry);
    poll.say(3, 1, kind::OPS, entry.bytes());
    poll.run(15_000);
    let entries = |poll: &Poll, client: usize| {
        let replica = poll.clients[client].tab.replica();
        replica.revocations().count()
    };
    assert!((0..6).all(|client| entries(&poll, client) == 2));
    assert!((6..9).all(|client| entries(&poll, client) == 0));
    assert_shown(&poll, 0..6, [3, 2, 3], [3; 3]);

    poll.cut_off(P[2], false);
    poll.run(20_000);
    assert!((0..9).all(|client| entries(&poll, client) == 2));
    assert_shown(&poll, 0..9, [3, 2, 2], [3; 3]);
    assert_eq!(poll.shown(8).total.revoked, 2);
}

#[test]
fn what_the_council_says_reaches_all_tabs_of_a_large_precinct_and_few_of_them_speak() {
    let mut poll = Poll::new(10, 2, 2);
    for _ in 0..38 {
        poll.open_tab(P[1]);
    }
    poll.run(5_000);
    for client in 0..42 {
        poll.vote(client, client % 3);
    }
    poll.run(60_000);
    let speak = poll.in_council();
    assert!((5..20).contains(&speak), "{speak}");
    for client in 0..42 {
        let shown = poll.shown(client);
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
    let mut poll = Poll::new(12, 2, 2);
    for _ in 0..24 {
        poll.open_tab(P[1]);
    }
    poll.run(5_000);
    let speak = poll.in_council();
    assert!((5..20).contains(&speak), "{speak}");
    // What is claimed is never what is held.
    for round in 0..90 {
        let voter = 2 + round * 7 % 26;
        poll.vote(voter, (round / 26) % 3);
        poll.run(500);
    }
    assert_eq!(poll.in_council(), speak);
}

#[test]
fn with_many_precincts_members_leave_it_to_each_other_to_state_what_they_hold() {
    // All speak; at full pace each would state what it holds every 12 s or so.
    let mut poll = Poll::new(13, 800, 0);
    for _ in 0..8 {
        poll.open_tab(P[1]);
    }
    poll.run(2_000);
    for round in 0..180 {
        poll.vote(round % 8, (round / 8) % 3);
        poll.run(1_000);
    }
    let proposed: u64 = (0..8).map(|client| poll.stats(client).proposed).sum();
    assert!((3..=12).contains(&proposed), "{proposed}");
    // Once nobody votes, what they hold is stated after a pause at the latest.
    poll.run(60_000);
    let newest = poll.board(0).claims(P[1])[0].clone();
    assert_eq!(newest.statement().total.counted, 8);
    assert_eq!(newest.statement().version(), 180);
    assert_eq!(newest.attestations().as_slice().len(), 8);
    assert!((0..8).all(|client| poll.stats(client).disputed == 0));
}

#[test]
fn a_precinct_of_which_nobody_was_chosen_to_speak_is_heard_after_a_while() {
    let mut poll = Poll::new(11, 2, 2);
    for _ in 0..30 {
        poll.open_tab(P[1]);
    }
    let chosen: Vec<usize> = poll.of(P[1]);
    let chosen = chosen
        .into_iter()
        .filter(|client| poll.clients[*client].tab.wants_council());
    let chosen: Vec<usize> = chosen.collect();
    assert!(chosen.len() < 32);
    for client in chosen {
        poll.clients[client].may_speak = false;
        poll.disconnect(client, Room::Council);
    }
    poll.run(2_000);
    for client in 2..32 {
        poll.vote(client, 1);
    }
    poll.run(20_000);
    assert!(poll.shown(0).parts[1].shown.is_none());
    poll.run(60_000);
    let part = poll.shown(0).parts[1].shown.clone().unwrap();
    assert_eq!(part.total.counted, 30);
}

/// What a machine did, in words.
fn of_replica(replica: &mut Replica) -> Vec<String> {
    let outputs = core::iter::from_fn(|| replica.poll_output());
    outputs
        .map(|output| match output {
            ReplicaOutput::Send { to, bytes } => format!("send {to:?} {bytes:?}"),
            ReplicaOutput::Persist {
                id,
                record,
                durable,
            } => format!("persist {id:?} {record:?} {durable}"),
            ReplicaOutput::Event(event) => format!("{event:?}"),
        })
        .collect()
}

fn of_tab(tab: &mut Tab) -> Vec<String> {
    let outputs = core::iter::from_fn(|| tab.poll_output());
    outputs
        .map(|output| match output {
            Output::Send { room, to, bytes } => {
                assert_eq!(room, Room::Precinct);
                format!("send {to:?} {bytes:?}")
            }
            Output::Persist {
                id,
                record,
                durable,
            } => format!("persist {id:?} {record:?} {durable}"),
            Output::Event(event) => format!("{event:?}"),
            Output::Council(event) => panic!("{event:?}"),
        })
        .collect()
}

#[test]
fn in_a_poll_of_one_room_a_tab_is_its_replica_byte_for_byte() {
    let genesis = network::genesis(election_core::poll::genesis::Method::Single);
    let config = || Config {
        poll: genesis.id().into(),
        secret: SECRET,
        voter: SigningKey::from([1; 32]),
        chair: None,
        precinct: None,
        seed: [4; 32],
    };
    let (mut replica, mut tab) = (Replica::new(config()), Tab::new(config()));
    assert!(tab.council().is_none() && !tab.wants_council());
    let records = [Record {
        received: Millis(0),
        bytes: genesis.bytes().to_vec(),
    }];
    let choice = election_core::poll::choice::Choice::new(
        &[1],
        election_core::poll::genesis::Method::Single,
        3,
    );
    let inputs = [
        ReplicaInput::Restore(&records),
        ReplicaInput::Connected { room: 3 },
        ReplicaInput::Cast(choice.unwrap()),
        ReplicaInput::Wake,
        ReplicaInput::Refresh,
        ReplicaInput::Disconnected,
    ];
    let mut said = 0;
    for (input, now) in inputs.into_iter().zip((0..).step_by(3_000).map(Millis)) {
        replica.handle(input.clone(), now).unwrap();
        tab.handle(Input::Replica(input), now).unwrap();
        let outputs = of_replica(&mut replica);
        said += outputs.len();
        assert_eq!(outputs, of_tab(&mut tab));
        assert_eq!(replica.next_deadline(), tab.next_deadline());
    }
    assert!(said >= 5, "{said}");
}
