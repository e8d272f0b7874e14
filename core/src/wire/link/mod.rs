//! A poll's link: what its fragment carries, and what follows from it.
//!
//! ```text
//! version 1 | kind: 0 voter, 1 chair | poll id 32 | secret 16
//!           | the chair's signing key 32, if kind 1 | check 4
//! version 1 | kind: 2 voter, 3 chair | poll id 32 | secret 16 | precincts u16 | precinct u16
//!           | the key, if kind 3 | check 4
//! ```
//!
//! Kinds 2 and 3 lead to polls with precincts: a tab knows its room before it has the genesis.
//! Precinct 0xffff: the one that the voter's key falls into.
//!
//! in base64url without padding and [`END`], behind the `#` of an address, so that no browser sends
//! it anywhere. The check is the first four bytes of SHA-256 over [`CHECK_DOMAIN`] and all before
//! it: it tells a link that was cut or mistyped, and `found` one from the text around it.

mod found;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

use core::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};
use ed25519_zebra::SigningKey;
use hkdf::Hkdf;
use sha2::{Digest, Sha256};

use super::sealed::Seal;
use crate::ids::{PRECINCTS, Place, PollId, PrecinctId, VoterKey};

pub use found::{FoundLink, MAX_TEXT, SEEN};

/// What the check is over starts with this.
pub const CHECK_DOMAIN: &[u8] = b"election-voter/link/1";
/// Every token ends with it: base64url can end in `-` or `_`, which mail programs leave out of a
/// link that they mark. Readers need not see it.
pub const END: char = 'z';
/// The version of links that this program makes and reads.
pub const VERSION: u8 = 1;
const VOTER: u8 = 0;
const CHAIR: u8 = 1;
/// Added to the kind of a link to a poll with precincts.
const WITH_PRECINCTS: u8 = 2;
const BY_KEY: u16 = 0xffff;

/// What only the holders of a link know: 16 random bytes from which the room's name and the key of
/// its frames follow.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub [u8; 16]);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Secret {
    /// The name of the room at the relay, of a poll without precincts: 32 hexadecimal digits, from
    /// which the secret does not follow.
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

    /// The key that seals the frames of all of the poll's rooms: whoever has the link may audit any
    /// precinct.
    #[must_use]
    pub fn seal_key(&self, poll: PollId) -> [u8; 32] {
        self.derive(poll, b"election-voter/seal/2")
    }

    /// What seals and opens the frames of the room of that name.
    #[must_use]
    pub fn seal(&self, poll: PollId, room: &str) -> Seal {
        Seal::new(&self.seal_key(poll), room)
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

/// Why there is no link to a poll in a text. None of the sentences repeats a token, or a part of
/// one: it is a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadLink {
    /// No token in it.
    #[error(
        "this is not a link to a poll: it has no part after “#”{}",
        Quoted(.seen)
    )]
    NoToken {
        /// How the text begins, at most [`SEEN`] characters; empty if nothing was given.
        seen: String,
    },
    /// What stands after its “#” is something else.
    #[error(
        "this is not a link to a poll: what stands after “#” does not begin like a poll's{}",
        Quoted(.seen)
    )]
    NotAToken {
        /// How that begins, at most [`SEEN`] characters.
        seen: String,
    },
    /// Another version.
    #[error(
        "this link was made by another version of Election Voter (link version {0}, this is version {VERSION}): reload the page or update the program"
    )]
    OtherVersion(u8),
    /// The beginning of a token, and the rest of it is missing or mistyped.
    #[error(
        "this link is damaged: {}; copy it again as a whole",
        damage(*.seen, *.whole)
    )]
    Damaged {
        /// How many characters of it are there.
        seen: usize,
        /// How many prove it when it is whole.
        whole: usize,
    },
    /// More text than is looked through.
    #[error("this is too much text to look for a link in, {0} bytes: copy the link alone")]
    TooLong(usize),
}

/// What was seen, in brackets behind a sentence; nothing if nothing was.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            "" => Ok(()),
            seen => write!(f, " (it reads “{seen}”)"),
        }
    }
}

fn damage(seen: usize, whole: usize) -> String {
    if seen < whole {
        format!(
            "part of it is missing or changed, {seen} of {whole} characters after “#” are there"
        )
    } else {
        "a character in it is wrong".to_owned()
    }
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
        let mut token = Base64UrlUnpadded::encode_string(&bytes);
        token.push(END);
        token
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

    /// How many precincts the poll has, and which of them this link leads that voter to: what a
    /// replica is made with. `None` for a poll without precincts.
    #[must_use]
    pub fn precinct(&self, voter: VoterKey) -> Option<(u16, PrecinctId)> {
        let LinkPrecincts { count, precinct } = self.precincts?;
        let by_key = || Place::of(self.poll, voter).precinct(count);
        Some((count, precinct.unwrap_or_else(by_key)))
    }

    /// The first link in a text, whatever stands around it: see [`FoundLink::in_text`].
    ///
    /// # Errors
    /// [`BadLink`], with a sentence for the person who pasted it.
    pub fn parse(text: &str) -> Result<Self, BadLink> {
        FoundLink::in_text(text).map(|found| found.link)
    }

    /// Takes apart what a token encodes. `None` if it is not whole, or leads to what no poll has.
    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let content = checked(bytes)?;
        let ([VERSION, kind], rest) = content.split_first_chunk()? else {
            return None;
        };
        let (poll, rest) = rest.split_first_chunk()?;
        let (secret, rest) = rest.split_first_chunk()?;
        let (precincts, rest) = if kind & WITH_PRECINCTS == 0 {
            (None, rest)
        } else {
            let ([a, b, c, d], rest) = rest.split_first_chunk()?;
            let (count, precinct) = (u16::from_be_bytes([*a, *b]), u16::from_be_bytes([*c, *d]));
            (Some(LinkPrecincts::new(count, precinct)?), rest)
        };
        let chair = match (kind & !WITH_PRECINCTS, rest.len()) {
            (VOTER, 0) => None,
            (CHAIR, 32) => Some(SigningKey::try_from(rest).ok()?),
            _ => return None,
        };
        Some(Self {
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

/// What stands in front of the check, if the check is that of it.
fn checked(bytes: &[u8]) -> Option<&[u8]> {
    let (content, given) = bytes.split_last_chunk::<4>()?;
    (check(content) == *given).then_some(content)
}

/// How many bytes a token of this version and kind encodes.
fn length(kind: u8) -> Option<usize> {
    let precincts = if kind & WITH_PRECINCTS == 0 { 0 } else { 4 };
    match kind & !WITH_PRECINCTS {
        VOTER => Some(54 + precincts),
        CHAIR => Some(86 + precincts),
        _ => None,
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
