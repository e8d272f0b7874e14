//! What is said of the board to whom, and when, in each of the two rooms.

use crate::ballots::BallotStore;
use crate::board::summary::Summary;
use crate::broadcast::gossip::Gossip;
use crate::broadcast::{Batch, Origin};
use crate::time::Millis;
use crate::timers::Timer;
use crate::timing::{CouncilTiming, Pace};
use crate::wire::bytes::Writer;
use crate::wire::frame::kind;
use crate::wire::relay::Handle;

use super::super::io::{Destination, Output, RoomId};
use super::Council;
use super::io::Channel;
use super::log::LogPoints;
use super::news::{self, Content, News};

/// What is under way in one of the two rooms.
#[derive(Debug)]
pub(super) struct Talk {
    pace: Pace,
    pub(crate) gossip: Gossip<News>,
    ask_allowed_at: Millis,
    catching_up_until: Option<Millis>,
}

impl Talk {
    pub(crate) fn new(timing: &CouncilTiming, channel: Channel) -> Self {
        let pace = match channel {
            Channel::Precinct => timing.in_precinct,
            Channel::Council => timing.in_council,
        };
        Self {
            pace,
            gossip: Gossip::new(news::settings(timing, &pace)),
            ask_allowed_at: Millis(0),
            catching_up_until: None,
        }
    }

    /// There is another connection, or there is none any more.
    pub(crate) fn reset(&mut self) {
        self.gossip.clear();
        self.catching_up_until = None;
    }

    fn is_catching_up(&self, now: Millis) -> bool {
        self.catching_up_until.is_some_and(|until| now < until)
    }

    /// Both hold the same: what differs from now on is news.
    pub(crate) fn caught_up(&mut self) {
        self.catching_up_until = None;
    }

    /// What was asked for came, and there may be more.
    pub(crate) fn brought(&mut self, now: Millis) {
        if self.is_catching_up(now) {
            self.ask_allowed_at = now;
        }
    }

    /// Whether somebody is to be asked who has differed for so long.
    pub(crate) fn may_ask(&self, differs_for: Millis, now: Millis) -> bool {
        (self.is_catching_up(now) || differs_for >= self.pace.grace) && self.ask_allowed_at <= now
    }
}

impl Council {
    /// Asks a few others for what they know: this tab has just come.
    pub(super) fn ask_around(&mut self, channel: Channel, store: &BallotStore, now: Millis) {
        if self.size(channel).is_none() {
            return;
        }
        let talk = &mut self.talks[channel as usize];
        talk.catching_up_until = Some(now.after(self.timing.catching_up));
        let to = self.some(channel, self.timing.asked);
        self.ask(channel, &to, store, now);
        if channel == Channel::Council {
            self.room.put_heartbeat_off(now);
        }
    }

    /// Says in short what is known here, and asks for what is not, and for the same of the other.
    pub(super) fn ask(
        &mut self,
        channel: Channel,
        to: &[Destination],
        store: &BallotStore,
        now: Millis,
    ) {
        if let Some(board) = &self.board {
            let summary = summary_message(&board.summary(), store, true);
            let pause = self
                .room
                .draw(self.talks[channel as usize].pace.between_asks);
            self.talks[channel as usize].ask_allowed_at = now.after(pause);
            self.say(channel, to, vec![summary]);
        }
    }

    /// Answers one connection, if there is anything to say.
    pub(super) fn reply(&mut self, channel: Channel, to: Handle, messages: Vec<Content>) {
        if !messages.is_empty() {
            self.say(channel, &[Destination::Reply(to)], messages);
        }
    }

    /// So many others of the room, half of them replicas for sure, as far as such are known. In the
    /// precinct's room the replica chooses them.
    fn some(&mut self, channel: Channel, fan_out: u8) -> Vec<Destination> {
        match channel {
            Channel::Precinct => vec![Destination::Spread(fan_out)],
            Channel::Council => self.room.choose(fan_out, fan_out / 2),
        }
    }

    /// How many connections that room has; `None` while not connected to it.
    pub(super) fn size(&self, channel: Channel) -> Option<u32> {
        match channel {
            Channel::Precinct => self.precinct_size,
            Channel::Council => self.room.size(),
        }
    }

    /// Passes on what is new here in that room, if there is anybody to tell.
    pub(super) fn spread(&mut self, channel: Channel, news: News, origin: Origin, now: Millis) {
        if self.size(channel).is_some_and(|size| size > 1) {
            let gossip = &mut self.talks[channel as usize].gossip;
            if !gossip.waiting_mut(origin).any(|held| held.unite(&news)) {
                gossip.spread(news, origin, now);
            }
        }
    }

    fn say(&mut self, channel: Channel, to: &[Destination], messages: Vec<Content>) {
        if channel == Channel::Precinct {
            self.to_precinct
                .extend(to.iter().map(|to| (*to, messages.clone())));
            return;
        }
        let digest = self.digest().unwrap_or_default();
        let sent = self.room.send(to, digest, &messages).into_iter();
        let room = RoomId::Council;
        let sent = sent.map(|(to, bytes)| Output::Send { room, to, bytes });
        self.outputs.extend(sent);
    }

    /// Sends what has waited long enough, and digests.
    pub(super) fn flush(&mut self, now: Millis) {
        for channel in Channel::BOTH {
            while let Some(Batch {
                fan_out, messages, ..
            }) = self.talks[channel as usize].gossip.next_batch(now)
            {
                let messages = news::messages(messages, self.board.as_ref());
                if messages.is_empty() {
                    continue;
                }
                let to = self.some(channel, fan_out);
                self.say(channel, &to, messages);
            }
        }
        if let Some(to) = self.room.beat(now) {
            self.forget_silent(now);
            self.say(Channel::Council, &to, Vec::new());
        }
    }

    /// Forgets who was silent for too long in the precinct's room.
    pub(super) fn forget_silent(&mut self, now: Millis) {
        self.boards.forget_silent(self.timing.digests.silence, now);
    }

    /// Is told how many connections the room of one's own precinct has, while the definition is
    /// not here. It comes with the first comparison of sets there, but a precinct's first tab is
    /// alone: after a while such a tab joins the council's room, says Hello there, and any member
    /// answers with the genesis.
    pub(super) fn seek_soon(&mut self, size: Option<u32>, now: Millis) {
        self.room.timers.stop(Timer::Seek);
        if let Some(size) = size.filter(|_| !self.is_seeking) {
            let patience = if size < 2 {
                Millis(0)
            } else {
                self.timing.newcomer
            };
            self.room.timers.set(Timer::Seek, now.after(patience));
        }
    }

    /// Asks no more: the definition is here, whether the link fits it or not.
    pub(in super::super) fn seek_no_more(&mut self) {
        self.is_seeking = false;
        self.room.timers.stop(Timer::Seek);
        self.room.timers.stop(Timer::Hello);
    }

    /// Does what is due while the definition is not here.
    pub(in super::super) fn seek(&mut self, now: Millis) {
        self.is_seeking |= self.room.timers.take(Timer::Seek, now);
        if self.room.timers.take(Timer::Hello, now) {
            let to = self.room.greet(now);
            // There is nothing to say of what is held.
            self.room.timers.stop(Timer::Heartbeat);
            self.say(Channel::Council, &to, vec![(kind::HELLO, Vec::new())]);
        }
    }
}

/// What is known here, in short; `ask` for the same of the other.
pub(super) fn summary_message(summary: &Summary, store: &BallotStore, ask: bool) -> Content {
    let mut writer = Writer::new();
    writer.byte(u8::from(ask));
    LogPoints::of(store).encode(&mut writer);
    summary.encode(&mut writer);
    (kind::SUMMARY, writer.into_bytes())
}
