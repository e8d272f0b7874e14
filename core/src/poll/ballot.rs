//! The ballot: one voter's choice, numbered by that voter.

use super::choice::Choice;
use super::genesis::Genesis;
use super::kind::Kind;
use super::method::Method;
use crate::ids::{OpId, VoterKey};
use crate::wire::bytes::{DecodeError, Reader, Writer};

/// A choice by the op's author. The highest `seq` fills the voter's register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ballot {
    /// The voter's own count of ballots, from 0, capped by the genesis.
    pub seq: u32,
    /// The voter's ballot at `seq - 1`; absent exactly at `seq` 0. A ballot is delivered after it.
    pub prev: Option<OpId>,
    /// The marks.
    pub choice: Choice,
    shape: Shape,
}

/// What the choice's encoding depends on, from the genesis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shape {
    method: Method,
    options: u8,
}

impl Ballot {
    /// Its kind and version bytes.
    pub const KIND: (u8, u8) = (1, 1);

    /// The ballot that follows `prev`, or the first.
    #[must_use]
    pub fn new(prev: Option<(u32, OpId)>, choice: Choice, genesis: &Genesis) -> Self {
        Self {
            seq: prev.map_or(0, |(seq, _)| seq.saturating_add(1)),
            prev: prev.map(|(_, id)| id),
            choice,
            shape: Shape::of(genesis),
        }
    }

    /// The ballot that it comes after, by its number.
    #[must_use]
    pub(crate) fn follows(&self) -> Option<(u32, OpId)> {
        Some((self.seq.checked_sub(1)?, self.prev?))
    }
}

impl Kind for Ballot {
    fn encode(&self, writer: &mut Writer) {
        writer.varint(u64::from(self.seq));
        if let Some(prev) = self.prev {
            writer.put(&prev.0);
        }
        self.choice
            .encode(self.shape.method, usize::from(self.shape.options), writer);
    }

    fn decode(
        _author: &VoterKey,
        reader: &mut Reader<'_>,
        genesis: &Genesis,
    ) -> Result<Self, DecodeError> {
        let seq = reader.varint("a ballot's seq", u64::from(genesis.max_seq()))? as u32;
        let prev = if seq == 0 {
            None
        } else {
            Some(OpId(reader.array()?))
        };
        let choice = Choice::decode(genesis.method(), genesis.options().len(), reader)?;
        Ok(Self {
            seq,
            prev,
            choice,
            shape: Shape::of(genesis),
        })
    }
}

impl Shape {
    fn of(genesis: &Genesis) -> Self {
        // A genesis has at most 64 options.
        Self {
            method: genesis.method(),
            options: genesis.options().len() as u8,
        }
    }
}
