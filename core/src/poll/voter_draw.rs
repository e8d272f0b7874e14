//! A key for a precinct: who is to vote in a certain one draws keys until one falls there.

use ed25519_zebra::SigningKey;
use rand_core::CryptoRng;

use crate::ids::{Place, PollId, PrecinctId};
use crate::wire::envelope::voter_key;

/// At most so many keys are drawn for each precinct of the poll.
pub(crate) const DRAWS_A_PRECINCT: u32 = 16;

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

/// Draws keys until one falls into that precinct of so many: about as many as the poll has
/// precincts. At most [`DRAWS_A_PRECINCT`] times as many, and all of them fall elsewhere with odds
/// of about e^-16: one in nine million.
///
/// # Errors
/// [`NoVoter`].
pub fn draw_voter(
    poll: PollId,
    precincts: u16,
    precinct: PrecinctId,
    random: &mut impl CryptoRng,
) -> Result<SigningKey, NoVoter> {
    draw(poll, precincts, precinct, random).map(|(voter, _)| voter)
}

/// The key, and how many were drawn until it came.
fn draw(
    poll: PollId,
    precincts: u16,
    precinct: PrecinctId,
    random: &mut impl CryptoRng,
) -> Result<(SigningKey, u32), NoVoter> {
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
            return Ok((voter, draws));
        }
    }
    Err(NoVoter::Unlucky(most))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use rand_chacha::ChaCha8Rng;
    use rand_core::SeedableRng;

    use super::*;

    #[test]
    fn a_key_for_a_precinct_is_drawn_within_the_cap_and_is_of_that_precinct() {
        let poll = PollId([5; 32]);
        let mut random = ChaCha8Rng::from_seed([1; 32]);
        let mut draws = 0;
        for precinct in (0..40).map(PrecinctId) {
            let (voter, drawn) = draw(poll, 40, precinct, &mut random).unwrap();
            let place = Place::of(poll, voter_key(&voter));
            assert_eq!(place.precinct(40), precinct);
            assert!((1..=40 * DRAWS_A_PRECINCT).contains(&drawn));
            draws += drawn;
        }
        // About 40 each: 40 times that has a spread of about 250.
        assert!((600..2_600).contains(&draws), "{draws}");
        let (_, first) = draw(poll, 1, PrecinctId(0), &mut random).unwrap();
        assert_eq!(first, 1, "in one precinct any key will do");
        for (precincts, precinct) in [(0, 0), (1, 1), (40, 40)] {
            let precinct = PrecinctId(precinct);
            let refused = draw_voter(poll, precincts, precinct, &mut random).unwrap_err();
            assert_eq!(
                refused,
                NoVoter::NoSuchPrecinct {
                    precinct,
                    precincts
                }
            );
        }
    }

    /// A source that gives the same again and again, as a broken one would.
    struct Stuck;

    impl rand_core::TryRng for Stuck {
        type Error = core::convert::Infallible;

        fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
            Ok(0)
        }

        fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
            Ok(0)
        }

        fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
            bytes.fill(0);
            Ok(())
        }
    }

    impl rand_core::TryCryptoRng for Stuck {}

    #[test]
    fn drawing_a_key_ends_even_if_none_falls_into_the_precinct() {
        let poll = PollId([5; 32]);
        let only = Place::of(poll, voter_key(&SigningKey::from([0; 32]))).precinct(3);
        for precinct in (0..3).map(PrecinctId) {
            let drawn = draw(poll, 3, precinct, &mut Stuck).map(|(_, draws)| draws);
            let expected = if precinct == only {
                Ok(1)
            } else {
                Err(NoVoter::Unlucky(48))
            };
            assert_eq!(drawn, expected);
        }
    }
}
