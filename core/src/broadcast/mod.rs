//! Broadcast: who gets a message, and when it is delivered. Two independent choices, each behind one small trait.
//!
//! - [`Spread`], *who gets it*: [`gossip`] passes each message on, at first receipt, to a few random others.
//! - [`Delivery`], *when it is delivered*: [`causal`] holds a message back until what it comes after is delivered.
//!
//! A received message goes through [`Delivery`] first; what is delivered, once, goes to the application and to
//! [`Spread`]. The words are those of C. Cachin, R. Guerraoui, L. Rodrigues, "Introduction to Reliable and Secure
//! Distributed Programming", 2nd ed., chapter 3: *broadcast, receive, deliver*.
//!
//! May depend on [`crate::time`].

pub mod causal;
pub mod gossip;

use crate::time::Millis;

/// What is broadcast.
pub trait Message {
    /// What tells two messages apart.
    type Id: Ord + Copy;

    /// This message's name.
    fn id(&self) -> Self::Id;
    /// Its size in bytes, for the caps of buffers.
    fn size(&self) -> usize;
}

/// Who made a message, as far as the replica that spreads it is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// This replica.
    Own,
    /// Another.
    Forwarded,
}

/// Messages that go out together to the same number of random others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch<M> {
    /// To how many others; 255 means all.
    pub fan_out: u8,
    /// Who made them.
    pub origin: Origin,
    /// The messages, oldest first.
    pub messages: Vec<M>,
}

/// Who gets a message: decides, at its first receipt, to how many random others it goes and when.
pub trait Spread<M: Message> {
    /// Takes a message that is new here.
    fn spread(&mut self, message: M, origin: Origin, now: Millis);
    /// When [`Spread::next_batch`] will have something; `None` when nothing waits.
    fn next_deadline(&self) -> Option<Millis>;
    /// The next batch that is due. Call it until it gives `None`.
    fn next_batch(&mut self, now: Millis) -> Option<Batch<M>>;
}

/// The upper end of [`Delivery`]: what messages are delivered to, and what knows what was delivered.
pub trait Application {
    /// What is delivered.
    type Message: Message;
    /// What a message may have to wait for.
    type Dependency: Ord + Clone;

    /// The first thing that the message comes after and that is not delivered yet.
    fn missing(&self, message: &Self::Message) -> Option<Self::Dependency>;
    /// Delivers a message, and says for whom it may have been the last thing missing.
    fn deliver(&mut self, message: Self::Message) -> Self::Dependency;
}

/// When a message is delivered: takes messages in any order and hands them to the application in its own.
pub trait Delivery<A: Application> {
    /// Takes one message, and delivers all that may be delivered now. Bounded work: a message is looked at again only
    /// when what it waits for was delivered.
    fn receive(&mut self, message: A::Message, application: &mut A);
    /// Whether that message is held back.
    fn holds(&self, id: <A::Message as Message>::Id) -> bool;
    /// The messages that are held back, oldest first, each with what it waits for.
    fn held_back<'a>(&'a self) -> impl Iterator<Item = (&'a A::Message, &'a A::Dependency)>
    where
        A: 'a;
    /// How many messages were dropped to keep the buffer bounded. Comparing sets brings them back.
    fn dropped(&self) -> u64;
}
