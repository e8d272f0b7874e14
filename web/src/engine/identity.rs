//! Who this tab is: which of the stored replicas of a poll, or a new one. Every tab is a replica and a voter of its
//! own, and a voter's key has one writer at a time.
//!
//! 1. The replica that this tab was before a reload, if its lock is free. If another tab holds it, this one is a
//!    duplicate, and becomes somebody else.
//! 2. In a tab that is new to the poll: the one that was used last and is nobody's now, so that somebody who closed
//!    the tab finds their vote again. A tab that is left marks its replica as released, and those come first. One
//!    without the mark belongs to a browser that was killed, or to a tab that it put to sleep; it is taken all the
//!    same, because it may be the poll's last copy. A sleeper that wakes after that is a duplicate, as in step 1.
//!    Without locks nobody can tell whose a replica is, so this step is left out.
//! 3. A new one. In a poll with precincts, keys are drawn until one falls into the link's precinct.
//!
//! Only replicas of the link's precinct are looked at: whoever opens the link of another one is another voter there.

use ed25519_zebra::SigningKey;
use election_core::ids::VoterKey;
use election_core::poll::voter_draw::draw_voter;
use election_core::wire::envelope::voter_key;
use election_core::wire::link::{Link, LinkPrecincts};
use gloo_timers::future::TimeoutFuture;

use super::lock::{self, Held};
use super::marks::{self, Mark};
use super::storage::{Storage, StorageError, StoredReplica};
use super::{chance, clock, session};

/// How often, and how long apart in milliseconds, a reloaded page asks for its lock: the page that it replaces may
/// hold it for a moment.
const PATIENCE: (usize, u32) = (10, 100);
/// How often a key for a precinct is drawn for, each time with odds of one in nine million to find none.
const DRAWS: usize = 3;

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

/// An identity, and where it is kept.
pub struct Claimed {
    /// Who this tab is.
    pub identity: Identity,
    /// Where its ops are to be saved; `None` when nothing is saved.
    pub storage: Option<Storage>,
    /// Why nothing is saved, if that turned out here.
    pub unsaved: Option<StorageError>,
}

/// Finds out who this tab is in that poll, and writes it down. There is always an answer: a device that saves nothing
/// gives a new replica, and says why beside it.
pub async fn claim(storage: Option<Storage>, link: &Link) -> Claimed {
    let Some(storage) = storage else {
        return Claimed {
            identity: unsaved(link),
            storage: None,
            unsaved: None,
        };
    };
    let mut identity = find(&storage, link).await;
    let replica = &mut identity.replica;
    replica.used = clock::now();
    replica.chair = chair_key(replica.chair, link.chair, None);
    match storage.save_replica(replica).await {
        Ok(()) => {
            marks::set(&replica.id, None);
            session::set_replica(link, Some(&replica.id));
            Claimed {
                identity,
                storage: Some(storage),
                unsaved: None,
            }
        }
        // What stands on the disk stays as it was, with all its ballots. What is signed from now on is not saved, so
        // it needs a key that does not come back.
        Err(error) => Claimed {
            identity: unsaved(link),
            storage: None,
            unsaved: Some(error),
        },
    }
}

/// Which chair's key to keep: the one that is kept, unless a link offers the one that fits the poll, as far as that is
/// known. Anybody can make a link with a wrong key; it must not cost the chair the right one.
#[must_use]
pub fn chair_key(
    kept: Option<SigningKey>,
    offered: Option<SigningKey>,
    chair: Option<VoterKey>,
) -> Option<SigningKey> {
    let fits = |key: &SigningKey| chair == Some(voter_key(key));
    offered.filter(fits).or(kept).or(offered)
}

/// A new replica on a device that does not save.
#[must_use]
pub fn unsaved(link: &Link) -> Identity {
    Identity {
        replica: mint(link),
        how: How::New,
        // Nothing is stored that two tabs could share.
        locks: true,
    }
}

/// Something of that replica could not be saved. It goes on in memory, and must not come back after a reload: without
/// its latest ballots it would use their numbers again. So it is marked, at once, and then deleted; either is enough.
pub async fn give_up(storage: &Storage, replica: &StoredReplica, link: &Link) {
    session::set_replica(link, None);
    marks::set(&replica.id, Some(Mark::Spent));
    let _ = storage.forget(&replica.id).await;
}

async fn find(storage: &Storage, link: &Link) -> Identity {
    let mut how = How::New;
    if let Some(id) = session::replica(link) {
        // A record that cannot be read, or was forgotten in another tab, is none.
        if marks::of(&id) != Some(Mark::Spent)
            && let Ok(Some(replica)) = storage.replica(&id).await
            && leads_to(link, &replica)
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
        for replica in adoptable(
            storage.replicas().await.unwrap_or_default(),
            link,
            marks::of,
        ) {
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
    let replica = mint(link);
    // Its lock is free: nobody else knows its id.
    let locks = lock::take(&replica.id).await == Held::Here;
    Identity {
        replica,
        how,
        locks,
    }
}

/// Whether that link leads that replica's voter to where the replica is: it is the same poll's, and the same precinct's if it
/// names one.
#[must_use]
pub fn leads_to(link: &Link, replica: &StoredReplica) -> bool {
    let voter = voter_key(&replica.voter);
    replica.poll == link.poll && replica.link().precinct(voter) == link.precinct(voter)
}

/// A key of the precinct that the link names, or any key.
fn draw(link: &Link) -> SigningKey {
    let named = |precincts: LinkPrecincts| Some((precincts.count, precincts.precinct?));
    let drawn = link.precincts.and_then(named).and_then(|(of, precinct)| {
        let draw = || draw_voter(link.poll, of, precinct, &mut chance::Source).ok();
        (0..DRAWS).find_map(|_| draw())
    });
    // Should none have fallen there, which nobody will see happen, voting is refused with the reason.
    drawn.map_or_else(
        || SigningKey::from(chance::bytes::<32>()),
        |drawn| drawn.voter,
    )
}

/// A new replica with a new voter's key.
#[must_use]
pub fn mint(link: &Link) -> StoredReplica {
    let id = u64::from_be_bytes(chance::bytes());
    StoredReplica {
        id: format!("{id:016x}"),
        poll: link.poll,
        secret: link.secret.clone(),
        voter: draw(link),
        chair: link.chair,
        precincts: link.precincts,
        title: String::new(),
        precinct_name: String::new(),
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

/// Of replicas in their order, those that a tab that is new to the poll may become: released ones before others.
fn adoptable(
    replicas: Vec<StoredReplica>,
    link: &Link,
    mark: impl Fn(&str) -> Option<Mark>,
) -> Vec<StoredReplica> {
    let free = replicas
        .into_iter()
        .filter(|replica| leads_to(link, replica) && mark(&replica.id) != Some(Mark::Spent));
    let (mut adoptable, others): (Vec<_>, Vec<_>) =
        free.partition(|replica| mark(&replica.id) == Some(Mark::Released));
    adoptable.extend(others);
    adoptable
}

#[cfg(test)]
mod tests {
    use election_core::ids::{Place, PollId, PrecinctId};
    use election_core::time::Millis;
    use election_core::wire::link::Secret;

    use super::*;

    fn stored(id: &str, poll: u8, used: u64) -> StoredReplica {
        StoredReplica {
            id: id.to_owned(),
            poll: PollId([poll; 32]),
            secret: Secret([0; 16]),
            voter: SigningKey::from([1; 32]),
            chair: None,
            precincts: None,
            title: String::new(),
            precinct_name: String::new(),
            used: Millis(used),
        }
    }

    fn ids(mark: impl Fn(&str) -> Option<Mark>) -> Vec<String> {
        let replicas = vec![
            stored("spent", 1, 9),
            stored("other", 2, 8),
            stored("new", 1, 7),
            stored("old", 1, 5),
        ];
        let link = stored("", 1, 0).link();
        let adoptable = adoptable(replicas, &link, mark);
        adoptable.into_iter().map(|replica| replica.id).collect()
    }

    #[test]
    fn what_is_released_is_taken_and_what_is_spent_never() {
        let mark = |id: &str| match id {
            "spent" => Some(Mark::Spent),
            _ => Some(Mark::Released),
        };
        assert_eq!(ids(mark), ["new", "old"]);
    }

    #[test]
    fn what_nobody_released_is_taken_after_what_somebody_did() {
        let mark = |id: &str| match id {
            "spent" => Some(Mark::Spent),
            "old" => Some(Mark::Released),
            _ => None,
        };
        assert_eq!(ids(mark), ["old", "new"]);
    }

    #[test]
    fn a_link_to_a_precinct_leads_to_the_replicas_of_that_precinct() {
        let voter = stored("", 1, 0).voter;
        let own = Place::of(PollId([1; 32]), voter_key(&voter)).precinct(4);
        let other = PrecinctId((own.0 + 1) % 4);
        let with = |precincts| StoredReplica {
            precincts,
            ..stored("", 1, 0)
        };
        let of = |count, precinct| Some(LinkPrecincts { count, precinct });
        for (link, replica, leads) in [
            (of(4, Some(own)), of(4, Some(own)), true),
            (of(4, Some(own)), of(4, None), true),
            (of(4, None), of(4, Some(own)), true),
            (of(4, None), of(4, None), true),
            (of(4, Some(other)), of(4, Some(own)), false),
            (of(4, Some(other)), of(4, None), false),
            (of(5, Some(own)), of(4, Some(own)), false),
            (of(4, Some(own)), None, false),
            (None, of(4, Some(own)), false),
            (None, None, true),
        ] {
            let (link, replica) = (with(link).link(), with(replica));
            assert_eq!(leads_to(&link, &replica), leads, "{:?}", link.precincts);
        }
    }

    #[test]
    fn a_wrong_chair_key_does_not_replace_the_right_one() {
        let [right, wrong] = [1, 2].map(|byte| SigningKey::from([byte; 32]));
        let chair = Some(voter_key(&right));
        let keep = |kept, offered, chair| {
            chair_key(kept, offered, chair).map(|key: SigningKey| key.to_bytes()[0])
        };
        for known in [None, chair] {
            assert_eq!(keep(Some(right), Some(wrong), known), Some(1));
            assert_eq!(keep(Some(right), None, known), Some(1));
            assert_eq!(keep(None, Some(right), known), Some(1));
        }
        assert_eq!(
            keep(Some(wrong), Some(right), None),
            Some(2),
            "nobody can tell yet"
        );
        assert_eq!(keep(Some(wrong), Some(right), chair), Some(1));
        assert_eq!(keep(None, None, chair), None);
    }
}
