//! `close` and `reopen`: whether the poll takes ballots, and waits until others know.

use std::fmt;

use clap::Args;
use election_core::poll::close::Status;
use election_core::poll::op::{Op, VerifiedOp};
use election_core::replica::io::{Command, Refusal};
use election_core::wire::link::FoundLink;
use serde::Serialize;

use super::common::{Common, Finish};
use super::{onlook, relay_of};
use crate::error::Failure;
use crate::report;
use crate::session::Session;

/// Close the poll: from then on no page offers a ballot
#[derive(Debug, Args)]
#[command(long_about = "\
Close the poll: from then on no page offers a ballot.

Ballots that are on their way still arrive, and count. `reopen` opens it again.")]
pub struct Close {
    /// What both take.
    #[command(flatten)]
    pub set: SetStatus,
}

/// Open a closed poll again
#[derive(Debug, Args)]
pub struct Reopen {
    /// What both take.
    #[command(flatten)]
    pub set: SetStatus,
}

/// What both take.
#[derive(Debug, Args)]
pub struct SetStatus {
    /// The chair's link, with whatever stands around it, or only its token
    pub link: String,
    /// How long things take.
    #[command(flatten)]
    pub finish: Finish,
}

/// What both print.
#[derive(Debug, Serialize)]
pub struct StatusSet {
    /// The log entry's id.
    pub entry: String,
    /// open or closed.
    pub status: &'static str,
    /// How many other replicas say that they have it.
    pub seen_by: usize,
}

impl fmt::Display for StatusSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "entry    {}", self.entry)?;
        writeln!(f, "status   {}", self.status)?;
        writeln!(f, "seen by  {}", report::seen_by(self.seen_by))
    }
}

pub(super) async fn run(
    set: &SetStatus,
    status: Status,
    common: &Common,
) -> Result<Session, Failure> {
    let found = FoundLink::in_text(&set.link)?;
    let relay = relay_of(&found, common)?;
    let link = &found.link;
    let chair = link.chair.ok_or(Refusal::NotChair)?;
    let stays = set.finish.stay;
    let mut session = onlook(link, relay, Some(chair), None, stays, common).await?;
    session.fetch_poll(common.wait).await?;
    // All of the chair's log should be here, so that what is in it already is not entered again.
    session.settle(set.finish.settle, common.wait).await?;
    session.ask(Command::SetStatus(status))?;

    let sets = |op: &&VerifiedOp| matches!(&***op, Op::Close(_) | Op::Reopen(_));
    let entry = session.replica().log().filter(sets).last();
    let entry = entry.ok_or(Refusal::StillSaving)?.id();
    let waited = common.wait;
    let seen = session.spread_entry(entry, waited, set.finish.settle);
    let Some(seen_by) = seen.await? else {
        let advice =
            "it may be lost: look with `election-peer tally`, and say it again if it is not there";
        return Err(session.not_seen("the entry", waited, advice.to_owned()));
    };
    let set = StatusSet {
        entry: entry.to_string(),
        status: report::status(status),
        seen_by,
    };
    report::print(&set, common.json)?;
    Ok(session)
}
