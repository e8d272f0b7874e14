//! The chair's log between precincts: how two replicas find the entries that one of them lacks.
//!
//! ```text
//! points varint, at most 20
//! for each, descending: entries varint | the start of the hash of so many first entries 8
//! ```
//!
//! The points go back from the end of the log in steps that double, so the other finds a beginning
//! that both have in one message, and sends what comes after it. Entries are in the order of the
//! log, so replicas with the same entries have the same points.

use sha2::{Digest, Sha256};

use crate::ballots::BallotStore;
use crate::poll::log::{MAX_ENTRIES, MAX_SET_STATUS};
use crate::wire::bytes::{DecodeError, Reader, Writer};

/// The most points of a description.
const MAX_POINTS: usize = 20;

/// The most entries of a log.
const MAX: u64 = MAX_ENTRIES as u64 + MAX_SET_STATUS as u64;

/// So many first entries, and the start of their hash.
type Point = (u64, [u8; 8]);

/// What a replica has of the chair's log, in short.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct LogPoints(Vec<Point>);

impl LogPoints {
    pub(crate) fn of(store: &BallotStore) -> Self {
        let entries = entries(store);
        let mut at = entries;
        let mut back = 1;
        let mut counts = Vec::new();
        while at > 0 {
            counts.push(at);
            at = at.saturating_sub(back);
            back *= 2;
        }
        Self(hashes(store, &counts))
    }

    /// How many entries there are, and a hash of them all: equal where the logs are.
    pub(crate) fn head(&self) -> Point {
        self.0.first().copied().unwrap_or_default()
    }

    pub(crate) fn encode(&self, writer: &mut Writer) {
        writer.varint(self.0.len() as u64);
        for (entries, hash) in &self.0 {
            writer.varint(*entries);
            writer.put(hash);
        }
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let count = reader.length("the points of a log", MAX_POINTS)?;
        let mut points: Vec<Point> = Vec::with_capacity(count);
        for _ in 0..count {
            let entries = reader.varint("the entries of the log", MAX)?;
            if entries == 0 || points.last().is_some_and(|last| last.0 <= entries) {
                return Err(DecodeError::Invalid("a log's points do not go back"));
            }
            points.push((entries, reader.array()?));
        }
        Ok(Self(points))
    }

    /// The entries that come after what both have, as far as they fit into so many bytes, but one
    /// at least. Some of them the other may have, when entries were made in two places at once.
    pub(crate) fn missing_from(&self, store: &BallotStore, bytes: usize) -> Vec<u8> {
        let counts: Vec<u64> = self.0.iter().map(|point| point.0).collect();
        let ours = hashes(store, &counts);
        let shared = self.0.iter().find(|point| ours.contains(point));
        let shared = shared.map_or(0, |point| point.0);
        let mut news = Vec::new();
        for op in store.log().entries().skip(shared as usize) {
            if !news.is_empty() && news.len() + op.bytes().len() > bytes {
                break;
            }
            news.extend_from_slice(op.bytes());
        }
        news
    }
}

fn entries(store: &BallotStore) -> u64 {
    store.log().number() as u64
}

/// The hashes of so many first entries each, `counts` descending; none for more than there are.
fn hashes(store: &BallotStore, counts: &[u64]) -> Vec<Point> {
    let mut hash = Sha256::new();
    let mut points = Vec::new();
    for (entries, op) in (1..).zip(store.log().entries()) {
        hash.update(op.id().0);
        if counts.contains(&entries) {
            let mut start = [0; 8];
            start.copy_from_slice(&hash.clone().finalize()[..8]);
            points.push((entries, start));
        }
    }
    points.reverse();
    points
}
