//! How a tab without the poll's definition gets it where nobody of its precinct is in reach: from the council.
//!
//! The definition comes with the first comparison of sets in the precinct's room, which a precinct's first tab has for itself.
//! Such a tab joins the council's room, says Hello there, and any member answers with the genesis.

use crate::time::Millis;
use crate::wire::frame::kind;

use super::super::io::Destination;
use super::Council;
use super::io::Channel;

/// For so long the others of the precinct's room may bring the definition.
const PATIENCE: Millis = Millis(2_000);
/// Between two greetings, up to half as long again at random.
const BETWEEN_GREETINGS: Millis = Millis(1_000);
/// To how many of the council a greeting goes: each answers with the genesis.
const GREETED: u8 = 4;

/// What a tab without the definition does about it.
#[derive(Debug, Default)]
pub(super) struct Newcomer {
    seek_at: Option<Millis>,
    seeking: bool,
    greet_at: Option<Millis>,
}

impl Newcomer {
    /// Whether to ask in the council's room.
    pub fn is_seeking(&self) -> bool {
        self.seeking
    }

    pub fn next_deadline(&self) -> Option<Millis> {
        [self.seek_at, self.greet_at].into_iter().flatten().min()
    }

    /// There is a connection to the precinct's room, of so many, or there is none any more.
    pub fn precinct_room(&mut self, size: Option<u32>, now: Millis) {
        self.seek_at = size
            .filter(|_| !self.seeking)
            .map(|size| if size < 2 { now } else { now.after(PATIENCE) });
    }

    /// There is a connection to the council's room, or there is none any more.
    pub fn council_room(&mut self, connected: bool, now: Millis) {
        self.greet_at = connected.then_some(now);
    }
}

impl Council {
    /// Asks no more: the definition came, and the link does not fit it.
    pub(in super::super) fn give_up(&mut self) {
        self.newcomer = Newcomer::default();
    }

    /// Does what is due while the definition is not here.
    pub(in super::super) fn seek(&mut self, now: Millis) {
        let newcomer = &mut self.newcomer;
        if newcomer.seek_at.take_if(|at| *at <= now).is_some() {
            newcomer.seeking = true;
        }
        if newcomer.greet_at.take_if(|at| *at <= now).is_some() {
            let next = now.after(self.jittered(BETWEEN_GREETINGS));
            self.newcomer.greet_at = Some(next);
            let greeting = vec![(kind::HELLO, Vec::new())];
            self.say(Channel::Council, Destination::Spread(GREETED), greeting);
        }
    }
}
