//! `tally`: fetches the poll and counts.

use clap::Args;
use data_encoding::HEXLOWER;
use election_core::board::{Canvassed, Grade};
use election_core::ids::PrecinctId;
use election_core::poll::genesis::Genesis;
use election_core::poll::precincts::Precincts;
use election_core::poll::words;
use election_core::replica::Replica;
use election_core::replica::io::Refusal;
use tokio::time::Instant;

use super::audit::{self, Audited};
use super::common::{Common, Finish, Where};
use super::{behind, look};
use crate::error::Failure;
use crate::precinct::{listed, number};
use crate::report::{self, Canvass, PrecinctTally, StruckReturn, Sums, Tallied, grade_in_words};
use crate::session::{Agreement, Session};

/// Count
#[derive(Debug, Args)]
#[command(long_about = "\
Count.

In a poll with precincts this fetches the ballots of one of them and counts these; of the others it shows what they return. Each \
figure carries its grade: folded (counted here, ballot by ballot), attested by so many of the precinct's members, or claimed; the \
total's is the worst of them. What several signed is attested once it stood undisputed here for a minute and a half, \
longer in polls of more than 200 precincts, so that a short look shows it as claimed: --settle 2m waits for that, no longer than it takes \
(where that is too short, the command says so), or count it with --audit. A precinct of which nothing is known is named as missing, \
and one of which all that is known was struck as struck; neither is in the total.")]
pub struct Tally {
    /// The poll's link, with whatever stands around it, or only its token
    pub link: String,
    /// Which to count here.
    #[command(flatten)]
    pub place: Where,
    /// Fetch and count all other precincts too, four at a time; --wait is how long each may take
    #[arg(long)]
    pub audit: bool,
    /// How long things take.
    #[command(flatten)]
    pub finish: Finish,
}

pub(super) async fn run(tally: &Tally, common: &Common) -> Result<Session, Failure> {
    let mut session = look(
        &tally.link,
        tally.place.precinct.as_deref(),
        tally.finish.stay,
        common,
    )
    .await?;
    session.fetch_poll(common.wait).await?;
    let since = Instant::now();
    let settle = tally.finish.settle;
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
    let struck = report::strikes(session.tab().replica())
        .map(|strike| (strike.precinct, strike.return_id))
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
    let state_hash = session.replica().state_hash();
    let Agreement { replicas, agreeing } = session.agreement();
    let replica = session.tab().replica();
    let genesis = replica.genesis().ok_or(Refusal::NotOpen)?;
    let total = canvassed.map_or(&held, |shown| &shown.total);
    Ok(Tallied {
        poll: replica.poll().to_string(),
        status: report::status(replica.status()),
        total: Sums::new(total, genesis),
        state_hash: HEXLOWER.encode(&state_hash),
        result_code: words::code(&state_hash).join(" "),
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
    Canvass {
        grade: canvassed.grade.map(grade_in_words),
        missing: canvassed.missing().map(number).collect(),
        precinct: number(held),
        precincts: parts
            .map(|part| PrecinctTally::new(part, genesis))
            .collect(),
        strikes: report::strikes(replica)
            .map(|strike| StruckReturn::new(strike, genesis))
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

/// Says so if more is claimed of this replica's own precinct than is here, and what is made of
/// that.
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
