//! Unordered delivery: at first receipt, once.
//!
//! Cachin et al. 2011, module 3.2 (reliable broadcast): with the set `delivered`,
//!
//! ```text
//! upon broadcast m:       seqNumber += 1; send (self, seqNumber, m) to all; deliver m
//! upon receive (s, n, m): if (s, n) not in delivered: add it; deliver m
//! ```
//!
//! Right because a message is delivered only when its name was not in `delivered`, and is put in
//! then.
//!
//! It promises that nothing is delivered twice and, with anti-entropy, that everything is
//! delivered. It promises no order whatever: a revocation may be seen before its ballot. A state
//! whose merge is commutative does not mind; a log on a screen does.

use std::collections::VecDeque;

use election_core::ids::ReplicaId;
use election_core::time::Millis;

use super::order::{MessageId, Order, Payload, Receipt, Refusal, Stamped, Step, Wait};
use super::seen::Seen;

/// See the [module](self).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Unordered<P> {
    me: ReplicaId,
    seq_number: u64,
    delivered: Seen,
    steps: VecDeque<Step<Stamped<P>, P>>,
    turned_away: u64,
}

impl<P: Payload> Unordered<P> {
    /// Of that replica; nothing is sent or delivered yet.
    #[must_use]
    pub fn new(me: ReplicaId) -> Self {
        Self {
            me,
            seq_number: 0,
            delivered: Seen::default(),
            steps: VecDeque::new(),
            turned_away: 0,
        }
    }

    fn deliver(&mut self, message: Stamped<P>) {
        self.delivered.insert(message.id);
        self.steps
            .push_back(Step::Deliver(message.id, message.payload));
    }
}

impl<P: Payload> Order<P> for Unordered<P> {
    type Message = Stamped<P>;

    fn broadcast(&mut self, payload: P, _now: Millis) -> Result<MessageId, Refusal> {
        self.seq_number += 1;
        let id = MessageId {
            sender: self.me,
            number: self.seq_number,
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
        if !id.is_numbered() || (id.sender == self.me && id.number > self.seq_number) {
            return Receipt::Refused;
        }
        if self.delivered.contains(id) {
            return Receipt::Known;
        }
        if !self.delivered.has_room_for(id) {
            self.turned_away += 1;
            return Receipt::Refused;
        }
        self.deliver(message);
        Receipt::New
    }

    fn next_step(&mut self) -> Option<Step<Stamped<P>, P>> {
        self.steps.pop_front()
    }

    fn held_back(&self) -> Vec<(MessageId, Wait)> {
        Vec::new()
    }

    fn dropped(&self) -> u64 {
        self.turned_away
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Sent, drain};
    use super::*;

    #[test]
    fn everything_is_delivered_once_as_it_comes() -> Result<(), Refusal> {
        let mut alice = Unordered::new(ReplicaId(1));
        let mut bob = Unordered::new(ReplicaId(2));
        let mut sent = Vec::new();
        for payload in 10..13_u64 {
            alice.broadcast(payload, Millis(0))?;
            let Sent { messages, .. } = drain(&mut alice);
            sent.extend(messages);
        }
        sent.reverse();
        let receipts: Vec<_> = sent
            .iter()
            .chain(&sent)
            .map(|message| bob.receive(message.clone(), Millis(0)))
            .collect();
        assert_eq!(receipts[..3], [Receipt::New; 3]);
        assert_eq!(receipts[3..], [Receipt::Known; 3]);
        assert_eq!(drain(&mut bob).delivered, [12, 11, 10]);
        Ok(())
    }
}
