//! The names of things: 32-byte identifiers, each a type of its own so that none can stand for another.

use core::fmt;

use sha2::{Digest, Sha256};

/// Why a text is not an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an identifier: it takes 64 hexadecimal digits")]
pub struct BadId(String);

macro_rules! id32 {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; 32]);

        impl $name {
            /// The identifier that is written as 64 hexadecimal digits, in either case.
            ///
            /// # Errors
            /// [`BadId`] for any other text.
            pub fn from_hex(text: &str) -> Result<Self, BadId> {
                let bad = || BadId(text.chars().take(80).collect());
                let mut bytes = [0; 32];
                match base16ct::mixed::decode(text, &mut bytes) {
                    Ok(decoded) if decoded.len() == 32 => Ok(Self(bytes)),
                    _ => Err(bad()),
                }
            }

            /// The first eight bytes, big-endian: a place on a line that ids are spread over evenly.
            #[must_use]
            pub fn head(&self) -> u64 {
                let [a, b, c, d, e, f, g, h, ..] = self.0;
                u64::from_be_bytes([a, b, c, d, e, f, g, h])
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&base16ct::lower::encode_string(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({:08x}…)", stringify!($name), self.head() >> 32)
            }
        }
    };
}

id32! {
    /// A poll: the [`OpId`] of its genesis.
    PollId
}
id32! {
    /// An op: SHA-256 over a domain string and the signed bytes without the signature.
    OpId
}
id32! {
    /// A voter, or any other author of ops: an Ed25519 public key in its 32 compressed bytes.
    VoterKey
}

impl PollId {
    /// Stands where a poll's id would, in the one op that makes the poll: its genesis.
    pub const NONE: Self = Self([0; 32]);
}

impl From<OpId> for PollId {
    fn from(genesis: OpId) -> Self {
        Self(genesis.0)
    }
}

/// Where a voter's register stands in the tree of returns: the first eight bytes of SHA-256 over a domain string, the
/// poll's id and the voter's key. Evenly spread, and another place in every poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place(pub u64);

impl Place {
    /// What is hashed starts with this.
    pub const DOMAIN: &[u8] = b"election-voter/place/1";

    /// The place of a voter's register.
    #[must_use]
    pub fn of(poll: PollId, voter: VoterKey) -> Self {
        let hash = Sha256::new()
            .chain_update(Self::DOMAIN)
            .chain_update(poll.0)
            .chain_update(voter.0)
            .finalize();
        Self(OpId(hash.into()).head())
    }
}

/// One running replica, drawn at random when it starts: not a voter, not a connection.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReplicaId(pub u64);

impl fmt::Display for ReplicaId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for ReplicaId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReplicaId({self})")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn hex_goes_both_ways_and_nonsense_is_refused() {
        let id = OpId([0xab; 32]);
        assert_eq!(OpId::from_hex(&id.to_string()).unwrap(), id);
        assert_eq!(OpId::from_hex(&id.to_string().to_uppercase()).unwrap(), id);
        for text in ["", "ab", "zz", &"ab".repeat(33), "äöü"] {
            assert!(OpId::from_hex(text).is_err(), "{text}");
        }
    }
}
