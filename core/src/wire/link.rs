//! A poll's link: what its fragment carries, and what follows from it.
//!
//! ```text
//! version 1 | kind: 0 voter, 1 chair | poll id 32 | secret 16 | chair's signing key 32, in a chair's link | check 4
//! version 1 | kind: 2 voter, 3 chair | poll id 32 | secret 16 | precincts u16 | precinct u16 | the key, if kind 3 | check 4
//! ```
//!
//! Kinds 2 and 3 lead to polls with precincts: a tab knows its room before it has the genesis. Precinct 0xffff: the one that
//! the voter's key falls into.
//!
//! in base64url without padding, behind the `#` of an address, so that no browser sends it anywhere. The check is
//! the first four bytes of SHA-256 over [`CHECK_DOMAIN`] and all before it: it tells a link that was cut or mistyped.

use core::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};
use ed25519_zebra::SigningKey;
use hkdf::Hkdf;
use sha2::{Digest, Sha256};

use crate::ids::{PRECINCTS, Place, PollId, PrecinctId, VoterKey};

/// What the check is over starts with this.
pub const CHECK_DOMAIN: &[u8] = b"election-voter/link/1";
const VERSION: u8 = 1;
const VOTER: u8 = 0;
const CHAIR: u8 = 1;
/// Added to the kind of a link to a poll with precincts.
const WITH_PRECINCTS: u8 = 2;
const BY_KEY: u16 = 0xffff;

/// What only the holders of a link know: 16 random bytes from which the room's name and the key of its frames follow.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub [u8; 16]);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Secret {
    /// The name of the room at the relay, of a poll without precincts: 32 hexadecimal digits, from which the secret does not
    /// follow.
    #[must_use]
    pub fn room(&self, poll: PollId) -> String {
        self.room_of(poll, b"election-voter/room/1")
    }

    /// The name of the room of one precinct.
    #[must_use]
    pub fn precinct_room(&self, poll: PollId, precinct: PrecinctId) -> String {
        let [high, low] = precinct.0.to_be_bytes();
        let info = [b"election-voter/room/1/precinct", &[high, low][..]].concat();
        self.room_of(poll, &info)
    }

    /// The name of the council's room, in which precincts tell each other their returns.
    #[must_use]
    pub fn council_room(&self, poll: PollId) -> String {
        self.room_of(poll, b"election-voter/room/1/council")
    }

    fn room_of(&self, poll: PollId, info: &[u8]) -> String {
        base16ct::lower::encode_string(&self.derive::<16>(poll, info))
    }

    /// The key that seals the frames of all of the poll's rooms: whoever has the link may audit any precinct.
    #[must_use]
    pub fn seal_key(&self, poll: PollId) -> [u8; 32] {
        self.derive(poll, b"election-voter/seal/1")
    }

    /// HKDF-SHA-256 (RFC 5869) with the poll's id as salt.
    fn derive<const N: usize>(&self, poll: PollId, info: &[u8]) -> [u8; N] {
        let mut out = [0; N];
        Hkdf::<Sha256>::new(Some(&poll.0), &self.0)
            .expand(info, &mut out)
            .expect("HKDF gives up to 8160 bytes, and N is 16 or 32");
        out
    }
}

/// A link, taken apart.
#[derive(Clone)]
pub struct Link {
    /// Which poll.
    pub poll: PollId,
    /// How its frames are sealed.
    pub secret: Secret,
    /// The chair's key, in a chair's link.
    pub chair: Option<SigningKey>,
    /// Which precinct it leads to; `None` for a poll without precincts.
    pub precincts: Option<LinkPrecincts>,
}

/// Which precinct a link leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkPrecincts {
    /// How many precincts the poll has, one of [`PRECINCTS`].
    pub count: u16,
    /// The one to vote in; `None`: the one that the voter's key falls into.
    pub precinct: Option<PrecinctId>,
}

/// Why a text is not a link to a poll.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadLink {
    /// No token in it.
    #[error("this is not a link to a poll: it has no part after “#”")]
    NoToken,
    /// The token is not one.
    #[error("this is not a link to a poll, or a character in it is wrong")]
    NotAToken,
    /// Another version.
    #[error(
        "this link was made by another version of Election Voter (link version {0}, this is version {VERSION}): reload the page or update the program"
    )]
    OtherVersion(u8),
    /// Too short, too long, or mistyped.
    #[error("this link is damaged: part of it is missing or changed; copy it again as a whole")]
    Damaged,
}

impl Link {
    /// The token that stands after the `#`.
    #[must_use]
    pub fn token(&self) -> String {
        let holder = if self.chair.is_some() { CHAIR } else { VOTER };
        let precincts = self.precincts.map_or(0, |_| WITH_PRECINCTS);
        let mut bytes = vec![VERSION, holder + precincts];
        bytes.extend(self.poll.0);
        bytes.extend(self.secret.0);
        if let Some(LinkPrecincts { count, precinct }) = self.precincts {
            bytes.extend(count.to_be_bytes());
            bytes.extend(precinct.map_or(BY_KEY, |precinct| precinct.0).to_be_bytes());
        }
        if let Some(key) = &self.chair {
            bytes.extend(key.to_bytes());
        }
        bytes.extend(check(&bytes));
        Base64UrlUnpadded::encode_string(&bytes)
    }

    /// The whole link: `base` is where the page is served, such as `http://127.0.0.1:8080`.
    #[must_use]
    pub fn url(&self, base: &str) -> String {
        format!("{}/p#{}", base.trim_end_matches('/'), self.token())
    }

    /// The same poll's link for voters: without the chair's key.
    #[must_use]
    pub fn for_voters(&self) -> Self {
        Self {
            chair: None,
            ..self.clone()
        }
    }

    /// The same poll's link to one of its precincts. A poll without precincts has the one link.
    #[must_use]
    pub fn for_precinct(&self, precinct: PrecinctId) -> Self {
        let precincts = self.precincts.map(|precincts| LinkPrecincts {
            precinct: Some(precinct),
            ..precincts
        });
        Self {
            precincts,
            ..self.clone()
        }
    }

    /// How many precincts the poll has, and which of them this link leads that voter to: what a replica is made with. `None`
    /// for a poll without precincts.
    #[must_use]
    pub fn precinct(&self, voter: VoterKey) -> Option<(u16, PrecinctId)> {
        let LinkPrecincts { count, precinct } = self.precincts?;
        let by_key = || Place::of(self.poll, voter).precinct(count);
        Some((count, precinct.unwrap_or_else(by_key)))
    }

    /// The name of the room that this link leads that voter to.
    #[must_use]
    pub fn room(&self, voter: VoterKey) -> String {
        match self.precinct(voter) {
            Some((_, precinct)) => self.secret.precinct_room(self.poll, precinct),
            None => self.secret.room(self.poll),
        }
    }

    /// Reads a link, or only its token. Nothing before the `#` is looked at.
    ///
    /// # Errors
    /// [`BadLink`], with a sentence for the person who pasted it.
    pub fn parse(text: &str) -> Result<Self, BadLink> {
        let text = text.trim();
        let token = match text.rsplit_once('#') {
            Some((_, token)) => token,
            None if text.contains([':', '/', ' ']) => return Err(BadLink::NoToken),
            None => text,
        };
        if token.is_empty() {
            return Err(BadLink::NoToken);
        }
        // The longest token has 120 characters; do not decode a novel. A cut link may have a length that
        // base64 does not have: drop what does not fill a byte, the check tells.
        if token.len() > 1_000
            || !token
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        {
            return Err(BadLink::NotAToken);
        }
        let bytes = match Base64UrlUnpadded::decode_vec(token) {
            Ok(bytes) => bytes,
            Err(_) if token.len() >= 8 => {
                let version =
                    Base64UrlUnpadded::decode_vec(&token[..8]).map_err(|_| BadLink::NotAToken)?;
                return Err(if version.first() == Some(&VERSION) {
                    BadLink::Damaged
                } else {
                    BadLink::NotAToken
                });
            }
            Err(_) => return Err(BadLink::NotAToken),
        };
        let &version = bytes.first().ok_or(BadLink::NotAToken)?;
        let (content, given) = bytes.split_last_chunk::<4>().ok_or(BadLink::Damaged)?;
        let sound = check(content) == *given;
        if version != VERSION {
            return Err(if sound {
                BadLink::OtherVersion(version)
            } else {
                BadLink::NotAToken
            });
        }
        if !sound {
            return Err(BadLink::Damaged);
        }
        let ([_, kind], rest) = content.split_first_chunk().ok_or(BadLink::Damaged)?;
        let (poll, rest) = rest.split_first_chunk().ok_or(BadLink::Damaged)?;
        let (secret, rest) = rest.split_first_chunk().ok_or(BadLink::Damaged)?;
        let (precincts, rest) = if *kind & WITH_PRECINCTS == 0 {
            (None, rest)
        } else {
            let ([a, b, c, d], rest) = rest.split_first_chunk().ok_or(BadLink::Damaged)?;
            let read =
                LinkPrecincts::new(u16::from_be_bytes([*a, *b]), u16::from_be_bytes([*c, *d]));
            (Some(read.ok_or(BadLink::Damaged)?), rest)
        };
        let chair = match (*kind & !WITH_PRECINCTS, rest.len()) {
            (VOTER, 0) => None,
            (CHAIR, 32) => Some(SigningKey::try_from(rest).map_err(|_| BadLink::Damaged)?),
            _ => return Err(BadLink::Damaged),
        };
        Ok(Self {
            poll: PollId(*poll),
            secret: Secret(*secret),
            chair,
            precincts,
        })
    }
}

impl LinkPrecincts {
    /// `None` for numbers that no poll has.
    fn new(count: u16, precinct: u16) -> Option<Self> {
        let precinct = (precinct != BY_KEY).then_some(PrecinctId(precinct));
        let exists = precinct.is_none_or(|precinct| precinct.0 < count);
        (PRECINCTS.contains(&count) && exists).then_some(Self { count, precinct })
    }
}

fn check(content: &[u8]) -> [u8; 4] {
    let hash: [u8; 32] = Sha256::new()
        .chain_update(CHECK_DOMAIN)
        .chain_update(content)
        .finalize()
        .into();
    [hash[0], hash[1], hash[2], hash[3]]
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn link(chair: bool) -> Link {
        Link {
            poll: PollId([7; 32]),
            secret: Secret([9; 16]),
            chair: chair.then(|| SigningKey::from([3; 32])),
            precincts: None,
        }
    }

    fn with_precincts(chair: bool, count: u16, precinct: Option<u16>) -> Link {
        Link {
            precincts: Some(LinkPrecincts {
                count,
                precinct: precinct.map(PrecinctId),
            }),
            ..link(chair)
        }
    }

    #[test]
    fn a_link_goes_both_ways() {
        for chair in [false, true] {
            let url = link(chair).url("http://127.0.0.1:8080/");
            let read = Link::parse(&format!("  {url}\n")).unwrap();
            assert_eq!(read.url("http://127.0.0.1:8080"), url);
            assert_eq!(read.chair.is_some(), chair);
            assert_eq!(Link::parse(&read.token()).unwrap().token(), read.token());
        }
    }

    #[test]
    fn a_link_to_a_precinct_goes_both_ways() {
        for (chair, precinct) in [
            (false, None),
            (true, None),
            (false, Some(0)),
            (true, Some(4095)),
        ] {
            let link = with_precincts(chair, 4096, precinct);
            let read = Link::parse(&link.url("http://127.0.0.1:8080")).unwrap();
            assert_eq!(read.token(), link.token());
            assert_eq!(
                (read.precincts, read.chair.is_some()),
                (link.precincts, chair)
            );
        }
        let link = with_precincts(true, 2, None);
        let there = Link::parse(&link.for_precinct(PrecinctId(1)).for_voters().token()).unwrap();
        assert_eq!(there.token(), with_precincts(false, 2, Some(1)).token());
    }

    #[test]
    fn a_link_without_a_precinct_leads_each_key_to_its_own() {
        let by_key = with_precincts(false, 7, None);
        for voter in (0..50).map(|byte| VoterKey([byte; 32])) {
            let own = Place::of(by_key.poll, voter).precinct(7);
            assert_eq!(by_key.precinct(voter), Some((7, own)));
            assert_eq!(
                by_key.room(voter),
                by_key.secret.precinct_room(by_key.poll, own)
            );
            let given = by_key.for_precinct(PrecinctId(3));
            assert_eq!(given.precinct(voter), Some((7, PrecinctId(3))));
            assert_eq!(link(false).precinct(voter), None);
            assert_eq!(link(false).room(voter), by_key.secret.room(by_key.poll));
        }
    }

    #[test]
    fn no_two_rooms_of_a_poll_have_one_name() {
        let (secret, poll) = (Secret([9; 16]), PollId([7; 32]));
        let mut rooms: Vec<_> = (0..4096)
            .map(|p| secret.precinct_room(poll, PrecinctId(p)))
            .collect();
        rooms.extend([secret.room(poll), secret.council_room(poll)]);
        assert!(rooms.iter().all(|room| room.len() == 32));
        rooms.sort_unstable();
        rooms.dedup();
        assert_eq!(rooms.len(), 4096 + 2);
    }

    #[test]
    fn a_link_to_a_precinct_that_no_poll_has_is_refused() {
        for (count, precinct) in [
            (0, None),
            (1, None),
            (1, Some(0)),
            (4097, Some(0)),
            (2, Some(2)),
            (4096, Some(0xfffe)),
        ] {
            for chair in [false, true] {
                let token = with_precincts(chair, count, precinct).token();
                assert_eq!(
                    Link::parse(&token).err(),
                    Some(BadLink::Damaged),
                    "{count} {precinct:?}"
                );
            }
        }
    }

    #[test]
    fn a_link_that_is_cut_anywhere_is_refused_and_never_panics() {
        for link in [link(true), with_precincts(true, 9, Some(8))] {
            let url = link.url("http://127.0.0.1:8080");
            for end in 0..url.len() {
                assert!(Link::parse(&url[..end]).is_err(), "{}", &url[..end]);
            }
        }
        for link in [link(false), with_precincts(false, 9, None)] {
            let token = link.token();
            for end in 8..token.len() {
                assert_eq!(
                    Link::parse(&token[..end]).err(),
                    Some(BadLink::Damaged),
                    "{end}"
                );
            }
        }
    }

    #[test]
    fn a_token_of_any_length_under_a_right_check_never_panics() {
        for length in 0..200 {
            // In a link with precincts: 0x0202 of them, and this one is 0x0201.
            let mut bytes = vec![2; length];
            bytes.iter_mut().take(1).for_each(|byte| *byte = VERSION);
            bytes.iter_mut().skip(53).take(1).for_each(|byte| *byte = 1);
            for (kind, whole) in [(VOTER, 50), (CHAIR, 82), (2, 54), (3, 86)] {
                if let Some(byte) = bytes.get_mut(1) {
                    *byte = kind;
                }
                let token = [&bytes[..], &check(&bytes)].concat();
                let read = Link::parse(&Base64UrlUnpadded::encode_string(&token));
                assert_eq!(read.is_ok(), length == whole, "{kind} {length}");
            }
        }
    }

    #[test]
    fn each_bad_link_says_what_it_is() {
        assert_eq!(
            Link::parse("https://example.org/").err(),
            Some(BadLink::NoToken)
        );
        assert_eq!(
            Link::parse("https://example.org/p#").err(),
            Some(BadLink::NoToken)
        );
        assert_eq!(Link::parse("hello world").err(), Some(BadLink::NoToken));
        assert_eq!(
            Link::parse("http://x/p#grüße").err(),
            Some(BadLink::NotAToken)
        );
        assert_eq!(
            Link::parse(&"A".repeat(100_000)).err(),
            Some(BadLink::NotAToken)
        );
        let mut bytes = Base64UrlUnpadded::decode_vec(&link(false).token()).unwrap();
        bytes.truncate(bytes.len() - 4);
        bytes[0] = 9;
        bytes.extend(check(&bytes));
        assert_eq!(
            Link::parse(&Base64UrlUnpadded::encode_string(&bytes)).err(),
            Some(BadLink::OtherVersion(9))
        );
        let mut changed = link(false).token().into_bytes();
        changed[20] = if changed[20] == b'A' { b'B' } else { b'A' };
        assert_eq!(
            Link::parse(core::str::from_utf8(&changed).unwrap()).err(),
            Some(BadLink::Damaged)
        );
    }
}
