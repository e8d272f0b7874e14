//! Connections that have the link and are no replicas.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use election_core::canvass::branch::{Branch, LOG};
use election_core::ids::ReplicaId;
use election_core::replica::io::Destination;
use election_core::sync::SyncMessage;
use election_core::sync::message::{Content, Description};
use election_core::time::Millis;
use election_core::wire::bytes::{Reader, Writer};
use election_core::wire::frame::{self, Digest, FrameWriter, Head, MessageRef, kind};
use election_core::wire::relay::Handle;
use election_core::wire::sealed::Seal;
use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;

use crate::network::{Network, SECRET};

/// What they do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Nothing.
    Silent,
    /// Open a session with everybody they hear of, ten times a second, and say no more.
    OpensSessions,
    /// The same, each under another handle as soon as it was answered, or after a second.
    OpensSessionsAnew,
    /// The same, and acknowledge a frame of what comes every half second.
    TakesSlowly,
    /// Say to everybody what that one said that it holds, or what another did.
    Echoes,
    /// Say that they hold what others hold, and when they are asked for it, send the genesis and one ballot again and again.
    Trickles,
}

struct Stranger {
    handle: Handle,
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

pub struct Crowd {
    manner: Manner,
    strangers: Vec<Stranger>,
    seal: Seal,
    nonces: ChaCha8Rng,
    /// The genesis, and one ballot.
    genesis: Vec<u8>,
    ballot: Vec<u8>,
    /// The handles of those who say more than others hold, and what the latest of them said.
    known: BTreeMap<Handle, Digest>,
    most: Digest,
    announced_at: Millis,
}

impl Crowd {
    /// So many of them come.
    pub fn new(manner: Manner, count: usize, ballot: Vec<u8>, network: &mut Network) -> Self {
        let mut crowd = Self {
            manner,
            strangers: Vec::new(),
            seal: Seal::new(&SECRET.seal_key(network.poll())),
            nonces: ChaCha8Rng::from_seed([9; 32]),
            genesis: network.genesis.bytes().to_vec(),
            ballot,
            known: BTreeMap::new(),
            most: Digest::default(),
            announced_at: network.now,
        };
        for _ in 0..count {
            let stranger = crowd.arrive(network);
            crowd.strangers.push(stranger);
        }
        network.announce();
        crowd
    }

    fn arrive(&self, network: &mut Network) -> Stranger {
        Stranger {
            handle: network.join(),
            since: network.now,
            opened_at: network.now,
            session: network.below(u64::MAX),
            unacknowledged: Vec::new(),
            acknowledged_at: network.now,
            trickle: BTreeMap::new(),
            trickled_at: network.now,
        }
    }

    /// Runs the clock for a while, in which they do what they do.
    pub fn run(&mut self, network: &mut Network, span: u64) {
        let end = network.now.after(Millis(span));
        while network.now < end {
            network.run((end - network.now).0.min(10));
            for (to, from, bytes) in std::mem::take(&mut network.overheard) {
                self.hear(network, to, from, &bytes);
            }
            for index in 0..self.strangers.len() {
                self.act(network, index);
            }
            if network.now - self.announced_at >= Millis(500) {
                self.announced_at = network.now;
                network.announce();
            }
        }
    }

    fn say(
        &mut self,
        network: &mut Network,
        from: Handle,
        to: Handle,
        digest: Digest,
        messages: &[(u8, Vec<u8>)],
    ) {
        let head = Head {
            replica: ReplicaId(from.0 + 1_000_000),
            digest,
        };
        let mut frame = FrameWriter::new(head);
        for (kind, content) in messages {
            frame.put(*kind, content);
        }
        let bytes = self.seal.seal(&frame.into_bytes(), &mut self.nonces);
        network.carry(from, Destination::Reply(to), bytes);
    }

    fn hear(&mut self, network: &mut Network, to: Handle, from: Handle, bytes: &[u8]) {
        let plain = self.seal.open(bytes).unwrap();
        let (head, mut messages) = frame::read_head(&plain).unwrap();
        self.known.insert(from, head.digest);
        if head.digest.ops > self.most.ops {
            self.most = head.digest;
        }
        let Some(index) = self.strangers.iter().position(|held| held.handle == to) else {
            return;
        };
        let mut says_hello = false;
        while let Ok(Some(message)) = frame::next_message(&mut messages) {
            match message {
                MessageRef::Hello => says_hello = true,
                MessageRef::Sync { kind, content } => {
                    let message = SyncMessage::decode(kind, &mut Reader::new(content)).unwrap();
                    self.hear_sync(index, from, &message);
                }
                _ => {}
            }
        }
        match self.manner {
            Manner::Echoes => {
                // An equal digest looks like an agreement, another like somebody who can be asked.
                let digest = if to.0.is_multiple_of(2) {
                    head.digest
                } else {
                    self.most
                };
                self.say(network, to, from, digest, &[]);
            }
            Manner::Trickles if says_hello => {
                let genesis = (kind::OPS, self.genesis.clone());
                self.say(network, to, from, self.most, &[genesis]);
            }
            _ => {}
        }
    }

    fn hear_sync(&mut self, index: usize, from: Handle, message: &SyncMessage) {
        let stranger = &mut self.strangers[index];
        match message {
            SyncMessage::Ops {
                session,
                number,
                last: false,
                ..
            } => stranger.unacknowledged.push((from, *session, *number)),
            SyncMessage::Open { session, .. } | SyncMessage::OpenEmpty { session } => {
                stranger.trickle.insert(from, (*session, 0));
            }
            _ => {}
        }
    }

    fn act(&mut self, network: &mut Network, index: usize) {
        let now = network.now;
        let every = |span: u64, last: Millis| now - last >= Millis(span + index as u64 % 7);
        match self.manner {
            Manner::Silent | Manner::Echoes => {}
            Manner::OpensSessions | Manner::OpensSessionsAnew | Manner::TakesSlowly => {
                let stranger = &self.strangers[index];
                let was_served = !stranger.unacknowledged.is_empty();
                let anew = self.manner == Manner::OpensSessionsAnew
                    && (was_served || every(1_000, stranger.since));
                if anew {
                    network.strangers.remove(&stranger.handle);
                    self.strangers[index] = self.arrive(network);
                }
                if every(500, self.strangers[index].acknowledged_at) {
                    self.acknowledge(network, index);
                }
                if every(100, self.strangers[index].opened_at) {
                    self.open(network, index);
                }
            }
            Manner::Trickles => {
                if every(400, self.strangers[index].trickled_at) {
                    self.trickle(network, index);
                }
            }
        }
    }

    fn open(&mut self, network: &mut Network, index: usize) {
        let now = network.now;
        let stranger = &mut self.strangers[index];
        stranger.opened_at = now;
        stranger.session += 1;
        let (handle, session) = (stranger.handle, stranger.session);
        let message = if index.is_multiple_of(2) {
            SyncMessage::OpenEmpty { session }
        } else {
            let content = Content::List(vec![7]);
            let branch = Branch::root(LOG);
            let about = vec![Description { branch, content }];
            SyncMessage::Open { session, about }
        };
        let targets: Vec<Handle> = network
            .online()
            .filter_map(|tab| network.tabs[tab].handle)
            .collect();
        for target in targets {
            let message = encoded(&message);
            self.say(network, handle, target, Digest::default(), &[message]);
        }
    }

    /// Takes one frame of what came.
    fn acknowledge(&mut self, network: &mut Network, index: usize) {
        self.strangers[index].acknowledged_at = network.now;
        if self.manner != Manner::TakesSlowly || self.strangers[index].unacknowledged.is_empty() {
            return;
        }
        let (to, session, number) = self.strangers[index].unacknowledged.remove(0);
        let ack = encoded(&SyncMessage::Ack { session, number });
        let handle = self.strangers[index].handle;
        self.say(network, handle, to, Digest::default(), &[ack]);
    }

    fn trickle(&mut self, network: &mut Network, index: usize) {
        let stranger = &mut self.strangers[index];
        stranger.trickled_at = network.now;
        let handle = stranger.handle;
        let mut pieces = Vec::new();
        for (to, (session, number)) in &mut stranger.trickle {
            pieces.push((*to, *session, *number));
            *number += 1;
        }
        for (to, session, number) in pieces {
            let piece = encoded(&SyncMessage::Ops {
                session,
                number,
                last: false,
                sent: u64::from(number),
                total: 1_000,
                bytes: [&self.genesis[..], &self.ballot].concat(),
            });
            self.say(network, handle, to, self.most, &[piece]);
        }
    }
}

fn encoded(message: &SyncMessage) -> (u8, Vec<u8>) {
    let mut writer = Writer::new();
    message.encode(&mut writer);
    (message.kind(), writer.into_bytes())
}
