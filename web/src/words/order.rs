//! The order of the things in a list. Every sort is some kilobytes of code for each type of thing,
//! so lists are sorted by the places of their things.

use std::cmp::Ordering;

/// The places of so many things, in the order that `compare` says of two places; of equals, the
/// first comes first.
#[must_use]
pub fn by(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut places: Vec<usize> = (0..count).collect();
    places.sort_by(|&one, &other| compare(one, other));
    places
}

#[cfg(test)]
mod tests {
    #[test]
    fn equals_stay_as_they_are() {
        let things = [3, 1, 2, 1];
        let places = super::by(4, &|one, other| things[one].cmp(&things[other]));
        assert_eq!(places, [1, 3, 2, 0]);
    }
}
