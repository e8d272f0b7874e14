//! `strike`: takes what is claimed of a precinct out of the total, and waits until others know.

use std::fmt;

use clap::Args;
use election_core::ids::PrecinctId;
use election_core::poll::op::{Op, VerifiedOp};
use election_core::poll::reason::check_reason;
use election_core::replica::io::{Command, Refusal};
use election_core::wire::link::{FoundLink, LinkPrecincts};
use serde::Serialize;

use super::common::{Common, Finish};
use super::values::free_text;
use super::{onlook, relay_of};
use crate::error::Failure;
use crate::precinct::{BadPrecinct, choose, number};
use crate::report::{self, PrecinctTally};
use crate::session::Session;

/// Strike what is claimed of a precinct, with a reason that everybody can read
#[derive(Debug, Args)]
#[command(long_about = "\
Strike what is claimed of a precinct, with a reason that everybody can read.

What is struck counts for nothing from then on, whoever signs it, and nothing undoes that: the precinct counts again only once it has \
other ballots, so that one that returned the truth needs another vote there. An older claim may be shown in place of the one that was \
struck; what is printed says so.")]
pub struct Strike {
    /// The chair's link, with whatever stands around it, or only its token
    pub link: String,
    /// Which precinct, by its name or its number, counted from 1
    #[arg(long, value_name = "NAME|NUMBER", allow_hyphen_values = true, value_parser = free_text)]
    pub precinct: String,
    /// Why; everybody sees it beside the strike
    #[arg(long, allow_hyphen_values = true, value_parser = free_text)]
    pub reason: String,
    /// How long things take.
    #[command(flatten)]
    pub finish: Finish,
}

/// What `strike` prints.
#[derive(Debug, Serialize)]
pub struct Struck {
    /// The log entry's id.
    pub strike: String,
    /// Of which precinct, from 1.
    pub precinct: u32,
    /// The return that was struck.
    pub return_id: String,
    /// Of how many ops that spoke.
    pub version: u64,
    /// Why.
    pub reason: String,
    /// How many other replicas in this one's own precinct say that they have it.
    pub seen_by: usize,
    /// What is shown of that precinct from now on, which may be an older claim; none until it
    /// returns other ballots.
    pub now: Option<PrecinctTally>,
}

impl fmt::Display for Struck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "strike    {}", self.strike)?;
        writeln!(f, "precinct  {}", self.precinct)?;
        writeln!(f, "return    {}, version {}", self.return_id, self.version)?;
        writeln!(f, "reason    {}", self.reason)?;
        writeln!(f, "seen by   {}", report::seen_by(self.seen_by))?;
        match &self.now {
            Some(now) => writeln!(
                f,
                "now       {}: strike it too if it is wrong",
                now.to_string().trim_start()
            ),
            None => writeln!(
                f,
                "now       nothing is shown of it, until it returns other ballots"
            ),
        }
    }
}

pub(super) async fn run(strike: &Strike, common: &Common) -> Result<Session, Failure> {
    let found = FoundLink::in_text(&strike.link)?;
    let relay = relay_of(&found, common)?;
    let link = found.link;
    let reason = check_reason(&strike.reason)?.to_owned();
    let chair = link.chair.ok_or(Refusal::NotChair)?;
    let wanted = Some(strike.precinct.as_str());
    let (there, definition) = choose(&link, wanted, &relay, common.wait).await?;
    let Some(LinkPrecincts {
        count,
        precinct: Some(precinct),
    }) = there.precincts
    else {
        return Err(BadPrecinct::NoPrecincts.into());
    };

    // From another precinct: there what is claimed is what is shown.
    let next = (u32::from(precinct.0) + 1) % u32::from(count);
    let elsewhere = link.for_precinct(PrecinctId(next as u16));
    let mut session = onlook(
        &elsewhere,
        relay,
        Some(chair),
        definition,
        strike.finish.stay,
        common,
    )
    .await?;
    session.fetch_poll(common.wait).await?;
    // All of the chair's log should be here, so that what is in it already is not entered again.
    session.settle(strike.finish.settle, common.wait).await?;
    let claims = session.board().map(|board| board.claims(precinct));
    let shown = claims.and_then(|claims| claims.first());
    let shown = shown.ok_or(Failure::NothingToStrike(number(precinct)))?;
    let version = shown.statement().version();
    let return_id = shown.statement().return_id();
    session.ask(Command::Strike {
        precinct,
        return_id,
        reason: reason.clone(),
    })?;

    let strikes = |op: &&VerifiedOp| matches!(&***op, Op::StrikeReturn(strike) if (strike.precinct, strike.return_id) == (precinct, return_id));
    let entry = session.replica().log().find(strikes);
    let entry = entry.ok_or(Refusal::StillSaving)?.id();
    let waited = common.wait;
    let seen = session.spread_entry(entry, waited, strike.finish.settle);
    let Some(seen_by) = seen.await? else {
        let advice =
            "it may be lost: look with `election-peer tally`, and strike again if it is not there";
        return Err(session.not_seen("the strike", waited, advice.to_owned()));
    };
    // Another claim may have taken the place of the one that was struck.
    let genesis = session.tab().replica().genesis().ok_or(Refusal::NotOpen)?;
    let parts = session.board().map(|board| board.total().parts);
    let mut parts = parts.into_iter().flatten();
    let now = parts.find(|part| part.precinct == precinct && part.shown.is_some());
    let now = now.map(|part| PrecinctTally::new(&part, genesis));
    let struck = Struck {
        strike: entry.to_string(),
        precinct: number(precinct),
        return_id: return_id.to_string(),
        version,
        reason,
        seen_by,
        now,
    };
    report::print(&struck, common.json)?;
    Ok(session)
}
