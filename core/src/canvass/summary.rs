//! How two boards find out what each lacks: one says in short what it holds, the other sends what differs.
//!
//! ```text
//! rows varint | for each, ascending by precinct: precincts between it and the row before varint | version varint |
//! first 8 bytes of the digest of the precinct's claims | attestations of the first of them 1
//! ```

use super::board::Board;
use super::claim::{Claim, MAX_ATTESTATIONS};
use super::contest::Contest;
use super::dispute::Dispute;
use super::statement::{MAX_VERSION, Rules};
use crate::ids::PrecinctId;
use crate::sorted::SortedMap;
use crate::wire::bytes::{DecodeError, Reader, Writer};

/// What a board holds, in short. Of 4,096 precincts it takes at most 61,442 bytes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary(Vec<Row>);

/// What a board holds of a precinct, in short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// Which.
    pub precinct: PrecinctId,
    /// The version of its first claim by rank.
    pub version: u64,
    /// The start of the digest of all its claims, who signed them, and who disputes them.
    pub short: u64,
    /// How many signed the first.
    pub attestations: u8,
}

/// Something that a board holds.
#[derive(Debug, Clone, Copy)]
pub enum Known<'a> {
    /// A claim.
    Claim(&'a Claim),
    /// A dispute of a state that is claimed.
    Dispute(&'a Dispute),
}

impl Known<'_> {
    /// Appends its bytes, which do not say which of the two it is.
    pub fn encode(&self, writer: &mut Writer) {
        match self {
            Self::Claim(claim) => claim.encode(writer),
            Self::Dispute(dispute) => dispute.encode(writer),
        }
    }
}

impl Summary {
    /// Its rows, ascending by precinct.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.0
    }

    /// Appends its bytes.
    pub fn encode(&self, writer: &mut Writer) {
        writer.varint(self.0.len() as u64);
        let mut next = 0;
        for row in &self.0 {
            writer.varint(u64::from(row.precinct.0 - next));
            writer.varint(row.version);
            writer.put(&row.short.to_be_bytes());
            writer.byte(row.attestations);
            next = row.precinct.0 + 1;
        }
    }

    /// Reads one off the front of `reader`.
    ///
    /// # Errors
    /// [`DecodeError`]: cut short, over a cap, or of precincts that the poll does not have.
    pub fn read(reader: &mut Reader<'_>, rules: &Rules) -> Result<Self, DecodeError> {
        let count = reader.length("the rows of a summary", usize::from(rules.precincts))?;
        // A row takes at least 11 bytes: a count that lies takes no memory.
        let mut rows = Vec::with_capacity(count.min(reader.len() / 11));
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
            let row = Row {
                precinct: PrecinctId(precinct as u16),
                version: reader.varint("a version", MAX_VERSION)?,
                short: u64::from_be_bytes(reader.array()?),
                attestations: reader.byte()?,
            };
            if !(1..=MAX_ATTESTATIONS).contains(&usize::from(row.attestations)) {
                return Err(DecodeError::Invalid("a summary of a claim that cannot be"));
            }
            rows.push(row);
        }
        Ok(Self(rows))
    }
}

impl Board {
    /// What this board holds, in short, as it will be once the claims that wait are delivered: whoever answers need not send those
    /// again, but what they wait for. O(G), and what waits.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let mut expected: SortedMap<PrecinctId, Contest> = SortedMap::default();
        for (claim, _) in self
            .waiting()
            .filter(|(claim, _)| !self.is_struck(claim.statement()))
        {
            let precinct = claim.statement().precinct;
            let Some(held) = self.delivered.contest(precinct) else {
                continue;
            };
            if !expected.contains_key(&precinct) {
                expected.insert(precinct, held.clone());
            }
            if let Some(contest) = expected.get_mut(&precinct) {
                contest.insert(claim.clone(), &self.delivered.disputes);
            }
        }
        let contests = (0..).map(PrecinctId).zip(&self.delivered.contests);
        Summary(
            contests
                .filter_map(|(precinct, held)| {
                    row(precinct, expected.get(&precinct).unwrap_or(held))
                })
                .collect(),
        )
    }

    /// What this board holds of the precincts in which the other's differs, from that precinct on and around, as far as it
    /// fits into so many bytes, but one thing at least. Ask with another start each time, and whoever tells each other so becomes
    /// equal. Disputes come before what they dispute, which then never looks undisputed.
    #[must_use]
    pub fn newer_than(&self, other: &Summary, from: PrecinctId, bytes: usize) -> Vec<Known<'_>> {
        let board = &self.delivered;
        let split = usize::from(from.0).min(board.contests.len());
        let (first, last) = (0..split, split..board.contests.len());
        let mut news = Vec::new();
        let mut size = Writer::new();
        for index in last.chain(first) {
            let (precinct, contest) = (PrecinctId(index as u16), &board.contests[index]);
            let mine = row(precinct, contest);
            let theirs = other.0.binary_search_by_key(&precinct, |row| row.precinct);
            if mine.is_none() || mine == theirs.ok().map(|at| other.0[at]) {
                continue;
            }
            let states = contest
                .claims()
                .iter()
                .map(|claim| claim.statement().state());
            let disputes = states.flat_map(|state| board.disputes.of(precinct, state));
            let claims = contest.claims().iter().map(Known::Claim);
            for known in disputes.map(Known::Dispute).chain(claims) {
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

fn row(precinct: PrecinctId, contest: &Contest) -> Option<Row> {
    let first = contest.claims().first()?;
    let [a, b, c, d, e, f, g, h, ..] = contest.digest();
    Some(Row {
        precinct,
        version: first.statement().version(),
        short: u64::from_be_bytes([a, b, c, d, e, f, g, h]),
        attestations: first.attestations().as_slice().len() as u8,
    })
}

#[cfg(all(test, not(target_arch = "wasm32")))]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::board::Taken;
    use super::super::board_testing::*;
    use super::*;

    #[test]
    fn what_waits_is_not_sent_again_but_what_it_waits_for_is() {
        let first = claim(THERE, 7, [0, 1]);
        let after = signed(&statement(HERE, 5, &[(THERE, 7)]), [0, 1]);
        let (mut full, mut behind) = (board(), board());
        assert_eq!(full.claim(first), Taken::News);
        assert_eq!(full.claim(after.clone()), Taken::News);
        assert_eq!(behind.claim(after), Taken::Waits(THERE));
        let precincts = |news: Vec<Known<'_>>| -> Vec<PrecinctId> {
            let precinct = |known: &Known<'_>| match known {
                Known::Claim(claim) => claim.statement().precinct,
                Known::Dispute(dispute) => dispute.own().precinct,
            };
            news.iter().map(precinct).collect()
        };
        let summary = behind.summary();
        assert_eq!(precincts(full.newer_than(&summary, HERE, 100_000)), [THERE]);
        tell(&full, &mut behind, HERE);
        assert_eq!(behind.summary(), full.summary());
        assert_eq!(behind.digest(), full.digest());
    }
}
