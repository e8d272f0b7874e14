//! `revoke`: takes a ballot out of the count, and waits until others know.

use ed25519_zebra::SigningKey;
use election_core::ids::OpId;
use election_core::poll::revocation::check_reason;
use election_core::replica::io::{Input, Refusal};
use election_core::wire::link::Link;
use tokio::time::Instant;

use super::relay_of;
use crate::arguments::{Common, Revoke};
use crate::error::Failure;
use crate::random;
use crate::report::{self, Revoked};
use crate::session::Session;

pub(super) async fn run(revoke: &Revoke, common: &Common) -> Result<Session, Failure> {
    let link = Link::parse(&revoke.link)?;
    let relay = relay_of(&revoke.link, common)?;
    let ballot = OpId::from_hex(revoke.ballot.trim())?;
    let reason = check_reason(&revoke.reason)?;
    let chair = link.chair.ok_or(Refusal::NotChair)?;

    let nobody = SigningKey::from(random::bytes()?);
    let mut session = Session::connect(&link, relay, nobody, Some(chair), common.wait).await?;
    session.fetch_poll(common.wait).await?;
    // The whole of the chair's log should be here, or the new entry would fork it.
    session.settle(revoke.pace.settle, common.wait).await?;
    session.handle(Input::Revoke { ballot, reason })?;

    let mut revocations = session.replica().revocations();
    let entry = revocations
        .find(|(_, revocation)| revocation.ballot == ballot)
        .map(|(entry, _)| entry);
    drop(revocations);
    let entry = entry.ok_or(Refusal::NoSuchBallot)?;
    let limit = Instant::now() + common.wait;
    if !session
        .wait_until(limit, |replica| replica.seen_by(entry) > 0)
        .await?
    {
        let (what, waited) = ("the revocation".to_owned(), common.wait);
        let advice = "it may be lost: look with `election-peer ballots`, and revoke again if it is not there";
        return Err(session.lost_or(Failure::NotSeen {
            what,
            waited,
            advice,
        }));
    }
    let limit = Instant::now() + revoke.pace.settle;
    session
        .wait_until(limit, |replica| {
            replica
                .room()
                .is_some_and(|room| replica.seen_by(entry) + 1 >= room as usize)
        })
        .await?;

    let revoked = Revoked {
        revocation: entry.to_string(),
        ballot: ballot.to_string(),
        reason: reason.to_owned(),
        seen_by: session.replica().seen_by(entry),
    };
    report::print(&revoked, common.json)?;
    Ok(session)
}
