//! `new`: makes a poll, and holds it until somebody else does.

use ed25519_zebra::SigningKey;
use election_core::ids::{PollId, PrecinctId};
use election_core::poll::genesis::{DEFAULT_MAX_SEQ, Genesis, Holder, Method};
use election_core::poll::precincts::Precincts;
use election_core::replica::council::Council;
use election_core::replica::io::Record;
use election_core::time::Millis;
use election_core::wire::envelope::{sign, voter_key};
use election_core::wire::link::{Link, LinkPrecincts, Secret};
use tokio::time::Instant;
use unicode_normalization::UnicodeNormalization;

use super::onlook;
use crate::arguments::{Common, New};
use crate::error::Failure;
use crate::precinct::number;
use crate::random;
use crate::relay_address::RelayAddress;
use crate::report::{self, NewPoll, PrecinctLink};
use crate::session::{Session, agrees};

pub(super) async fn run(new: &New, common: &Common) -> Result<Session, Failure> {
    let chair = SigningKey::from(random::bytes()?);
    let method = if new.approval {
        Method::Approval
    } else {
        Method::Single
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
    .legible(|text| text.nfkd().collect())?;
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
    let relay = common
        .relay
        .as_deref()
        .map(RelayAddress::parse)
        .transpose()?
        .unwrap_or_default();

    // Whoever makes a poll does not vote in it by that, and revokes with the chair's link.
    let definition = Record {
        received: Millis::default(),
        bytes: op.bytes().to_vec(),
    };
    let held = match precincts {
        Precincts::One => link.clone(),
        _ => link.for_precinct(PrecinctId(0)),
    };
    let stays = new.pace.stay;
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
        let fetched = session.wait_until(Instant::now() + new.pace.settle, |tab| {
            // Whoever knows the same of all precincts has the definition, in whichever of them it is.
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
