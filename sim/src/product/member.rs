//! A member of the room, honest or not: both behind one process, so that one world holds both.

use election_core::time::Millis;
use election_core::wire::relay::Handle;

use super::attacker::Attacker;
use super::disk::Loss;
use super::note::Note;
use super::tab::Tab;
use super::{Output, Packet};
use crate::process::{Process, Room};
use crate::random::Random;

/// A tab or an attacker.
pub enum Member {
    /// One who does as the program does.
    Tab(Box<Tab>),
    /// One who does not.
    Attacker(Box<Attacker>),
}

impl Member {
    /// The tab, if it is one.
    #[must_use]
    pub fn tab(&self) -> Option<&Tab> {
        match self {
            Self::Tab(tab) => Some(tab),
            Self::Attacker(_) => None,
        }
    }

    /// The tab, if it is one.
    pub fn tab_mut(&mut self) -> Option<&mut Tab> {
        match self {
            Self::Tab(tab) => Some(tab),
            Self::Attacker(_) => None,
        }
    }

    /// Restarts it, if it is a tab: see [`Tab::restart`]. It is to be disconnected before.
    pub fn restart(&mut self, loss: Loss, now: Millis, random: &mut Random) {
        if let Self::Tab(tab) = self {
            **tab = tab.restart(loss, now, random);
        }
    }

    /// The attacker, if it is one.
    #[must_use]
    pub fn attacker(&self) -> Option<&Attacker> {
        match self {
            Self::Tab(_) => None,
            Self::Attacker(attacker) => Some(attacker),
        }
    }

    /// The attacker, if it is one.
    pub fn attacker_mut(&mut self) -> Option<&mut Attacker> {
        match self {
            Self::Tab(_) => None,
            Self::Attacker(attacker) => Some(attacker),
        }
    }
}

/// Calls the same on whoever it is.
macro_rules! on {
    ($member:expr, $process:ident => $call:expr) => {
        match $member {
            Member::Tab($process) => $call,
            Member::Attacker($process) => $call,
        }
    };
}

impl Process for Member {
    type Packet = Packet;
    type Note = Note;

    fn size(packet: &Packet) -> usize {
        packet.len()
    }

    fn home(&self) -> Room {
        on!(self, process => process.home())
    }

    fn connected(&mut self, room: Room, size: u32, now: Millis) {
        on!(self, process => process.connected(room, size, now));
    }

    fn disconnected(&mut self, room: Room, now: Millis) {
        on!(self, process => process.disconnected(room, now));
    }

    fn resized(&mut self, room: Room, size: u32, now: Millis) {
        on!(self, process => process.resized(room, size, now));
    }

    fn gone(&mut self, room: Room, target: Handle, now: Millis) {
        on!(self, process => process.gone(room, target, now));
    }

    fn receive(&mut self, room: Room, from: Handle, packet: Packet, now: Millis) {
        on!(self, process => process.receive(room, from, packet, now));
    }

    fn wake(&mut self, now: Millis) {
        on!(self, process => process.wake(now));
    }

    fn next_deadline(&self) -> Option<Millis> {
        on!(self, process => process.next_deadline())
    }

    fn next_output(&mut self) -> Option<Output> {
        on!(self, process => process.next_output())
    }
}
