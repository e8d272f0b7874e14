//! What a peer can make this replica do, counted in bytes and in ops that were looked at.

use super::cost::BALLOTS;
use super::*;
use crate::ballots::branch::{Branch, LOG, PRECINCT};
use crate::sync::budget::MAX_SCAN;
use crate::sync::message::{Content, Description, Reason, Wish};
use crate::sync::session::{FIRST_WINDOW, WINDOW};

const SESSION: u64 = 8;
const SECOND: Millis = Millis(1_000);

fn many() -> Side {
    Side::new(Some(BALLOTS.0.store_of(&BALLOTS.1[..40_000])))
}

fn bytes_of(messages: &[SyncMessage]) -> usize {
    messages.iter().map(|message| encode(message).len()).sum()
}

fn busy(session: u64) -> SyncMessage {
    let reason = Reason::Busy;
    SyncMessage::Close { session, reason }
}

/// A list of one id, which nobody holds, for each branch three levels below the root.
fn short_lists(section: u8) -> Vec<Description> {
    let list = |branch| Description {
        branch,
        content: Content::List(vec![1]),
    };
    Branch::root(section).below(3).map(list).collect()
}

/// A fingerprint that differs from every other.
fn differs(branch: Branch) -> Description {
    let content = Content::Fingerprints {
        levels: 0,
        fingerprints: vec![12],
    };
    Description { branch, content }
}

#[test]
fn openings_in_a_hurry_are_answered_busy_and_counted() {
    let mut full = many();
    let mut sent = 0;
    for session in 0..600 {
        let answers = full.receive(SyncMessage::OpenEmpty { session }, NOW);
        if session > 0 {
            assert_eq!(answers, [busy(session)]);
        }
        sent += bytes_of(&answers);
    }
    assert!(sent < MAX_MESSAGE + 600 * 16, "{sent} bytes");
    assert_eq!((full.sync.active(), full.sync.turned_away()), (1, 599));
    // The session that runs was not disturbed, and a second later the peer may open another.
    let ack = SyncMessage::Ack {
        session: 0,
        number: 0,
    };
    assert!(!full.receive(ack, NOW).is_empty());
    let again = SyncMessage::OpenEmpty { session: 600 };
    assert_ne!(full.receive(again, NOW.after(SECOND)), [busy(600)]);
}

#[test]
fn an_opening_that_closed_at_once_counts_as_one_too() {
    let mut full = many();
    full.receive(SyncMessage::OpenEmpty { session: 1 }, NOW);
    let reason = Reason::Done;
    full.receive(SyncMessage::Close { session: 1, reason }, NOW);
    let again = full.receive(SyncMessage::OpenEmpty { session: 2 }, NOW);
    assert_eq!(again, [busy(2)]);
}

#[test]
fn the_window_opens_with_the_first_acknowledgement() {
    let mut full = many();
    let ops = |messages: &[SyncMessage]| {
        let ops = |message: &&SyncMessage| matches!(message, SyncMessage::Ops { .. });
        messages.iter().filter(ops).count()
    };
    let first = full.receive(SyncMessage::OpenEmpty { session: 1 }, NOW);
    assert_eq!(ops(&first), FIRST_WINDOW as usize);
    let ack = |number| SyncMessage::Ack { session: 1, number };
    let opened = WINDOW - (FIRST_WINDOW - 1);
    assert_eq!(ops(&full.receive(ack(0), NOW)), opened as usize);
    assert_eq!(ops(&full.receive(ack(0), NOW)), 0, "the same again");
    assert_eq!(ops(&full.receive(ack(2), NOW)), 2);
}

#[test]
fn short_lists_of_large_branches_are_not_worth_a_look_at_every_ballot() {
    let mut side = many();
    side.store.as_mut().unwrap().fold();
    testing::visited();
    let about = short_lists(PRECINCT);
    let session = SESSION;
    let answers = side.receive(SyncMessage::Open { session, about }, NOW);
    let visited = testing::visited();
    assert!(visited < 2 * MAX_SCAN, "{visited} ops");
    // What was not looked through is described, so that the other looks closer.
    let [.., SyncMessage::Ops { .. }] = &answers[..] else {
        panic!("{answers:?}");
    };
}

#[test]
fn wishes_are_granted_in_proportion_to_their_number() {
    let mut side = many();
    let open = SyncMessage::Open {
        session: SESSION,
        about: vec![differs(Branch::root(PRECINCT))],
    };
    side.receive(open, NOW);
    let wish = |branch| Wish {
        branch,
        ids: vec![1],
    };
    let want = SyncMessage::Want {
        session: SESSION,
        wishes: Branch::root(PRECINCT).below(3).map(wish).collect(),
    };
    testing::visited();
    side.receive(want, NOW);
    let compare = SyncMessage::Compare {
        session: SESSION,
        more: true,
        about: Vec::new(),
    };
    side.receive(compare, NOW);
    let visited = testing::visited();
    assert!(visited < 2 * MAX_SCAN, "{visited} ops");
}

/// Many messages in a row have no more to spend than one.
#[test]
fn a_session_earns_what_it_may_cost() {
    let mut side = many();
    let open = SyncMessage::Open {
        session: SESSION,
        about: vec![differs(Branch::root(LOG))],
    };
    side.receive(open, NOW);
    testing::visited();
    for _ in 0..30 {
        let compare = SyncMessage::Compare {
            session: SESSION,
            more: true,
            about: short_lists(PRECINCT),
        };
        let mut answers = side.receive(compare, NOW);
        while let Some(SyncMessage::Ops { number, last, .. }) = answers.pop() {
            if !last {
                let (session, number) = (SESSION, number);
                answers = side.receive(SyncMessage::Ack { session, number }, NOW);
            }
        }
    }
    assert_eq!((side.sync.active(), side.sync.refused()), (1, 0));
    let visited = testing::visited();
    // Sixteen ops an id, once for the answer and once more when what it found is sent.
    let earned = MAX_SCAN + 30 * 64 * 16;
    assert!(visited < 2 * earned + 1_000, "{visited} ops");
}

#[test]
fn the_log_is_looked_up_not_looked_through() {
    const ENTRIES: u32 = 2_000;
    let (poll, ballots) = &*BALLOTS;
    let (voter, ballot) = (ballots[0].author(), ballots[0].id());
    let log: Vec<_> = (0..ENTRIES)
        .map(|index| poll.revoke(index, voter, ballot))
        .collect();
    let mut side = Side::new(Some(poll.store_of(&log)));
    side.store.as_mut().unwrap().root();
    testing::visited();
    let open = SyncMessage::Open {
        session: SESSION,
        about: short_lists(LOG),
    };
    side.receive(open, NOW);
    let visited = testing::visited();
    assert!(visited < 6 * u64::from(ENTRIES), "{visited} ops");
    // The same question again costs nothing that was worked out before.
    let mut visits = |session, now| {
        let open = SyncMessage::Open {
            session,
            about: vec![differs(Branch::root(LOG)), differs(Branch::root(PRECINCT))],
        };
        side.receive(open, now);
        testing::visited()
    };
    assert!(visits(1, NOW.after(SECOND)) <= 4 * u64::from(ENTRIES));
    assert_eq!(visits(2, NOW.after(Millis(2_000))), 0);
}

/// Four sessions that say nothing would keep all others away.
#[test]
fn who_says_nothing_does_not_hold_a_session() {
    let mut side = many();
    let opening = |peer| SyncMessage::Open {
        session: peer,
        about: vec![differs(Branch::root(LOG))],
    };
    let mut store = side.store.take().unwrap();
    for round in 0..2 {
        let start = NOW.after(Millis(round * 60_000));
        for peer in 0..timing().others as u64 {
            let reaction = side
                .sync
                .receive(Handle(peer), opening(peer), Some(&mut store), start);
            assert_ne!(reaction.send, [busy(peer)]);
            let idle = SyncMessage::Compare {
                session: peer,
                more: true,
                about: Vec::new(),
            };
            let now = start.after(Millis(9_000));
            let reaction = side.sync.receive(Handle(peer), idle, Some(&mut store), now);
            assert!(!reaction.over);
        }
        assert_eq!(
            side.sync.expire(start.after(timing().silence)).len(),
            timing().others,
            "no session lives on what says nothing"
        );
    }
    // Twice in a row is no accident: these wait, others do not.
    let now = NOW.after(Millis(70_001));
    let mut receive = |peer, now| {
        let message = opening(peer);
        side.sync
            .receive(Handle(peer), message, Some(&mut store), now)
            .send
    };
    assert_eq!(receive(0, now), [busy(0)]);
    assert_ne!(receive(9, now), [busy(9)]);
    assert_ne!(receive(0, NOW.after(Millis(100_000))), [busy(0)]);
}

#[test]
fn nobody_is_asked_again_who_let_two_sessions_lapse() {
    let (mut a, b) = sides(&OPS.1[..500], &OPS.1[300..]);
    for session in 1..=2 {
        assert_eq!(a.open(session, &b).len(), 1);
        a.now = a.now.after(timing().silence);
        assert_eq!(a.sync.expire(a.now), [PEER]);
    }
    assert!(a.open(3, &b).is_empty());
    assert!(!a.sync.may_open(PEER, a.now) && a.sync.may_open(Handle(5), a.now));
    a.now = a.now.after(Millis(30_000));
    assert_eq!(a.open(4, &b).len(), 1);
}

#[test]
fn turns_that_move_no_op_are_not_endless() {
    let (mut a, _) = sides(&OPS.1[..500], &[]);
    let open = SyncMessage::Open {
        session: SESSION,
        about: vec![differs(Branch::root(LOG))],
    };
    a.receive(open, NOW);
    let mut turns = 0;
    while a.sync.active() > 0 {
        let compare = SyncMessage::Compare {
            session: SESSION,
            more: true,
            about: vec![differs(Branch::root(PRECINCT))],
        };
        a.receive(compare, NOW);
        turns += 1;
        assert!(turns < 100);
    }
    assert_eq!((turns, a.sync.refused()), (41, 1));
}
