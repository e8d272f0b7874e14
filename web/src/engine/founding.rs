//! Making a poll: a chair's key, a secret, a signed definition, and this tab as its first replica.

use ed25519_zebra::SigningKey;
use election_core::ids::{PollId, PrecinctId};
use election_core::poll::genesis::{BadPoll, DEFAULT_MAX_SEQ, Genesis, Holder, Method};
use election_core::poll::precincts::Precincts;
use election_core::replica::io::Record;
use election_core::wire::envelope::{sign, voter_key};
use election_core::wire::link::{Link, LinkPrecincts, Secret};

use super::holder::{self, Wish};
use super::host::Host;
use super::storage::{Added, Durability, Found, Storage, StoredOps, StoredPoll};
use super::{chance, clock, registry};

/// Makes a poll, and gives its chair's link. Its host runs when this returns. In a poll with precincts the chair votes in
/// `own`, or where their key falls.
///
/// # Errors
/// [`BadPoll`], with a sentence for the person who makes it.
pub async fn make(
    title: &str,
    options: &[String],
    method: Method,
    precincts: Precincts,
    own: Option<PrecinctId>,
    holder: Holder,
) -> Result<Link, BadPoll> {
    let chair = SigningKey::from(chance::bytes::<32>());
    let genesis = Genesis::new(voter_key(&chair), title, options, method, DEFAULT_MAX_SEQ)?
        .with_holder(holder)
        .with_precincts(precincts)?
        .legible(decompose)?;
    let count = genesis.precincts().count();
    let has_precincts = *genesis.precincts() != Precincts::One;
    let op = sign(&chair, PollId::NONE, genesis);
    let link = Link {
        poll: PollId::from(op.id()),
        secret: Secret(chance::bytes()),
        chair: Some(chair),
        precincts: has_precincts.then(|| LinkPrecincts {
            count,
            precinct: own.filter(|own| own.0 < count),
        }),
    };
    let record = Record {
        received: clock::now(),
        bytes: op.bytes().to_vec(),
    };

    let mut claimed = holder::claim(Storage::open().await, &link, Wish::Own).await;
    let mut next = 0;
    if let Some(storage) = claimed.storage.take() {
        // The definition is on disk before anybody can get the link.
        let stored = StoredOps::new(record.received, record.bytes.clone());
        let add = move |found: Found| {
            let records = vec![stored];
            let poll = found.poll.map(|poll| StoredPoll {
                holder: Some(holder),
                ..poll
            });
            ((), Some(Added { records, poll }))
        };
        let set = claimed.holder.set();
        let written = storage.append(&set, link.poll, 0, Durability::Strict, add);
        match written.await {
            Ok(((), after)) => {
                next = after;
                claimed.storage = Some(storage);
            }
            Err(error) => {
                // A key that a store holds signs nothing that is not stored.
                claimed.holder = holder::unsaved(&link);
                claimed.unsaved = Some(error);
            }
        }
    }
    let host = Host::of_new_poll(link.clone(), claimed, record, next);
    host.check_kept(&link).await;
    registry::add(link.poll, host);
    Ok(link)
}

/// The browser's own tables spare the page a library of them.
fn decompose(text: &str) -> String {
    String::from(js_sys::JsString::from(text).normalize("NFKD"))
}
