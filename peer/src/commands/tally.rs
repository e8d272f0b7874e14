//! `tally`: fetches the poll and counts.

use data_encoding::HEXLOWER;
use election_core::canvass::canvassed::Part;
use election_core::canvass::{Canvassed, Grade};
use election_core::ids::PrecinctId;
use election_core::poll::genesis::Genesis;
use election_core::replica::io::Refusal;
use tokio::time::Instant;

use super::{audit, behind, look};
use crate::arguments::{Common, Tally};
use crate::error::Failure;
use crate::precinct::number;
use crate::report::{self, Canvass, PrecinctTally, Sums, Tallied, grade_in_words};
use crate::session::Session;

pub(super) async fn run(tally: &Tally, common: &Common) -> Result<Session, Failure> {
    let mut session = look(
        &tally.link,
        tally.place.precinct.as_deref(),
        tally.pace.stay,
        common,
    )
    .await?;
    session.fetch_poll(common.wait).await?;
    let since = Instant::now();
    let settle = tally.pace.settle;
    session.settle(settle, common.wait).await?;
    let instead = if tally.audit {
        audit::all(&mut session, common.wait).await?
    } else {
        Vec::new()
    };
    let counted: Vec<_> = instead.iter().map(|part| part.precinct).collect();
    session.stand(settle, since, &counted).await?;
    warn_of_what_is_not_here(&session);
    let tallied = count(&mut session, instead)?;
    if let Some(canvass) = &tallied.canvass {
        warn(canvass);
    }
    report::print(&tallied, common.json)?;
    Ok(session)
}

fn count(session: &mut Session, instead: Vec<Part>) -> Result<Tallied, Failure> {
    let held = session.replica().tally().ok_or(Refusal::NotOpen)?;
    let state_hash = HEXLOWER.encode(&session.replica().state_hash());
    let replica = session.tab().replica();
    let genesis = replica.genesis().ok_or(Refusal::NotOpen)?;
    let canvassed = session
        .board()
        .map(|board| audit::with_instead(board.total(), instead));
    let total = canvassed.as_ref().map_or(&held, |shown| &shown.total);
    Ok(Tallied {
        poll: replica.poll().to_string(),
        total: Sums::new(total, genesis),
        state_hash,
        canvass: canvassed
            .zip(replica.precinct())
            .map(|(canvassed, held)| in_words(&canvassed, held, genesis)),
        title: genesis.title().to_owned(),
    })
}

fn in_words(canvassed: &Canvassed, held: PrecinctId, genesis: &Genesis) -> Canvass {
    let parts = canvassed.parts.iter();
    Canvass {
        grade: canvassed.grade.map(grade_in_words),
        missing: canvassed.missing().map(number).collect(),
        precinct: number(held),
        precincts: parts
            .map(|part| PrecinctTally::new(part, genesis))
            .collect(),
    }
}

/// Says what the total lacks.
fn warn(canvass: &Canvass) {
    if let [first, ..] = canvass.missing[..] {
        let all = canvass.precincts.len();
        let missing = canvass.missing.len();
        eprintln!(
            "nothing is known of {missing} of {all} precincts, the first of them precinct {first}: the total lacks them"
        );
    }
}

/// Says so if more is claimed of this replica's own precinct than is here, and what is made of that.
fn warn_of_what_is_not_here(session: &Session) {
    let Some((behind, (precinct, board))) =
        behind(session).zip(session.precinct().zip(session.board()))
    else {
        return;
    };
    let parts = board.total().parts;
    let shown = parts.get(usize::from(precinct.0));
    let shown = shown.and_then(|part| part.shown.as_ref());
    if shown.is_some_and(|shown| shown.grade == Grade::Folded) {
        eprintln!("{behind}: what is here is counted");
    } else {
        eprintln!("{behind}, and nobody is there to fetch them from: what is claimed is shown");
    }
}
