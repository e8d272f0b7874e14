//! `vote`: casts a ballot, and waits until others have it.

use std::path::Path;

use election_core::poll::choice::Choice;
use election_core::poll::genesis::Genesis;
use election_core::poll::register::Standing;
use election_core::replica::Replica;
use election_core::replica::io::{Input, Refusal};
use election_core::replica::tab::Tab;
use election_core::replica::view::{OwnVote, Stage};
use election_core::wire::link::FoundLink;
use tokio::time::Instant;
use unicode_normalization::UnicodeNormalization;

use super::relay_of;
use crate::arguments::{Common, Vote};
use crate::error::Failure;
use crate::precinct::{self, number};
use crate::report::{self, Voted};
use crate::session::{Session, agrees, is_alone};
use crate::voter_file::VoterFile;

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
    // A ballot that was kept and never arrived anywhere, because the last run was cut off: it is on its way again, and
    // asking for the same vote once more is no change but no mistake either.
    let is_underway = kept.is_some_and(|kept| {
        known != Some(kept.ballot)
            && kept.choice == choice
            && kept.standing == Some(Standing::Counted)
    });
    if !is_underway {
        session.handle(Input::Cast(choice))?;
    }

    let limit = Instant::now() + common.wait;
    // Where nobody else is, the one that stays is who has it.
    let is_kept =
        |tab: &mut Tab| seen_by(tab.replica()) > 0 || vote.pace.stay && is_alone(tab.replica_mut());
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
        .wait_until(Instant::now() + vote.pace.settle, all_have_it)
        .await?;

    let replica = session.replica();
    let OwnVote { ballot, seq, .. } = replica.own_vote().ok_or(Refusal::NoSuchBallot)?;
    let voted = Voted {
        ballot: ballot.to_string(),
        voter: replica.voter().to_string(),
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

/// By its name as it is written, or else as it reads: composed or not, in upper or lower case, where that leaves one.
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
