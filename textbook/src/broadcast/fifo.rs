//! FIFO delivery: the messages of one sender are delivered in the order in which it sent them.
//!
//! Cachin et al. 2011, algorithm 3.12 "broadcast with sequence number"; the variables are those of
//! M. Kleppmann, "Distributed Systems" (lecture notes, Cambridge), chapter 4:
//!
//! ```text
//! on initialisation:      sendSeq := 0; delivered := <0, 0, ...>; buffer := {}
//! upon broadcast m:       send (self, sendSeq, m) to all; sendSeq += 1
//! upon receive (s, n, m): buffer += (s, n, m)
//!                         while some (s, n, m) in buffer has n = delivered[s]:
//!                             deliver m; delivered[s] += 1; buffer -= (s, n, m)
//! ```
//!
//! Here numbers count from 1, so that a message is next when n = delivered\[s\] + 1.
//!
//! Right because the n-th message of s is delivered only when delivered\[s\] = n - 1, which says
//! that the n - 1 before it were. A message below that is a duplicate.
//!
//! It promises nothing across senders: a chair's revocation may come before the voter's ballot.

use std::collections::VecDeque;

use election_core::broadcast::causal::Caps;
use election_core::ids::ReplicaId;
use election_core::time::Millis;

use super::hold_back::HoldBack;
use super::order::{
    Clock, MAX_SENDERS, MessageId, Order, Payload, Receipt, Refusal, Stamped, Step, Wait,
};

/// See the [module](self).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Fifo<P> {
    me: ReplicaId,
    send_seq: u64,
    delivered: Clock,
    buffer: HoldBack<Stamped<P>>,
    steps: VecDeque<Step<Stamped<P>, P>>,
    turned_away: u64,
}

impl<P: Payload> Fifo<P> {
    /// Of that replica; nothing is sent or delivered yet.
    #[must_use]
    pub fn new(me: ReplicaId, caps: Caps) -> Self {
        Self {
            me,
            send_seq: 0,
            delivered: Clock::default(),
            buffer: HoldBack::new(me, caps),
            steps: VecDeque::new(),
            turned_away: 0,
        }
    }

    fn next_of(&self, sender: ReplicaId) -> MessageId {
        let number = self.delivered.get(&sender).saturating_add(1);
        MessageId { sender, number }
    }

    fn deliver(&mut self, message: Stamped<P>) {
        self.delivered.advance(message.id.sender, message.id.number);
        self.steps
            .push_back(Step::Deliver(message.id, message.payload));
    }
}

impl<P: Payload> Order<P> for Fifo<P> {
    type Message = Stamped<P>;

    fn broadcast(&mut self, payload: P, _now: Millis) -> Result<MessageId, Refusal> {
        self.send_seq += 1;
        let id = MessageId {
            sender: self.me,
            number: self.send_seq,
        };
        let message = Stamped {
            id,
            stamp: (),
            payload,
        };
        self.steps.push_back(Step::Send(message.clone()));
        self.deliver(message);
        Ok(id)
    }

    fn receive(&mut self, message: Stamped<P>, _now: Millis) -> Receipt {
        let id = message.id;
        let next = self.next_of(id.sender);
        if !id.is_numbered() || (id.sender == self.me && id.number > self.send_seq) {
            return Receipt::Refused;
        }
        if id < next || self.buffer.contains(id) {
            return Receipt::Known;
        }
        if next.number == 1 && self.delivered.len() >= MAX_SENDERS {
            self.turned_away += 1;
            return Receipt::Refused;
        }
        if id > next {
            let gone = self.buffer.insert(message);
            self.steps
                .extend(gone.into_iter().map(|message| Step::Drop(message.id)));
            return Receipt::New;
        }
        self.deliver(message);
        while let Some(message) = self.buffer.remove(self.next_of(id.sender)) {
            self.deliver(message);
        }
        Receipt::New
    }

    fn next_step(&mut self) -> Option<Step<Stamped<P>, P>> {
        self.steps.pop_front()
    }

    fn held_back(&self) -> Vec<(MessageId, Wait)> {
        let wait = |id: MessageId| (id, Wait::Message(self.next_of(id.sender)));
        self.buffer.ids().map(wait).collect()
    }

    fn dropped(&self) -> u64 {
        self.buffer.dropped() + self.turned_away
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::drain;
    use super::*;

    fn sent(count: u64) -> Result<Vec<Stamped<u64>>, Refusal> {
        let mut alice = Fifo::new(ReplicaId(1), Caps::default());
        for payload in 1..=count {
            alice.broadcast(payload, Millis(0))?;
        }
        Ok(drain(&mut alice).messages)
    }

    #[test]
    fn what_comes_early_waits_for_what_is_next() -> Result<(), Refusal> {
        let sent = sent(3)?;
        let mut bob = Fifo::new(ReplicaId(2), Caps::default());
        for message in [&sent[2], &sent[1], &sent[2]] {
            bob.receive(message.clone(), Millis(0));
        }
        assert_eq!(drain(&mut bob).delivered, Vec::<u64>::new());
        let waits: Vec<_> = bob.held_back();
        assert_eq!(waits[0], (sent[2].id, Wait::Message(sent[0].id)));
        assert_eq!(bob.receive(sent[0].clone(), Millis(0)), Receipt::New);
        assert_eq!(bob.receive(sent[1].clone(), Millis(0)), Receipt::Known);
        assert_eq!(drain(&mut bob).delivered, [1, 2, 3]);
        assert_eq!(bob.held_back(), []);
        Ok(())
    }

    #[test]
    fn a_dropped_message_that_comes_again_is_taken() -> Result<(), Refusal> {
        let sent = sent(4)?;
        let caps = Caps {
            messages: 2,
            bytes: 1_000,
        };
        let mut bob = Fifo::new(ReplicaId(2), caps);
        for message in &sent[1..] {
            bob.receive(message.clone(), Millis(0));
        }
        assert_eq!(drain(&mut bob).dropped, [sent[1].id]);
        assert_eq!(bob.dropped(), 1);
        bob.receive(sent[0].clone(), Millis(0));
        assert_eq!(drain(&mut bob).delivered, [1]);
        assert_eq!(bob.receive(sent[1].clone(), Millis(0)), Receipt::New);
        assert_eq!(drain(&mut bob).delivered, [2, 3, 4]);
        Ok(())
    }
}
