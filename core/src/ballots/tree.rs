//! One precinct's registers as a tree that is cheap to change: a ballot costs one walk down, and
//! marks what it changes; [`Tree::fold`] works out what was marked, once a tick.
//!
//! A leaf refers to its registers in the order of their places, and divides in four when they are
//! more than [`LEAF`]. Nodes are numbers, four siblings in a row, and are never taken out. A large
//! poll waits for memory more than for anything else. So what is known of a node stands in one list
//! for each property, and the way down reads nothing but four bytes a level; and registers stay
//! where they are when a leaf divides.

use core::ops::RangeInclusive;

use super::branch::{Branch, FAN_OUT, MAX_DEPTH};
use super::fingerprint::{self, EMPTY, Fingerprint, LEAF};
use super::returns::Return;
use super::slots::{Slot, Slots};
use crate::crdt::register::Inserted;
use crate::ids::{OpId, VoterKey};
use crate::poll::register::{CastBallot, VoterRegister};
use crate::poll::verdict::Removed;

/// The most registers of a precinct. A ballot of one more voter is refused.
pub(crate) const MAX_REGISTERS: usize = 2_097_152;
/// Leaves grow by so many registers at a time: doubling would leave a quarter of the memory unused.
const GROWTH: usize = 4;

/// A leaf's reference to one of its registers.
#[derive(Debug, Clone, Copy)]
struct Entry {
    place: u64,
    slot: u32,
}

/// The registers of one precinct.
#[derive(Debug, Clone)]
pub(crate) struct Tree {
    section: u8,
    /// For each node the first of its four children; 0 for a leaf, since nobody's child is node 0.
    children: Vec<u32>,
    /// For each leaf its registers, ascending by place and voter; inner nodes have none.
    leaves: Vec<Vec<Entry>>,
    /// Whether something below a node changed since the last fold. A marked node's parent is
    /// marked.
    dirty: Vec<bool>,
    fingerprints: Vec<Fingerprint>,
    /// Returns as rows of numbers: a box for each would take more memory than they do.
    rows: Vec<u64>,
    total: Return,
    slots: Slots,
    ballots: u64,
    /// The most registers.
    room: usize,
    scratch: Scratch,
}

/// Kept from fold to fold to spare allocations for every leaf.
#[derive(Debug, Clone)]
struct Scratch {
    ids: Vec<OpId>,
    leaf: Return,
}

/// A way down from the root: at most one node for each depth.
struct Path {
    nodes: [u32; MAX_DEPTH as usize + 1],
    length: usize,
}

impl Path {
    fn last(&self) -> usize {
        self.nodes[self.length - 1] as usize
    }
}

/// What became of a ballot that was put into the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Placed {
    /// It is held now, perhaps in the place of another.
    Added,
    /// It was held already.
    Known,
    /// Its slot holds two ballots with smaller ids.
    Dominated,
    /// It is of a new voter, and there are [`MAX_REGISTERS`] already.
    Full,
}

impl Tree {
    /// The tree of no ballots, for a poll with that many options.
    #[must_use]
    pub(crate) fn new(section: u8, options: usize) -> Self {
        let empty = Return::empty(options);
        let mut tree = Self {
            section,
            children: Vec::new(),
            leaves: Vec::new(),
            dirty: Vec::new(),
            fingerprints: Vec::new(),
            rows: Vec::new(),
            total: empty.clone(),
            slots: Slots::default(),
            ballots: 0,
            room: MAX_REGISTERS,
            scratch: Scratch {
                ids: Vec::new(),
                leaf: empty,
            },
        };
        tree.push_leaf(Vec::new());
        tree
    }

    /// Puts in a voter's ballot. O(depth), and the depth is logarithmic in the registers; no hash
    /// is worked out.
    pub(crate) fn insert(&mut self, place: u64, voter: VoterKey, ballot: CastBallot) -> Placed {
        let path = self.path(place);
        let leaf = path.last();
        let placed = match self.find(leaf, place, &voter) {
            Ok(at) => {
                let slot = self.leaves[leaf][at].slot;
                match self.slots[slot].register.insert(ballot) {
                    Inserted::Known => return Placed::Known,
                    Inserted::Dominated => return Placed::Dominated,
                    inserted => inserted,
                }
            }
            Err(_) if self.is_full() => return Placed::Full,
            Err(at) => {
                let mut register = VoterRegister::default();
                let inserted = register.insert(ballot);
                let slot = self.slots.push(Slot {
                    place,
                    voter,
                    register,
                });
                let entries = &mut self.leaves[leaf];
                if entries.len() == entries.capacity() {
                    entries.reserve_exact(GROWTH);
                }
                entries.insert(at, Entry { place, slot });
                inserted
            }
        };
        self.ballots += u64::from(placed == Inserted::Added);
        self.mark(&path);
        self.divide(leaf, path.length as u8 - 1);
        Placed::Added
    }

    /// Marks the register at that place as changed: its ballots are as they were, but what they
    /// count for is not.
    pub(crate) fn touch(&mut self, place: u64) {
        let path = self.path(place);
        self.mark(&path);
    }

    /// The voter's register.
    #[must_use]
    pub(crate) fn register(&self, place: u64, voter: &VoterKey) -> Option<&VoterRegister> {
        let (_, leaf) = self.leaf_around(place);
        let at = self.find(leaf, place, voter).ok()?;
        Some(&self.slots[self.leaves[leaf][at].slot].register)
    }

    /// Where in a leaf the voter's register is, or would be.
    fn find(&self, leaf: usize, place: u64, voter: &VoterKey) -> Result<usize, usize> {
        self.leaves[leaf].binary_search_by(|entry| {
            let order = entry.place.cmp(&place);
            order.then_with(|| self.slots[entry.slot].voter.cmp(voter))
        })
    }

    /// The registers in those places, in ascending order of place and voter.
    pub(crate) fn slots(&self, places: RangeInclusive<u64>) -> impl Iterator<Item = &Slot> {
        let (first, last) = places.into_inner();
        let mut next = (first <= last).then_some(first);
        core::iter::from_fn(move || {
            let (branch, leaf) = self.leaf_around(next?);
            next = branch
                .places()
                .end()
                .checked_add(1)
                .filter(|place| *place <= last);
            Some(&self.leaves[leaf])
        })
        .flatten()
        .skip_while(move |entry| entry.place < first)
        .take_while(move |entry| entry.place <= last)
        .map(|entry| &self.slots[entry.slot])
    }

    /// How many registers there are.
    #[must_use]
    pub(crate) fn registers(&self) -> usize {
        self.slots.len()
    }

    /// Whether there is no room for another voter's register.
    #[must_use]
    pub(crate) fn is_full(&self) -> bool {
        self.slots.len() >= self.room
    }

    /// From now on, the most registers.
    pub(super) fn limit_room(&mut self, registers: usize) {
        self.room = registers;
    }

    /// How many ballots are held.
    #[must_use]
    pub(crate) fn ballots(&self) -> u64 {
        self.ballots
    }

    /// Works out the returns and fingerprints of all that changed since the last time.
    pub(crate) fn fold(&mut self, removed: &Removed) {
        if self.is_dirty() {
            self.fold_node(0, removed);
            self.total = Return::from_row(&self.rows[..self.stride()]);
        }
    }

    /// Whether something changed since the last [`Tree::fold`].
    #[must_use]
    pub(crate) fn is_dirty(&self) -> bool {
        self.dirty[0]
    }

    /// What all ballots add up to, as of the last fold.
    #[must_use]
    pub(crate) fn total(&self) -> &Return {
        &self.total
    }

    /// The fingerprint of a branch of this section, as of the last fold. O(depth), and a hash for a
    /// part of a leaf.
    #[must_use]
    pub(crate) fn fingerprint(&self, branch: Branch) -> Fingerprint {
        match self.seek(branch) {
            Ok(node) => self.fingerprints[node],
            Err(entries) => {
                let mut ids: Vec<OpId> = self.ballots_of(entries).map(|ballot| ballot.id).collect();
                ids.sort_unstable();
                fingerprint::leaf(ids.iter())
            }
        }
    }

    /// How many ballots a branch of this section holds, as of the last fold. O(depth).
    #[must_use]
    pub(crate) fn ballots_under(&self, branch: Branch) -> u64 {
        match self.seek(branch) {
            Ok(node) => self.rows[node * self.stride()],
            Err(entries) => self.ballots_of(entries).count() as u64,
        }
    }

    /// What a branch of this section adds up to, as of the last fold. O(depth).
    #[must_use]
    pub(crate) fn branch_total(&self, branch: Branch, removed: &Removed) -> Return {
        match self.seek(branch) {
            Ok(node) => Return::from_row(&self.rows[node * self.stride()..][..self.stride()]),
            Err(entries) => {
                let mut total = self.total.clone();
                total.clear();
                for entry in entries {
                    let slot = &self.slots[entry.slot];
                    total.add_register(&slot.voter, &slot.register, removed);
                }
                total
            }
        }
    }

    fn ballots_of(&self, entries: &[Entry]) -> impl Iterator<Item = &CastBallot> {
        entries
            .iter()
            .flat_map(|entry| self.slots[entry.slot].register.entries())
    }

    /// The node of that very branch, or the registers under it when it is a part of a leaf.
    fn seek(&self, branch: Branch) -> Result<usize, &[Entry]> {
        let (first, last) = branch.places().into_inner();
        let mut node = 0;
        for depth in 0..branch.depth() {
            let Some(child) = self.child(node, first, depth) else {
                let entries = &self.leaves[node];
                let from = entries.partition_point(|entry| entry.place < first);
                let to = entries.partition_point(|entry| entry.place <= last);
                return Err(&entries[from..to]);
            };
            node = child;
        }
        Ok(node)
    }

    /// The leaf whose places include that one.
    fn leaf_around(&self, place: u64) -> (Branch, usize) {
        let mut node = 0;
        let mut depth = 0;
        while let Some(child) = self.child(node, place, depth) {
            node = child;
            depth += 1;
        }
        (Branch::around(self.section, depth, place), node)
    }

    fn path(&self, place: u64) -> Path {
        let mut path = Path {
            nodes: [0; MAX_DEPTH as usize + 1],
            length: 1,
        };
        while let Some(child) = self.child(path.last(), place, path.length as u8 - 1) {
            path.nodes[path.length] = child as u32;
            path.length += 1;
        }
        path
    }

    /// The child, of a node of that depth, whose places include that one; `None` for a leaf.
    fn child(&self, node: usize, place: u64, depth: u8) -> Option<usize> {
        let first = self.children[node];
        (first != 0).then(|| first as usize + quarter(place, depth))
    }

    /// Marks a leaf and what is above it, up to the first that is marked already.
    fn mark(&mut self, path: &Path) {
        for &node in path.nodes[..path.length].iter().rev() {
            if core::mem::replace(&mut self.dirty[node as usize], true) {
                break;
            }
        }
    }

    /// Divides a leaf that holds too many registers, and again the part that took them all.
    fn divide(&mut self, mut leaf: usize, mut depth: u8) {
        while self.leaves[leaf].len() > LEAF && depth < MAX_DEPTH {
            let entries = core::mem::take(&mut self.leaves[leaf]);
            let first = self.leaves.len();
            for entries in (0..FAN_OUT).scan(&entries[..], |rest, part| {
                let end = rest.partition_point(|entry| quarter(entry.place, depth) <= part);
                let (here, after) = rest.split_at(end);
                *rest = after;
                Some(here)
            }) {
                let room = entries.len().next_multiple_of(GROWTH);
                let mut part = Vec::with_capacity(room);
                part.extend_from_slice(entries);
                self.push_leaf(part);
            }
            self.children[leaf] = first as u32;
            // At most one part can be too large: the leaf held one register more than fits.
            let parts = first..first + FAN_OUT;
            leaf = parts
                .max_by_key(|&part| self.leaves[part].len())
                .unwrap_or(first);
            depth += 1;
        }
    }

    fn push_leaf(&mut self, entries: Vec<Entry>) {
        self.children.push(0);
        self.dirty.push(!entries.is_empty());
        self.leaves.push(entries);
        self.fingerprints.push(EMPTY);
        self.rows.resize(self.leaves.len() * self.stride(), 0);
    }

    /// Numbers a row.
    fn stride(&self) -> usize {
        self.total.row_length()
    }

    fn fold_node(&mut self, node: usize, removed: &Removed) {
        if !core::mem::replace(&mut self.dirty[node], false) {
            return;
        }
        match self.children[node] as usize {
            0 => self.fold_leaf(node, removed),
            first => {
                for child in first..first + FAN_OUT {
                    self.fold_node(child, removed);
                }
                self.sum_up(node, first);
            }
        }
    }

    fn fold_leaf(&mut self, node: usize, removed: &Removed) {
        let stride = self.stride();
        let Scratch { ids: sorted, leaf } = &mut self.scratch;
        leaf.clear();
        sorted.clear();
        // All ids first: the registers lie far apart, and so short a loop waits for several of them
        // at once.
        for entry in &self.leaves[node] {
            let ballots = self.slots[entry.slot].register.entries();
            sorted.extend(ballots.iter().map(|ballot| ballot.id));
        }
        for entry in &self.leaves[node] {
            let slot = &self.slots[entry.slot];
            leaf.add_register(&slot.voter, &slot.register, removed);
        }
        sorted.sort_unstable();
        leaf.write_row(&mut self.rows[node * stride..][..stride]);
        self.fingerprints[node] = fingerprint::leaf(sorted.iter());
    }

    /// Works out an inner node from its children, which come after it.
    fn sum_up(&mut self, node: usize, first: usize) {
        let stride = self.stride();
        let (above, below) = self.rows.split_at_mut(first * stride);
        let sum = &mut above[node * stride..][..stride];
        sum.fill(0);
        for child in below[..FAN_OUT * stride].chunks_exact(stride) {
            sum.iter_mut()
                .zip(child)
                .for_each(|(sum, part)| *sum += part);
        }
        self.fingerprints[node] =
            fingerprint::inner([0, 1, 2, 3].map(|quarter| self.fingerprints[first + quarter]));
    }
}

/// Which child of a branch of that depth holds a place. `depth` is below [`MAX_DEPTH`]: deeper
/// branches are leaves.
fn quarter(place: u64, depth: u8) -> usize {
    (place >> (62 - 2 * u32::from(depth)) & 3) as usize
}
