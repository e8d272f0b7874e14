//! How far a return can be trusted.

/// From the least to the most that can be said for a return. The total of several is no better than the worst of them,
/// which is their minimum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// One member of the precinct says so, or somebody who says to be one disputes it.
    Claimed,
    /// So many members, 2 to 16, signed the same, and none disputes it. In a poll with an open link one person can be
    /// all of them.
    Attested(u8),
    /// This replica holds every ballot of it, and counted them itself.
    Folded,
}

impl Grade {
    /// The grade of a claim that so many members signed.
    #[must_use]
    pub fn of_claim(attestations: usize, disputed: bool) -> Self {
        match u8::try_from(attestations) {
            _ if disputed => Self::Claimed,
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
            Grade::of_claim(1, false),
            Grade::of_claim(2, false),
            Grade::of_claim(16, false),
            Grade::Folded,
        ];
        assert!(grades.is_sorted_by(|a, b| a < b));
        assert_eq!(Grade::of_claim(16, true), Grade::Claimed);
    }
}
