//! The connections of one host: to the room of its precinct or of the whole poll, and in a poll
//! with precincts to the council's while the tab wants it, and to those of the precincts that it
//! counts.

use std::rc::Rc;

use election_core::replica::io::{Destination, RoomId};
use election_core::replica::tab::Tab;
use election_core::time::Millis;

use crate::engine::socket::{Line, Refusal, Signal, Socket};

/// Where the signals of a room's connection go.
pub(super) type Signals = Rc<dyn Fn(RoomId, Signal)>;

/// The connections.
pub(super) struct Lines {
    signals: Signals,
    /// Whether the person wants any.
    wanted: bool,
    /// At most six.
    sockets: Vec<(RoomId, Socket)>,
    council: Lingering,
    /// Frames dropped on connections that are gone.
    dropped: u64,
}

impl Lines {
    /// None, until they are dialled.
    pub fn new(signals: Signals) -> Self {
        Self {
            signals,
            wanted: false,
            sockets: Vec::new(),
            council: Lingering::default(),
            dropped: 0,
        }
    }

    /// How the connection is that people are shown: the one to this tab's own room.
    pub fn line(&self) -> Line {
        self.line_of(RoomId::Precinct)
    }

    /// Whether there is a connection to that room.
    pub fn is_up(&self, room: RoomId) -> bool {
        self.line_of(room) == Line::Up
    }

    fn line_of(&self, room: RoomId) -> Line {
        let mut sockets = self.sockets.iter();
        let socket = sockets.find(|(of, _)| *of == room);
        socket.map_or(Line::Off, |(_, socket)| socket.line())
    }

    /// Frames that were dropped because too much waited.
    pub fn dropped(&self) -> u64 {
        let open = self.sockets.iter().map(|(_, socket)| socket.dropped);
        self.dropped + open.sum::<u64>()
    }

    /// Dials the tab's own room. The others follow with [`Lines::heed`].
    pub fn dial(&mut self, tab: &Tab) {
        self.wanted = true;
        self.open(RoomId::Precinct, tab);
    }

    /// Hangs up everywhere, and stays so. Gives the rooms that there was a connection to, or a wish
    /// for one.
    pub fn hang_up(&mut self) -> Vec<RoomId> {
        self.wanted = false;
        self.council = Lingering::default();
        self.close(|_| true)
    }

    /// Opens and closes connections as the tab wants them. Gives the rooms that were left, and that
    /// the tab is still to hear of.
    pub fn heed(&mut self, tab: &Tab, now: Millis) -> Vec<RoomId> {
        if !self.wanted {
            return Vec::new();
        }
        let mut rooms: Vec<RoomId> = tab.rooms().collect();
        let council = rooms.contains(&RoomId::Council);
        if self.council.is_to_be_kept(council, now) && !council {
            rooms.push(RoomId::Council);
        }
        let left = self.close(|room| !rooms.contains(&room));
        for room in rooms {
            self.open(room, tab);
        }
        left
    }

    fn open(&mut self, room: RoomId, tab: &Tab) {
        if self.socket(room).is_some() {
            return;
        }
        let signals = Rc::clone(&self.signals);
        let mut socket = Socket::new(
            tab.room_name(room),
            Rc::new(move |signal| signals(room, signal)),
        );
        socket.dial();
        self.sockets.push((room, socket));
    }

    /// Hangs up in some of the rooms, and gives them.
    fn close(&mut self, leaves: impl Fn(RoomId) -> bool) -> Vec<RoomId> {
        let mut left = Vec::new();
        self.sockets.retain(|(room, socket)| {
            let stays = !leaves(*room);
            if !stays {
                left.push(*room);
                self.dropped += socket.dropped;
            }
            stays
        });
        left
    }

    /// The connection to that room, if there is one or is to be one.
    pub fn socket(&mut self, room: RoomId) -> Option<&mut Socket> {
        let mut sockets = self.sockets.iter_mut();
        let socket = sockets.find(|(of, _)| *of == room);
        socket.map(|(_, socket)| socket)
    }

    /// The network may be back: dials at once what was not to be had, or soon.
    pub fn retry(&mut self) {
        for (_, socket) in &mut self.sockets {
            socket.retry();
        }
    }

    /// The network is back: dials at once what is not up.
    pub fn dial_anew(&mut self) {
        for (_, socket) in &mut self.sockets {
            socket.dial_anew();
        }
    }

    /// Asks the relay in every room for a sign of life.
    pub fn probe(&mut self, now: Millis) {
        for (_, socket) in &mut self.sockets {
            socket.probe(now);
        }
    }

    /// Why there is no connection to this tab's own room, if the relay said.
    pub fn refusal(&self) -> Option<Refusal> {
        let mut sockets = self.sockets.iter();
        let own = sockets.find(|(of, _)| *of == RoomId::Precinct);
        own.and_then(|(_, socket)| socket.refusal())
    }

    /// Lets go of every connection until [`Lines::retry`], and gives their rooms: the page is put
    /// aside, and cannot say so later.
    pub fn put_aside(&mut self) -> Vec<RoomId> {
        let sockets = self.sockets.iter_mut();
        let aside = sockets.map(|(room, socket)| {
            socket.lost();
            *room
        });
        aside.collect()
    }

    /// The rooms whose connections are dead, whatever the browser thinks. Each is dialled again at
    /// once: the network may have gone another way.
    pub fn take_dead(&mut self, now: Millis) -> Vec<RoomId> {
        let mut dead = Vec::new();
        for (room, socket) in &mut self.sockets {
            if socket.dead_at().is_some_and(|at| at <= now) {
                socket.lost();
                socket.dial();
                dead.push(*room);
            }
        }
        dead
    }

    /// When there is something to look at.
    pub fn next_deadline(&self) -> Option<Millis> {
        let sockets = self.sockets.iter();
        let dead = sockets.filter_map(|(_, socket)| socket.dead_at());
        dead.chain(self.council.until()).min()
    }

    /// Sends a frame, or drops it.
    pub fn send(&mut self, room: RoomId, to: Destination, payload: &[u8]) {
        match self.socket(room) {
            Some(socket) => socket.send(&to.envelope(payload)),
            None => self.dropped += 1,
        }
    }
}

/// Whether to keep a connection that is wanted now and then: those who come and go are told
/// everything each time.
#[derive(Debug, Default)]
struct Lingering {
    kept: bool,
    unwanted_since: Option<Millis>,
}

impl Lingering {
    /// For how long it is kept when it is not wanted any more.
    const FOR: Millis = Millis(60_000);

    fn is_to_be_kept(&mut self, wanted: bool, now: Millis) -> bool {
        if wanted {
            self.kept = true;
            self.unwanted_since = None;
        } else if self.kept {
            self.unwanted_since.get_or_insert(now);
        }
        if self.until().is_some_and(|until| until <= now) {
            *self = Self::default();
        }
        self.kept
    }

    /// Until when it is kept, if it is not wanted.
    fn until(&self) -> Option<Millis> {
        self.unwanted_since.map(|since| since.after(Self::FOR))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_is_kept_for_a_while_after_it_was_wanted() {
        let mut council = Lingering::default();
        assert!(!council.is_to_be_kept(false, Millis(0)));
        assert_eq!(council.until(), None);
        assert!(council.is_to_be_kept(true, Millis(10)));
        for at in [20, 30, 60_019] {
            assert!(council.is_to_be_kept(false, Millis(at)));
            assert_eq!(council.until(), Some(Millis(60_020)));
        }
        // Wanted again, it is kept anew.
        assert!(council.is_to_be_kept(true, Millis(60_020)));
        assert_eq!(council.until(), None);
        assert!(council.is_to_be_kept(false, Millis(60_030)));
        assert!(!council.is_to_be_kept(false, Millis(120_030)));
        assert_eq!(council.until(), None);
        assert!(!council.is_to_be_kept(false, Millis(120_040)));
    }
}
