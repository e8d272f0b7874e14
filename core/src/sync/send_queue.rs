//! The ops that one turn has to send. They are named by branches and picked out frame by frame, so
//! that what waits here takes no more memory than the request for it did.

use std::collections::VecDeque;

use super::short::Shortener;
use crate::ballots::BallotStore;
use crate::ballots::branch::{Branch, LOG, PRECINCT};
use crate::ballots::walk::{Position, Step};

/// The most bytes of ops in one message: some 300 ballots. A page checks a message in one go,
/// during which it answers to nothing, and on a slow phone twice as many would be felt. An op of
/// any length fits.
pub(crate) const MAX_OPS_BYTES: usize = 30 * 1024;

/// Which ops of a branch are to be sent.
#[derive(Debug)]
pub(crate) enum Pick {
    /// Those with one of these short ids, which ascend.
    Only(Vec<u32>),
    /// All but those with one of these short ids, which ascend.
    Except(Vec<u32>),
}

impl Pick {
    fn takes(&self, short: Shortener, step: &Step<'_>) -> bool {
        match self {
            Self::Only(ids) => ids.binary_search(&short.id(step.id)).is_ok(),
            Self::Except(ids) => ids.is_empty() || ids.binary_search(&short.id(step.id)).is_err(),
        }
    }
}

/// A frame of ops, and whether it is the last.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Batch {
    /// Whole ops.
    pub(crate) bytes: Vec<u8>,
    /// How many ops were sent up to and with this frame.
    pub(crate) sent: u64,
    /// Nothing is left to send.
    pub(crate) last: bool,
}

/// What is still to be sent: the genesis, then ballots branch by branch, then the log's ops in the
/// log's order.
#[derive(Debug, Default)]
pub(crate) struct SendQueue {
    genesis: bool,
    ballots: VecDeque<(Branch, Pick)>,
    log: Vec<(Branch, Pick)>,
    /// The last op that was sent of the branch at hand.
    after: Option<Position>,
    sent: u64,
    total: u64,
}

impl SendQueue {
    /// Everything, the genesis first.
    #[must_use]
    pub(crate) fn everything(store: &BallotStore) -> Self {
        let mut queue = Self {
            genesis: true,
            ..Self::default()
        };
        queue.add(
            Branch::root(PRECINCT),
            Pick::Except(Vec::new()),
            store.len(),
        );
        queue.add(Branch::root(LOG), Pick::Except(Vec::new()), 0);
        queue
    }

    /// Adds some ops of a branch, about `count` of them.
    pub(crate) fn add(&mut self, branch: Branch, pick: Pick, count: u64) {
        self.total += count;
        if branch.section() == LOG {
            self.log.push((branch, pick));
        } else {
            self.ballots.push_back((branch, pick));
        }
    }

    /// About how many ops were to be sent, with those that are sent.
    #[must_use]
    pub(crate) fn total(&self) -> u64 {
        self.total.max(self.sent)
    }

    /// Takes the next frame out, of `most` bytes or of one op; `None` when nothing is left.
    pub(crate) fn next_batch(
        &mut self,
        store: &BallotStore,
        short: Shortener,
        most: usize,
    ) -> Option<Batch> {
        let mut bytes = Vec::new();
        if core::mem::take(&mut self.genesis) {
            bytes.extend_from_slice(store.genesis_op().bytes());
        }
        let last = self.fill(store, short, most, &mut bytes);
        (!bytes.is_empty()).then_some(Batch {
            bytes,
            sent: self.sent,
            last,
        })
    }

    /// Appends ops; true when all are out, false when the next does not fit.
    fn fill(
        &mut self,
        store: &BallotStore,
        short: Shortener,
        most: usize,
        bytes: &mut Vec<u8>,
    ) -> bool {
        while let Some((branch, pick)) = self.ballots.front() {
            for step in store
                .walk(*branch, self.after)
                .filter(|step| pick.takes(short, step))
            {
                if !fits(&step, most, bytes) {
                    return false;
                }
                self.after = Some(step.position);
                self.sent += 1;
            }
            self.ballots.pop_front();
            self.after = None;
        }
        // One pass for all branches of the log: its ops depend on each other across branches.
        let mut log = core::mem::take(&mut self.log);
        log.sort_unstable_by_key(|(branch, _)| *branch.places().start());
        let branches: Vec<Branch> = log.iter().map(|(branch, _)| *branch).collect();
        let picked = |step: &Step<'_>| {
            let until = log.partition_point(|(branch, _)| *branch.places().start() <= step.place);
            log[..until]
                .last()
                .is_some_and(|(_, pick)| pick.takes(short, step))
        };
        for step in store.walk_log(&branches, self.after).filter(picked) {
            if !fits(&step, most, bytes) {
                self.log = log;
                return false;
            }
            self.after = Some(step.position);
            self.sent += 1;
        }
        true
    }
}

/// Appends an op if there is room for it. A frame has room for any one op.
fn fits(step: &Step<'_>, most: usize, bytes: &mut Vec<u8>) -> bool {
    let fits = bytes.is_empty() || bytes.len() + step.bytes.len() <= most;
    if fits {
        bytes.extend_from_slice(step.bytes);
    }
    fits
}
