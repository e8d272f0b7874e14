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
//!
//! All that acts only when digests differ for longer than gossip explains, which is `grace`. A message that came less
//! than `grace` ago is in no answer: it is on its way by gossip, and another copy would be wasted. A node that finds
//! itself behind a digest does not ask at once either. It remembers that one doubt, and asks when `grace` has passed
//! if it is behind that digest still; while it has a doubt it takes up no other, because what it misses will be found
//! by a later digest anyway. A grace of 0 answers and asks at once.

use core::borrow::Borrow;
use std::collections::VecDeque;
use std::sync::Arc;

use super::archive::{self, Archive};
use super::order::{MAX_SENDERS, MessageId, Order, Payload, Receipt, Refusal, Step};
use super::seen::{Digest, MAX_NAMED_RUNS};
use super::{Message, Origin, Spread};
use crate::ids::ReplicaId;
use crate::time::Millis;

/// How a node keeps up.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// How often the digest goes to one random other; what gossip misses waits about that long.
    pub compare_every: Millis,
    /// For how long gossip explains a difference: the ticks and hops that a message takes to come to all. 0: never.
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

    /// Takes a packet from another node: the packet, a reference, or an `Rc` of it, because most packets of a crowd
    /// bring nothing new and are not worth a copy.
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
                if pass_on {
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

#[cfg(test)]
mod tests {
    use super::super::gossip::{self, Gossip};
    use super::super::order::Stamped;
    use super::super::seen::{START, Seen};
    use super::super::unordered::Unordered;
    use super::*;

    type Message = Stamped<u64>;
    type Plain = Node<u64, Gossip<Message>, Unordered<u64>>;

    const ANN: ReplicaId = ReplicaId(1);
    const BEN: ReplicaId = ReplicaId(2);
    const EVE: ReplicaId = ReplicaId(3);

    /// It says by itself what it has at 1 hour, and not before: what it says earlier, it was asked or asks.
    fn node(grace: u64) -> Plain {
        let settings = Settings {
            compare_every: Millis(3_600_000),
            grace: Millis(grace),
            ..Settings::default()
        };
        let mut node = Node::new(
            ReplicaId(0),
            Gossip::new(gossip::Settings::default()),
            Unordered::new(ReplicaId(0)),
            settings,
        );
        node.wake(Millis(0));
        sent(&mut node);
        node
    }

    fn message(sender: ReplicaId, number: u64) -> Message {
        Stamped {
            id: MessageId { sender, number },
            stamp: (),
            payload: number,
        }
    }

    fn digest(counts: &[(ReplicaId, u64)], is_answer: bool) -> Packet<Message> {
        let mut has = Seen::default().digest(START);
        for (sender, number) in counts {
            has.up_to.advance(*sender, *number);
        }
        Packet::Digest {
            has: Arc::new(has),
            is_answer,
        }
    }

    fn news(sender: ReplicaId, number: u64) -> Packet<Message> {
        Packet::News(vec![message(sender, number)])
    }

    /// What it sends to one other; news that it passes on are left out.
    fn sent(node: &mut Plain) -> Vec<(ReplicaId, Packet<Message>)> {
        let outputs = core::iter::from_fn(|| node.next_output());
        let sent = outputs.filter_map(|output| match output {
            Output::Send(to, packet) => Some((to, packet)),
            Output::Spread(..) | Output::Deliver(..) => None,
        });
        sent.collect()
    }

    /// Until none of the two says more to the other, with everything that is spread. Gives how many packets that took.
    fn exchange(ann: &mut Plain, ben: &mut Plain, now: Millis) -> u32 {
        let mut packets = 0;
        loop {
            let before = packets;
            for ann_sends in [true, false] {
                let (name, from, to) = if ann_sends {
                    (ANN, &mut *ann, &mut *ben)
                } else {
                    (BEN, &mut *ben, &mut *ann)
                };
                while let Some(output) = from.next_output() {
                    if let Output::Send(_, packet) | Output::Spread(_, packet) = output {
                        packets += 1;
                        to.receive(name, packet, now);
                    }
                }
            }
            if packets == before {
                return packets;
            }
        }
    }

    #[test]
    fn an_answer_carries_only_what_gossip_had_time_for() {
        let mut node = node(200);
        node.receive(ANN, news(ANN, 1), Millis(100));
        node.receive(BEN, Packet::Answer(vec![message(BEN, 1)]), Millis(150));
        let lacks_all = digest(&[], false);
        node.receive(EVE, &lacks_all, Millis(299));
        assert_eq!(sent(&mut node), []);
        node.receive(EVE, &lacks_all, Millis(300));
        let ann = Packet::Answer(vec![message(ANN, 1)]);
        assert_eq!(sent(&mut node), [(EVE, ann)]);
        node.receive(EVE, &lacks_all, Millis(350));
        let both = Packet::Answer(vec![message(ANN, 1), message(BEN, 1)]);
        assert_eq!(sent(&mut node), [(EVE, both)]);
    }

    #[test]
    fn a_node_that_is_behind_asks_once_after_grace() {
        let mut node = node(200);
        node.receive(ANN, digest(&[(ANN, 2)], false), Millis(100));
        assert_eq!(sent(&mut node), []);
        assert_eq!(node.next_deadline(), Millis(300));
        node.receive(BEN, digest(&[(BEN, 9)], false), Millis(200)); // it has a doubt already
        node.receive(EVE, news(ANN, 1), Millis(210));
        node.wake(Millis(299));
        assert_eq!(sent(&mut node), []);
        node.wake(Millis(300));
        let asks = digest(&[(ANN, 1)], true);
        assert_eq!(sent(&mut node), [(ANN, asks)], "it lacks the second still");
        assert_eq!(node.next_deadline(), Millis(3_600_000), "and asks no more");
        node.receive(BEN, digest(&[(BEN, 9)], false), Millis(400));
        assert_eq!(node.next_deadline(), Millis(600), "the next doubt");
    }

    #[test]
    fn a_node_does_not_ask_for_what_came_meanwhile() {
        let mut node = node(200);
        node.receive(ANN, digest(&[(ANN, 1)], false), Millis(100));
        node.receive(EVE, news(ANN, 1), Millis(250));
        node.wake(Millis(300));
        assert_eq!(sent(&mut node), []);
        assert_eq!(node.next_deadline(), Millis(3_600_000));
    }

    #[test]
    fn no_digest_that_is_an_answer_raises_a_doubt() {
        for grace in [0, 200] {
            let mut node = node(grace);
            node.receive(ANN, digest(&[(ANN, 1)], true), Millis(100));
            assert_eq!(sent(&mut node), []);
            assert_eq!(node.next_deadline(), Millis(3_600_000));
        }
    }

    #[test]
    fn without_grace_it_answers_and_asks_at_once() {
        let mut node = node(0);
        node.receive(ANN, news(ANN, 1), Millis(100));
        node.receive(BEN, digest(&[(BEN, 1)], false), Millis(100));
        let answer = Packet::Answer(vec![message(ANN, 1)]);
        let asks = digest(&[(ANN, 1)], true);
        assert_eq!(sent(&mut node), [(BEN, answer), (BEN, asks)]);
    }

    /// What a node that is gone sent to `ann` only, beyond what nobody has: `ben` gets it from her.
    #[test]
    fn what_is_beyond_a_gap_that_nobody_can_close_comes_to_the_living() {
        for grace in [0, 200] {
            let [mut ann, mut ben] = [node(grace), node(grace)];
            ann.receive(EVE, news(EVE, 1), Millis(0));
            ben.receive(EVE, news(EVE, 1), Millis(0));
            ann.receive(EVE, news(EVE, 5), Millis(0));
            for from_ann in [true, false] {
                let mut ben = ben.clone();
                let mut ann = ann.clone();
                let (now, later) = (Millis(3_600_000), Millis(3_600_200));
                ann.wake(now);
                ben.wake(now);
                sent(if from_ann { &mut ben } else { &mut ann }); // is lost
                exchange(&mut ann, &mut ben, now);
                ben.wake(later);
                exchange(&mut ann, &mut ben, later);
                let fifth = message(EVE, 5).id;
                assert!(ben.archive.had(fifth), "grace {grace}, {from_ann}");
                let copies = exchange(&mut ann, &mut ben, later);
                assert_eq!(copies, 0);
            }
        }
    }
}
