//! What a ballot says: which options are marked, and how often.

use super::method::{BadChoice, Method, NO_SUCH_OPTION};
use crate::wire::bytes::{DecodeError, Reader, Writer};

/// The marks of each option, in as many bits as the poll's method gives an option: option 0 has the
/// lowest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Choice {
    bits: u64,
    width: u8,
}

impl Choice {
    /// The choice with those options marked, counted from 0. One that is named several times has as
    /// many marks, up to those that the poll's method gives an option.
    ///
    /// # Errors
    /// [`BadChoice`] when the poll's method or options do not allow it.
    pub fn new(marked: &[usize], method: Method, options: usize) -> Result<Self, BadChoice> {
        let mut choice = Self {
            bits: 0,
            width: method.width(),
        };
        for &option in marked {
            if option >= options.min(method.most_options()) {
                return Err(BadChoice::NoSuchOption { option, options });
            }
            if choice.marks(option) < method.most_of_option() {
                choice.bits += 1 << (option * usize::from(choice.width));
            }
        }
        method.check(choice.marked().count())?;
        Ok(choice)
    }

    /// The marked options, ascending, counted from 0; each as often as it is marked.
    pub fn marked(self) -> impl Iterator<Item = usize> {
        let (mut bits, width) = (self.bits, usize::from(self.width));
        core::iter::from_fn(move || {
            (bits != 0).then(|| {
                let option = bits.trailing_zeros() as usize / width;
                bits -= 1 << (option * width);
                option
            })
        })
    }

    /// How often that option is marked.
    #[must_use]
    pub fn marks(self, option: usize) -> usize {
        let width = usize::from(self.width);
        match option.saturating_mul(width) {
            below if below < 64 => (self.bits >> below & ((1 << width) - 1)) as usize,
            _ => 0,
        }
    }

    pub(crate) fn encode(self, method: Method, options: usize, writer: &mut Writer) {
        method.encode(self.bits, options, writer);
    }

    pub(crate) fn decode(
        method: Method,
        options: usize,
        reader: &mut Reader<'_>,
    ) -> Result<Self, DecodeError> {
        let choice = Self {
            bits: method.decode(options, reader)?,
            width: method.width(),
        };
        if choice.bits == 0 {
            return Err(DecodeError::Invalid("a ballot marks nothing"));
        }
        // Options ascend, so the last of them is the highest.
        if choice
            .marked()
            .last()
            .is_some_and(|option| option >= options)
        {
            return Err(NO_SUCH_OPTION);
        }
        if (0..options).any(|option| choice.marks(option) > method.most_of_option()) {
            return Err(DecodeError::Invalid("a ballot marks an option too often"));
        }
        Ok(choice)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_round_trips_and_its_count_is_a_possible_one() {
        for method in Method::ALL {
            for options in [2, 8, 9, 63, 64] {
                let options = options.min(method.most_options());
                for marked in [&[0][..], &[options - 1], &[0, options - 1]] {
                    let Ok(choice) = Choice::new(marked, method, options) else {
                        assert!(method.has_one_mark() && marked.len() > 1);
                        continue;
                    };
                    assert_eq!(choice.marked().collect::<Vec<_>>(), marked);
                    let mut writer = Writer::new();
                    choice.encode(method, options, &mut writer);
                    let bytes = writer.into_bytes();
                    let mut reader = Reader::new(&bytes);
                    assert_eq!(Choice::decode(method, options, &mut reader), Ok(choice));
                    let counts = (0..options).map(|option| choice.marks(option) as u64);
                    let counts: Vec<u64> = counts.collect();
                    assert!(method.can_give(&counts, 1));
                    assert!(!method.can_give(&counts, 0));
                    assert!(!method.can_give(&counts, 64 * 8 + 1));
                }
            }
        }
    }

    #[test]
    fn an_option_has_no_more_marks_than_the_method_gives_it() {
        for method in Method::ALL {
            let most = method.most_of_option();
            let often = Choice::new(&vec![1; most + 1], method, 2);
            assert_eq!(often.map(|choice| choice.marks(1)), Ok(most));
            let none = often.map(|choice| [0, 2, 63, 64, usize::MAX].map(|at| choice.marks(at)));
            assert_eq!(none, Ok([0; 5]));
        }
    }
}
