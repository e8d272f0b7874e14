//! Audits: what `tally --audit` adds, each other precinct's ballots, fetched and counted here.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use election_core::ballots::returns::Return;
use election_core::board::Canvassed;
use election_core::board::canvassed::Part;
use election_core::ids::{PrecinctId, ReturnId};
use election_core::replica::audit::{Audit, MAX_AUDITS};

use election_core::replica::io::{Command, Refusal};
use tokio::time::Instant;

use crate::error::Failure;
use crate::precinct::listed;
use crate::session::Session;

/// What an audit came to.
pub(super) struct Audited {
    part: Part,
    /// The name of what is shown; `None` when the chair had struck it by then.
    return_id: Option<ReturnId>,
}

impl Audited {
    pub fn precinct(&self) -> PrecinctId {
        self.part.precinct
    }
}

/// Audits all precincts but the session's own, as many at once as a tab can, each for at most
/// `wait`. What each came to is kept, because a tab forgets an audit that has ended; what could not
/// be fetched is said.
///
/// # Errors
/// As [`Session::handle`].
pub(super) async fn all(session: &mut Session, wait: Duration) -> Result<Vec<Audited>, Failure> {
    let mut audited = Vec::new();
    let Some(own) = session.precinct() else {
        return Ok(audited);
    };
    let genesis = session.replica().genesis().ok_or(Refusal::NotOpen)?;
    let count = genesis.precincts().count();
    let others = (0..count).map(PrecinctId);
    let mut waiting: VecDeque<_> = others.filter(|precinct| *precinct != own).collect();
    let mut limits = BTreeMap::new();
    let mut not_counted = Vec::new();
    loop {
        while limits.len() < MAX_AUDITS
            && let Some(precinct) = waiting.pop_front()
        {
            session.ask(Command::Audit(precinct))?;
            limits.insert(precinct, Instant::now() + wait);
        }
        let Some(limit) = limits.values().min().copied() else {
            break;
        };
        session
            .wait_until(limit, |tab| tab.audits().any(is_over))
            .await?;
        let now = Instant::now();
        let over: Vec<_> = session
            .tab()
            .audits()
            .filter(|audit| is_over(audit) || limits.get(&audit.precinct()) <= Some(&now))
            .map(|audit| (audit.precinct(), audit.is_complete()))
            .collect();
        let shown = session.board().map(|board| board.total());
        for (precinct, complete) in over {
            let mut parts = shown.iter().flat_map(|shown| &shown.parts);
            if complete {
                let part = parts.find(|part| part.precinct == precinct).cloned();
                let return_id = session.board().and_then(|board| board.return_id(precinct));
                audited.extend(part.map(|part| Audited { part, return_id }));
            } else {
                not_counted.push(precinct);
            }
            session.ask(Command::EndAudit(precinct))?;
            limits.remove(&precinct);
        }
    }
    if !not_counted.is_empty() {
        not_counted.sort_unstable();
        let precincts = listed(&not_counted, session.precincts());
        eprintln!("not counted here, since nobody in reach gave all ballots: {precincts}");
    }
    Ok(audited)
}

/// Whether there is nothing more to wait for: it has all, or nobody else is there.
fn is_over(audit: &Audit) -> bool {
    audit.is_complete() || audit.replica().room() == Some(1)
}

/// The canvass with what was audited in place of its own parts. What the chair struck since the
/// audit ended counts for nothing there either.
pub(super) fn with_instead(
    mut canvassed: Canvassed,
    audited: Vec<Audited>,
    struck: &BTreeSet<(PrecinctId, ReturnId)>,
) -> Canvassed {
    for Audited { part, return_id } in audited {
        let is_struck = return_id.is_some_and(|id| struck.contains(&(part.precinct, id)));
        let own = &mut canvassed.parts[usize::from(part.precinct.0)];
        *own = Part {
            shown: part.shown.filter(|_| !is_struck),
            struck: own.struck,
            ..part
        };
    }
    let mut total = Return::empty(canvassed.total.counts.len());
    let shown = || {
        canvassed
            .parts
            .iter()
            .filter_map(|part| part.shown.as_ref())
    };
    shown().for_each(|shown| total.add(&shown.total));
    Canvassed {
        total,
        grade: shown().map(|shown| shown.grade).min(),
        ..canvassed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use election_core::board::Grade;
    use election_core::board::canvassed::Shown;

    const AUDITED: PrecinctId = PrecinctId(1);

    fn part(precinct: u16, grade: Grade, votes: u64) -> Part {
        Part {
            precinct: PrecinctId(precinct),
            shown: Some(Shown {
                total: Return {
                    counts: [votes, 0].into(),
                    ballots: votes,
                    counted: votes,
                    revoked: 0,
                    spoiled: 0,
                },
                version: votes,
                grade,
                attestations: 0,
                disputes: 0,
            }),
            struck: 0,
        }
    }

    /// What is printed when precinct 1 was audited, and its board's part now says `struck`, of
    /// which these are names.
    fn printed(struck: usize, names: &[(PrecinctId, ReturnId)]) -> Canvassed {
        let claimed = Part {
            struck,
            ..part(1, Grade::Claimed, 5)
        };
        let audited = Audited {
            part: part(1, Grade::Folded, 3),
            return_id: Some(ReturnId([1; 32])),
        };
        let board = Canvassed {
            total: Return::empty(2),
            grade: None,
            parts: vec![part(0, Grade::Folded, 1), claimed],
        };
        with_instead(board, vec![audited], &names.iter().copied().collect())
    }

    #[test]
    fn what_was_audited_is_shown_in_place_of_what_is_claimed() {
        let shown = printed(0, &[]);
        assert_eq!((shown.total.counted, shown.grade), (4, Some(Grade::Folded)));
    }

    #[test]
    fn what_is_struck_after_its_audit_counts_for_nothing() {
        let shown = printed(1, &[(AUDITED, ReturnId([1; 32]))]);
        assert_eq!((shown.total.counted, shown.grade), (1, Some(Grade::Folded)));
        assert_eq!(Vec::from_iter(shown.missing()), [AUDITED]);
        assert_eq!(shown.parts[1].struck, 1);
    }

    #[test]
    fn a_strike_of_something_else_leaves_what_was_audited() {
        let others = [
            (AUDITED, ReturnId([2; 32])),
            (PrecinctId(0), ReturnId([1; 32])),
        ];
        let shown = printed(1, &others);
        assert_eq!((shown.total.counted, shown.parts[1].struck), (4, 1));
    }
}
