//! The disputes that a board keeps, of states that are claimed and of states that nobody claims (yet, or any more).

use std::collections::BTreeMap;

use super::dispute::Dispute;
use super::statement::StateId;
use crate::ids::{PrecinctId, VoterKey};
use crate::sorted::SortedMap;

/// The most disputes of one state: those with the smallest keys. One is as good as many.
pub const MAX_DISPUTES: usize = 4;
/// The most disputes of states that are not claimed here. Keys are free in a poll with an open link, and so are
/// disputes of what was never said.
pub const MAX_LOOSE: usize = 1_024;

type Key = (StateId, PrecinctId, VoterKey);

/// See the [module](self).
#[derive(Debug, Clone, Default)]
pub(super) struct Disputes {
    all: BTreeMap<Key, Dispute>,
    /// Those of states that are not claimed.
    loose: SortedMap<Key, ()>,
    dropped: u64,
}

impl Disputes {
    /// Puts one in; false when it is there, or would not stay. Of two by one voter on one state, the first stays:
    /// that there is one is all that counts.
    pub fn insert(&mut self, dispute: Dispute, claimed: bool) -> bool {
        if self.covers(&dispute) {
            return false;
        }
        let key = key(&dispute);
        let (state, precinct, _) = key;
        self.all.insert(key, dispute);
        if self.of(precinct, state).count() > MAX_DISPUTES {
            let last = self.of(precinct, state).last().map(self::key);
            self.remove(last);
        }
        self.settle(precinct, state, claimed);
        self.all.contains_key(&key)
    }

    /// Whether it is there, or as many with smaller keys are.
    pub fn covers(&self, dispute: &Dispute) -> bool {
        let key = key(dispute);
        let smaller = self.of(key.1, key.0).filter(|held| held.by() < key.2);
        self.all.contains_key(&key) || smaller.count() >= MAX_DISPUTES
    }

    /// The disputes of a state, ascending by voter.
    pub fn of(&self, precinct: PrecinctId, state: StateId) -> impl Iterator<Item = &Dispute> {
        let (first, last) = (VoterKey([0; 32]), VoterKey([0xff; 32]));
        let keys = (state, precinct, first)..=(state, precinct, last);
        self.all.range(keys).map(|(_, dispute)| dispute)
    }

    /// Is told whether a state is claimed here, which decides whether its disputes may go.
    pub fn settle(&mut self, precinct: PrecinctId, state: StateId, claimed: bool) {
        let keys: Vec<Key> = self.of(precinct, state).map(key).collect();
        for key in keys {
            if claimed {
                self.loose.remove(&key);
            } else {
                self.loose.insert(key, ());
            }
        }
        while self.loose.len() > MAX_LOOSE {
            let last = self.loose.iter().next_back().map(|(key, ())| *key);
            self.remove(last);
            self.dropped += 1;
        }
    }

    /// Forgets the disputes of a state that were taken back, so that they do not keep others out; true when there were any.
    pub fn take_back(
        &mut self,
        precinct: PrecinctId,
        state: StateId,
        by: impl Fn(VoterKey) -> bool,
    ) -> bool {
        let taken_back = self.of(precinct, state).filter(|held| by(held.by()));
        let keys: Vec<Key> = taken_back.map(key).collect();
        keys.iter().for_each(|key| self.remove(Some(*key)));
        !keys.is_empty()
    }

    /// How many had to go for others.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    fn remove(&mut self, key: Option<Key>) {
        if let Some(key) = key {
            self.all.remove(&key);
            self.loose.remove(&key);
        }
    }
}

fn key(dispute: &Dispute) -> Key {
    (dispute.disputed(), dispute.own().precinct, dispute.by())
}
