//! Finding a link in the text that it was sent with.
//!
//! Links come with a full stop behind them, in brackets, in a mail that was quoted and broken into
//! lines, inside the address of a service that checks links or leads to them, or with `%23` for
//! `#`. None of that has to be known here: a token says by its second byte how long it is, and by
//! its check that it is one.

use base64ct::{Base64UrlUnpadded, Encoding};

use super::{BadLink, Link, VERSION, checked, length};

/// The most bytes of text that are looked through: a long mail.
pub const MAX_TEXT: usize = 64 * 1024;
/// The most characters that an error repeats of what was seen.
pub const SEEN: usize = 40;
/// Of a word longer than this only the beginning is repeated: it may be part of a token.
const LONGEST_WORD: usize = 20;
/// The most bytes between two letters of a token that are a broken line and the marks of a
/// quotation.
const MAX_GAP: usize = 32;
/// The most letters of a token of this version, without its end mark.
const MAX_LETTERS: usize = 120;
/// Fewer letters in the middle of a text may begin like a token by chance.
const LIKELY: usize = 8;
/// The most bytes that stand for an address in front of a `#`.
const MAX_ADDRESS: usize = 2_000;
/// How an address begins.
const SCHEMES: [&str; 2] = ["https://", "http://"];
/// How the addresses end that a token is put behind.
const PAGES: [&str; 2] = ["/p", "/chair"];
/// How often an address may be escaped that stands in another one that stands in another one.
const MAX_ESCAPES: usize = 3;
/// A token of another version may be so long.
const MAX_OTHER: usize = 1_000;

/// A link, and what stood in front of it.
#[derive(Clone)]
pub struct FoundLink {
    /// The link.
    pub link: Link,
    /// The address of the page in front of the link's `#`, such as `https://poll.example.org/p`, as
    /// it stood there but for escapes; at most 2,000 bytes. `None` for a token without one.
    pub address: Option<String>,
}

impl FoundLink {
    /// The first link in a text of at most [`MAX_TEXT`] bytes whose check holds.
    ///
    /// # Errors
    /// [`BadLink`], about what comes closest to a link.
    pub fn in_text(text: &str) -> Result<Self, BadLink> {
        if text.len() > MAX_TEXT {
            return Err(BadLink::TooLong(text.len()));
        }
        let mut damaged = None;
        for (start, _) in text.match_indices('A') {
            match Token::at(text, start) {
                Some(Token::Whole(link)) => {
                    let address = address_before(&text[..start]);
                    return Ok(Self {
                        link: *link,
                        address,
                    });
                }
                Some(Token::Part { seen, whole }) => {
                    damaged.get_or_insert(BadLink::Damaged { seen, whole });
                }
                None => {}
            }
        }
        let error = other_version(text).map(BadLink::OtherVersion).or(damaged);
        Err(error.unwrap_or_else(|| no_token(text)))
    }
}

/// What begins at some place of a text.
enum Token {
    Whole(Box<Link>),
    Part { seen: usize, whole: usize },
}

impl Token {
    fn at(text: &str, start: usize) -> Option<Self> {
        let mut letters = Letters::new(&text.as_bytes()[start..]);
        let mut token = Vec::with_capacity(MAX_LETTERS);
        token.extend(letters.by_ref().take(4));
        let head = Base64UrlUnpadded::decode_vec(core::str::from_utf8(&token).ok()?).ok()?;
        let [VERSION, kind, _] = head[..] else {
            return None;
        };
        let whole = (length(kind)? * 4).div_ceil(3);
        token.extend(letters.by_ref().take(whole - token.len()));
        let bytes = Base64UrlUnpadded::decode_vec(core::str::from_utf8(&token).ok()?);
        if let Ok(bytes) = bytes
            && token.len() == whole
            && let Some(link) = Link::from_bytes(&bytes)
        {
            return Some(Self::Whole(Box::new(link)));
        }
        let before = &text[..start];
        let begins = before_hash(before).is_some() || !before.ends_with(is_letter);
        let seen = letters.before_gap.unwrap_or(token.len());
        (begins && seen >= LIKELY).then_some(Self::Part { seen, whole })
    }
}

/// The letters of a token, over broken lines, and over the marks that a quoted or encoded mail puts
/// there.
struct Letters<'a> {
    rest: &'a [u8],
    read: usize,
    /// How many letters came before the first gap.
    before_gap: Option<usize>,
}

impl<'a> Letters<'a> {
    fn new(rest: &'a [u8]) -> Self {
        Self {
            rest,
            read: 0,
            before_gap: None,
        }
    }
}

impl Iterator for Letters<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        let mut skipped = 0;
        loop {
            let (letter, length) = match self.rest {
                [b'%', b'2', b'D' | b'd', ..] => (b'-', 3),
                [b'%', b'5', b'F' | b'f', ..] => (b'_', 3),
                [letter, ..] if is_letter(char::from(*letter)) => (*letter, 1),
                rest => {
                    let gap = gap(rest)?;
                    skipped += gap;
                    if skipped > MAX_GAP {
                        return None;
                    }
                    self.before_gap.get_or_insert(self.read);
                    self.rest = &rest[gap..];
                    continue;
                }
            };
            self.rest = &self.rest[length..];
            self.read += 1;
            return Some(letter);
        }
    }
}

/// The bytes of one mark that may stand between two letters of a token: white space, a quotation's
/// `>`, the `=` at the end of an encoded mail's line, which a field of one line keeps without the
/// break, and characters that cannot be seen.
fn gap(rest: &[u8]) -> Option<usize> {
    match rest {
        [b' ' | b'\t' | b'\r' | b'\n' | b'>' | b'=', ..] => Some(1),
        // No-break space, soft hyphen.
        [0xc2, 0xa0 | 0xad, ..] => Some(2),
        // Zero-width space, non-joiner and joiner; word joiner; byte order mark.
        [0xe2, 0x80, 0x8b..=0x8d, ..] | [0xe2, 0x81, 0xa0, ..] | [0xef, 0xbb, 0xbf, ..] => Some(3),
        _ => None,
    }
}

fn is_letter(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '_'
}

/// What stands in front of the `#` that a text ends with, and whether it was escaped: once or more,
/// or as mails do.
fn before_hash(text: &str) -> Option<(&str, bool)> {
    if let Some(before) = text.strip_suffix('#') {
        return Some((before, false));
    }
    let mut before = text.strip_suffix("23")?;
    if let Some(before) = before.strip_suffix('=') {
        return Some((before, true));
    }
    while let Some(outer) = before.strip_suffix("25") {
        before = outer;
    }
    Some((before.strip_suffix('%')?, true))
}

/// What a link's address is, given all that stands in front of its token.
fn address_before(before: &str) -> Option<String> {
    let before = before.replace("=\r\n", "").replace("=\n", "");
    let (before, escaped) = before_hash(before.trim_end_matches('='))?;
    let start = before
        .char_indices()
        .rev()
        .find(|(_, c)| c.is_whitespace() || "<>()[]{}\"'`“”„«»".contains(*c))
        .map_or(0, |(at, c)| at + c.len_utf8());
    let address = &before[start..];
    if address.is_empty() || address.len() > MAX_ADDRESS {
        return None;
    }
    let mut plain = address.to_owned();
    for _ in 0..MAX_ESCAPES {
        plain = unescaped(&plain);
    }
    if let Some(inner) = inner_address(&plain) {
        return Some(inner);
    }
    // An escaped link may be a part of another address: then the innermost is its own.
    let mut address = if escaped { plain } else { address.to_owned() };
    let lower = address.to_ascii_lowercase();
    let begin = if escaped {
        SCHEMES
            .iter()
            .filter_map(|scheme| lower.rfind(scheme))
            .max()
    } else {
        SCHEMES.iter().filter_map(|scheme| lower.find(scheme)).min()
    };
    Some(address.split_off(begin.unwrap_or(0)))
}

/// The last address in what stands in front of a `#`, if it is one of this product's pages: a link
/// may be a part of another address, of a service that leads to it. The `=` at the end of an
/// encoded mail's lines is not in it.
fn inner_address(text: &str) -> Option<String> {
    let mut address = text.replace('=', "");
    let lower = address.to_ascii_lowercase();
    let begin = SCHEMES.iter().filter_map(|scheme| lower.rfind(scheme));
    let inner = address.split_off(begin.max()?);
    let is_page = !inner.contains('?') && PAGES.iter().any(|page| inner.ends_with(page));
    is_page.then_some(inner)
}

/// Percent-encoding undone, once. What is not encoded, or no text then, stays as it is.
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let digit = |at: usize| {
            after
                .get(at)
                .and_then(|byte| char::from(*byte).to_digit(16))
        };
        match (first, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => {
                bytes.push((high * 16 + low) as u8);
                rest = &after[2..];
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

/// The version of the first token of another one: its check holds all the same.
fn other_version(text: &str) -> Option<u8> {
    let words = text.split(|c| !is_letter(c));
    let words = words.flat_map(|word| [Some(word), word.strip_prefix("23")]);
    words.flatten().find_map(|word| {
        if !(LIKELY..=MAX_OTHER).contains(&word.len()) {
            return None;
        }
        // With and without the end mark.
        [word, &word[..word.len() - 1]]
            .into_iter()
            .find_map(|token| {
                let bytes = Base64UrlUnpadded::decode_vec(token).ok()?;
                let version = *checked(&bytes)?.first()?;
                (version != VERSION).then_some(version)
            })
    })
}

fn no_token(text: &str) -> BadLink {
    let hash = text.rfind('#').map(|at| at + 1);
    let hash = hash.max(text.rfind("%23").map(|at| at + 3));
    let after = hash.map_or("", |hash| &text[hash..]);
    if after.starts_with(|c: char| !c.is_whitespace()) {
        let seen = shown(after);
        BadLink::NotAToken { seen }
    } else {
        let seen = shown(text);
        BadLink::NoToken { seen }
    }
}

/// How a text begins, for a sentence: on one line, and without what may be part of a token.
fn shown(text: &str) -> String {
    let mut seen = String::new();
    let beginning: String = text.trim_start().chars().take(4 * SEEN).collect();
    for word in beginning.split(|c: char| c.is_whitespace() || c.is_control()) {
        let is_long = word.chars().count() > LONGEST_WORD;
        let most = if is_long { LIKELY } else { LONGEST_WORD };
        if !seen.is_empty() && !word.is_empty() {
            seen.push(' ');
        }
        seen.extend(word.chars().take(most));
        if is_long {
            seen.push('…');
        }
    }
    if seen.chars().count() > SEEN {
        seen = seen.chars().take(SEEN - 1).collect();
        seen.push('…');
    }
    seen
}
