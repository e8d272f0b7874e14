//! Total order by a leader: one process gives every message its place, and all deliver by places.
//!
//! X. Défago, A. Schiper, P. Urbán, "Total order broadcast and multicast algorithms: taxonomy and
//! survey", ACM Computing Surveys 36(4), 2004, section 4.1: *fixed sequencer*, of the kind where
//! sender and sequencer both broadcast (BB). Epochs are those of Cachin et al. 2011, section 5.3.1
//! (epoch-change): epoch e is led by members\[e mod n\].
//!
//! ```text
//! upon broadcast m:                    seqNumber += 1; send (self, seqNumber, m) to all
//! upon receive anything of s:          keep it until all that s sent before has come (a FIFO link), and only then:
//! upon receive (s, n, m):              pending += (s, n, m)
//!     at the leader:                       place += 1; send (ORDER, epoch, start, place, (s, n)) to all
//! upon receive (ORDER, e, start, place, (s, n)), unless a later epoch starts at or before that place:
//!                                      log[place] := (s, n)
//! deliver the message of log[next] when it is in pending; next += 1
//!
//! when something is in pending, and nothing was delivered for `patience`: ask for epoch e + 1
//! upon a suspicion of epoch e > epoch, at the leader of e:
//!                                      epoch := e; start := the first place with no message, or one that is not here;
//!                                      send (ORDER, e, start, -, {}); give a place, from start on, to all without
//! upon the first ORDER of an epoch e:  what earlier epochs put at `start` or after it is void; next := min(next, start)
//! ```
//!
//! Right while the leader stays: it gives each place once, and all deliver place by place. As it
//! numbers each sender's messages in the order in which they were sent, the one order is FIFO too.
//!
//! When leaders change, every message that a live replica broadcast or delivered is still
//! delivered, once, by all the live. Whatever a replica acts on it got without a gap, so that
//! anti-entropy gives it to all the live, whoever is dead. (A full buffer drops what has the
//! highest number, the leader's last, because the places of all the others are in what the leader
//! sends next. What is dropped has to come again: from its sender, if nobody else kept it. So where
//! senders may die for good, buffers have to be large enough.) What they have then is the same, the
//! log that follows from it too; and who holds something back that is not delivered asks for one
//! epoch after the other, until one comes that a live replica leads, itself at the latest. That one
//! waits for no message that it has not got, such as one that died with its sender after a leader
//! placed it.
//!
//! What is *not* promised, and cannot be without consensus: that a change of leader keeps the
//! order. A leader that was only slow, or is behind a partition, still gives out places while the
//! next one gives out the same ones; a replica may have delivered what the new leader never heard
//! of. Each replica then goes on as the highest epoch says: all messages are still delivered, once,
//! by all, but not in one order by all. That is noticed and counted ([`TotalByLeader::forks`])
//! where something was delivered at a place that a later epoch gave away again. A majority that
//! confirms each place and each epoch before anybody delivers is what would mend it: Paxos, Raft,
//! and Cachin et al. algorithm 6.1. Where a poll needs one order, it uses this one with a leader
//! that nobody replaces, the chair.

mod log;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use election_core::broadcast::causal::Caps;
use election_core::ids::ReplicaId;
use election_core::time::Millis;

use super::Message;
use super::hold_back::HoldBack;
use super::order::{Clock, MAX_SENDERS, MessageId, Order, Payload, Receipt, Refusal, Step, Wait};
use super::seen::Seen;
use log::Log;
pub use log::{MAX_EPOCHS, MAX_LOG};

/// The most messages that get their places in one ORDER.
pub const MAX_PLACES: usize = 256;

/// What members send.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Led<P> {
    /// Its name; a suspicion has no number.
    pub id: MessageId,
    /// What it is.
    pub content: Content<P>,
}

/// What a message of [`TotalByLeader`] may be.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Content<P> {
    /// What the application broadcast.
    Payload(P),
    /// A leader gives out places.
    Order {
        /// The leader's epoch.
        epoch: u64,
        /// The first place of that epoch.
        start: u64,
        /// The place of the first of `messages`.
        place: u64,
        /// The messages of this place and the ones after it.
        messages: Vec<MessageId>,
    },
    /// The sender has waited too long, and asks for that epoch.
    Suspicion {
        /// The epoch that is asked for.
        epoch: u64,
    },
}

impl<P: Payload> Message for Led<P> {
    type Id = MessageId;

    fn id(&self) -> MessageId {
        self.id
    }

    fn size(&self) -> usize {
        match &self.content {
            Content::Payload(payload) => 16 + payload.size(),
            Content::Order { messages, .. } => 40 + 16 * messages.len(),
            Content::Suspicion { .. } => 24,
        }
    }
}

/// See the [module](self).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TotalByLeader<P> {
    me: ReplicaId,
    members: Vec<ReplicaId>,
    is_member: bool,
    patience: Millis,
    seq_number: u64,
    /// Of each sender, how many messages have come without a gap. Only these are acted on.
    arrived: Clock,
    /// The payloads that are not delivered, and all that came out of turn.
    pending: HoldBack<Led<P>>,
    /// The payloads that were delivered and the orders that were obeyed.
    seen: Seen,
    log: Log,
    suspected: u64,
    stalled_since: Option<Millis>,
    steps: VecDeque<Step<Led<P>, P>>,
    turned_away: u64,
}

impl<P: Payload> TotalByLeader<P> {
    /// A replica of a group whose members, in this order, lead one epoch after the other.
    /// `patience` is how long a message may be without a place before the leader is suspected; far
    /// more than a round trip, or leaders change for nothing. At least one member must be named, or
    /// nothing is ever delivered.
    #[must_use]
    pub fn new(me: ReplicaId, members: Vec<ReplicaId>, patience: Millis, caps: Caps) -> Self {
        Self {
            me,
            is_member: members.contains(&me),
            members,
            patience,
            seq_number: 0,
            arrived: Clock::default(),
            pending: HoldBack::new(me, caps),
            seen: Seen::default(),
            log: Log::default(),
            suspected: 0,
            stalled_since: None,
            steps: VecDeque::new(),
            turned_away: 0,
        }
    }

    /// The epoch that is obeyed.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.log.epoch()
    }

    /// How often a later epoch gave away a place again at which something had been delivered here:
    /// from then on this replica's order may differ from others'.
    #[must_use]
    pub fn forks(&self) -> u64 {
        self.log.forks()
    }

    fn leader_of(&self, epoch: u64) -> Option<ReplicaId> {
        let count = u64::try_from(self.members.len()).ok()?;
        let index = usize::try_from(epoch.checked_rem(count)?).ok()?;
        self.members.get(index).copied()
    }

    fn leads(&self, epoch: u64) -> bool {
        self.leader_of(epoch) == Some(self.me)
    }

    fn next_id(&mut self) -> MessageId {
        self.seq_number += 1;
        MessageId {
            sender: self.me,
            number: self.seq_number,
        }
    }

    /// False when there is no room for it now.
    fn take_in(&mut self, message: Led<P>, now: Millis) -> bool {
        let id = message.id;
        let is_order = matches!(message.content, Content::Order { .. });
        let arrived = self.arrived.get(&id.sender);
        if is_order && id.number == arrived.saturating_add(1) {
            if !self.obey(&message) {
                return false;
            }
        } else {
            if id.number <= arrived {
                self.log.has_come(id); // again: it had been dropped
            }
            self.pending.hold(message);
        }
        self.listen(id.sender);
        self.go_on(now);
        self.make_room(id)
    }

    /// Drops the highest numbers, as they come last by anti-entropy too, and the leader's after all
    /// others: the places of what waits are in what the leader sent next. False when `new` is among
    /// them.
    fn make_room(&mut self, new: MessageId) -> bool {
        let mut stays = true;
        let leader = self.leader_of(self.epoch());
        while self.pending.is_too_full() {
            let of_others = self.pending.ids().filter(|id| id.sender != self.me);
            let highest =
                of_others.max_by_key(|id| (leader != Some(id.sender), id.number, id.sender));
            let Some(gone) = highest.and_then(|id| self.pending.drop_one(id)) else {
                break;
            };
            self.log.is_gone(gone.id);
            if gone.id == new {
                stays = false;
            } else {
                self.steps.push_back(Step::Drop(gone.id));
            }
        }
        stays
    }

    /// Acts on what this sender sent, as far as it is here without a gap.
    fn listen(&mut self, sender: ReplicaId) {
        loop {
            let number = self.arrived.get(&sender).saturating_add(1);
            let id = MessageId { sender, number };
            match self.pending.get(id).map(|message| &message.content) {
                None => return,
                Some(Content::Payload(_)) => {
                    self.arrived.advance(sender, number);
                    self.log.has_come(id);
                }
                Some(_) => {
                    let order = self.pending.remove(id);
                    if !order.is_some_and(|order| self.obey(&order)) {
                        self.steps.push_back(Step::Drop(id));
                        return;
                    }
                }
            }
        }
    }

    /// Does what a leader says. False when there is no room for it now.
    fn obey(&mut self, message: &Led<P>) -> bool {
        let Content::Order {
            epoch,
            start,
            place,
            messages,
        } = &message.content
        else {
            return false;
        };
        let before = self.epoch();
        let (arrived, pending, seen) = (&self.arrived, &self.pending, &self.seen);
        let is_here = |id| is_here(id, arrived, pending, seen);
        if !self.log.obey(*epoch, *start, *place, messages, is_here) {
            self.turned_away += 1;
            return false;
        }
        if self.epoch() > before {
            self.stalled_since = None; // patience with the new leader
        }
        self.seen.insert(message.id);
        self.arrived.advance(message.id.sender, message.id.number);
        true
    }

    fn is_in_turn(&self, id: MessageId) -> bool {
        id.number <= self.arrived.get(&id.sender)
    }

    /// Gives out places, if it is this replica's turn, and delivers what can be delivered.
    fn go_on(&mut self, now: Millis) {
        if self.leads(self.epoch()) {
            self.give_places();
        }
        while let Some(id) = self.log.next() {
            if !self.seen.contains(id) {
                if !self.is_in_turn(id) {
                    break;
                }
                let Some(message) = self.pending.remove(id) else {
                    break;
                };
                self.seen.insert(id);
                if let Content::Payload(payload) = message.content {
                    self.steps.push_back(Step::Deliver(id, payload));
                }
                self.stalled_since = None;
            }
            self.log.advance();
        }
        self.deliver_latecomers();
        if self.is_stalled() {
            self.stalled_since.get_or_insert(now);
        } else {
            self.stalled_since = None;
        }
    }

    /// What was given a place so long ago that the log has forgotten it.
    fn deliver_latecomers(&mut self) {
        while let Some(id) = self.log.latecomer() {
            let Some(message) = self.pending.remove(id) else {
                continue;
            };
            self.seen.insert(id);
            if let Content::Payload(payload) = message.content {
                self.steps.push_back(Step::Deliver(id, payload));
            }
        }
    }

    /// Whether something waits that could have been delivered.
    fn is_stalled(&self) -> bool {
        self.pending.ids().any(|id| self.is_in_turn(id))
    }

    fn give_places(&mut self) {
        loop {
            let messages = self.without_place(MAX_PLACES);
            if messages.is_empty() {
                return;
            }
            self.send_order(messages);
        }
    }

    /// Up to `max` messages whose turn it is to get a place: nothing that their sender sent before
    /// was dropped.
    fn without_place(&self, max: usize) -> Vec<MessageId> {
        let ready = |id| self.missing_before(id).is_none();
        self.log.without_place(max, ready)
    }

    /// The first message that the same sender sent before and that is not here.
    fn missing_before(&self, id: MessageId) -> Option<MessageId> {
        let before = self.seen.up_to(id.sender).saturating_add(1)..id.number;
        let mut before = before.map(|number| MessageId { number, ..id });
        before.find(|id| !self.pending.contains(*id) && !self.seen.contains(*id))
    }

    fn send_order(&mut self, messages: Vec<MessageId>) {
        let (epoch, start, place) = self.log.place(&messages);
        let id = self.next_id();
        self.seen.insert(id);
        self.arrived.advance(id.sender, id.number);
        let content = Content::Order {
            epoch,
            start,
            place,
            messages,
        };
        self.steps.push_back(Step::Send(Led { id, content }));
    }

    fn suspect(&mut self, epoch: u64, now: Millis) {
        self.suspected = self.suspected.max(epoch);
        if epoch > self.epoch() && self.leads(epoch) {
            let (arrived, pending, seen) = (&self.arrived, &self.pending, &self.seen);
            let is_here = |id| is_here(id, arrived, pending, seen);
            self.log.start_epoch(epoch, is_here);
            self.send_order(Vec::new());
            self.stalled_since = None;
            self.go_on(now);
        }
    }
}

/// Whether a payload may be delivered here when its place comes, or was.
fn is_here<P: Payload>(
    id: MessageId,
    arrived: &Clock,
    pending: &HoldBack<Led<P>>,
    seen: &Seen,
) -> bool {
    let held = || id.number <= arrived.get(&id.sender) && pending.contains(id);
    seen.contains(id) || held()
}

impl<P: Payload> Order<P> for TotalByLeader<P> {
    type Message = Led<P>;

    fn broadcast(&mut self, payload: P, now: Millis) -> Result<MessageId, Refusal> {
        if let Some(own) = self.pending.own_if_full() {
            return Err(Refusal::TooManyWait(own));
        }
        let id = self.next_id();
        let content = Content::Payload(payload);
        let message = Led { id, content };
        self.steps.push_back(Step::Send(message.clone()));
        self.take_in(message, now);
        Ok(id)
    }

    fn receive(&mut self, message: Led<P>, now: Millis) -> Receipt {
        let id = message.id;
        if let Content::Suspicion { epoch } = message.content {
            let news = epoch > self.suspected && epoch > self.epoch();
            let most = self
                .suspected
                .max(self.epoch())
                .saturating_add(MAX_EPOCHS as u64);
            if epoch > most || !self.members.contains(&id.sender) {
                return Receipt::Refused;
            }
            if !news {
                return Receipt::Known;
            }
            self.suspect(epoch, now);
            return Receipt::New;
        }
        if !id.is_numbered() || (id.sender == self.me && id.number > self.seq_number) {
            return Receipt::Refused;
        }
        if self.seen.contains(id) || self.pending.contains(id) {
            return Receipt::Known;
        }
        let has_room = self.arrived.get(&id.sender) > 0 || self.arrived.len() < MAX_SENDERS;
        if !has_room || !self.seen.has_room_for(id) {
            self.turned_away += 1;
            return Receipt::Refused;
        }
        if let Content::Order {
            epoch,
            start,
            place,
            messages,
        } = &message.content
        {
            let from_leader = self.leader_of(*epoch) == Some(id.sender);
            if !from_leader || messages.len() > MAX_PLACES || place < start {
                return Receipt::Refused;
            }
        }
        if self.take_in(message, now) {
            Receipt::New
        } else {
            Receipt::Refused
        }
    }

    fn tick(&mut self, now: Millis) {
        if self.next_deadline().is_none_or(|due| due > now) {
            return;
        }
        self.stalled_since = Some(now);
        let epoch = self.suspected.max(self.epoch()).saturating_add(1);
        let id = MessageId {
            sender: self.me,
            number: 0,
        };
        let content = Content::Suspicion { epoch };
        self.steps.push_back(Step::Send(Led { id, content }));
        self.suspect(epoch, now);
    }

    fn next_deadline(&self) -> Option<Millis> {
        let since = self.stalled_since.filter(|_| self.is_member)?;
        Some(since.after(self.patience))
    }

    fn next_step(&mut self) -> Option<Step<Led<P>, P>> {
        self.steps.pop_front()
    }

    fn held_back(&self) -> Vec<(MessageId, Wait)> {
        let epoch = self.epoch();
        let number = self
            .leader_of(epoch)
            .map(|leader| Wait::Number { epoch, leader });
        let next = self.log.next();
        let wait = |id| {
            let next = || next.filter(|_| self.log.has_place(id));
            let before = self.missing_before(id).or_else(next);
            let wait = before.map(Wait::Message).or(number);
            wait.map(|wait| (id, wait))
        };
        // An ORDER that came out of turn is no message of the application's.
        let is_payload = |id: &MessageId| {
            let message = self.pending.get(*id);
            message.is_some_and(|message| matches!(message.content, Content::Payload(_)))
        };
        let payloads = self.pending.ids().filter(is_payload);
        payloads.filter_map(wait).collect()
    }

    fn dropped(&self) -> u64 {
        self.pending.dropped() + self.turned_away
    }
}
