//! Registers in the order in which their voters turned up, in blocks that never move.

use core::ops::{Index, IndexMut};

use crate::ids::VoterKey;
use crate::poll::register::VoterRegister;

/// A voter's register in its place.
#[derive(Debug, Clone)]
pub(crate) struct Slot {
    /// The voter's place.
    pub(crate) place: u64,
    /// Whose register it is.
    pub(crate) voter: VoterKey,
    /// The ballots.
    pub(crate) register: VoterRegister,
}

/// Registers a block: about a hundred kilobytes.
const BLOCK: usize = 1024;

/// A list that grows by a block at a time, since doubling a list of hundreds of megabytes would
/// waste up to half.
#[derive(Debug, Clone, Default)]
pub(super) struct Slots {
    /// All full but the last.
    blocks: Vec<Vec<Slot>>,
    length: u32,
}

impl Slots {
    /// Adds one, and tells its index. The caller sees to it that indices do not run out.
    pub(crate) fn push(&mut self, slot: Slot) -> u32 {
        let index = self.length;
        match self.blocks.last_mut() {
            Some(block) if block.len() < BLOCK => block.push(slot),
            // The first block of a small poll grows as usual.
            None => self.blocks.push(vec![slot]),
            Some(_) => {
                let mut block = Vec::with_capacity(BLOCK);
                block.push(slot);
                self.blocks.push(block);
            }
        }
        self.length += 1;
        index
    }

    /// How many there are.
    #[must_use]
    pub(crate) fn len(&self) -> usize {
        self.length as usize
    }
}

impl Index<u32> for Slots {
    type Output = Slot;

    fn index(&self, index: u32) -> &Slot {
        &self.blocks[index as usize / BLOCK][index as usize % BLOCK]
    }
}

impl IndexMut<u32> for Slots {
    fn index_mut(&mut self, index: u32) -> &mut Slot {
        &mut self.blocks[index as usize / BLOCK][index as usize % BLOCK]
    }
}
