//! Fingerprints and ids cut short, under a key of the session.
//!
//! Four bytes tell branches apart well enough: should two different ones look alike, which happens
//! once in four thousand million, the next session sees them under another key. Without a key
//! somebody could prepare ops whose short ids are the same, and no session would ever find the
//! difference.

use sha2::{Digest, Sha256};

use crate::ballots::fingerprint::{EMPTY, Fingerprint};
use crate::ids::OpId;

/// What is hashed starts with this.
pub(crate) const DOMAIN: &[u8] = b"election-voter/short/1";
/// The short fingerprint of a branch of no ops. No other has it.
pub(crate) const NOTHING: u32 = 0;

/// Cuts fingerprints and ids short for one session: the first four bytes of SHA-256 over
/// [`DOMAIN`], the session's id and the 32 bytes; 1 where that gives [`NOTHING`].
#[derive(Debug, Clone, Copy)]
pub struct Shortener(u64);

impl Shortener {
    /// For the session of that id.
    #[must_use]
    pub const fn new(session: u64) -> Self {
        Self(session)
    }

    /// The short form of a branch's fingerprint.
    #[must_use]
    pub fn fingerprint(self, fingerprint: &Fingerprint) -> u32 {
        if *fingerprint == EMPTY {
            NOTHING
        } else {
            self.cut(fingerprint)
        }
    }

    /// The short form of an op's id.
    #[must_use]
    pub fn id(self, id: OpId) -> u32 {
        self.cut(&id.0)
    }

    fn cut(self, bytes: &[u8; 32]) -> u32 {
        let hash = Sha256::new_with_prefix(DOMAIN)
            .chain_update(self.0.to_be_bytes())
            .chain_update(bytes)
            .finalize();
        let short = hash[..4]
            .iter()
            .fold(0, |number, byte| number << 8 | u32::from(*byte));
        if short == NOTHING { 1 } else { short }
    }
}
