//! Precincts tell each other what they return, and every tab comes to the same canvass.

#![allow(clippy::unwrap_used)]

mod network;
mod rooms;

use ed25519_zebra::SigningKey;
use election_core::canvass::statement::PrecinctState;
use election_core::canvass::{Claim, Grade, Rules, Statement};
use election_core::ids::PrecinctId;
use election_core::poll::log::LogLink;
use election_core::poll::op::Op;
use election_core::poll::revocation::RevokeBallot;
use election_core::replica::Replica;
use election_core::replica::io::{Config, Input as ReplicaInput, Output as ReplicaOutput, Record};
use election_core::replica::tab::{Input, Output, Room, Tab};
use election_core::time::Millis;
use election_core::wire::bytes::Writer;
use election_core::wire::envelope::{sign, voter_key};
use election_core::wire::frame::kind;
use network::{CHAIR, SECRET};
use rooms::Poll;

const P: [PrecinctId; 3] = [PrecinctId(0), PrecinctId(1), PrecinctId(2)];

/// Every tab that is `here` shows these counts in total, its own precinct folded, and all others signed by so many and disputed by
/// nobody.
fn assert_shown(
    poll: &Poll,
    here: impl IntoIterator<Item = usize>,
    counts: [u64; 3],
    members: [u8; 3],
) {
    for client in here {
        let shown = poll.shown(client);
        assert_eq!(&*shown.total.counts, counts, "tab {client}");
        assert_eq!(shown.missing().count(), 0, "tab {client}");
        for part in &shown.parts {
            let shown = part.shown.as_ref().unwrap();
            if part.precinct == poll.clients[client].precinct {
                assert_eq!(shown.grade, Grade::Folded);
            } else {
                let members = members[usize::from(part.precinct.0)];
                assert_eq!(
                    shown.attestations,
                    usize::from(members),
                    "tab {client}, {part:?}"
                );
                assert_eq!(shown.disputes, 0, "tab {client}, {part:?}");
            }
        }
    }
}

/// For so many seconds no tab shows a total of that many votes, or of more, as more than claimed.
fn assert_never_attested(poll: &mut Poll, seconds: u64, votes: u64) {
    for second in 0..seconds {
        poll.run(1_000);
        for client in 0..poll.clients.len() {
            let shown = poll.shown(client);
            assert!(
                shown.total.counted < votes || shown.grade == Some(Grade::Claimed),
                "tab {client} after {second} s"
            );
        }
    }
}

/// Three precincts of three tabs each, in each of which every option gets one vote.
fn nine_votes(seed: u64) -> Poll {
    let mut poll = Poll::new(seed, 3, 3);
    poll.run(3_000);
    for client in 0..9 {
        poll.vote(client, client % 3);
    }
    poll.run(10_000);
    poll
}

fn bytes_of(claims: &[Claim]) -> Vec<u8> {
    let mut writer = Writer::new();
    claims.iter().for_each(|claim| claim.encode(&mut writer));
    writer.into_bytes()
}

/// What is first claimed of a precinct, changed, and signed by these keys, as claims of one signature each.
fn lie(
    poll: &Poll,
    precinct: PrecinctId,
    keys: &[SigningKey],
    change: impl Fn(&mut PrecinctState),
) -> Vec<Claim> {
    let rules = Rules::of(&poll.genesis);
    let mut said: PrecinctState = (**poll.board(0).claims(precinct)[0].statement()).clone();
    change(&mut said);
    let statement = Statement::new(&rules, said, Vec::new()).unwrap();
    keys.iter()
        .map(|key| Claim::sign(key, &rules, statement.clone()).unwrap())
        .collect()
}

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
