//! A poll's link: what its fragment carries, and what follows from it.
//!
//! ```text
//! version 1 | kind: 0 voter, 1 chair | poll id 32 | secret 16 | chair's signing key 32, in a chair's link | check 4
//! ```
//!
//! in base64url without padding, behind the `#` of an address, so that no browser sends it anywhere. The check is
//! the first four bytes of SHA-256 over [`CHECK_DOMAIN`] and all before it: it tells a link that was cut or mistyped.

use core::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};
use ed25519_zebra::SigningKey;
use hkdf::Hkdf;
use sha2::{Digest, Sha256};

use crate::ids::PollId;

/// What the check is over starts with this.
pub const CHECK_DOMAIN: &[u8] = b"election-voter/link/1";
const VERSION: u8 = 1;
const VOTER: u8 = 0;
const CHAIR: u8 = 1;

/// What only the holders of a link know: 16 random bytes from which the room's name and the key of its frames follow.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub [u8; 16]);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Secret {
    /// The name of the room at the relay: 32 hexadecimal digits, from which the secret does not follow.
    #[must_use]
    pub fn room(&self, poll: PollId) -> String {
        base16ct::lower::encode_string(&self.derive::<16>(poll, b"election-voter/room/1"))
    }

    /// The key that seals the room's frames.
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
        let mut bytes = vec![VERSION, if self.chair.is_some() { CHAIR } else { VOTER }];
        bytes.extend(self.poll.0);
        bytes.extend(self.secret.0);
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
        // The longest token has 115 characters; do not decode a novel. A cut link may have a length that
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
        let chair = match (*kind, rest.len()) {
            (VOTER, 0) => None,
            (CHAIR, 32) => Some(SigningKey::try_from(rest).map_err(|_| BadLink::Damaged)?),
            _ => return Err(BadLink::Damaged),
        };
        Ok(Self {
            poll: PollId(*poll),
            secret: Secret(*secret),
            chair,
        })
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
    fn a_link_that_is_cut_anywhere_is_refused_and_never_panics() {
        let url = link(true).url("http://127.0.0.1:8080");
        for end in 0..url.len() {
            assert!(Link::parse(&url[..end]).is_err(), "{}", &url[..end]);
        }
        let token = link(false).token();
        for end in 8..token.len() {
            assert_eq!(
                Link::parse(&token[..end]).err(),
                Some(BadLink::Damaged),
                "{end}"
            );
        }
    }

    #[test]
    fn a_token_of_any_length_under_a_right_check_never_panics() {
        for length in 0..200 {
            let mut bytes = vec![0; length];
            bytes
                .iter_mut()
                .zip([VERSION, CHAIR])
                .for_each(|(byte, start)| *byte = start);
            for kind in [VOTER, CHAIR] {
                if let Some(byte) = bytes.get_mut(1) {
                    *byte = kind;
                }
                let token = [&bytes[..], &check(&bytes)].concat();
                let read = Link::parse(&Base64UrlUnpadded::encode_string(&token));
                assert_eq!(
                    read.is_ok(),
                    length == if kind == CHAIR { 82 } else { 50 },
                    "{length}"
                );
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
