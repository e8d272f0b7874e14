//! What there is once a tab knows who it is.

use std::collections::{BTreeMap, BTreeSet};
use std::iter;
use std::rc::Rc;

use election_core::ids::{OpId, Place, PrecinctId, VoterKey};
use election_core::poll::genesis::Genesis;
use election_core::poll::register::{CastBallot, Standing};
use election_core::replica::audit::Audit;
use election_core::replica::io::What;
use election_core::replica::tab::Tab;
use election_core::time::Millis;

use super::canvassing::OnBoard;
use crate::engine::activity::Struck;
use crate::engine::arrivals::Arrivals;
use crate::engine::identity::How;
use crate::engine::storage::{Storage, StoredReplica};

/// What there is once this tab knows who it is.
pub(super) struct Running {
    pub tab: Tab,
    pub stored: StoredReplica,
    pub storage: Option<Storage>,
    pub how: How,
    pub locks: bool,
    pub poll: Option<Rc<Genesis>>,
    /// What is on the board, worked out once for each change of it.
    pub on_board: Option<OnBoard>,
    /// When each ballot came, for the chair's table; empty in other tabs.
    pub arrivals: Arrivals,
    /// Which ballots of audited precincts are among them, and how many ops the audit held then.
    pub audited: BTreeMap<PrecinctId, (u64, BTreeSet<OpId>)>,
}

impl Running {
    /// Of which ballot a revocation speaks: its precinct, in a poll with precincts, and what it said, when it is here.
    pub fn struck(&self, what: &What) -> Struck {
        let What::Revocation { ballot, voter, .. } = what else {
            return Struck::default();
        };
        let cast = self.ballot(voter, *ballot);
        Struck {
            precinct: self.precinct_of(*voter),
            choice: cast.map(|(cast, _)| cast.choice),
        }
    }

    /// That ballot, and whether it counts, if this tab holds it, in its own precinct or in one that it audits.
    pub fn ballot(&self, voter: &VoterKey, id: OpId) -> Option<(&CastBallot, Standing)> {
        let audits = self.tab.audits().map(Audit::replica);
        let mut replicas = iter::once(self.tab.replica()).chain(audits);
        replicas.find_map(|replica| replica.ballot(voter, id))
    }

    /// Brings the ballots of audited precincts into the chair's table, and takes out those of audits that ended.
    pub fn gather_audited(&mut self, now: Millis) {
        if self.stored.chair.is_none() {
            return;
        }
        let running: BTreeSet<PrecinctId> = self.tab.audits().map(Audit::precinct).collect();
        for (precinct, (_, ended)) in &self.audited {
            if !running.contains(precinct) {
                self.arrivals.remove(ended);
            }
        }
        self.audited
            .retain(|precinct, _| running.contains(precinct));
        for audit in self.tab.audits() {
            let (ops, known) = self.audited.entry(audit.precinct()).or_default();
            let held = audit.replica().ops();
            if held != *ops {
                *ops = held;
                for (voter, ballot, _) in audit.replica().ballots() {
                    if known.insert(ballot.id) {
                        self.arrivals.add((now, ballot.id), voter);
                    }
                }
            }
        }
    }

    /// That voter's precinct, in a poll with precincts.
    pub fn precinct_of(&self, voter: VoterKey) -> Option<PrecinctId> {
        let count = self.stored.precincts?.count;
        Some(Place::of(self.stored.poll, voter).precinct(count))
    }
}
