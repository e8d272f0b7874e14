use std::collections::VecDeque;
use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::subsequence;

use super::manager::{MAX_OTHERS, MAX_OWN, Sync};
use super::message::{MAX_MESSAGE, Reason, SyncMessage};
use super::session::{LONGEST, SILENCE, WINDOW};
use crate::canvass::Canvass;
use crate::canvass::testing::Poll;
use crate::poll::genesis::Genesis;
use crate::poll::op::{Op, SignedOp, VerifiedOp};
use crate::time::Millis;
use crate::wire::bytes::{Reader, Writer};
use crate::wire::envelope::{RawOp, Signed};
use crate::wire::relay::Handle;

/// What the two know each other by.
const PEER: Handle = Handle(1);
const NOW: Millis = Millis(1_000);

/// Both talk to one peer only, so one handle does.
struct Side {
    sync: Sync,
    canvass: Option<Canvass>,
    finished: usize,
    progress: Vec<(u64, u64)>,
}

impl Side {
    fn new(canvass: Option<Canvass>) -> Self {
        Self {
            sync: Sync::new(),
            canvass,
            finished: 0,
            progress: Vec::new(),
        }
    }

    fn open(&mut self, session: u64, theirs: &Side) -> Vec<SyncMessage> {
        let ops = theirs.canvass.as_ref().map_or(0, Canvass::len);
        self.sync
            .open(PEER, session, self.canvass.as_mut(), ops, NOW)
    }

    fn receive(&mut self, message: SyncMessage, now: Millis) -> Vec<SyncMessage> {
        let reaction = self.sync.receive(PEER, message, self.canvass.as_mut(), now);
        self.finished += usize::from(reaction.finished);
        self.progress.extend(reaction.progress);
        if let Some(ops) = reaction.ops {
            self.merge(&ops);
        }
        reaction.send
    }

    /// As the replica will: what does not decode or verify is dropped.
    fn merge(&mut self, ops: &[u8]) {
        let mut reader = Reader::new(ops);
        while !reader.is_empty() {
            let Ok(raw) = RawOp::read(&mut reader) else {
                return;
            };
            match &mut self.canvass {
                None => {
                    let Ok(genesis) = Signed::<Genesis>::check(raw, crate::ids::PollId::NONE, &())
                    else {
                        return;
                    };
                    self.canvass = genesis.verify().ok().map(Canvass::new);
                }
                Some(canvass) => {
                    let Ok(op) = SignedOp::check(raw, canvass.poll(), canvass.genesis()) else {
                        continue;
                    };
                    if let Ok(op) = op.verify() {
                        canvass.insert(op);
                    }
                }
            }
        }
    }
}

/// What a conversation took.
#[derive(Debug, Default, PartialEq, Eq)]
struct Cost {
    bytes: usize,
    /// One-way trips: messages that are sent at once travel together.
    trips: usize,
}

/// Lets `b` take in the messages, then `a` the answers, and so on until neither says anything.
fn converse(a: &mut Side, b: &mut Side, first: Vec<SyncMessage>) -> Cost {
    let mut cost = Cost::default();
    let mut under_way = first;
    let (mut to, mut other) = (b, a);
    while !under_way.is_empty() {
        cost.trips += 1;
        assert!(cost.trips < 10_000, "the two talk for ever");
        let mut answers = Vec::new();
        for message in under_way {
            let frame = encode(&message);
            cost.bytes += frame.len();
            let message = decode(&frame).unwrap();
            answers.extend(to.receive(message, NOW));
        }
        under_way = answers;
        core::mem::swap(&mut to, &mut other);
    }
    cost
}

/// Kind, length, body: as in a frame.
fn encode(message: &SyncMessage) -> Vec<u8> {
    let mut body = Writer::new();
    message.encode(&mut body);
    assert!(body.len() <= MAX_MESSAGE, "{} bytes", body.len());
    let mut frame = Writer::new();
    frame.byte(message.kind());
    frame.varint(body.len() as u64);
    frame.put(body.as_bytes());
    frame.into_bytes()
}

fn decode(frame: &[u8]) -> Result<SyncMessage, crate::wire::bytes::DecodeError> {
    let mut reader = Reader::new(frame);
    let kind = reader.byte()?;
    let length = reader.length("a message's length", MAX_MESSAGE)?;
    SyncMessage::decode(kind, &mut Reader::new(reader.take(length)?))
}

fn assert_in_sync(a: &mut Side, b: &mut Side) {
    let (one, other) = (a.canvass.as_mut().unwrap(), b.canvass.as_mut().unwrap());
    assert_eq!(one.root(), other.root());
    assert_eq!(one.total(), other.total());
    assert_eq!((a.sync.active(), b.sync.active()), (0, 0));
    assert_eq!((a.sync.refused(), b.sync.refused()), (0, 0));
    assert_eq!((a.finished, b.finished), (1, 1));
}

static OPS: LazyLock<(Poll, Vec<VerifiedOp>)> = LazyLock::new(|| {
    let poll = Poll::new();
    let mut ops: Vec<_> = (0..600)
        .map(|voter| poll.ballot(voter, 0, 1 + (voter % 7) as u8))
        .collect();
    // One voter has many ballots, and some signed twice or more.
    ops.extend((1..=60).map(|seq| poll.ballot(7, seq, 2)));
    for voter in 0..40 {
        ops.extend((1..=voter as u8 % 5).map(|marks| poll.ballot(voter, 1, 1 + marks)));
    }
    let revocations: Vec<_> = (0..60)
        .map(|index| {
            poll.revoke(
                index,
                ops[index as usize].author(),
                0,
                ops[index as usize].id(),
            )
        })
        .collect();
    ops.extend(revocations);
    ops.extend((0..30).map(|number| poll.unknown(number)));
    (poll, ops)
});

/// Two sets of ops: from nearly the same to disjoint, one inside the other, one empty.
fn pairs() -> impl Strategy<Value = (Vec<VerifiedOp>, Vec<VerifiedOp>)> {
    let all = OPS.1.len();
    let size = prop_oneof![
        Just(0..=0),
        Just(0..=30),
        Just(0..=all),
        Just(all - 30..=all)
    ];
    size.prop_flat_map(move |size| {
        let indices: Vec<_> = (0..all).collect();
        let part = || prop_oneof![Just(0..=0), Just(0..=5), Just(0..=all)];
        let pick = |indices: Vec<usize>| {
            part().prop_flat_map(move |part| {
                let part = *part.start().min(&indices.len())..=*part.end().min(&indices.len());
                subsequence(indices.clone(), part)
            })
        };
        (
            subsequence(indices.clone(), size),
            pick(indices.clone()),
            pick(indices),
        )
    })
    .prop_map(|(common, mine, theirs)| {
        let ops = |extra: Vec<usize>| {
            common
                .iter()
                .chain(&extra)
                .map(|index| OPS.1[*index].clone())
                .collect()
        };
        (ops(mine), ops(theirs))
    })
}

fn sides(mine: &[VerifiedOp], theirs: &[VerifiedOp]) -> (Side, Side) {
    (
        Side::new(Some(OPS.0.canvass_of(mine))),
        Side::new(Some(OPS.0.canvass_of(theirs))),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn one_session_makes_two_sets_equal((mine, theirs) in pairs(), session: u64) {
        let (mut a, mut b) = sides(&mine, &theirs);
        let first = a.open(session, &b);
        converse(&mut a, &mut b, first);
        assert_in_sync(&mut a, &mut b);
        let mut both = OPS.0.canvass_of(mine.iter().chain(&theirs));
        prop_assert_eq!(a.canvass.unwrap().root(), both.root());
    }

    #[test]
    fn when_both_open_at_once_one_session_does_it((mine, theirs) in pairs(), ids in any::<(u64, u64)>()) {
        prop_assume!(ids.0 != ids.1);
        let (mut a, mut b) = sides(&mine, &theirs);
        let (from_a, from_b) = (a.open(ids.0, &b), b.open(ids.1, &a));
        let to_b: Vec<_> = from_b.into_iter().flat_map(|message| a.receive(message, NOW)).collect();
        let first = from_a.into_iter().chain(to_b).collect();
        converse(&mut a, &mut b, first);
        assert_in_sync(&mut a, &mut b);
    }

    #[test]
    fn a_damaged_conversation_harms_nobody(
        (mine, theirs) in pairs(),
        damage in proptest::collection::vec((0..40_usize, any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 1..6),
    ) {
        let (mut a, mut b) = sides(&mine, &theirs);
        let mut under_way: VecDeque<_> = a.open(9, &b).into_iter().map(|message| (false, message)).collect();
        let mut count = 0;
        while let Some((to_a, message)) = under_way.pop_front() {
            let mut frame = encode(&message);
            for (_, at, value, how) in damage.iter().filter(|(number, ..)| *number == count) {
                let at = at.index(frame.len());
                match how {
                    0 => frame[at] = *value,
                    1 => frame.truncate(at),
                    2 => frame.insert(at, *value),
                    _ => under_way.push_back((to_a, message.clone())),
                }
                if frame.is_empty() {
                    break;
                }
            }
            count += 1;
            prop_assert!(count < 10_000);
            let Ok(message) = decode(&frame) else { continue };
            let answers = if to_a { a.receive(message, NOW) } else { b.receive(message, NOW) };
            under_way.extend(answers.into_iter().map(|answer| (!to_a, answer)));
        }
        // Whatever became of it, time ends it, and the next session mends it.
        a.sync.expire(NOW.after(SILENCE));
        b.sync.expire(NOW.after(SILENCE));
        prop_assert_eq!((a.sync.active(), b.sync.active()), (0, 0));
        let first = a.open(10, &b);
        converse(&mut a, &mut b, first);
        prop_assert_eq!(a.canvass.unwrap().root(), b.canvass.unwrap().root());
    }

    #[test]
    fn whatever_decodes_encodes_back_to_itself(
        kind in 0x10..0x18_u8,
        body in proptest::collection::vec(prop_oneof![0..4_u8, any::<u8>(), Just(255)], 0..60),
    ) {
        if let Ok(message) = SyncMessage::decode(kind, &mut Reader::new(&body)) {
            let mut again = Writer::new();
            message.encode(&mut again);
            prop_assert_eq!(message.kind(), kind);
            prop_assert_eq!(again.as_bytes(), &body[..]);
        }
    }

    #[test]
    fn nonsense_out_of_nowhere_is_answered_or_dropped(
        bodies in proptest::collection::vec(
            (0x10..0x17_u8, proptest::collection::vec(prop_oneof![0..4_u8, any::<u8>(), Just(255)], 0..40)), 1..8
        ),
    ) {
        let (mut a, _) = sides(&OPS.1[..300], &[]);
        for (kind, body) in bodies {
            // All of one session, so that the rules of turns are what is tried.
            let body = [&[0; 8], &body[..]].concat();
            if let Ok(message) = SyncMessage::decode(kind, &mut Reader::new(&body)) {
                let answers = a.receive(message, NOW);
                prop_assert!(answers.iter().map(|answer| encode(answer).len()).sum::<usize>() < 6 * MAX_MESSAGE);
            }
            prop_assert!(a.sync.active() <= 1);
        }
    }
}

#[test]
fn a_newcomer_is_streamed_everything_through_a_window() {
    let poll = Poll::new();
    let ops: Vec<_> = (0..4_000).map(|voter| poll.ballot(voter, 0, 1)).collect();
    let mut ops: Vec<_> = ops;
    ops.push(poll.revoke(0, ops[0].author(), 0, ops[0].id()));
    let (mut newcomer, mut full) = (Side::new(None), Side::new(Some(poll.canvass_of(&ops))));
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
        assert!(unacknowledged < WINDOW as usize);
        frames += usize::from(matches!(message, SyncMessage::Ops { .. }));
        let answers = newcomer.receive(message, NOW);
        under_way.extend(
            answers
                .into_iter()
                .flat_map(|answer| full.receive(answer, NOW)),
        );
    }
    assert_eq!(frames, 7, "of 61 376 bytes at most");
    assert_in_sync(&mut newcomer, &mut full);
    assert_eq!(newcomer.progress.last(), Some(&(4_001, 4_001)));
    assert!(newcomer.progress.is_sorted());
}

#[test]
fn a_poll_without_a_ballot_can_be_fetched_too() {
    let (mut newcomer, mut maker) = (Side::new(None), Side::new(Some(OPS.0.canvass())));
    let first = newcomer.open(5, &maker);
    converse(&mut newcomer, &mut maker, first);
    assert_in_sync(&mut newcomer, &mut maker);
    // The other way round there is nothing to be had.
    let (mut newcomer, mut maker) = (
        Side::new(None),
        Side::new(Some(OPS.0.canvass_of(&OPS.1[..5]))),
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
    assert_eq!(a.sync.next_deadline(), Some(NOW.after(SILENCE)));
    assert_eq!(a.sync.expire(Millis(NOW.0 + SILENCE.0 - 1)), []);
    assert_eq!(a.sync.expire(NOW.after(SILENCE)), [PEER]);
    assert!(!a.sync.is_syncing(PEER));
    assert_eq!(b.sync.next_deadline(), Some(Millis(4_000).after(SILENCE)));
    // A late answer finds nobody, and says so.
    let answers: Vec<_> = lost
        .into_iter()
        .flat_map(|message| a.receive(message, NOW))
        .collect();
    assert_eq!(
        answers,
        [SyncMessage::Close {
            session: 1,
            reason: Reason::Unknown
        }]
    );
    assert!(b.receive(answers[0].clone(), NOW).is_empty());
    assert_eq!((b.sync.active(), b.finished), (0, 0));
    let first = a.open(2, &b);
    converse(&mut a, &mut b, first);
    assert_in_sync(&mut a, &mut b);
}

#[test]
fn a_session_that_goes_on_for_ever_is_ended_too() {
    let (mut a, mut b) = sides(&OPS.1[..500], &OPS.1[300..]);
    b.open(3, &a);
    let empty = |more| SyncMessage::Compare {
        session: 3,
        more,
        about: Vec::new(),
    };
    let mut now = NOW;
    while now < NOW.after(LONGEST) {
        assert_eq!(b.sync.expire(now), []);
        assert_eq!(b.receive(empty(true), now), [empty(false)]);
        now = now.after(Millis(9_000));
    }
    assert_eq!(b.sync.next_deadline(), Some(NOW.after(LONGEST)));
    assert_eq!(b.sync.expire(now), [PEER]);
    a.sync.forget(PEER);
}

#[test]
fn sessions_are_few_at_once() {
    let mut canvass = OPS.0.canvass_of(&OPS.1[..300]);
    let mut sync = Sync::new();
    for peer in 0..6 {
        let sent = sync.open(Handle(peer), peer, Some(&mut canvass), 5, NOW);
        assert_eq!(sent.len(), usize::from(peer < MAX_OWN as u64));
        assert!(
            sync.open(Handle(peer), peer, Some(&mut canvass), 5, NOW)
                .is_empty()
                || peer >= MAX_OWN as u64
        );
    }
    let (mut other, _) = sides(&OPS.1[300..], &[]);
    let question = other
        .sync
        .open(PEER, 70, other.canvass.as_mut(), 300, NOW)
        .remove(0);
    for peer in 10..20 {
        let reaction = sync.receive(Handle(peer), question.clone(), Some(&mut canvass), NOW);
        let busy = reaction.send
            == [SyncMessage::Close {
                session: 70,
                reason: Reason::Busy,
            }];
        assert_eq!(busy, peer >= 10 + MAX_OTHERS as u64);
    }
    assert_eq!(sync.active(), MAX_OWN + MAX_OTHERS);
    sync.forget(Handle(10));
    assert!(
        !sync
            .receive(Handle(19), question, Some(&mut canvass), NOW)
            .send
            .is_empty()
    );
    assert!(sync.is_syncing(Handle(19)));
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
        refused(0x10, &[1, 1, 255, 1, 0, 0, 1, 1, 255, 1, 1, 0]),
        "a group goes on with the one before it"
    );
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
            if let (Some(canvass), Some(op)) = (&mut side.canvass, late.next()) {
                canvass.insert(op.clone());
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
        assert!(a.canvass.as_ref().unwrap().holds(op) && b.canvass.as_ref().unwrap().holds(op));
    }
    assert!(matches!(*OPS.1[600], Op::Ballot(_)));
}

/// The sizes that docs and README name. Everything here is a function of the ops, so the figures are exact.
#[test]
fn few_differences_among_many_ballots_cost_few_bytes_and_trips() {
    const ALL: u32 = 100_000;
    let poll = Poll::new();
    let ops: Vec<_> = (0..ALL + 1_000)
        .map(|voter| poll.ballot(voter, 0, 1))
        .collect();
    let (common, extra) = ops.split_at(ALL as usize);
    let base = poll.canvass_of(common);
    let measure = |mine: &[VerifiedOp], theirs: &[VerifiedOp]| {
        let with = |ops: &[VerifiedOp]| {
            let mut canvass = base.clone();
            for op in ops {
                canvass.insert(op.clone());
            }
            Side::new(Some(canvass))
        };
        let (mut a, mut b) = (with(mine), with(theirs));
        let first = a.open(0x5eed, &b);
        let cost = converse(&mut a, &mut b, first);
        assert_in_sync(&mut a, &mut b);
        (cost.bytes, cost.trips)
    };
    // Each side has half of them, only the opener has them, only the other has them.
    let expected = [
        (1, [(1_492, 4), (1_528, 5), (1_492, 4)]),
        (10, [(4_826, 5), (4_865, 5), (4_731, 4)]),
        (100, [(19_643, 7), (20_134, 7), (19_068, 6)]),
        (1_000, [(165_500, 7), (170_216, 9), (160_749, 8)]),
    ];
    for (n, costs) in expected {
        let (half, whole) = (&extra[..n / 2], &extra[..n]);
        let measured = [
            measure(half, &whole[n / 2..]),
            measure(&[], whole),
            measure(whole, &[]),
        ];
        assert_eq!(measured, costs, "{n} differing");
        // The goal: 100 ballots that differ take at most 25 kB and four round trips.
        assert!(
            n != 100
                || measured
                    .iter()
                    .all(|(bytes, trips)| *bytes <= 25_000 && *trips <= 8)
        );
    }
}
