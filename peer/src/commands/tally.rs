//! `tally`: fetches the poll and counts.

use data_encoding::HEXLOWER;
use election_core::canvass::Canvassed;
use election_core::canvass::canvassed::Part;
use election_core::ids::PrecinctId;
use election_core::poll::genesis::Genesis;
use election_core::replica::io::Refusal;

use super::{audit, look};
use crate::arguments::{Common, Tally};
use crate::error::Failure;
use crate::precinct::number;
use crate::report::{self, Canvass, PrecinctTally, Sums, Tallied, grade_in_words};
use crate::session::Session;

pub(super) async fn run(tally: &Tally, common: &Common) -> Result<Session, Failure> {
    let mut session = look(&tally.link, tally.place.precinct.as_deref(), common).await?;
    session.fetch_poll(common.wait).await?;
    session.settle(tally.pace.settle, common.wait).await?;
    let audited = if tally.audit {
        audit::all(&mut session, common.wait).await?
    } else {
        Vec::new()
    };
    let tallied = count(&mut session, audited)?;
    if let Some(canvass) = &tallied.canvass {
        warn(&session, canvass);
    }
    report::print(&tallied, common.json)?;
    Ok(session)
}

fn count(session: &mut Session, audited: Vec<Part>) -> Result<Tallied, Failure> {
    let held = session.replica().tally().ok_or(Refusal::NotOpen)?;
    let state_hash = HEXLOWER.encode(&session.replica().state_hash());
    let replica = session.tab().replica();
    let genesis = replica.genesis().ok_or(Refusal::NotOpen)?;
    let canvassed = session
        .board()
        .map(|board| audit::in_place_of_claims(board.total(), audited));
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
fn warn(session: &Session, canvass: &Canvass) {
    if let [first, ..] = canvass.missing[..] {
        let all = canvass.precincts.len();
        let missing = canvass.missing.len();
        eprintln!(
            "nothing is known of {missing} of {all} precincts, the first of them precinct {first}: the total lacks them"
        );
    }
    let held = session.precinct().zip(session.board());
    let Some((precinct, board)) = held else {
        return;
    };
    let here = board.version(precinct).unwrap_or(0);
    let claims = board.claims(precinct).iter();
    let claimed = claims.map(|claim| claim.statement().version()).max();
    if let Some(claimed) = claimed.filter(|claimed| *claimed > here) {
        eprintln!(
            "precinct {} is counted from the {here} ops that are here, but {claimed} are claimed: the rest is not in reach",
            number(precinct)
        );
    }
}
