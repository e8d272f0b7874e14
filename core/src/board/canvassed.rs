//! What all precincts add up to, and what can be said of each.

use super::grade::Grade;
use crate::ballots::returns::Return;
use crate::ids::PrecinctId;

/// What all precincts add up to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canvassed {
    /// The sum of all that is shown.
    pub total: Return,
    /// The worst grade of what is shown; `None` when nothing is.
    pub grade: Option<Grade>,
    /// Every precinct, from 0.
    pub parts: Vec<Part>,
}

impl Canvassed {
    /// The precincts of which nothing is shown, and that the total lacks.
    pub fn missing(&self) -> impl Iterator<Item = PrecinctId> {
        let missing = self.parts.iter().filter(|part| part.shown.is_none());
        missing.map(|part| part.precinct)
    }
}

/// One precinct in the canvass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Which.
    pub precinct: PrecinctId,
    /// What counts of it.
    pub shown: Option<Shown>,
    /// How many of its returns the chair struck.
    pub struck: usize,
}

/// What counts of a precinct.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// What its ballots add up to.
    pub total: Return,
    /// Of how many ops it speaks.
    pub version: u64,
    /// How far it can be trusted.
    pub grade: Grade,
    /// How many members signed it, at most 16.
    pub attestations: usize,
    /// How many dispute it, at most 4.
    pub disputes: usize,
}
