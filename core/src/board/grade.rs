//! How far a return can be trusted.

/// From the least to the most that can be said for a return. The total of several is no better than
/// the worst of them, which is their minimum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// One member of the precinct says so, or several who have not stood by it for long enough yet,
    /// or somebody who says to be one disputes it.
    Claimed,
    /// So many members, 2 to 16, signed the same, and it stood for [a
    /// while](crate::timing::CouncilTiming::stands) without a dispute. In a poll with an open link
    /// one person can be all of them.
    Attested(u8),
    /// This replica checked and counted every ballot of it that it holds: see
    /// [`audit`](crate::replica::audit) for what that does not say.
    Folded,
}

impl Grade {
    /// The grade of a claim that so many members signed, which stood `undisputed` for [a
    /// while](crate::timing::CouncilTiming::stands) or did not.
    #[must_use]
    pub(crate) fn of_claim(attestations: usize, undisputed: bool) -> Self {
        match u8::try_from(attestations) {
            _ if !undisputed => Self::Claimed,
            Ok(0 | 1) => Self::Claimed,
            Ok(members) => Self::Attested(members),
            Err(_) => Self::Attested(u8::MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Grade;

    #[test]
    fn grades_are_in_the_order_of_trust_and_a_dispute_outweighs_any_number() {
        let grades = [
            Grade::of_claim(1, true),
            Grade::of_claim(2, true),
            Grade::of_claim(16, true),
            Grade::Folded,
        ];
        assert!(grades.is_sorted_by(|a, b| a < b));
        assert_eq!(Grade::of_claim(16, false), Grade::Claimed);
    }
}
