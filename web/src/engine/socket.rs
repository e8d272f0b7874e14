//! The connection to one room of the relay: dials, and dials again after a while. Dropping it hangs
//! up.

use std::rc::Rc;

use election_core::time::Millis;
use election_core::wire::relay::{EnvelopeError, FromRelay, Handle, Notice, ToRelay, Welcome};
use gloo_events::EventListener;
use gloo_timers::callback::Timeout;
use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::JsCast;
use web_sys::{BinaryType, MessageEvent, WebSocket};

use super::alive::Alive;
use super::{chance, clock};

/// The shortest wait before dialling again, in milliseconds, and the bound of the longest. Between
/// them the bound doubles at each attempt, and the wait is drawn anew below it ("full jitter"): a
/// relay that comes back is not run over by all tabs at once.
const WAIT: (u32, u32) = (500, 30_000);
/// How many bytes may wait to be sent before frames are dropped. What is dropped, comparing sets
/// brings.
const MAX_BUFFERED: u32 = 1 << 20;
/// How long a connection has to hold before the next attempt after it counts as the first: a relay
/// that welcomes and hangs up is not asked again and again.
const HELD: Millis = Millis(20_000);

/// What happens on the line.
pub enum Signal {
    /// An envelope came in.
    Message(Vec<u8>),
    /// The connection is gone, or did not come about.
    Down,
    /// It is time to dial again.
    Retry,
}

/// Why the relay does not let this page in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It said so.
    Said(Notice),
    /// It speaks another version than this page, which was loaded before the relay was replaced.
    OtherVersion,
}

impl Refusal {
    /// What a message of the relay says of that, if anything.
    #[must_use]
    pub fn of(message: Result<FromRelay<'_>, EnvelopeError>) -> Option<Self> {
        match message {
            Ok(FromRelay::Notice(
                notice @ (Notice::RoomFull | Notice::Stopping | Notice::TooFast),
            )) => Some(Self::Said(notice)),
            // Also what is too short or too long for its type.
            Err(error) if !error.is_of_a_later_relay() => Some(Self::OtherVersion),
            _ => None,
        }
    }
}

/// How the line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// Not dialled: nobody wants it.
    Off,
    /// Dialling for the first time.
    Dialling,
    /// Not to be had; another attempt comes by itself.
    Unreachable,
    /// The relay has let this page into its room.
    Up,
}

/// The line to one room of the relay.
pub struct Socket {
    room: String,
    signal: Rc<dyn Fn(Signal)>,
    connection: Option<Connection>,
    retry: Option<Timeout>,
    line: Line,
    /// Attempts since a connection held for a while.
    attempts: u32,
    /// Why the relay hung up, if it said.
    refused: Option<Refusal>,
    /// Frames that were dropped because too much waited.
    pub dropped: u64,
}

struct Connection {
    socket: WebSocket,
    alive: Alive,
    /// The relay's name for this connection, and since when it is up.
    up: Option<(Welcome, Millis)>,
    _listeners: [EventListener; 3],
}

impl Drop for Connection {
    fn drop(&mut self) {
        // Closing a closed socket does nothing.
        let _ = self.socket.close();
    }
}

impl Socket {
    /// A line that is not dialled yet.
    pub fn new(room: String, signal: Rc<dyn Fn(Signal)>) -> Self {
        Self {
            room,
            signal,
            connection: None,
            retry: None,
            line: Line::Off,
            attempts: 0,
            refused: None,
            dropped: 0,
        }
    }

    /// How the line is.
    #[must_use]
    pub fn line(&self) -> Line {
        self.line
    }

    /// Dials, unless the line is up or being dialled.
    pub fn dial(&mut self) {
        self.retry = None;
        if self.connection.is_some() {
            return;
        }
        if self.line == Line::Off {
            self.line = Line::Dialling;
        }
        match connect(&self.room, &self.signal) {
            Some(connection) => self.connection = Some(connection),
            None => self.lost(),
        }
    }

    /// Somebody waits for the line: dials, if it is not up. An attempt that is under way gives way
    /// to another once it has had the time of an answer.
    pub fn retry(&mut self) {
        match &mut self.connection {
            _ if matches!(self.line, Line::Off | Line::Up) => {}
            Some(connection) => connection.alive.hurry(),
            None => self.dial(),
        }
    }

    /// There is a network again: dials, if the line is not up. What was dialled before went by
    /// another.
    pub fn dial_anew(&mut self) {
        if !matches!(self.line, Line::Off | Line::Up) {
            self.connection = None;
            self.dial();
        }
    }

    /// The connection is gone: waits, then signals [`Signal::Retry`].
    pub fn lost(&mut self) {
        let up = self.connection.take().and_then(|connection| connection.up);
        if up.is_some_and(|(_, since)| clock::now() - since >= HELD) {
            self.attempts = 0;
        }
        if self.line == Line::Off {
            return;
        }
        self.line = Line::Unreachable;
        let wait = wait(self.attempts, chance::below);
        self.attempts = self.attempts.saturating_add(1);
        let signal = Rc::clone(&self.signal);
        self.retry = Some(Timeout::new(wait, move || signal(Signal::Retry)));
    }

    /// The relay has welcomed this page. It gives a sign of life at least every heartbeat.
    pub fn welcomed(&mut self, welcome: Welcome) {
        self.line = Line::Up;
        self.refused = None;
        if let Some(connection) = &mut self.connection {
            connection.alive.welcomed(welcome.heartbeat_seconds);
            connection.up = Some((welcome, clock::now()));
        }
    }

    /// The relay said why it hangs up, or what it did not do.
    pub fn refused(&mut self, refusal: Refusal) {
        self.refused = Some(refusal);
    }

    /// Why there is no connection, if the relay said.
    #[must_use]
    pub fn refusal(&self) -> Option<Refusal> {
        self.refused.filter(|_| self.line == Line::Unreachable)
    }

    /// Asks the relay for a sign of life: a reply to this very connection, which it sends back.
    pub fn probe(&mut self, now: Millis) {
        let Some(connection) = &mut self.connection else {
            return;
        };
        let Some((Welcome { handle: to, .. }, _)) = connection.up else {
            return;
        };
        let payload = &connection.alive.ask(now);
        self.send(&ToRelay::Reply { to, payload }.encode());
    }

    /// Takes a frame from that connection for a probe's answer, if it is this one's own, come back.
    pub fn is_answer(&mut self, from: Handle, payload: &[u8]) -> bool {
        let Some(connection) = &mut self.connection else {
            return false;
        };
        let is_own = connection
            .up
            .is_some_and(|(welcome, _)| welcome.handle == from);
        if is_own {
            connection.alive.answered(payload);
        }
        is_own
    }

    /// Something came in.
    pub fn received(&mut self) {
        // What the relay said before was not its last word.
        self.refused = None;
        if let Some(connection) = &mut self.connection {
            connection.alive.received(clock::now());
        }
    }

    /// When the connection counts as dead, if nothing comes in until then.
    #[must_use]
    pub fn dead_at(&self) -> Option<Millis> {
        let connection = self.connection.as_ref()?;
        Some(connection.alive.dead_at())
    }

    /// Sends an envelope, or drops it.
    pub fn send(&mut self, envelope: &[u8]) {
        let sent = match &self.connection {
            Some(connection)
                // A page that was put aside comes back with a connection that is closed, before it
                // hears so.
                if self.line == Line::Up
                    && connection.socket.ready_state() == WebSocket::OPEN
                    && connection.socket.buffered_amount() < MAX_BUFFERED =>
            {
                connection.socket.send_with_u8_array(envelope).is_ok()
            }
            _ => false,
        };
        self.dropped += u64::from(!sent);
    }
}

fn connect(room: &str, signal: &Rc<dyn Fn(Signal)>) -> Option<Connection> {
    let location = web_sys::window()?.location();
    let scheme = if location.protocol().ok()? == "https:" {
        "wss"
    } else {
        "ws"
    };
    let socket = WebSocket::new(&format!(
        "{scheme}://{}/relay/{room}",
        location.host().ok()?
    ))
    .ok()?;
    socket.set_binary_type(BinaryType::Arraybuffer);
    let on = Rc::clone(signal);
    let message = EventListener::new(&socket, "message", move |event| {
        // The relay sends nothing but binary messages; a text is not one of its envelopes.
        let data = event.unchecked_ref::<MessageEvent>().data();
        if let Some(buffer) = data.dyn_ref::<ArrayBuffer>() {
            on(Signal::Message(Uint8Array::new(buffer).to_vec()));
        }
    });
    let down = |event: &'static str| {
        let on = Rc::clone(signal);
        EventListener::once(&socket, event, move |_| on(Signal::Down))
    };
    let listeners = [message, down("close"), down("error")];
    Some(Connection {
        socket,
        alive: Alive::dialled(clock::now()),
        up: None,
        _listeners: listeners,
    })
}

/// How long to wait before the next attempt, in milliseconds.
fn wait(attempts: u32, below: impl Fn(u32) -> u32) -> u32 {
    let (shortest, longest) = WAIT;
    let bound = shortest
        .saturating_mul(2_u32.saturating_pow(attempts.saturating_add(1)))
        .min(longest);
    below(bound).max(shortest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relay_of_another_version_is_no_message_that_is_passed_over() {
        let refusal = |bytes: &[u8]| Refusal::of(FromRelay::decode(bytes));
        let other_version = [0x81, 3, 1, 2];
        for no_envelope in [&other_version[..], &[0x84], &[]] {
            assert_eq!(refusal(no_envelope), Some(Refusal::OtherVersion));
        }
        let full = Some(Refusal::Said(Notice::RoomFull));
        assert_eq!(refusal(&[0x84, 5]), full);
        for passed_over in [&[0x84, 99][..], &[0x90, 1], &[0x85]] {
            assert_eq!(refusal(passed_over), None);
        }
    }

    #[test]
    fn the_wait_grows_to_its_bound_and_never_below_the_shortest() {
        let longest: Vec<u32> = (0..8)
            .map(|attempts| wait(attempts, |bound| bound))
            .collect();
        assert_eq!(
            longest,
            [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]
        );
        assert_eq!(wait(u32::MAX, |bound| bound), 30_000);
        assert_eq!(wait(9, |_| 0), 500);
    }
}
