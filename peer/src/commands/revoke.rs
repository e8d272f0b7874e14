//! `revoke`: takes a ballot out of the count, and waits until others know.

use election_core::ids::OpId;
use election_core::poll::revocation::check_reason;
use election_core::replica::io::{Input, Refusal};
use election_core::wire::link::{FoundLink, LinkPrecincts};

use super::{onlook, relay_of};
use crate::arguments::{Common, Revoke};
use crate::error::Failure;
use crate::precinct::{BadPrecinct, choose, number};
use crate::report::{self, Revoked};
use crate::session::Session;

pub(super) async fn run(revoke: &Revoke, common: &Common) -> Result<Session, Failure> {
    let found = FoundLink::in_text(&revoke.link)?;
    let relay = relay_of(&found, common)?;
    let link = found.link;
    let ballot = OpId::from_hex(revoke.ballot.trim())?;
    let reason = check_reason(&revoke.reason)?;
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
        revoke.pace.stay,
        common,
    )
    .await?;
    session.fetch_poll(common.wait).await?;
    // The whole of the chair's log should be here, or the new entry would fork it.
    session.settle(revoke.pace.settle, common.wait).await?;
    let precinct = session.precinct();
    let revoked = session.handle(Input::Revoke { ballot, reason });
    revoked.map_err(|failure| match (failure, precinct) {
        (Failure::Refused(Refusal::NoSuchBallot), Some(precinct)) => {
            Failure::NotInPrecinct(number(precinct))
        }
        (failure, _) => failure,
    })?;

    let revocations = session.replica().revocations();
    // The newest: an earlier entry that names the ballot named another voter, or this would have been refused.
    let entry = revocations
        .filter(|(_, revocation)| revocation.ballot == ballot)
        .last()
        .map(|(entry, _)| entry);
    let entry = entry.ok_or(Refusal::NoSuchBallot)?;
    let waited = common.wait;
    let seen = session.spread_entry(entry, waited, revoke.pace.settle);
    let Some(seen_by) = seen.await? else {
        let advice = "it may be lost: look with `election-peer ballots`, and revoke again if it is not there";
        return Err(session.not_seen("the revocation", waited, advice.to_owned()));
    };
    let revoked = Revoked {
        revocation: entry.to_string(),
        ballot: ballot.to_string(),
        reason: reason.to_owned(),
        seen_by,
    };
    report::print(&revoked, common.json)?;
    Ok(session)
}
