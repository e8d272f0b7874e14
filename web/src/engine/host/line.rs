//! To and from the relay, and the timer: the two ways in which something happens by itself.

use std::rc::{Rc, Weak};

use election_core::replica::io::{Destination, Input};
use election_core::wire::relay::{FromRelay, Notice, ToRelay};

use super::{Host, Inner};
use crate::engine::clock;
use crate::engine::snapshot::Stage;
use crate::engine::socket::{Line, Signal, Socket};

/// Where the line's signals go. The host owns the line, so the line does not own the host.
pub(super) fn signals(inner: Weak<Inner>) -> Rc<dyn Fn(Signal)> {
    Rc::new(move |signal| {
        if let Some(inner) = inner.upgrade() {
            Host(inner).on_signal(signal);
        }
    })
}

pub(super) fn send(socket: &mut Socket, to: Destination, payload: &[u8]) {
    let envelope = match to {
        Destination::Spread(fan_out) => ToRelay::Spread { fan_out, payload },
        Destination::Reply(to) => ToRelay::Reply { to, payload },
    };
    socket.send(&envelope.encode());
}

impl Host {
    fn on_signal(&self, signal: Signal) {
        match signal {
            Signal::Message(envelope) => self.on_envelope(&envelope),
            Signal::Down => {
                self.0.state.borrow_mut().socket.lost();
                self.away();
            }
            Signal::Retry => {
                self.0.state.borrow_mut().socket.dial();
                self.arm();
            }
        }
    }

    fn on_envelope(&self, envelope: &[u8]) {
        self.0.state.borrow_mut().socket.heard();
        match FromRelay::decode(envelope) {
            Ok(FromRelay::Welcome(welcome)) => {
                self.0
                    .state
                    .borrow_mut()
                    .socket
                    .welcomed(welcome.heartbeat_seconds);
                self.tell(Input::Connected {
                    room: welcome.room_size,
                });
            }
            Ok(FromRelay::Frame { from, payload }) => self.tell(Input::Frame { from, payload }),
            Ok(FromRelay::Room { size }) => self.tell(Input::Room { size }),
            Ok(FromRelay::Notice(Notice::ReplyTargetGone)) => self.tell(Input::PeerGone),
            // The relay closes the connection where that is called for, and what it dropped comes by sync.
            Ok(FromRelay::Notice(_) | FromRelay::Heartbeat) | Err(_) => {}
        }
        // Timers of hidden tabs are throttled, messages are not: see what is due whenever one comes.
        self.wake();
    }

    /// Does what is due, and publishes what waits.
    fn wake(&self) {
        let (due, dead) = {
            let mut state = self.0.state.borrow_mut();
            let now = clock::now();
            let deadline = state
                .running
                .as_ref()
                .and_then(|running| running.tab.next_deadline());
            let dead = state.socket.dead_at().is_some_and(|at| at <= now);
            if dead {
                state.socket.lost();
            }
            (deadline.is_some_and(|at| at <= now), dead)
        };
        if dead {
            self.away();
        }
        if due {
            self.tell(Input::Wake);
        }
        self.publish_if_due();
    }

    /// Arms the timer for what comes first: the replica's deadline, or the line's.
    pub(super) fn arm(&self) {
        let mut state = self.0.state.borrow_mut();
        let replica = state
            .running
            .as_ref()
            .and_then(|running| running.tab.next_deadline());
        let deadline = [replica, state.socket.dead_at()]
            .into_iter()
            .flatten()
            .min();
        let host = self.clone();
        state.timer.arm(deadline, move || {
            host.0.state.borrow_mut().timer.fired();
            host.wake();
            host.arm();
        });
    }

    /// The person looks at the page again, or the network may be back.
    pub fn refresh(&self) {
        let line = {
            let mut state = self.0.state.borrow_mut();
            let line = state.socket.line();
            if line == Line::Unreachable && state.stage() != Stage::Opening {
                state.socket.dial();
            }
            line
        };
        if line == Line::Up {
            self.tell(Input::Refresh);
        }
        self.wake();
        self.arm();
    }
}
