//! A node: one [`Spread`] and one [`Order`], any pair, and anti-entropy between them. The
//! simulator's and the lab's replica where it is not the product's own.
//!
//! ```text
//! node.broadcast(payload, now)       from the application
//! node.receive(from, packet, now)    from the network
//! node.wake(now)                     when next_deadline() has come
//! node.next_output()                 what it wants done; drain it after each of the above
//! ```
//!
//! Like the product's replica, it knows no other node: it says to how many random others something
//! goes, and the relay, or its model, picks them. A message that is new goes to all that [`Spread`]
//! says; what came as an answer does not, because it is old news to others.
//!
//! Anti-entropy: every `compare_every` a node sends its digest to one random other, which answers
//! with what is lacking; if the other lacks something itself, it answers with its own digest too.
//! No answer is answered for ever: a digest that is an answer gets messages only.
//!
//! All that acts only when digests differ for longer than gossip explains, which is `grace`. A
//! message that came less than `grace` ago is in no answer: it is on its way by gossip, and another
//! copy would be wasted. A node that finds itself behind a digest does not ask at once either. It
//! remembers that one doubt, and asks when `grace` has passed if it is behind that digest still;
//! while it has a doubt it takes up no other, because what it misses will be found by a later
//! digest anyway. A grace of 0 answers and asks at once.

use core::borrow::Borrow;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use election_core::ids::ReplicaId;
use election_core::time::Millis;

use super::archive::{self, Archive};
use super::order::{MAX_SENDERS, MessageId, Order, Payload, Receipt, Refusal, Step};
use super::seen::{Digest, MAX_NAMED_RUNS};
use super::{Message, Origin, Spread};

/// Of how many dropped messages it is remembered that they are no news.
const MAX_DROPPED: usize = 4_096;

/// How a node keeps up.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// How often the digest goes to one random other; what gossip misses waits about that long.
    pub compare_every: Millis,
    /// For how long gossip explains a difference: the ticks and hops that a message takes to come
    /// to all. 0: never.
    pub grace: Millis,
    /// What is kept for others.
    pub archive: archive::Caps,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            compare_every: Millis(500),
            grace: Millis(200),
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
        /// Shared, because it is sent again and again until it changes.
        has: Arc<Digest>,
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
            Self::Digest { has, .. } => 1 + has.size(),
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

/// A digest that this node was behind: gossip may explain it, or not.
#[derive(Debug, Clone)]
struct Doubt {
    /// Whose digest.
    other: ReplicaId,
    has: Arc<Digest>,
    /// When gossip explains it no longer.
    until: Millis,
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
    /// Messages that were dropped and are to come again. When they do they are no news: passed on
    /// once more by everyone whose buffer is full, they would go round for ever.
    dropped: BTreeSet<MessageId>,
    compare_every: Millis,
    next_compare: Millis,
    grace: Millis,
    doubt: Option<Doubt>,
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
            dropped: BTreeSet::new(),
            compare_every,
            next_compare: Millis(offset),
            grace: settings.grace,
            doubt: None,
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

    /// Takes a packet from another node: the packet, a reference, or an `Rc` of it, because most
    /// packets of a crowd bring nothing new and are not worth a copy.
    pub fn receive(
        &mut self,
        from: ReplicaId,
        packet: impl Borrow<Packet<O::Message>>,
        now: Millis,
    ) {
        match packet.borrow() {
            Packet::News(messages) => self.take_in(messages, true, now),
            Packet::Answer(messages) => self.take_in(messages, false, now),
            Packet::Digest { has, is_answer } => {
                if has.up_to.len() <= MAX_SENDERS && has.beyond.len() <= MAX_NAMED_RUNS {
                    self.answer(from, has, *is_answer, now);
                }
            }
        }
        self.keep_time(now);
    }

    /// Does what is due.
    pub fn wake(&mut self, now: Millis) {
        if self.next_compare <= now {
            self.next_compare = now.after(self.compare_every);
            let digest = self.digest(false);
            self.outputs.push_back(Output::Spread(1, digest));
        }
        if let Some(doubt) = self.doubt.take_if(|doubt| doubt.until <= now)
            && self.archive.is_behind(&doubt.has)
        {
            let digest = self.digest(true);
            self.outputs.push_back(Output::Send(doubt.other, digest));
        }
        self.order.tick(now);
        self.keep_time(now);
    }

    /// When [`Node::wake`] is due next.
    pub fn next_deadline(&self) -> Millis {
        let doubt = self.doubt.as_ref().map(|doubt| doubt.until);
        let others = [
            self.spread.next_deadline(),
            self.order.next_deadline(),
            doubt,
        ];
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

    fn take_in(&mut self, messages: &[O::Message], pass_on: bool, now: Millis) {
        for message in messages {
            if self.archive.had(message.id()) {
                continue; // delivered or held back: the order would say the same
            }
            if self.order.receive(message.clone(), now) == Receipt::New {
                self.archive.keep(message, now);
                if pass_on && !self.dropped.remove(&message.id()) {
                    self.spread.spread(message.clone(), Origin::Forwarded, now);
                }
            }
            self.follow_order(now);
        }
    }

    fn answer(&mut self, other: ReplicaId, theirs: &Arc<Digest>, is_answer: bool, now: Millis) {
        let lacking = self.archive.lacking(theirs, self.grace, now);
        if !lacking.is_empty() {
            self.outputs
                .push_back(Output::Send(other, Packet::Answer(lacking)));
        }
        if is_answer || !self.archive.is_behind(theirs) {
            return;
        }
        if self.grace == Millis(0) {
            let digest = self.digest(true);
            self.outputs.push_back(Output::Send(other, digest));
        } else if self.doubt.is_none() {
            self.doubt = Some(Doubt {
                other,
                has: Arc::clone(theirs),
                until: now.after(self.grace),
            });
        }
    }

    fn digest(&mut self, is_answer: bool) -> Packet<O::Message> {
        let has = self.archive.digest();
        Packet::Digest { has, is_answer }
    }

    fn follow_order(&mut self, now: Millis) {
        while let Some(step) = self.order.next_step() {
            match step {
                Step::Send(message) => {
                    self.archive.keep(&message, now);
                    self.spread.spread(message, Origin::Own, now);
                }
                Step::Deliver(id, payload) => {
                    self.dropped.remove(&id);
                    self.outputs.push_back(Output::Deliver(id, payload));
                }
                Step::Drop(id) => {
                    self.archive.remove(id);
                    if self.dropped.len() < MAX_DROPPED {
                        self.dropped.insert(id);
                    }
                }
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
