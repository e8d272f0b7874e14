//! One mark a ballot: plurality. The mark is its option's number in one byte.

use super::{NO_SUCH_OPTION, Rules};

pub(super) const RULES: Rules = Rules {
    code: 1,
    name: "single",
    most_marks: 1,
    most_of_option: 1,
    encode: |marks, _, writer| writer.byte(marks.trailing_zeros() as u8),
    decode: |_, reader| match reader.byte()? {
        option if option < 64 => Ok(1 << option),
        _ => Err(NO_SUCH_OPTION),
    },
    possible: |counts, counted| counts.iter().sum::<u64>() == counted,
};
