//! Ops as they stand in the store.

use election_core::poll::RULES;
use election_core::replica::io::Record;
use election_core::time::Millis;
use js_sys::{Float64Array, Object};
use sha2::{Digest, Sha256};
use wasm_bindgen::{JsCast, JsValue};

use super::records::{bytes, get, millis, put, put_bytes};

/// Ops that stand together, all with their signatures checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredOps {
    /// When the first were received.
    received: Millis,
    /// From which byte on they were received later, and when. Ascending.
    later: Vec<(usize, Millis)>,
    /// The rules under which they were checked.
    rules: u32,
    /// Against rot: of the bytes, and of what is later.
    sum: [u8; 8],
    /// The ops, one after the other.
    pub bytes: Vec<u8>,
}

/// What was received within so many milliseconds of each other counts as received at once.
const AT_ONCE: u64 = 1_000;

impl StoredOps {
    /// Ops that were just checked.
    #[must_use]
    pub fn new(received: Millis, bytes: Vec<u8>) -> Self {
        Self {
            received,
            later: Vec::new(),
            rules: RULES,
            sum: sum(&bytes, &[]),
            bytes,
        }
    }

    /// Ops that were checked, received at different times.
    #[must_use]
    pub fn together<'a>(parts: impl IntoIterator<Item = (Millis, &'a [u8])>) -> Self {
        let (mut bytes, mut times) = (Vec::new(), Vec::<(usize, Millis)>::new());
        for (received, part) in parts {
            let is_later = |(_, at): &(usize, Millis)| at.0.abs_diff(received.0) >= AT_ONCE;
            if times.last().is_none_or(is_later) {
                times.push((bytes.len(), received));
            }
            bytes.extend_from_slice(part);
        }
        let later = times.split_off(times.len().min(1));
        Self {
            received: times.first().map_or(Millis(0), |(_, received)| *received),
            rules: RULES,
            sum: sum(&bytes, &later),
            later,
            bytes,
        }
    }

    /// Whether the signatures need no checking: they were checked under these rules, and the bytes
    /// are still the same.
    #[must_use]
    pub fn is_checked(&self) -> bool {
        self.rules == RULES && self.sum == sum(&self.bytes, &self.later)
    }

    /// The ops by when they were received. Of those that are not checked the times are not either:
    /// they are one part.
    pub fn parts(&self) -> impl Iterator<Item = (Millis, &[u8])> {
        self.parts_if(self.is_checked())
    }

    fn parts_if(&self, checked: bool) -> impl Iterator<Item = (Millis, &[u8])> {
        let later: &[(usize, Millis)] = match checked {
            true => &self.later,
            false => &[],
        };
        let times = std::iter::once((0, self.received)).chain(later.iter().copied());
        let ends = later.iter().map(|(from, _)| *from);
        let ends = ends.chain([self.bytes.len()]);
        let parts = times.zip(ends);
        parts.map(|((from, at), end)| (at, self.bytes.get(from..end).unwrap_or_default()))
    }

    /// The ops for the replica, and whether their signatures need no checking.
    #[must_use]
    pub fn into_records(self) -> (Vec<Record>, bool) {
        let checked = self.is_checked();
        let parts = self.parts_if(checked).map(|(received, bytes)| Record {
            received,
            bytes: bytes.to_vec(),
        });
        (parts.collect(), checked)
    }

    pub(super) fn write(&self) -> JsValue {
        let object = Object::new();
        put(&object, "received", &(self.received.0 as f64).into());
        if !self.later.is_empty() {
            let later = self.later.iter();
            let later = later.flat_map(|(from, at)| [*from as f64, at.0 as f64]);
            let later: Vec<f64> = later.collect();
            put(&object, "later", &Float64Array::from(later.as_slice()));
        }
        put(&object, "rules", &self.rules.into());
        put_bytes(&object, "sum", &self.sum);
        put_bytes(&object, "bytes", &self.bytes);
        object.into()
    }

    /// What lacks its checksum is verified anew; what has no bytes is no record.
    pub(super) fn read(value: &JsValue) -> Option<Self> {
        let sum = bytes(value, "sum").and_then(|sum| sum.try_into().ok());
        let later = get(value, "later");
        let later = later.dyn_ref::<Float64Array>();
        let later = later.map(Float64Array::to_vec).unwrap_or_default();
        let later = later
            .chunks_exact(2)
            .map(|pair| (pair[0] as usize, Millis(pair[1] as u64)));
        Some(Self {
            received: millis(value, "received").unwrap_or(Millis(0)),
            later: later.collect(),
            rules: get(value, "rules").as_f64().unwrap_or(0.0) as u32,
            sum: sum.unwrap_or_default(),
            bytes: bytes(value, "bytes")?,
        })
    }
}

fn sum(bytes: &[u8], later: &[(usize, Millis)]) -> [u8; 8] {
    let mut hash = Sha256::new_with_prefix(bytes);
    for (from, at) in later {
        hash.update((*from as u64).to_be_bytes());
        hash.update(at.0.to_be_bytes());
    }
    let mut sum = [0; 8];
    sum.copy_from_slice(&hash.finalize()[..8]);
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rot_and_other_rules_make_signatures_be_checked_again() {
        let stored = StoredOps::new(Millis(7), vec![1, 2, 3]);
        assert!(stored.is_checked());
        let mut rotten = stored.clone();
        rotten.bytes[1] ^= 1;
        assert!(!rotten.is_checked());
        let older = StoredOps {
            rules: RULES - 1,
            ..stored.clone()
        };
        assert!(!older.is_checked());
        let mut moved = stored.clone();
        moved.later.push((9, Millis(4)));
        assert!(!moved.is_checked());
        for record in [stored, rotten, older, moved] {
            let bytes = record.bytes.clone();
            let received = Millis(7);
            assert_eq!(record.into_records().0, [Record { received, bytes }]);
        }
    }

    #[test]
    fn what_stands_together_keeps_the_times_at_which_it_was_received() {
        let parts: [(u64, &[u8]); 5] = [
            (5_000, b"a"),
            (5_999, b"b"),
            (6_000, b"cd"),
            (90_000, b"e"),
            (90_001, b"f"),
        ];
        let stored = StoredOps::together(parts.map(|(at, bytes)| (Millis(at), bytes)));
        assert_eq!(stored.bytes, b"abcdef");
        let (records, checked) = stored.into_records();
        assert!(checked);
        let records = records.into_iter();
        let records: Vec<_> = records.map(|of| (of.received.0, of.bytes)).collect();
        assert_eq!(
            records,
            [
                (5_000, b"ab".to_vec()),
                (6_000, b"cd".to_vec()),
                (90_000, b"ef".to_vec())
            ]
        );
        let alone = StoredOps::together([(Millis(7), b"abc".as_slice())]);
        assert_eq!(alone, StoredOps::new(Millis(7), b"abc".to_vec()));
    }
}
