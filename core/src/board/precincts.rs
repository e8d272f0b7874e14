//! The board of canvassers: what a replica knows of all precincts, and what it adds up to.
//!
//! A board is one [contest](super::contest) a precinct, each a join of its own: what is said of one
//! precinct changes nothing that is known of another, and nothing waits. Of each the board shows
//! the first claim by rank; what the replica holds itself it [folds](Board::fold), and that is
//! shown whatever is claimed.
//!
//! # What an attacker can do
//! Whoever mints keys of a precinct, which an open link allows, can claim anything of it, in as
//! many statements as they like, all with huge versions, each signed by many: those are shown, as
//! claimed, until a member disputes them, and push out what is true. What several sign is attested
//! only after it stood for [a while](crate::timing::CouncilTiming::stands), which is longer than a
//! member who knows better takes. From then on they rank below every claim that is not disputed,
//! whatever their versions, so the true statement is taken in and shown as soon as somebody offers
//! it again, which a member does who finds it missing. Not promised: that a grade means people, or
//! that somebody with minted keys cannot go on making claims that must be disputed, or dispute what
//! is true. A dispute takes away a grade, never a return: whoever wants to know fetches the
//! precinct and folds it. A roll of voters is what makes keys scarce.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use super::canvassed::{Canvassed, Part, Shown};
use super::claim::{Claim, SignedClaim};
use super::contest::Contest;
use super::dispute::{Dispute, SignedDispute};
use super::grade::Grade;
use super::statement::{ReturnId, Rules, StateId, Statement};
use crate::ballots::returns::Return;
use crate::crdt::Join;
use crate::ids::PrecinctId;
use crate::sorted::SortedMap;

/// See the [module](self).
#[derive(Debug, Clone)]
pub struct Board {
    rules: Rules,
    /// By precinct, all of them.
    pub(super) contests: Vec<Contest>,
    folded: SortedMap<PrecinctId, Statement>,
    changed: BTreeSet<PrecinctId>,
}

/// What a board did not keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Claims that had to go for others that rank higher.
    pub crowded_out: u64,
    /// Disputes that had to go for others.
    pub disputes_dropped: u64,
}

impl Board {
    /// A board on which nothing stands yet.
    #[must_use]
    pub fn new(rules: Rules) -> Self {
        Self {
            contests: vec![Contest::default(); usize::from(rules.precincts)],
            rules,
            folded: SortedMap::default(),
            changed: BTreeSet::new(),
        }
    }

    /// What claims and disputes are read under.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    fn contest(&self, precinct: PrecinctId) -> Option<&Contest> {
        self.contests.get(usize::from(precinct.0))
    }

    /// Takes in what is said of a precinct; true when it is news. What is said of one that the poll
    /// does not have, is not.
    fn take(&mut self, precinct: PrecinctId, said: &Contest) -> bool {
        let contest = self.contests.get_mut(usize::from(precinct.0));
        let news = contest.is_some_and(|contest| contest.join(said));
        if news {
            self.changed.insert(precinct);
        }
        news
    }

    /// Takes in a claim; true when it is news.
    pub fn claim(&mut self, claim: Claim) -> bool {
        self.take(claim.statement().precinct, &Contest::from(claim))
    }

    /// Takes in a dispute, whether what it disputes is claimed here or not; true when it is news.
    pub(crate) fn dispute(&mut self, dispute: Dispute) -> bool {
        self.take(dispute.own().precinct, &Contest::from(dispute))
    }

    /// Strikes a return of a precinct, as the chair's log says: it counts for nothing, whatever
    /// signs it, for as long as the precinct has just those ballots.
    pub(crate) fn strike(&mut self, precinct: PrecinctId, return_id: ReturnId) {
        self.take(precinct, &Contest::from(return_id));
    }

    /// Forgets what the chair struck besides those: entries of the log that are not kept any more.
    pub(crate) fn keep_strikes(&mut self, kept: &BTreeSet<(PrecinctId, ReturnId)>) {
        for (precinct, contest) in (0..).map(PrecinctId).zip(&mut self.contests) {
            if contest.keep_strikes(|struck| kept.contains(&(precinct, struck))) {
                self.changed.insert(precinct);
            }
        }
    }

    /// The part of a claim that [`Board::claim`] would find new, so that the other signatures need
    /// no check; `None` when there is none.
    #[must_use]
    pub(crate) fn news_of(&self, mut claim: SignedClaim) -> Option<SignedClaim> {
        let statement = claim.unchecked().statement().clone();
        let contest = self.contest(statement.precinct)?;
        claim.take_out(|key| contest.covers(&statement, key));
        let left = claim.unchecked().attestations().as_slice();
        (!left.is_empty()).then_some(claim)
    }

    /// Whether [`Board::dispute`] would change nothing.
    #[must_use]
    pub(crate) fn knows_dispute(&self, dispute: &SignedDispute) -> bool {
        let dispute = dispute.unchecked();
        let contest = self.contest(dispute.own().precinct);
        contest.is_none_or(|contest| contest.covers_dispute(dispute))
    }

    /// Whether the chair struck that.
    #[must_use]
    pub(crate) fn is_struck(&self, statement: &Statement) -> bool {
        let contest = self.contest(statement.precinct);
        contest.is_some_and(|contest| contest.is_struck(statement))
    }

    /// Shows what this replica holds of a precinct itself, its own or one that it audits, in place
    /// of any claim.
    pub(crate) fn fold(&mut self, held: Statement) {
        let precinct = held.precinct;
        if self.contest(precinct).is_some() {
            self.folded.insert(precinct, held);
            self.changed.insert(precinct);
        }
    }

    /// Goes back to what is claimed of a precinct, since its ballots are not held any more.
    pub(crate) fn unfold(&mut self, precinct: PrecinctId) {
        if self.folded.remove(&precinct).is_some() {
            self.changed.insert(precinct);
        }
    }

    fn shown_statement(&self, precinct: PrecinctId) -> Option<&Statement> {
        let contest = self.contest(precinct)?;
        match self.folded.get(&precinct) {
            Some(folded) => Some(folded).filter(|folded| !contest.is_struck(folded)),
            None => Some(contest.claims().first()?.statement()),
        }
    }

    fn shown(&self, precinct: PrecinctId) -> Option<Shown> {
        let statement = self.shown_statement(precinct)?;
        let contest = self.contest(precinct)?;
        let mut claims = contest.claims().iter();
        let claim = claims.find(|claim| claim.statement().state() == statement.state());
        let claimed = claim.map_or(Grade::Claimed, |claim| contest.grade(claim));
        Some(Shown {
            total: statement.total.clone(),
            version: statement.version(),
            grade: match self.folded.contains_key(&precinct) {
                true => Grade::Folded,
                false => claimed,
            },
            attestations: claim.map_or(0, |claim| claim.attestations().as_slice().len()),
            disputes: contest.disputes(statement.state()).count(),
        })
    }

    /// What all precincts add up to. O(G).
    #[must_use]
    pub fn total(&self) -> Canvassed {
        let precincts = (0..self.rules.precincts).map(PrecinctId);
        let parts: Vec<Part> = precincts
            .map(|precinct| Part {
                precinct,
                shown: self.shown(precinct),
                struck: self.contest(precinct).map_or(0, Contest::struck),
            })
            .collect();
        let mut total = Return::empty(self.rules.options);
        let shown = || parts.iter().filter_map(|part| part.shown.as_ref());
        shown().for_each(|shown| total.add(&shown.total));
        Canvassed {
            total,
            grade: shown().map(|shown| shown.grade).min(),
            parts,
        }
    }

    /// The claims of a precinct, by rank: the first is the one that is shown unless the precinct is
    /// folded. Those of struck returns are not among them.
    #[must_use]
    pub fn claims(&self, precinct: PrecinctId) -> &[Claim] {
        self.contest(precinct).map_or(&[], Contest::claims)
    }

    /// The disputes of a state of a precinct, ascending by voter, but for those of members who sign
    /// it.
    pub fn disputes(&self, precinct: PrecinctId, state: StateId) -> impl Iterator<Item = &Dispute> {
        let contest = self.contest(precinct).into_iter();
        contest.flat_map(move |contest| contest.disputes(state))
    }

    /// Takes note that a state was claimed by several, on this board, for [a
    /// while](crate::timing::CouncilTiming::stands): it is attested from now on, unless somebody
    /// disputes it. Boards know no time; whoever has a clock says so of what
    /// [`Board::yet_to_stand`] lists.
    pub(crate) fn stand(&mut self, precinct: PrecinctId, state: StateId) {
        if let Some(contest) = self.contests.get_mut(usize::from(precinct.0)) {
            contest.stand(state);
        }
    }

    /// The states of a precinct that several claim and nobody disputes, and of which
    /// [`Board::stand`] was not said.
    pub(crate) fn yet_to_stand(&self, precinct: PrecinctId) -> impl Iterator<Item = StateId> {
        let contest = self.contest(precinct).into_iter();
        contest.flat_map(Contest::yet_to_stand)
    }

    /// The name of the return that is shown of a precinct, which is what the chair can strike.
    /// `None` when nothing is shown.
    #[must_use]
    pub fn return_id(&self, precinct: PrecinctId) -> Option<ReturnId> {
        Some(self.shown_statement(precinct)?.return_id())
    }

    /// The version that is shown of a precinct. `None` when nothing is shown.
    #[must_use]
    pub fn version(&self, precinct: PrecinctId) -> Option<u64> {
        self.shown_statement(precinct).map(Statement::version)
    }

    /// The precincts of which something changed since this was asked last.
    pub fn take_changed(&mut self) -> BTreeSet<PrecinctId> {
        core::mem::take(&mut self.changed)
    }

    /// What was not kept.
    #[must_use]
    pub fn counters(&self) -> Counters {
        let mut counters = Counters::default();
        for (claims, disputes) in self.contests.iter().map(Contest::dropped) {
            counters.crowded_out += claims;
            counters.disputes_dropped += disputes;
        }
        counters
    }

    /// A short name of all claims that are held, who signed them, and who disputes them. What is
    /// folded is not in it. O(G).
    #[must_use]
    pub fn digest(&self) -> [u8; 16] {
        let mut hash = Sha256::new();
        for contest in &self.contests {
            hash.update(contest.digest());
        }
        let mut digest = [0; 16];
        digest.copy_from_slice(&hash.finalize()[..16]);
        digest
    }
}
