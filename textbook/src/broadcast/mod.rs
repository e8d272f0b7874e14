//! Broadcast: who gets a message, and when it is delivered. Two independent choices, each behind
//! one small trait.
//!
//! *Who gets it* ([`Spread`]):
//! - [`eager`]: everyone sends it on to everyone; n² copies.
//! - [`gossip`](election_core::broadcast::gossip): everyone sends it on to a few random others. The
//!   product's.
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
//! [`node`] puts a [`Spread`] and an [`Order`] together, any pair, with a small anti-entropy.
//! Underneath: [`order`] (what the orders share), [`hold_back`] (the bounded buffer), [`seen`] (the
//! set of what was taken in), [`archive`] (what can be given again).
//!
//! The words are those of C. Cachin, R. Guerraoui, L. Rodrigues, "Introduction to Reliable and
//! Secure Distributed Programming", 2nd ed., 2011, chapter 3: *broadcast, receive, deliver*.
//! Processes are trusted here to keep the rules; the product's ops are signed, so that there nobody
//! has to be.

pub mod archive;
pub mod causal_clock;
pub mod causal_named;
pub mod eager;
pub mod fifo;
pub mod hold_back;
pub mod node;
pub mod order;
pub mod seen;
pub mod spread;
#[cfg(test)]
mod testing;
pub mod total_by_lamport;
pub mod total_by_leader;
pub mod unordered;

pub use election_core::broadcast::{Batch, Message, Origin};
pub use order::{MessageId, Order, Payload, Receipt, Refusal, Stamped, Step, Wait};
pub use spread::Spread;
