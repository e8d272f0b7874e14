//! What there is once a tab knows who it is.

use std::collections::BTreeSet;
use std::iter;
use std::rc::Rc;

use election_core::ids::{OpId, Place, PrecinctId, VoterKey};
use election_core::poll::choice::Choice;
use election_core::poll::genesis::Genesis;
use election_core::poll::op::Op;
use election_core::poll::register::CastBallot;
use election_core::poll::verdict::Verdict;
use election_core::replica::audit::Audit;
use election_core::replica::tab::Tab;
use election_core::time::Millis;

use super::on_board::OnBoard;
use crate::engine::activity::Struck;
use crate::engine::arrivals::Arrivals;
use crate::engine::holder::Holder;
use crate::engine::storage::{SetName, Storage};

/// What there is once this tab knows who it is.
pub(super) struct Running {
    pub tab: Tab,
    pub holder: Holder,
    /// The set that this tab adds to.
    pub set: SetName,
    pub storage: Option<Storage>,
    /// Whether what the link brought was read back from the store.
    pub kept: bool,
    /// The last ballot that was cast here since the tab was loaded.
    pub cast_here: Option<OpId>,
    pub poll: Option<Rc<Genesis>>,
    /// What is on the board, worked out once for each change of it.
    pub on_board: Option<OnBoard>,
    /// When each ballot came, for the chair's table; empty in other tabs.
    pub arrivals: Arrivals,
    /// What of audited precincts is among them.
    pub audited: Vec<Gathered>,
}

/// A ballot that somebody asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// Which.
    pub ballot: OpId,
    /// Whose.
    pub voter: VoterKey,
    /// Its marks.
    pub choice: Choice,
    /// Whether it counts.
    pub verdict: Verdict,
}

/// The ballots of an audited precinct that are in the chair's table.
pub(super) struct Gathered {
    precinct: PrecinctId,
    /// How many ops the audit held when it was looked at last.
    ops: u64,
    ballots: BTreeSet<OpId>,
}

impl Running {
    /// Of which ballot a revocation speaks: its precinct, in a poll with precincts, and what it
    /// said, when it is here.
    pub fn struck(&self, op: &Op) -> Struck {
        let Op::RevokeBallot(revocation) = op else {
            return Struck::default();
        };
        let cast = self.ballot(&revocation.voter, revocation.ballot);
        Struck {
            precinct: self.precinct_of(revocation.voter),
            choice: cast.map(|(cast, _)| cast.choice),
        }
    }

    /// That ballot, and whether it counts, if this tab holds it, in its own precinct or in one that
    /// it audits.
    pub fn ballot(&self, voter: &VoterKey, id: OpId) -> Option<(&CastBallot, Verdict)> {
        let audits = self.tab.audits().map(Audit::replica);
        let mut replicas = iter::once(self.tab.replica()).chain(audits);
        replicas.find_map(|replica| replica.ballot(voter, id))
    }

    /// Those ballots here that `is_it` says, at most `most`. Looks at all of them: for people who
    /// ask.
    pub fn find(&self, most: usize, is_it: impl Fn(&CastBallot) -> bool) -> Vec<Found> {
        let audits = self.tab.audits().map(Audit::replica);
        let replicas = iter::once(self.tab.replica()).chain(audits);
        let ballots = replicas.flat_map(|replica| replica.ballots());
        let found = ballots.filter(|(_, cast, _)| is_it(cast));
        let found = found.map(|(voter, cast, verdict)| Found {
            ballot: cast.id,
            voter,
            choice: cast.choice,
            verdict,
        });
        found.take(most).collect()
    }

    /// Brings the ballots of audited precincts into the chair's table, and takes out those of
    /// audits that ended.
    pub fn gather_audited(&mut self, now: Millis) {
        if self.holder.poll.chair.is_none() {
            return;
        }
        let Self {
            tab,
            arrivals,
            audited,
            ..
        } = self;
        audited.retain(|gathered| {
            let goes_on = tab
                .audits()
                .any(|audit| audit.precinct() == gathered.precinct);
            if !goes_on {
                arrivals.remove(&gathered.ballots);
            }
            goes_on
        });
        for audit in tab.audits() {
            let (precinct, replica) = (audit.precinct(), audit.replica());
            let begun = audited
                .iter()
                .position(|gathered| gathered.precinct == precinct);
            let place = begun.unwrap_or_else(|| {
                audited.push(Gathered {
                    precinct,
                    ops: 0,
                    ballots: BTreeSet::new(),
                });
                audited.len() - 1
            });
            let gathered = &mut audited[place];
            if gathered.ops != replica.ops() {
                gathered.ops = replica.ops();
                for (voter, ballot, _) in replica.ballots() {
                    if gathered.ballots.insert(ballot.id) {
                        arrivals.add((now, ballot.id), voter);
                    }
                }
            }
        }
    }

    /// That voter's precinct, in a poll with precincts.
    pub fn precinct_of(&self, voter: VoterKey) -> Option<PrecinctId> {
        let count = self.holder.precincts?.count;
        Some(Place::of(self.holder.poll.poll, voter).precinct(count))
    }
}
