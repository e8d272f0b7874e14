//! A poll on G-counters, one an option.

use std::collections::BTreeMap;

use election_core::ids::ReplicaId;
use election_core::poll::genesis::Genesis;

use super::{BallotBox, CannotRevoke, Revocation, Slip};
use crate::crdt::{GCounter, Join};

/// Counts marks and forgets ballots: a few numbers, however many vote.
///
/// It cannot revoke. It cannot know one voter from another, so that a change of mind is a second
/// vote; nor one ballot from another, so that a ballot that reaches two replicas, or one twice,
/// counts twice. Each ballot has to be cast in exactly one place, once, as at a counter in a hall:
/// that is an assumption which gossip breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GCounterBox {
    options: usize,
    marks: BTreeMap<usize, GCounter<ReplicaId>>,
}

impl BallotBox for GCounterBox {
    fn new(genesis: &Genesis) -> Self {
        Self {
            options: genesis.options().len(),
            marks: BTreeMap::new(),
        }
    }

    fn cast(&mut self, at: ReplicaId, slip: &Slip) -> bool {
        slip.choice.marked().fold(false, |changed, option| {
            self.marks.entry(option).or_default().add(at, 1) | changed
        })
    }

    fn revoke(&mut self, _: ReplicaId, _: &Revocation) -> Result<bool, CannotRevoke> {
        Err(CannotRevoke::OnlyGrows)
    }

    fn count(&self) -> Vec<i128> {
        let count = |option| {
            let marks = self.marks.get(&option).map_or(0, GCounter::value);
            i128::try_from(marks).unwrap_or(i128::MAX)
        };
        (0..self.options).map(count).collect()
    }
}

impl Join for GCounterBox {
    fn join(&mut self, other: &Self) -> bool {
        self.marks.join(&other.marks)
    }

    fn delta_since(&self, known: &Self) -> Self {
        Self {
            options: self.options,
            marks: self.marks.delta_since(&known.marks),
        }
    }
}
