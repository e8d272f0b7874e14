//! Two replicas that talk, message by message and byte by byte.

mod cost;
mod hostile;
mod properties;
mod rules;

use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::subsequence;

use super::manager::Sync;
use super::message::{MAX_MESSAGE, SyncMessage};
use crate::ballots::testing::{self, Poll};
use crate::ballots::{BallotStore, Inserted};
use crate::poll::genesis::Genesis;
use crate::poll::op::{SignedOp, VerifiedOp};
use crate::time::Millis;
use crate::timing::SessionTiming;
use crate::wire::bytes::{Reader, Writer};
use crate::wire::envelope::{RawOp, Signed};
use crate::wire::relay::Handle;

/// What the two know each other by.
const PEER: Handle = Handle(1);
const NOW: Millis = Millis(1_000);

fn timing() -> SessionTiming {
    SessionTiming::default()
}

/// Both talk to one peer only, so one handle does.
struct Side {
    sync: Sync,
    store: Option<BallotStore>,
    finished: usize,
    progress: Vec<(u64, u64)>,
    now: Millis,
}

impl Side {
    fn new(store: Option<BallotStore>) -> Self {
        Self {
            sync: Sync::default(),
            store,
            finished: 0,
            progress: Vec::new(),
            now: NOW,
        }
    }

    fn open(&mut self, session: u64, theirs: &Side) -> Vec<SyncMessage> {
        let ops = theirs.store.as_ref().map_or(0, BallotStore::len);
        self.sync
            .open(PEER, session, self.store.as_mut(), ops, self.now)
    }

    fn receive(&mut self, message: SyncMessage, now: Millis) -> Vec<SyncMessage> {
        let reaction = self.sync.receive(PEER, message, self.store.as_mut(), now);
        self.finished += usize::from(reaction.finished);
        self.progress.extend(reaction.progress);
        if let Some(ops) = reaction.ops
            && self.merge(&ops) > 0
        {
            self.sync.brought(PEER, ops.len(), now);
        }
        reaction.send
    }

    /// As the replica will: what does not decode or verify is dropped. Gives how many were new.
    fn merge(&mut self, ops: &[u8]) -> usize {
        let mut news = 0;
        let mut reader = Reader::new(ops);
        while !reader.is_empty() {
            let Ok(raw) = RawOp::read(&mut reader) else {
                return news;
            };
            match &mut self.store {
                None => {
                    let Ok(genesis) = Signed::<Genesis>::check(raw, crate::ids::PollId::NONE, &())
                    else {
                        return news;
                    };
                    self.store = genesis.verify().ok().map(BallotStore::new);
                    news += 1;
                }
                Some(store) => {
                    let Ok(op) = SignedOp::check(raw, store.poll(), store.genesis()) else {
                        continue;
                    };
                    if let Ok(op) = op.verify() {
                        news += usize::from(store.insert(op) == Inserted::Added);
                    }
                }
            }
        }
        news
    }
}

/// What a conversation took.
#[derive(Debug, Default, PartialEq, Eq)]
struct Cost {
    bytes: usize,
    /// One-way trips: messages that are sent at once travel together.
    trips: usize,
    /// Turns that could not ask everything at once.
    deferring: usize,
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
            cost.deferring +=
                usize::from(matches!(message, SyncMessage::Compare { more: true, .. }));
            let message = decode(&frame).unwrap();
            answers.extend(to.receive(message, to.now));
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
    let (one, other) = (a.store.as_mut().unwrap(), b.store.as_mut().unwrap());
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
            let ballot = &ops[index as usize];
            poll.revoke(index, ballot.author(), ballot.id())
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
        Side::new(Some(OPS.0.store_of(mine))),
        Side::new(Some(OPS.0.store_of(theirs))),
    )
}
