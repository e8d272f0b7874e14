//! How many ops a session may make this replica look through.
//!
//! To answer a list or a wish, the short id of every op under the branch is worked out: a few bytes
//! could ask for a hash of every ballot of the poll. So a session earns what it may cost, by what
//! it sends.

/// A list is compared with at most this many ops of one's own; a larger branch is described in
/// turn, so that the other looks closer.
pub(crate) const MAX_SCAN: u64 = 16_384;
/// Ops that may be looked through for each id that was sent: as many as a leaf has voters.
const EARNED_BY_ID: u64 = 16;
/// No more than this is ever in store, so that one message costs no more.
pub(crate) const MOST: u64 = 4 * MAX_SCAN;

/// What a session has earned and not spent, in ops.
#[derive(Debug)]
pub(crate) struct ScanBudget(u64);

impl Default for ScanBudget {
    /// Enough for one look at the largest branch that is ever looked through.
    fn default() -> Self {
        Self(MAX_SCAN)
    }
}

impl ScanBudget {
    /// The other sent so many ids to compare with.
    pub(crate) fn earn_by_ids(&mut self, ids: usize) {
        self.earn(ids as u64 * EARNED_BY_ID);
    }

    /// So many ops were listed to the other, which may wish for any of them.
    pub(crate) fn earn_by_listing(&mut self, ops: usize) {
        self.earn(ops as u64);
    }

    fn earn(&mut self, ops: u64) {
        self.0 = self.0.saturating_add(ops).min(MOST);
    }

    /// Spends it on a look at that many ops; false, and nothing is spent, when there is not so
    /// much.
    pub(crate) fn spend(&mut self, ops: u64) -> bool {
        let left = self.0.checked_sub(ops);
        self.0 = left.unwrap_or(self.0);
        left.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_that_is_earned_is_spent_once() {
        let mut budget = ScanBudget::default();
        assert!(budget.spend(MAX_SCAN) && !budget.spend(1) && budget.spend(0));
        budget.earn_by_ids(2);
        budget.earn_by_listing(3);
        assert!(!budget.spend(36) && budget.spend(35) && !budget.spend(1));
        budget.earn_by_ids(usize::MAX / 16);
        assert!(!budget.spend(MOST + 1) && budget.spend(MOST));
    }
}
