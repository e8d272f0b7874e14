//! Any number of marks, at least one: approval. The marks are one bit an option in the fewest
//! bytes, big-endian, option 0 the lowest bit of the last byte.

use super::Rules;

pub(super) const RULES: Rules = Rules {
    code: 2,
    name: "approval",
    most_marks: usize::MAX,
    most_of_option: 1,
    encode: |marks, options, writer| writer.put(&marks.to_be_bytes()[8 - options.div_ceil(8)..]),
    decode: |options, reader| {
        let mut bytes = [0; 8];
        bytes[8 - options.div_ceil(8)..].copy_from_slice(reader.take(options.div_ceil(8))?);
        Ok(u64::from_be_bytes(bytes))
    },
    possible: |counts, counted| {
        counts.iter().sum::<u64>() >= counted && counts.iter().all(|count| *count <= counted)
    },
};
