//! A connection that has the link and is no replica. It knows no network: frames go in, and frames
//! come out, so that the same crowd comes to rooms on a simulated clock (`core/tests`) and over
//! real sockets (`peer/tests`).

use std::collections::{BTreeMap, BTreeSet};

use election_core::ballots::branch::{Branch, LOG};
use election_core::ids::ReplicaId;
use election_core::sync::SyncMessage;
use election_core::sync::message::{Content, Description};
use election_core::time::Millis;
use election_core::wire::bytes::{Reader, Writer};
use election_core::wire::frame::{self, Digest, FrameWriter, Head, MessageRef, kind};
use election_core::wire::relay::Handle;
use election_core::wire::sealed::Seal;
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

/// What strangers do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Nothing.
    Silent,
    /// Open a session with every replica that there is, ten times a second, and say no more.
    OpensSessions,
    /// The same, each under another handle as soon as it was answered, or after a while.
    OpensSessionsAnew,
    /// The same, and acknowledge a frame of what comes every half second.
    TakesSlowly,
    /// Say to everybody what that one said that it holds, or what another did.
    Echoes,
    /// Say that they hold what others hold, and when they are asked for it, send the genesis and
    /// one ballot again and again.
    Trickles,
}

/// What all strangers of a crowd know.
pub struct Common {
    pub manner: Manner,
    /// What opens and closes the room's frames.
    pub seal: Seal,
    pub genesis: Vec<u8>,
    pub ballot: Vec<u8>,
    /// The replicas that are in the room.
    pub replicas: BTreeSet<Handle>,
    /// What the one that says that it holds most said last.
    pub most: Digest,
    /// How long one stays that comes back under another handle and is not answered.
    pub stays: Millis,
}

/// A frame to a replica.
pub type Said = (Handle, Vec<u8>);

/// One of them, under one handle.
pub struct Stranger {
    number: usize,
    nonces: ChaCha8Rng,
    id: ReplicaId,
    since: Millis,
    opened_at: Millis,
    session: u64,
    /// Frames of ops that it has not acknowledged.
    unacknowledged: Vec<(Handle, u64, u32)>,
    acknowledged_at: Millis,
    /// To whom it trickles in which session, and how many frames it sent.
    trickle: BTreeMap<Handle, (u64, u32)>,
    trickled_at: Millis,
}

impl Stranger {
    /// The one of that number has come. No two have the same seed.
    pub fn new(number: usize, seed: u64, now: Millis) -> Self {
        let mut nonces = ChaCha8Rng::seed_from_u64(seed);
        Self {
            number,
            id: ReplicaId(nonces.next_u64()),
            since: now,
            opened_at: now,
            session: nonces.next_u64() >> 1,
            nonces,
            unacknowledged: Vec::new(),
            acknowledged_at: now,
            trickle: BTreeMap::new(),
            trickled_at: now,
        }
    }

    /// Whether it is time to come back under another handle.
    pub fn leaves(&self, crowd: &Common, now: Millis) -> bool {
        crowd.manner == Manner::OpensSessionsAnew
            && (!self.unacknowledged.is_empty() || self.is_time(crowd.stays.0, self.since, now))
    }

    /// What it says to a replica's frame.
    pub fn hear(&mut self, crowd: &mut Common, from: Handle, payload: &[u8]) -> Vec<Said> {
        let plain = crowd.seal.open(payload).unwrap();
        let (head, mut messages) = frame::read_head(&plain).unwrap();
        if head.digest.ops > crowd.most.ops {
            crowd.most = head.digest;
        }
        let mut says_hello = false;
        while let Ok(Some(message)) = frame::next_message(&mut messages) {
            match message {
                MessageRef::Hello => says_hello = true,
                MessageRef::Sync { kind, content } => {
                    let message = SyncMessage::decode(kind, &mut Reader::new(content)).unwrap();
                    self.hear_sync(from, &message);
                }
                _ => {}
            }
        }
        match crowd.manner {
            Manner::Echoes => {
                // An equal digest looks like an agreement, another like somebody who can be asked.
                let is_even = self.number.is_multiple_of(2);
                let digest = if is_even { head.digest } else { crowd.most };
                vec![self.say(crowd, from, digest, &[])]
            }
            Manner::Trickles if says_hello => {
                let genesis = (kind::OPS, crowd.genesis.clone());
                vec![self.say(crowd, from, crowd.most, &[genesis])]
            }
            _ => Vec::new(),
        }
    }

    fn hear_sync(&mut self, from: Handle, message: &SyncMessage) {
        match message {
            SyncMessage::Ops {
                session,
                number,
                last: false,
                ..
            } => self.unacknowledged.push((from, *session, *number)),
            SyncMessage::Open { session, .. } | SyncMessage::OpenEmpty { session } => {
                self.trickle.insert(from, (*session, 0));
            }
            _ => {}
        }
    }

    /// What it says of its own accord. Asked at least every hundred milliseconds.
    pub fn act(&mut self, crowd: &Common, now: Millis) -> Vec<Said> {
        let mut said = Vec::new();
        match crowd.manner {
            Manner::Silent | Manner::Echoes => {}
            Manner::OpensSessions | Manner::OpensSessionsAnew | Manner::TakesSlowly => {
                if self.is_time(500, self.acknowledged_at, now) {
                    self.acknowledged_at = now;
                    said.extend(self.acknowledge(crowd));
                }
                if self.is_time(100, self.opened_at, now) {
                    self.opened_at = now;
                    said.extend(self.open(crowd));
                }
            }
            Manner::Trickles => {
                if self.is_time(400, self.trickled_at, now) {
                    self.trickled_at = now;
                    said.extend(self.trickle(crowd));
                }
            }
        }
        said
    }

    /// They do not all act at once.
    fn is_time(&self, span: u64, last: Millis, now: Millis) -> bool {
        now - last >= Millis(span + self.number as u64 % 7)
    }

    fn open(&mut self, crowd: &Common) -> Vec<Said> {
        self.session += 1;
        let session = self.session;
        let message = if self.number.is_multiple_of(2) {
            SyncMessage::OpenEmpty { session }
        } else {
            let content = Content::List(vec![7]);
            let branch = Branch::root(LOG);
            let about = vec![Description { branch, content }];
            SyncMessage::Open { session, about }
        };
        let message = [encoded(&message)];
        let mut say = |to: &Handle| self.say(crowd, *to, Digest::default(), &message);
        crowd.replicas.iter().map(&mut say).collect()
    }

    /// Takes one frame of what came.
    fn acknowledge(&mut self, crowd: &Common) -> Option<Said> {
        if crowd.manner != Manner::TakesSlowly || self.unacknowledged.is_empty() {
            return None;
        }
        let (to, session, number) = self.unacknowledged.remove(0);
        let ack = encoded(&SyncMessage::Ack { session, number });
        Some(self.say(crowd, to, Digest::default(), &[ack]))
    }

    fn trickle(&mut self, crowd: &Common) -> Vec<Said> {
        let mut pieces = Vec::new();
        for (to, (session, number)) in &mut self.trickle {
            pieces.push((*to, *session, *number));
            *number += 1;
        }
        let say = |(to, session, number)| {
            let piece = encoded(&SyncMessage::Ops {
                session,
                number,
                last: false,
                sent: u64::from(number),
                total: 1_000,
                bytes: [&crowd.genesis[..], &crowd.ballot].concat(),
            });
            self.say(crowd, to, crowd.most, &[piece])
        };
        pieces.into_iter().map(say).collect()
    }

    fn say(
        &mut self,
        crowd: &Common,
        to: Handle,
        digest: Digest,
        messages: &[(u8, Vec<u8>)],
    ) -> Said {
        let replica = self.id;
        let mut frame = FrameWriter::new(Head { replica, digest });
        for (kind, content) in messages {
            frame.put(*kind, content);
        }
        let sealed = crowd.seal.seal(&frame.into_bytes(), &mut self.nonces);
        (to, sealed)
    }
}

fn encoded(message: &SyncMessage) -> (u8, Vec<u8>) {
    let mut writer = Writer::new();
    message.encode(&mut writer);
    (message.kind(), writer.into_bytes())
}
