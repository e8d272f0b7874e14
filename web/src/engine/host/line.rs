//! From the relay, and the timer: the two ways in which something happens by itself.

use std::rc::{Rc, Weak};

use election_core::replica::io::{Happened, Input, RoomId};
use election_core::wire::relay::FromRelay;

use super::canvassing::canvassing;
use super::lines::Signals;
use super::{Host, Inner};
use crate::engine::snapshot::Stage;
use crate::engine::socket::{Refusal, Signal};
use crate::engine::{clock, session};

/// Where the lines' signals go. The host owns the lines, so the lines do not own the host.
pub(super) fn signals(inner: Weak<Inner>) -> Signals {
    Rc::new(move |room, signal| {
        if let Some(inner) = inner.upgrade() {
            Host(inner).on_signal(room, signal);
        }
    })
}

impl Host {
    fn on_signal(&self, room: RoomId, signal: Signal) {
        match signal {
            Signal::Message(envelope) => self.on_envelope(room, &envelope),
            Signal::Down => {
                if let Some(socket) = self.0.state.borrow_mut().lines.socket(room) {
                    socket.lost();
                }
                self.left(room);
            }
            Signal::Retry => {
                if let Some(socket) = self.0.state.borrow_mut().lines.socket(room) {
                    socket.dial();
                }
                self.arm();
            }
        }
    }

    fn on_envelope(&self, room: RoomId, envelope: &[u8]) {
        let decoded = FromRelay::decode(envelope);
        {
            let mut state = self.0.state.borrow_mut();
            let Some(socket) = state.lines.socket(room) else {
                return;
            };
            socket.received();
            if let Ok(FromRelay::Welcome(welcome)) = &decoded {
                socket.welcomed(*welcome);
            }
            if let Some(refusal) = Refusal::of(decoded) {
                socket.refused(refusal);
            }
            if let Ok(FromRelay::Frame { from, payload }) = &decoded
                && socket.is_answer(*from, payload)
            {
                return;
            }
        }
        match decoded {
            Ok(message) => {
                let left =
                    matches!(&message, FromRelay::Room { size } if self.is_fewer(room, *size));
                // The relay closes the connection where that is called for, and what it dropped
                // comes by sync.
                if let Some(happened) = Happened::of(message) {
                    self.tell_of(room, happened);
                }
                if left {
                    // It may have been a tab of this browser that had stored something and told
                    // nobody yet.
                    self.catch_up();
                }
            }
            Err(error) if error.is_of_a_later_relay() => {}
            // No relay of this version: hangs up, and tries again later.
            Err(_) => self.on_signal(room, Signal::Down),
        }
        // Timers of hidden tabs are throttled, messages are not: see what is due whenever one
        // comes.
        self.wake();
    }

    /// Whether somebody has left the room in which ballots are passed on, if tabs of this browser
    /// may have been among them.
    fn is_fewer(&self, room: RoomId, size: u32) -> bool {
        let state = self.0.state.borrow();
        let running = state.running.as_ref();
        let shared =
            running.filter(|running| room == RoomId::Precinct && running.holder.tab.is_none());
        let before = shared.and_then(|running| running.tab.replica().room());
        before.is_some_and(|before| size < before)
    }

    /// The tab hears what happened to the connection of one of its rooms.
    fn tell_of(&self, room: RoomId, happened: Happened<'_>) {
        self.tell(Input::Room { room, happened });
    }

    /// The connection to a room is gone. With the own room's an absence begins, or goes on.
    pub(super) fn left(&self, room: RoomId) {
        if room == RoomId::Precinct {
            let mut state = self.0.state.borrow_mut();
            let shown = state.running.as_mut().and_then(canvassing);
            state.absence.begin(shown.as_ref());
            session::note_away(&state.link, clock::now());
        }
        self.tell_of(room, Happened::Disconnected);
    }

    /// Does what is due, and publishes what waits.
    fn wake(&self) {
        let (due, dead) = {
            let mut state = self.0.state.borrow_mut();
            let now = clock::now();
            let dead = state.lines.take_dead(now);
            (state.next_deadline().is_some_and(|at| at <= now), dead)
        };
        for room in dead {
            self.left(room);
        }
        if due {
            self.tell(Input::Wake);
        }
        self.publish_if_due();
    }

    /// Arms the timer for what comes first: the tab's deadline, or a line's.
    pub(super) fn arm(&self) {
        let mut state = self.0.state.borrow_mut();
        let deadline = state.next_deadline();
        let host = self.clone();
        state.timer.arm(deadline, move || {
            host.0.state.borrow_mut().timer.fired();
            host.wake();
            host.arm();
        });
    }

    /// Asks for a sign of life: what was sent a moment ago may have gone nowhere.
    pub(super) fn probe(&self) {
        self.0.state.borrow_mut().lines.probe(clock::now());
        self.arm();
    }

    /// The browser puts the page aside, to show it again as it is: until then it is not there for
    /// others. [`Host::refresh`] brings it back.
    pub fn put_aside(&self) {
        let left = self.0.state.borrow_mut().lines.put_aside();
        for room in left {
            self.left(room);
        }
    }

    /// There is a network again.
    pub fn reconnect(&self) {
        self.0.state.borrow_mut().lines.dial_anew();
        self.refresh();
    }

    /// The person looks at the page again or asks for others, or the network may be back, or gone.
    pub fn refresh(&self) {
        // Another tab may have been closed after it stored something, and before it told; or this
        // one could not hear it.
        self.catch_up();
        self.heed_choice();
        let is_up = {
            let mut state = self.0.state.borrow_mut();
            if state.stage() != Stage::Opening {
                state.lines.retry();
            }
            state.lines.is_up(RoomId::Precinct)
        };
        if is_up {
            self.tell(Input::Refresh);
            self.probe();
        }
        self.wake();
        self.arm();
    }
}
