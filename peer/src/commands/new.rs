//! `new`: makes a poll, and holds it until somebody else does.

use ed25519_zebra::SigningKey;
use election_core::ids::PollId;
use election_core::poll::genesis::{DEFAULT_MAX_SEQ, Genesis, Method};
use election_core::replica::io::{Input, Record};
use election_core::time::Millis;
use election_core::wire::envelope::{sign, voter_key};
use election_core::wire::link::{Link, Secret};
use tokio::time::Instant;

use crate::arguments::{Common, New};
use crate::error::Failure;
use crate::random;
use crate::relay_address::RelayAddress;
use crate::report::{self, NewPoll};
use crate::session::Session;

pub(super) async fn run(new: &New, common: &Common) -> Result<Session, Failure> {
    let chair = SigningKey::from(random::bytes()?);
    let method = if new.approval {
        Method::Approval
    } else {
        Method::Single
    };
    let genesis = Genesis::new(
        voter_key(&chair),
        &new.title,
        &new.options,
        method,
        DEFAULT_MAX_SEQ,
    )?;
    let op = sign(&chair, PollId::NONE, genesis);
    let link = Link {
        poll: PollId::from(op.id()),
        secret: Secret(random::bytes()?),
        chair: Some(chair),
        precincts: None,
    };
    let relay = common
        .relay
        .as_deref()
        .map(RelayAddress::parse)
        .transpose()?
        .unwrap_or_default();

    // Whoever makes a poll does not vote in it by that, and revokes with the chair's link.
    let nobody = SigningKey::from(random::bytes()?);
    let mut session = Session::connect(&link, relay.clone(), nobody, None, common.wait).await?;
    let genesis = Record {
        received: Millis::default(),
        bytes: op.bytes().to_vec(),
    };
    session.handle(Input::Restore(&[genesis]))?;

    let base = relay.to_string();
    let made = NewPoll {
        poll: link.poll.to_string(),
        link: link.for_voters().url(&base),
        chair_link: link.url(&base),
    };
    report::print(&made, common.json)?;
    if !new.pace.stay {
        let fetched = session.wait_until(Instant::now() + new.pace.settle, |replica| {
            replica.peers().iter().any(|peer| peer.agrees)
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
