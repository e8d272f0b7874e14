//! Reading and writing bytes with exactly one encoding for every value: big-endian integers, and
//! variable-length integers (LEB128, least significant seven bits first) in their shortest form
//! only.

/// Why bytes do not mean anything.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The bytes end in the middle of a value.
    #[error("the bytes end too early")]
    Truncated,
    /// A value is followed by bytes that belong to nothing.
    #[error("{0} bytes are left over")]
    LeftOver(usize),
    /// A variable-length integer is not in its shortest form, or exceeds 64 bits.
    #[error("an integer is not in its shortest form")]
    NotShortest,
    /// A length or count is over its cap; nothing was reserved for it.
    #[error("{what} is {value}, the cap is {cap}")]
    OverCap {
        /// What is too large.
        what: &'static str,
        /// The value that was declared.
        value: u64,
        /// The largest value that is accepted.
        cap: u64,
    },
    /// The value is well-formed but breaks a rule.
    #[error("{0}")]
    Invalid(&'static str),
}

/// Takes values off the front of a slice. Never reads past its end, never allocates more than it
/// was given.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads from the start of `bytes`.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// How many bytes are left.
    #[must_use]
    pub(crate) const fn len(&self) -> usize {
        self.rest.len()
    }

    /// Whether everything was read.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next `count` bytes.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`] when fewer are left.
    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], DecodeError> {
        let (head, rest) = self
            .rest
            .split_at_checked(count)
            .ok_or(DecodeError::Truncated)?;
        self.rest = rest;
        Ok(head)
    }

    /// The next `N` bytes as an array.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`] when fewer are left.
    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let (head, rest) = self
            .rest
            .split_first_chunk::<N>()
            .ok_or(DecodeError::Truncated)?;
        self.rest = rest;
        Ok(*head)
    }

    /// The next byte.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`] at the end.
    pub(crate) fn byte(&mut self) -> Result<u8, DecodeError> {
        self.array::<1>().map(|[byte]| byte)
    }

    /// A variable-length integer of at most `cap`; `what` names it in the error.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`], [`DecodeError::NotShortest`], or [`DecodeError::OverCap`].
    pub(crate) fn varint(&mut self, what: &'static str, cap: u64) -> Result<u64, DecodeError> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return Err(DecodeError::NotShortest);
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                if byte == 0 && shift > 0 {
                    return Err(DecodeError::NotShortest);
                }
                if value > cap {
                    return Err(DecodeError::OverCap { what, value, cap });
                }
                return Ok(value);
            }
        }
        Err(DecodeError::NotShortest)
    }

    /// As [`Reader::varint`], for a length or count that is used in memory.
    ///
    /// # Errors
    /// As [`Reader::varint`].
    pub(crate) fn length(&mut self, what: &'static str, cap: usize) -> Result<usize, DecodeError> {
        let value = self.varint(what, cap as u64)?;
        // At most `cap`, which is a usize.
        Ok(value as usize)
    }

    /// A length of at most `cap` bytes, then UTF-8 text of that length.
    ///
    /// # Errors
    /// As [`Reader::varint`], and [`DecodeError::Invalid`] for bytes that are not UTF-8.
    pub(crate) fn text(&mut self, what: &'static str, cap: usize) -> Result<&'a str, DecodeError> {
        let length = self.length(what, cap)?;
        core::str::from_utf8(self.take(length)?)
            .map_err(|_| DecodeError::Invalid("a text is not UTF-8"))
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// [`DecodeError::LeftOver`] when bytes remain.
    pub(crate) const fn end(&self) -> Result<(), DecodeError> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(DecodeError::LeftOver(self.rest.len()))
        }
    }
}

/// Puts values at the end of a buffer: the inverse of [`Reader`].
#[derive(Debug, Clone, Default)]
pub struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// An empty buffer.
    #[must_use]
    pub const fn new() -> Self {
        Self { bytes: Vec::new() }
    }

    /// What was written.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// What was written so far.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How many bytes were written.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether nothing was written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Bytes as they are.
    pub fn put(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// One byte.
    pub(crate) fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    /// A variable-length integer in its shortest form.
    pub fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.bytes.push((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
    }

    /// A length, then the text.
    pub(crate) fn text(&mut self, text: &str) {
        self.varint(text.len() as u64);
        self.put(text.as_bytes());
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_integer_has_one_encoding() {
        for bytes in [&[0x80, 0x00][..], &[0xff, 0x00], &[0xff; 10], &[0x80; 11]] {
            assert_eq!(
                Reader::new(bytes).varint("n", u64::MAX),
                Err(DecodeError::NotShortest),
                "{bytes:x?}"
            );
        }
    }

    #[test]
    fn a_huge_declared_length_takes_no_memory() {
        let mut writer = Writer::new();
        writer.varint(u64::MAX);
        let error = Reader::new(writer.as_bytes())
            .text("a name", 100)
            .unwrap_err();
        assert_eq!(
            error,
            DecodeError::OverCap {
                what: "a name",
                value: u64::MAX,
                cap: 100
            }
        );
    }

    proptest! {
        #[test]
        fn integers_round_trip(value: u64) {
            let mut writer = Writer::new();
            writer.varint(value);
            let mut reader = Reader::new(writer.as_bytes());
            prop_assert_eq!(reader.varint("n", u64::MAX).unwrap(), value);
            prop_assert!(reader.is_empty());
        }

        #[test]
        fn whatever_decodes_encodes_back_to_itself(bytes in proptest::collection::vec(any::<u8>(), 0..12)) {
            let mut reader = Reader::new(&bytes);
            if let Ok(value) = reader.varint("n", u64::MAX) {
                let mut writer = Writer::new();
                writer.varint(value);
                prop_assert_eq!(writer.as_bytes(), &bytes[..bytes.len() - reader.len()]);
            }
        }
    }
}
