//! What there is no room for.

use super::BallotStore;
use crate::ids::{Place, VoterKey};

impl BallotStore {
    /// Whether there is no room for another voter. What is refused then depends on the order in
    /// which it came: two full replicas may hold different sets, and comparing them would never end.
    #[must_use]
    pub(crate) fn is_full(&self) -> bool {
        self.tree().is_full()
    }

    /// Whether no ballot of that voter, who stands there, is held or ever will be: they are of
    /// another precinct, or there is no room for them. Once true, always true. O(log n).
    #[must_use]
    pub(crate) fn leaves_out(&self, place: Place, voter: &VoterKey) -> bool {
        self.is_foreign(place) || (self.is_full() && self.register_at(place, voter).is_none())
    }
}
