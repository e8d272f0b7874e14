//! All ops of a section, or of a branch of it, one after the other, in an order in which they can be delivered:
//! each after those it depends on within its section. A walk can be left and taken up again.

use super::branch::{Branch, LOG};
use super::state::Canvass;
use super::tree::Tree;
use crate::ids::{OpId, VoterKey};
use crate::poll::log::Log;
use crate::poll::op::{Op, VerifiedOp};

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
    pub position: Position,
    /// Its place in its section.
    pub place: u64,
    /// Its id.
    pub id: OpId,
    /// The whole op, as received.
    pub bytes: &'a [u8],
}

impl Canvass {
    /// The ops under `branch` that come after `after`: ballots by place, voter and seq; the log's ops by their index in
    /// the chain, and then those of unknown kinds. Lazy. To start costs O(depth), or O(log's ops) in the log's section.
    pub fn walk(
        &self,
        branch: Branch,
        after: Option<Position>,
    ) -> Box<dyn Iterator<Item = Step<'_>> + '_> {
        if branch.section() == LOG {
            Box::new(log_steps(self.log()).filter(move |step| {
                branch.places().contains(&step.place)
                    && after.is_none_or(|after| after < step.position)
            }))
        } else {
            Box::new(ballot_steps(self.tree(), branch, after))
        }
    }

    /// The bytes of all ops in an order in which they can be delivered, the genesis not among them. Lazy.
    pub fn ops(&self) -> impl Iterator<Item = &[u8]> {
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
            slot.register.entries().iter().map(|ballot| Step {
                position: Position {
                    place: slot.place,
                    owner: slot.voter,
                    rank: ballot.seq,
                    id: ballot.id,
                },
                place: slot.place,
                id: ballot.id,
                bytes: &ballot.bytes,
            })
        })
        .skip_while(move |step| after.is_some_and(|after| step.position <= after))
}

fn log_steps(log: &Log) -> impl Iterator<Item = Step<'_>> {
    let unknown = log.ops().filter(|op| matches!(***op, Op::Unknown { .. }));
    log.chain().chain(unknown).map(|op| Step {
        position: Position {
            place: 0,
            owner: VoterKey([0; 32]),
            rank: rank(op),
            id: op.id(),
        },
        place: op.id().head(),
        id: op.id(),
        bytes: op.bytes(),
    })
}

fn rank(op: &VerifiedOp) -> u32 {
    match &**op {
        Op::RevokeBallot(revocation) => revocation.link.index,
        _ => u32::MAX,
    }
}
