//! Audits: what `tally --audit` adds, each other precinct's ballots, fetched and counted here.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use election_core::canvass::Canvassed;
use election_core::canvass::canvassed::Part;
use election_core::canvass::returns::Return;
use election_core::ids::PrecinctId;
use election_core::replica::audit::{Audit, MAX_AUDITS};
use election_core::replica::io::Refusal;
use tokio::time::Instant;

use crate::error::Failure;
use crate::precinct::listed;
use crate::session::Session;

/// Audits all precincts but the session's own, as many at once as a tab can, each for at most `wait`. What each came to is
/// kept, because a tab forgets an audit that has ended; what could not be fetched is said.
///
/// # Errors
/// As [`Session::handle`].
pub(super) async fn all(session: &mut Session, wait: Duration) -> Result<Vec<Part>, Failure> {
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
            session.audit(precinct)?;
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
            let parts = shown.iter().flat_map(|shown| &shown.parts);
            if complete {
                audited.extend(parts.filter(|part| part.precinct == precinct).cloned());
            } else {
                not_counted.push(precinct);
            }
            session.end_audit(precinct)?;
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

/// The canvass with these parts in place of its own.
pub(super) fn with_instead(mut canvassed: Canvassed, instead: Vec<Part>) -> Canvassed {
    for part in instead {
        let index = usize::from(part.precinct.0);
        canvassed.parts[index] = part;
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
