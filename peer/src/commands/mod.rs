//! The commands, one a file: what each waits for, does and prints.
//!
//! `audit` is what `tally --audit` adds. Each command ends with its replica still connected, so that `--stay` is the same for all.

mod audit;
mod ballots;
mod new;
mod revoke;
mod strike;
mod tally;
mod vote;

use ed25519_zebra::SigningKey;
use election_core::replica::io::Record;
use election_core::wire::link::{FoundLink, Link};

use crate::arguments::{Arguments, Command, Common};
use crate::error::Failure;
use crate::precinct::{self, listed, onlooker, voter};
use crate::relay_address::RelayAddress;
use crate::session::Session;

/// Runs the command up to its result. Returns its replica, and whether that is to stay up.
///
/// # Errors
/// [`Failure`], with a message and an exit code.
pub async fn run(arguments: &Arguments) -> Result<(Session, bool), Failure> {
    let common = &arguments.common;
    Ok(match &arguments.command {
        Command::New(new) => (new::run(new, common).await?, new.pace.stay),
        Command::Vote(vote) => (vote::run(vote, common).await?, vote.pace.stay),
        Command::Revoke(revoke) => (revoke::run(revoke, common).await?, revoke.pace.stay),
        Command::Tally(tally) => (tally::run(tally, common).await?, tally.pace.stay),
        Command::Ballots(ballots) => (ballots::run(ballots, common).await?, ballots.pace.stay),
        Command::Strike(strike) => (strike::run(strike, common).await?, strike.pace.stay),
    })
}

/// The relay to use for a link: the one that is named, or the link's own.
fn relay_of(link: &FoundLink, common: &Common) -> Result<RelayAddress, Failure> {
    Ok(match &common.relay {
        Some(address) => RelayAddress::parse(address)?,
        None => RelayAddress::of_link(link)?.unwrap_or_default(),
    })
}

/// A replica at the link's precinct, or at the named one.
async fn look(
    link: &str,
    precinct: Option<&str>,
    stays: bool,
    common: &Common,
) -> Result<Session, Failure> {
    let found = FoundLink::in_text(link)?;
    let relay = relay_of(&found, common)?;
    let (link, definition) = precinct::choose(&found.link, precinct, &relay, common.wait).await?;
    onlook(&link, relay, None, definition, stays, common).await
}

/// A replica whose voter never votes; it may sign for the chair. Who only looks signs nothing for the precinct, and who stays up
/// speaks for it, like any tab.
async fn onlook(
    link: &Link,
    relay: RelayAddress,
    chair: Option<SigningKey>,
    definition: Option<Record>,
    stays: bool,
    common: &Common,
) -> Result<Session, Failure> {
    let (link, key) = if stays {
        (link.clone(), voter(link)?)
    } else {
        onlooker(link)?
    };
    Session::connect(&link, relay, key, chair, definition, common.wait).await
}

/// Says so if more is claimed of the replica's own precinct than is here.
fn behind(session: &Session) -> Option<String> {
    let (precinct, board) = session.precinct().zip(session.board())?;
    let replica = session.tab().replica();
    let claimed = board.claims(precinct).first()?.statement();
    (claimed.version() > replica.ops()).then(|| {
        let precinct = listed(&[precinct], session.precincts());
        let (here, claimed) = (replica.ballots().count() as u64, claimed.total.ballots);
        if claimed > here {
            format!("{precinct}: {claimed} ballot(s) claimed, {here} here")
        } else {
            format!("{precinct}: not all of the chair's log that it is claimed to know is here")
        }
    })
}
