//! This replica's own ops: made, saved, sent, seen, in this order.

use std::collections::BTreeSet;

use ed25519_zebra::SigningKey;

use crate::broadcast::gossip::OWN_FAN_OUT;
use crate::broadcast::{Origin, Spread};
use crate::canvass::Canvass;
use crate::canvass::tree::MAX_REGISTERS;
use crate::ids::{OpId, Place, PrecinctId, ReplicaId, ReturnId, VoterKey};
use crate::poll::ballot::Ballot;
use crate::poll::choice::Choice;
use crate::poll::log::LogLink;
use crate::poll::op::{Op, VerifiedOp};
use crate::poll::register::VoterRegister;
use crate::poll::revocation::{RevokeBallot, check_reason};
use crate::poll::strike::StrikeReturn;
use crate::time::Millis;
use crate::wire::envelope::{sign, voter_key};
use crate::wire::frame::kind;

use super::io::{Event, Refusal, Via};
use super::state::Arrival;
use super::{MAX_FOLLOWED, MAX_SEEN_BY, OwnOp, Replica, Rumor};

/// How long, and up to twice that, another tab of the same voter has to send the ballot that it made.
const LET_ITS_MAKER_SEND: Millis = Millis(1_000);

/// When an op of one's own that nobody has seen is sent again, up to twice that at random.
const UNSEEN: Millis = Millis(400);
/// So often; then comparing sets brings it.
const MOST_AGAIN: u32 = 3;

impl Replica {
    pub(super) fn on_cast(&mut self, choice: Choice, now: Millis) -> Result<(), Refusal> {
        let open = self.open.as_ref().ok_or(Refusal::NotOpen)?;
        let genesis = open.state.canvass.genesis();
        let marked: Vec<usize> = choice.marked().collect();
        let choice = Choice::new(&marked, genesis.method(), genesis.options().len())?;
        let place = Place::of(self.poll, self.voter_key);
        if open.state.canvass.is_foreign(place) {
            return Err(Refusal::OtherPrecinct);
        }
        self.refuse_while_saving()?;
        let top = open
            .state
            .canvass
            .register(&self.voter_key)
            .map_or(&[][..], |register| register.top());
        let prev = top.first().map(|ballot| (ballot.seq, ballot.id));
        if let [only] = top
            && only.choice == choice
            && open
                .state
                .canvass
                .log()
                .revocations()
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
        if top.is_empty() && open.state.canvass.voters() >= MAX_REGISTERS {
            return Err(Refusal::Full);
        }
        let op = sign(&self.voter, self.poll, Op::Ballot(ballot));
        self.save(op, now);
        Ok(())
    }

    /// `elsewhere` says whose the ballot is, and its seq, if it is held beside this replica.
    pub(super) fn on_revoke(
        &mut self,
        ballot: OpId,
        reason: &str,
        elsewhere: Option<(VoterKey, u32)>,
        now: Millis,
    ) -> Result<(), Refusal> {
        let (chair, canvass) = self.chair_of()?;
        let reason = check_reason(reason)?.to_owned();
        self.refuse_while_saving()?;
        let held = self.find_ballot(ballot).or(elsewhere);
        let (voter, seq) = held.ok_or(Refusal::NoSuchBallot)?;
        if canvass.log().revocation_of(voter, ballot).is_some() {
            return Err(Refusal::AlreadyRevoked);
        }
        let link: LogLink = canvass.log().next_link().ok_or(Refusal::LogFull)?;
        let revocation = RevokeBallot {
            link,
            voter,
            seq,
            ballot,
            reason,
        };
        let op = sign(chair, self.poll, Op::RevokeBallot(Box::new(revocation)));
        self.save(op, now);
        Ok(())
    }

    pub(super) fn on_strike(
        &mut self,
        precinct: PrecinctId,
        return_id: ReturnId,
        reason: &str,
        now: Millis,
    ) -> Result<(), Refusal> {
        let (chair, canvass) = self.chair_of()?;
        let precincts = canvass.genesis().precincts().count();
        if precincts < 2 || precinct.0 >= precincts {
            return Err(Refusal::NoSuchPrecinct);
        }
        let reason = check_reason(reason)?.to_owned();
        self.refuse_while_saving()?;
        let is_same =
            |strike: &StrikeReturn| (strike.precinct, strike.return_id) == (precinct, return_id);
        if canvass.log().strikes().any(|(_, strike)| is_same(strike)) {
            return Err(Refusal::AlreadyStruck);
        }
        let strike = StrikeReturn {
            link: canvass.log().next_link().ok_or(Refusal::LogFull)?,
            precinct,
            return_id,
            reason,
        };
        let op = sign(chair, self.poll, Op::StrikeReturn(Box::new(strike)));
        self.save(op, now);
        Ok(())
    }

    /// The chair's key, and what is held, if this replica may make entries of the chair's log.
    fn chair_of(&self) -> Result<(&SigningKey, &Canvass), Refusal> {
        let open = self.open.as_ref().ok_or(Refusal::NotOpen)?;
        let canvass = &open.state.canvass;
        let is_chair = |key: &&SigningKey| voter_key(key) == canvass.genesis().chair();
        let chair = self.chair.as_ref().filter(is_chair);
        Ok((chair.ok_or(Refusal::NotChair)?, canvass))
    }

    /// One op of one's own at a time: the next one's place follows from this one being on disk.
    fn refuse_while_saving(&self) -> Result<(), Refusal> {
        if self.saving.is_some() {
            Err(Refusal::StillSaving)
        } else {
            Ok(())
        }
    }

    /// Puts an op out to be saved. It is not part of the poll before that: what is, anybody may fetch.
    fn save(&mut self, op: VerifiedOp, now: Millis) {
        self.persist(op.id(), now, op.bytes().to_vec(), true);
        self.saving = Some(op);
        self.emit(Event::VoteMoved);
    }

    /// Delivers an op that is on disk to oneself, and sends it.
    pub(super) fn on_persisted(&mut self, id: OpId, now: Millis) {
        let Some(op) = self.saving.take_if(|op| op.id() == id) else {
            return;
        };
        let rumor = Rumor {
            id,
            bytes: op.bytes().to_vec(),
        };
        self.deliver(
            vec![Arrival {
                op,
                at: now,
                via: Via::Own,
            }],
            true,
            now,
        );
        self.follow(rumor, Millis(0));
        self.send_own(now);
        self.emit(Event::VoteMoved);
    }

    /// An op that was put out is not on disk: nobody has seen it, and its number is free.
    pub(super) fn on_not_persisted(&mut self, id: OpId) {
        if self.saving.take_if(|op| op.id() == id).is_some() {
            self.emit(Event::VoteMoved);
        }
    }

    /// It is not known how far one's own latest ballot got, after a restart or when another tab of the same voter made it:
    /// it is sent again, and followed. While there is a connection, whoever made it is given the time to send it.
    pub(super) fn follow_restored(&mut self, now: Millis) {
        let waits_until = match self.room {
            Some(_) => now.after(self.jittered(LET_ITS_MAKER_SEND)),
            None => Millis(0),
        };
        let Some(open) = &self.open else { return };
        let register = open.state.canvass.register(&self.voter_key);
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

    /// Entries of the chair's log that another tab of the chair made: they are sent if that one does not.
    pub(super) fn follow_entries(&mut self, restored: &[OpId], now: Millis) {
        let Some(open) = self
            .open
            .as_ref()
            .filter(|_| self.room.is_some() && self.chair.is_some())
        else {
            return;
        };
        let log = open.state.canvass.log();
        let entries = restored.iter().filter_map(|id| log.get(*id));
        let rumors: Vec<_> = entries
            .map(|op| Rumor {
                id: op.id(),
                bytes: op.bytes().to_vec(),
            })
            .collect();
        let waits_until = now.after(self.jittered(LET_ITS_MAKER_SEND));
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
        self.room.is_some_and(|room| room > 1)
    }

    /// The ballots of one's own, by number, and before them the genesis: what has to be in a store for the next one to be made.
    #[must_use]
    pub fn own_ops(&self) -> Vec<Vec<u8>> {
        let Some(open) = &self.open else {
            return Vec::new();
        };
        let canvass = &open.state.canvass;
        let register = canvass.register(&self.voter_key);
        let ballots = register.into_iter().flat_map(VoterRegister::entries);
        let genesis = canvass.genesis_op().bytes().to_vec();
        core::iter::once(genesis)
            .chain(ballots.map(|ballot| ballot.bytes.to_vec()))
            .collect()
    }

    pub(super) fn others(&self) -> usize {
        self.room.map_or(0, |room| room.saturating_sub(1) as usize)
    }

    /// The room has another size.
    pub(super) fn count_others(&mut self) {
        let others = self.others();
        for own in &mut self.own {
            own.most_others = own.most_others.max(others);
        }
    }

    /// Hands what is saved and not sent yet to gossip, if there is a connection; and sends again, more widely, what nobody has
    /// seen.
    pub(super) fn send_own(&mut self, now: Millis) {
        if !self.can_send() {
            return;
        }
        let first = now.after(self.jittered(UNSEEN));
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
        let next = now.after(self.jittered(UNSEEN));
        let mut again = Vec::new();
        for own in &mut self.own {
            if own.again_at.take_if(|at| *at <= now).is_none() {
                continue;
            }
            own.again += 1;
            own.again_at = (own.again < MOST_AGAIN).then_some(next);
            let width = u32::from(OWN_FAN_OUT) << (2 * own.again);
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

    /// Another replica says that it holds the same set as this one: then it has every op of one's own. Whoever hears a digest
    /// can say the same, so that what nobody else has seen is sent again all the same.
    pub(super) fn mark_all_seen(&mut self, by: ReplicaId) {
        let ids: Vec<OpId> = self.own.iter().map(|own| own.rumor.id).collect();
        for id in ids {
            self.count_seen(id, by);
        }
    }
}
