//! Making a poll: a chair's key, a secret, a signed definition, and this tab as its first replica.

use ed25519_zebra::SigningKey;
use election_core::ids::PollId;
use election_core::poll::genesis::{BadPoll, DEFAULT_MAX_SEQ, Genesis, Method};
use election_core::replica::io::Record;
use election_core::wire::envelope::{sign, voter_key};
use election_core::wire::link::{Link, Secret};

use super::host::Host;
use super::storage::{Placed, Storage};
use super::{chance, clock, identity, registry};

/// Makes a poll, and gives its chair's link. Its host runs when this returns.
///
/// # Errors
/// [`BadPoll`], with a sentence for the person who makes it.
pub async fn make(title: &str, options: &[String], method: Method) -> Result<Link, BadPoll> {
    let chair = SigningKey::from(chance::bytes::<32>());
    let genesis = Genesis::new(voter_key(&chair), title, options, method, DEFAULT_MAX_SEQ)?;
    let op = sign(&chair, PollId::NONE, genesis);
    let link = Link {
        poll: PollId::from(op.id()),
        secret: Secret(chance::bytes()),
        chair: Some(chair),
        precincts: None,
    };
    let record = Record {
        received: clock::now(),
        bytes: op.bytes().to_vec(),
    };

    let (storage, unopened) = match Storage::open().await {
        Ok(storage) => (Some(storage), None),
        Err(error) => (None, Some(error)),
    };
    let identity::Claimed {
        identity,
        mut storage,
        mut unsaved,
    } = identity::claim(storage, &link).await;
    if let Some(disk) = storage.take() {
        // The definition is on disk before anybody can get the link.
        let definition = Placed {
            place: 0,
            record: record.clone(),
        };
        match disk.save_own(&identity.replica.id, &definition).await {
            Ok(()) => storage = Some(disk),
            Err(error) => {
                identity::give_up(&disk, &identity.replica).await;
                unsaved = Some(error);
            }
        }
    }
    let host = Host::of_new_poll(
        link.clone(),
        identity,
        storage,
        unopened.or(unsaved),
        record,
    );
    registry::add(link.poll, host);
    Ok(link)
}
