//! A map in a sorted vector: for maps of at most some thousands of small entries. Each type of
//! B-tree map is some kilobytes of code in the page, each of these some hundred bytes.

use core::ops::RangeInclusive;

/// A map by ascending keys. Lookups are O(log n); [`SortedMap::insert`] and [`SortedMap::remove`]
/// move what comes after, O(n), so it is for maps with a cap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SortedMap<K, V> {
    entries: Vec<(K, V)>,
}

impl<K, V> Default for SortedMap<K, V> {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
        }
    }
}

impl<K: Ord, V> SortedMap<K, V> {
    fn place(&self, key: &K) -> Result<usize, usize> {
        self.entries.binary_search_by(|(held, _)| held.cmp(key))
    }

    /// How many entries there are.
    #[must_use]
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is an entry of that key.
    #[must_use]
    pub(crate) fn contains_key(&self, key: &K) -> bool {
        self.place(key).is_ok()
    }

    /// The value of that key, if there is one.
    #[must_use]
    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        let place = self.place(key).ok()?;
        self.entries.get(place).map(|(_, value)| value)
    }

    /// The same, to be changed.
    pub(crate) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let place = self.place(key).ok()?;
        self.entries.get_mut(place).map(|(_, value)| value)
    }

    /// The value of that key, which is the one given if there was none.
    pub(crate) fn get_or_insert(&mut self, key: K, value: V) -> &mut V {
        let place = match self.place(&key) {
            Ok(place) => place,
            Err(place) => {
                self.entries.insert(place, (key, value));
                place
            }
        };
        &mut self.entries[place].1
    }

    /// Puts an entry in, in the place of one of the same key; true when there was none.
    pub(crate) fn insert(&mut self, key: K, value: V) -> bool {
        match self.place(&key) {
            Ok(place) => {
                self.entries[place].1 = value;
                false
            }
            Err(place) => {
                self.entries.insert(place, (key, value));
                true
            }
        }
    }

    /// Takes out the entry of that key, if there is one.
    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        let place = self.place(key).ok()?;
        Some(self.entries.remove(place).1)
    }

    /// Takes out all that the condition does not hold for.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(&K, &mut V) -> bool) {
        self.entries.retain_mut(|(key, value)| keep(key, value));
    }

    /// Takes everything out.
    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }

    /// The entries, ascending.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        self.entries.iter().map(|(key, value)| (key, value))
    }

    /// The entries of those keys, ascending.
    pub(crate) fn range(&self, keys: RangeInclusive<K>) -> impl Iterator<Item = (&K, &V)> {
        let first = self.entries.partition_point(|(key, _)| key < keys.start());
        let held = self.entries[first..].iter();
        held.take_while(move |(key, _)| key <= keys.end())
            .map(|(key, value)| (key, value))
    }

    /// The values, ascending by key.
    pub(crate) fn values(&self) -> impl Iterator<Item = &V> {
        self.entries.iter().map(|(_, value)| value)
    }

    /// The same, to be changed.
    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.entries.iter_mut().map(|(_, value)| value)
    }

    /// The values alone, ascending by key.
    pub(crate) fn into_values(self) -> impl Iterator<Item = V> {
        self.entries.into_iter().map(|(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_sorted_map_does_what_a_b_tree_map_does(
            steps in proptest::collection::vec((0..6_u8, 0..12_u8, any::<u8>()), 0..200),
        ) {
            let (mut sorted, mut tree) = (SortedMap::default(), BTreeMap::new());
            for (step, key, value) in steps {
                match step {
                    0 | 1 => prop_assert_eq!(sorted.insert(key, value), tree.insert(key, value).is_none()),
                    2 => prop_assert_eq!(sorted.remove(&key), tree.remove(&key)),
                    3 => prop_assert_eq!(*sorted.get_or_insert(key, value), *tree.entry(key).or_insert(value)),
                    4 => {
                        sorted.retain(|held, _| held % 12 != key);
                        tree.retain(|held, _| held % 12 != key);
                    }
                    _ => prop_assert_eq!(
                        sorted.get_mut(&key).map(core::mem::take),
                        tree.get_mut(&key).map(core::mem::take)
                    ),
                }
                prop_assert_eq!(sorted.get(&key), tree.get(&key));
                prop_assert_eq!(sorted.contains_key(&key), tree.contains_key(&key));
                prop_assert_eq!(sorted.len(), tree.len());
                let (from, to) = (key, key.saturating_add(value % 5));
                prop_assert!(sorted.range(from..=to).eq(tree.range(from..=to)));
                prop_assert!(sorted.iter().rev().eq(tree.iter().rev()));
                prop_assert!(sorted.values().eq(tree.values()));
                prop_assert!(sorted.clone().into_values().eq(tree.values().copied()));
            }
        }
    }
}
