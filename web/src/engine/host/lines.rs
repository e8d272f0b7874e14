//! The connections of one host: to the room of its precinct or of the whole poll, and in a poll with precincts to the
//! council's while the tab wants it, and to those of the precincts that it counts.

use std::rc::Rc;

use election_core::ids::VoterKey;
use election_core::replica::io::Destination;
use election_core::replica::tab::{Room, Tab};
use election_core::time::Millis;
use election_core::wire::link::Link;
use election_core::wire::relay::{Notice, ToRelay};

use crate::engine::socket::{Line, Signal, Socket};

/// Where the signals of a room's connection go.
pub(super) type Signals = Rc<dyn Fn(Room, Signal)>;

/// The connections.
pub(super) struct Lines {
    link: Link,
    voter: VoterKey,
    signals: Signals,
    /// Whether the person wants any.
    wanted: bool,
    /// At most six.
    sockets: Vec<(Room, Socket)>,
    council: Lingering,
    /// Frames dropped on connections that are gone.
    dropped: u64,
}

impl Lines {
    /// None, until they are dialled.
    pub fn new(link: Link, voter: VoterKey, signals: Signals) -> Self {
        Self {
            link,
            voter,
            signals,
            wanted: false,
            sockets: Vec::new(),
            council: Lingering::default(),
            dropped: 0,
        }
    }

    /// How the connection is that people are shown: the one to this tab's own room.
    pub fn line(&self) -> Line {
        self.line_of(Room::Precinct)
    }

    /// Whether there is a connection to that room.
    pub fn is_up(&self, room: Room) -> bool {
        self.line_of(room) == Line::Up
    }

    fn line_of(&self, room: Room) -> Line {
        let mut sockets = self.sockets.iter();
        let socket = sockets.find(|(of, _)| *of == room);
        socket.map_or(Line::Off, |(_, socket)| socket.line())
    }

    /// Frames that were dropped because too much waited.
    pub fn dropped(&self) -> u64 {
        let open = self.sockets.iter().map(|(_, socket)| socket.dropped);
        self.dropped + open.sum::<u64>()
    }

    /// Dials this tab's own room. The others follow with [`Lines::heed`].
    pub fn dial(&mut self) {
        self.wanted = true;
        self.open(Room::Precinct);
    }

    /// Hangs up everywhere, and stays so. Gives the rooms that there was a connection to, or a wish for one.
    pub fn hang_up(&mut self) -> Vec<Room> {
        self.wanted = false;
        self.council = Lingering::default();
        self.close(|_| true)
    }

    /// Opens and closes connections as the tab wants them. Gives the rooms that were left, and that the tab is still to hear of.
    pub fn heed(&mut self, tab: &Tab, now: Millis) -> Vec<Room> {
        if !self.wanted || tab.council().is_none() {
            return Vec::new();
        }
        let council = self.council.is_to_be_kept(tab.wants_council(), now);
        let left = self.close(|room| match room {
            Room::Precinct => false,
            Room::Council => !council,
            Room::Audit(precinct) => tab.audits().all(|audit| audit.precinct() != precinct),
        });
        if council {
            self.open(Room::Council);
        }
        for audit in tab.audits() {
            self.open(Room::Audit(audit.precinct()));
        }
        left
    }

    fn open(&mut self, room: Room) {
        if self.socket(room).is_some() {
            return;
        }
        let Link { poll, secret, .. } = &self.link;
        let name = match room {
            Room::Precinct => self.link.room(self.voter),
            Room::Council => secret.council_room(*poll),
            Room::Audit(precinct) => secret.precinct_room(*poll, precinct),
        };
        let signals = Rc::clone(&self.signals);
        let mut socket = Socket::new(name, Rc::new(move |signal| signals(room, signal)));
        socket.dial();
        self.sockets.push((room, socket));
    }

    /// Hangs up in some of the rooms, and gives them.
    fn close(&mut self, leaves: impl Fn(Room) -> bool) -> Vec<Room> {
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
    pub fn socket(&mut self, room: Room) -> Option<&mut Socket> {
        let mut sockets = self.sockets.iter_mut();
        let socket = sockets.find(|(of, _)| *of == room);
        socket.map(|(_, socket)| socket)
    }

    /// The network may be back: dials at once what was not to be had.
    pub fn retry(&mut self) {
        for (_, socket) in &mut self.sockets {
            if socket.line() == Line::Unreachable {
                socket.dial();
            }
        }
    }

    /// Asks the relay in every room for a sign of life.
    pub fn probe(&mut self, now: Millis) {
        for (_, socket) in &mut self.sockets {
            socket.probe(now);
        }
    }

    /// Why there is no connection to this tab's own room, if the relay said.
    pub fn refusal(&self) -> Option<Notice> {
        let mut sockets = self.sockets.iter();
        let own = sockets.find(|(of, _)| *of == Room::Precinct);
        own.and_then(|(_, socket)| socket.refusal())
    }

    /// The rooms whose connections are dead, whatever the browser thinks. Each is dialled again at once: the network may have
    /// gone another way.
    pub fn take_dead(&mut self, now: Millis) -> Vec<Room> {
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
    pub fn send(&mut self, room: Room, to: Destination, payload: &[u8]) {
        let envelope = match to {
            Destination::Spread(fan_out) => ToRelay::Spread { fan_out, payload },
            Destination::Reply(to) => ToRelay::Reply { to, payload },
        };
        match self.socket(room) {
            Some(socket) => socket.send(&envelope.encode()),
            None => self.dropped += 1,
        }
    }
}

/// Whether to keep a connection that is wanted now and then: those who come and go are told everything each time.
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
