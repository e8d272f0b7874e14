//! Causal delivery with a vector clock: a message is delivered after everything that its sender had
//! delivered.
//!
//! K. Birman, A. Schiper, P. Stephenson, "Lightweight causal and atomic group multicast", ACM TOCS
//! 9(3), 1991, section 5.1; Cachin et al. 2011, algorithm 3.15 "waiting causal broadcast" (V is
//! `delivered`, W is `deps`, lsn is `sendSeq`). In the variables of M. Kleppmann, "Distributed
//! Systems", chapter 4:
//!
//! ```text
//! on initialisation:         sendSeq := 0; delivered := <0, 0, ...>; buffer := {}
//! upon broadcast m:          deps := delivered; deps[self] := sendSeq
//!                            send (self, deps, m) to all; sendSeq += 1
//! upon receive (s, deps, m): buffer += (s, deps, m)
//!                            while some (s, deps, m) in buffer has deps <= delivered:
//!                                deliver m; delivered[s] += 1; buffer -= (s, deps, m)
//! ```
//!
//! Here a message also has its number, which is deps\[s\] + 1.
//!
//! Right because deps names, for each process, how many of its messages the sender had delivered:
//! whatever happened before the message is among them (by induction along the chain of messages),
//! and deps <= delivered says that all of them are delivered here too. Two messages of which
//! neither happened before the other come in any order, at each replica its own.
//!
//! Instead of a scan of the whole buffer, each message waits under one thing that it misses: the
//! message number deps\[p\] of the first p for which delivered\[p\] is less. That one's delivery
//! wakes it.
//!
//! What it costs: every message names every process that ever sent. And it holds back too much:
//! what a sender merely saw, its message waits for. [`super::causal_named`] names only what is
//! meant.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use election_core::broadcast::causal::Caps;
use election_core::ids::ReplicaId;
use election_core::time::Millis;

use super::hold_back::HoldBack;
use super::order::{
    Clock, MAX_SENDERS, MessageId, Order, Payload, Receipt, Refusal, Stamped, Step, Wait,
};

/// The most processes that one message's clock may name.
pub(crate) const MAX_CLOCK: usize = 4_096;

/// See the [module](self).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CausalClock<P> {
    me: ReplicaId,
    send_seq: u64,
    delivered: Clock,
    buffer: HoldBack<Stamped<P, Clock>>,
    /// By the name of who waits: for what.
    missing: BTreeMap<MessageId, MessageId>,
    /// The same, the other way round: (what is missing, who waits).
    waiting: BTreeSet<(MessageId, MessageId)>,
    steps: VecDeque<Step<Stamped<P, Clock>, P>>,
    turned_away: u64,
}

impl<P: Payload> CausalClock<P> {
    /// Of that replica; nothing is sent or delivered yet.
    #[must_use]
    pub fn new(me: ReplicaId, caps: Caps) -> Self {
        Self {
            me,
            send_seq: 0,
            delivered: Clock::default(),
            buffer: HoldBack::new(me, caps),
            missing: BTreeMap::new(),
            waiting: BTreeSet::new(),
            steps: VecDeque::new(),
            turned_away: 0,
        }
    }

    /// The last message of the first process of which too few are delivered.
    fn missing_for(&self, deps: &Clock) -> Option<MessageId> {
        let mut counts = deps.iter();
        let (&sender, number) =
            counts.find(|(sender, count)| self.delivered.get(sender) < *count)?;
        Some(MessageId { sender, number })
    }

    fn hold_back(&mut self, message: Stamped<P, Clock>, missing: MessageId) {
        self.missing.insert(message.id, missing);
        self.waiting.insert((missing, message.id));
        for gone in self.buffer.insert(message) {
            self.no_longer_waits(gone.id);
            self.steps.push_back(Step::Drop(gone.id));
        }
    }

    fn no_longer_waits(&mut self, id: MessageId) {
        if let Some(missing) = self.missing.remove(&id) {
            self.waiting.remove(&(missing, id));
        }
    }

    /// Takes those out of the buffer that wait for just that.
    fn wake(&mut self, delivered: MessageId) -> Vec<Stamped<P, Clock>> {
        let first = MessageId {
            sender: ReplicaId(0),
            number: 0,
        };
        let last = MessageId {
            sender: ReplicaId(u64::MAX),
            number: u64::MAX,
        };
        let range = (delivered, first)..=(delivered, last);
        let waiting: Vec<_> = self.waiting.range(range).map(|(_, id)| *id).collect();
        let take = |id| {
            self.no_longer_waits(id);
            self.buffer.remove(id)
        };
        waiting.into_iter().filter_map(take).collect()
    }

    fn deliver_or_hold_back(&mut self, message: Stamped<P, Clock>) {
        let mut ready = vec![message];
        while let Some(message) = ready.pop() {
            if let Some(missing) = self.missing_for(&message.stamp) {
                self.hold_back(message, missing);
                continue;
            }
            let id = message.id;
            self.delivered.advance(id.sender, id.number);
            self.steps.push_back(Step::Deliver(id, message.payload));
            ready.extend(self.wake(id));
        }
    }
}

impl<P: Payload> Order<P> for CausalClock<P> {
    type Message = Stamped<P, Clock>;

    fn broadcast(&mut self, payload: P, _now: Millis) -> Result<MessageId, Refusal> {
        if self.delivered.len() >= MAX_CLOCK {
            return Err(Refusal::ComesAfterTooMany(MAX_CLOCK));
        }
        let deps = self.delivered.clone(); // deps[self] is sendSeq already: one's own are delivered at once
        self.send_seq += 1;
        let id = MessageId {
            sender: self.me,
            number: self.send_seq,
        };
        let message = Stamped {
            id,
            stamp: deps,
            payload,
        };
        self.steps.push_back(Step::Send(message.clone()));
        self.deliver_or_hold_back(message);
        Ok(id)
    }

    fn receive(&mut self, message: Self::Message, _now: Millis) -> Receipt {
        let id = message.id;
        let well_formed = id.is_numbered()
            && message.stamp.get(&id.sender) == id.number - 1
            && message.stamp.len() <= MAX_CLOCK;
        if !well_formed || (id.sender == self.me && id.number > self.send_seq) {
            return Receipt::Refused;
        }
        let delivered = self.delivered.get(&id.sender);
        if id.number <= delivered || self.buffer.contains(id) {
            return Receipt::Known;
        }
        if delivered == 0 && self.delivered.len() >= MAX_SENDERS {
            self.turned_away += 1;
            return Receipt::Refused;
        }
        self.deliver_or_hold_back(message);
        Receipt::New
    }

    fn next_step(&mut self) -> Option<Step<Self::Message, P>> {
        self.steps.pop_front()
    }

    fn held_back(&self) -> Vec<(MessageId, Wait)> {
        let wait = |id| {
            self.missing
                .get(&id)
                .map(|missing| (id, Wait::Message(*missing)))
        };
        self.buffer.ids().filter_map(wait).collect()
    }

    fn dropped(&self) -> u64 {
        self.buffer.dropped() + self.turned_away
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::drain;
    use super::*;

    fn replica(id: u64) -> CausalClock<u64> {
        CausalClock::new(ReplicaId(id), Caps::default())
    }

    #[test]
    fn an_answer_waits_for_the_question() -> Result<(), Refusal> {
        let [mut alice, mut bob, mut carol] = [1, 2, 3].map(replica);
        let question = alice.broadcast(10, Millis(0))?;
        let from_alice = drain(&mut alice).messages;
        bob.receive(from_alice[0].clone(), Millis(0));
        let answer = bob.broadcast(20, Millis(0))?;
        let from_bob = drain(&mut bob).messages;
        carol.receive(from_bob[0].clone(), Millis(0));
        assert_eq!(drain(&mut carol).delivered, Vec::<u64>::new());
        assert_eq!(carol.held_back(), [(answer, Wait::Message(question))]);
        carol.receive(from_alice[0].clone(), Millis(0));
        assert_eq!(drain(&mut carol).delivered, [10, 20]);
        let again = carol.receive(from_bob[0].clone(), Millis(0));
        assert_eq!(again, Receipt::Known);
        Ok(())
    }

    #[test]
    fn a_clock_that_does_not_fit_its_number_is_refused() -> Result<(), Refusal> {
        let [mut alice, mut bob] = [1, 2].map(replica);
        alice.broadcast(10, Millis(0))?;
        let mut message = drain(&mut alice).messages.remove(0);
        message.stamp.advance(ReplicaId(1), 7);
        assert_eq!(bob.receive(message, Millis(0)), Receipt::Refused);
        Ok(())
    }
}
