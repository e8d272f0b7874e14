//! What a member of a precinct does for it in the council: states what it holds, attests what it can reproduce, and
//! disputes what it cannot.
//!
//! *State* when the precinct has been quiet for 2 s, or has been changing for 10 s, unless what is held here is claimed
//! already. *Attest*, once, the newest claim of what is held here.
//!
//! *Dispute* with care, since a dispute stays for as long as what it disputes is claimed. Two honest members who state
//! what they hold while ballots come in state different things, and both move on from it. So a claim is disputed when it has
//! *stood* for so long that whoever signed it honestly would have moved on; and a claim of more ops than are held here when it has
//! stood for still longer, with a connection to the precinct's room, where the ops that it speaks of would have come from, and by a
//! member who was in step with another there. Should they
//! come later all the same, attesting the claim takes the dispute back.

use std::collections::VecDeque;

use crate::broadcast::Origin;
use crate::canvass::statement::{PrecinctState, StateId, Statement};
use crate::canvass::{Canvass, Claim, Dispute};
use crate::ids::PrecinctId;
use crate::sorted::SortedMap;
use crate::time::Millis;

use super::io::Channel;
use super::pace::paced;
use super::{Council, SPEAKERS};

/// What is held is worked out so long after a change, for all changes in between.
const FOLD: Millis = Millis(250);
/// After so much quiet the precinct's state is stated, up to half as long again at random.
const QUIET: Millis = Millis(2_000);
/// A state that goes on changing is stated after so long. With many precincts this, and what is longer below, is
/// [longer](super::pace).
const AT_LATEST: Millis = Millis(10_000);
/// A claim of what is held here is attested within that.
const ATTEST: Millis = Millis(400);
/// A claim that cannot be reproduced is disputed when it has stood for so long: longer than [`AT_LATEST`] and its way here.
const STOOD: Millis = Millis(15_000);
/// The same of a claim of more ops than are held here.
const STOOD_BEYOND: Millis = Millis(30_000);
/// Whenever nobody states for so long what this tab holds, twice as many of the precinct step in.
const LONELY: Millis = Millis(30_000);
/// How often a member leaves it to others to state what they hold, until it signed something itself: more often only
/// somebody would be heard who says things so that others say nothing.
const MAX_LEFT: u32 = 2 * SPEAKERS as u32;
/// How many states of its own a member remembers: what it once held, it does not dispute.
const REMEMBERED: usize = 256;
/// How many other precincts a statement names at most. What else changed, the next statements name.
const NAMED: usize = 16;

/// What a member remembers.
#[derive(Debug, Default)]
pub(super) struct Member {
    /// What is held, as it was worked out last.
    own: Option<Statement>,
    /// Whether the board shows that, as far as it was decided since it changed.
    shown: Option<bool>,
    /// Whether another in the precinct's room ever held the same ballots.
    agreed: bool,
    /// When what is held changed.
    changed: Millis,
    fold_at: Option<Millis>,
    propose_at: Option<Millis>,
    at_latest: Option<Millis>,
    attest_at: Option<Millis>,
    lonely_at: Option<Millis>,
    /// How often nobody stated for long what is held here.
    lonely: u32,
    /// Nothing is proposed earlier: the precinct was heard just before.
    not_before: Millis,
    /// How often it was left to others since something was signed here.
    left: u32,
    /// When claims that cannot be reproduced are to be disputed.
    doubts: SortedMap<StateId, Millis>,
    passed: VecDeque<StateId>,
    /// Which versions of other precincts the statements of this one came after.
    named: SortedMap<PrecinctId, u64>,
}

impl Member {
    /// Takes note of a statement of the member's own precinct.
    pub fn stated(&mut self, statement: &Statement) {
        for (precinct, version) in statement.after() {
            let named = self.named.get_or_insert(precinct, 0);
            *named = version.max(*named);
        }
    }

    /// How many speakers of the precinct will do, on average: more the longer nobody has stated what is held here.
    pub fn speakers(&self) -> u128 {
        u128::from(SPEAKERS) << self.lonely.min(64)
    }

    /// Begins anew to wait for what was claimed and is not here.
    pub fn forget_doubts(&mut self) {
        self.doubts.clear();
    }

    pub fn next_deadline(&self) -> Option<Millis> {
        let doubt = self.doubts.values().min().copied();
        let deadlines = [
            self.fold_at,
            self.propose_at,
            self.attest_at,
            self.lonely_at,
            doubt,
        ];
        deadlines.into_iter().flatten().min()
    }

    fn passed(&self, state: StateId) -> bool {
        self.passed.contains(&state)
    }
}

fn due(deadline: &mut Option<Millis>, now: Millis) -> bool {
    deadline.take_if(|at| *at <= now).is_some()
}

impl Council {
    /// Whether this tab speaks for its precinct: it is in the council, and its voter is of the precinct.
    fn speaks(&self) -> bool {
        self.is_member && self.rooms[Channel::Council as usize].size.is_some()
    }

    /// That span in a poll of so many precincts as this one has.
    fn paced(&self, span: Millis) -> Millis {
        let board = self.board.as_ref();
        paced(span, board.map_or(1, |board| board.rules().precincts))
    }

    /// The replica delivered something.
    pub(in super::super) fn state_changed(&mut self, now: Millis) {
        self.member.fold_at.get_or_insert(now.after(FOLD));
        if self.speaks() {
            let latest = now.after(self.jittered(self.paced(AT_LATEST)));
            let latest = *self.member.at_latest.get_or_insert(latest);
            let quiet = now.after(self.jittered(QUIET));
            self.member.propose_at = Some(quiet.min(latest).max(self.member.not_before));
        }
    }

    /// The precinct was heard: in a poll of many precincts it is not heard again soon.
    fn leave_pause(&mut self, now: Millis) {
        let pause = self.paced(AT_LATEST) - AT_LATEST;
        if pause > Millis(0) {
            self.member.not_before = now.after(self.jittered(pause));
            let not_before = self.member.not_before;
            self.member.propose_at = self.member.propose_at.map(|at| at.max(not_before));
        }
    }

    /// Another member stated something new of this precinct, of no more ops than are held here: it is spoken for.
    pub(super) fn heard_member(&mut self, version: u64, now: Millis) {
        let own = self.member.own.as_ref();
        if own.is_none_or(|own| version > own.version()) {
            return;
        }
        // As long as votes come in, what is claimed is hardly ever what is held.
        let lonely_at = self.member.changed.after(self.paced(LONELY));
        self.member.lonely_at = self.member.lonely_at.map(|at| at.max(lonely_at));
        if self.member.left < MAX_LEFT {
            self.member.left += 1;
            self.leave_pause(now);
        }
    }

    fn signed(&mut self, now: Millis) {
        self.member.left = 0;
        self.leave_pause(now);
    }

    /// Without a connection to the precinct's room, nobody is heard, and that means nothing.
    pub(super) fn forget_loneliness(&mut self) {
        self.member.lonely = 0;
        self.member.lonely_at = None;
    }

    /// Looks at what is claimed of this precinct, and sets the times for what is to be done about it.
    pub(super) fn review(&mut self, now: Millis) {
        self.show_own();
        let speaks = self.speaks();
        let (Some(board), Some(own)) = (&self.board, &self.member.own) else {
            return;
        };
        let claims = board.claims(self.precinct);
        let is_own = |claim: &&Claim| claim.statement().state() == own.state();
        // What is struck has nothing to gain by being said again.
        let is_stated = claims.iter().any(|claim| is_own(&claim)) || board.is_struck(own);
        let newest = claims
            .iter()
            .filter(is_own)
            .min_by_key(|claim| claim.statement().id());
        let me = self.voter_key;
        let to_attest = newest.is_some_and(|claim| !claim.attestations().covers(me));
        let mut doubted = Vec::new();
        for claim in claims.iter().filter(|claim| !is_own(claim)) {
            let state = claim.statement().state();
            let beyond = claim.statement().version() > own.version();
            let disputed = board.disputes(self.precinct, state).next().is_some();
            let harmless = disputed || self.member.passed(state);
            if speaks && !harmless {
                doubted.push((state, if beyond { STOOD_BEYOND } else { STOOD }));
            }
        }
        self.member
            .doubts
            .retain(|state, _| doubted.iter().any(|(doubted, _)| doubted == state));
        for (state, stood) in doubted {
            let at = now.after(self.jittered(self.paced(stood)));
            self.member.doubts.get_or_insert(state, at);
        }
        let is_there = self.rooms[Channel::Precinct as usize].size.is_some();
        if is_stated || speaks || !is_there {
            self.member.lonely_at = None;
        } else {
            let lonely_at = now.after(self.paced(LONELY));
            self.member.lonely_at.get_or_insert(lonely_at);
        }
        if !speaks {
            self.member.propose_at = None;
            self.member.at_latest = None;
            self.member.attest_at = None;
            return;
        }
        if to_attest {
            let at = now.after(self.jittered(ATTEST));
            self.member.attest_at.get_or_insert(at);
        }
        if !is_stated && self.member.propose_at.is_none() {
            let at = now.after(self.jittered(QUIET));
            self.member.propose_at = Some(at.max(self.member.not_before));
        }
    }

    /// Does what is due.
    pub(super) fn speak(&mut self, canvass: &mut Canvass, now: Millis) {
        let propose = due(&mut self.member.propose_at, now);
        let attest = due(&mut self.member.attest_at, now);
        let doubts = self.member.doubts.iter();
        let disputed: Vec<StateId> = doubts
            .filter(|(_, at)| **at <= now)
            .map(|(state, _)| *state)
            .collect();
        if due(&mut self.member.fold_at, now) || propose || attest || !disputed.is_empty() {
            self.member.fold_at = None;
            self.fold(canvass, now);
        }
        if due(&mut self.member.lonely_at, now) {
            self.member.lonely += 1;
            self.member.lonely_at = Some(now.after(self.paced(LONELY)));
        }
        if !self.speaks() {
            return;
        }
        if propose {
            self.propose(now);
        }
        if attest {
            self.attest(now);
        }
        for state in disputed {
            self.dispute(state, canvass, now);
        }
    }

    /// Works out what is held, and shows it on the board.
    fn fold(&mut self, canvass: &mut Canvass, now: Millis) {
        let Some(board) = &mut self.board else {
            return;
        };
        let Some(said) = PrecinctState::of(canvass) else {
            return;
        };
        if self.member.own.as_ref().is_some_and(|own| **own == said) {
            return;
        }
        let Ok(own) = Statement::new(board.rules(), said, Vec::new()) else {
            return;
        };
        self.member.passed.push_back(own.state());
        if self.member.passed.len() > REMEMBERED {
            self.member.passed.pop_front();
        }
        self.member.own = Some(own);
        self.member.shown = None;
        self.show_own();
        self.member.changed = now;
        self.settle(now);
    }

    /// The replica held the same ballots as another in its room.
    pub(in super::super) fn agreed(&mut self, now: Millis) {
        if !self.member.agreed {
            self.member.agreed = true;
            self.show_own();
            self.settle(now);
        }
    }

    /// Shows what is held of the own precinct, and not what is claimed of it; but for a tab that never was in step with another, and
    /// holds less than is claimed: it may be the first to come back to a precinct that all have left.
    pub(super) fn show_own(&mut self) {
        let (Some(board), Some(own)) = (&mut self.board, &self.member.own) else {
            return;
        };
        let is_ahead = |claim: &Claim| {
            let statement = claim.statement();
            let mut against = board.disputes(self.precinct, statement.state());
            statement.version() > own.version() && against.next().is_none()
        };
        let behind = || board.claims(self.precinct).iter().any(is_ahead);
        let shown = self.member.agreed || !behind();
        if self.member.shown == Some(shown) {
            return;
        }
        self.member.shown = Some(shown);
        if shown {
            board.fold(own.clone());
        } else {
            board.unfold(self.precinct);
        }
    }

    fn propose(&mut self, now: Millis) {
        self.member.at_latest = None;
        self.member.propose_at = None;
        let (Some(board), Some(own)) = (&self.board, &self.member.own) else {
            return;
        };
        let claims = board.claims(self.precinct).iter();
        let mut states = claims.map(|claim| claim.statement().state());
        if states.any(|state| state == own.state()) || board.is_struck(own) {
            return;
        }
        let precincts = board.rules().precincts;
        let others = (1..precincts).map(|step| {
            let next = (u32::from(self.precinct.0) + u32::from(step)) % u32::from(precincts);
            PrecinctId(next as u16)
        });
        let news = others.filter_map(|precinct| {
            let named = self.member.named.get(&precinct).copied().unwrap_or(0);
            // What is audited may be ahead of what anybody states, or ever will.
            let claim = board.claims(precinct).first()?;
            let version = claim.statement().version();
            let version = Some(version).filter(|version| *version > named)?;
            Some((precinct, version))
        });
        let mut after = SortedMap::default();
        for (precinct, version) in news.take(NAMED) {
            after.insert(precinct, version);
        }
        let after = after
            .iter()
            .map(|(precinct, version)| (*precinct, *version));
        let said: PrecinctState = (**own).clone();
        let statement = Statement::new(board.rules(), said, after.collect());
        let claim = statement
            .ok()
            .and_then(|statement| Claim::sign(&self.voter, board.rules(), statement).ok());
        if let Some(claim) = claim {
            self.stats.proposed += 1;
            self.take_claim(claim, Origin::Own, now);
            self.signed(now);
            // There may be no room for it on the board, until others are disputed.
            let again = self.jittered(self.paced(AT_LATEST));
            self.member.propose_at = Some(now.after(again));
            self.settle(now);
        }
    }

    fn attest(&mut self, now: Millis) {
        let (Some(board), Some(own)) = (&self.board, &self.member.own) else {
            return;
        };
        let claims = board.claims(self.precinct).iter();
        let newest = claims
            .filter(|claim| claim.statement().state() == own.state())
            .min_by_key(|claim| claim.statement().id());
        let me = self.voter_key;
        let Some(claim) = newest.filter(|claim| !claim.attestations().covers(me)) else {
            return;
        };
        let statement = claim.statement().clone();
        if let Ok(claim) = Claim::sign(&self.voter, board.rules(), statement) {
            self.stats.attested += 1;
            self.take_claim(claim, Origin::Own, now);
            self.signed(now);
            self.settle(now);
        }
    }

    fn dispute(&mut self, state: StateId, canvass: &mut Canvass, now: Millis) {
        // Looked at again at the next review, if it still stands.
        self.member.doubts.remove(&state);
        let (Some(board), Some(own)) = (&self.board, &self.member.own) else {
            return;
        };
        let claims = board.claims(self.precinct);
        let claim = claims
            .iter()
            .find(|claim| claim.statement().state() == state);
        let beyond = claim.is_none_or(|claim| claim.statement().version() > own.version());
        let others = self.rooms[Channel::Precinct as usize].size;
        let in_step = self.member.agreed && others.is_some_and(|size| size > 1);
        if claim.is_none() || (beyond && !in_step) {
            self.review(now);
            return;
        }
        if self.member.passed(state) {
            return;
        }
        if let Ok(dispute) = Dispute::sign(&self.voter, board.rules(), state, canvass) {
            self.stats.disputed += 1;
            self.take_dispute(dispute, Origin::Own, now);
            self.settle(now);
        }
    }
}
