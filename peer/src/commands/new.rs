//! `new`: makes a poll, and holds it until somebody else does.

use std::fmt;

use clap::Args;
use ed25519_zebra::SigningKey;
use election_core::ids::{PollId, PrecinctId};
use election_core::poll::genesis::{DEFAULT_MAX_SEQ, Genesis, Holder};
use election_core::poll::method::Method;
use election_core::poll::precincts::Precincts;
use election_core::replica::council::Council;
use election_core::replica::io::Record;
use election_core::time::Millis;
use election_core::wire::envelope::{sign, voter_key};
use election_core::wire::link::{Link, LinkPrecincts, Secret};
use serde::Serialize;
use tokio::time::Instant;
use unicode_normalization::UnicodeNormalization;

use super::common::{Common, Finish};
use super::values::{self, free_text};
use super::{named_relay, onlook};
use crate::error::Failure;
use crate::precinct::number;
use crate::random;
use crate::report;
use crate::session::{Session, agrees};

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
    /// How people vote: each marks one option, or with approval any number of them
    #[arg(long, value_name = "METHOD", default_value = "single", value_parser = values::method())]
    pub method: Method,
    /// The same as --method approval
    #[arg(long, conflicts_with = "method")]
    pub approval: bool,
    /// In browsers each tab is a voter of its own: to try the poll out, to show it, or to pass one
    /// device around; without it a browser is one voter. Voters of the command line are what their
    /// voter files say, either way
    #[arg(long)]
    pub one_vote_a_tab: bool,
    /// Divide the voters, by their keys, between so many precincts, 2 to 4096
    #[arg(long, value_name = "NUMBER", conflicts_with = "precinct", allow_hyphen_values = true, value_parser = values::precincts)]
    pub precincts: Option<u16>,
    /// A precinct with a link of its own; give it 2 to 64 times
    #[arg(long, value_name = "NAME", allow_hyphen_values = true, value_parser = free_text)]
    pub precinct: Vec<String>,
    /// How long things take.
    #[command(flatten)]
    pub finish: Finish,
}

/// What `new` prints. All ids and keys are hexadecimal digits.
#[derive(Debug, Serialize)]
pub struct NewPoll {
    /// The poll's id.
    pub poll: String,
    /// For voters.
    pub link: String,
    /// For the chair alone: whoever has it can revoke.
    pub chair_link: String,
    /// For the voters of each precinct, if precincts have names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub precinct_links: Option<Vec<PrecinctLink>>,
}

/// The link of one precinct.
#[derive(Debug, Serialize)]
pub struct PrecinctLink {
    /// Its number, from 1.
    pub precinct: u32,
    /// Its name.
    pub name: String,
    /// For its voters.
    pub link: String,
}

impl fmt::Display for NewPoll {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "poll        {}", self.poll)?;
        for PrecinctLink {
            precinct,
            name,
            link,
        } in self.precinct_links.iter().flatten()
        {
            writeln!(f, "{precinct:>4}  {name}  {link}")?;
        }
        write!(f, "link        {}", self.link)?;
        if self.precinct_links.is_some() {
            let words = "without a precinct: whoever opens it is put into one by their key";
            write!(f, "   ({words})")?;
        }
        writeln!(
            f,
            "\nchair link  {}   (for the chair alone)",
            self.chair_link
        )
    }
}

pub(super) async fn run(new: &New, common: &Common) -> Result<Session, Failure> {
    let chair = SigningKey::from(random::bytes()?);
    let method = if new.approval {
        Method::Approval
    } else {
        new.method
    };
    let holder = if new.one_vote_a_tab {
        Holder::Tab
    } else {
        Holder::Browser
    };
    let genesis = Genesis::new(
        voter_key(&chair),
        &new.title,
        &new.options,
        method,
        DEFAULT_MAX_SEQ,
    )?
    .with_holder(holder)
    .with_precincts(precincts(new))?
    .legible(|text| text.nfkd().collect(), str::to_lowercase)?;
    let precincts = genesis.precincts().clone();
    let op = sign(&chair, PollId::NONE, genesis);
    let link = Link {
        poll: PollId::from(op.id()),
        secret: Secret(random::bytes()?),
        chair: Some(chair),
        precincts: (precincts != Precincts::One).then(|| LinkPrecincts {
            count: precincts.count(),
            precinct: None,
        }),
    };
    let relay = named_relay(common)?;

    // Whoever makes a poll does not vote in it by that, and revokes with the chair's link.
    let definition = Record {
        received: Millis::default(),
        bytes: op.bytes().to_vec(),
    };
    let held = match precincts {
        Precincts::One => link.clone(),
        _ => link.for_precinct(PrecinctId(0)),
    };
    let stays = new.finish.stay;
    let mut session = onlook(&held, relay.clone(), None, Some(definition), stays, common).await?;

    let base = relay.to_string();
    let voters = link.for_voters();
    let precinct_links = |names: &Vec<String>| {
        let all = (0..).map(PrecinctId).zip(names);
        all.map(|(precinct, name)| PrecinctLink {
            precinct: number(precinct),
            name: name.clone(),
            link: voters.for_precinct(precinct).url(&base),
        })
        .collect()
    };
    let made = NewPoll {
        poll: link.poll.to_string(),
        link: voters.url(&base),
        chair_link: link.url(&base),
        precinct_links: match &precincts {
            Precincts::Named(names) => Some(precinct_links(names)),
            _ => None,
        },
    };
    report::print(&made, common.json)?;
    if !stays {
        let fetched = session.wait_until(Instant::now() + new.finish.settle, |tab| {
            // Whoever knows the same of all precincts has the definition, in whichever of them it
            // is.
            let in_council = tab.council().is_some_and(Council::agrees);
            in_council || agrees(tab.replica_mut())
        });
        if !fetched.await? {
            eprintln!(
                "nobody has fetched the poll, and nobody holds it once this command ends: its links lead to nothing \
                 then; use --stay to keep it up"
            );
        }
    }
    Ok(session)
}

fn precincts(new: &New) -> Precincts {
    match (new.precincts, &new.precinct[..]) {
        (Some(count), _) => Precincts::Automatic(count),
        (None, []) => Precincts::One,
        (None, names) => Precincts::Named(names.to_vec()),
    }
}
