//! How two boards find out what each lacks: one says in short what it holds, the other sends what
//! differs.
//!
//! ```text
//! rows varint | for each, ascending by precinct: precincts between it and the row before varint |
//! first 8 bytes of the digest of the precinct's claims
//! ```

use super::claim::Claim;
use super::contest::Contest;
use super::dispute::Dispute;
use super::precincts::Board;
use super::statement::Rules;
use crate::ids::PrecinctId;
use crate::wire::bytes::{DecodeError, Reader, Writer};

/// What a board holds, in short. Of 4,096 precincts it takes at most 36,866 bytes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary(Vec<Row>);

/// A precinct, and the start of the digest of all its claims, who signed them, and who disputes
/// them.
type Row = (PrecinctId, u64);

/// Something that a board holds.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Known<'a> {
    /// A claim.
    Claim(&'a Claim),
    /// A dispute of a state that is claimed.
    Dispute(&'a Dispute),
}

impl Known<'_> {
    /// Appends its bytes, which do not say which of the two it is.
    pub(crate) fn encode(&self, writer: &mut Writer) {
        match self {
            Self::Claim(claim) => claim.encode(writer),
            Self::Dispute(dispute) => dispute.encode(writer),
        }
    }
}

impl Summary {
    fn has(&self, row: &Row) -> bool {
        self.0.binary_search(row).is_ok()
    }

    /// Appends its bytes.
    pub fn encode(&self, writer: &mut Writer) {
        writer.varint(self.0.len() as u64);
        let mut next = 0;
        for (precinct, short) in &self.0 {
            writer.varint(u64::from(precinct.0 - next));
            writer.put(&short.to_be_bytes());
            next = precinct.0 + 1;
        }
    }

    /// Reads one off the front of `reader`.
    ///
    /// # Errors
    /// [`DecodeError`]: cut short, over a cap, or of precincts that the poll does not have.
    pub(crate) fn read(reader: &mut Reader<'_>, rules: &Rules) -> Result<Self, DecodeError> {
        let count = reader.length("the rows of a summary", usize::from(rules.precincts))?;
        // A row takes at least 9 bytes: a count that lies takes no memory.
        let mut rows = Vec::with_capacity(count.min(reader.len() / 9));
        let mut next = 0;
        for _ in 0..count {
            let most = u64::from(rules.precincts.saturating_sub(1));
            let precinct = next + reader.varint("a precinct", most)?;
            if precinct > most {
                return Err(DecodeError::Invalid(
                    "a summary of a precinct that the poll does not have",
                ));
            }
            next = precinct + 1;
            let short = u64::from_be_bytes(reader.array()?);
            rows.push((PrecinctId(precinct as u16), short));
        }
        Ok(Self(rows))
    }
}

impl Board {
    /// What this board holds, in short. O(G).
    #[must_use]
    pub fn summary(&self) -> Summary {
        let contests = (0..).map(PrecinctId).zip(&self.contests);
        Summary(contests.filter_map(row).collect())
    }

    /// What this board holds of the precincts in which the other's differs, from that precinct on
    /// and around, as far as it fits into so many bytes, but one thing at least. Ask with another
    /// start each time, and whoever tells each other so becomes equal. Disputes come before what
    /// they dispute, which then never looks undisputed. O(G).
    #[must_use]
    pub(crate) fn newer_than(
        &self,
        other: &Summary,
        from: PrecinctId,
        bytes: usize,
    ) -> Vec<Known<'_>> {
        let split = usize::from(from.0).min(self.contests.len());
        let (first, last) = (0..split, split..self.contests.len());
        let mut news = Vec::new();
        let mut size = Writer::new();
        for index in last.chain(first) {
            let contest = &self.contests[index];
            let row = row((PrecinctId(index as u16), contest));
            if row.is_none_or(|row| other.has(&row)) {
                continue;
            }
            for known in known_of(contest) {
                known.encode(&mut size);
                if size.len() > bytes && !news.is_empty() {
                    return news;
                }
                news.push(known);
            }
        }
        news
    }
}

/// Disputes and claims of a precinct.
fn known_of(contest: &Contest) -> impl Iterator<Item = Known<'_>> {
    let claims = contest.all_claims();
    let states = claims.iter().map(|claim| claim.statement().state());
    let disputes = states.flat_map(|state| contest.disputes_held(state));
    disputes
        .map(Known::Dispute)
        .chain(claims.iter().map(Known::Claim))
}

fn row((precinct, contest): (PrecinctId, &Contest)) -> Option<Row> {
    if contest.all_claims().is_empty() {
        return None;
    }
    let [a, b, c, d, e, f, g, h, ..] = contest.digest();
    Some((precinct, u64::from_be_bytes([a, b, c, d, e, f, g, h])))
}

#[cfg(all(test, not(target_arch = "wasm32")))]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn contests_that_differ_are_told_from_any_precinct_on_as_far_as_there_is_room() {
        let mut full = board();
        for precinct in [HERE, THERE, PrecinctId(2)] {
            full.claim(claim(precinct, 5, [0, 1]));
        }
        for start in [HERE, THERE, PrecinctId(2)] {
            let mut behind = board();
            for step in 0..3 {
                // No room for two.
                let news = full.newer_than(&behind.summary(), start, 1);
                let [Known::Claim(claim)] = news[..] else {
                    panic!("one claim");
                };
                assert_eq!(claim.statement().precinct.0, (start.0 + step) % 3);
                assert!(behind.claim(claim.clone()));
            }
            assert_eq!(behind.digest(), full.digest());
            assert!(full.newer_than(&behind.summary(), start, 1).is_empty());
        }
    }
}
