//! The members of one room, and drawing some of them at random.

use std::collections::HashMap;

use election_envelope::Handle;

/// Members by handle and by position: positions are what can be drawn evenly.
pub(crate) struct Members<T> {
    list: Vec<(Handle, T)>,
    positions: HashMap<Handle, usize>,
}

impl<T: Clone> Members<T> {
    /// Nobody.
    pub(crate) fn new() -> Self {
        Self {
            list: Vec::new(),
            positions: HashMap::new(),
        }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    /// Everyone, in no particular order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.list.iter().map(|(_, member)| member)
    }

    /// Lets a member in under a handle that nobody here has.
    pub(crate) fn insert(&mut self, rng: &mut fastrand::Rng, member: T) -> Handle {
        let handle = loop {
            let candidate = Handle(rng.u64(..));
            if !self.positions.contains_key(&candidate) {
                break candidate;
            }
        };
        self.positions.insert(handle, self.list.len());
        self.list.push((handle, member));
        handle
    }

    /// Lets a member go; the last in the list takes its position.
    pub(crate) fn remove(&mut self, handle: Handle) {
        let Some(position) = self.positions.remove(&handle) else {
            return;
        };
        self.list.swap_remove(position);
        if let Some((moved, _)) = self.list.get(position) {
            self.positions.insert(*moved, position);
        }
    }

    /// The member with this handle.
    pub(crate) fn get(&self, handle: Handle) -> Option<T> {
        let position = *self.positions.get(&handle)?;
        self.list.get(position).map(|(_, member)| member.clone())
    }

    /// Up to `count` distinct members but never `sender`: each set of that size is equally likely.
    pub(crate) fn sample_others(
        &self,
        rng: &mut fastrand::Rng,
        sender: Handle,
        count: usize,
    ) -> Vec<T> {
        let Some(&sender) = self.positions.get(&sender) else {
            return Vec::new();
        };
        let others = self.list.len() - 1;
        // The others are numbered as if the sender's position were cut out of the list.
        let positions = sample_distinct(rng, others, count.min(others)).into_iter();
        let positions = positions.map(|number| if number < sender { number } else { number + 1 });
        positions
            .filter_map(|position| self.list.get(position))
            .map(|(_, member)| member.clone())
            .collect()
    }
}

/// `count` distinct numbers below `bound`, each set equally likely, in as many draws.
///
/// Robert Floyd's method (Bentley and Floyd, "A sample of brilliance", Communications of the ACM
/// 30(9), 1987). `count` is at most 255 here, so looking through the list beats hashing.
fn sample_distinct(rng: &mut fastrand::Rng, bound: usize, count: usize) -> Vec<usize> {
    debug_assert!(count <= bound);
    let mut chosen = Vec::with_capacity(count);
    for last in bound - count..bound {
        let drawn = rng.usize(..=last);
        chosen.push(if chosen.contains(&drawn) { last } else { drawn });
    }
    chosen
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// A room of `size` members, each known by its number, and their handles.
    fn room(rng: &mut fastrand::Rng, size: usize) -> (Members<usize>, Vec<Handle>) {
        let mut members = Members::new();
        let handles = (0..size)
            .map(|number| members.insert(rng, number))
            .collect();
        (members, handles)
    }

    #[test]
    fn a_sample_is_distinct_and_without_its_sender() {
        let mut rng = fastrand::Rng::with_seed(1);
        let (members, handles) = room(&mut rng, 9);
        for count in 0..=300 {
            for (number, sender) in handles.iter().enumerate() {
                let mut sample = members.sample_others(&mut rng, *sender, count);
                assert_eq!(sample.len(), count.min(8));
                assert!(!sample.contains(&number));
                sample.sort_unstable();
                sample.dedup();
                assert_eq!(sample.len(), count.min(8));
            }
        }
    }

    #[test]
    fn every_set_of_others_is_equally_likely() {
        let mut rng = fastrand::Rng::with_seed(2);
        let (members, handles) = room(&mut rng, 7);
        let draws = 60_000_u32;
        let mut seen: BTreeMap<Vec<usize>, u32> = BTreeMap::new();
        for _ in 0..draws {
            let mut sample = members.sample_others(&mut rng, handles[3], 3);
            sample.sort_unstable();
            *seen.entry(sample).or_default() += 1;
        }
        // 6 choose 3 sets. Chi-square with 19 degrees of freedom exceeds 70 in fewer than one of a
        // million runs.
        assert_eq!(seen.len(), 20);
        let expected = f64::from(draws) / 20.0;
        let chi_square: f64 = seen
            .values()
            .map(|&count| (f64::from(count) - expected).powi(2) / expected)
            .sum();
        assert!(chi_square < 70.0, "{chi_square}");
    }

    #[test]
    fn handles_still_find_their_members_after_many_have_left() {
        let mut rng = fastrand::Rng::with_seed(3);
        let (mut members, mut handles) = room(&mut rng, 50);
        let mut numbers: Vec<usize> = (0..50).collect();
        while !handles.is_empty() {
            let leaving = rng.usize(..handles.len());
            members.remove(handles[leaving]);
            assert_eq!(members.get(handles[leaving]), None);
            handles.remove(leaving);
            numbers.remove(leaving);
            assert_eq!(members.len(), handles.len());
            for (handle, number) in handles.iter().zip(&numbers) {
                assert_eq!(members.get(*handle), Some(*number));
            }
        }
    }

    #[test]
    fn who_is_not_here_removes_nobody_and_reaches_nobody() {
        let mut rng = fastrand::Rng::with_seed(4);
        let (mut members, handles) = room(&mut rng, 2);
        let stranger = Handle(handles[0].0 ^ handles[1].0 ^ 1);
        members.remove(stranger);
        assert_eq!(members.len(), 2);
        assert!(members.sample_others(&mut rng, stranger, 2).is_empty());
    }
}
