//! Bytes: how everything that leaves the replica is laid out. docs/protocol.md says the same in prose.
//!
//! Read [`bytes`] (reader and writer), [`envelope`] (the signed op: [`envelope::Signed`] until it is
//! [`envelope::Verified`]), [`frame`] (what one replica says to others), [`sealed`] (the box around it), [`link`] (where
//! its key comes from), then [`relay`] (the envelope around a sealed frame that the relay reads, and all that the relay
//! knows of this crate).
//!
//! May depend on [`crate::ids`].

pub mod bytes;
pub mod envelope;
pub mod frame;
pub mod link;
pub mod relay;
pub mod sealed;
