//! Broadcast as the product does it: who gets an op, and when it is delivered.
//!
//! - [`gossip`]: everyone sends it on to a few random others, batched a tick.
//! - [`causal`]: it is delivered after what it names, and held back until then. Signed ballots name
//!   what they come after and need no other stamp.
//!
//! The other ways of doing either are in `election-textbook`, with these two beside them.
//!
//! The words are those of C. Cachin, R. Guerraoui, L. Rodrigues, "Introduction to Reliable and
//! Secure Distributed Programming", 2nd ed., 2011, chapter 3: *broadcast, receive, deliver*.
//!
//! May depend on [`crate::ids`] and [`crate::time`].

pub mod causal;
pub mod gossip;

use core::fmt::Debug;
use core::hash::Hash;

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

/// The upper end of [`causal`]: what messages are delivered to, and what knows what was delivered.
pub trait Application {
    /// What is delivered.
    type Message: Message;
    /// What a message may have to wait for.
    type Dependency: Ord + Clone;

    /// The first thing that the message comes after and that is not delivered yet.
    fn missing(&self, message: &Self::Message) -> Option<Self::Dependency>;
    /// Delivers a message, and says what those who waited for it waited for; `None` when it changed
    /// nothing.
    fn deliver(&mut self, message: Self::Message) -> Option<Self::Dependency>;
    /// Is told of a message that was dropped to keep the buffer bounded.
    fn dropped(&mut self, _message: Self::Message) {}
}
