//! This replica's own ops: made, saved, sent, seen, in this order.

use std::collections::BTreeSet;

use ed25519_zebra::SigningKey;

use crate::ballots::BallotStore;
use crate::broadcast::Origin;
use crate::ids::{OpId, Place, PrecinctId, ReplicaId, ReturnId, VoterKey};
use crate::poll::ballot::Ballot;
use crate::poll::bar::BarVoter;
use crate::poll::choice::Choice;
use crate::poll::close::{SetStatus, Status};
use crate::poll::log::MAX_SET_STATUS;
use crate::poll::op::{Op, VerifiedOp};
use crate::poll::reason::check_reason;
use crate::poll::register::VoterRegister;
use crate::poll::revocation::RevokeBallot;
use crate::poll::strike::StrikeReturn;
use crate::time::Millis;
use crate::wire::envelope::{sign, voter_key};
use crate::wire::frame::kind;

use super::audit::Audits;
use super::io::{Command, Event, Refusal, Via};
use super::state::Arrival;
use super::{Replica, Rumor};

/// The most ops of one's own whose way is followed: the latest ones.
const MAX_FOLLOWED: usize = 16;
/// How many entries that close or open the poll there may be for another to be made: half of those
/// that are kept, so that two who make some at once lose none.
const MAX_SET_BY_CHAIR: usize = MAX_SET_STATUS / 2;
/// The most others that one op is counted as seen by.
const MAX_SEEN_BY: usize = 4_096;

/// An op that was made here and saved, on its way.
#[derive(Debug)]
pub(super) struct OwnOp {
    pub(super) rumor: Rumor,
    pub(super) sent: bool,
    /// Not before then: whoever put it into the shared store is most likely sending it.
    waits_until: Millis,
    /// Sent again then, if nobody has seen it.
    again_at: Option<Millis>,
    /// So often.
    again: u32,
    pub(super) seen_by: BTreeSet<ReplicaId>,
    /// The most others that were in the room at once since it was made.
    most_others: usize,
}

impl OwnOp {
    /// It may have gone nowhere.
    pub(super) fn not_sent(&mut self) {
        self.sent = false;
        self.again_at = None;
        self.again = 0;
    }

    /// How many others have it. A tab that is loaded again is another replica, so no more are
    /// counted than were here at once.
    pub(super) fn reach(&self) -> usize {
        self.seen_by.len().min(self.most_others)
    }
}

impl Replica {
    /// Makes the op that a person asks for.
    pub(super) fn sign(
        &mut self,
        command: Command,
        audits: &Audits,
        now: Millis,
    ) -> Result<(), Refusal> {
        match command {
            Command::Cast(choice) => self.on_cast(choice, now),
            Command::Revoke { ballot, reason } => self.on_revoke(ballot, &reason, audits, now),
            Command::Bar { voter, reason } => self.on_bar(voter, &reason, now),
            Command::SetStatus(status) => self.on_set_status(status, now),
            Command::Strike {
                precinct,
                return_id,
                reason,
            } => self.on_strike(precinct, return_id, &reason, now),
            // They make none.
            Command::Audit(_) | Command::EndAudit(_) => Ok(()),
        }
    }

    fn on_cast(&mut self, choice: Choice, now: Millis) -> Result<(), Refusal> {
        let open = self.open.as_ref().ok_or(Refusal::NotOpen)?;
        let genesis = open.state.store.genesis();
        let marked: Vec<usize> = choice.marked().collect();
        let choice = Choice::new(&marked, genesis.method(), genesis.options().len())?;
        let place = Place::of(self.poll, self.voter_key);
        if open.state.store.is_foreign(place) {
            return Err(Refusal::OtherPrecinct);
        }
        self.refuse_while_saving()?;
        let log = open.state.store.log();
        if log.status() == Status::Closed {
            return Err(Refusal::Closed);
        }
        let removed = log.removed();
        if removed.voters.removed(&self.voter_key).is_some() {
            return Err(Refusal::Barred);
        }
        let top = open
            .state
            .store
            .register(&self.voter_key)
            .map_or(&[][..], |register| register.top());
        let prev = top.first().map(|ballot| (ballot.seq, ballot.id));
        if let [only] = top
            && only.choice == choice
            && removed
                .ballots
                .removed(&(self.voter_key, only.id))
                .is_none()
        {
            return Err(Refusal::Unchanged);
        }
        if prev.is_some_and(|(seq, _)| seq >= genesis.max_seq()) {
            return Err(Refusal::TooManyChanges {
                most: genesis.max_seq() + 1,
            });
        }
        let ballot = Ballot::new(prev, choice, genesis);
        if open.state.store.leaves_out(place, &self.voter_key) {
            return Err(Refusal::Full);
        }
        let op = sign(&self.voter, self.poll, Op::Ballot(ballot));
        self.save(op, now);
        Ok(())
    }

    fn on_revoke(
        &mut self,
        ballot: OpId,
        reason: &str,
        audits: &Audits,
        now: Millis,
    ) -> Result<(), Refusal> {
        let (_, store) = self.chair_of()?;
        let reason = check_reason(reason)?.to_owned();
        self.refuse_while_saving()?;
        let held = self.find_ballot(ballot);
        let held = held.or_else(|| audits.find_ballot(ballot));
        let voter = held.ok_or(Refusal::NoSuchBallot)?;
        let revoked = store.log().removed().ballots.removed(&(voter, ballot));
        if revoked.is_some() {
            return Err(Refusal::AlreadyRevoked);
        }
        let revocation = |index| RevokeBallot {
            index,
            voter,
            ballot,
            reason,
        };
        self.enter(|index| Op::RevokeBallot(Box::new(revocation(index))), now)
    }

    fn on_bar(&mut self, voter: VoterKey, reason: &str, now: Millis) -> Result<(), Refusal> {
        let (_, store) = self.chair_of()?;
        let reason = check_reason(reason)?.to_owned();
        self.refuse_while_saving()?;
        if store.log().removed().voters.removed(&voter).is_some() {
            return Err(Refusal::AlreadyBarred);
        }
        let bar = |index| BarVoter {
            index,
            voter,
            reason,
        };
        self.enter(|index| Op::BarVoter(Box::new(bar(index))), now)
    }

    fn on_set_status(&mut self, status: Status, now: Millis) -> Result<(), Refusal> {
        let (_, store) = self.chair_of()?;
        self.refuse_while_saving()?;
        let log = store.log();
        if log.status() == status {
            return Err(Refusal::AlreadySo(status));
        }
        if log.set_status() >= MAX_SET_BY_CHAIR {
            return Err(Refusal::TooManyStatuses);
        }
        let after = log.tips();
        let says = |index| Box::new(SetStatus { index, after });
        let entry = |index| match status {
            Status::Open => Op::Reopen(says(index)),
            Status::Closed => Op::Close(says(index)),
        };
        self.enter(entry, now)
    }

    fn on_strike(
        &mut self,
        precinct: PrecinctId,
        return_id: ReturnId,
        reason: &str,
        now: Millis,
    ) -> Result<(), Refusal> {
        let (_, store) = self.chair_of()?;
        let precincts = store.genesis().precincts().count();
        if precincts < 2 || precinct.0 >= precincts {
            return Err(Refusal::NoSuchPrecinct);
        }
        let reason = check_reason(reason)?.to_owned();
        self.refuse_while_saving()?;
        let is_same = |op: &VerifiedOp| match &**op {
            Op::StrikeReturn(of) => (of.precinct, of.return_id) == (precinct, return_id),
            _ => false,
        };
        if store.log().entries().any(is_same) {
            return Err(Refusal::AlreadyStruck);
        }
        let strike = |index| StrikeReturn {
            index,
            precinct,
            return_id,
            reason,
        };
        self.enter(|index| Op::StrikeReturn(Box::new(strike(index))), now)
    }

    /// Signs an entry of the chair's log, after all that are here.
    fn enter(&mut self, entry: impl FnOnce(u32) -> Op, now: Millis) -> Result<(), Refusal> {
        let (chair, store) = self.chair_of()?;
        let index = store.log().next_index().ok_or(Refusal::LogFull)?;
        let op = sign(chair, self.poll, entry(index));
        self.save(op, now);
        Ok(())
    }

    /// The chair's key, and what is held, if this replica may make entries of the chair's log.
    fn chair_of(&self) -> Result<(&SigningKey, &BallotStore), Refusal> {
        let open = self.open.as_ref().ok_or(Refusal::NotOpen)?;
        let store = &open.state.store;
        let is_chair = |key: &&SigningKey| voter_key(key) == store.genesis().chair();
        let chair = self.chair.as_ref().filter(is_chair);
        Ok((chair.ok_or(Refusal::NotChair)?, store))
    }

    /// One op of one's own at a time: the next one's place follows from this one being on disk.
    fn refuse_while_saving(&self) -> Result<(), Refusal> {
        if self.saving.is_some() {
            Err(Refusal::StillSaving)
        } else {
            Ok(())
        }
    }

    /// Puts an op out to be saved. It is not part of the poll before that: what is, anybody may
    /// fetch.
    fn save(&mut self, op: VerifiedOp, now: Millis) {
        self.persist(&op, now, true);
        self.saving = Some(op);
        self.emit(Event::VoteMoved);
    }

    /// Delivers an op that is on disk to oneself, and sends it.
    pub(super) fn on_persisted(&mut self, id: OpId, now: Millis) {
        let Some(op) = self.saving.take_if(|op| op.id() == id) else {
            return;
        };
        let rumor = Rumor::of(&op);
        self.deliver(
            vec![Arrival {
                op,
                at: now,
                via: Via::Own,
            }],
            true,
            now,
        );
        // Others' ops may have taken the last room while it was being saved: nobody will see it.
        if self.has_own(id) {
            self.follow(rumor, Millis(0));
            self.send_own(now);
        }
        self.emit(Event::VoteMoved);
    }

    /// Whether an op of one's own is held, or held back.
    fn has_own(&self, id: OpId) -> bool {
        let store = self.open.as_ref().map(|open| &open.state.store);
        store.is_some_and(|store| {
            let register = store.register(&self.voter_key);
            let mut ballots = register.into_iter().flat_map(VoterRegister::entries);
            ballots.any(|ballot| ballot.id == id) || store.log().get(id).is_some()
        }) || self.held_back_has(id)
    }

    /// An op that was put out is not on disk: nobody has seen it, and its number is free.
    pub(super) fn on_not_persisted(&mut self, id: OpId) {
        if self.saving.take_if(|op| op.id() == id).is_some() {
            self.emit(Event::VoteMoved);
        }
    }

    /// It is not known how far one's own latest ballot got, after a restart or when another tab of
    /// the same voter made it: it is sent again, and followed. While there is a connection, whoever
    /// made it is given the time to send it.
    pub(super) fn follow_restored(&mut self, now: Millis) {
        let waits_until = match self.room.size() {
            Some(_) => now.after(self.room.draw(self.timing.gossip.left_to_its_maker)),
            None => Millis(0),
        };
        let Some(open) = &self.open else { return };
        let register = open.state.store.register(&self.voter_key);
        let Some(ballot) = register.and_then(|register| register.top().first()) else {
            return;
        };
        if self.own.iter().all(|own| own.rumor.id != ballot.id) {
            let rumor = Rumor {
                id: ballot.id,
                bytes: ballot.bytes.to_vec(),
            };
            self.follow(rumor, waits_until);
            self.emit(Event::VoteMoved);
        }
    }

    /// Entries of the chair's log that another tab of the chair made: they are sent if that one
    /// does not.
    pub(super) fn follow_entries(&mut self, restored: &[OpId], now: Millis) {
        let Some(open) = self
            .open
            .as_ref()
            .filter(|_| self.room.is_connected() && self.chair.is_some())
        else {
            return;
        };
        let log = open.state.store.log();
        let entries = restored.iter().filter_map(|id| log.get(*id));
        let rumors: Vec<_> = entries.map(Rumor::of).collect();
        let waits_until = now.after(self.room.draw(self.timing.gossip.left_to_its_maker));
        for rumor in rumors {
            self.follow(rumor, waits_until);
        }
    }

    fn follow(&mut self, rumor: Rumor, waits_until: Millis) {
        let most_others = self.others();
        self.own.push_back(OwnOp {
            rumor,
            sent: false,
            waits_until,
            again_at: None,
            again: 0,
            seen_by: BTreeSet::new(),
            most_others,
        });
        if self.own.len() > MAX_FOLLOWED {
            self.own.pop_front();
        }
    }

    /// Whether there is a connection, and anybody else in the room.
    pub(super) fn can_send(&self) -> bool {
        self.room.others() > 0
    }

    /// The ballots of one's own, by number, and before them the genesis: what has to be in a store
    /// for the next one to be made.
    #[must_use]
    pub fn own_ops(&self) -> Vec<Vec<u8>> {
        let Some(open) = &self.open else {
            return Vec::new();
        };
        let store = &open.state.store;
        let register = store.register(&self.voter_key);
        let ballots = register.into_iter().flat_map(VoterRegister::entries);
        let genesis = store.genesis_op().bytes().to_vec();
        core::iter::once(genesis)
            .chain(ballots.map(|ballot| ballot.bytes.to_vec()))
            .collect()
    }

    pub(super) fn others(&self) -> usize {
        self.room.others()
    }

    /// The room has another size.
    pub(super) fn count_others(&mut self) {
        let others = self.others();
        for own in &mut self.own {
            own.most_others = own.most_others.max(others);
        }
    }

    /// Hands what is saved and not sent yet to gossip, if there is a connection; and sends again,
    /// more widely, what nobody has seen.
    pub(super) fn send_own(&mut self, now: Millis) {
        if !self.can_send() {
            return;
        }
        let first = now.after(self.room.draw(self.timing.gossip.unseen));
        let due = |own: &&mut OwnOp| !own.sent && own.waits_until <= now;
        for own in self.own.iter_mut().filter(due) {
            own.sent = true;
            own.again_at = Some(first);
            self.gossip.spread(own.rumor.clone(), Origin::Own, now);
        }
        self.send_unseen(now);
    }

    /// Whoever was chosen at random may all be silent: four times as many are told the next time.
    fn send_unseen(&mut self, now: Millis) {
        let next = now.after(self.room.draw(self.timing.gossip.unseen));
        let timing = self.timing.gossip;
        let mut again = Vec::new();
        for own in &mut self.own {
            if own.again_at.take_if(|at| *at <= now).is_none() {
                continue;
            }
            own.again += 1;
            own.again_at = (own.again < timing.unseen_times).then_some(next);
            let width = u32::from(timing.settings.own_fan_out) << (2 * own.again);
            again.push((width.min(255) as u8, own.rumor.bytes.clone()));
        }
        for (width, bytes) in again {
            self.spread(width, &[(kind::OWN_OPS, bytes)]);
        }
    }

    /// When an op of one's own is to be sent that is left to its maker until then, or again.
    pub(super) fn own_deadline(&self) -> Option<Millis> {
        let at = |own: &OwnOp| match own.sent {
            false => Some(own.waits_until),
            true => own.again_at,
        };
        self.own.iter().filter_map(at).min()
    }

    /// Takes note that another replica has this op, and says whether it is one's own.
    pub(super) fn mark_seen(&mut self, id: OpId, by: ReplicaId) -> bool {
        let Some(own) = self.own.iter_mut().find(|own| own.rumor.id == id) else {
            return false;
        };
        own.again_at = None;
        self.count_seen(id, by);
        true
    }

    fn count_seen(&mut self, id: OpId, by: ReplicaId) {
        let Some(own) = self.own.iter_mut().find(|own| own.rumor.id == id) else {
            return;
        };
        // Whoever has it passed it on, or will.
        own.sent = true;
        if own.seen_by.len() < MAX_SEEN_BY && own.seen_by.insert(by) {
            self.emit(Event::VoteMoved);
        }
    }

    /// Another replica says that it holds the same set as this one: then it has every op of one's
    /// own that is held here; an entry of a full log may have had to go. Whoever hears a digest can say the same, so that what nobody else has seen is sent
    /// again all the same.
    pub(super) fn mark_all_seen(&mut self, by: ReplicaId) {
        let ids = self.own.iter().map(|own| own.rumor.id);
        let ids: Vec<OpId> = ids.filter(|id| self.has_own(*id)).collect();
        for id in ids {
            self.count_seen(id, by);
        }
    }
}
