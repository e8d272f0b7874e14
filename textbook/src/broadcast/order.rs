//! What every delivery order of the family has in common: names of messages, and the trait
//! [`Order`].
//!
//! The product's [`Causal`](election_core::broadcast::causal) is only the receiving half, and all
//! that it needs: its ballots name what they come after before they are sent. The textbook's orders
//! have a sending half too: the sender stamps its message (with a sequence number, a vector clock,
//! a Lamport time), a leader sends numbers, a member says that it is alive. [`Order`] has both
//! halves, without I/O: calls go in with `now`, [`Step`]s come out, and one next deadline is asked
//! for.

use core::fmt;
use core::hash::Hash;

use election_core::ids::ReplicaId;
use election_core::time::Millis;

use super::Message;
use crate::crdt::vector_clock::VectorClock;

/// The most senders that one order keeps count of; messages of further ones are refused.
pub(crate) const MAX_SENDERS: usize = 65_536;

/// A message of the family: the textbook's pair of process and sequence number.
///
/// A process that starts again without what it knew takes another [`ReplicaId`]; otherwise it would
/// give one number to two messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId {
    /// Who broadcast it.
    pub sender: ReplicaId,
    /// Counts the messages of this sender, from 1 (the textbook's seqNumber). 0 stands for what has
    /// no number because a later one makes up for it, such as a heartbeat: it need not be kept for
    /// those who missed it.
    pub number: u64,
}

impl MessageId {
    /// Whether anti-entropy has to bring this message to who missed it.
    #[must_use]
    pub(crate) const fn is_numbered(self) -> bool {
        self.number > 0
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.sender, self.number)
    }
}

/// What an application broadcasts.
pub trait Payload: Clone {
    /// Its size in bytes, for the caps of buffers.
    fn size(&self) -> usize;
    /// What it truly comes after. Only [`super::causal_named`] looks at it; the others order by who
    /// heard what.
    fn comes_after(&self) -> &[MessageId] {
        &[]
    }
}

impl Payload for u64 {
    fn size(&self) -> usize {
        8
    }
}

impl Payload for Vec<u8> {
    fn size(&self) -> usize {
        self.len()
    }
}

/// What a sender adds to a payload besides the message's name.
pub(crate) trait Stamp {
    /// Its size in bytes.
    fn size(&self) -> usize;
}

impl Stamp for () {
    fn size(&self) -> usize {
        0
    }
}

/// How many messages of each replica.
pub(crate) type Clock = VectorClock<ReplicaId>;

impl Stamp for Clock {
    fn size(&self) -> usize {
        16 * self.len()
    }
}

/// A payload with its name and its stamp.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Stamped<P, S = ()> {
    /// Sender and sequence number.
    pub id: MessageId,
    /// What the order adds.
    pub stamp: S,
    /// What the application broadcast.
    pub payload: P,
}

impl<P: Payload, S: Stamp> Message for Stamped<P, S> {
    type Id = MessageId;

    fn id(&self) -> MessageId {
        self.id
    }

    fn size(&self) -> usize {
        16 + self.stamp.size() + self.payload.size()
    }
}

/// What is to be done next, as an [`Order`] sees it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Step<M, P> {
    /// Send this new message of one's own to all.
    Send(M),
    /// Hand this payload to the application. Never twice for one id.
    Deliver(MessageId, P),
    /// This message was held back and is now dropped, so that the buffer stays bounded: to be had
    /// again from others.
    Drop(MessageId),
}

/// What became of a received message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receipt {
    /// It is new here: delivered, held back or taken in. To be passed on.
    New,
    /// It was delivered, or is held back already.
    Known,
    /// It breaks the rules of its order, or there is no room for it now. Not kept; it may come
    /// again.
    Refused,
}

/// Why a payload cannot be broadcast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// One's own messages must never be dropped, so that there may not be any number of them.
    #[error(
        "{0} of this replica's messages wait for their turn; try again when some of them are delivered"
    )]
    TooManyWait(usize),
    /// A payload can only come after what its sender has seen.
    #[error("message {0}, which this one comes after, is not delivered here yet; wait for it")]
    ComesAfterUnseen(MessageId),
    /// Every message names what it comes after in full, so that there may not be any number of it.
    #[error("a message may come after at most {0} others")]
    ComesAfterTooMany(usize),
    /// Only members broadcast where everybody must be heard.
    #[error("replica {0} is not a member of this group")]
    NotAMember(ReplicaId),
}

/// What a message that is held back waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Wait {
    /// That message to be delivered first.
    Message(MessageId),
    /// The leader of an epoch to give it a number.
    Number {
        /// The epoch in force.
        epoch: u64,
        /// Its leader.
        leader: ReplicaId,
    },
    /// Word from a silent member.
    Member(ReplicaId),
}

impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message(id) => write!(f, "message {id}"),
            Self::Number { epoch, leader } => {
                write!(f, "a number from {leader}, leader of epoch {epoch}")
            }
            Self::Member(member) => write!(f, "word from {member}, who is silent"),
        }
    }
}

/// When a message is delivered, with all the state that this takes, at the sender and at the
/// receiver.
///
/// Call [`Order::next_step`] until it gives `None` after every other call. Whether messages get
/// lost, arrive twice or in any order does not matter for what is promised; that a lost one comes
/// again does, for it to be delivered.
pub trait Order<P: Payload> {
    /// What travels: a stamped payload, or something of the order's own.
    type Message: Message<Id = MessageId> + Clone;

    /// Stamps a payload and sends it ([`Step::Send`]); its own delivery comes when it may.
    ///
    /// # Errors
    /// [`Refusal`], and then nothing is sent.
    fn broadcast(&mut self, payload: P, now: Millis) -> Result<MessageId, Refusal>;

    /// Takes a message in, and delivers all that may be delivered now.
    fn receive(&mut self, message: Self::Message, now: Millis) -> Receipt;

    /// Does what is due: heartbeats, a change of leader.
    fn tick(&mut self, _now: Millis) {}

    /// When [`Order::tick`] is due; `None`: never, until another call.
    fn next_deadline(&self) -> Option<Millis> {
        None
    }

    /// The next thing to be done.
    fn next_step(&mut self) -> Option<Step<Self::Message, P>>;

    /// The messages that are held back, oldest first, each with what it waits for. For people: it
    /// may take a while.
    fn held_back(&self) -> Vec<(MessageId, Wait)>;

    /// How many messages were dropped or turned away for want of room.
    fn dropped(&self) -> u64;
}
