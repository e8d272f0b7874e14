//! One rule a test.

use std::collections::VecDeque;

use super::*;
use crate::ballots::branch::{Branch, LOG};
use crate::ballots::testing::room_for;
use crate::poll::op::Op;
use crate::sync::message::{Content, Description, Reason};
use crate::sync::session::{FIRST_WINDOW, WINDOW};

#[test]
fn a_newcomer_is_streamed_everything_through_a_window() {
    let poll = Poll::new();
    let ops: Vec<_> = (0..4_000).map(|voter| poll.ballot(voter, 0, 1)).collect();
    let mut ops: Vec<_> = ops;
    ops.push(poll.revoke(0, ops[0].author(), ops[0].id()));
    let (mut newcomer, mut full) = (Side::new(None), Side::new(Some(poll.store_of(&ops))));
    let first = newcomer.open(5, &full);
    assert_eq!(first, [SyncMessage::OpenEmpty { session: 5 }]);
    let mut under_way: VecDeque<_> = first
        .into_iter()
        .flat_map(|message| full.receive(message, NOW))
        .collect();
    let mut frames = 0;
    while let Some(message) = under_way.pop_front() {
        let unacknowledged = under_way
            .iter()
            .filter(|message| matches!(message, SyncMessage::Ops { .. }))
            .count();
        let window = if frames == 0 { FIRST_WINDOW } else { WINDOW };
        assert!(unacknowledged < window as usize);
        frames += usize::from(matches!(message, SyncMessage::Ops { .. }));
        let answers = newcomer.receive(message, NOW);
        under_way.extend(
            answers
                .into_iter()
                .flat_map(|answer| full.receive(answer, NOW)),
        );
    }
    assert_eq!(frames, 15, "of 8 192 bytes at first, then of 30 720");
    assert_in_sync(&mut newcomer, &mut full);
    assert_eq!(newcomer.progress.last(), Some(&(4_001, 4_001)));
    assert!(newcomer.progress.is_sorted());
}

#[test]
fn a_poll_without_a_ballot_can_be_fetched_too() {
    let (mut newcomer, mut maker) = (Side::new(None), Side::new(Some(OPS.0.store())));
    let first = newcomer.open(5, &maker);
    converse(&mut newcomer, &mut maker, first);
    assert_in_sync(&mut newcomer, &mut maker);
    // The other way round there is nothing to be had.
    let (mut newcomer, mut maker) = (
        Side::new(None),
        Side::new(Some(OPS.0.store_of(&OPS.1[..5]))),
    );
    let first = maker.open(6, &newcomer);
    let answer = first
        .into_iter()
        .flat_map(|message| newcomer.receive(message, NOW))
        .collect::<Vec<_>>();
    assert_eq!(
        answer,
        [SyncMessage::Close {
            session: 6,
            reason: Reason::Nothing
        }]
    );
    assert!(maker.receive(answer[0].clone(), NOW).is_empty());
    assert_eq!((maker.finished, maker.sync.active()), (0, 0));
}

#[test]
fn a_lost_message_ends_the_session_and_the_next_one_mends_it() {
    let (mut a, mut b) = sides(&OPS.1[..500], &OPS.1[300..]);
    let first = a.open(1, &b);
    let lost: Vec<_> = first
        .into_iter()
        .flat_map(|message| b.receive(message, Millis(4_000)))
        .collect();
    assert!(!lost.is_empty());
    assert_eq!(a.sync.next_deadline(), Some(NOW.after(timing().unanswered)));
    assert_eq!(a.sync.expire(Millis(NOW.0 + timing().unanswered.0 - 1)), []);
    assert_eq!(a.sync.expire(NOW.after(timing().unanswered)), [PEER]);
    assert!(!a.sync.is_syncing(PEER));
    assert_eq!(
        b.sync.next_deadline(),
        Some(Millis(4_000).after(timing().silence))
    );
    // A late answer finds nobody, and says so.
    let answers: Vec<_> = lost
        .into_iter()
        .flat_map(|message| a.receive(message, NOW))
        .collect();
    let unknown = SyncMessage::Close {
        session: 1,
        reason: Reason::Unknown,
    };
    assert!(!answers.is_empty() && answers.iter().all(|answer| *answer == unknown));
    assert!(b.receive(answers[0].clone(), NOW).is_empty());
    assert_eq!((b.sync.active(), b.finished), (0, 0));
    (a.now, b.now) = (Millis(5_000), Millis(5_000));
    let first = a.open(2, &b);
    converse(&mut a, &mut b, first);
    assert_in_sync(&mut a, &mut b);
}

#[test]
fn a_session_that_goes_on_for_ever_is_ended_too() {
    let (mut a, mut b) = sides(&OPS.1[..500], &OPS.1[300..]);
    b.open(3, &a);
    let mut now = NOW;
    for number in 0.. {
        if now >= NOW.after(timing().longest) {
            break;
        }
        assert_eq!(b.sync.expire(now), []);
        let ops = SyncMessage::Ops {
            session: 3,
            number,
            last: false,
            sent: 1,
            total: 2,
            bytes: vec![1],
        };
        let ack = SyncMessage::Ack { session: 3, number };
        assert_eq!(b.receive(ops, now), [ack]);
        b.sync.brought(PEER, 1, now);
        now = now.after(Millis(9_000));
    }
    assert_eq!(b.sync.next_deadline(), Some(NOW.after(timing().longest)));
    assert_eq!(b.sync.expire(now), [PEER]);
    a.sync.forget(PEER);
}

/// Whoever holds both of a replica's sessions keeps it from asking anybody else.
#[test]
fn who_brings_nothing_does_not_hold_a_session() {
    let later = NOW.after(Millis(9_000));
    for session in 1..=2 {
        let (mut a, b) = sides(&OPS.1[..500], &OPS.1[300..]);
        a.open(session, &b);
        let noise = SyncMessage::Ops {
            session,
            number: 0,
            last: false,
            sent: 1,
            total: 2,
            bytes: vec![1],
        };
        assert_eq!(a.receive(noise, later).len(), 1);
        assert_eq!(a.sync.expire(NOW.after(timing().silence)), [PEER]);
    }
    let (mut a, b) = sides(&OPS.1[..500], &OPS.1[300..]);
    a.open(3, &b);
    let mut now = NOW;
    while a.sync.expire(now).is_empty() {
        let question = SyncMessage::Compare {
            session: 3,
            more: true,
            about: vec![Description {
                branch: Branch::root(LOG),
                content: Content::List(vec![7]),
            }],
        };
        a.receive(question, now);
        now = now.after(Millis(1_000));
    }
    assert_eq!(now, NOW.after(timing().fruitless));
}

#[test]
fn sessions_are_few_at_once() {
    let mut store = OPS.0.store_of(&OPS.1[..300]);
    let mut sync = Sync::default();
    for peer in 0..6 {
        let sent = sync.open(Handle(peer), peer, Some(&mut store), 5, NOW);
        assert_eq!(sent.len(), usize::from(peer < timing().own as u64));
        assert!(
            sync.open(Handle(peer), peer, Some(&mut store), 5, NOW)
                .is_empty()
                || peer >= timing().own as u64
        );
    }
    let (mut other, _) = sides(&OPS.1[300..], &[]);
    let question = other
        .sync
        .open(PEER, 70, other.store.as_mut(), 300, NOW)
        .remove(0);
    for peer in 10..20 {
        let reaction = sync.receive(Handle(peer), question.clone(), Some(&mut store), NOW);
        let busy = reaction.send
            == [SyncMessage::Close {
                session: 70,
                reason: Reason::Busy,
            }];
        assert_eq!(busy, peer >= 10 + timing().others as u64);
    }
    assert_eq!(sync.active(), timing().own + timing().others);
    sync.forget(Handle(10));
    // The slot is for the one who asked first.
    for (peer, gets_it) in [(19, false), (18, true)] {
        let peer = Handle(peer);
        sync.receive(peer, question.clone(), Some(&mut store), NOW);
        assert_eq!(sync.is_syncing(peer), gets_it);
    }
}

#[test]
fn who_breaks_the_rules_is_shown_out_and_counted() {
    let wrong = [
        SyncMessage::Ack {
            session: 8,
            number: 0,
        },
        SyncMessage::Ops {
            session: 8,
            number: 0,
            last: true,
            sent: 0,
            total: 0,
            bytes: Vec::new(),
        },
        SyncMessage::Ops {
            session: 8,
            number: u32::MAX,
            last: true,
            sent: 0,
            total: 0,
            bytes: vec![1],
        },
    ];
    for message in wrong {
        let (mut a, mut b) = sides(&OPS.1[..500], &OPS.1[300..]);
        a.open(8, &b);
        assert_eq!(
            a.receive(message, NOW),
            [SyncMessage::Close {
                session: 8,
                reason: Reason::Refused
            }]
        );
        assert_eq!((a.sync.refused(), a.sync.active()), (1, 0));
        b.sync.forget(PEER);
    }
    // A second Want in one turn, and a frame of ops twice.
    let want = SyncMessage::Want {
        session: 8,
        wishes: Vec::new(),
    };
    let ops = SyncMessage::Ops {
        session: 8,
        number: 0,
        last: false,
        sent: 3,
        total: 2,
        bytes: vec![1],
    };
    for message in [want, ops] {
        let (mut a, b) = sides(&OPS.1[..500], &OPS.1[300..]);
        a.open(8, &b);
        a.receive(message.clone(), NOW);
        assert_eq!(a.sync.refused(), 0);
        a.receive(message, NOW);
        assert_eq!((a.sync.refused(), a.sync.active()), (1, 0));
    }
}

#[test]
fn a_message_that_cannot_be_is_refused() {
    let refused = |kind, rest: &[u8]| {
        let body = [&[0; 8], rest].concat();
        SyncMessage::decode(kind, &mut Reader::new(&body))
            .unwrap_err()
            .to_string()
    };
    // Section, depth, form, count, gap, count of ids.
    assert_eq!(
        refused(0x10, &[1, 0, 255, 2, 0, 0, 0, 0]),
        "there is no such branch"
    );
    assert_eq!(
        refused(0x10, &[1, 32, 1, 1, 0]),
        "a description reaches too far down"
    );
    assert_eq!(
        refused(0x10, &[1, 0, 7, 1, 0]),
        "a description reaches too far down"
    );
    assert_eq!(
        refused(0x10, &[2, 0, 255, 1, 0, 0]),
        "there is no such branch"
    );
    assert_eq!(refused(0x10, &[1, 1, 255, 0]), "a group is empty");
    assert_eq!(
        refused(0x10, &[1, 1, 255, 1, 1, 0, 1, 2, 255, 1, 4, 0]),
        "one message speaks of a branch twice"
    );
    assert_eq!(
        refused(0x10, &[1, 0, 255, 1, 0, 2, 0, 0, 0, 2, 0, 0, 0, 1]),
        "the ids of a list do not ascend"
    );
    assert_eq!(refused(0x10, &[1, 0, 6, 1, 0]), "the bytes end too early");
    assert_eq!(
        refused(0x10, &[1, 0, 255, 1, 0, 255, 255, 3]),
        "ids of a list is 65535, the cap is 15360"
    );
    assert_eq!(refused(0x13, &[1, 0, 255, 1, 0, 0]), "a wish names no ops");
    assert_eq!(refused(0x12, &[2]), "a flag is neither 0 nor 1");
    assert_eq!(refused(0x16, &[9]), "there is no such reason");
    assert_eq!(refused(0x17, &[]), "there is no sync message of that kind");
    assert_eq!(refused(0x11, &[0]), "1 bytes are left over");
    assert_eq!(
        refused(0x14, &vec![0; MAX_MESSAGE]),
        "a sync message's length is 61448, the cap is 61440"
    );
}

#[test]
fn ballots_that_came_in_meanwhile_do_no_harm() {
    let (mut a, mut b) = sides(&OPS.1[..500], &OPS.1[200..600]);
    let mut late = OPS.1[600..].iter();
    let mut under_way: VecDeque<_> = a
        .open(4, &b)
        .into_iter()
        .map(|message| (false, message))
        .collect();
    while let Some((to_a, message)) = under_way.pop_front() {
        for side in [&mut a, &mut b] {
            if let (Some(store), Some(op)) = (&mut side.store, late.next()) {
                store.insert(op.clone());
            }
        }
        let answers = if to_a {
            a.receive(message, NOW)
        } else {
            b.receive(message, NOW)
        };
        under_way.extend(answers.into_iter().map(|answer| (!to_a, answer)));
    }
    assert_eq!(
        (a.finished, b.finished, a.sync.refused(), b.sync.refused()),
        (1, 1, 0, 0)
    );
    for op in &OPS.1[..600] {
        assert!(
            a.store.as_ref().unwrap().holds(op.claim())
                && b.store.as_ref().unwrap().holds(op.claim())
        );
    }
    assert!(matches!(*OPS.1[600], Op::Ballot(_)));
}

/// Two that hold as many voters as they can, and not the same ones: what neither can take is left
/// out, and all else comes.
#[test]
fn replicas_that_are_full_go_on_comparing_what_they_can_take() {
    let poll = Poll::new();
    let first = |voter| poll.ballot(voter, 0, 1);
    let of = |voters: core::ops::Range<u32>| {
        let ballots: Vec<_> = voters.map(first).collect();
        let mut store = poll.store_of(&ballots);
        store.limit_room(&room_for(200, 10));
        assert!(store.is_full());
        Side::new(Some(store))
    };
    let (mut a, mut b) = (of(0..200), of(100..300));
    let changed = [poll.ballot(150, 1, 2), poll.ballot(199, 1, 2)];
    let entry = poll.revoke(0, first(120).author(), first(120).id());
    let (of_a, of_b) = (a.store.as_mut().unwrap(), b.store.as_mut().unwrap());
    of_a.insert(changed[0].clone());
    of_b.insert(changed[1].clone());
    of_a.insert(entry.clone());
    let opening = b.open(1, &a);
    converse(&mut b, &mut a, opening);
    assert_eq!((a.sync.active(), b.sync.active()), (0, 0));
    for side in [&a, &b] {
        let store = side.store.as_ref().unwrap();
        assert_eq!(store.voters(), 200);
        assert!(changed.iter().all(|op| store.holds(op.claim())));
        assert!(store.log().get(entry.id()).is_some());
    }
}
