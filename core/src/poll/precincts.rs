//! Precincts: the groups that a large poll's voters belong to, so that nobody has to hold every ballot.
//!
//! Which precinct a voter is in follows from the voter's key: see [`Place::precinct`](crate::ids::Place::precinct).
//! Whoever is to vote in a certain one draws a key that falls there: see [`super::voter_draw`].

use super::genesis::{BadName, BadPoll, check_name};
use crate::ids::{PRECINCTS, PrecinctId};
use crate::wire::bytes::{DecodeError, Reader, Writer};

/// The most precincts that have names.
pub const MAX_NAMED: usize = 64;
/// The most bytes of a precinct's name, in UTF-8.
pub const MAX_PRECINCT: usize = 60;

/// The precincts of a poll.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Precincts {
    /// None: all voters are in one room.
    #[default]
    One,
    /// So many, 2 to 4096, that nobody chooses between.
    Automatic(u16),
    /// 2 to [`MAX_NAMED`], by their names, no two of them the same. Each voter is given the link of one.
    Named(Vec<String>),
}

impl Precincts {
    /// How many there are; 1 for a poll without precincts.
    #[must_use]
    pub fn count(&self) -> u16 {
        match self {
            Self::One => 1,
            Self::Automatic(count) => *count,
            // A genesis has at most 64 of them.
            Self::Named(names) => u16::try_from(names.len()).unwrap_or(u16::MAX),
        }
    }

    /// That precinct's name, if it has one.
    #[must_use]
    pub fn name(&self, precinct: PrecinctId) -> Option<&str> {
        match self {
            Self::Named(names) => names.get(usize::from(precinct.0)).map(String::as_str),
            _ => None,
        }
    }

    /// Without white space around the names.
    pub(super) fn trimmed(self) -> Self {
        match self {
            Self::Named(names) => {
                Self::Named(names.iter().map(|name| name.trim().to_owned()).collect())
            }
            other => other,
        }
    }

    pub(super) fn check(&self) -> Result<(), BadPoll> {
        let (count, most) = match self {
            Self::One => return Ok(()),
            Self::Automatic(count) => (usize::from(*count), usize::from(*PRECINCTS.end())),
            Self::Named(names) => (names.len(), MAX_NAMED),
        };
        if count < usize::from(*PRECINCTS.start()) {
            return Err(BadPoll::FewPrecincts(count));
        } else if count > most {
            return Err(BadPoll::ManyPrecincts { count, most });
        }
        let names = self.names();
        for (index, name) in names.iter().enumerate() {
            check_name(name, MAX_PRECINCT).map_err(|bad| match bad {
                BadName::Empty => BadPoll::EmptyPrecinct(index + 1),
                BadName::Long(bytes) => BadPoll::LongPrecinct {
                    number: index + 1,
                    bytes,
                },
                BadName::Control => BadPoll::ControlCharacter("a precinct"),
            })?;
            if let Some(first) = names[..index].iter().position(|other| other == name) {
                return Err(BadPoll::SamePrecinct(first + 1, index + 1));
            }
        }
        Ok(())
    }

    pub(super) fn names(&self) -> &[String] {
        match self {
            Self::Named(names) => names,
            _ => &[],
        }
    }

    /// Nothing for [`Precincts::One`]: such a poll's genesis is of version 1, which has no such field.
    pub(super) fn encode(&self, writer: &mut Writer) {
        if *self == Self::One {
            return;
        }
        writer.varint(u64::from(self.count()));
        writer.byte(u8::from(!self.names().is_empty()));
        for name in self.names() {
            writer.text(name);
        }
    }

    /// Reads the precincts of a genesis of version 2. The caller checks them.
    pub(super) fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let count = reader.varint("the number of precincts", u64::from(*PRECINCTS.end()))? as u16;
        match reader.byte()? {
            0 => Ok(Self::Automatic(count)),
            1 if usize::from(count) <= MAX_NAMED => (0..count)
                .map(|_| {
                    reader
                        .text("a precinct's length", MAX_PRECINCT)
                        .map(str::to_owned)
                })
                .collect::<Result<_, _>>()
                .map(Self::Named),
            1 => Err(DecodeError::Invalid(
                "the genesis names more precincts than may have names",
            )),
            _ => Err(DecodeError::Invalid(
                "the genesis does not say whether its precincts have names",
            )),
        }
    }
}
