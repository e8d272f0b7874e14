//! What is said to whom, and when, in each of the two rooms.

use crate::broadcast::Origin;
use crate::canvass::summary::Summary;
use crate::canvass::{Board, Canvass, Claim, Dispute};
use crate::ids::OpId;
use crate::time::Millis;
use crate::wire::bytes::Writer;
use crate::wire::frame::{Head, kind, pack};
use crate::wire::relay::Handle;

use super::super::io::Destination;
use super::super::peers::Peers;
use super::Council;
use super::io::{Channel, Output};
use super::log::LogPoints;
use super::queue::{Message, Queue};

/// How often a frame goes out in the council's room when nothing happens, up to half as long again at random.
const HEARTBEAT: Millis = Millis(5_000);
/// After a change of the board that is followed by that much quiet, the others in the council hear the new digest.
const QUIET: Millis = Millis(1_000);
/// Whoever has just come asks those who differ without grace for so long.
const CATCHING_UP: Millis = Millis(15_000);
/// Between two questions of one whose board is behind.
const BEHIND_ASKS: Millis = Millis(2_000);
/// To how many others a newcomer's question goes: each answers with up to a frame.
const ASKED: u8 = 2;
/// To how many others a digest goes.
const DIGEST_FAN_OUT: u8 = 8;
/// To how many others goes what was made here, and what is passed on.
const FAN_OUTS: (u8, u8) = (8, 4);
/// The most summaries that are answered in a second in one room: an answer is far larger than its question may be.
const ANSWERS_A_SECOND: u32 = 8;

/// How fast things go in a room.
struct Pace {
    /// How long what was made here is gathered.
    own_tick: Millis,
    /// How long what is passed on is gathered.
    tick: Millis,
    /// For so long gossip may explain that two boards differ.
    grace: Millis,
    /// Between two questions of one's own.
    between_asks: Millis,
}

/// The council is quick; in a precinct's room thousands may listen, who can wait.
const fn pace(channel: Channel) -> Pace {
    match channel {
        Channel::Council => Pace {
            own_tick: Millis(50),
            tick: Millis(200),
            grace: Millis(1_500),
            between_asks: Millis(2_000),
        },
        Channel::Precinct => Pace {
            own_tick: Millis(5_000),
            tick: Millis(5_000),
            grace: Millis(15_000),
            between_asks: Millis(10_000),
        },
    }
}

/// One of the two rooms, as it is from here.
#[derive(Debug, Default)]
pub(super) struct Room {
    /// How many connections it has; `None` while not connected to it.
    pub size: Option<u32>,
    pub queue: Queue,
    pub peers: Peers,
    heartbeat_at: Option<Millis>,
    ask_allowed_at: Millis,
    catching_up_until: Option<Millis>,
    /// When the second began in which so many summaries were answered.
    answers: (Millis, u32),
}

impl Room {
    fn due(channel: Channel, origin: Origin, now: Millis) -> Millis {
        match origin {
            Origin::Own => now.after(pace(channel).own_tick),
            Origin::Forwarded => now.after(pace(channel).tick),
        }
    }

    fn has_others(&self) -> bool {
        self.size.is_some_and(|size| size > 1)
    }

    pub fn queue_claim(&mut self, channel: Channel, claim: &Claim, origin: Origin, now: Millis) {
        if self.has_others() {
            let due = Self::due(channel, origin, now);
            self.queue.claim(claim.clone(), origin, due);
        }
    }

    pub fn queue_dispute(
        &mut self,
        channel: Channel,
        dispute: &Dispute,
        origin: Origin,
        now: Millis,
    ) {
        if self.has_others() {
            let due = Self::due(channel, origin, now);
            self.queue.dispute(dispute.clone(), origin, due);
        }
    }

    /// Only in the council's room.
    pub fn queue_op(&mut self, id: OpId, bytes: Vec<u8>, origin: Origin, now: Millis) {
        if self.has_others() {
            let due = Self::due(Channel::Council, origin, now);
            self.queue.op(id, bytes, origin, due);
        }
    }

    /// The board changed: the others hear of it soon. In the precinct's room the replica's own frames say so.
    pub fn board_changed(&mut self, channel: Channel, now: Millis) {
        if channel == Channel::Council && self.size.is_some() {
            let soon = now.after(QUIET);
            self.heartbeat_at = Some(self.heartbeat_at.map_or(soon, |at| at.min(soon)));
        }
    }

    /// There is a connection, or there is none any more.
    pub fn reset(&mut self, size: Option<u32>) {
        self.size = size;
        self.peers.clear();
        self.queue.clear();
        self.heartbeat_at = None;
        self.catching_up_until = None;
    }

    pub fn next_deadline(&self) -> Option<Millis> {
        let deadlines = [self.queue.due(), self.heartbeat_at];
        deadlines.into_iter().flatten().min()
    }

    /// Whether one more summary is answered in this second.
    pub fn may_answer(&mut self, now: Millis) -> bool {
        if now - self.answers.0 >= Millis(1_000) {
            self.answers = (now, 0);
        }
        self.answers.1 += 1;
        self.answers.1 <= ANSWERS_A_SECOND
    }

    /// Both hold the same: what differs from now on is news.
    pub fn caught_up(&mut self) {
        self.catching_up_until = None;
    }

    /// What was asked for came, and there may be more; all the more when the board is behind.
    pub fn brought(&mut self, behind: bool, now: Millis) {
        if self.catching_up_until.is_some_and(|until| now < until) {
            self.ask_allowed_at = now;
        } else if behind {
            self.ask_allowed_at = self.ask_allowed_at.min(now.after(BEHIND_ASKS));
        }
    }

    /// Whether somebody is to be asked who has differed for so long.
    pub fn may_ask(&self, channel: Channel, differs_for: Millis, now: Millis) -> bool {
        let catching_up = self.catching_up_until.is_some_and(|until| now < until);
        (catching_up || differs_for >= pace(channel).grace) && self.ask_allowed_at <= now
    }
}

impl Council {
    /// Asks a few others for what they know: this tab has just come.
    pub(super) fn ask_around(&mut self, channel: Channel, canvass: &Canvass, now: Millis) {
        let room = &mut self.rooms[channel as usize];
        if room.size.is_none() {
            return;
        }
        room.catching_up_until = Some(now.after(CATCHING_UP));
        self.ask(channel, Destination::Spread(ASKED), canvass, now);
        if channel == Channel::Council {
            let heartbeat = now.after(self.jittered(HEARTBEAT));
            self.rooms[channel as usize].heartbeat_at = Some(heartbeat);
        }
    }

    /// Says in short what is known here, and asks for what is not, and for the same of the other.
    pub(super) fn ask(
        &mut self,
        channel: Channel,
        to: Destination,
        canvass: &Canvass,
        now: Millis,
    ) {
        if let Some(board) = &self.board {
            let summary = summary_message(&board.summary(), canvass, true);
            let pause = self.jittered(pace(channel).between_asks);
            self.rooms[channel as usize].ask_allowed_at = now.after(pause);
            self.say(channel, to, vec![summary]);
        }
    }

    /// Answers one connection, if there is anything to say.
    pub(super) fn reply(&mut self, channel: Channel, to: Handle, messages: Vec<Message>) {
        if !messages.is_empty() {
            self.say(channel, Destination::Reply(to), messages);
        }
    }

    pub(super) fn say(&mut self, channel: Channel, to: Destination, messages: Vec<Message>) {
        if self.rooms[channel as usize].size.is_none() {
            return;
        }
        if channel == Channel::Precinct {
            self.outputs.push_back(Output::Say { to, messages });
            return;
        }
        let head = Head {
            replica: self.id,
            digest: self.digest().unwrap_or_default(),
        };
        for frame in pack(head, &messages) {
            let bytes = self.seal.seal(&frame, &mut self.random);
            self.stats.frames_out += 1;
            self.stats.bytes_out += bytes.len() as u64;
            self.outputs.push_back(Output::Send { to, bytes });
        }
    }

    /// Sends what has waited long enough, and digests.
    pub(super) fn flush(&mut self, now: Millis) {
        for channel in Channel::BOTH {
            let room = &mut self.rooms[channel as usize];
            if let Some(board) = &self.board {
                room.queue.forget_older(now, |claim| is_older(board, claim));
            }
            let beat = room.heartbeat_at.take_if(|at| *at <= now).is_some();
            let taken = room.queue.take(now);
            if beat {
                room.peers.forget_silent(now);
                let next = now.after(self.jittered(HEARTBEAT));
                self.rooms[channel as usize].heartbeat_at = Some(next);
            }
            if let Some((own, messages)) = taken {
                let fan_out = if own { FAN_OUTS.0 } else { FAN_OUTS.1 };
                self.say(channel, Destination::Spread(fan_out), messages);
            }
            if beat {
                self.say(channel, Destination::Spread(DIGEST_FAN_OUT), Vec::new());
            }
        }
    }
}

/// What is known here, in short; `ask` for the same of the other.
pub(super) fn summary_message(summary: &Summary, canvass: &Canvass, ask: bool) -> Message {
    let mut writer = Writer::new();
    writer.byte(u8::from(ask));
    LogPoints::of(canvass).encode(&mut writer);
    summary.encode(&mut writer);
    (kind::SUMMARY, writer.into_bytes())
}

/// Whether all who signed a claim are behind a newer one that is held.
fn is_older(board: &Board, claim: &Claim) -> bool {
    let statement = claim.statement();
    let signers = claim.attestations().as_slice();
    let mut newer = board.claims(statement.precinct).iter();
    newer.any(|held| {
        held.statement().is_newer_than(statement)
            && signers
                .iter()
                .all(|signer| held.attestations().contains(signer.key()))
    })
}
