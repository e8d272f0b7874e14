//! `tally`: fetches the poll and counts.

use data_encoding::HEXLOWER;
use election_core::canvass::canvassed::{Part, Shown};
use election_core::canvass::{Canvassed, Grade};
use election_core::ids::PrecinctId;
use election_core::poll::genesis::Genesis;
use election_core::replica::io::Refusal;

use super::{audit, behind, look};
use crate::arguments::{Common, Tally};
use crate::error::Failure;
use crate::precinct::number;
use crate::report::{self, Canvass, PrecinctTally, Sums, Tallied, grade_in_words};
use crate::session::{Session, is_alone};

pub(super) async fn run(tally: &Tally, common: &Common) -> Result<Session, Failure> {
    let mut session = look(&tally.link, tally.place.precinct.as_deref(), common).await?;
    session.fetch_poll(common.wait).await?;
    session.settle(tally.pace.settle, common.wait).await?;
    let mut instead = if tally.audit {
        audit::all(&mut session, common.wait).await?
    } else {
        Vec::new()
    };
    instead.extend(out_of_reach(&mut session));
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

/// What is claimed of this replica's own precinct, if that is more than is here and nobody is there to fetch it from: this replica's
/// count would be of nothing then. At best claimed: how long a claim has stood only matters where it is shown.
fn out_of_reach(session: &mut Session) -> Option<Part> {
    let behind = behind(session)?;
    if !is_alone(session.replica()) {
        eprintln!("{behind}: what is here is counted");
        return None;
    }
    eprintln!("{behind}, and nobody is there to fetch them from: what is claimed is shown");
    let (precinct, board) = session.precinct().zip(session.board())?;
    let claim = board.claims(precinct).first()?;
    let statement = claim.statement();
    let shown = Shown {
        total: statement.total.clone(),
        version: statement.version(),
        grade: Grade::Claimed,
        attestations: claim.attestations().as_slice().len(),
        disputes: board.disputes(precinct, statement.state()).count(),
    };
    let mut parts = board.total().parts.into_iter();
    let part = parts.find(|part| part.precinct == precinct)?;
    Some(Part {
        shown: Some(shown),
        ..part
    })
}
