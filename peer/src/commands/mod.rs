//! The command line: its commands, one a file, each with what it takes, waits for, does and prints.
//!
//! `audit` is what `tally --audit` adds. Each command ends with its replica still connected, so
//! that `--stay` is the same for all.

mod audit;
mod ballots;
mod bar;
mod common;
mod new;
mod revoke;
mod status;
mod strike;
mod tally;
mod values;
mod vote;

use clap::{Parser, Subcommand};
use ed25519_zebra::SigningKey;
use election_core::poll::close::Status;
use election_core::replica::io::Record;
use election_core::wire::link::{FoundLink, Link};

use crate::error::Failure;
use crate::precinct::{self, listed, onlooker, voter};
use crate::relay_address::{self, BadRelay, RelayAddress};
use crate::session::Session;
use ballots::Ballots;
use bar::Bar;
use common::Common;
use new::New;
use revoke::Revoke;
use status::{Close, Reopen};
use strike::Strike;
use tally::Tally;
use vote::Vote;

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  the system failed: disk, standard output
  2  bad usage, a bad link, bad input, no such precinct
  3  no relay in reach, or it refuses
  4  nobody there: no replica in reach has the poll
  5  refused: no such option, already your vote, not the chair, no such ballot, nothing to strike
  6  not held: what was signed here, a ballot or the chair's entry, no other replica said that it holds;
     a ballot is kept in its voter file, if there is one, and the next vote with that sends it
130  stopped before it was done

Results go to standard output, everything else to standard error.";

/// A replica of an Election Voter poll: make a poll, vote, revoke, tally.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100, after_help = EXIT_CODES, after_long_help = EXIT_CODES)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// What all commands take.
    #[command(flatten)]
    pub common: Common,
}

/// What to do. Each command's own words are on its arguments: words here would take the place of
/// its long help.
#[derive(Debug, Subcommand)]
pub enum Command {
    New(New),
    Vote(Vote),
    Revoke(Revoke),
    Tally(Tally),
    Ballots(Ballots),
    Bar(Bar),
    Close(Close),
    Reopen(Reopen),
    Strike(Strike),
}

/// Runs the command up to its result. Returns its replica, and whether that is to stay up.
///
/// # Errors
/// [`Failure`], with a message and an exit code.
pub async fn run(arguments: &Arguments) -> Result<(Session, bool), Failure> {
    let common = &arguments.common;
    Ok(match &arguments.command {
        Command::New(new) => (new::run(new, common).await?, new.finish.stay),
        Command::Vote(vote) => (vote::run(vote, common).await?, vote.finish.stay),
        Command::Revoke(revoke) => (revoke::run(revoke, common).await?, revoke.finish.stay),
        Command::Tally(tally) => (tally::run(tally, common).await?, tally.finish.stay),
        Command::Ballots(ballots) => (ballots::run(ballots, common).await?, ballots.finish.stay),
        Command::Bar(bar) => (bar::run(bar, common).await?, bar.finish.stay),
        Command::Close(Close { set }) => {
            let session = status::run(set, Status::Closed, common).await?;
            (session, set.finish.stay)
        }
        Command::Reopen(Reopen { set }) => {
            let session = status::run(set, Status::Open, common).await?;
            (session, set.finish.stay)
        }
        Command::Strike(strike) => (strike::run(strike, common).await?, strike.finish.stay),
    })
}

/// The relay to use for a link: the one that is named, or the link's own.
fn relay_of(link: &FoundLink, common: &Common) -> Result<RelayAddress, Failure> {
    if common.relay.is_none()
        && let Some(relay) = RelayAddress::of_link(link)?
    {
        return Ok(relay);
    }
    Ok(named_relay(common)?)
}

/// The relay that is named, or else the one on this machine.
fn named_relay(common: &Common) -> Result<RelayAddress, BadRelay> {
    RelayAddress::parse(common.relay.as_deref().unwrap_or(relay_address::DEFAULT))
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

/// A replica whose voter never votes; it may sign for the chair. Who only looks signs nothing for
/// the precinct, and who stays up speaks for it, like any tab.
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
    (claimed.version() > replica.version()).then(|| {
        let precinct = listed(&[precinct], session.precincts());
        let (here, claimed) = (replica.ballots().count() as u64, claimed.total.ballots);
        if claimed > here {
            format!("{precinct}: {claimed} ballot(s) claimed, {here} here")
        } else {
            format!("{precinct}: not all of the chair's log that it is claimed to know is here")
        }
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_holds_together() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn help_says_what_else_there_is_to_know() {
        for (command, words) in [
            ("new", "the poll is gone"),
            ("vote", "is a new voter"),
            ("ballots", "2s without news are enough"),
            ("tally", "--settle 2m waits for that"),
            ("tally", "longer in polls of more than 200 precincts"),
            ("strike", "nothing undoes that"),
            ("bar", "nothing undoes that"),
            ("close", "on their way still arrive"),
        ] {
            let mut arguments = Arguments::command();
            let command = arguments.find_subcommand_mut(command).unwrap();
            let help = command.render_long_help().to_string();
            assert!(help.contains(words), "{help}");
        }
    }
}
