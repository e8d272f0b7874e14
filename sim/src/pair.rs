//! Any pair of the broadcast family as a process: who gets a message × when it is delivered.

use std::collections::VecDeque;
use std::rc::Rc;

use election_core::broadcast::causal::Caps;
use election_core::broadcast::gossip::{self, Gossip};
use election_core::ids::ReplicaId;
use election_core::time::Millis;
use election_core::wire::relay::Handle;
use election_textbook::broadcast::causal_clock::CausalClock;
use election_textbook::broadcast::causal_named::CausalNamed;
use election_textbook::broadcast::eager::{self, Eager};
use election_textbook::broadcast::fifo::Fifo;
use election_textbook::broadcast::node::{self, Node, Packet};
use election_textbook::broadcast::total_by_lamport::TotalByLamport;
use election_textbook::broadcast::total_by_leader::TotalByLeader;
use election_textbook::broadcast::unordered::Unordered;
use election_textbook::broadcast::{MessageId, Order, Payload, Refusal, Spread};

use crate::process::{Output, Process, Room};

/// How many of its sender's last deliveries a message names, for the order that looks at that.
pub const NAMED: usize = 2;

/// Who gets a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Everyone, from everyone.
    Eager,
    /// Some others, from everyone.
    Gossip,
}

/// When it is delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// At once.
    Unordered,
    /// After its sender's earlier ones.
    Fifo,
    /// After all that its sender had delivered.
    Causal,
    /// After what it names.
    CausalNamed,
    /// In the order that a leader gives.
    Leader,
    /// In the order of Lamport times.
    Lamport,
}

impl When {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Unordered,
        Self::Fifo,
        Self::Causal,
        Self::CausalNamed,
        Self::Leader,
        Self::Lamport,
    ];

    /// Whether the group is fixed from the start, so that nobody can join later.
    #[must_use]
    pub fn has_members(self) -> bool {
        matches!(self, Self::Leader | Self::Lamport)
    }
}

/// What the nodes broadcast: as large as a ballot, which names what it comes after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    after: [MessageId; NAMED],
    named: u8,
}

impl Payload for Entry {
    fn size(&self) -> usize {
        100
    }
    fn comes_after(&self) -> &[MessageId] {
        &self.after[..usize::from(self.named)]
    }
}

/// What a node tells the checkers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// It broadcasts this. What it delivered before is what this comes after.
    Broadcast(MessageId),
    /// It delivered this.
    Delivered(MessageId),
}

/// Settings of a pair.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// How gossip spreads.
    pub gossip: gossip::Settings,
    /// How a node keeps up.
    pub node: node::Settings,
    /// What may be held back.
    pub held_back: Caps,
    /// How long a message may be without a place before the leader is suspected.
    pub patience: Millis,
    /// The shortest time between two heartbeats of the Lamport order.
    pub heartbeat: Millis,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            gossip: gossip::Settings::default(),
            node: node::Settings::default(),
            held_back: Caps::default(),
            patience: Millis(60_000),
            heartbeat: Millis(200),
        }
    }
}

/// A node of one pair.
pub struct Pair<S, O: Order<Entry>> {
    id: ReplicaId,
    node: Node<Entry, S, O>,
    last: VecDeque<MessageId>,
    told: Option<MessageId>,
}

impl<S: Spread<O::Message>, O: Order<Entry>> Pair<S, O> {
    /// Broadcasts an entry that names the last that were delivered here.
    ///
    /// # Errors
    /// The order's [`Refusal`].
    pub fn broadcast(&mut self, now: Millis) -> Result<MessageId, Refusal> {
        let mut after = [MessageId {
            sender: ReplicaId(0),
            number: 0,
        }; NAMED];
        let mut named = 0;
        for (place, id) in after.iter_mut().zip(&self.last) {
            *place = *id;
            named += 1;
        }
        let id = self.node.broadcast(Entry { after, named }, now)?;
        self.told = Some(id);
        Ok(id)
    }

    /// Its name.
    #[must_use]
    pub fn id(&self) -> ReplicaId {
        self.id
    }

    /// Its order, to be asked what it holds back and why.
    #[must_use]
    pub fn order(&self) -> &O {
        self.node.order()
    }

    /// How many messages were dropped for want of room.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.node.dropped()
    }
}

impl<S: Spread<O::Message>, O: Order<Entry>> Process for Pair<S, O> {
    type Packet = Rc<Packet<O::Message>>;
    type Note = Told;

    fn size(packet: &Self::Packet) -> usize {
        packet.size()
    }

    fn receive(&mut self, _room: Room, from: Handle, packet: Self::Packet, now: Millis) {
        // A node only answers to that name, so a connection serves as one.
        self.node.receive(ReplicaId(from.0), packet, now);
    }

    fn wake(&mut self, now: Millis) {
        self.node.wake(now);
    }

    fn next_deadline(&self) -> Option<Millis> {
        Some(self.node.next_deadline())
    }

    fn next_output(&mut self) -> Option<Output<Self::Packet, Told>> {
        if let Some(id) = self.told.take() {
            return Some(Output::Note(Told::Broadcast(id)));
        }
        Some(match self.node.next_output()? {
            node::Output::Spread(fan_out, packet) => {
                Output::Spread(Room(0), fan_out, Rc::new(packet))
            }
            node::Output::Send(to, packet) => Output::Reply(Room(0), Handle(to.0), Rc::new(packet)),
            node::Output::Deliver(id, _) => {
                if self.last.len() == NAMED {
                    self.last.pop_back();
                }
                self.last.push_front(id);
                Output::Note(Told::Delivered(id))
            }
        })
    }
}

/// What an order tells of itself beyond what all have in common.
pub trait Probe {
    /// How often the leader was replaced.
    fn epoch(&self) -> u64 {
        0
    }
    /// How often a later epoch gave a place away again.
    fn forks(&self) -> u64 {
        0
    }
}

impl<P> Probe for Unordered<P> {}
impl<P> Probe for Fifo<P> {}
impl<P> Probe for CausalClock<P> {}
impl<P: Payload> Probe for CausalNamed<P> {}
impl<P> Probe for TotalByLamport<P> {}
impl<P: Payload> Probe for TotalByLeader<P> {
    fn epoch(&self) -> u64 {
        TotalByLeader::epoch(self)
    }
    fn forks(&self) -> u64 {
        TotalByLeader::forks(self)
    }
}

/// Something that can be done with any pair.
pub trait WithPair {
    /// What comes of it.
    type Result;
    /// Does it. `make` makes the node of that name.
    fn with<S: Spread<O::Message>, O: Order<Entry> + Probe>(
        self,
        make: impl Fn(ReplicaId) -> Pair<S, O>,
    ) -> Self::Result;
}

/// Does it with that pair. `members` are those of an order that has members.
pub fn with_pair<W: WithPair>(
    who: Who,
    when: When,
    settings: Settings,
    members: &[ReplicaId],
    what: W,
) -> W::Result {
    let caps = settings.held_back;
    match when {
        When::Unordered => with_order(who, settings, Unordered::new, what),
        When::Fifo => with_order(who, settings, |me| Fifo::new(me, caps), what),
        When::Causal => with_order(who, settings, |me| CausalClock::new(me, caps), what),
        When::CausalNamed => with_order(who, settings, |me| CausalNamed::new(me, caps), what),
        When::Leader => {
            let order = |me| TotalByLeader::new(me, members.to_vec(), settings.patience, caps);
            with_order(who, settings, order, what)
        }
        When::Lamport => {
            let members = || members.iter().copied();
            let order = |me| TotalByLamport::new(me, members(), settings.heartbeat, caps);
            with_order(who, settings, order, what)
        }
    }
}

fn with_order<W: WithPair, O: Order<Entry> + Probe>(
    who: Who,
    settings: Settings,
    order: impl Fn(ReplicaId) -> O,
    what: W,
) -> W::Result {
    match who {
        Who::Eager => what.with(|id| {
            let spread = Eager::new(eager::Settings::default());
            pair(id, spread, order(id), settings.node)
        }),
        Who::Gossip => what.with(|id| {
            let spread = Gossip::new(settings.gossip);
            pair(id, spread, order(id), settings.node)
        }),
    }
}

fn pair<S: Spread<O::Message>, O: Order<Entry>>(
    id: ReplicaId,
    spread: S,
    order: O,
    settings: node::Settings,
) -> Pair<S, O> {
    Pair {
        id,
        node: Node::new(id, spread, order, settings),
        last: VecDeque::new(),
        told: None,
    }
}
