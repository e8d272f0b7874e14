//! Making a poll: a chair's key, a secret, a signed definition, and this tab as its first replica.

use ed25519_zebra::SigningKey;
use election_core::ids::{PollId, PrecinctId};
use election_core::poll::genesis::{BadPoll, DEFAULT_MAX_SEQ, Genesis, Holder};
use election_core::poll::method::Method;
use election_core::poll::precincts::Precincts;
use election_core::replica::io::Record;
use election_core::wire::envelope::{sign, voter_key};
use election_core::wire::link::{Link, LinkPrecincts, Secret};

use super::holder::{self, Wish};
use super::host::Host;
use super::storage::{
    Added, Durability, Found, SetName, Storage, StorageError, StoredOps, StoredPoll,
};
use super::{chance, clock, registry};
use crate::words::lower::lower;

/// How often the definition is tried to be stored.
const TRIES: usize = 3;

/// Makes a poll, and gives its chair's link. Its host runs when this returns. In a poll with
/// precincts the chair votes in `own`, or where their key falls.
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
        .legible(decompose, lower)?;
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
        let set = claimed.holder.set();
        match store(&storage, &set, link.poll, &record, holder).await {
            Ok(after) => {
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

/// Stores the poll's definition as the first of its set, and gives the place after it. A step that
/// fails is made again.
async fn store(
    storage: &Storage,
    set: &SetName,
    poll: PollId,
    definition: &Record,
    holder: Holder,
) -> Result<u64, StorageError> {
    let mut failed = StorageError::Silent;
    for _ in 0..TRIES {
        let stored = StoredOps::new(definition.received, definition.bytes.clone());
        let add = move |found: Found| {
            let added = Added {
                // An earlier step may have been written after all.
                records: match found.records.is_empty() {
                    true => vec![stored],
                    false => Vec::new(),
                },
                poll: found.poll.map(|poll| StoredPoll {
                    holder: Some(holder),
                    ..poll
                }),
                tab: None,
            };
            ((), Some(added))
        };
        match storage.append(set, poll, 0, Durability::Strict, add).await {
            Ok(((), next)) => return Ok(next),
            Err(error) => failed = error,
        }
    }
    Err(failed)
}

/// The browser's own tables spare the page a library of them.
fn decompose(text: &str) -> String {
    String::from(js_sys::JsString::from(text).normalize("NFKD"))
}
