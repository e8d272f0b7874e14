//! All ops of a section, or of a branch of it, one after the other, in an order in which they can
//! be delivered: each after those it depends on within its section. A walk can be left and taken up
//! again.

use super::branch::{Branch, LOG};
use super::store::{BallotStore, ids_in};
use super::tree::Tree;
use crate::ids::{OpId, VoterKey};
use crate::poll::log::Log;
use crate::poll::op::VerifiedOp;

/// The rank of ops of unknown kinds, after all entries of the chain.
const UNKNOWN: u32 = u32::MAX;
/// Ops of the log are looked up one by one when they are at most this fraction of it.
const FEW: usize = 8;

/// Where a walk stands: at an op, which may be gone by the time the walk goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    place: u64,
    owner: VoterKey,
    rank: u32,
    id: OpId,
}

/// An op on the way.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// For taking up the walk after it.
    pub(crate) position: Position,
    /// Its place in its section.
    pub(crate) place: u64,
    /// Its id.
    pub id: OpId,
    /// The whole op, as received.
    pub(crate) bytes: &'a [u8],
}

impl BallotStore {
    /// The ops under `branch` that come after `after`: ballots by place, voter and seq; the log's
    /// ops by their index in the chain, and then those of unknown kinds. Lazy. To start costs
    /// O(depth), or O(ops under it) in the log's section.
    pub fn walk(
        &self,
        branch: Branch,
        after: Option<Position>,
    ) -> Box<dyn Iterator<Item = Step<'_>> + '_> {
        if branch.section() == LOG {
            self.walk_log(&[branch], after)
        } else {
            Box::new(ballot_steps(self.tree(), branch, after))
        }
    }

    /// The log's ops under any of those branches, of which none is part of another, that come after
    /// `after`: in the log's order, since they depend on each other across branches. Few ops are
    /// looked up and put in order, O(ops under the branches); for many the log is gone through.
    pub(crate) fn walk_log(
        &self,
        branches: &[Branch],
        after: Option<Position>,
    ) -> Box<dyn Iterator<Item = Step<'_>> + '_> {
        let few = self.log().len() / FEW;
        let mut steps = Vec::new();
        for branch in branches {
            let room = (few + 1).saturating_sub(steps.len());
            let ops = self.log().range(ids_in(*branch)).take(room);
            steps.extend(ops.map(log_step));
        }
        let is_next = move |step: &Step<'_>| after.is_none_or(|after| after < step.position);
        if steps.len() <= few {
            steps.sort_unstable_by_key(|step| step.position);
            return Box::new(steps.into_iter().filter(is_next));
        }
        let mut branches = branches.to_vec();
        super::branch::put_in_order(&mut branches);
        let is_under = move |step: &Step<'_>| {
            let until = branches.partition_point(|branch| *branch.places().start() <= step.place);
            branches[..until]
                .last()
                .is_some_and(|branch| branch.places().contains(&step.place))
        };
        let steps = log_steps(self.log(), after);
        Box::new(steps.filter(move |step| is_next(step) && is_under(step)))
    }

    /// The bytes of all ops in an order in which they can be delivered, the genesis not among them.
    /// Lazy.
    #[cfg(test)]
    pub(crate) fn ops(&self) -> impl Iterator<Item = &[u8]> {
        let sections = [super::branch::PRECINCT, LOG];
        sections
            .into_iter()
            .flat_map(|section| self.walk(Branch::root(section), None))
            .map(|step| step.bytes)
    }
}

fn ballot_steps(
    tree: &Tree,
    branch: Branch,
    after: Option<Position>,
) -> impl Iterator<Item = Step<'_>> {
    let (first, last) = branch.places().into_inner();
    let first = after.map_or(first, |after| after.place.max(first));
    tree.slots(first..=last)
        .flat_map(|slot| {
            slot.register.entries().iter().map(|ballot| {
                #[cfg(test)]
                super::testing::visit();
                Step {
                    position: Position {
                        place: slot.place,
                        owner: slot.voter,
                        rank: ballot.seq,
                        id: ballot.id,
                    },
                    place: slot.place,
                    id: ballot.id,
                    bytes: &ballot.bytes,
                }
            })
        })
        .skip_while(move |step| after.is_some_and(|after| step.position <= after))
}

/// The log's ops from `from` on.
fn log_steps(log: &Log, from: Option<Position>) -> impl Iterator<Item = Step<'_>> {
    let (index, id) = from.map_or((0, OpId([0; 32])), |from| (from.rank, from.id));
    let first_unknown = if index == UNKNOWN { id } else { OpId([0; 32]) };
    log.entries_from(index, id)
        .chain(log.unknown_from(first_unknown))
        .map(log_step)
}

fn log_step(op: &VerifiedOp) -> Step<'_> {
    #[cfg(test)]
    super::testing::visit();
    Step {
        position: Position {
            place: 0,
            owner: VoterKey([0; 32]),
            rank: rank(op),
            id: op.id(),
        },
        place: op.id().head(),
        id: op.id(),
        bytes: op.bytes(),
    }
}

fn rank(op: &VerifiedOp) -> u32 {
    op.index().unwrap_or(UNKNOWN)
}
