//! A relay that does what it should not. It can read nothing and forge nothing: what it can do is
//! to withhold, to mislabel, to lie about rooms, and to say again what was said.

use std::collections::{BTreeSet, VecDeque};

use crate::random::Random;

/// How many frames it has captured at once.
const CAPTURED: usize = 64;

/// What it does, and how often. By default nothing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Dishonesty {
    /// The processes to which nothing comes that is spread.
    pub deprived: BTreeSet<usize>,
    /// How likely a frame comes as if from another connection of the room; 0 to 1.
    pub relabelling: f64,
    /// How likely a room's size is made up; 0 to 1.
    pub resizing: f64,
    /// How likely, with a frame, one comes that was captured earlier in whichever room; 0 to 1.
    pub replaying: f64,
}

/// What it captured.
#[derive(Debug)]
pub(crate) struct Captured<P>(VecDeque<P>);

impl<P> Default for Captured<P> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<P: Clone> Captured<P> {
    /// Keeps some of what passes, old and new.
    pub(crate) fn see(&mut self, packet: &P, random: &mut Random) {
        if self.0.len() < CAPTURED {
            self.0.push_back(packet.clone());
        } else if random.chance(0.05) {
            let place = random.below(CAPTURED as u64) as usize;
            self.0[place] = packet.clone();
        }
    }

    /// One of them.
    pub(crate) fn any(&self, random: &mut Random) -> Option<P> {
        let place = random.below(self.0.len() as u64) as usize;
        self.0.get(place).cloned()
    }
}

/// A size that is not so.
pub(crate) fn made_up(random: &mut Random) -> u32 {
    [0, 1, random.below(100) as u32, 100_000, u32::MAX][random.below(5) as usize]
}
