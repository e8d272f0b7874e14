//! Total order by Lamport clocks: every member delivers the same messages in the same order, that
//! of (time, sender).
//!
//! L. Lamport, "Time, clocks, and the ordering of events in a distributed system", CACM 21(7),
//! 1978: the clock by rules IR1 and IR2, and the request queue of the mutual exclusion example with
//! anything for requests. In X. Défago, A. Schiper, P. Urbán, "Total order broadcast and multicast
//! algorithms: taxonomy and survey", ACM Computing Surveys 36(4), 2004, it is of the class
//! *communication history*, section 4.4.
//!
//! ```text
//! on initialisation:         clock := 0; sendSeq := 0; pending := {}; received := <0, 0, ...>
//! upon broadcast m:          clock += 1; sendSeq += 1; send (self, sendSeq, clock, m) to all
//! upon receive (s, n, t, m): clock := max(clock, t); pending += (t, s, n, m)
//!                            received[s] := t, when all n - 1 before it are here too (a FIFO link)
//! upon heartbeat (s, t, n):  clock := max(clock, t); received[s] := t, when all n before it are here
//! deliver the least (t, s, n, m) of pending while (received[p] + 1, p) > (t, s) for every member p
//! ```
//!
//! Right because a member's times grow: whatever else p sends has the time received\[p\] + 1 or a
//! later one, so that nothing that is smaller than (t, s) can come any more; and the least is the
//! same at every member. The order contains the causal one: a message has a greater time than all
//! that its sender had received.
//!
//! When the buffer is full, the *greatest* (t, s) goes, for it is delivered last; and then
//! received\[s\] := t - 1, for nothing of s that is still to come, this one among it, is smaller. So
//! even the smallest buffer goes on while all members do: let (t, s) be the least of what a replica
//! has not delivered. It is the lowest that is lacking of s, which anti-entropy brings first, and
//! it is not dropped, because one's own messages fill at most half of the buffer. Of every other
//! member p the lowest that is lacking comes first too, and kept or dropped it says that
//! (received\[p\] + 1, p) is above (t, s). If nothing of p is lacking, p's next heartbeat says so.
//! What is dropped as soon as it comes is not passed on, so that no two full buffers give each
//! other the same messages for ever, as new.
//!
//! Who has nothing to say must say that: a *heartbeat* (time, and how many messages came before
//! it). A member owes one for each message with a time above its last word, and one for each
//! heartbeat that says "I wait". So there is silence again when nobody waits. A heartbeat is not
//! kept for those who missed it; who still waits asks again.
//!
//! What it does not promise: to go on when a member is gone. One silent member holds up everybody,
//! for ever, and nobody may decide to do without it: those who do and those who do not would
//! deliver different things. To agree on that takes consensus. [`TotalByLamport::waiting_for`]
//! tells people whom they wait for. Nor do they all stop at one place then: a last heartbeat that
//! came to one of them alone lets that one deliver a little more of the one order than the others.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use election_core::broadcast::causal::Caps;
use election_core::ids::ReplicaId;
use election_core::time::Millis;

use super::hold_back::HoldBack;
use super::order::{Clock, MessageId, Order, Payload, Receipt, Refusal, Step, Wait};
use super::{Message, order};

/// A time this far ahead of the clock is refused: nobody counted that far honestly, and the clock
/// must not run out.
pub const MAX_LEAP: u64 = 1 << 40;

/// What members send.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Timed<P> {
    /// Its name; a heartbeat has no number.
    pub id: MessageId,
    /// The sender's clock.
    pub time: u64,
    /// What it is.
    pub content: Content<P>,
}

/// What a message of [`TotalByLamport`] may be.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Content<P> {
    /// What the application broadcast.
    Payload(P),
    /// All that this sender sends from now on has a greater time.
    Heartbeat {
        /// Counts this sender's heartbeats, so that each is news once.
        beat: u64,
        /// How many payloads it sent before.
        sent: u64,
        /// Whether it holds something back, and wants word from all.
        waits: bool,
    },
}

impl<P: Payload> Message for Timed<P> {
    type Id = MessageId;

    fn id(&self) -> MessageId {
        self.id
    }

    fn size(&self) -> usize {
        match &self.content {
            Content::Payload(payload) => 24 + payload.size(),
            Content::Heartbeat { .. } => 41,
        }
    }
}

/// What a heartbeat says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Word {
    beat: u64,
    time: u64,
    sent: u64,
}

/// See the [module](self).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TotalByLamport<P> {
    me: ReplicaId,
    members: BTreeSet<ReplicaId>,
    interval: Millis,
    clock: u64,
    send_seq: u64,
    pending: HoldBack<Timed<P>>,
    /// The same messages by (time, name).
    queue: BTreeSet<(u64, MessageId)>,
    delivered: Clock,
    /// Of each member, how many messages are here without a gap.
    arrived: BTreeMap<ReplicaId, u64>,
    received: BTreeMap<ReplicaId, u64>,
    /// The last heartbeat of each member.
    said: BTreeMap<ReplicaId, Word>,
    beats: u64,
    /// Whether others wait for word from here.
    owes: bool,
    last_word: u64,
    next_heartbeat: Millis,
    steps: VecDeque<Step<Timed<P>, P>>,
}

impl<P: Payload> TotalByLamport<P> {
    /// A member of a group that stays as it is. `interval` is the shortest time between two
    /// heartbeats: a message waits about that long for the quiet ones. Who is not in `members`
    /// delivers in the same order, but broadcasts nothing, and cannot ask: it lags until the
    /// members say something to each other.
    #[must_use]
    pub fn new(
        me: ReplicaId,
        members: impl IntoIterator<Item = ReplicaId>,
        interval: Millis,
        caps: Caps,
    ) -> Self {
        Self {
            me,
            members: members.into_iter().take(order::MAX_SENDERS).collect(),
            interval,
            clock: 0,
            send_seq: 0,
            pending: HoldBack::new(me, caps),
            queue: BTreeSet::new(),
            delivered: Clock::default(),
            arrived: BTreeMap::new(),
            received: BTreeMap::new(),
            said: BTreeMap::new(),
            beats: 0,
            owes: false,
            last_word: 0,
            next_heartbeat: Millis(0),
            steps: VecDeque::new(),
        }
    }

    /// The silent members that hold up the message whose turn it is. Empty when nothing is held up.
    #[must_use]
    pub fn waiting_for(&self) -> Vec<ReplicaId> {
        let Some((time, id)) = self.queue.first() else {
            return Vec::new();
        };
        let silent = |member: &&ReplicaId| !self.is_past(**member, *time, id.sender);
        self.members.iter().filter(silent).copied().collect()
    }

    /// Whether whatever `member` still sends comes after a message of that time and sender.
    fn is_past(&self, member: ReplicaId, time: u64, sender: ReplicaId) -> bool {
        (self.received(member).saturating_add(1), member) > (time, sender)
    }

    fn received(&self, member: ReplicaId) -> u64 {
        if member == self.me {
            return self.clock; // whatever this replica sends from now on has a greater time
        }
        self.received.get(&member).copied().unwrap_or(0)
    }

    fn arrived(&self, member: ReplicaId) -> u64 {
        self.arrived.get(&member).copied().unwrap_or(0)
    }

    /// False when it was dropped again at once.
    fn take_in(&mut self, message: Timed<P>) -> bool {
        let id = message.id;
        self.queue.insert((message.time, id));
        self.pending.hold(message);
        self.take_times_in(id.sender);
        self.deliver();
        let mut stays = true;
        while self.pending.is_too_full() {
            let mut greatest_first = self.queue.iter().rev().map(|(_, id)| *id);
            let of_others = greatest_first.find(|id| id.sender != self.me);
            let Some(gone) = of_others.and_then(|id| self.pending.drop_one(id)) else {
                break;
            };
            self.forget(&gone);
            if gone.id == id {
                stays = false;
            } else {
                self.steps.push_back(Step::Drop(gone.id));
            }
        }
        stays
    }

    /// What is dropped is still to come: nothing after it may be delivered until it is back, but
    /// what is before it may.
    fn forget(&mut self, gone: &Timed<P>) {
        let MessageId { sender, number } = gone.id;
        self.queue.remove(&(gone.time, gone.id));
        if self.arrived(sender) >= number {
            self.arrived.insert(sender, number - 1);
            self.received.insert(sender, gone.time.saturating_sub(1));
        }
    }

    /// Takes a member's times in, as far as its messages are here without a gap.
    fn take_times_in(&mut self, sender: ReplicaId) {
        let mut arrived = self.arrived(sender);
        let mut received = self.received.get(&sender).copied().unwrap_or(0);
        while let Some(next) = self.pending.get(MessageId {
            sender,
            number: arrived.saturating_add(1),
        }) {
            arrived += 1;
            received = received.max(next.time);
        }
        if let Some(word) = self.said.get(&sender)
            && word.sent <= arrived
        {
            received = received.max(word.time);
        }
        self.arrived.insert(sender, arrived);
        self.received.insert(sender, received);
    }

    fn deliver(&mut self) {
        while let Some((time, id)) = self.queue.first().copied() {
            let mut members = self.members.iter();
            if !members.all(|member| self.is_past(*member, time, id.sender)) {
                return;
            }
            self.queue.pop_first();
            let Some(message) = self.pending.remove(id) else {
                continue;
            };
            self.delivered.advance(id.sender, id.number);
            if let Content::Payload(payload) = message.content {
                self.steps.push_back(Step::Deliver(id, payload));
            }
        }
    }

    fn receive_heartbeat(&mut self, from: ReplicaId, word: Word, waits: bool) -> Receipt {
        let last = self.said.get(&from);
        if last.is_some_and(|last| last.beat >= word.beat) {
            return Receipt::Known;
        }
        self.said.insert(from, word);
        self.clock = self.clock.max(word.time);
        self.owes |= waits && self.members.contains(&self.me);
        self.take_times_in(from);
        self.deliver();
        Receipt::New
    }
}

impl<P: Payload> Order<P> for TotalByLamport<P> {
    type Message = Timed<P>;

    fn broadcast(&mut self, payload: P, _now: Millis) -> Result<MessageId, Refusal> {
        if !self.members.contains(&self.me) {
            return Err(Refusal::NotAMember(self.me));
        }
        if let Some(own) = self.pending.own_if_full() {
            return Err(Refusal::TooManyWait(own));
        }
        self.clock += 1;
        self.send_seq += 1;
        let id = MessageId {
            sender: self.me,
            number: self.send_seq,
        };
        let message = Timed {
            id,
            time: self.clock,
            content: Content::Payload(payload),
        };
        self.last_word = self.clock;
        self.steps.push_back(Step::Send(message.clone()));
        self.take_in(message);
        Ok(id)
    }

    fn receive(&mut self, message: Timed<P>, _now: Millis) -> Receipt {
        let MessageId { sender, number } = message.id;
        let known_sender = self.members.contains(&sender);
        if !known_sender || message.time > self.clock.saturating_add(MAX_LEAP) {
            return Receipt::Refused;
        }
        if sender == self.me {
            let mine = number <= self.send_seq;
            return if mine {
                Receipt::Known
            } else {
                Receipt::Refused
            };
        }
        match message.content {
            Content::Heartbeat { beat, sent, waits } => {
                let time = message.time;
                self.receive_heartbeat(sender, Word { beat, time, sent }, waits)
            }
            Content::Payload(_) if number == 0 => Receipt::Refused,
            Content::Payload(_)
                if number <= self.delivered.get(&sender) || self.pending.contains(message.id) =>
            {
                Receipt::Known
            }
            Content::Payload(_) => {
                self.clock = self.clock.max(message.time);
                self.owes |= message.time > self.last_word && self.members.contains(&self.me);
                if self.take_in(message) {
                    Receipt::New
                } else {
                    Receipt::Refused
                }
            }
        }
    }

    fn tick(&mut self, now: Millis) {
        if self.next_deadline().is_none_or(|due| due > now) {
            return;
        }
        let waits = !self.pending.is_empty();
        self.owes = false;
        self.last_word = self.clock;
        self.next_heartbeat = now.after(self.interval);
        let id = MessageId {
            sender: self.me,
            number: 0,
        };
        self.beats += 1;
        let content = Content::Heartbeat {
            beat: self.beats,
            sent: self.send_seq,
            waits,
        };
        self.steps.push_back(Step::Send(Timed {
            id,
            time: self.clock,
            content,
        }));
    }

    fn next_deadline(&self) -> Option<Millis> {
        let waits = !self.pending.is_empty() && self.members.contains(&self.me);
        (self.owes || waits).then_some(self.next_heartbeat)
    }

    fn next_step(&mut self) -> Option<Step<Timed<P>, P>> {
        self.steps.pop_front()
    }

    fn held_back(&self) -> Vec<(MessageId, Wait)> {
        let silent = self.waiting_for();
        let first = self.queue.first().map(|(_, id)| *id);
        let wait = |id| {
            let turn = first.filter(|first| *first != id).map(Wait::Message);
            let wait = turn.or_else(|| silent.first().copied().map(Wait::Member));
            wait.map(|wait| (id, wait))
        };
        self.pending.ids().filter_map(wait).collect()
    }

    fn dropped(&self) -> u64 {
        self.pending.dropped()
    }
}
