//! Finding and fetching what two replicas do not share.
//!
//! Two replicas whose digests differ take turns. In its turn a replica sends what it was asked for,
//! and asks in its own right: it describes some branches of its tree, by short fingerprints of what
//! is below them or by the short ids of all their ops, and the other goes on where it differs.
//! Nobody needs to remember what was asked: every message names the branches it speaks of, so a
//! tree that grows in the middle of it does no harm. A newcomer describes nothing and is streamed
//! everything.
//!
//! Read [`message`] (what is said), [`short`] (fingerprints cut short, and why that is safe),
//! [`question`] (how much to say of a branch), [`send_queue`] (the ops to be sent, a frame at a
//! time), [`budget`] (how much work a session is worth), [`useful`] (what came of it lately),
//! [`session`] (the turns), [`reputation`] (which peers to leave alone), [`askers`] (whose turn it
//! is when all want one at once), then [`manager`] ([`Sync`]: which sessions there are, and when
//! they end).
//!
//! May depend on [`crate::ids`], [`crate::time`], [`crate::wire`], [`crate::poll`] and
//! [`crate::ballots`].

pub(crate) mod askers;
pub(crate) mod budget;
pub(crate) mod manager;
pub mod message;
pub(crate) mod question;
pub(crate) mod reputation;
pub(crate) mod send_queue;
pub(crate) mod session;
pub mod short;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
pub(crate) mod useful;

pub use manager::{Reaction, Sync};
pub use message::SyncMessage;
