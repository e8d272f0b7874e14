//! `ballots`: fetches the poll and says of each ballot why it counts or does not.

use std::collections::BTreeMap;

use election_core::ids::OpId;
use election_core::poll::register::Standing;
use election_core::replica::Replica;
use election_core::replica::io::Refusal;

use super::{behind, look};
use crate::arguments::{Ballots, Common};
use crate::error::Failure;
use crate::report::{self, BallotList, ListedBallot};
use crate::session::Session;

pub(super) async fn run(ballots: &Ballots, common: &Common) -> Result<Session, Failure> {
    let mut session = look(
        &ballots.link,
        ballots.place.precinct.as_deref(),
        ballots.pace.stay,
        common,
    )
    .await?;
    session.fetch_poll(common.wait).await?;
    session.settle(ballots.pace.settle, common.wait).await?;
    if let Some(behind) = behind(&session) {
        eprintln!("{behind}: this list may lack some");
    }
    report::print(&list(session.replica())?, common.json)?;
    Ok(session)
}

/// All ballots, those of one voter side by side in the order in which they were cast.
fn list(replica: &Replica) -> Result<BallotList, Failure> {
    let options = replica.genesis().ok_or(Refusal::NotOpen)?.options();
    let reasons: BTreeMap<OpId, &str> = replica
        .revocations()
        .map(|(entry, revocation)| (entry, revocation.reason.as_str()))
        .collect();
    let mut listed: Vec<_> = replica
        .ballots()
        .map(|(voter, ballot, standing)| ListedBallot {
            ballot: ballot.id.to_string(),
            voter: voter.to_string(),
            seq: ballot.seq,
            choice: ballot
                .choice
                .marked()
                .filter_map(|option| options.get(option).cloned())
                .collect(),
            counts: standing == Standing::Counted,
            why: why(standing, &reasons),
        })
        .collect();
    listed.sort_by(|a, b| (&a.voter, a.seq, &a.ballot).cmp(&(&b.voter, b.seq, &b.ballot)));
    Ok(BallotList(listed))
}

fn why(standing: Standing, reasons: &BTreeMap<OpId, &str>) -> String {
    match standing {
        Standing::Counted => "it counts: it is its voter's latest ballot".to_owned(),
        Standing::Replaced { by } => {
            format!("it does not count: its voter replaced it by ballot {by}")
        }
        Standing::Spoiled { with } => {
            format!(
                "it does not count: its voter signed ballot {with} under the same number, so both are spoiled"
            )
        }
        Standing::Revoked { by } => {
            let reason = reasons
                .get(&by)
                .copied()
                .unwrap_or("the reason is not here");
            format!("it does not count: the chair revoked it: {reason}")
        }
    }
}
