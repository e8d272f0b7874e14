//! The G-Set: what is put in stays in.

use std::collections::BTreeSet;

use super::Join;

/// A set that only grows (Shapiro et al. 2011, specification 11); joined by union.
///
/// - Cost: O(log n) to insert or look up, O(m log n) to join m items.
/// - Caps: none of its own, because dropping an item would undo a join; whoever lets items in caps
///   them.
/// - Cannot: take anything out, or say which of two items is the later.
///
/// ```
/// use election_textbook::crdt::{GSet, Join};
///
/// let (mut here, mut there) = (GSet::default(), GSet::default());
/// here.insert("Ann: red");
/// there.insert("Ann: red"); // One item, wherever it came in.
/// there.insert("Ann: blue"); // Ann changed her mind; to this set that is one more item.
/// here.join(&there);
/// assert_eq!(here.len(), 2);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct GSet<T> {
    items: BTreeSet<T>,
}

impl<T> Default for GSet<T> {
    fn default() -> Self {
        Self {
            items: BTreeSet::new(),
        }
    }
}

impl<T: Ord> GSet<T> {
    /// Puts an item in; true when it was not there.
    pub fn insert(&mut self, item: T) -> bool {
        self.items.insert(item)
    }

    /// Whether the item is there.
    #[must_use]
    pub fn contains(&self, item: &T) -> bool {
        self.items.contains(item)
    }

    /// All items, ascending.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.items.iter()
    }

    /// How many items there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
}

impl<T: Ord> FromIterator<T> for GSet<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self {
            items: items.into_iter().collect(),
        }
    }
}

impl<T: Ord + Clone> Join for GSet<T> {
    fn join(&mut self, other: &Self) -> bool {
        other
            .iter()
            .fold(false, |changed, item| self.insert(item.clone()) | changed)
    }

    fn delta_since(&self, known: &Self) -> Self {
        self.items.difference(&known.items).cloned().collect()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::crdt::laws::laws_of;

    pub fn states() -> impl Strategy<Value = GSet<u8>> {
        proptest::collection::vec(0..8_u8, 0..8).prop_map(GSet::from_iter)
    }

    laws_of!(states());

    proptest! {
        #[test]
        fn a_join_is_a_union(a in states(), b in states(), item in 0..8_u8) {
            let mut union = a.clone();
            union.join(&b);
            prop_assert_eq!(union.contains(&item), a.contains(&item) || b.contains(&item));
            prop_assert_eq!(b.delta_since(&a).contains(&item), b.contains(&item) && !a.contains(&item));
        }
    }
}
