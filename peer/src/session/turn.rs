//! One turn: waiting until something happens, and doing what is due.

use std::future::poll_fn;
use std::task::{Context, Poll};

use election_core::replica::io::{Happened, Input, RoomId};
use election_core::wire::relay::{FromRelay, Notice};
use tokio::time::{Instant, sleep_until};

use super::Session;
use super::line::{Line, LineEvent};
use super::sparing::About;
use crate::error::Failure;
use crate::precinct::listed;
use crate::relay_connection::{Lost, words};

impl Session {
    /// Waits for a connection, the tab's deadline or `limit`, whichever comes first, and does what
    /// is due.
    pub(super) async fn turn(&mut self, limit: Instant) -> Result<(), Failure> {
        let deadline = self.tab.next_deadline();
        let deadline = deadline.map(|time| self.clock.instant(time));
        let due = self.lines.iter().filter_map(Line::due);
        let until = due.chain(deadline).fold(limit, Instant::min);
        let first = tokio::select! {
            happened = poll_fn(|context| self.poll_lines(context)) => Some(happened?),
            () = sleep_until(until) => None,
        };
        if let Some((index, happened)) = first {
            self.happened(index, happened)?;
        }
        for index in 0..self.lines.len() {
            let line = self.lines.get_mut(index);
            if let Some(happened) = line.and_then(|line| line.keep_time(&self.relay)) {
                self.happened(index, happened)?;
            }
        }
        // Also after a message: a busy socket must not starve the timer.
        let deadline = self.tab.next_deadline();
        if deadline.is_some_and(|time| time <= self.clock.now()) {
            self.handle(Input::Wake)?;
        }
        Ok(())
    }

    fn poll_lines(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Result<(usize, LineEvent), Failure>> {
        for step in 0..self.lines.len() {
            let index = (self.next_line + step) % self.lines.len();
            if let Poll::Ready(happened) = self.lines[index].poll(context) {
                self.next_line = index + 1;
                return Poll::Ready(happened.map(|happened| (index, happened)));
            }
        }
        Poll::Pending
    }

    pub(super) fn happened(&mut self, index: usize, happened: LineEvent) -> Result<(), Failure> {
        match happened {
            LineEvent::Received(envelope) => self.receive(index, &envelope),
            LineEvent::Opened(welcome) => self.opened(index, welcome.room_size),
            LineEvent::Lost(why) => self.lose(index, why),
            LineEvent::Failed => Ok(()),
        }
    }

    fn opened(&mut self, index: usize, size: u32) -> Result<(), Failure> {
        let others = size.saturating_sub(1);
        let room = self.lines[index].room;
        let called = self.called(room);
        self.sparing.say(About::Opened, || {
            format!("connected to {called}: {others} other(s) there")
        });
        self.tell_of(room, Happened::Connected { size })
    }

    fn receive(&mut self, index: usize, envelope: &[u8]) -> Result<(), Failure> {
        let happened = match FromRelay::decode(envelope) {
            // A second WELCOME means nothing.
            Ok(FromRelay::Welcome(_)) => None,
            Ok(FromRelay::Notice(notice)) if !matches!(notice, Notice::ReplyTargetGone { .. }) => {
                self.lines[index].heed(notice);
                self.sparing.say(About::Notice(notice), || {
                    format!("the relay says: {}", words(notice))
                });
                return Ok(());
            }
            Ok(message) => Happened::of(message),
            // What a later version of the relay says does no harm.
            Err(error) if error.is_of_a_later_relay() => {
                self.sparing.say(About::Unknown, || {
                    "the relay sent a message of a kind that this version does not know: it was passed over"
                        .to_owned()
                });
                return Ok(());
            }
            Err(error) => return self.lose(index, error.into()),
        };
        match happened {
            Some(happened) => self.tell_of(self.lines[index].room, happened),
            None => Ok(()),
        }
    }

    fn lose(&mut self, index: usize, why: Lost) -> Result<(), Failure> {
        let line = &mut self.lines[index];
        if line.has_held() {
            self.sparing.forget(About::Lost);
            self.sparing.forget(About::Opened);
        }
        let room = line.room;
        let pause = line.lose(why)?;
        let why = line.why().to_string();
        let called = self.called(room);
        self.sparing.say(About::Lost, || {
            format!("lost {called}: {why}; trying again in {pause:?}")
        });
        self.tell_of(room, Happened::Disconnected)
    }

    /// A room, for people.
    fn called(&self, room: RoomId) -> String {
        let relay = &self.relay;
        let precinct = match room {
            RoomId::Council => return "the precincts' council".to_owned(),
            RoomId::Audit(precinct) => Some(precinct),
            RoomId::Precinct => self.precinct(),
        };
        match precinct {
            Some(precinct) => format!("{relay}, {}", listed(&[precinct], self.precincts())),
            None => relay.to_string(),
        }
    }

    /// Tells the tab what happened to its connection to a room.
    fn tell_of(&mut self, room: RoomId, happened: Happened<'_>) -> Result<(), Failure> {
        self.handle(Input::Room { room, happened })
    }
}
