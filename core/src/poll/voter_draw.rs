//! A key for a precinct: who is to vote in a certain one draws keys until one falls there.

use ed25519_zebra::SigningKey;
use rand_core::CryptoRng;

use crate::ids::{Place, PollId, PrecinctId};
use crate::wire::envelope::voter_key;

/// At most so many keys are drawn for each precinct of the poll.
pub const DRAWS_A_PRECINCT: u32 = 16;

/// A voter's key that falls into the precinct that was asked for.
#[derive(Debug, Clone)]
pub struct DrawnVoter {
    /// The key.
    pub voter: SigningKey,
    /// How many keys were drawn until it came.
    pub draws: u32,
}

/// Why there is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoVoter {
    /// The poll has no such precinct.
    #[error("there is no precinct {precinct}: this poll has {precincts}, counted from 0", precinct = .precinct.0)]
    NoSuchPrecinct {
        /// The precinct that was asked for.
        precinct: PrecinctId,
        /// How many there are.
        precincts: u16,
    },
    /// None of the keys fell into the precinct.
    #[error("none of {0} keys fell into that precinct: try again")]
    Unlucky(u32),
}

/// Draws keys until one falls into that precinct of so many: about as many as the poll has precincts. At most
/// [`DRAWS_A_PRECINCT`] times as many, and all of them fall elsewhere with odds of about e^-16: one in nine million.
///
/// # Errors
/// [`NoVoter`].
pub fn draw_voter(
    poll: PollId,
    precincts: u16,
    precinct: PrecinctId,
    random: &mut impl CryptoRng,
) -> Result<DrawnVoter, NoVoter> {
    if precinct.0 >= precincts {
        return Err(NoVoter::NoSuchPrecinct {
            precinct,
            precincts,
        });
    }
    let most = DRAWS_A_PRECINCT * u32::from(precincts);
    for draws in 1..=most {
        let mut seed = [0; 32];
        random.fill_bytes(&mut seed);
        let voter = SigningKey::from(seed);
        if Place::of(poll, voter_key(&voter)).precinct(precincts) == precinct {
            return Ok(DrawnVoter { voter, draws });
        }
    }
    Err(NoVoter::Unlucky(most))
}
