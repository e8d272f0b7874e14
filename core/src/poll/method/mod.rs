//! How ballots are marked and counted: one file a method, and here their table.
//!
//! A method is its marks (which ballots may be cast), its bytes, and what its counts can be; all
//! that is asked of one is in its table. Its words are in the page's catalogue.

mod approval;
mod single;

use crate::wire::bytes::{DecodeError, Reader, Writer};

/// How ballots are marked and counted. Every method counts the marks of each option: the one with
/// the most leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// One mark a ballot (plurality).
    Single,
    /// Any number of marks, at least one (approval).
    Approval,
}

/// Why marks do not make a choice in this poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadChoice {
    /// Nothing is marked.
    #[error("mark an option")]
    Empty,
    /// More than one option is marked in a poll that takes one.
    #[error("this poll takes one mark, and {0} were made")]
    TooMany(usize),
    /// An option is not there.
    #[error("there is no option {option}: this poll has {options}, counted from 0")]
    NoSuchOption {
        /// The option that was marked, from 0.
        option: usize,
        /// How many options there are.
        options: usize,
    },
}

/// What a method is. The marks of each option are a number in the fewest bits that hold the most,
/// option 0 the lowest; decoded ones are not yet held against the poll's options.
struct Rules {
    /// Its byte in a genesis.
    code: u8,
    name: &'static str,
    /// The most marks of a ballot.
    most_marks: usize,
    /// The most marks of one option.
    most_of_option: usize,
    /// Appends marks of a poll with so many options.
    encode: fn(u64, usize, &mut Writer),
    /// Reads them. An option that has no bits is refused here.
    decode: fn(usize, &mut Reader<'_>) -> Result<u64, DecodeError>,
    /// Whether so many counted ballots can give these counts.
    possible: fn(&[u64], u64) -> bool,
}

impl Method {
    /// All of them, in the order in which people are asked to choose.
    pub const ALL: [Self; 2] = [Self::Single, Self::Approval];

    fn rules(self) -> &'static Rules {
        match self {
            Self::Single => &single::RULES,
            Self::Approval => &approval::RULES,
        }
    }

    /// Its name, as in command lines and in hooks of the page: `single`, `approval`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.rules().name
    }

    /// The one of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }

    /// Whether a ballot has one mark: marking another takes the first away.
    #[must_use]
    pub fn has_one_mark(self) -> bool {
        self.rules().most_marks == 1
    }

    /// The most marks that a ballot can give one option. More than one are points.
    #[must_use]
    pub fn most_of_option(self) -> usize {
        self.rules().most_of_option
    }

    /// The most marks that an option can have of so many ballots.
    #[must_use]
    pub fn most_marks(self, ballots: u64) -> u64 {
        ballots * self.most_of_option() as u64
    }

    pub(super) fn code(self) -> u8 {
        self.rules().code
    }

    pub(super) fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.code() == code)
    }

    /// How many bits hold the marks of one option.
    pub(super) fn width(self) -> u8 {
        (self.most_of_option().ilog2() + 1) as u8
    }

    /// The most options of a poll: the marks of more do not fit.
    pub(super) fn most_options(self) -> usize {
        64 / usize::from(self.width())
    }

    pub(super) fn check(self, marks: usize) -> Result<(), BadChoice> {
        match marks {
            0 => Err(BadChoice::Empty),
            many if many > self.rules().most_marks => Err(BadChoice::TooMany(many)),
            _ => Ok(()),
        }
    }

    pub(super) fn encode(self, bits: u64, options: usize, writer: &mut Writer) {
        (self.rules().encode)(bits, options, writer);
    }

    pub(super) fn decode(
        self,
        options: usize,
        reader: &mut Reader<'_>,
    ) -> Result<u64, DecodeError> {
        (self.rules().decode)(options, reader)
    }

    /// Whether so many counted ballots can give these counts, one an option. Cost: the options.
    pub(crate) fn can_give(self, counts: &[u64], counted: u64) -> bool {
        (self.rules().possible)(counts, counted)
    }
}

pub(super) const NO_SUCH_OPTION: DecodeError =
    DecodeError::Invalid("a ballot marks an option that is not there");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_has_a_code_and_a_name_of_its_own() {
        for method in Method::ALL {
            assert_eq!(Method::from_code(method.code()), Some(method));
            assert_eq!(Method::named(method.name()), Some(method));
        }
        assert_eq!(Method::from_code(0), None);
    }
}
