//! Bytes: how everything that leaves the replica is laid out. docs/protocol.md says the same in
//! prose.
//!
//! Read [`bytes`] (reader and writer), [`envelope`] (the signed op: [`envelope::Signed`] until it
//! is [`envelope::Verified`]), [`frame`] (what one replica says to others), [`sealed`] (the box
//! around it), [`link`] (where its key comes from), then [`relay`] (the envelope around a sealed
//! frame that the relay reads: a crate of its own, which the relay shares).
//!
//! May depend on [`crate::ids`].

pub mod bytes;
pub mod envelope;
pub mod frame;
pub mod link;
pub mod sealed;

pub use election_envelope as relay;
