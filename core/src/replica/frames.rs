//! What is said to whom, and what is done with what others say.

use crate::broadcast::{Batch, Origin, Spread};
use crate::ids::{OpId, PollId, ReplicaId};
use crate::sync::SyncMessage;
use crate::time::Millis;
use crate::wire::bytes::{Reader, Writer};
use crate::wire::envelope::RawOp;
use crate::wire::frame::{self, Digest, Head, MAX_SEEN, MessageRef, kind};
use crate::wire::relay::Handle;

use super::io::{Destination, Event, Output, Via};
use super::{Replica, Rumor};

/// Ops that one comparison brought are passed on as news when they are at most so many; a guess: more would be a
/// partition that healed, which each replica mends more cheaply by comparing.
pub(super) const NEWS: usize = 64;
/// In a room with at most so many others, an op of one's own goes to all of them: whom a random choice leaves out may wait
/// for the next comparison, and a person who looks at both screens sees that. It costs one frame of the author's.
const SMALL_ROOM: u32 = 16;

/// So many newcomers are told the genesis in a second, with the answer to their Hello; others ask for it.
const TOLD_A_SECOND: u32 = 2;

impl Replica {
    pub(super) fn on_frame(&mut self, from: Handle, payload: &[u8], now: Millis) {
        self.stats.frames_in += 1;
        self.stats.bytes_in += payload.len() as u64;
        if self.peers.is_muted(from) {
            self.stats.muted += 1;
            return;
        }
        let Ok(plain) = self.seal.open(payload) else {
            self.stats.unsealed += 1;
            return;
        };
        let Ok((head, mut messages)) = frame::read_head(&plain) else {
            self.stats.malformed += 1;
            return;
        };
        if head.replica == self.id {
            return;
        }
        let mut answer = Answer::default();
        loop {
            match frame::next_message(&mut messages) {
                Ok(Some(message)) => {
                    self.on_message(from, head.replica, message, &mut answer, now);
                    if self.peers.is_muted(from) {
                        return;
                    }
                }
                Ok(None) => break,
                Err(_) => {
                    self.stats.malformed += 1;
                    break;
                }
            }
        }
        let ours = self.digest();
        let differs_since = self.peers.heard(from, head, ours, now);
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
                if self.open.is_none() && !self.is_genesis(bytes) {
                    // Nothing can be checked without the genesis; the poll is being fetched.
                    return;
                }
                let intake = self.accept(bytes, Via::Gossip, true, now);
                let mut proves = intake.news > 0;
                for id in &intake.held {
                    proves |= self.mark_seen(*id, replica);
                }
                if proves {
                    self.prove(from, now);
                }
                if intake.is_wrong {
                    self.peers.mute(from);
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
                    Err(_) => self.stats.malformed += 1,
                }
            }
        }
    }

    fn on_sync(&mut self, from: Handle, message: SyncMessage, answer: &mut Answer, now: Millis) {
        if !answer.takes_sync(&message) {
            self.stats.malformed += 1;
            return;
        }
        let canvass = self.open.as_mut().map(|open| &mut open.state.canvass);
        let newcomer = canvass.as_ref().is_none_or(|canvass| canvass.is_empty());
        let reaction = self.sync.receive(from, message, canvass, now);
        answer.sync.extend(reaction.send);
        let (mut brought, mut bytes) = (false, 0);
        if let Some(ops) = reaction.ops {
            let few = ops.len() <= NEWS * 128;
            let intake = self.accept(&ops, Via::Sync, few && !newcomer, now);
            if intake.is_wrong {
                self.peers.mute(from);
            }
            brought = intake.news > 0;
            bytes = intake.news_bytes;
        }
        if brought {
            self.sync.brought(from, bytes, now);
            self.rhythm.pursuit.brought(bytes, now);
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
        self.peers.prove(peer, now);
        self.sync.trust(self.peers.proven().iter());
    }

    /// Whether the first of these ops is the poll's genesis, by its id.
    fn is_genesis(&self, bytes: &[u8]) -> bool {
        let first = RawOp::read(&mut Reader::new(bytes));
        first.is_ok_and(|first| first.id(PollId::NONE).0 == self.poll.0)
    }

    /// Starts comparing sets with another replica, unless that is going on or too many are.
    pub(super) fn open_sync(&mut self, with: Handle, theirs: u64, now: Millis) {
        let session = rand_core::Rng::next_u64(&mut self.random);
        let canvass = self.open.as_mut().map(|open| &mut open.state.canvass);
        let messages = self.sync.open(with, session, canvass, theirs, now);
        if !messages.is_empty() {
            self.say_sync(with, messages);
        }
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
        let others = self.room.map_or(0, |room| room.saturating_sub(1));
        match others {
            0..=SMALL_ROOM => usual.max(others as u8),
            _ => usual,
        }
    }

    pub(super) fn gossip_deadline(&self) -> Option<Millis> {
        self.gossip.next_deadline()
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

    /// The genesis, for one who said Hello and holds nothing: at most so often that asking for it costs others more.
    fn genesis_to_tell(&mut self, now: Millis) -> Option<Vec<u8>> {
        let open = self.open.as_ref()?;
        let (since, told) = &mut self.told;
        if now - *since >= Millis(1_000) {
            (*since, *told) = (now, 0);
        }
        if *told >= TOLD_A_SECOND {
            return None;
        }
        *told += 1;
        Some(open.state.canvass.genesis_op().bytes().to_vec())
    }

    /// Sends messages to so many others: half of them replicas for sure, as far as such are known, the rest random ones of
    /// the room.
    pub(super) fn spread(&mut self, fan_out: u8, messages: &[(u8, Vec<u8>)]) {
        self.spread_with(fan_out, fan_out / 2, messages);
    }

    /// The same, with so many replicas for sure.
    pub(super) fn spread_with(&mut self, fan_out: u8, proven: u8, messages: &[(u8, Vec<u8>)]) {
        let mut to = Vec::new();
        if usize::from(fan_out) < self.others() {
            let proven = usize::from(proven);
            let proven = self.peers.proven().some(proven, &mut self.random);
            to.extend(proven.into_iter().map(Destination::Reply));
        }
        let rest = fan_out - to.len() as u8;
        to.push(Destination::Spread(rest));
        self.send_to(&to, messages);
    }

    /// Sends messages in as few frames as they fit in; one even when there are none. In a poll with precincts each says
    /// what is known of all of them, too.
    pub(super) fn send(&mut self, to: Destination, messages: &[(u8, Vec<u8>)]) {
        self.send_to(&[to], messages);
    }

    fn send_to(&mut self, to: &[Destination], messages: &[(u8, Vec<u8>)]) {
        if self.room.is_none() {
            return;
        }
        let head = Head {
            replica: self.id,
            digest: self.said_digest(),
        };
        let frames = match self.board {
            None => frame::pack(head, messages),
            Some(digest) => {
                let mut board = Writer::new();
                board.put(&digest.root);
                board.varint(digest.ops);
                let board = (kind::BOARD, board.into_bytes());
                let all: Vec<_> = [board].into_iter().chain(messages.to_vec()).collect();
                frame::pack(head, &all)
            }
        };
        for frame in frames {
            let bytes = self.seal.seal(&frame, &mut self.random);
            for to in to {
                self.send_frame(*to, bytes.clone());
            }
        }
    }

    fn send_frame(&mut self, to: Destination, bytes: Vec<u8>) {
        self.stats.frames_out += 1;
        self.stats.bytes_out += bytes.len() as u64;
        self.outputs.push_back(Output::Send { to, bytes });
    }

    /// What it says that it holds, in short.
    fn said_digest(&mut self) -> Digest {
        let open = self.open.as_ref();
        let has_ballots = open.is_some_and(|open| open.state.canvass.voters() > 0);
        match self.is_audit && !has_ballots {
            true => Digest::default(),
            false => self.digest(),
        }
    }

    /// What this replica holds, in short.
    pub(super) fn digest(&mut self) -> Digest {
        self.open
            .as_mut()
            .map_or_else(Digest::default, |open| open.state.canvass.digest())
    }
}

fn encoded(message: &SyncMessage) -> (u8, Vec<u8>) {
    let mut writer = Writer::new();
    message.encode(&mut writer);
    (message.kind(), writer.into_bytes())
}

/// The most messages of comparisons that one frame may carry. An honest one carries an Ack or a turn: a Want, Ops, and a
/// Compare or Close.
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

    /// Whether the frame may carry one more message of a comparison: few, and of those that are answered with far more
    /// than themselves, openings and Acks, one.
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
