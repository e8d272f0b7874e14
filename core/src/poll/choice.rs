//! What a ballot says: which options are marked.

use super::genesis::Method;
use crate::wire::bytes::{DecodeError, Reader, Writer};

/// The marked options as bits: option 0 is the lowest. A poll has at most 64 options.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Choice(u64);

/// Why marks do not make a choice in this poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadChoice {
    /// Nothing is marked.
    #[error("mark at least one option")]
    Empty,
    /// More than one option is marked in a poll that takes one.
    #[error("this poll takes one mark, and {0} were made")]
    TooMany(u32),
    /// An option is not there.
    #[error("there is no option {option}: this poll has {options}, counted from 0")]
    NoSuchOption {
        /// The option that was marked, from 0.
        option: usize,
        /// How many options there are.
        options: usize,
    },
}

impl Choice {
    /// The choice with those options marked, counted from 0.
    ///
    /// # Errors
    /// [`BadChoice`] when the poll's method or options do not allow it.
    pub fn new(marked: &[usize], method: Method, options: usize) -> Result<Self, BadChoice> {
        let mut bits = 0;
        for &option in marked {
            if option >= options.min(64) {
                return Err(BadChoice::NoSuchOption { option, options });
            }
            bits |= 1_u64 << option;
        }
        match (method, bits.count_ones()) {
            (_, 0) => Err(BadChoice::Empty),
            (Method::Single, marks @ 2..) => Err(BadChoice::TooMany(marks)),
            _ => Ok(Self(bits)),
        }
    }

    /// The marked options, ascending, counted from 0.
    pub fn marked(self) -> impl Iterator<Item = usize> {
        let mut bits = self.0;
        core::iter::from_fn(move || {
            (bits != 0).then(|| {
                let option = bits.trailing_zeros() as usize;
                bits &= bits - 1;
                option
            })
        })
    }

    /// Whether that option is marked.
    #[must_use]
    pub fn marks(self, option: usize) -> bool {
        option < 64 && self.0 >> option & 1 == 1
    }

    /// Single choice: the option's number in one byte. Approval: one bit an option in the fewest bytes,
    /// big-endian, option 0 the lowest bit of the last byte.
    pub(crate) fn encode(self, method: Method, options: usize, writer: &mut Writer) {
        match method {
            Method::Single => writer.byte(self.0.trailing_zeros() as u8),
            Method::Approval => writer.put(&self.0.to_be_bytes()[8 - options.div_ceil(8)..]),
        }
    }

    pub(crate) fn decode(
        method: Method,
        options: usize,
        reader: &mut Reader<'_>,
    ) -> Result<Self, DecodeError> {
        let bits = match method {
            Method::Single => match usize::from(reader.byte()?) {
                option if option < options => 1 << option,
                _ => {
                    return Err(DecodeError::Invalid(
                        "a ballot marks an option that is not there",
                    ));
                }
            },
            Method::Approval => {
                let mut bytes = [0; 8];
                bytes[8 - options.div_ceil(8)..].copy_from_slice(reader.take(options.div_ceil(8))?);
                u64::from_be_bytes(bytes)
            }
        };
        if bits == 0 {
            return Err(DecodeError::Invalid("a ballot marks nothing"));
        }
        if options < 64 && bits >> options != 0 {
            return Err(DecodeError::Invalid(
                "a ballot marks an option that is not there",
            ));
        }
        Ok(Self(bits))
    }
}
