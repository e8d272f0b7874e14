//! The sealed box: what the relay carries and cannot read.
//!
//! ```text
//! nonce 24 | XChaCha20-Poly1305 of the frame | tag 16
//! ```
//!
//! It is sealed with the poll's key, and with the room's name as associated data.
//!
//! Nonces are random: 24 bytes are enough that none is ever drawn twice
//! (draft-irtf-cfrg-xchacha-03, section 2).

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use rand_core::CryptoRng;

/// How many bytes a seal adds to a frame.
pub const OVERHEAD: usize = 24 + 16;

/// Seals and opens the frames of one room. All rooms of a poll have one key; a box names its room,
/// so that whoever carries it cannot bring it into another.
pub struct Seal {
    cipher: XChaCha20Poly1305,
    room: String,
}

/// The box was not sealed for this room, or was changed on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a frame does not open with this room's key and name")]
pub struct Unopened;

impl Seal {
    /// The seal of that key, in the room of that name: see [`super::link::Secret::seal`].
    #[must_use]
    pub fn new(key: &[u8; 32], room: &str) -> Self {
        Self {
            cipher: XChaCha20Poly1305::new(key.into()),
            room: room.to_owned(),
        }
    }

    /// Seals a frame under a nonce drawn from `random`.
    #[must_use]
    pub fn seal(&self, frame: &[u8], random: &mut impl CryptoRng) -> Vec<u8> {
        let mut nonce = [0; 24];
        random.fill_bytes(&mut nonce);
        let sealed = self
            .cipher
            .encrypt(&XNonce::from(nonce), self.payload(frame))
            .expect("the cipher takes up to 256 GiB, and a frame is capped at 64 KiB");
        [&nonce[..], &sealed].concat()
    }

    /// Opens a sealed frame.
    ///
    /// # Errors
    /// [`Unopened`].
    pub fn open(&self, sealed: &[u8]) -> Result<Vec<u8>, Unopened> {
        let (nonce, rest) = sealed.split_first_chunk::<24>().ok_or(Unopened)?;
        self.cipher
            .decrypt(&XNonce::from(*nonce), self.payload(rest))
            .map_err(|_| Unopened)
    }

    fn payload<'a>(&'a self, msg: &'a [u8]) -> Payload<'a, 'a> {
        let aad = self.room.as_bytes();
        Payload { msg, aad }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use rand_chacha::ChaCha8Rng;
    use rand_core::SeedableRng;

    use super::*;

    #[test]
    fn a_box_opens_with_its_key_in_its_room_and_as_it_was_sealed() {
        let mut random = ChaCha8Rng::from_seed([1; 32]);
        let seal = Seal::new(&[2; 32], "a room");
        let sealed = seal.seal(b"a frame", &mut random);
        assert_eq!(sealed.len(), 7 + OVERHEAD);
        assert_eq!(seal.open(&sealed).unwrap(), b"a frame");
        assert_ne!(seal.seal(b"a frame", &mut random), sealed);
        for (key, room) in [
            ([3; 32], "a room"),
            ([2; 32], "another room"),
            ([2; 32], ""),
        ] {
            assert_eq!(Seal::new(&key, room).open(&sealed), Err(Unopened));
        }
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(seal.open(&changed), Err(Unopened));
            assert_eq!(seal.open(&sealed[..at]), Err(Unopened));
        }
    }
}
