//! `vote`: casts a ballot, and waits until others have it.

use std::fmt;
use std::path::{Path, PathBuf};

use clap::Args;
use election_core::poll::choice::Choice;
use election_core::poll::genesis::Genesis;
use election_core::poll::verdict::Verdict;
use election_core::poll::words;
use election_core::replica::Replica;
use election_core::replica::io::{Command, Refusal};
use election_core::replica::tab::Tab;
use election_core::replica::view::{OwnVote, Stage};
use election_core::wire::link::FoundLink;
use serde::Serialize;
use tokio::time::Instant;
use unicode_normalization::UnicodeNormalization;

use super::common::{Common, Finish, Where};
use super::relay_of;
use super::values::free_text;
use crate::error::Failure;
use crate::precinct::{self, number};
use crate::report;
use crate::session::{Session, agrees, is_alone};
use crate::voter_file::VoterFile;

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
    /// Keep the voter's key and ballots in this file; it is made when there is none. Keep it secret
    /// and do not copy it
    #[arg(long, value_name = "FILE", allow_hyphen_values = true)]
    pub voter: Option<PathBuf>,
    /// Where to vote; a voter file's key has its precinct already.
    #[command(flatten)]
    pub place: Where,
    /// How long things take.
    #[command(flatten)]
    pub finish: Finish,
}

/// What `vote` prints.
#[derive(Debug, Serialize)]
pub struct Voted {
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
    /// How many other replicas say that they have it.
    pub seen_by: usize,
    /// The voter's precinct, from 1, in a poll that has them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub precinct: Option<u32>,
}

impl fmt::Display for Voted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "ballot   {}   (receipt: {})", self.ballot, self.receipt)?;
        writeln!(f, "voter    {}   ({})", self.voter, self.voter_name)?;
        writeln!(f, "seq      {}", self.seq)?;
        writeln!(f, "seen by  {} other(s)", self.seen_by)?;
        if let Some(precinct) = self.precinct {
            writeln!(f, "precinct {precinct}")?;
        }
        Ok(())
    }
}

pub(super) async fn run(vote: &Vote, common: &Common) -> Result<Session, Failure> {
    let found = FoundLink::in_text(&vote.link)?;
    let relay = relay_of(&found, common)?;
    let link = found.link;
    let wanted = vote.place.precinct.as_deref();
    let (link, definition) = precinct::choose(&link, wanted, &relay, common.wait).await?;
    let file = vote
        .voter
        .as_deref()
        .map(|path| VoterFile::open(path, link.poll, || precinct::voter(&link)))
        .transpose()?;
    let key = match &file {
        Some(file) => file.key(),
        None => precinct::voter(&link)?,
    };
    precinct::check(&link, &key)?;
    let mut session = Session::connect(&link, relay, key, None, definition, common.wait).await?;
    session.fetch_poll(common.wait).await?;

    let genesis = session.replica().genesis().ok_or(Refusal::NotOpen)?;
    let choice = choice(&vote.choices, genesis)?;
    let known = session.replica().own_vote().map(|vote| vote.ballot);
    if let Some(file) = file {
        session.keep_ballots_in(file)?;
    }
    let kept = session.replica().own_vote();
    // A ballot that was kept and never arrived anywhere, because the last run was cut off: it is on
    // its way again, and asking for the same vote once more is no change but no mistake either.
    let is_underway = kept.is_some_and(|kept| {
        known != Some(kept.ballot)
            && kept.choice == choice
            && kept.verdict == Some(Verdict::Counted)
    });
    if !is_underway {
        session.ask(Command::Cast(choice))?;
    }

    let limit = Instant::now() + common.wait;
    // Where nobody else is, the one that stays is who has it.
    let is_kept = |tab: &mut Tab| {
        seen_by(tab.replica()) > 0 || vote.finish.stay && is_alone(tab.replica_mut())
    };
    if !session.wait_until(limit, is_kept).await? {
        let advice = unseen(is_alone(session.replica()), vote.voter.as_deref());
        return Err(session.not_seen("the ballot", common.wait, advice));
    }
    // Whoever agrees has also what a voter file brought besides.
    let all_have_it = |tab: &mut Tab| {
        let replica = tab.replica_mut();
        let others = replica.room().map(|room| room.saturating_sub(1) as usize);
        others.is_some_and(|others| seen_by(replica) >= others) && agrees(replica)
    };
    session
        .wait_until(Instant::now() + vote.finish.settle, all_have_it)
        .await?;

    let replica = session.replica();
    let OwnVote { ballot, seq, .. } = replica.own_vote().ok_or(Refusal::NoSuchBallot)?;
    let voted = Voted {
        ballot: ballot.to_string(),
        receipt: words::receipt(&ballot).join(" "),
        voter: replica.voter().to_string(),
        voter_name: words::voter(&replica.voter()).join(" "),
        seq,
        seen_by: seen_by(replica),
        precinct: replica.precinct().map(number),
    };
    report::print(&voted, common.json)?;
    Ok(session)
}

fn seen_by(replica: &Replica) -> usize {
    match replica.own_vote().map(|vote| vote.stage) {
        Some(Stage::SeenBy(others)) => others,
        _ => 0,
    }
}

/// What to do about a ballot that nobody holds but this replica, which is about to end.
fn unseen(is_alone: bool, voter: Option<&Path>) -> String {
    let alone = if is_alone {
        "nobody else is in this precinct: with --stay this replica holds the vote until others come; "
    } else {
        ""
    };
    let kept = match voter {
        Some(path) => format!(
            "it is kept in the voter file {}: the next vote with that file sends it again",
            path.display()
        ),
        None => "without a voter file (--voter) nothing sends it again: look for it with `election-peer ballots` before voting \
                 again"
            .to_owned(),
    };
    format!("{alone}{kept}")
}

fn choice(names: &[String], genesis: &Genesis) -> Result<Choice, Failure> {
    let options = genesis.options();
    let mut marked = Vec::with_capacity(names.len());
    for name in names {
        marked.push(
            find_option(name, options).ok_or_else(|| Failure::NoSuchOption {
                name: name.chars().take(100).collect(),
                options: options.join(", "),
            })?,
        );
    }
    Ok(Choice::new(&marked, genesis.method(), options.len())?)
}

/// By its name as it is written, or else as it reads: composed or not, in upper or lower case,
/// where that leaves one.
fn find_option(name: &str, options: &[String]) -> Option<usize> {
    let name = name.trim();
    let as_read = |text: &str| text.nfkd().collect::<String>().to_lowercase();
    let exact = options.iter().position(|option| option == name);
    exact.or_else(|| {
        let name = as_read(name);
        let mut alike = (0..)
            .zip(options)
            .filter(|(_, option)| as_read(option) == name);
        let (first, _) = alike.next()?;
        alike.next().is_none().then_some(first)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_is_found_as_it_is_written_or_as_it_reads() {
        let options = ["-5 \u{b0}C", "Caf\u{e9}", "cafe", "Tea", "TEA"].map(str::to_owned);
        let find = |name| find_option(name, &options);
        assert_eq!(find(" -5 \u{b0}C "), Some(0));
        assert_eq!(find("Cafe\u{301}"), Some(1));
        assert_eq!(find("CAFE"), Some(2));
        assert_eq!(
            [find("Tea"), find("TEA"), find("tea")],
            [Some(3), Some(4), None]
        );
        assert_eq!(find("Te"), None);
    }

    #[test]
    fn what_becomes_of_an_unseen_ballot_is_said() {
        let kept = unseen(false, Some(Path::new("me.json")));
        assert!(
            kept.contains("me.json") && kept.contains("sends it again"),
            "{kept}"
        );
        let lost = unseen(true, None);
        assert!(
            lost.contains("--stay") && lost.contains("--voter"),
            "{lost}"
        );
    }
}
