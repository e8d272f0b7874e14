//! The board of canvassers: what a replica knows of all precincts, and what it adds up to.
//!
//! Of each precinct the board keeps at most 4 claims, and shows the first by
//! *rank*: not disputed before disputed, then the higher version, then signed by more than one member before by one,
//! then the smaller hash. A member who signs a state takes back that they disputed it. What the replica holds itself it [folds](Board::fold), and that is shown whatever is claimed.
//!
//! A member stands by the newest statement that it signed, so one key is never behind two claims, and claims that everybody
//! moved on from go by themselves. Boards that took in the same claims and disputes are equal, whatever the order, as
//! long as no precinct ever had more claims than are kept, or more signers a claim; and when some had, they are equal again
//! once they told each other what they hold.
//!
//! # What an attacker can do
//! Whoever mints keys of a precinct, which an open link allows, can claim anything of it, in as many statements as they
//! like, all with huge versions, each signed by many: those are shown, as claimed, until a member disputes them, and push out what
//! is true. What several sign is attested only after it stood for [`STANDS`](super::grade::STANDS), which is longer than a member who knows better takes. From then on they rank below every claim that is not disputed, whatever their versions, so the true statement
//! is taken in and shown as soon as somebody offers it again, which a member does who finds it missing. Not promised: that a grade
//! means people, or that somebody with minted keys cannot go on making claims that must be disputed, or dispute what is true.
//! A dispute takes away a grade, never a return: whoever wants to know fetches the precinct and folds it. A roll of voters
//! is what makes keys scarce.
//!
//! # A consistent cut
//! A claim waits until every statement that it comes after is shown, or a newer one, or is disputed, struck or
//! crowded out; so what is shown was once known together. What came after a struck statement cannot wait for it, since nobody
//! offers that any more: of a precinct with strikes nothing is waited for that is not held. A statement names only what changed since the one before it, so
//! this holds for whoever was told of that one too. A dispute or a strike may take back what others came after.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use super::canvassed::{Canvassed, Part};
use super::claim::{Claim, SignedClaim};
use super::contest::{Contest, may_stand};
use super::delivered::{Delivered, Event, Waiting};
use super::dispute::{Dispute, SignedDispute};
use super::disputes::Disputes;
use super::returns::Return;
use super::statement::{ReturnId, Rules, StateId, Statement, StatementId};
use crate::broadcast::Delivery;
use crate::broadcast::causal::Causal;
use crate::broadcast::hold_back::Caps;
use crate::ids::PrecinctId;
use crate::sorted::SortedMap;

/// How many claims may wait for others, and how many bytes of them. The oldest goes for more, and comes again. In polls of many
/// precincts it is twice as many as these, and so many bytes as their claims: all claims of a board may come after each other, and
/// are then shown together.
pub const WAITING: Caps = Caps {
    messages: 1_024,
    bytes: 1024 * 1024,
};
/// What a precinct's claim takes: 16 attestations would be most of it, and hardly any has so many.
const CLAIM: usize = 2 * 1024;

fn caps(rules: &Rules) -> Caps {
    let precincts = usize::from(rules.precincts);
    Caps {
        messages: WAITING.messages.max(2 * precincts),
        bytes: WAITING.bytes.max(CLAIM * precincts),
    }
}

/// See the [module](self).
#[derive(Debug, Clone)]
pub struct Board {
    waiting: Causal<Delivered>,
    pub(super) delivered: Delivered,
}

/// What became of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is held now, with something that was not there before.
    News,
    /// It changed nothing.
    Nothing,
    /// It waits for a newer statement of that precinct.
    Waits(PrecinctId),
}

/// What a board did not keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Claims whose signers have all signed something newer.
    pub older: u64,
    /// Claims with so many others ranking higher.
    pub crowded_out: u64,
    /// Claims of returns that the chair struck.
    pub struck: u64,
    /// Claims and disputes of a precinct that the poll does not have: they were read under another poll's rules.
    pub foreign: u64,
    /// Claims that waited, and had to go for others that wait.
    pub dropped: u64,
    /// Disputes of states that nobody claimed here, that had to go for others.
    pub disputes_dropped: u64,
}

impl Board {
    /// A board on which nothing stands yet.
    #[must_use]
    pub fn new(rules: Rules) -> Self {
        let caps = caps(&rules);
        Self {
            waiting: Causal::new(caps, caps.messages),
            delivered: Delivered {
                contests: vec![Contest::default(); usize::from(rules.precincts)],
                rules,
                disputes: Disputes::default(),
                strikes: BTreeSet::new(),
                folded: SortedMap::default(),
                changed: BTreeSet::new(),
                counters: Counters::default(),
            },
        }
    }

    /// What claims and disputes are read under.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.delivered.rules
    }

    /// Whether [`Board::claim`] would change nothing, so that the signatures need no check. O(log n).
    #[must_use]
    pub fn knows(&self, claim: &SignedClaim) -> bool {
        let claim = claim.unchecked();
        let statement = claim.statement();
        let Some(contest) = self.delivered.contest(statement.precinct) else {
            return true;
        };
        let waits = self.waiting_claim(statement.id());
        let covered = |key| {
            contest.claims().iter().any(|held| {
                let same = held.statement().id() == statement.id();
                let newer = held.statement().is_newer_than(statement);
                (same && held.attestations().covers(key))
                    || (newer && held.attestations().contains(key))
            }) || waits.is_some_and(|waits| waits.attestations().covers(key))
        };
        let signers = claim.attestations().as_slice();
        self.delivered.is_struck(statement) || signers.iter().all(|signer| covered(signer.key()))
    }

    fn waiting_claim(&self, id: StatementId) -> Option<&Claim> {
        match self.waiting.waiting(id)? {
            Event::Claim(waiting) => Some(&waiting.claim),
            Event::Changed(_) => None,
        }
    }

    /// Without the signatures that change nothing, because whoever made them is known to have signed the same: only the others
    /// need a check.
    #[must_use]
    pub fn without_known(&self, mut claim: SignedClaim) -> SignedClaim {
        let statement = claim.unchecked().statement();
        let contest = self.delivered.contest(statement.precinct);
        let claims = contest.map_or(&[][..], Contest::claims).iter();
        let id = statement.id();
        let shown = claims.filter(|held| held.statement().id() == id);
        for held in shown.chain(self.waiting_claim(id)) {
            claim.take_out(|key| held.attestations().covers(key));
        }
        claim
    }

    /// Whether [`Board::dispute`] would change nothing.
    #[must_use]
    pub fn knows_dispute(&self, dispute: &SignedDispute) -> bool {
        let dispute = dispute.unchecked();
        let contest = self.delivered.contest(dispute.own().precinct);
        let taken_back = contest.is_some_and(|held| held.signs(dispute.disputed(), dispute.by()));
        taken_back || self.delivered.disputes.covers(dispute)
    }

    /// Takes in a claim, now or when what it comes after is here. O(log G), and what waited for it. Of one statement all signatures wait
    /// together.
    pub fn claim(&mut self, mut claim: Claim) -> Taken {
        let (precinct, id) = (claim.statement().precinct, claim.statement().id());
        if let Some(waits) = self.waiting_claim(id) {
            let mut united = waits.clone();
            if !united.unite(&claim) {
                return Taken::Nothing;
            }
            claim = united;
            self.waiting.take_out(id);
        }
        let before = self.delivered.digest_of(precinct);
        let missing = self.delivered.missing_of(&claim);
        self.receive(Event::Claim(Box::new(Waiting::new(claim))));
        match missing {
            Some(precinct) if self.waiting.holds(id) => Taken::Waits(precinct),
            _ if self.delivered.digest_of(precinct) == before => Taken::Nothing,
            _ => Taken::News,
        }
    }

    /// Takes in a dispute, whether what it disputes is claimed here or not, but for one that its member has taken back. True
    /// when it is news.
    pub fn dispute(&mut self, dispute: Dispute) -> bool {
        let (precinct, state) = (dispute.own().precinct, dispute.disputed());
        let board = &mut self.delivered;
        let Some(contest) = board.contests.get_mut(usize::from(precinct.0)) else {
            board.counters.foreign += 1;
            return false;
        };
        let claimed = contest.claims_state(state);
        let taken_back = contest.signs(state, dispute.by());
        let news = !taken_back && board.disputes.insert(dispute, claimed);
        if news && claimed {
            contest.order(precinct, &board.disputes);
            self.changed(precinct);
        }
        news
    }

    /// Whether the chair struck that.
    #[must_use]
    pub fn is_struck(&self, statement: &Statement) -> bool {
        self.delivered.is_struck(statement)
    }

    /// Strikes a return of a precinct, as the chair's log says: it counts for nothing, whatever signs it, for as long as the precinct has
    /// just those ballots.
    pub fn strike(&mut self, precinct: PrecinctId, return_id: ReturnId) {
        let board = &mut self.delivered;
        let Some(contest) = board.contests.get_mut(usize::from(precinct.0)) else {
            return;
        };
        if board.strikes.insert((precinct, return_id)) {
            let poll = board.rules.poll;
            let struck = |claim: &Claim| claim.statement().return_id(poll) == return_id;
            for state in contest.strike(precinct, struck, &board.disputes) {
                board.disputes.settle(precinct, state, false);
            }
            self.changed(precinct);
        }
    }

    /// Shows what this replica holds of a precinct itself, its own or one that it audits, in place of any claim.
    pub fn fold(&mut self, held: Statement) {
        let precinct = held.precinct;
        let board = &mut self.delivered;
        if let Some(contest) = board.contests.get_mut(usize::from(precinct.0)) {
            contest.reach(held.version());
            board.folded.insert(precinct, held);
            self.changed(precinct);
        }
    }

    /// Goes back to what is claimed of a precinct, since its ballots are not held any more.
    pub fn unfold(&mut self, precinct: PrecinctId) {
        if self.delivered.folded.remove(&precinct).is_some() {
            self.changed(precinct);
        }
    }

    pub(super) fn changed(&mut self, precinct: PrecinctId) {
        self.delivered.changed.insert(precinct);
        self.receive(Event::Changed(precinct));
    }

    fn receive(&mut self, event: Event) {
        self.waiting.receive(event, &mut self.delivered);
    }

    /// What all precincts add up to. O(G).
    #[must_use]
    pub fn total(&self) -> Canvassed {
        let board = &self.delivered;
        let mut struck = vec![0; board.contests.len()];
        for (precinct, _) in &board.strikes {
            struck[usize::from(precinct.0)] += 1;
        }
        let parts: Vec<Part> = (0..board.rules.precincts)
            .zip(struck)
            .map(|(precinct, struck)| Part {
                precinct: PrecinctId(precinct),
                shown: board.shown(PrecinctId(precinct)),
                struck,
            })
            .collect();
        let mut total = Return::empty(board.rules.options);
        let shown = || parts.iter().filter_map(|part| part.shown.as_ref());
        shown().for_each(|shown| total.add(&shown.total));
        Canvassed {
            total,
            grade: shown().map(|shown| shown.grade).min(),
            parts,
        }
    }

    /// The claims of a precinct, by rank: the first is the one that is shown unless the precinct is folded.
    #[must_use]
    pub fn claims(&self, precinct: PrecinctId) -> &[Claim] {
        let contest = self.delivered.contest(precinct);
        contest.map_or(&[], Contest::claims)
    }

    /// The disputes of a state, at most 4, but for those of members who have signed it since.
    pub fn disputes(&self, precinct: PrecinctId, state: StateId) -> impl Iterator<Item = &Dispute> {
        let board = &self.delivered;
        let contest = board.contest(precinct).into_iter();
        contest.flat_map(move |contest| contest.disputes(precinct, state, &board.disputes))
    }

    /// Takes note that a state was claimed by several, on this board, for [`STANDS`](super::grade::STANDS): it is attested from now on, unless somebody
    /// disputes it. Boards know no time; whoever has a clock says so of what [`Board::yet_to_stand`] lists.
    pub fn stand(&mut self, precinct: PrecinctId, state: StateId) {
        if let Some(contest) = self.delivered.contests.get_mut(usize::from(precinct.0)) {
            contest.stand(state);
        }
    }

    /// The states of a precinct that several claim and nobody disputes, and of which [`Board::stand`] was not said.
    pub fn yet_to_stand(&self, precinct: PrecinctId) -> impl Iterator<Item = StateId> {
        let board = &self.delivered;
        let contest = board.contest(precinct).into_iter();
        contest.flat_map(move |contest| {
            let states = contest.claims().iter().filter_map(|claim| {
                let state = claim.statement().state();
                may_stand(claim, state).then_some(state)
            });
            states.filter(move |state| {
                !contest.has_stood(*state)
                    && contest
                        .disputes(precinct, *state, &board.disputes)
                        .next()
                        .is_none()
            })
        })
    }

    /// The name of the return that is shown of a precinct, which is what the chair can strike. `None` when nothing is shown.
    #[must_use]
    pub fn return_id(&self, precinct: PrecinctId) -> Option<ReturnId> {
        let shown = self.delivered.shown_statement(precinct)?;
        Some(shown.return_id(self.delivered.rules.poll))
    }

    /// The version that is shown of a precinct: what a statement made now comes after. `None` when nothing is shown.
    #[must_use]
    pub fn version(&self, precinct: PrecinctId) -> Option<u64> {
        self.delivered.shown_version(precinct)
    }

    /// The claims that wait, oldest first, each with the precinct of which it waits for a newer statement.
    pub fn waiting(&self) -> impl Iterator<Item = (&Claim, PrecinctId)> {
        self.waiting
            .held_back()
            .filter_map(|(event, precinct)| match event {
                Event::Claim(waiting) => Some((&waiting.claim, *precinct)),
                Event::Changed(_) => None,
            })
    }

    /// How many claims wait.
    #[must_use]
    pub fn waits(&self) -> usize {
        self.waiting.len()
    }

    /// Whether so many claims wait that the oldest may have to go, and would be news when it comes again.
    #[must_use]
    pub fn is_crowded(&self) -> bool {
        self.waiting.is_half_full()
    }

    /// The precincts of which something changed since this was asked last.
    pub fn take_changed(&mut self) -> BTreeSet<PrecinctId> {
        core::mem::take(&mut self.delivered.changed)
    }

    /// What was not kept.
    #[must_use]
    pub fn counters(&self) -> Counters {
        Counters {
            dropped: self.waiting.dropped(),
            disputes_dropped: self.delivered.disputes.dropped(),
            ..self.delivered.counters
        }
    }

    /// A short name of all claims that are held, who signed them, and who disputes them. What waits or is folded is not in it.
    /// O(G).
    #[must_use]
    pub fn digest(&self) -> [u8; 16] {
        let mut hash = Sha256::new();
        for contest in &self.delivered.contests {
            hash.update(contest.digest());
        }
        let mut digest = [0; 16];
        digest.copy_from_slice(&hash.finalize()[..16]);
        digest
    }
}
