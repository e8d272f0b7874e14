//! What to say of a branch in which two replicas differ: as much as pays.
//!
//! A description that reaches further down saves round trips and costs bytes, four times as many
//! for each level.

use super::message::{Content, Description, MAX_MESSAGE};
use super::short::Shortener;
use crate::ballots::BallotStore;
use crate::ballots::branch::{Branch, LOG, MAX_DEPTH, PRECINCT};

/// The most branches that wait to be described. What is beyond is left to another session.
pub(crate) const MAX_FRONTIER: usize = 65_536;
/// Fingerprints of one turn take about so many bytes, unless one level of all of them takes more.
const FINGERPRINT_BYTES: usize = 4 * 1024;
/// Branches that together hold so few ops are listed at once, leaves or not.
const LISTED_TOGETHER: usize = 256;
/// The most ids of one list. A leaf of 16 voters who each signed twice under each of 256 seqs has
/// 8 192.
pub(crate) const MAX_LIST: usize = 12_288;
/// The levels that one description reaches down, at most, once the session is open.
const LEVELS: u8 = 3;
/// More levels are not worth their bytes once the branches at the bottom hold this few ops.
const FEW: u64 = 8;
/// What a description takes beside its numbers: at most 3 + 3 bytes of a group's head, 10 of a gap
/// and 3 of a count.
const OVERHEAD: usize = 20;

/// The first questions to a replica that holds `theirs` ops.
#[must_use]
pub(crate) fn opening(store: &mut BallotStore, theirs: u64, short: Shortener) -> Vec<Description> {
    let root = Branch::root(PRECINCT);
    let held = store.ops_under(root);
    let content = if (1..=LISTED_TOGETHER as u64).contains(&held) {
        Content::List(short_ids(root, store, short))
    } else {
        fingerprints(root, opening_levels(held.max(theirs)), store, short)
    };
    // Logs are short, and nearly always the same.
    let log = fingerprints(Branch::root(LOG), 0, store, short);
    vec![
        Description {
            branch: Branch::root(LOG),
            content: log,
        },
        Description {
            branch: root,
            content,
        },
    ]
}

/// Three levels above where the leaves are: there, few of the branches differ unless many ops do.
fn opening_levels(ops: u64) -> u8 {
    let leaves = (0..MAX_DEPTH)
        .find(|depth| ops >> (2 * u32::from(*depth)) < FEW)
        .unwrap_or(MAX_DEPTH);
    leaves.saturating_sub(3).clamp(1, 5)
}

/// The short ids of all ops under a branch, ascending, the first [`MAX_LIST`] of them.
#[must_use]
pub(crate) fn short_ids(branch: Branch, store: &BallotStore, short: Shortener) -> Vec<u32> {
    let mut ids: Vec<u32> = store
        .walk(branch, None)
        .take(MAX_LIST)
        .map(|step| short.id(step.id))
        .collect();
    ids.sort_unstable();
    ids
}

fn fingerprints(branch: Branch, levels: u8, store: &mut BallotStore, short: Shortener) -> Content {
    let fingerprints = branch
        .below(levels)
        .map(|part| short.fingerprint(&store.branch_fingerprint(part)))
        .collect();
    Content::Fingerprints {
        levels,
        fingerprints,
    }
}

/// Branches in which the two differ, still to be described. None is part of another.
#[derive(Debug, Default)]
pub(crate) struct Frontier {
    branches: Vec<Branch>,
}

impl Frontier {
    /// Adds a branch, if there is room.
    pub(crate) fn push(&mut self, branch: Branch) {
        if self.branches.len() < MAX_FRONTIER {
            self.branches.push(branch);
        }
    }

    /// Whether none waits.
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.branches.is_empty()
    }

    /// Takes out and describes as many as fit in a message, the latest first: those are the
    /// deepest, and going down before going on keeps the list short.
    pub(crate) fn describe(
        &mut self,
        store: &mut BallotStore,
        short: Shortener,
    ) -> Vec<Description> {
        let waiting = self.branches.len();
        let mut about = Vec::new();
        let mut size = 0;
        while let Some(&branch) = self.branches.last() {
            let held = store.ops_under(branch);
            let content = if held <= (LISTED_TOGETHER / waiting) as u64 || store.is_leaf(branch) {
                Content::List(short_ids(branch, store, short))
            } else {
                fingerprints(branch, levels(branch, held, waiting), store, short)
            };
            let numbers = match &content {
                Content::List(ids) => ids.len(),
                Content::Fingerprints { fingerprints, .. } => fingerprints.len(),
            };
            size += OVERHEAD + 4 * numbers;
            if size > MAX_MESSAGE - OVERHEAD {
                break;
            }
            self.branches.pop();
            about.push(Description { branch, content });
        }
        about.sort_unstable_by_key(|Description { branch, content }| {
            let levels = match content {
                Content::Fingerprints { levels, .. } => *levels,
                Content::List(_) => u8::MAX,
            };
            (branch.section(), branch.depth(), levels, branch.prefix())
        });
        about
    }
}

/// As many levels as the bytes allow when `waiting` branches are described, and no more than pays.
fn levels(branch: Branch, held: u64, waiting: usize) -> u8 {
    let affordable =
        |levels: &u8| *levels == 1 || waiting * (4 << (2 * levels)) <= FINGERPRINT_BYTES;
    let levels = (1..=LEVELS).rev().find(affordable).unwrap_or(1);
    let enough = (1..LEVELS)
        .find(|levels| held >> (2 * levels) < FEW)
        .unwrap_or(LEVELS);
    levels.min(enough).min(MAX_DEPTH - branch.depth())
}
