//! One voter's register: a lattice in which the latest ballot wins and a double signature shows.

use super::Join;
use crate::ids::OpId;

/// What a register holds: something numbered by its author, and named by its content.
pub trait Entry {
    /// The author's own count, from 0.
    fn seq(&self) -> u32;
    /// The hash that names it.
    fn id(&self) -> OpId;
}

/// A map from sequence number to the smallest two ids that were signed under it, joined slot by
/// slot.
///
/// An honest author signs one entry a slot. Two in a slot prove that the author signed twice; a
/// third proves nothing more, so only the two smallest ids are kept and the state stays bounded: a
/// set cut down to its smallest two is a lattice still. The register's value is its highest slot.
///
/// It is a last-writer-wins register (Shapiro et al. 2011, specification 8) whose time is its one
/// writer's own count, and which, like the multi-value register (specification 10), shows it when
/// that writer wrote twice at once.
///
/// - Cost: O(e) to insert or join an entry, for the e entries of this register; O(log e) to look
///   one up.
/// - Caps: two entries a slot; the slots are capped by the author's cap on seq.
/// - Cannot: tell which of two entries of one slot was meant. Neither is the value until a higher
///   slot is filled.
///
/// ```
/// use election_core::crdt::{Join, Register, register::Entry};
/// use election_core::ids::OpId;
///
/// #[derive(Clone, Copy, PartialEq, Debug)]
/// struct Note(u32, u8);
/// impl Entry for Note {
///     fn seq(&self) -> u32 { self.0 }
///     fn id(&self) -> OpId { OpId([self.1; 32]) }
/// }
///
/// let (mut here, mut there) = (Register::default(), Register::default());
/// here.insert(Note(0, 7));
/// there.insert(Note(0, 9)); // Signed under the same seq: from a backup, say.
/// here.join(&there);
/// assert_eq!(here.top(), [Note(0, 7), Note(0, 9)], "the proof of it");
/// here.insert(Note(1, 8));
/// assert_eq!(here.top(), [Note(1, 8)], "a higher seq heals it");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Register<E> {
    /// Ascending by (seq, id), at most two of one seq.
    entries: Entries<E>,
}

/// Nearly every register holds one entry, there are very many registers, and each is looked at when
/// its neighbour changes: one entry stands in the register itself.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Entries<E> {
    One(E),
    /// None, or at least two.
    Many(Vec<E>),
}

impl<E> Entries<E> {
    const NONE: Self = Self::Many(Vec::new());

    fn into_vec(self) -> Vec<E> {
        match self {
            Self::One(entry) => vec![entry],
            Self::Many(entries) => entries,
        }
    }
}

impl<E> Default for Register<E> {
    fn default() -> Self {
        Self {
            entries: Entries::NONE,
        }
    }
}

/// What became of an entry that was put into a register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inserted<E> {
    /// It is held now.
    Added,
    /// It is held now, and pushed out an entry of the same slot with a larger id.
    Replaced(E),
    /// It was held already.
    Known,
    /// Its slot holds two entries with smaller ids.
    Dominated,
}

impl<E: Entry> Register<E> {
    /// Puts an entry in its slot. O(entries of this register), which its author's cap on seq
    /// bounds.
    pub fn insert(&mut self, entry: E) -> Inserted<E> {
        let key = (entry.seq(), entry.id());
        let held = self.entries();
        let at = match held.binary_search_by(|held| (held.seq(), held.id()).cmp(&key)) {
            Ok(_) => return Inserted::Known,
            Err(at) => at,
        };
        let start = held.partition_point(|held| held.seq() < key.0);
        if at >= start + 2 {
            return Inserted::Dominated;
        }
        if held.is_empty() {
            self.entries = Entries::One(entry);
            return Inserted::Added;
        }
        let mut entries = core::mem::replace(&mut self.entries, Entries::NONE).into_vec();
        // One at a time: few voters change their vote often.
        entries.reserve_exact(1);
        entries.insert(at, entry);
        let third = entries
            .get(start + 2)
            .is_some_and(|third| third.seq() == key.0);
        let replaced = third.then(|| entries.remove(start + 2));
        self.entries = Entries::Many(entries);
        replaced.map_or(Inserted::Added, Inserted::Replaced)
    }

    /// The entries of one slot: none, one, or two that prove a double signature.
    #[must_use]
    pub(crate) fn slot(&self, seq: u32) -> &[E] {
        let entries = self.entries();
        let start = entries.partition_point(|held| held.seq() < seq);
        let end = entries.partition_point(|held| held.seq() <= seq);
        &entries[start..end]
    }

    /// The highest slot; empty only when the register is.
    #[must_use]
    pub fn top(&self) -> &[E] {
        self.entries()
            .last()
            .map_or(&[], |last| self.slot(last.seq()))
    }

    /// Whether the slot holds this id, or has two smaller ones and would never hold it. Once true,
    /// always true.
    #[must_use]
    pub(crate) fn covers(&self, seq: u32, id: OpId) -> bool {
        let slot = self.slot(seq);
        slot.iter().any(|held| held.id() == id)
            || (slot.len() == 2 && slot.iter().all(|held| held.id() < id))
    }

    /// Every entry, ascending by (seq, id).
    #[must_use]
    pub(crate) fn entries(&self) -> &[E] {
        match &self.entries {
            Entries::One(entry) => core::slice::from_ref(entry),
            Entries::Many(entries) => entries,
        }
    }
}

impl<E: Entry + Clone> Join for Register<E> {
    fn join(&mut self, other: &Self) -> bool {
        other.entries().iter().fold(false, |changed, entry| {
            matches!(
                self.insert(entry.clone()),
                Inserted::Added | Inserted::Replaced(_)
            ) | changed
        })
    }

    fn delta_since(&self, known: &Self) -> Self {
        let mut delta = Self::default();
        for entry in self.entries() {
            if !known.covers(entry.seq(), entry.id()) {
                delta.insert(entry.clone());
            }
        }
        delta
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::crdt::laws::laws_of;

    impl Entry for (u32, u8) {
        fn seq(&self) -> u32 {
            self.0
        }
        fn id(&self) -> OpId {
            OpId([self.1; 32])
        }
    }

    fn states() -> impl Strategy<Value = Register<(u32, u8)>> {
        proptest::collection::vec((0..3_u32, 0..5_u8), 0..10).prop_map(|entries| {
            let mut register = Register::default();
            for entry in entries {
                register.insert(entry);
            }
            register
        })
    }

    laws_of!(states());

    proptest! {
        #[test]
        fn what_is_covered_stays_covered(a in states(), b in states(), seq in 0..3_u32, id in 0..5_u8) {
            let mut joined = a.clone();
            joined.join(&b);
            prop_assert!(!a.covers(seq, OpId([id; 32])) || joined.covers(seq, OpId([id; 32])));
        }
    }

    #[test]
    fn a_third_signature_changes_nothing_that_is_shown() {
        let mut register = Register::default();
        assert_eq!(register.insert((0, 2)), Inserted::Added);
        assert_eq!(register.insert((0, 2)), Inserted::Known);
        assert_eq!(register.insert((0, 9)), Inserted::Added);
        assert_eq!(register.insert((0, 10)), Inserted::Dominated);
        assert_eq!(register.insert((0, 1)), Inserted::Replaced((0, 9)));
        assert_eq!(register.top(), [(0, 1), (0, 2)]);
        assert_eq!(register.insert((1, 5)), Inserted::Added);
        assert_eq!(register.top(), [(1, 5)], "a higher seq heals the register");
    }
}
