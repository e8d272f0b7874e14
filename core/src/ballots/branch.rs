//! Places, and the branches of the tree that group them.

use core::ops::RangeInclusive;

/// The deepest branches: each holds one place.
pub const MAX_DEPTH: u8 = 32;
/// How many branches a branch divides into.
pub(crate) const FAN_OUT: usize = 4;
/// The section of the chair's log and of ops of unknown kinds. An op's place there is its own id's
/// [`head`](crate::ids::OpId::head).
pub const LOG: u8 = 0;
/// The section of the ballots. A ballot's place is the [`Place`](crate::ids::Place) of its voter;
/// in a replica of one precinct, the voter's place [within](crate::ids::Place::within) that.
pub const PRECINCT: u8 = 1;
/// How many sections there are.
pub(crate) const SECTIONS: u8 = 2;

/// All places of one section that start with the same bits, two for each level of depth.
///
/// ```
/// use election_core::ballots::branch::{Branch, PRECINCT};
///
/// let quarter = Branch::root(PRECINCT).child(3);
/// assert!(quarter.child(0).is_under(quarter));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Branch {
    section: u8,
    depth: u8,
    prefix: u64,
}

impl Branch {
    /// The branch that holds all of a section.
    #[must_use]
    pub const fn root(section: u8) -> Self {
        Self {
            section,
            depth: 0,
            prefix: 0,
        }
    }

    /// The branch of that depth, 0 to [`MAX_DEPTH`], whose places start with the `2 * depth` bits
    /// of `prefix`; `None` when there is none: no such section or depth, or a prefix of more bits.
    #[must_use]
    pub(crate) const fn new(section: u8, depth: u8, prefix: u64) -> Option<Self> {
        if section >= SECTIONS
            || depth > MAX_DEPTH
            || (depth < MAX_DEPTH && prefix >> (2 * depth) != 0)
        {
            return None;
        }
        Some(Self {
            section,
            depth,
            prefix,
        })
    }

    /// The branch of that depth, at most [`MAX_DEPTH`], that holds a place.
    #[must_use]
    pub const fn around(section: u8, depth: u8, place: u64) -> Self {
        let depth = if depth > MAX_DEPTH { MAX_DEPTH } else { depth };
        Self {
            section,
            depth,
            prefix: if depth == 0 {
                0
            } else {
                place >> (64 - 2 * depth)
            },
        }
    }

    /// 0 for the log, 1 for the precinct.
    #[must_use]
    pub const fn section(self) -> u8 {
        self.section
    }

    /// Levels below the section's root, 0 to [`MAX_DEPTH`].
    #[must_use]
    pub const fn depth(self) -> u8 {
        self.depth
    }

    /// The first `2 * depth` bits of its places, as a number.
    #[must_use]
    pub const fn prefix(self) -> u64 {
        self.prefix
    }

    /// The places it holds.
    #[must_use]
    pub(crate) const fn places(self) -> RangeInclusive<u64> {
        if self.depth == 0 {
            return 0..=u64::MAX;
        }
        let below = 64 - 2 * self.depth as u32;
        let first = self.prefix << below;
        first..=first | ((1 << below) - 1)
    }

    /// One of its four children, the lowest places first. At [`MAX_DEPTH`] there is nothing below,
    /// and it is itself.
    #[must_use]
    pub const fn child(self, quarter: u8) -> Self {
        if self.depth == MAX_DEPTH {
            return self;
        }
        Self {
            depth: self.depth + 1,
            prefix: self.prefix << 2 | (quarter & 3) as u64,
            ..self
        }
    }

    /// All branches `levels` below it, `4^levels` of them, the lowest places first. No deeper than
    /// [`MAX_DEPTH`].
    pub fn below(self, levels: u8) -> impl Iterator<Item = Self> {
        let levels = levels.min(MAX_DEPTH - self.depth).min(31);
        let depth = self.depth + levels;
        (0..1_u64 << (2 * levels)).map(move |index| Self {
            section: self.section,
            depth,
            prefix: self.prefix << (2 * levels) | index,
        })
    }

    /// Whether it is that branch or a part of it.
    #[must_use]
    pub fn is_under(self, other: Self) -> bool {
        self.section == other.section
            && self.depth >= other.depth
            && Self::around(self.section, other.depth, *self.places().start()) == other
    }
}

/// Puts branches in the order of their first places, section by section; of branches that begin
/// alike, the widest is first.
pub(crate) fn put_in_order(branches: &mut [Branch]) {
    branches
        .sort_unstable_by_key(|branch| (branch.section, *branch.places().start(), branch.depth));
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_branch_is_the_disjoint_union_of_those_below_it(place: u64, depth in 0..=MAX_DEPTH, levels in 0..4_u8) {
            let branch = Branch::around(PRECINCT, depth, place);
            prop_assert!(branch.places().contains(&place));
            prop_assert_eq!(Branch::new(PRECINCT, depth, branch.prefix()), Some(branch));
            let below: Vec<_> = branch.below(levels).collect();
            prop_assert_eq!(*below[0].places().start(), *branch.places().start());
            prop_assert_eq!(*below.last().unwrap().places().end(), *branch.places().end());
            prop_assert!(below.iter().all(|part| part.is_under(branch)));
            for pair in below.windows(2) {
                prop_assert_eq!(pair[0].places().end() + 1, *pair[1].places().start());
                prop_assert!(!pair[0].is_under(pair[1]));
            }
            let children: Vec<_> = (0..4).map(|quarter| branch.child(quarter)).collect();
            prop_assert!(depth == MAX_DEPTH || children == branch.below(1).collect::<Vec<_>>());
        }
    }

    #[test]
    fn there_is_no_branch_of_too_many_bits() {
        assert_eq!(Branch::new(PRECINCT, 0, 1), None);
        assert_eq!(Branch::new(PRECINCT, 1, 4), None);
        assert_eq!(Branch::new(PRECINCT, 33, 0), None);
        assert_eq!(Branch::new(2, 0, 0), None);
        assert!(Branch::new(LOG, 32, u64::MAX).is_some());
    }
}
