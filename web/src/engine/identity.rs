//! Who this tab is: which of the stored replicas of a poll, or a new one. Every tab is a replica and a voter of its
//! own, and a voter's key has one writer at a time.
//!
//! 1. The replica that this tab was before a reload, if its lock is free. If another tab holds it, this one is a
//!    duplicate, and becomes somebody else.
//! 2. In a tab that is new to the poll: the one that was used last and is nobody's now, so that somebody who closed
//!    the tab finds their vote again. Without locks nobody can tell, so this step is left out.
//! 3. A new one.

use ed25519_zebra::SigningKey;
use election_core::ids::PollId;
use election_core::wire::link::Link;
use gloo_timers::future::TimeoutFuture;

use super::lock::{self, Held};
use super::storage::{Storage, StorageError, StoredReplica};
use super::{chance, clock, session};

/// How often, and how long apart in milliseconds, a reloaded page asks for its lock: the page that it replaces may
/// hold it for a moment.
const PATIENCE: (usize, u32) = (10, 100);

/// How this tab became who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// It was this replica before.
    Same,
    /// New to the poll.
    New,
    /// The copy of a tab that is open: a new voter.
    Copy,
}

/// Who this tab is.
pub struct Identity {
    /// The replica.
    pub replica: StoredReplica,
    /// How it came to be this one.
    pub how: How,
    /// Whether the browser has locks; without them a duplicated tab cannot be told.
    pub locks: bool,
}

/// Finds out who this tab is in that poll, and writes it down. There is always an answer: a device that saves nothing
/// gives a new replica, and says why beside it.
pub async fn claim(storage: Option<&Storage>, link: &Link) -> (Identity, Option<StorageError>) {
    let mut identity = match storage {
        None => found(None, link, How::New).await,
        Some(storage) => find(storage, link).await,
    };
    let replica = &mut identity.replica;
    replica.used = clock::now();
    if link.chair.is_some() {
        replica.chair.clone_from(&link.chair);
    }
    let saved = match storage {
        None => Ok(()),
        Some(storage) => storage.save_replica(replica).await,
    };
    // What is not saved must not be looked for after a reload.
    let remembered = (storage.is_some() && saved.is_ok()).then_some(replica.id.as_str());
    session::set_replica(link.poll, remembered);
    (identity, saved.err())
}

async fn find(storage: &Storage, link: &Link) -> Identity {
    let mut how = How::New;
    if let Some(id) = session::replica(link.poll) {
        // A record that cannot be read, or was forgotten in another tab, is none.
        if let Ok(Some(replica)) = storage.replica(&id).await
            && replica.poll == link.poll
        {
            match take_patiently(&id).await {
                Held::Elsewhere => how = How::Copy,
                held => {
                    return Identity {
                        replica,
                        how: How::Same,
                        locks: held == Held::Here,
                    };
                }
            }
        }
    } else {
        for replica in newest_first(storage.replicas().await.unwrap_or_default(), link.poll) {
            match lock::take(&replica.id).await {
                Held::Here => {
                    return Identity {
                        replica,
                        how: How::Same,
                        locks: true,
                    };
                }
                Held::Elsewhere => {}
                Held::NoLocks => break,
            }
        }
    }
    found(Some(storage), link, how).await
}

/// A new replica. Its lock is free: nobody else knows its id.
async fn found(storage: Option<&Storage>, link: &Link, how: How) -> Identity {
    let replica = mint(link);
    let locks = match storage {
        // Nothing is stored that two tabs could share.
        None => true,
        Some(_) => lock::take(&replica.id).await == Held::Here,
    };
    Identity {
        replica,
        how,
        locks,
    }
}

/// A new replica with a new voter's key.
#[must_use]
pub fn mint(link: &Link) -> StoredReplica {
    let id = u64::from_be_bytes(chance::bytes());
    StoredReplica {
        id: format!("{id:016x}"),
        poll: link.poll,
        secret: link.secret.clone(),
        voter: SigningKey::from(chance::bytes::<32>()),
        chair: link.chair,
        title: String::new(),
        used: clock::now(),
    }
}

async fn take_patiently(id: &str) -> Held {
    let (times, apart) = PATIENCE;
    for _ in 0..times {
        let held = lock::take(id).await;
        if held != Held::Elsewhere {
            return held;
        }
        TimeoutFuture::new(apart).await;
    }
    Held::Elsewhere
}

fn newest_first(mut replicas: Vec<StoredReplica>, poll: PollId) -> Vec<StoredReplica> {
    replicas.retain(|replica| replica.poll == poll);
    replicas.sort_by_key(|replica| std::cmp::Reverse(replica.used));
    replicas
}
