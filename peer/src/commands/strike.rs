//! `strike`: takes what is claimed of a precinct out of the total, and waits until others know.

use election_core::ids::PrecinctId;
use election_core::poll::revocation::check_reason;
use election_core::replica::io::{Input, Refusal};
use election_core::wire::link::{FoundLink, LinkPrecincts};

use super::{onlook, relay_of};
use crate::arguments::{Common, Strike};
use crate::error::Failure;
use crate::precinct::{BadPrecinct, choose, number};
use crate::report::{self, PrecinctTally, Struck};
use crate::session::Session;

pub(super) async fn run(strike: &Strike, common: &Common) -> Result<Session, Failure> {
    let found = FoundLink::in_text(&strike.link)?;
    let relay = relay_of(&found, common)?;
    let link = found.link;
    let reason = check_reason(&strike.reason)?;
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
        strike.pace.stay,
        common,
    )
    .await?;
    session.fetch_poll(common.wait).await?;
    // The whole of the chair's log should be here, or the new entry would fork it.
    session.settle(strike.pace.settle, common.wait).await?;
    let claims = session.board().map(|board| board.claims(precinct));
    let shown = claims.and_then(|claims| claims.first());
    let shown = shown.ok_or(Failure::NothingToStrike(number(precinct)))?;
    let version = shown.statement().version();
    let return_id = shown.statement().return_id(link.poll);
    session.handle(Input::Strike {
        precinct,
        return_id,
        reason,
    })?;

    let mut strikes = session.replica().strikes();
    let entry = strikes
        .find(|(_, strike)| (strike.precinct, strike.return_id) == (precinct, return_id))
        .map(|(entry, _)| entry);
    drop(strikes);
    let entry = entry.ok_or(Refusal::StillSaving)?;
    let waited = common.wait;
    let seen = session.spread_entry(entry, waited, strike.pace.settle);
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
        reason: reason.to_owned(),
        seen_by,
        now,
    };
    report::print(&struck, common.json)?;
    Ok(session)
}
