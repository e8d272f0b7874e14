//! `bar`: takes a voter out of the count, and waits until others know.

use std::fmt;

use clap::Args;
use election_core::ids::VoterKey;
use election_core::poll::op::{Op, VerifiedOp};
use election_core::poll::reason::check_reason;
use election_core::replica::io::{Command, Refusal};
use election_core::wire::link::{FoundLink, Link};
use serde::Serialize;

use super::common::{Common, Finish};
use super::values::free_text;
use super::{onlook, relay_of};
use crate::error::Failure;
use crate::precinct::choose;
use crate::report;
use crate::session::Session;

/// Bar a voter, with a reason that everybody can read
#[derive(Debug, Args)]
#[command(long_about = "\
Bar a voter, with a reason that everybody can read.

No ballot of that key counts from then on, whether it was signed before or will be, and nothing undoes that. To take out one ballot and \
let its voter vote again, revoke it.")]
pub struct Bar {
    /// The chair's link, with whatever stands around it, or only its token
    pub link: String,
    /// The voter's key, 64 hexadecimal digits; `election-peer ballots` lists them
    #[arg(long, value_name = "KEY", allow_hyphen_values = true)]
    pub voter: String,
    /// Why; everybody sees it beside the bar
    #[arg(long, allow_hyphen_values = true, value_parser = free_text)]
    pub reason: String,
    /// In which precinct this is said first, by its name or its number, counted from 1 [default: the
    /// voter's own]
    #[arg(long, value_name = "NAME|NUMBER", allow_hyphen_values = true, value_parser = free_text)]
    pub precinct: Option<String>,
    /// How long things take.
    #[command(flatten)]
    pub finish: Finish,
}

/// What `bar` prints.
#[derive(Debug, Serialize)]
pub struct Barred {
    /// The log entry's id.
    pub bar: String,
    /// The voter's key.
    pub voter: String,
    /// Why.
    pub reason: String,
    /// How many other replicas say that they have it.
    pub seen_by: usize,
}

impl fmt::Display for Barred {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "bar      {}", self.bar)?;
        writeln!(f, "voter    {}", self.voter)?;
        writeln!(f, "reason   {}", self.reason)?;
        writeln!(f, "seen by  {}", report::seen_by(self.seen_by))
    }
}

pub(super) async fn run(bar: &Bar, common: &Common) -> Result<Session, Failure> {
    let found = FoundLink::in_text(&bar.link)?;
    let relay = relay_of(&found, common)?;
    let voter = VoterKey::from_hex(bar.voter.trim()).map_err(Failure::VoterKey)?;
    let reason = check_reason(&bar.reason)?.to_owned();
    let chair = found.link.chair.ok_or(Refusal::NotChair)?;
    let wanted = bar.precinct.as_deref();
    let (mut link, definition) = choose(&found.link, wanted, &relay, common.wait).await?;
    if wanted.is_none() {
        link = of_voter(link, voter);
    }

    let stays = bar.finish.stay;
    let mut session = onlook(&link, relay, Some(chair), definition, stays, common).await?;
    session.fetch_poll(common.wait).await?;
    // All of the chair's log should be here, so that what is in it already is not entered again.
    session.settle(bar.finish.settle, common.wait).await?;
    session.ask(Command::Bar {
        voter,
        reason: reason.clone(),
    })?;

    let bars = |op: &&VerifiedOp| matches!(&***op, Op::BarVoter(bar) if bar.voter == voter);
    let entry = session.replica().log().find(bars);
    let entry = entry.ok_or(Refusal::StillSaving)?.id();
    let waited = common.wait;
    let seen = session.spread_entry(entry, waited, bar.finish.settle);
    let Some(seen_by) = seen.await? else {
        let advice =
            "it may be lost: look with `election-peer ballots`, and bar again if it is not there";
        return Err(session.not_seen("the bar", waited, advice.to_owned()));
    };
    let barred = Barred {
        bar: entry.to_string(),
        voter: voter.to_string(),
        reason,
        seen_by,
    };
    report::print(&barred, common.json)?;
    Ok(session)
}

/// The link to the voter's own precinct, whichever this one leads to.
fn of_voter(mut link: Link, voter: VoterKey) -> Link {
    if let Some(precincts) = &mut link.precincts {
        precincts.precinct = None;
    }
    match link.precinct(voter) {
        Some((_, precinct)) => link.for_precinct(precinct),
        None => link,
    }
}
