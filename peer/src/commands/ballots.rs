//! `ballots`: fetches the poll and says of each ballot why it counts or does not.

use std::fmt;

use clap::Args;
use election_core::poll::verdict::Verdict;
use election_core::poll::words;
use election_core::replica::Replica;
use election_core::replica::io::Refusal;
use serde::Serialize;

use super::common::{Common, Finish, Where};
use super::{behind, look};
use crate::error::Failure;
use crate::report;
use crate::session::Session;

/// List all ballots, and why each counts or does not
#[derive(Debug, Args)]
pub struct Ballots {
    /// The poll's link, with whatever stands around it, or only its token
    pub link: String,
    /// Whose to list.
    #[command(flatten)]
    pub place: Where,
    /// How long things take.
    #[command(flatten)]
    pub finish: Finish,
}

/// What `ballots` prints: a list.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct BallotList(pub Vec<ListedBallot>);

/// One ballot.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ListedBallot {
    /// The ballot's id.
    pub ballot: String,
    /// Its two words, which the page shows as the voter's receipt.
    pub receipt: String,
    /// The voter's public key.
    pub voter: String,
    /// The voter's two words, as the page shows them.
    pub voter_name: String,
    /// How many ballots of this voter came before.
    pub seq: u32,
    /// The names of the marked options.
    pub choice: Vec<String>,
    /// Whether it counts: counted, revoked, barred, spoiled or replaced.
    pub counts: &'static str,
    /// Why it counts or does not, in plain words.
    pub why: String,
}

impl fmt::Display for BallotList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            writeln!(f, "no ballots yet")?;
        }
        for ballot in &self.0 {
            writeln!(f, "{}  {}", ballot.ballot, ballot.choice.join(", "))?;
            let ListedBallot {
                receipt,
                voter,
                voter_name,
                seq,
                why,
                ..
            } = ballot;
            writeln!(
                f,
                "    receipt {receipt}, by {voter_name} ({voter}), seq {seq}: {why}"
            )?;
        }
        Ok(())
    }
}

pub(super) async fn run(ballots: &Ballots, common: &Common) -> Result<Session, Failure> {
    let mut session = look(
        &ballots.link,
        ballots.place.precinct.as_deref(),
        ballots.finish.stay,
        common,
    )
    .await?;
    session.fetch_poll(common.wait).await?;
    session.settle(ballots.finish.settle, common.wait).await?;
    if let Some(behind) = behind(&session) {
        eprintln!("{behind}: this list may lack some");
    }
    report::print(&list(session.replica())?, common.json)?;
    Ok(session)
}

/// All ballots, those of one voter side by side in the order in which they were cast.
fn list(replica: &Replica) -> Result<BallotList, Failure> {
    let options = replica.genesis().ok_or(Refusal::NotOpen)?.options();
    let mut listed: Vec<_> = replica
        .ballots()
        .map(|(voter, ballot, verdict)| ListedBallot {
            ballot: ballot.id.to_string(),
            receipt: words::receipt(&ballot.id).join(" "),
            voter: voter.to_string(),
            voter_name: words::voter(&voter).join(" "),
            seq: ballot.seq,
            choice: ballot
                .choice
                .marked()
                .filter_map(|option| options.get(option).cloned())
                .collect(),
            counts: in_a_word(verdict),
            why: why(verdict, replica.reason(verdict)),
        })
        .collect();
    listed.sort_by(|a, b| (&a.voter, a.seq, &a.ballot).cmp(&(&b.voter, b.seq, &b.ballot)));
    Ok(BallotList(listed))
}

fn in_a_word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Counted => "counted",
        Verdict::Revoked { .. } => "revoked",
        Verdict::Barred { .. } => "barred",
        Verdict::Spoiled { .. } => "spoiled",
        Verdict::Replaced { .. } => "replaced",
    }
}

fn why(verdict: Verdict, reason: Option<&str>) -> String {
    match verdict {
        Verdict::Counted => "it counts: it is its voter's latest ballot".to_owned(),
        Verdict::Replaced { by } => {
            format!("it does not count: its voter replaced it by ballot {by}")
        }
        Verdict::Spoiled { with } => {
            format!(
                "it does not count: its voter signed ballot {with} under the same number, so both are spoiled"
            )
        }
        Verdict::Revoked { .. } => {
            let reason = reason.unwrap_or("the reason is not here");
            format!("it does not count: the chair revoked it: {reason}")
        }
        Verdict::Barred { .. } => {
            let reason = reason.unwrap_or("the reason is not here");
            format!("it does not count: the chair barred its voter: {reason}")
        }
    }
}
