//! The genesis: the signed definition of a poll. Its id is the poll's id, and its author is the
//! chair.

use super::method::Method;
use super::name::{BadName, check_name, in_words};
use super::precincts::{MAX_NAMED, MAX_PRECINCT, Precincts};
use super::{characters, seen};
use crate::ids::{PRECINCTS, VoterKey};
use crate::wire::bytes::{DecodeError, Reader, Writer};
use crate::wire::envelope::{Body, MAX_LENGTH};

/// The most bytes of a title, in UTF-8.
pub(crate) const MAX_TITLE: usize = 200;
/// The most bytes of an option's name, in UTF-8.
pub(crate) const MAX_OPTION: usize = 200;
/// The fewest and the most options of a poll.
pub const OPTIONS: core::ops::RangeInclusive<usize> = 2..=64;
/// The most bytes of a genesis's body: what an envelope leaves beside its author.
const MAX_BODY: usize = MAX_LENGTH - 32;
/// The highest sequence number that a genesis may allow: each voter can then sign 256 ballots.
pub const MAX_SEQ: u32 = 255;
/// The highest sequence number of a poll whose maker did not say: a vote that is changed 63 times.
pub const DEFAULT_MAX_SEQ: u32 = 63;

/// Who is one voter, where people vote in browsers. Pages keep to it; nothing that counts follows
/// from it, and a program that is no page has nothing to do with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Holder {
    /// A browser is one voter, however many tabs of the poll it opens.
    #[default]
    Browser,
    /// Each tab is a voter of its own: to try a poll out, to show it, or to pass one device around.
    Tab,
}

/// What a poll is. Holds only what is valid: see [`Genesis::new`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Genesis {
    chair: VoterKey,
    title: String,
    options: Vec<String>,
    method: Method,
    max_seq: u32,
    holder: Holder,
    precincts: Precincts,
}

/// Why a poll cannot be made like that. Options and precincts are counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPoll {
    /// Of its title.
    #[error("{}", of_title(*.0))]
    Title(BadName),
    /// Too few options.
    #[error("a poll takes at least {min} options; this one has {0}", min = OPTIONS.start())]
    FewOptions(usize),
    /// Too many options.
    #[error("a poll takes at most {most} options; this one has {count}")]
    ManyOptions {
        /// How many it would have.
        count: usize,
        /// How many it may have.
        most: usize,
    },
    /// Of an option's name.
    #[error("option {0} {1}")]
    Option(usize, BadName),
    /// Two options have one name.
    #[error("options {0} and {1} have the same name")]
    SameOption(usize, usize),
    /// People cannot tell two options apart.
    #[error("options {0} and {1} look alike, and people could not tell them apart")]
    AlikeOptions(usize, usize),
    /// The cap on sequence numbers is itself too high.
    #[error("a voter may sign at most {most} ballots", most = MAX_SEQ + 1)]
    HighSeq,
    /// Too few precincts.
    #[error("a poll with precincts has at least {min}; this one has {0}", min = PRECINCTS.start())]
    FewPrecincts(usize),
    /// Too many precincts.
    #[error(
        "a poll has at most {most}{} precincts; this one has {count}",
        if *most == MAX_NAMED { " named" } else { "" }
    )]
    ManyPrecincts {
        /// How many it has.
        count: usize,
        /// How many it may have: fewer when they have names.
        most: usize,
    },
    /// Of a precinct's name.
    #[error("precinct {0} {1}")]
    Precinct(usize, BadName),
    /// Two precincts have one name.
    #[error("precincts {0} and {1} have the same name")]
    SamePrecinct(usize, usize),
    /// People cannot tell two precincts apart.
    #[error("precincts {0} and {1} look alike, and people could not tell them apart")]
    AlikePrecincts(usize, usize),
    /// Everything together does not fit into one op: by about so many characters.
    #[error(
        "all names together are too long by about {}: shorten some, or give the precincts none",
        in_words(*.0)
    )]
    TooLong(usize),
}

fn of_title(bad: BadName) -> String {
    match bad {
        BadName::Empty => "give the poll a title".to_owned(),
        other => format!("the title {other}"),
    }
}

/// That each name of a list can be, and is there once. Errors count from 1.
fn check_names(
    names: &[String],
    cap: usize,
    bad: fn(usize, BadName) -> BadPoll,
    same: fn(usize, usize) -> BadPoll,
) -> Result<(), BadPoll> {
    for (index, name) in names.iter().enumerate() {
        check_name(name, cap).map_err(|why| bad(index + 1, why))?;
        if let Some(first) = names[..index].iter().position(|other| other == name) {
            return Err(same(first + 1, index + 1));
        }
    }
    Ok(())
}

impl Genesis {
    /// Its kind and version bytes.
    pub const KIND: (u8, u8) = (0, 3);

    /// A poll by that chair. White space around title and options is dropped. `max_seq` is the
    /// highest sequence number of a ballot: how often each voter may change their vote.
    ///
    /// # Errors
    /// [`BadPoll`], with a sentence for the person who makes the poll.
    pub fn new(
        chair: VoterKey,
        title: &str,
        options: &[impl AsRef<str>],
        method: Method,
        max_seq: u32,
    ) -> Result<Self, BadPoll> {
        let title = title.trim().to_owned();
        let options: Vec<_> = options
            .iter()
            .map(|name| name.as_ref().trim().to_owned())
            .collect();
        let genesis = Self {
            chair,
            title,
            options,
            method,
            max_seq,
            holder: Holder::default(),
            precincts: Precincts::One,
        };
        genesis.check()?;
        Ok(genesis)
    }

    /// The same poll, in whose pages that is one voter.
    #[must_use]
    pub fn with_holder(self, holder: Holder) -> Self {
        Self { holder, ..self }
    }

    /// The same poll with these precincts. White space around their names is dropped.
    ///
    /// # Errors
    /// [`BadPoll`], with a sentence for the person who makes the poll.
    pub fn with_precincts(self, precincts: Precincts) -> Result<Self, BadPoll> {
        let precincts = precincts.trimmed();
        let genesis = Self { precincts, ..self };
        genesis.check_precincts()?;
        // Without precincts the longest names fit.
        let mut body = Writer::new();
        genesis.encode(&mut body);
        match body.len().saturating_sub(MAX_BODY) {
            0 => Ok(genesis),
            over => Err(BadPoll::TooLong(genesis.in_characters(over))),
        }
    }

    /// The same poll, if people can read its names and tell them apart: what a program asks that
    /// makes one. On the wire a poll is valid without, because what people see is a matter of
    /// fonts. `decompose` is Unicode's normalization form KD, and `lower` its lower
    /// case: see [`seen::first_alike`].
    ///
    /// # Errors
    /// [`BadPoll`], with a sentence for the person who makes the poll.
    pub fn legible(
        self,
        decompose: impl Fn(&str) -> String,
        lower: impl Fn(&str) -> String,
    ) -> Result<Self, BadPoll> {
        let alike = |names: &[String]| seen::first_alike(names, &decompose, &lower);
        let blank = |names: &[String]| names.iter().position(|name| !seen::shows(name));
        if !seen::shows(&self.title) {
            return Err(BadPoll::Title(BadName::Blank));
        } else if let Some(index) = blank(&self.options) {
            return Err(BadPoll::Option(index + 1, BadName::Blank));
        } else if let Some(index) = blank(self.precincts.names()) {
            return Err(BadPoll::Precinct(index + 1, BadName::Blank));
        }
        if let Some((first, second)) = alike(&self.options) {
            Err(BadPoll::AlikeOptions(first + 1, second + 1))
        } else if let Some((first, second)) = alike(self.precincts.names()) {
            Err(BadPoll::AlikePrecincts(first + 1, second + 1))
        } else {
            Ok(self)
        }
    }

    /// How many characters so many bytes of this poll's names are, about.
    fn in_characters(&self, bytes: usize) -> usize {
        let names = || {
            let options = self.options.iter();
            options.chain(self.precincts.names()).map(String::as_str)
        };
        let characters: usize = names().map(characters::count).sum();
        let length: usize = names().map(str::len).sum();
        (bytes * characters).div_ceil(length.max(1))
    }

    fn check(&self) -> Result<(), BadPoll> {
        check_name(&self.title, MAX_TITLE).map_err(BadPoll::Title)?;
        let (count, most) = (self.options.len(), self.method.most_options());
        if count < *OPTIONS.start() {
            return Err(BadPoll::FewOptions(count));
        } else if count > most {
            return Err(BadPoll::ManyOptions { count, most });
        }
        check_names(
            &self.options,
            MAX_OPTION,
            BadPoll::Option,
            BadPoll::SameOption,
        )?;
        if self.max_seq > MAX_SEQ {
            return Err(BadPoll::HighSeq);
        }
        self.check_precincts()
    }

    fn check_precincts(&self) -> Result<(), BadPoll> {
        let (count, most) = match &self.precincts {
            Precincts::One => return Ok(()),
            Precincts::Automatic(count) => (usize::from(*count), usize::from(*PRECINCTS.end())),
            Precincts::Named(names) => (names.len(), MAX_NAMED),
        };
        if count < usize::from(*PRECINCTS.start()) {
            return Err(BadPoll::FewPrecincts(count));
        } else if count > most {
            return Err(BadPoll::ManyPrecincts { count, most });
        }
        check_names(
            self.precincts.names(),
            MAX_PRECINCT,
            BadPoll::Precinct,
            BadPoll::SamePrecinct,
        )
    }

    /// Whose ops revoke.
    #[must_use]
    pub fn chair(&self) -> VoterKey {
        self.chair
    }

    /// The question.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The options, in the order of the genesis.
    #[must_use]
    pub fn options(&self) -> &[String] {
        &self.options
    }

    /// How ballots are marked and counted.
    #[must_use]
    pub fn method(&self) -> Method {
        self.method
    }

    /// The highest sequence number of a ballot.
    #[must_use]
    pub fn max_seq(&self) -> u32 {
        self.max_seq
    }

    /// Who is one voter, where people vote in browsers.
    #[must_use]
    pub fn holder(&self) -> Holder {
        self.holder
    }

    /// The groups that the voters belong to.
    #[must_use]
    pub fn precincts(&self) -> &Precincts {
        &self.precincts
    }
}

impl Body for Genesis {
    type Rules = ();

    fn kind(&self) -> (u8, u8) {
        Self::KIND
    }

    fn encode(&self, writer: &mut Writer) {
        writer.text(&self.title);
        writer.byte(self.method.code());
        writer.varint(u64::from(self.max_seq));
        writer.byte(match self.holder {
            Holder::Browser => 0,
            Holder::Tab => 1,
        });
        writer.varint(self.options.len() as u64);
        for name in &self.options {
            writer.text(name);
        }
        self.precincts.encode(writer);
    }

    fn decode(
        version: (u8, u8),
        author: &VoterKey,
        reader: &mut Reader<'_>,
        (): &(),
    ) -> Result<Self, DecodeError> {
        if version != Self::KIND {
            return Err(DecodeError::Invalid(
                "this op is not a genesis of a version known here",
            ));
        }
        let title = reader.text("a title's length", MAX_TITLE)?.to_owned();
        let method = Method::from_code(reader.byte()?).ok_or(DecodeError::Invalid(
            "the genesis names a method that is not known here",
        ))?;
        let max_seq = reader.varint("the highest seq", u64::from(MAX_SEQ))? as u32;
        let holder = match reader.byte()? {
            0 => Holder::Browser,
            1 => Holder::Tab,
            _ => {
                return Err(DecodeError::Invalid(
                    "the genesis does not say who is one voter",
                ));
            }
        };
        let count = reader.length("the number of options", *OPTIONS.end())?;
        let mut options = Vec::with_capacity(count);
        for _ in 0..count {
            options.push(reader.text("an option's length", MAX_OPTION)?.to_owned());
        }
        let precincts = Precincts::decode(reader)?;
        let genesis = Self {
            chair: *author,
            title,
            options,
            method,
            max_seq,
            holder,
            precincts,
        };
        genesis
            .check()
            .map_err(|_| DecodeError::Invalid("the genesis defines a poll that cannot be"))?;
        if core::iter::once(&genesis.title)
            .chain(&genesis.options)
            .chain(genesis.precincts.names())
            .any(|name| name.trim() != name)
        {
            return Err(DecodeError::Invalid(
                "a name in the genesis has white space around it",
            ));
        }
        Ok(genesis)
    }
}
