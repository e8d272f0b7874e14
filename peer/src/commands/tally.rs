//! `tally`: fetches the poll and counts.

use data_encoding::HEXLOWER;
use election_core::canvass::{Canvassed, Grade};
use election_core::ids::PrecinctId;
use election_core::poll::genesis::Genesis;
use election_core::poll::precincts::Precincts;
use election_core::replica::Replica;
use election_core::replica::io::Refusal;
use tokio::time::Instant;

use super::audit::{self, Audited};
use super::{behind, look};
use crate::arguments::{Common, Tally};
use crate::error::Failure;
use crate::precinct::{listed, number};
use crate::report::{self, Canvass, PrecinctTally, StruckReturn, Sums, Tallied, grade_in_words};
use crate::session::{Agreement, Session};

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
    let audited = if tally.audit {
        audit::all(&mut session, common.wait).await?
    } else {
        Vec::new()
    };
    let counted: Vec<_> = audited.iter().map(Audited::precinct).collect();
    session.stand(settle, since, &counted).await?;
    warn_of_what_is_not_here(&session);
    let board = session.board();
    let strikes = session.tab().replica().strikes();
    let struck = strikes
        .map(|(_, strike)| (strike.precinct, strike.return_id))
        .collect();
    let canvassed = board.map(|board| audit::with_instead(board.total(), audited, &struck));
    if let Some(canvassed) = &canvassed {
        say_what_it_lacks(canvassed, session.precincts());
    }
    report::print(&count(&mut session, canvassed.as_ref())?, common.json)?;
    Ok(session)
}

fn count(session: &mut Session, canvassed: Option<&Canvassed>) -> Result<Tallied, Failure> {
    let held = session.replica().tally().ok_or(Refusal::NotOpen)?;
    let state_hash = HEXLOWER.encode(&session.replica().state_hash());
    let Agreement { replicas, agreeing } = session.agreement();
    let replica = session.tab().replica();
    let genesis = replica.genesis().ok_or(Refusal::NotOpen)?;
    let total = canvassed.map_or(&held, |shown| &shown.total);
    Ok(Tallied {
        poll: replica.poll().to_string(),
        total: Sums::new(total, genesis),
        state_hash,
        replicas,
        agreeing,
        canvass: canvassed
            .zip(replica.precinct())
            .map(|(canvassed, held)| in_words(canvassed, held, replica, genesis)),
        title: genesis.title().to_owned(),
    })
}

fn in_words(
    canvassed: &Canvassed,
    held: PrecinctId,
    replica: &Replica,
    genesis: &Genesis,
) -> Canvass {
    let parts = canvassed.parts.iter();
    let strikes = replica.strikes();
    Canvass {
        grade: canvassed.grade.map(grade_in_words),
        missing: canvassed.missing().map(number).collect(),
        precinct: number(held),
        precincts: parts
            .map(|part| PrecinctTally::new(part, genesis))
            .collect(),
        strikes: strikes
            .map(|(_, strike)| StruckReturn::new(strike, genesis))
            .collect(),
    }
}

/// Says what the total lacks.
fn say_what_it_lacks(canvassed: &Canvassed, precincts: Option<&Precincts>) {
    let lacking = canvassed.parts.iter().filter(|part| part.shown.is_none());
    let (struck, missing): (Vec<_>, Vec<_>) = lacking.partition(|part| part.struck > 0);
    for (parts, why) in [
        (missing, "nothing is known of"),
        (
            struck,
            "the chair struck a return, and nothing else is known, of",
        ),
    ] {
        let lacking: Vec<_> = parts.iter().map(|part| part.precinct).collect();
        if !lacking.is_empty() {
            let precincts = listed(&lacking, precincts);
            eprintln!("not in the total: {why} {precincts}");
        }
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
        eprintln!("{behind}, and nobody is there to fetch it from: what is claimed is shown");
    }
}
