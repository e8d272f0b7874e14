//! A node: one [`Spread`] and one [`Order`], any pair, and anti-entropy between them. The simulator's and the lab's
//! replica where it is not the product's own.
//!
//! ```text
//! node.broadcast(payload, now)       from the application
//! node.receive(from, packet, now)    from the network
//! node.wake(now)                     when next_deadline() has come
//! node.next_output()                 what it wants done; drain it after each of the above
//! ```
//!
//! Like the product's replica, it knows no other node: it says to how many random others something goes, and the
//! relay, or its model, picks them. A message that is new goes to all that [`Spread`] says; what came as an answer does
//! not, because it is old news to others.
//!
//! Anti-entropy: every `compare_every` a node sends its digest to one random other, which answers with what is lacking;
//! if the other lacks something itself, it answers with its own digest too. No answer is answered for ever: a digest
//! that is an answer gets messages only.

use std::collections::VecDeque;

use super::archive::{self, Archive};
use super::order::{Clock, MAX_SENDERS, MessageId, Order, Payload, Receipt, Refusal, Step};
use super::{Message, Origin, Spread};
use crate::ids::ReplicaId;
use crate::time::Millis;

/// How a node keeps up.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// How often the digest goes to one random other; what gossip misses waits about that long.
    pub compare_every: Millis,
    /// What is kept for others.
    pub archive: archive::Caps,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            compare_every: Millis(500),
            archive: archive::Caps::default(),
        }
    }
}

/// What travels between nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Packet<M> {
    /// New messages, to be passed on.
    News(Vec<M>),
    /// Messages that the receiver lacked.
    Answer(Vec<M>),
    /// What the sender has.
    Digest {
        /// Up to which number, of each replica.
        has: Clock,
        /// Whether this is an answer to a digest.
        is_answer: bool,
    },
}

impl<M: Message> Packet<M> {
    /// Its size in bytes, without what a frame adds.
    pub fn size(&self) -> usize {
        match self {
            Self::News(messages) | Self::Answer(messages) => {
                messages.iter().map(Message::size).sum()
            }
            Self::Digest { has, .. } => 1 + 16 * has.len(),
        }
    }
}

/// What a node wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output<M, P> {
    /// Send this to that many random others; 255 means all.
    Spread(u8, Packet<M>),
    /// Send this to that one.
    Send(ReplicaId, Packet<M>),
    /// Hand this to the application.
    Deliver(MessageId, P),
}

/// See the [module](self).
#[derive(Debug, Clone)]
pub struct Node<P, S, O>
where
    P: Payload,
    O: Order<P>,
{
    spread: S,
    order: O,
    archive: Archive<O::Message>,
    compare_every: Millis,
    next_compare: Millis,
    outputs: VecDeque<Output<O::Message, P>>,
}

impl<P, S, O> Node<P, S, O>
where
    P: Payload,
    O: Order<P>,
    S: Spread<O::Message>,
{
    /// A node of that pair. `me` only spreads the digests of many nodes over time.
    #[must_use]
    pub fn new(me: ReplicaId, spread: S, order: O, settings: Settings) -> Self {
        let compare_every = Millis(settings.compare_every.0.max(1));
        let offset = me.0.wrapping_mul(0x9e37_79b9_7f4a_7c15) % compare_every.0;
        Self {
            spread,
            order,
            archive: Archive::new(settings.archive),
            compare_every,
            next_compare: Millis(offset),
            outputs: VecDeque::new(),
        }
    }

    /// Broadcasts a payload.
    ///
    /// # Errors
    /// [`Refusal`], from the order.
    pub fn broadcast(&mut self, payload: P, now: Millis) -> Result<MessageId, Refusal> {
        let id = self.order.broadcast(payload, now)?;
        self.keep_time(now);
        Ok(id)
    }

    /// Takes a packet from another node.
    pub fn receive(&mut self, from: ReplicaId, packet: Packet<O::Message>, now: Millis) {
        match packet {
            Packet::News(messages) => self.take_in(messages, true, now),
            Packet::Answer(messages) => self.take_in(messages, false, now),
            Packet::Digest { has, is_answer } if has.len() <= MAX_SENDERS => {
                self.answer(from, &has, is_answer);
            }
            Packet::Digest { .. } => {}
        }
        self.keep_time(now);
    }

    /// Does what is due.
    pub fn wake(&mut self, now: Millis) {
        if self.next_compare <= now {
            self.next_compare = now.after(self.compare_every);
            let has = self.archive.digest();
            let is_answer = false;
            let digest = Packet::Digest { has, is_answer };
            self.outputs.push_back(Output::Spread(1, digest));
        }
        self.order.tick(now);
        self.keep_time(now);
    }

    /// When [`Node::wake`] is due next.
    pub fn next_deadline(&self) -> Millis {
        let others = [self.spread.next_deadline(), self.order.next_deadline()];
        let earliest = others.into_iter().flatten().min();
        earliest.map_or(self.next_compare, |due| due.min(self.next_compare))
    }

    /// The next thing to be done; `None` when there is nothing more until the next call.
    pub fn next_output(&mut self) -> Option<Output<O::Message, P>> {
        self.outputs.pop_front()
    }

    /// The order, to be asked what it holds back and why.
    pub fn order(&self) -> &O {
        &self.order
    }

    /// How many messages were dropped for want of room, anywhere in here.
    pub fn dropped(&self) -> u64 {
        self.spread.dropped() + self.order.dropped() + self.archive.forgotten()
    }

    fn take_in(&mut self, messages: Vec<O::Message>, pass_on: bool, now: Millis) {
        for message in messages {
            if self.archive.had(message.id()) {
                continue; // delivered or held back: the order would say the same
            }
            if self.order.receive(message.clone(), now) == Receipt::New {
                self.archive.keep(&message);
                if pass_on {
                    self.spread.spread(message, Origin::Forwarded, now);
                }
            }
            self.follow_order(now);
        }
    }

    fn answer(&mut self, to: ReplicaId, theirs: &Clock, is_answer: bool) {
        let lacking = self.archive.lacking(theirs);
        if !lacking.is_empty() {
            self.outputs
                .push_back(Output::Send(to, Packet::Answer(lacking)));
        }
        let has = self.archive.digest();
        let behind = theirs
            .iter()
            .any(|(sender, number)| has.get(sender) < number);
        if behind && !is_answer {
            let is_answer = true;
            let digest = Packet::Digest { has, is_answer };
            self.outputs.push_back(Output::Send(to, digest));
        }
    }

    fn follow_order(&mut self, now: Millis) {
        while let Some(step) = self.order.next_step() {
            match step {
                Step::Send(message) => {
                    self.archive.keep(&message);
                    self.spread.spread(message, Origin::Own, now);
                }
                Step::Deliver(id, payload) => self.outputs.push_back(Output::Deliver(id, payload)),
                Step::Drop(id) => self.archive.remove(id),
            }
        }
    }

    fn keep_time(&mut self, now: Millis) {
        self.follow_order(now);
        while let Some(batch) = self.spread.next_batch(now) {
            let news = Packet::News(batch.messages);
            self.outputs.push_back(Output::Spread(batch.fan_out, news));
        }
    }
}
