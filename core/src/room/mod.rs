//! One of the relay's rooms, as a tab is in it: the connection, who else is there as far as they
//! said something, frames in and out, and what is said whatever is held: Hello, and digests.
//!
//! Read [`peers`] (the others), [`proven`] (which of them are replicas for sure), [`greeting`]
//! (Hello), [`bucket`] (how much is done at others' wish), then [`Room`]. What is news in a room,
//! and how two compare what they hold, is up to what is held: [`crate::replica`] of ballots, and
//! its council of what precincts state.
//!
//! May depend on [`crate::ids`], [`crate::time`], [`crate::timers`], [`crate::timing`] and
//! [`crate::wire`].

pub(crate) mod bucket;
pub(crate) mod greeting;
pub(crate) mod peers;
pub(crate) mod proven;
#[cfg(test)]
mod tests;

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

use crate::ids::{PrecinctId, ReplicaId};
use crate::time::Millis;
use crate::timers::{Timer, Timers};
use crate::timing::{DigestTiming, HelloTiming, Span};
use crate::wire::bytes::Reader;
use crate::wire::frame::{self, Digest, Head};
use crate::wire::relay::{FromRelay, Handle, Notice, ToRelay};
use crate::wire::sealed::Seal;

use bucket::Bucket;
use greeting::Greeting;
use peers::Peers;

/// One of the relay's rooms that a tab may be in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RoomId {
    /// Its precinct's, or the poll's only one.
    Precinct,
    /// The council's, of a poll with precincts.
    Council,
    /// That of another precinct, which it audits.
    Audit(PrecinctId),
}

/// What can happen to the connection to a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happened<'a> {
    /// The relay's WELCOME: there is a connection.
    Connected {
        /// How many connections the room has, this one included.
        size: u32,
    },
    /// The connection is gone, or was given up, or cannot be had.
    Disconnected,
    /// The relay's ROOM: the room has another size.
    Resized {
        /// How many connections the room has, this one included.
        size: u32,
    },
    /// The relay's FRAME.
    Frame {
        /// The sender's connection.
        from: Handle,
        /// The sealed frame.
        payload: &'a [u8],
    },
    /// The relay's NOTICE that one whom this tab replied to is not in the room any more. A session
    /// with it is over, and another can begin.
    PeerGone {
        /// The connection that is gone. No other has its handle later.
        peer: Handle,
    },
}

impl<'a> Happened<'a> {
    /// What a message of the relay says of the connection that it came on. `None`: nothing that a
    /// tab need know.
    #[must_use]
    pub fn of(message: FromRelay<'a>) -> Option<Self> {
        Some(match message {
            FromRelay::Welcome(welcome) => Self::Connected {
                size: welcome.room_size,
            },
            FromRelay::Room { size } => Self::Resized { size },
            FromRelay::Frame { from, payload } => Self::Frame { from, payload },
            FromRelay::Notice(Notice::ReplyTargetGone { target: peer }) => Self::PeerGone { peer },
            FromRelay::Notice(_) | FromRelay::Heartbeat => return None,
        })
    }
}

/// Who gets a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Destination {
    /// The relay's SPREAD: that many random others of the room.
    Spread(u8),
    /// The relay's REPLY: one connection.
    Reply(Handle),
}

impl Destination {
    /// The message to the relay that takes a frame there.
    #[must_use]
    pub fn envelope(self, payload: &[u8]) -> Vec<u8> {
        match self {
            Self::Spread(fan_out) => ToRelay::Spread { fan_out, payload },
            Self::Reply(to) => ToRelay::Reply { to, payload },
        }
        .encode()
    }
}

/// What went through a connection since the start.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Traffic {
    pub(crate) frames_out: u64,
    pub(crate) bytes_out: u64,
    pub(crate) frames_in: u64,
    pub(crate) bytes_in: u64,
    /// Frames that do not open.
    pub(crate) unsealed: u64,
    /// Frames or messages that break the layout or a cap.
    pub(crate) malformed: u64,
    /// Frames of connections that sent a wrong signature earlier.
    pub(crate) muted: u64,
}

/// A frame that came and is well formed as far as its head.
pub(crate) struct Received {
    pub(crate) head: Head,
    plain: Vec<u8>,
    /// Where its messages begin.
    at: usize,
}

impl Received {
    pub(crate) fn messages(&self) -> Reader<'_> {
        Reader::new(&self.plain[self.at..])
    }
}

/// See the [module](self).
pub(crate) struct Room {
    /// Its name among the others: another one at every start.
    replica: ReplicaId,
    seal: Seal,
    /// What all that is done here by chance follows from.
    pub(crate) random: ChaCha20Rng,
    /// `Some` while connected: how many connections the room has, this one included.
    size: Option<u32>,
    pub(crate) peers: Peers,
    pub(crate) traffic: Traffic,
    digests: DigestTiming,
    pub(crate) greeting: Greeting,
    /// How many are answered who ask for far more than they said.
    pub(crate) answers: Bucket,
    /// Of all that is done on time by those who speak here.
    pub(crate) timers: Timers,
}

impl Room {
    /// Not connected yet. So many are answered in a second who ask for far more than they said.
    pub(crate) fn new(
        (seal, seed): (Seal, [u8; 32]),
        digests: DigestTiming,
        hello: HelloTiming,
        answers: u32,
    ) -> Self {
        let mut random = ChaCha20Rng::from_seed(seed);
        Self {
            replica: ReplicaId(random.next_u64()),
            seal,
            random,
            size: None,
            peers: Peers::default(),
            traffic: Traffic::default(),
            digests,
            greeting: Greeting::new(hello),
            answers: Bucket::new(answers.into(), answers.into()),
            timers: Timers::default(),
        }
    }

    pub(crate) fn replica(&self) -> ReplicaId {
        self.replica
    }

    /// How many connections the room has; `None` while not connected.
    pub(crate) fn size(&self) -> Option<u32> {
        self.size
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.size.is_some()
    }

    /// How many others are there.
    pub(crate) fn others(&self) -> usize {
        self.size.map_or(0, |size| size.saturating_sub(1) as usize)
    }

    /// There is a connection, another one than before, or none any more. Tells whether there was
    /// one.
    pub(crate) fn connect(&mut self, size: Option<u32>) -> bool {
        self.peers.clear();
        self.greeting.begin();
        for timer in [Timer::Heartbeat, Timer::Quiet, Timer::Hello] {
            self.timers.stop(timer);
        }
        core::mem::replace(&mut self.size, size).is_some()
    }

    /// The room has another size; gives the one before. Without a connection nothing comes of it.
    pub(crate) fn resize(&mut self, size: u32) -> Option<u32> {
        let before = self.size?;
        self.size = Some(size);
        Some(before)
    }

    /// Opens a frame, cheap checks first. What is not to be looked at is counted.
    pub(crate) fn receive(&mut self, from: Handle, payload: &[u8]) -> Option<Received> {
        // What comes before the relay's WELCOME belongs to no connection.
        if !self.is_connected() {
            return None;
        }
        let traffic = &mut self.traffic;
        traffic.frames_in += 1;
        traffic.bytes_in += payload.len() as u64;
        if self.peers.is_muted(from) {
            traffic.muted += 1;
            return None;
        }
        let Ok(plain) = self.seal.open(payload) else {
            traffic.unsealed += 1;
            return None;
        };
        let Ok((head, messages)) = frame::read_head(&plain) else {
            traffic.malformed += 1;
            return None;
        };
        let at = plain.len() - messages.len();
        (head.replica != self.replica).then_some(Received { head, plain, at })
    }

    /// The messages in as few sealed frames as they fit in, each to all of those; one even when
    /// there are no messages, since a frame says what its sender holds. None without a connection.
    pub(crate) fn send(
        &mut self,
        to: &[Destination],
        digest: Digest,
        messages: &[(u8, Vec<u8>)],
    ) -> Vec<(Destination, Vec<u8>)> {
        let mut sent = Vec::new();
        if !self.is_connected() {
            return sent;
        }
        let replica = self.replica;
        for frame in frame::pack(Head { replica, digest }, messages) {
            let bytes = self.seal.seal(&frame, &mut self.random);
            sent.extend(to.iter().map(|to| (*to, bytes.clone())));
        }
        self.traffic.frames_out += sent.len() as u64;
        let bytes = sent.iter().map(|(_, bytes)| bytes.len() as u64);
        self.traffic.bytes_out += bytes.sum::<u64>();
        sent
    }

    /// So many others: that many of them replicas for sure, as far as such are known, the rest
    /// random ones.
    pub(crate) fn choose(&mut self, fan_out: u8, proven: u8) -> Vec<Destination> {
        let mut to = Vec::new();
        if usize::from(fan_out) < self.others() {
            let proven = usize::from(proven.min(fan_out));
            let proven = self.peers.proven().some(proven, &mut self.random);
            to.extend(proven.into_iter().map(Destination::Reply));
        }
        let rest = fan_out - to.len() as u8;
        to.push(Destination::Spread(rest));
        to
    }

    /// Hello is said now: to whom. It will be said again.
    pub(crate) fn greet(&mut self, now: Millis) -> Vec<Destination> {
        let (width, again) = self.greeting.say(self.others(), now);
        let again = self.draw(again);
        self.timers.set(Timer::Hello, now.after(again));
        self.put_heartbeat_off(now);
        self.choose(width, width / 2)
    }

    /// What is held has changed: the others are told when there is quiet.
    pub(crate) fn changed(&mut self, now: Millis) {
        if self.is_connected() {
            self.timers.set(Timer::Quiet, now.after(self.digests.quiet));
        }
    }

    /// Something was said to others: what a heartbeat says was in it.
    pub(crate) fn put_heartbeat_off(&mut self, now: Millis) {
        let at = now.after(self.draw(self.digests.heartbeat));
        self.timers.set(Timer::Heartbeat, at);
    }

    /// To whom it is to be said what is held, if it is time for that. Whoever is a replica for
    /// sure, and may hold something else, hears of a change; and now and then of all.
    pub(crate) fn beat(&mut self, now: Millis) -> Option<Vec<Destination>> {
        let quiet = self.timers.take(Timer::Quiet, now);
        if !self.timers.take(Timer::Heartbeat, now) && !quiet {
            return None;
        }
        let DigestTiming {
            fan_out, silence, ..
        } = self.digests;
        self.peers.forget_silent(silence, now);
        self.put_heartbeat_off(now);
        Some(self.choose(fan_out, if quiet { fan_out / 2 } else { 1 }))
    }

    /// One of those spans.
    pub(crate) fn draw(&mut self, span: Span) -> Millis {
        let width = (span.most - span.least).0.max(1);
        span.least.after(Millis(self.random.next_u64() % width))
    }
}
