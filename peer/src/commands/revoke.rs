//! `revoke`: takes a ballot out of the count, and waits until others know.

use std::fmt;

use clap::Args;
use election_core::ids::OpId;
use election_core::poll::op::{Op, VerifiedOp};
use election_core::poll::reason::check_reason;
use election_core::replica::io::{Command, Refusal};
use election_core::wire::link::{FoundLink, LinkPrecincts};
use serde::Serialize;

use super::common::{Common, Finish, Where};
use super::values::free_text;
use super::{onlook, relay_of};
use crate::error::Failure;
use crate::precinct::{BadPrecinct, choose, number};
use crate::report;
use crate::session::Session;

/// Take a ballot out of the count, with a reason that everybody can read
#[derive(Debug, Args)]
pub struct Revoke {
    /// The chair's link, with whatever stands around it, or only its token
    pub link: String,
    /// The ballot's id, 64 hexadecimal digits
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    pub ballot: String,
    /// Why; everybody sees it beside the revocation
    #[arg(long, allow_hyphen_values = true, value_parser = free_text)]
    pub reason: String,
    /// Whose ballot it is.
    #[command(flatten)]
    pub place: Where,
    /// How long things take.
    #[command(flatten)]
    pub finish: Finish,
}

/// What `revoke` prints.
#[derive(Debug, Serialize)]
pub struct Revoked {
    /// The log entry's id.
    pub revocation: String,
    /// The ballot's id.
    pub ballot: String,
    /// Why.
    pub reason: String,
    /// How many other replicas say that they have it.
    pub seen_by: usize,
}

impl fmt::Display for Revoked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "revocation  {}", self.revocation)?;
        writeln!(f, "ballot      {}", self.ballot)?;
        writeln!(f, "reason      {}", self.reason)?;
        writeln!(f, "seen by     {}", report::seen_by(self.seen_by))
    }
}

pub(super) async fn run(revoke: &Revoke, common: &Common) -> Result<Session, Failure> {
    let found = FoundLink::in_text(&revoke.link)?;
    let relay = relay_of(&found, common)?;
    let link = found.link;
    let ballot = OpId::from_hex(revoke.ballot.trim()).map_err(Failure::BallotId)?;
    let reason = check_reason(&revoke.reason)?.to_owned();
    let chair = link.chair.ok_or(Refusal::NotChair)?;
    let wanted = revoke.place.precinct.as_deref();
    let (link, definition) = choose(&link, wanted, &relay, common.wait).await?;
    if matches!(link.precincts, Some(LinkPrecincts { precinct: None, .. })) {
        return Err(BadPrecinct::NoneNamed.into());
    }

    let mut session = onlook(
        &link,
        relay,
        Some(chair),
        definition,
        revoke.finish.stay,
        common,
    )
    .await?;
    session.fetch_poll(common.wait).await?;
    // All of the chair's log should be here, so that what is in it already is not entered again.
    session.settle(revoke.finish.settle, common.wait).await?;
    let precinct = session.precinct();
    let revoked = session.ask(Command::Revoke {
        ballot,
        reason: reason.clone(),
    });
    revoked.map_err(|failure| match (failure, precinct) {
        (Failure::Refused(Refusal::NoSuchBallot), Some(precinct)) => {
            Failure::NotInPrecinct(number(precinct))
        }
        (failure, _) => failure,
    })?;

    let revokes = |op: &&VerifiedOp| matches!(&***op, Op::RevokeBallot(revocation) if revocation.ballot == ballot);
    // The newest: an earlier entry that names the ballot named another voter, or this would have
    // been refused.
    let entry = session.replica().log().filter(revokes).last();
    let entry = entry.ok_or(Refusal::NoSuchBallot)?.id();
    let waited = common.wait;
    let seen = session.spread_entry(entry, waited, revoke.finish.settle);
    let Some(seen_by) = seen.await? else {
        let advice = "it may be lost: look with `election-peer ballots`, and revoke again if it is not there";
        return Err(session.not_seen("the revocation", waited, advice.to_owned()));
    };
    let revoked = Revoked {
        revocation: entry.to_string(),
        ballot: ballot.to_string(),
        reason,
        seen_by,
    };
    report::print(&revoked, common.json)?;
    Ok(session)
}
