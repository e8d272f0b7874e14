//! What a member of a precinct does for it in the council: states what it holds, attests what it
//! can reproduce, and disputes what it cannot.
//!
//! *State* when the precinct has been quiet for 2 s, or has been changing for 10 s, unless what is
//! held here is claimed already. *Attest*, once, the claim of what is held here.
//!
//! *Dispute* with care, since a dispute stays for as long as what it disputes is claimed. Two
//! honest members who state what they hold while ballots come in state different things, and both
//! move on from it. So a claim is disputed when it has *stood* for so long that whoever signed it
//! honestly would have moved on; and a claim of more ops than are held here when it has stood for
//! still longer, with a connection to the precinct's room, where the ops that it speaks of would
//! have come from, and by a member who was in step with another there. Should they come later all
//! the same, attesting the claim takes the dispute back.

use std::collections::VecDeque;

use crate::ballots::BallotStore;
use crate::board::statement::{PrecinctState, StateId, Statement};
use crate::board::{Board, Claim, Dispute};
use crate::broadcast::Origin;
use crate::ids::VoterKey;
use crate::room::peers::Peer;
use crate::time::Millis;
use crate::timers::Timer;
use crate::timing::Span;

use super::Council;
use super::pace::Paced;

/// How many states of its own a member remembers: what it once held, it does not dispute.
const REMEMBERED: usize = 256;
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
    /// What changes on and on is stated then.
    at_latest: Option<Millis>,
    /// Whether somebody has stated what is held here, or the chair struck it.
    is_stated: bool,
    /// How often nobody stated for long what is held here, or nobody spoke in the precinct's room:
    /// all connections there may be silent, and what is stated by some who have left.
    lonely: u32,
    /// Nothing is proposed earlier: the precinct was heard just before.
    not_before: Millis,
    /// How often it was left to others since something was signed here.
    left: u32,
    passed: VecDeque<StateId>,
}

impl Member {
    /// How many speakers of the precinct will do, on average: more the longer nobody has stated
    /// what is held here.
    pub(crate) fn speakers(&self, usual: u64) -> u128 {
        u128::from(usual) << self.lonely.min(64)
    }

    fn passed(&self, state: StateId) -> bool {
        self.passed.contains(&state)
    }
}

/// Whether the chair struck what is held here, and no older claim has this member's word any more.
/// What is struck has nothing to gain by being said again, but whoever says it takes back what they
/// said earlier, which would be shown in its place.
fn is_settled(board: &Board, own: &Statement, me: VoterKey) -> bool {
    let stands_by =
        |claim: &Claim| claim.attestations().contains(me) && own.is_newer_than(claim.statement());
    board.is_struck(own) && !board.claims(own.precinct).iter().any(stands_by)
}

impl Council {
    /// Whether this tab speaks for its precinct: it is in the council, and its voter is of the
    /// precinct.
    fn speaks(&self) -> bool {
        self.is_member && self.room.is_connected()
    }

    /// That span in a poll of so many precincts as this one has.
    fn paced(&self, span: Span) -> Span {
        let pace = self.pace();
        Span {
            least: pace.of(span.least),
            most: pace.of(span.most),
        }
    }

    /// How fast members speak in this poll.
    pub(super) fn pace(&self) -> Paced {
        let precincts = self
            .board
            .as_ref()
            .map_or(1, |board| board.rules().precincts);
        Paced::new(&self.timing, precincts)
    }

    /// The replica delivered something.
    pub(in super::super) fn state_changed(&mut self, now: Millis) {
        let fold_at = now.after(self.timing.fold);
        self.room.timers.start(Timer::Fold, fold_at);
        if self.speaks() {
            let latest = now.after(self.room.draw(self.paced(self.timing.at_latest)));
            let latest = *self.member.at_latest.get_or_insert(latest);
            let quiet = now.after(self.room.draw(self.timing.quiet));
            let state_at = quiet.min(latest).max(self.member.not_before);
            self.room.timers.set(Timer::State, state_at);
        }
    }

    /// The precinct was spoken for: in a poll of many precincts it is not again soon.
    fn leave_pause(&mut self, now: Millis) {
        let (usual, paced) = (self.timing.at_latest, self.paced(self.timing.at_latest));
        let pause = Span {
            least: paced.least - usual.least,
            most: paced.most - usual.most,
        };
        if pause.least > Millis(0) {
            self.member.not_before = now.after(self.room.draw(pause));
            self.room.timers.delay(Timer::State, self.member.not_before);
        }
    }

    /// Another member stated something new of this precinct, of no more ops than are held here: it
    /// is spoken for.
    pub(super) fn received_of_member(&mut self, version: u64, now: Millis) {
        let own = self.member.own.as_ref();
        if own.is_none_or(|own| version > own.version()) {
            return;
        }
        // As long as votes come in, what is claimed is hardly ever what is held.
        let lonely = self.pace().of(self.timing.lonely);
        let lonely_at = self.member.changed.after(lonely);
        self.room.timers.delay(Timer::Lonely, lonely_at);
        if self.member.left < self.timing.left_to_others {
            self.member.left += 1;
            self.leave_pause(now);
        }
    }

    fn signed(&mut self, now: Millis) {
        self.member.left = 0;
        self.leave_pause(now);
    }

    /// Another connection to the precinct's room, or none: begins anew to wait for what was claimed
    /// and is not here. That nothing comes from anybody meant nothing.
    pub(super) fn begin_anew(&mut self) {
        self.member.lonely = 0;
        let timers = &mut self.room.timers;
        timers.keep(|timer| !matches!(timer, Timer::Lonely | Timer::Doubt(_)));
    }

    /// Looks at what is claimed of this precinct, and sets the times for what is to be done about
    /// it.
    pub(super) fn review(&mut self, now: Millis) {
        self.show_own();
        let speaks = self.speaks();
        let (Some(board), Some(own)) = (&self.board, &self.member.own) else {
            return;
        };
        let claims = board.claims(self.precinct);
        let is_own = |claim: &&Claim| claim.statement().state() == own.state();
        let me = self.voter_key;
        let is_stated = claims.iter().any(|claim| is_own(&claim)) || is_settled(board, own, me);
        let lacks_me = |claim: &Claim| !claim.attestations().covers(me);
        let to_attest = claims.iter().find(is_own).is_some_and(lacks_me);
        let timing = self.timing;
        let mut doubted = Vec::new();
        for claim in claims.iter().filter(|claim| !is_own(claim)) {
            let state = claim.statement().state();
            let beyond = claim.statement().version() > own.version();
            let disputed = board.disputes(self.precinct, state).next().is_some();
            let harmless = disputed || self.member.passed(state);
            if speaks && !harmless {
                doubted.push((
                    state,
                    if beyond {
                        timing.stood_beyond
                    } else {
                        timing.stood
                    },
                ));
            }
        }
        self.room.timers.keep(|timer| match timer {
            Timer::Doubt(state) => doubted.iter().any(|(doubted, _)| *doubted == state),
            _ => true,
        });
        for (state, stood) in doubted {
            let at = now.after(self.room.draw(self.paced(stood)));
            self.room.timers.start(Timer::Doubt(state), at);
        }
        let lonely_at = now.after(self.pace().of(self.timing.lonely));
        let changed = core::mem::replace(&mut self.member.is_stated, is_stated) != is_stated;
        if speaks || self.precinct_size.is_none() {
            self.room.timers.stop(Timer::Lonely);
        } else if changed {
            self.room.timers.set(Timer::Lonely, lonely_at);
        } else {
            self.room.timers.start(Timer::Lonely, lonely_at);
        }
        if !speaks {
            self.member.at_latest = None;
            self.room.timers.stop(Timer::State);
            self.room.timers.stop(Timer::Attest);
            return;
        }
        if to_attest {
            let at = now.after(self.room.draw(self.timing.attest));
            self.room.timers.start(Timer::Attest, at);
        }
        if !is_stated {
            let at = now.after(self.room.draw(self.timing.quiet));
            let at = at.max(self.member.not_before);
            self.room.timers.start(Timer::State, at);
        }
    }

    /// Does what is due.
    pub(super) fn speak(&mut self, store: &mut BallotStore, now: Millis) {
        let timers = &mut self.room.timers;
        let state = timers.take(Timer::State, now);
        let attest = timers.take(Timer::Attest, now);
        let disputed: Vec<StateId> = timers
            .due(now)
            .filter_map(|timer| match timer {
                Timer::Doubt(state) => Some(state),
                _ => None,
            })
            .collect();
        let fold = timers.take(Timer::Fold, now);
        if fold || state || attest || !disputed.is_empty() {
            self.room.timers.stop(Timer::Fold);
            self.fold(store, now);
        }
        if self.room.timers.take(Timer::Lonely, now) {
            let lonely = self.pace().of(self.timing.lonely);
            let spoke = |(_, peer): (_, &Peer)| now - peer.received < lonely;
            self.forget_silent(now);
            if !self.member.is_stated || !self.boards.iter().any(spoke) {
                self.member.lonely += 1;
            }
            self.room.timers.set(Timer::Lonely, now.after(lonely));
        }
        if !self.speaks() {
            return;
        }
        if state {
            self.state(now);
        }
        if attest {
            self.attest(now);
        }
        for state in disputed {
            self.dispute(state, store, now);
        }
    }

    /// Works out what is held, and shows it on the board.
    fn fold(&mut self, store: &mut BallotStore, now: Millis) {
        let Some(board) = &mut self.board else {
            return;
        };
        let Some(said) = PrecinctState::of(store) else {
            return;
        };
        if self.member.own.as_ref().is_some_and(|own| **own == said) {
            return;
        }
        let Ok(own) = Statement::new(board.rules(), said) else {
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

    /// Shows what is held of the own precinct, and not what is claimed of it; but for a tab that
    /// never was in step with another, and holds less than is claimed: it may be the first to come
    /// back to a precinct that all have left.
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

    fn state(&mut self, now: Millis) {
        self.member.at_latest = None;
        self.room.timers.stop(Timer::State);
        let (Some(board), Some(own)) = (&self.board, &self.member.own) else {
            return;
        };
        let claims = board.claims(self.precinct).iter();
        let mut states = claims.map(|claim| claim.statement().state());
        let is_stated = states.any(|state| state == own.state());
        if is_stated || is_settled(board, own, self.voter_key) {
            return;
        }
        let claim = Claim::sign(&self.voter, board.rules(), own.clone()).ok();
        if let Some(claim) = claim {
            self.stats.proposed += 1;
            self.take_claim(claim, Origin::Own, now);
            self.signed(now);
            // There may be no room for it on the board, until others are disputed.
            let again = self.room.draw(self.paced(self.timing.at_latest));
            self.room.timers.set(Timer::State, now.after(again));
            self.settle(now);
        }
    }

    fn attest(&mut self, now: Millis) {
        let (Some(board), Some(own)) = (&self.board, &self.member.own) else {
            return;
        };
        let mut claims = board.claims(self.precinct).iter();
        let claim = claims.find(|claim| claim.statement().state() == own.state());
        let me = self.voter_key;
        let Some(claim) = claim.filter(|claim| !claim.attestations().covers(me)) else {
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

    fn dispute(&mut self, state: StateId, store: &mut BallotStore, now: Millis) {
        // Looked at again at the next review, if it still stands.
        self.room.timers.stop(Timer::Doubt(state));
        let (Some(board), Some(own)) = (&self.board, &self.member.own) else {
            return;
        };
        let claims = board.claims(self.precinct);
        let claim = claims
            .iter()
            .find(|claim| claim.statement().state() == state);
        let beyond = claim.is_none_or(|claim| claim.statement().version() > own.version());
        let others = self.precinct_size;
        let in_step = self.member.agreed && others.is_some_and(|size| size > 1);
        if claim.is_none() || (beyond && !in_step) {
            self.review(now);
            return;
        }
        if self.member.passed(state) {
            return;
        }
        if let Ok(dispute) = Dispute::sign(&self.voter, board.rules(), state, store) {
            self.stats.disputed += 1;
            self.take_dispute(dispute, Origin::Own, now);
            self.settle(now);
        }
    }
}
