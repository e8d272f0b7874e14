//! Which precinct of a poll, and keys that fall into one.
//!
//! For people precincts are counted from 1, as on the page. `error` is why none is to be chosen.

mod error;

use std::time::Duration;

use ed25519_zebra::SigningKey;
use election_core::ids::PrecinctId;
use election_core::poll::precincts::{MAX_NAMED, Precincts};
use election_core::poll::voter_draw::draw_voter;
use election_core::replica::io::Record;
use election_core::wire::envelope::voter_key;
use election_core::wire::link::{Link, LinkPrecincts};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::error::Failure;
use crate::random;
use crate::relay_address::RelayAddress;
use crate::session::Session;
pub use error::BadPrecinct;

/// A sentence names no more precincts.
const LISTED: usize = 10;

/// Its number for people.
#[must_use]
pub fn number(precinct: PrecinctId) -> u32 {
    u32::from(precinct.0) + 1
}

/// What precincts are called, for a sentence: “precinct North”, or “precincts 2, 3, 4 and 9 more”.
#[must_use]
pub fn listed(precincts: &[PrecinctId], of: Option<&Precincts>) -> String {
    let called = precincts.iter().take(LISTED).map(|precinct| {
        let name = of.and_then(|precincts| precincts.name(*precinct));
        name.map_or_else(|| number(*precinct).to_string(), str::to_owned)
    });
    let called = called.collect::<Vec<_>>().join(", ");
    match precincts.len() {
        1 => format!("precinct {called}"),
        all if all > LISTED => format!("precincts {called} and {} more", all - LISTED),
        _ => format!("precincts {called}"),
    }
}

/// The poll's link to the precinct that was named, or as it is if none was. Names are in the poll's
/// definition, which is fetched for that, and returned for the next session.
///
/// # Errors
/// [`Failure::Precinct`], and what fetching the definition may run into.
pub async fn choose(
    link: &Link,
    wanted: Option<&str>,
    relay: &RelayAddress,
    wait: Duration,
) -> Result<(Link, Option<Record>), Failure> {
    let Some(wanted) = wanted else {
        return Ok((link.clone(), None));
    };
    let LinkPrecincts { count, .. } = link.precincts.ok_or(BadPrecinct::NoPrecincts)?;
    if usize::from(count) > MAX_NAMED {
        let precinct = find(wanted, &Precincts::Automatic(count))?;
        return Ok((link.for_precinct(precinct), None));
    }
    let (there, nobody) = onlooker(link)?;
    eprintln!("looking up the precincts' names");
    let mut session = Session::connect(&there, relay.clone(), nobody, None, None, wait).await?;
    session.fetch_genesis(wait).await?;
    let definition = session.genesis().cloned();
    let precincts = session
        .replica()
        .genesis()
        .map(|genesis| genesis.precincts().clone());
    session.leave().await;
    let precincts = precincts.unwrap_or(Precincts::Automatic(count));
    Ok((link.for_precinct(find(wanted, &precincts)?), definition))
}

/// By name before number: the first precinct of some poll may be called “2”. Upper and lower case
/// are the same where that leaves one.
fn find(wanted: &str, precincts: &Precincts) -> Result<PrecinctId, BadPrecinct> {
    let wanted = wanted.trim();
    let mut all = (0..precincts.count()).map(PrecinctId);
    let by_name = all.find(|precinct| precincts.name(*precinct) == Some(wanted));
    let lower = wanted.to_lowercase();
    let all = (0..precincts.count()).map(PrecinctId);
    let mut alike = all.filter(|precinct| {
        let name = precincts.name(*precinct).map(str::to_lowercase);
        name.as_ref() == Some(&lower)
    });
    let alike = alike.next().filter(|_| alike.next().is_none());
    let by_number = || {
        let index = wanted.parse::<u16>().ok()?.checked_sub(1)?;
        (index < precincts.count()).then_some(PrecinctId(index))
    };
    by_name
        .or(alike)
        .or_else(by_number)
        .ok_or_else(|| BadPrecinct::NoSuchPrecinct {
            wanted: wanted.chars().take(100).collect(),
            there_are: match precincts {
                Precincts::Named(names) => {
                    let names = (1..)
                        .zip(names)
                        .map(|(number, name)| format!("{number} {name}"));
                    format!(
                        "the precincts are: {}",
                        names.collect::<Vec<_>>().join(", ")
                    )
                }
                _ => format!("they have numbers, from 1 to {}", precincts.count()),
            },
        })
}

/// A link to one room, and the key of one who only looks there: it never signs. In a poll with
/// precincts it is of another precinct, whose voters can neither vote nor attest a return there.
///
/// # Errors
/// [`Failure::Random`], [`Failure::NoVoter`].
pub fn onlooker(link: &Link) -> Result<(Link, SigningKey), Failure> {
    let any = SigningKey::from(random::bytes()?);
    let Some((count, precinct)) = link.precinct(voter_key(&any)) else {
        return Ok((link.clone(), any));
    };
    let next = (u32::from(precinct.0) + 1) % u32::from(count);
    let elsewhere = link.for_precinct(PrecinctId(next as u16));
    Ok((link.for_precinct(precinct), voter(&elsewhere)?))
}

/// A new voter's key that fits the link.
///
/// # Errors
/// [`Failure::Random`], [`Failure::NoVoter`].
pub fn voter(link: &Link) -> Result<SigningKey, Failure> {
    let mut random = ChaCha20Rng::from_seed(random::bytes()?);
    let (count, precinct) = match link.precincts {
        Some(LinkPrecincts {
            count,
            precinct: Some(precinct),
        }) => (count, precinct),
        _ => (1, PrecinctId(0)),
    };
    Ok(draw_voter(link.poll, count, precinct, &mut random)?)
}

/// Refuses a key that does not vote where the link leads.
///
/// # Errors
/// [`BadPrecinct::OtherVoter`].
pub fn check(link: &Link, voter: &SigningKey) -> Result<(), BadPrecinct> {
    let asked = link.precincts.and_then(|precincts| precincts.precinct);
    let by_key = Link {
        precincts: link.precincts.map(|precincts| LinkPrecincts {
            precinct: None,
            ..precincts
        }),
        ..link.clone()
    };
    match (by_key.precinct(voter_key(voter)), asked) {
        (Some((_, own)), Some(asked)) if own != asked => Err(BadPrecinct::OtherVoter {
            own: number(own),
            asked: number(asked),
        }),
        _ => Ok(()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use election_core::ids::PollId;
    use election_core::wire::link::Secret;

    fn link(count: u16, precinct: Option<u16>) -> Link {
        Link {
            poll: PollId([7; 32]),
            secret: Secret([9; 16]),
            chair: None,
            precincts: Some(LinkPrecincts {
                count,
                precinct: precinct.map(PrecinctId),
            }),
        }
    }

    #[test]
    fn a_name_comes_before_a_number_and_numbers_count_from_1() {
        let named = Precincts::Named(["3", "East", "1"].map(str::to_owned).to_vec());
        let find = |wanted| find(wanted, &named).ok().map(|precinct| precinct.0);
        assert_eq!(
            ["3", " East ", "1", "2"].map(find),
            [Some(0), Some(1), Some(2), Some(1)]
        );
        assert_eq!(["0", "4", "", "-1", "99999"].map(find), [None; 5]);
        assert_eq!(["east", "EAST"].map(find), [Some(1); 2]);
        let alike = Precincts::Named(["East", "EAST", "Été"].map(str::to_owned).to_vec());
        let find = |wanted| super::find(wanted, &alike).ok().map(|precinct| precinct.0);
        assert_eq!(["east", "EAST", "éTÉ"].map(find), [None, Some(1), Some(2)]);
        let error = super::find("east", &alike).unwrap_err().to_string();
        assert!(error.contains("1 East, 2 EAST, 3 Été"), "{error}");
        let automatic = Precincts::Automatic(4096);
        assert_eq!(super::find("4096", &automatic).unwrap(), PrecinctId(4095));
        let error = super::find("4097", &automatic).unwrap_err().to_string();
        assert!(error.contains("from 1 to 4096"), "{error}");
    }

    #[test]
    fn a_sentence_names_ten_precincts_by_name_or_number() {
        let named = Precincts::Named(["North", "South"].map(str::to_owned).to_vec());
        let all = Vec::from_iter((0..13).map(PrecinctId));
        assert_eq!(listed(&all[1..2], Some(&named)), "precinct South");
        assert_eq!(listed(&all[..2], Some(&named)), "precincts North, South");
        assert_eq!(listed(&all[1..2], None), "precinct 2");
        let automatic = Some(&Precincts::Automatic(16));
        let ten = "precincts 1, 2, 3, 4, 5, 6, 7, 8, 9, 10";
        assert_eq!(listed(&all[..10], automatic), ten);
        assert_eq!(listed(&all, automatic), format!("{ten} and 3 more"));
    }

    #[test]
    fn an_onlooker_is_of_another_precinct_and_a_voter_of_the_links() {
        for (count, precinct) in [(2, None), (2, Some(1)), (9, Some(8)), (9, None)] {
            let link = link(count, precinct);
            let (there, key) = onlooker(&link).unwrap();
            assert!(check(&there, &key).is_err());
            assert!(check(&there, &voter(&there).unwrap()).is_ok());
            assert!(check(&link, &voter(&link).unwrap()).is_ok());
        }
        let one_room = Link {
            precincts: None,
            ..link(2, None)
        };
        let (there, key) = onlooker(&one_room).unwrap();
        assert_eq!(there.precincts, None);
        assert!(check(&there, &key).is_ok());
    }
}
