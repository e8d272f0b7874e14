//! Broadcast: who gets a message, and when it is delivered. Two independent choices, each behind one small trait.
//!
//! *Who gets it* ([`Spread`]):
//! - [`eager`]: everyone sends it on to everyone; n² copies.
//! - [`gossip`]: everyone sends it on to a few random others. The product's.
//!
//! *When it is delivered* ([`Order`]), from what promises least to what promises most:
//!
//! | order | delivered | a message costs | held back by |
//! | --- | --- | --- | --- |
//! | [`unordered`] | once | a name | nothing |
//! | [`fifo`] | after its sender's earlier ones | a name | a gap in one sender's messages |
//! | [`causal_named`] | after what it names | a name for each | what it names |
//! | [`causal_clock`] | after all that its sender had delivered | a number for each sender | anything of that |
//! | [`total_by_leader`] | in the one order that a leader gives | a second message | the leader, until another leads |
//! | [`total_by_lamport`] | in the one order of Lamport times | a word from everyone | any silent member, for ever |
//!
//! [`causal`] is the receiving half of [`causal_named`], behind the smaller trait [`Delivery`]: the product's own
//! path, whose signed ballots name what they come after and need no other stamp. [`node`] puts a [`Spread`] and an
//! [`Order`] together, any pair, with a small anti-entropy. Underneath: [`order`] (what the orders share),
//! [`hold_back`] (the bounded buffer), [`seen`] (the set of what was taken in), [`archive`] (what can be given again).
//!
//! The words are those of C. Cachin, R. Guerraoui, L. Rodrigues, "Introduction to Reliable and Secure Distributed
//! Programming", 2nd ed., 2011, chapter 3: *broadcast, receive, deliver*. Processes are trusted here to keep the
//! rules; the product's ops are signed, so that there nobody has to be.
//!
//! May depend on [`crate::ids`], [`crate::time`] and [`crate::crdt`].

pub mod archive;
pub mod causal;
pub mod causal_clock;
pub mod causal_named;
pub mod eager;
pub mod fifo;
pub mod gossip;
pub mod hold_back;
pub mod node;
pub mod order;
pub mod seen;
#[cfg(test)]
mod testing;
pub mod total_by_lamport;
pub mod total_by_leader;
pub mod unordered;

pub use order::{MessageId, Order, Payload, Receipt, Refusal, Stamped, Step, Wait};

use core::fmt::Debug;
use core::hash::Hash;

use crate::time::Millis;

/// What is broadcast.
pub trait Message {
    /// What tells two messages apart.
    type Id: Ord + Copy + Debug + Hash;

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
    /// Who made them; [`Origin::Own`] if this replica made some of them.
    pub origin: Origin,
    /// The messages, oldest first, one's own before others'.
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
    /// How many messages were not passed on because too many waited.
    fn dropped(&self) -> u64;
}

/// The upper end of [`Delivery`]: what messages are delivered to, and what knows what was delivered.
pub trait Application {
    /// What is delivered.
    type Message: Message;
    /// What a message may have to wait for.
    type Dependency: Ord + Clone;

    /// The first thing that the message comes after and that is not delivered yet.
    fn missing(&self, message: &Self::Message) -> Option<Self::Dependency>;
    /// Delivers a message, and says what those who waited for it waited for; `None` when it changed nothing.
    fn deliver(&mut self, message: Self::Message) -> Option<Self::Dependency>;
    /// Is told of a message that was dropped to keep the buffer bounded.
    fn dropped(&mut self, _message: Self::Message) {}
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
