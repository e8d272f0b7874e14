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
use crate::wire::bytes::{DecodeError, Reader, Writer};

/// So often is looked whether what comes after others can go, now that these do. What is left then goes as it comes.
const ROUNDS: usize = 16;

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

    fn row(&self, precinct: PrecinctId) -> Option<&Row> {
        let at = self.0.binary_search_by_key(&precinct, |row| row.precinct);
        self.0.get(at.ok()?)
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
    /// again, but what they wait for. O(G), and O(w log w) of the w claims that wait.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let mut waiting: Vec<&Claim> = self.waiting().map(|(claim, _)| claim).collect();
        waiting.sort_by_key(|claim| claim.statement().precinct);
        let mut expected: Vec<(PrecinctId, Contest)> = Vec::new();
        for claim in waiting {
            let precinct = claim.statement().precinct;
            let Some(held) = self.delivered.contest(precinct) else {
                continue;
            };
            if self.is_struck(claim.statement()) {
                continue;
            }
            if expected.last().is_none_or(|(last, _)| *last != precinct) {
                expected.push((precinct, held.clone()));
            }
            if let Some((_, contest)) = expected.last_mut() {
                contest.insert(claim.clone(), &self.delivered.disputes);
            }
        }
        let expected = |precinct| {
            let at = expected.binary_search_by_key(&precinct, |(precinct, _)| *precinct);
            at.ok().map(|at| &expected[at].1)
        };
        let contests = (0..).map(PrecinctId).zip(&self.delivered.contests);
        let rows = contests
            .filter_map(|(precinct, held)| row(precinct, expected(precinct).unwrap_or(held)));
        Summary(rows.collect())
    }

    /// What this board holds of the precincts in which the other's differs, from that precinct on and around, as far as it
    /// fits into so many bytes, but one thing at least. Ask with another start each time, and whoever tells each other so becomes
    /// equal. What others come after goes first, so that hardly anything has to wait there. Disputes come before what they
    /// dispute, which then never looks undisputed. What waits here is not sent. O(G).
    #[must_use]
    pub fn newer_than(&self, other: &Summary, from: PrecinctId, bytes: usize) -> Vec<Known<'_>> {
        let board = &self.delivered;
        let mut reached = vec![0; board.contests.len()];
        for row in &other.0 {
            if let Some(reached) = reached.get_mut(usize::from(row.precinct.0)) {
                *reached = row.version;
            }
        }
        let split = usize::from(from.0).min(board.contests.len());
        let (first, last) = (0..split, split..board.contests.len());
        let mut left: Vec<(PrecinctId, Row)> = Vec::new();
        for index in last.chain(first) {
            let precinct = PrecinctId(index as u16);
            let mine = row(precinct, &board.contests[index]);
            let mine = mine.filter(|mine| other.row(precinct) != Some(mine));
            left.extend(mine.map(|row| (precinct, row)));
        }
        let mut news = Vec::new();
        let mut size = Writer::new();
        for round in 0..=ROUNDS {
            let mut later = Vec::new();
            for (precinct, row) in left {
                if round < ROUNDS && !self.may_follow(precinct, &reached) {
                    later.push((precinct, row));
                    continue;
                }
                for known in self.known_of(precinct) {
                    known.encode(&mut size);
                    if size.len() > bytes && !news.is_empty() {
                        return news;
                    }
                    news.push(known);
                }
                reached[usize::from(precinct.0)] = row.version;
            }
            left = later;
        }
        news
    }

    /// Whether all claims of a precinct come after nothing but what was reached, or is not held here either.
    fn may_follow(&self, precinct: PrecinctId, reached: &[u64]) -> bool {
        let mut after = self
            .claims(precinct)
            .iter()
            .flat_map(|claim| claim.statement().after());
        after.all(|(precinct, version)| {
            reached
                .get(usize::from(precinct.0))
                .is_none_or(|reached| *reached >= version)
                || self.version(precinct) < Some(version)
        })
    }

    /// Disputes and claims of a precinct.
    fn known_of(&self, precinct: PrecinctId) -> impl Iterator<Item = Known<'_>> {
        let claims = self.claims(precinct);
        let states = claims.iter().map(|claim| claim.statement().state());
        let disputes = states.flat_map(move |state| self.delivered.disputes.of(precinct, state));
        disputes
            .map(Known::Dispute)
            .chain(claims.iter().map(Known::Claim))
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
    fn what_others_come_after_goes_first() {
        const LAST: PrecinctId = PrecinctId(2);
        let mut full = board();
        full.claim(claim(LAST, 3, [0, 1]));
        full.claim(signed(&statement(THERE, 7, &[(LAST, 3)]), [0, 1]));
        full.claim(signed(&statement(HERE, 5, &[(THERE, 7)]), [0, 1]));
        for start in [HERE, THERE, LAST] {
            let mut behind = board();
            for precinct in [LAST, THERE, HERE] {
                // No room for two.
                let news = full.newer_than(&behind.summary(), start, 1);
                let [Known::Claim(claim)] = news[..] else {
                    panic!("one claim");
                };
                assert_eq!(claim.statement().precinct, precinct);
                assert_eq!(behind.claim(claim.clone()), Taken::News);
            }
            assert_eq!(behind.digest(), full.digest());
        }
    }

    #[test]
    fn what_comes_after_each_other_goes_as_it_comes() {
        let mut full = board();
        full.claim(signed(&statement(HERE, 5, &[(THERE, 7)]), [0, 1]));
        full.claim(signed(&statement(THERE, 9, &[(HERE, 5)]), [0, 1]));
        assert!(full.deliver_together());
        let mut behind = board();
        tell(&full, &mut behind, HERE);
        assert!(behind.deliver_together());
        assert_eq!(behind.digest(), full.digest());
    }

    #[test]
    fn what_waits_is_not_sent_again_but_what_it_waits_for_is() {
        let before = claim(HERE, 3, [0, 1]);
        let first = claim(THERE, 7, [0, 1]);
        let after = signed(&statement(HERE, 5, &[(THERE, 7)]), [0, 1]);
        let (mut full, mut behind, mut other) = (board(), board(), board());
        for board in [&mut full, &mut behind, &mut other] {
            board.claim(before.clone());
        }
        full.claim(first);
        full.claim(after.clone());
        assert_eq!(
            behind.claim(signed(after.statement(), [0])),
            Taken::Waits(THERE)
        );
        assert_eq!(
            behind.claim(signed(after.statement(), [1])),
            Taken::Waits(THERE)
        );
        assert_eq!(behind.claim(after.clone()), Taken::Nothing);
        assert_eq!(behind.waits(), 1);
        other.claim(after);
        let news = |from: &Board, to: &Board| -> Vec<PrecinctId> {
            let news = from.newer_than(&to.summary(), HERE, 100_000);
            let precinct = |known: &Known<'_>| match known {
                Known::Claim(claim) => claim.statement().precinct,
                Known::Dispute(dispute) => dispute.own().precinct,
            };
            news.iter().map(precinct).collect()
        };
        assert_eq!(news(&full, &behind), [THERE]);
        // Where both wait for the same, what is shown is told all the same: it may be all that is ever shown.
        assert_eq!(news(&other, &behind), [HERE]);
        tell(&full, &mut behind, HERE);
        assert_eq!(behind.digest(), full.digest());
        assert_eq!(news(&full, &behind), []);
    }
}
