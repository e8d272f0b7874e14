//! The names of things: 32-byte identifiers, each a type of its own so that none can stand for
//! another.

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

            /// The first eight bytes, big-endian: a place on a line that ids are spread over
            /// evenly.
            #[must_use]
            pub(crate) fn head(&self) -> u64 {
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

id32! {
    /// What a statement says of a precinct: SHA-256 over a domain string, the poll's id and the
    /// statement. Disputes name it.
    StateId
}
id32! {
    /// What the ballots of a precinct add up to, and which they are, wherever the chair's log
    /// stands: SHA-256 over a domain string, the poll's id, the precinct, the return and the
    /// fingerprint. What the chair strikes.
    ReturnId
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

/// One of a poll's precincts, counted from 0. Whose it is follows from the voter's key alone: see
/// [`Place::precinct`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PrecinctId(pub u16);

/// How many precincts a poll may have. A poll that has one is a poll without precincts.
pub const PRECINCTS: core::ops::RangeInclusive<u16> = 2..=4096;

/// Where a voter stands in a poll: the first eight bytes of SHA-256 over a domain string, the
/// poll's id and the voter's key. Evenly spread, and another place in every poll. It says in which
/// precinct the voter is, and where in that precinct's tree of returns the voter's register is; of
/// a poll without precincts, it is that itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place(pub u64);

impl Place {
    /// What is hashed starts with this.
    pub(crate) const DOMAIN: &[u8] = b"election-voter/place/1";

    /// The place of a voter.
    #[must_use]
    pub fn of(poll: PollId, voter: VoterKey) -> Self {
        let hash = Sha256::new()
            .chain_update(Self::DOMAIN)
            .chain_update(poll.0)
            .chain_update(voter.0)
            .finalize();
        Self(OpId(hash.into()).head())
    }

    /// In which of so many precincts the voter is. Each precinct is one stretch of places, all of
    /// the same length, give or take one place: everybody is in one, and nobody in two.
    #[must_use]
    pub const fn precinct(self, precincts: u16) -> PrecinctId {
        // Below `precincts`, because the place is below 2^64.
        PrecinctId((self.stretched(precincts) >> 64) as u16)
    }

    /// Where in that precinct the voter is: evenly spread again, and another place for each voter
    /// of one precinct. Of one precinct, the place itself.
    #[must_use]
    pub const fn within(self, precincts: u16) -> Self {
        Self(self.stretched(precincts) as u64)
    }

    const fn stretched(self, precincts: u16) -> u128 {
        self.0 as u128 * precincts as u128
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
    fn hex_round_trips_and_nonsense_is_refused() {
        let id = OpId([0xab; 32]);
        assert_eq!(OpId::from_hex(&id.to_string()).unwrap(), id);
        assert_eq!(OpId::from_hex(&id.to_string().to_uppercase()).unwrap(), id);
        for text in ["", "ab", "zz", &"ab".repeat(33), "äöü"] {
            assert!(OpId::from_hex(text).is_err(), "{text}");
        }
    }

    #[test]
    fn precincts_are_stretches_of_places_one_after_the_other() {
        for precincts in [1, 2, 3, 7, 64, 4095, 4096] {
            let ends = [0, u64::MAX].map(|place| Place(place).precinct(precincts));
            assert_eq!(ends, [PrecinctId(0), PrecinctId(precincts - 1)]);
            for precinct in 1..precincts {
                // The first place of a precinct, rounded up, and the one before it.
                let first = (u128::from(precinct) << 64).div_ceil(precincts.into()) as u64;
                assert_eq!(Place(first).precinct(precincts), PrecinctId(precinct));
                assert_eq!(
                    Place(first - 1).precinct(precincts),
                    PrecinctId(precinct - 1)
                );
                assert!(Place(first).within(precincts) < Place(precincts.into()));
                assert!(
                    Place(first - 1).within(precincts) > Place(u64::MAX - u64::from(precincts))
                );
            }
        }
        assert_eq!(Place(77).within(1), Place(77));
    }

    #[test]
    fn a_precinct_is_even_and_so_is_the_place_within_it() {
        // The most of chi-square with so many degrees of freedom, at odds of one in a thousand.
        for (precincts, limit) in [(2_u16, 10.8), (7, 22.5), (64, 103.4)] {
            let mut voters = vec![0_u32; usize::from(precincts)];
            let mut halves = vec![[0_u32; 2]; usize::from(precincts)];
            let draws = 1_000 * u32::from(precincts);
            for number in 0..draws {
                let mut key = [3; 32];
                key[..4].copy_from_slice(&number.to_be_bytes());
                let place = Place::of(PollId([5; 32]), VoterKey(key));
                let precinct = usize::from(place.precinct(precincts).0);
                voters[precinct] += 1;
                halves[precinct][(place.within(precincts).0 >> 63) as usize] += 1;
            }
            let chi_square = |counts: &[u32], expected: f64| -> f64 {
                let off = counts.iter().map(|count| f64::from(*count) - expected);
                off.map(|off| off * off / expected).sum()
            };
            assert!(chi_square(&voters, 1_000.0) < limit, "{voters:?}");
            for (all, halves) in voters.iter().zip(&halves) {
                // One in a million, since there are many of these.
                assert!(
                    chi_square(halves, f64::from(*all) / 2.0) < 23.9,
                    "{halves:?}"
                );
            }
        }
    }
}
