//! Fingerprints: a hash for every branch, defined by the set of ops under it and by nothing else.
//!
//! With `h` for SHA-256, the fingerprint of a branch is
//!
//! - of no ops: 32 zero bytes;
//! - of a leaf: `h(0x00 || the ids of all ops under it, ascending)`. A branch is a leaf when at
//!   most [`LEAF`] registers (in the log's section: ops) stand under it, or at depth [`MAX_DEPTH`];
//! - of any other: `h(0x01 || the fingerprints of its four children, in order)`.
//!
//! It is defined for *every* prefix. A part of a leaf is a leaf of fewer registers, so two replicas
//! can compare any branch whatever the shapes of their trees. Registers, not ballots, decide what
//! is a leaf, because one voter's ballots all stand in one place and no prefix could divide them;
//! and since registers never go away, a branch that is divided stays so.
//!
//! The state hash is `h(0x02 || the fingerprints of the sections' roots, from section 0)`.
//!
//! This is a Merkle tree: a sum of hashes would be cheaper to keep and could be forged by whoever
//! may mint many ballots (D. Wagner, "A Generalized Birthday Problem", CRYPTO 2002).

use sha2::{Digest as _, Sha256};

use super::branch::{Branch, MAX_DEPTH};
use crate::ids::OpId;

/// A leaf holds at most this many registers, or ops of the log's section.
pub(crate) const LEAF: usize = 16;

/// The fingerprint of a branch.
pub(crate) type Fingerprint = [u8; 32];

/// The fingerprint of no ops.
pub(crate) const EMPTY: Fingerprint = [0; 32];

/// One op as fingerprints see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Item {
    /// Where it stands in its section.
    pub place: u64,
    /// Ops of one owner are never divided: a ballot's voter, or for other ops its own id's bytes.
    pub owner: [u8; 32],
    /// The op.
    pub id: OpId,
}

/// The fingerprint of `branch` by the definition, from all ops under it in ascending order. O(n *
/// depth).
#[must_use]
pub fn of(branch: Branch, items: &[Item]) -> Fingerprint {
    if items.is_empty() {
        return EMPTY;
    }
    if branch.depth() == MAX_DEPTH || !exceeds_a_leaf(items) {
        let mut ids: Vec<OpId> = items.iter().map(|item| item.id).collect();
        ids.sort_unstable();
        return leaf(ids.iter());
    }
    let mut rest = items;
    inner([0, 1, 2, 3].map(|quarter| {
        let child = branch.child(quarter);
        let (here, after) =
            rest.split_at(rest.partition_point(|item| item.place <= *child.places().end()));
        rest = after;
        of(child, here)
    }))
}

/// Whether ops in ascending order have more than [`LEAF`] owners.
#[must_use]
pub(crate) fn exceeds_a_leaf(items: &[Item]) -> bool {
    items
        .chunk_by(|a, b| (a.place, a.owner) == (b.place, b.owner))
        .take(LEAF + 1)
        .count()
        > LEAF
}

/// The fingerprint of a leaf that holds these ops, which come in ascending order.
#[must_use]
pub(crate) fn leaf<'a>(ids: impl Iterator<Item = &'a OpId>) -> Fingerprint {
    let mut hash = Sha256::new_with_prefix([0]);
    let mut empty = true;
    for id in ids {
        hash.update(id.0);
        empty = false;
    }
    if empty { EMPTY } else { hash.finalize().into() }
}

/// The fingerprint of a branch from those of its children, if it is no leaf.
#[must_use]
pub(crate) fn inner(children: [Fingerprint; 4]) -> Fingerprint {
    let mut bytes = [1; 1 + 4 * 32];
    for (to, from) in bytes[1..].chunks_exact_mut(32).zip(&children) {
        to.copy_from_slice(from);
    }
    Sha256::digest(bytes).into()
}

/// The state hash, from the fingerprints of the sections' roots.
#[must_use]
pub(crate) fn root(sections: &[Fingerprint]) -> [u8; 32] {
    let mut hash = Sha256::new_with_prefix([2]);
    for section in sections {
        hash.update(section);
    }
    hash.finalize().into()
}
