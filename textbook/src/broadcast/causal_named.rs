//! Causal delivery where each payload names what it truly comes after: the product's [`Causal`]
//! with a sending half, for payloads that are not the product's.
//!
//! The textbook's `dep` of a message is its whole past (Cachin et al. 2011, algorithm 3.13 even
//! sends it along); the vector clock is a short way to write it down. Here `dep` is what the
//! application says ([`Payload::comes_after`]), and nothing is numbered but the sender's messages,
//! for their names:
//!
//! ```text
//! upon broadcast m:              seqNumber += 1; send (self, seqNumber, dep(m), m) to all; deliver m
//! upon receive (s, n, dep, m):   if dep is a subset of delivered: deliver m; delivered += (s, n); look again at
//!                                    those that waited for (s, n)
//!                                else: buffer += m, under the first of dep that is missing
//! ```
//!
//! Right for what is named, and for what that names in turn: a message is delivered only after all
//! of `dep`. It promises nothing for what is not named, not even the order of one sender's
//! messages: who wants it names the one before. That is the point: what does not depend on a lost
//! message does not wait for it.

use std::collections::VecDeque;

use election_core::broadcast::Application;
use election_core::broadcast::causal::{Caps, Causal};
use election_core::ids::ReplicaId;
use election_core::time::Millis;

use super::order::{MessageId, Order, Payload, Receipt, Refusal, Stamped, Step, Wait};
use super::seen::Seen;

/// The most messages that one may name.
pub(crate) const MAX_NAMED: usize = 64;

/// See the [module](self).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CausalNamed<P: Payload> {
    me: ReplicaId,
    seq_number: u64,
    buffer: Causal<Deliveries<P>>,
    deliveries: Deliveries<P>,
    turned_away: u64,
}

/// The upper end of [`Causal`]: only writes down what is delivered.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Deliveries<P> {
    delivered: Seen,
    steps: VecDeque<Step<Stamped<P>, P>>,
}

impl<P: Payload> Application for Deliveries<P> {
    type Message = Stamped<P>;
    type Dependency = MessageId;

    fn missing(&self, message: &Stamped<P>) -> Option<MessageId> {
        let mut named = message.payload.comes_after().iter().copied();
        named.find(|id| !self.delivered.contains(*id))
    }

    fn deliver(&mut self, message: Stamped<P>) -> Option<MessageId> {
        self.delivered.insert(message.id);
        self.steps
            .push_back(Step::Deliver(message.id, message.payload));
        Some(message.id)
    }

    fn dropped(&mut self, message: Stamped<P>) {
        self.steps.push_back(Step::Drop(message.id));
    }
}

impl<P: Payload> CausalNamed<P> {
    /// Of that replica; nothing is sent or delivered yet.
    #[must_use]
    pub fn new(me: ReplicaId, caps: Caps) -> Self {
        Self {
            me,
            seq_number: 0,
            buffer: Causal::new(caps, usize::MAX),
            deliveries: Deliveries {
                delivered: Seen::default(),
                steps: VecDeque::new(),
            },
            turned_away: 0,
        }
    }
}

impl<P: Payload> Order<P> for CausalNamed<P> {
    type Message = Stamped<P>;

    fn broadcast(&mut self, payload: P, _now: Millis) -> Result<MessageId, Refusal> {
        if payload.comes_after().len() > MAX_NAMED {
            return Err(Refusal::ComesAfterTooMany(MAX_NAMED));
        }
        let id = MessageId {
            sender: self.me,
            number: self.seq_number + 1,
        };
        let message = Stamped {
            id,
            stamp: (),
            payload,
        };
        if let Some(missing) = self.deliveries.missing(&message) {
            return Err(Refusal::ComesAfterUnseen(missing));
        }
        self.seq_number += 1;
        self.deliveries.steps.push_back(Step::Send(message.clone()));
        self.buffer.receive(message, &mut self.deliveries);
        Ok(id)
    }

    fn receive(&mut self, message: Stamped<P>, _now: Millis) -> Receipt {
        let id = message.id;
        let well_formed = id.is_numbered() && message.payload.comes_after().len() <= MAX_NAMED;
        if !well_formed || (id.sender == self.me && id.number > self.seq_number) {
            return Receipt::Refused;
        }
        if self.deliveries.delivered.contains(id) || self.buffer.holds(id) {
            return Receipt::Known;
        }
        if !self.deliveries.delivered.has_room_for(id) {
            self.turned_away += 1;
            return Receipt::Refused;
        }
        self.buffer.receive(message, &mut self.deliveries);
        Receipt::New
    }

    fn next_step(&mut self) -> Option<Step<Stamped<P>, P>> {
        self.deliveries.steps.pop_front()
    }

    fn held_back(&self) -> Vec<(MessageId, Wait)> {
        let held = self.buffer.held_back();
        held.map(|(message, missing)| (message.id, Wait::Message(*missing)))
            .collect()
    }

    fn dropped(&self) -> u64 {
        self.buffer.dropped() + self.turned_away
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::drain;
    use super::*;

    #[derive(Debug, Clone, PartialEq)]
    struct After(u64, Vec<MessageId>);

    impl Payload for After {
        fn size(&self) -> usize {
            8 + 16 * self.1.len()
        }
        fn comes_after(&self) -> &[MessageId] {
            &self.1
        }
    }

    fn replica(id: u64) -> CausalNamed<After> {
        let caps = Caps {
            messages: 2,
            bytes: 1_000,
        };
        CausalNamed::new(ReplicaId(id), caps)
    }

    #[test]
    fn only_what_is_named_is_waited_for_and_what_was_dropped_is_taken_again() -> Result<(), Refusal>
    {
        let [mut alice, mut bob] = [1, 2].map(replica);
        let first = alice.broadcast(After(1, vec![]), Millis(0))?;
        alice.broadcast(After(2, vec![]), Millis(0))?;
        for number in 3..6 {
            alice.broadcast(After(number, vec![first]), Millis(0))?;
        }
        let sent = drain(&mut alice).messages;
        for message in &sent[1..] {
            assert_eq!(bob.receive(message.clone(), Millis(0)), Receipt::New);
        }
        let got = drain(&mut bob);
        assert_eq!(got.delivered, [After(2, vec![])]);
        assert_eq!((got.dropped, bob.dropped()), (vec![sent[2].id], 1));
        assert_eq!(bob.held_back()[0], (sent[3].id, Wait::Message(first)));
        assert_eq!(bob.receive(sent[2].clone(), Millis(0)), Receipt::New);
        bob.receive(sent[0].clone(), Millis(0));
        bob.receive(sent[3].clone(), Millis(0));
        let mut delivered: Vec<_> = drain(&mut bob).delivered.iter().map(|m| m.0).collect();
        assert_eq!(delivered[0], 1);
        delivered.sort_unstable();
        assert_eq!(delivered, [1, 3, 4, 5]);
        Ok(())
    }

    #[test]
    fn nobody_comes_after_what_it_has_not_seen() {
        let unseen = MessageId {
            sender: ReplicaId(9),
            number: 1,
        };
        let refused = replica(1).broadcast(After(1, vec![unseen]), Millis(0));
        assert_eq!(refused, Err(Refusal::ComesAfterUnseen(unseen)));
    }
}
