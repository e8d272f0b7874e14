//! The command line. In [`values`], how the texts after the options are read.

mod values;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use values::{duration, free_text, precincts};

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

/// What all commands take.
#[derive(Debug, Args)]
pub struct Common {
    /// Where the relay is, http(s):// or ws(s):// [default: the link's own origin, else http://127.0.0.1:8080]
    #[arg(long, global = true, value_name = "URL", allow_hyphen_values = true)]
    pub relay: Option<String>,
    /// Write exactly one JSON document to standard output
    #[arg(long, global = true)]
    pub json: bool,
    /// How long to wait for the relay, for the poll and for others, such as 500ms, 10s or 1m
    #[arg(long, global = true, value_name = "DURATION", default_value = "10s", allow_hyphen_values = true, value_parser = duration)]
    pub wait: Duration,
}

/// What to do. Each command's own words are on its arguments: words here would take the place of its long help.
#[derive(Debug, Subcommand)]
pub enum Command {
    New(New),
    Vote(Vote),
    Revoke(Revoke),
    Tally(Tally),
    Ballots(Ballots),
    Strike(Strike),
}

/// How long things must stand still, and what comes after the result.
#[derive(Debug, Args)]
pub struct Pace {
    /// How long to let things settle, such as 500ms, 2s or 1m; in a poll with precincts 2s without news are enough,
    /// and a longer time is only for what was sent to get around, and for a tally to see claims attested
    #[arg(long, value_name = "DURATION", default_value = "2s", allow_hyphen_values = true, value_parser = duration)]
    pub settle: Duration,
    /// Stay up after the result, as a replica for others to fetch from, until Ctrl-C or SIGTERM; in a poll with precincts it also
    /// signs what its own precinct returns
    #[arg(long)]
    pub stay: bool,
}

/// Which precinct, in a poll that has them.
#[derive(Debug, Args)]
pub struct Where {
    /// Which precinct, by its name or its number, counted from 1 [default: the link's, else that of the key, which without a voter file is drawn at random]
    #[arg(long, value_name = "NAME|NUMBER", allow_hyphen_values = true, value_parser = free_text)]
    pub precinct: Option<String>,
}

/// Make a poll; prints its id, its link and the chair's link
#[derive(Debug, Args)]
#[command(long_about = "\
Make a poll; prints its id, its link and the chair's link.

In a poll with precincts a replica holds the ballots of one of them, and of the others what they return. With names each \
precinct has a link of its own, which is printed too; without, a voter's key says where they vote, and the one link serves all.

A poll lives in its replicas, and the link does not hold it. Without --stay this command ends after --settle, or once \
another replica has fetched the poll; if none has, the poll is gone. With --stay it prints its result at once and keeps \
the poll up. Of a poll with precincts it holds the first.")]
pub struct New {
    /// The question
    #[arg(long, allow_hyphen_values = true, value_parser = free_text)]
    pub title: String,
    /// An option; give it 2 to 64 times
    #[arg(long = "option", value_name = "NAME", required = true, allow_hyphen_values = true, value_parser = free_text)]
    pub options: Vec<String>,
    /// Let a ballot mark any number of options; without it, one
    #[arg(long)]
    pub approval: bool,
    /// In browsers each tab is a voter of its own: to try the poll out, to show it, or to pass one device around; without it a
    /// browser is one voter. Voters of the command line are what their voter files say, either way
    #[arg(long)]
    pub one_vote_a_tab: bool,
    /// Divide the voters, by their keys, between so many precincts, 2 to 4096
    #[arg(long, value_name = "NUMBER", conflicts_with = "precinct", allow_hyphen_values = true, value_parser = precincts)]
    pub precincts: Option<u16>,
    /// A precinct with a link of its own; give it 2 to 64 times
    #[arg(long, value_name = "NAME", allow_hyphen_values = true, value_parser = free_text)]
    pub precinct: Vec<String>,
    /// How long things take.
    #[command(flatten)]
    pub pace: Pace,
}

/// Vote, or change the vote of a voter file
#[derive(Debug, Args)]
#[command(long_about = "\
Vote, or change the vote of a voter file.

Each run without --voter is a new voter, whose vote nobody can change later.

In a poll with precincts a voter's key says in which of them it votes. A new voter who is to vote in a certain one draws keys until \
one falls there: about as many as the poll has precincts, at most 16 times as many, and then there is none in one of nine million runs.")]
pub struct Vote {
    /// The poll's link, with whatever stands around it, or only its token
    pub link: String,
    /// The name of an option to mark; several in an approval poll
    #[arg(long = "choice", value_name = "NAME", required = true, allow_hyphen_values = true, value_parser = free_text)]
    pub choices: Vec<String>,
    /// Keep the voter's key and ballots in this file; it is made when there is none. Keep it secret and do not copy it
    #[arg(long, value_name = "FILE", allow_hyphen_values = true)]
    pub voter: Option<PathBuf>,
    /// Where to vote; a voter file's key has its precinct already.
    #[command(flatten)]
    pub place: Where,
    /// How long things take.
    #[command(flatten)]
    pub pace: Pace,
}

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
    pub pace: Pace,
}

/// Count
#[derive(Debug, Args)]
#[command(long_about = "\
Count.

In a poll with precincts this fetches the ballots of one of them and counts these; of the others it shows what they return. Each \
figure carries its grade: folded (counted here, ballot by ballot), attested by so many of the precinct's members, or claimed; the \
total's is the worst of them. What several signed is attested once it stood undisputed here for a minute and a half, \
longer in polls of more than 200 precincts, so that a short look shows it as claimed: --settle 2m waits for that, no longer than it takes \
(where that is too short, the command says so), or count it with --audit. A precinct of which nothing is known is named as missing, \
and one of which all that is known was struck as struck; neither is in the total.")]
pub struct Tally {
    /// The poll's link, with whatever stands around it, or only its token
    pub link: String,
    /// Which to count here.
    #[command(flatten)]
    pub place: Where,
    /// Fetch and count all other precincts too, four at a time; --wait is how long each may take
    #[arg(long)]
    pub audit: bool,
    /// How long things take.
    #[command(flatten)]
    pub pace: Pace,
}

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
    pub pace: Pace,
}

/// Strike what is claimed of a precinct, with a reason that everybody can read
#[derive(Debug, Args)]
#[command(long_about = "\
Strike what is claimed of a precinct, with a reason that everybody can read.

What is struck counts for nothing from then on, whoever signs it, and nothing undoes that: the precinct counts again only once it has \
other ballots, so that one that returned the truth needs another vote there. An older claim may be shown in place of the one that was \
struck; what is printed says so.")]
pub struct Strike {
    /// The chair's link, with whatever stands around it, or only its token
    pub link: String,
    /// Which precinct, by its name or its number, counted from 1
    #[arg(long, value_name = "NAME|NUMBER", allow_hyphen_values = true, value_parser = free_text)]
    pub precinct: String,
    /// Why; everybody sees it beside the strike
    #[arg(long, allow_hyphen_values = true, value_parser = free_text)]
    pub reason: String,
    /// How long things take.
    #[command(flatten)]
    pub pace: Pace,
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
        ] {
            let mut arguments = Arguments::command();
            let command = arguments.find_subcommand_mut(command).unwrap();
            let help = command.render_long_help().to_string();
            assert!(help.contains(words), "{help}");
        }
    }
}
