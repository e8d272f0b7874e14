//! What is said to whom, and what is done with what others say.

use crate::broadcast::{Batch, Origin};
use crate::ids::{OpId, ReplicaId};
use crate::sync::SyncMessage;
use crate::time::Millis;
use crate::wire::bytes::{Reader, Writer};
use crate::wire::frame::{self, Digest, MAX_SEEN, MessageRef, kind};
use crate::wire::relay::Handle;

use super::io::{Destination, Event, Output, RoomId, Via};
use super::{Replica, Rumor};

impl Replica {
    pub(super) fn on_frame(&mut self, from: Handle, payload: &[u8], now: Millis) {
        let Some(frame) = self.room.receive(from, payload) else {
            return;
        };
        let (head, mut messages) = (frame.head, frame.messages());
        let mut answer = Answer::default();
        loop {
            match frame::next_message(&mut messages) {
                Ok(Some(message)) => {
                    self.on_message(from, head.replica, message, &mut answer, now);
                    if self.room.peers.is_muted(from) {
                        return;
                    }
                }
                Ok(None) => break,
                Err(_) => {
                    self.room.traffic.malformed += 1;
                    break;
                }
            }
        }
        let ours = self.digest();
        let differs_since = self.room.peers.receive(from, head, ours, now);
        answer.to_newcomer = answer.greet && head.digest == Digest::default();
        // Two who have nothing have nothing to say to each other, and a room may be full of them.
        answer.greet &= !answer.to_newcomer || self.open.is_some();
        if answer.is_due() {
            self.reply(from, answer, now);
        }
        match differs_since {
            None => self.on_agreement(from, head.replica, now),
            Some(since) => self.on_difference(from, head.digest, since, now),
        }
    }

    fn on_message(
        &mut self,
        from: Handle,
        replica: ReplicaId,
        message: MessageRef<'_>,
        answer: &mut Answer,
        now: Millis,
    ) {
        match message {
            MessageRef::Hello => answer.greet = true,
            MessageRef::Ops { own, bytes } => {
                let intake = self.accept(bytes, Via::Gossip, true, now);
                let mut proves = intake.news > 0;
                for id in &intake.held {
                    proves |= self.mark_seen(*id, replica);
                }
                if proves {
                    self.prove(from, now);
                }
                if intake.is_wrong {
                    self.room.peers.mute(from, now);
                }
                if own {
                    answer.seen.extend(intake.held);
                    answer.seen.truncate(MAX_SEEN);
                }
            }
            MessageRef::Seen(ids) => {
                let mut proves = false;
                for id in ids {
                    proves |= self.mark_seen(id, replica);
                }
                if proves {
                    self.prove(from, now);
                }
            }
            MessageRef::Council { kind, content } => {
                if self.board.is_some() {
                    let content = content.to_vec();
                    self.of_council.push((from, replica, kind, content));
                }
            }
            MessageRef::Sync { kind, content } => {
                let mut reader = Reader::new(content);
                match SyncMessage::decode(kind, &mut reader) {
                    Ok(message) => self.on_sync(from, message, answer, now),
                    Err(_) => self.room.traffic.malformed += 1,
                }
            }
        }
    }

    fn on_sync(&mut self, from: Handle, message: SyncMessage, answer: &mut Answer, now: Millis) {
        if !answer.takes_sync(&message) {
            self.room.traffic.malformed += 1;
            return;
        }
        let store = self.open.as_mut().map(|open| &mut open.state.store);
        let newcomer = store.as_ref().is_none_or(|store| store.is_empty());
        let reaction = self.sync.receive(from, message, store, now);
        answer.sync.extend(reaction.send);
        let (mut brought, mut bytes) = (false, 0);
        if let Some(ops) = reaction.ops {
            let few = ops.len() <= self.timing.gossip.passed_on;
            let intake = self.accept(&ops, Via::Sync, few && !newcomer, now);
            if intake.is_wrong {
                self.room.peers.mute(from, now);
            }
            brought = intake.news > 0;
            bytes = intake.news_bytes;
        }
        if brought {
            self.sync.brought(from, bytes, now);
            let soon = now.after(self.timing.comparing.between.least);
            self.pursuit.brought(bytes, soon, now);
            self.prove(from, now);
        }
        // What the other says of its progress is believed as long as it makes some.
        if let Some((received, total)) = reaction.progress.filter(|_| brought) {
            self.syncing = Some((received, total));
            self.emit(Event::Syncing { received, total });
        }
        if let Some((peer, message)) = reaction.yielded {
            self.say_sync(peer, vec![message]);
        }
        if reaction.finished {
            self.stats.syncs += 1;
            self.compared(from, reaction.moved_ops);
            if reaction.is_own && !reaction.brought_ops {
                self.compared_for_nothing(from);
            }
            self.agree();
        } else if reaction.over {
            self.stats.syncs_failed += 1;
        }
        if reaction.over {
            self.syncing = None;
        }
    }

    /// That peer is a replica of the poll.
    fn prove(&mut self, peer: Handle, now: Millis) {
        self.room.peers.prove(peer, now);
        self.sync.trust(self.room.peers.proven().iter());
    }

    /// Starts comparing sets with another replica, unless that is going on or too many are. Returns
    /// whether it does.
    pub(super) fn open_sync(&mut self, with: Handle, theirs: u64, now: Millis) -> bool {
        let session = rand_core::Rng::next_u64(&mut self.room.random);
        let store = self.open.as_mut().map(|open| &mut open.state.store);
        let messages = self.sync.open(with, session, store, theirs, now);
        let is_open = !messages.is_empty();
        if is_open {
            self.say_sync(with, messages);
        }
        is_open
    }

    fn say_sync(&mut self, to: Handle, messages: Vec<SyncMessage>) {
        let messages: Vec<_> = messages.iter().map(encoded).collect();
        self.send(Destination::Reply(to), &messages);
    }

    /// Sends what gossip has gathered.
    pub(super) fn flush_gossip(&mut self, now: Millis) {
        while let Some(Batch {
            fan_out,
            origin,
            messages,
        }) = self.gossip.next_batch(now)
        {
            let (kind, fan_out) = match origin {
                Origin::Own => (kind::OWN_OPS, self.own_fan_out(fan_out)),
                Origin::Forwarded => (kind::OPS, fan_out),
            };
            let content: Vec<u8> = messages
                .iter()
                .flat_map(|Rumor { bytes, .. }| bytes.iter().copied())
                .collect();
            self.spread(fan_out, &[(kind, content)]);
            if origin == Origin::Own {
                self.emit(Event::VoteMoved);
            }
        }
    }

    /// To how many others an op of one's own goes: so many, or to all in a small room.
    fn own_fan_out(&self, usual: u8) -> u8 {
        let others = self.room.others();
        match others {
            0 => usual,
            _ if others <= self.timing.gossip.small_room => usual.max(others as u8),
            _ => usual,
        }
    }

    fn reply(&mut self, to: Handle, answer: Answer, now: Millis) {
        let mut messages = Vec::new();
        if !answer.seen.is_empty() {
            messages.push((
                kind::SEEN,
                answer.seen.iter().flat_map(|OpId(id)| *id).collect(),
            ));
        }
        if answer.to_newcomer
            && let Some(genesis) = self.genesis_to_tell(now)
        {
            messages.push((kind::OPS, genesis));
        }
        messages.extend(answer.sync.iter().map(encoded));
        self.send(Destination::Reply(to), &messages);
    }

    /// The genesis, for one who said Hello and holds nothing: at most so often that asking for it
    /// costs others more.
    fn genesis_to_tell(&mut self, now: Millis) -> Option<Vec<u8>> {
        let open = self.open.as_ref()?;
        let is_told = self.room.answers.take(1, now) > 0;
        is_told.then(|| open.state.store.genesis_op().bytes().to_vec())
    }

    /// Sends messages to so many others: half of them replicas for sure, as far as such are known,
    /// the rest random ones of the room.
    pub(super) fn spread(&mut self, fan_out: u8, messages: &[(u8, Vec<u8>)]) {
        let to = self.room.choose(fan_out, fan_out / 2);
        self.send_to(&to, messages);
    }

    /// Sends messages in as few frames as they fit in; one even when there are none. In a poll with
    /// precincts each says what is known of all of them, too.
    pub(super) fn send(&mut self, to: Destination, messages: &[(u8, Vec<u8>)]) {
        self.send_to(&[to], messages);
    }

    pub(super) fn send_to(&mut self, to: &[Destination], messages: &[(u8, Vec<u8>)]) {
        let digest = self.said_digest();
        let sent = match self.board {
            None => self.room.send(to, digest, messages),
            Some(known) => {
                let mut board = Writer::new();
                board.put(&known.root);
                board.varint(known.ops);
                let board = (kind::BOARD, board.into_bytes());
                let all: Vec<_> = [board].into_iter().chain(messages.to_vec()).collect();
                self.room.send(to, digest, &all)
            }
        };
        let room = self.room_id;
        let sent = sent
            .into_iter()
            .map(|(to, bytes)| Output::Send { room, to, bytes });
        self.outputs.extend(sent);
    }

    /// What it says that it holds, in short.
    fn said_digest(&mut self) -> Digest {
        let open = self.open.as_ref();
        let has_ballots = open.is_some_and(|open| open.state.store.voters() > 0);
        match self.room_id != RoomId::Precinct && !has_ballots {
            true => Digest::default(),
            false => self.digest(),
        }
    }

    /// What this replica holds, in short.
    pub(super) fn digest(&mut self) -> Digest {
        self.open
            .as_mut()
            .map_or_else(Digest::default, |open| open.state.store.digest())
    }
}

fn encoded(message: &SyncMessage) -> (u8, Vec<u8>) {
    let mut writer = Writer::new();
    message.encode(&mut writer);
    (message.kind(), writer.into_bytes())
}

/// The most messages of comparisons that one frame may carry. An honest one carries an Ack or a
/// turn: a Want, Ops, and a Compare or Close.
const SYNC_MESSAGES: usize = 8;

/// What one frame is answered with, gathered into one frame back.
#[derive(Debug, Default)]
struct Answer {
    greet: bool,
    /// The other holds nothing.
    to_newcomer: bool,
    seen: Vec<OpId>,
    sync: Vec<SyncMessage>,
    sync_taken: usize,
    pulled: bool,
}

impl Answer {
    fn is_due(&self) -> bool {
        self.greet || !self.seen.is_empty() || !self.sync.is_empty()
    }

    /// Whether the frame may carry one more message of a comparison: few, and of those that are
    /// answered with far more than themselves, openings and Acks, one.
    fn takes_sync(&mut self, message: &SyncMessage) -> bool {
        let pulls = matches!(
            message,
            SyncMessage::Open { .. } | SyncMessage::OpenEmpty { .. } | SyncMessage::Ack { .. }
        );
        self.sync_taken += 1;
        let takes = self.sync_taken <= SYNC_MESSAGES && !(pulls && self.pulled);
        self.pulled |= pulls;
        takes
    }
}
