//! What was delivered to a board, and what a claim must wait for.

use std::collections::BTreeSet;

use super::board::Counters;
use super::canvassed::Shown;
use super::claim::Claim;
use super::contest::{Contest, Placed};
use super::disputes::Disputes;
use super::grade::Grade;
use super::statement::{ReturnId, Rules, StateId, Statement, StatementId};
use crate::broadcast::{Application, Message};
use crate::ids::PrecinctId;
use crate::sorted::SortedMap;
use crate::wire::bytes::Writer;

/// What is delivered.
#[derive(Debug, Clone)]
pub(super) struct Delivered {
    pub rules: Rules,
    /// By precinct, all of them.
    pub contests: Vec<Contest>,
    pub disputes: Disputes,
    pub strikes: BTreeSet<(PrecinctId, ReturnId)>,
    pub folded: SortedMap<PrecinctId, Statement>,
    pub changed: BTreeSet<PrecinctId>,
    pub counters: Counters,
}

impl Delivered {
    pub fn contest(&self, precinct: PrecinctId) -> Option<&Contest> {
        self.contests.get(usize::from(precinct.0))
    }

    pub fn digest_of(&self, precinct: PrecinctId) -> [u8; 16] {
        self.contest(precinct).map_or([0; 16], Contest::digest)
    }

    pub fn is_struck(&self, statement: &Statement) -> bool {
        let precinct = statement.precinct;
        // Few precincts have any, and the name takes a hash.
        self.has_strikes(precinct)
            && self
                .strikes
                .contains(&(precinct, statement.return_id(self.rules.poll)))
    }

    fn has_strikes(&self, precinct: PrecinctId) -> bool {
        let (first, last) = (ReturnId([0; 32]), ReturnId([0xff; 32]));
        let mut strikes = self.strikes.range((precinct, first)..=(precinct, last));
        strikes.next().is_some()
    }

    pub fn shown_statement(&self, precinct: PrecinctId) -> Option<&Statement> {
        match self.folded.get(&precinct) {
            Some(folded) => Some(folded).filter(|folded| !self.is_struck(folded)),
            None => Some(self.contest(precinct)?.claims().first()?.statement()),
        }
    }

    pub fn shown_version(&self, precinct: PrecinctId) -> Option<u64> {
        self.shown_statement(precinct).map(Statement::version)
    }

    pub fn shown(&self, precinct: PrecinctId) -> Option<Shown> {
        let statement = self.shown_statement(precinct)?;
        let contest = self.contest(precinct)?;
        let mut claims = contest.claims().iter();
        let claim = claims.find(|claim| claim.statement().state() == statement.state());
        let claimed = claim.map_or(Grade::Claimed, |claim| contest.grade(claim, &self.disputes));
        Some(Shown {
            total: statement.total.clone(),
            version: statement.version(),
            grade: match self.folded.contains_key(&precinct) {
                true => Grade::Folded,
                false => claimed,
            },
            attestations: claim.map_or(0, |claim| claim.attestations().as_slice().len()),
            disputes: contest
                .disputes(precinct, statement.state(), &self.disputes)
                .count(),
        })
    }

    /// Whether a claim that comes after that version of that precinct can be shown beside what is shown of it. Of what
    /// was here, and is held undisputed or not at all, only the former will be shown yet.
    pub fn admits(&self, precinct: PrecinctId, version: u64) -> bool {
        if self.shown_version(precinct) >= Some(version) {
            return true;
        }
        let Some(contest) = self.contest(precinct) else {
            return true;
        };
        let disputed = |statement: &Statement| {
            let mut against = contest.disputes(precinct, statement.state(), &self.disputes);
            against.next().is_some()
        };
        let hopeless =
            |claim: &Claim| claim.statement().version() < version || disputed(claim.statement());
        // A struck statement may never have come here, and nobody offers it any more.
        let came = contest.reached() >= version || self.has_strikes(precinct);
        came && contest.claims().iter().all(hopeless)
    }

    pub fn missing_of(&self, claim: &Claim) -> Option<PrecinctId> {
        let statement = claim.statement();
        let contest = self.contest(statement.precinct)?;
        if contest.holds(statement.id()) {
            return None;
        }
        let mut after = statement.after();
        let missing = after.find(|(precinct, version)| !self.admits(*precinct, *version));
        missing.map(|(precinct, _)| precinct)
    }

    fn insert(&mut self, claim: Claim) -> Option<PrecinctId> {
        let statement = claim.statement();
        let (precinct, state) = (statement.precinct, statement.state());
        let struck = self.is_struck(statement);
        let Some(contest) = self.contests.get_mut(usize::from(precinct.0)) else {
            self.counters.foreign += 1;
            return None;
        };
        if struck {
            self.counters.struck += 1;
            return Some(precinct);
        }
        let states = |contest: &Contest| -> Vec<StateId> {
            let claims = contest.claims().iter();
            claims.map(|claim| claim.statement().state()).collect()
        };
        let before = states(contest);
        let placed = contest.insert(claim, &self.disputes);
        let signs = |member| contest.signs(state, member);
        if self.disputes.take_back(precinct, state, signs) {
            contest.order(precinct, &self.disputes);
        }
        for state in before.into_iter().chain([state]) {
            let claimed = contest.claims_state(state);
            self.disputes.settle(precinct, state, claimed);
        }
        match placed {
            Placed::News => {
                self.changed.insert(precinct);
            }
            Placed::Known => return None,
            Placed::Older => self.counters.older += 1,
            Placed::CrowdedOut => self.counters.crowded_out += 1,
        }
        Some(precinct)
    }
}

/// What may wait, and what those who wait may wait for.
#[derive(Debug, Clone)]
pub(super) enum Event {
    Claim(Box<Waiting>),
    /// Something else of a precinct changed than its claims.
    Changed(PrecinctId),
}

#[derive(Debug, Clone)]
pub(super) struct Waiting {
    pub claim: Claim,
    size: usize,
}

impl Waiting {
    pub fn new(claim: Claim) -> Self {
        let mut writer = Writer::new();
        claim.encode(&mut writer);
        Self {
            size: writer.len(),
            claim,
        }
    }
}

impl Message for Event {
    type Id = StatementId;

    fn id(&self) -> StatementId {
        match self {
            Self::Claim(waiting) => waiting.claim.statement().id(),
            // These never wait.
            Self::Changed(_) => StatementId([0; 32]),
        }
    }

    fn size(&self) -> usize {
        match self {
            Self::Claim(waiting) => waiting.size,
            Self::Changed(_) => 0,
        }
    }
}

impl Application for Delivered {
    type Message = Event;
    type Dependency = PrecinctId;

    fn missing(&self, event: &Event) -> Option<PrecinctId> {
        match event {
            Event::Claim(waiting) => self.missing_of(&waiting.claim),
            Event::Changed(_) => None,
        }
    }

    fn deliver(&mut self, event: Event) -> Option<PrecinctId> {
        match event {
            Event::Claim(waiting) => self.insert(waiting.claim),
            Event::Changed(precinct) => Some(precinct),
        }
    }
}
