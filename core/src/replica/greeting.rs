//! Hello: who is here? Said on coming, and again, more widely each time, until it led somewhere.
//!
//! A room is a crowd that anybody can make. Of those who are asked at random, all may be silent; so each time four times as
//! many are asked, up to all that one frame of the relay's reaches. Whoever asks the whole room pays for that: a newcomer
//! may ask so many others in a while, and beyond that as few as at first.

use crate::time::Millis;
use crate::wire::frame::kind;

use super::Replica;
use super::rhythm::{HEARTBEAT, due};

/// To how many others the first goes: each answers.
const GREETED: u8 = 4;
/// So often the number is quadrupled.
const WIDEST: u32 = 3;
/// So often where others are heard of that hold no op either: there may be none to be had.
const WIDER: u32 = 1;
/// How soon it is said again, up to twice that at random.
const AGAIN: Millis = Millis(300);
/// The same once it was said as widely as it can be.
const SELDOM: Millis = Millis(1_000);
/// How soon a newcomer says it when somebody else comes, up to twice that at random.
pub(super) const SOON: Millis = Millis(100);
/// To so many others it goes within a while, more than [`GREETED`] at a time.
const ALLOWANCE: u64 = 400;
/// So many more a second.
const ALLOWED_A_SECOND: u64 = 8;

/// When to say Hello next, and how widely.
#[derive(Debug)]
pub(super) struct Greeting {
    at: Option<Millis>,
    /// How often it was said since this replica came, or somebody else did.
    said: u32,
    /// In thousandths of a receiver.
    allowance: u64,
    allowed_at: Millis,
}

impl Default for Greeting {
    fn default() -> Self {
        Self {
            at: None,
            said: 0,
            allowance: ALLOWANCE * 1_000,
            allowed_at: Millis(0),
        }
    }
}

impl Greeting {
    pub fn next_deadline(&self) -> Option<Millis> {
        self.at
    }

    /// How many to greet, of so many others.
    fn width(&mut self, others: usize, now: Millis) -> u8 {
        let grown = (now - self.allowed_at).0.saturating_mul(ALLOWED_A_SECOND);
        self.allowance = self.allowance.saturating_add(grown).min(ALLOWANCE * 1_000);
        self.allowed_at = now;
        let wanted = u64::from(GREETED) << (2 * self.said.min(WIDEST));
        let wanted = wanted.min(255).min(others as u64);
        let width = wanted.min(self.allowance / 1_000).max(u64::from(GREETED));
        self.allowance = self.allowance.saturating_sub(width * 1_000);
        width as u8
    }
}

impl Replica {
    /// This replica has come into the room.
    pub(super) fn greet_first(&mut self, now: Millis) {
        self.rhythm.greeting.said = 0;
        self.greet(now);
    }

    /// The person looks at the page again, or the network may have come back.
    pub(super) fn refresh(&mut self, now: Millis) {
        if self.room.is_some() {
            self.greet_first(now);
        }
    }

    /// Says it if it is time to.
    pub(super) fn greet_again(&mut self, now: Millis) {
        if due(&mut self.rhythm.greeting.at, now) && self.wants_answers() {
            self.greet(now);
        }
    }

    /// Somebody came, and may have the poll: a newcomer asks a little sooner.
    pub(super) fn somebody_came(&mut self, now: Millis) {
        if self.open.is_none() {
            self.ask_soon(now);
            self.rhythm.greeting.said = 0;
        }
    }

    /// A newcomer asks a little sooner.
    pub(super) fn ask_soon(&mut self, now: Millis) {
        let soon = now.after(self.jittered(SOON));
        let greeting = &mut self.rhythm.greeting;
        greeting.at = greeting.at.map(|at| at.min(soon));
    }

    fn greet(&mut self, now: Millis) {
        let others = self.others();
        let width = self.rhythm.greeting.width(others, now);
        self.spread(width, &[(kind::HELLO, Vec::new())]);
        let heartbeat_at = now.after(self.jittered(HEARTBEAT));
        self.rhythm.spoke(heartbeat_at);
        self.rhythm.greeting.said += 1;
        let seldom = self.rhythm.greeting.said > WIDEST;
        let again = self.jittered(if seldom { SELDOM } else { AGAIN });
        self.rhythm.greeting.at = Some(now.after(again));
    }

    /// Whether what was said led nowhere yet: a replica that holds ops has heard of nobody; one that came without any has not
    /// got them. Without the poll it asks for ever.
    fn wants_answers(&mut self) -> bool {
        let said = self.rhythm.greeting.said;
        if self.open.is_none() {
            return true;
        }
        let (ours, holds_none) = (self.digest(), self.ops() == 0);
        let mut others = self.peers.iter().map(|(_, peer)| peer.digest).peekable();
        if others.peek().is_none() {
            return said <= WIDEST;
        }
        let most = if others.any(|digest| digest == ours) {
            WIDER
        } else {
            WIDEST
        };
        (holds_none || self.rhythm.pursuit.is_hurrying()) && said <= most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_widens_and_does_not_go_to_all_for_ever() {
        let mut greeting = Greeting::default();
        let now = Millis(9_000);
        let mut widths = Vec::new();
        for _ in 0..6 {
            widths.push(greeting.width(1_000, now));
            greeting.said += 1;
        }
        assert_eq!(widths, [4, 16, 64, 255, 61, 4]);
        assert_eq!(greeting.width(1_000, now.after(Millis(5_000))), 40);
        let mut greeting = Greeting {
            said: 9,
            ..Greeting::default()
        };
        assert_eq!(greeting.width(30, now), 30);
    }
}
