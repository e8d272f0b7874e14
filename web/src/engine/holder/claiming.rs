//! From the store to a holder, written down in one transaction.

use ed25519_zebra::SigningKey;
use election_core::poll::voter_draw::draw_voter;
use election_core::time::Millis;
use election_core::wire::envelope::voter_key;
use election_core::wire::link::{Link, LinkPrecincts};

use super::deciding::{Drawn, decide};
use super::{Holder, Wish};
use crate::engine::storage::{Changed, Storage, StorageError, StoredPoll};
use crate::engine::{chance, channel, clock, session};

/// How often a key for a precinct is drawn for, each time with odds of one in nine million to find
/// none.
const DRAWS: usize = 3;
/// How often a decision is made anew, because it needs a key that was not drawn yet.
const ROUNDS: usize = 3;

/// A holder, and where its ops are kept.
pub struct Claimed {
    /// Who votes here.
    pub holder: Holder,
    /// Where the ops are kept; `None` when nothing is.
    pub storage: Option<Storage>,
    /// Whether its set is new: it begins with what the other holders of this browser have.
    pub is_new: bool,
    /// Why nothing is kept.
    pub unsaved: Option<StorageError>,
}

/// Finds out who this tab is in that poll, and writes it down. There is always an answer: where
/// nothing can be kept, it is a voter with a key that no store holds, and says why beside it.
pub async fn claim(storage: Result<Storage, StorageError>, link: &Link, wish: Wish) -> Claimed {
    let unsaved = |error| Claimed {
        holder: unsaved(link),
        storage: None,
        is_new: true,
        unsaved: Some(error),
    };
    let storage = match storage {
        Ok(storage) => storage,
        Err(error) => return unsaved(error),
    };
    match find(&storage, link, wish).await {
        Ok((holder, is_new)) => Claimed {
            holder,
            storage: Some(storage),
            is_new,
            unsaved: None,
        },
        Err(error) => unsaved(error),
    }
}

/// A voter that nothing is kept of.
#[must_use]
pub fn unsaved(link: &Link) -> Holder {
    Holder {
        poll: StoredPoll::of(link),
        voter: draw(link),
        tab: None,
        precincts: link.precincts,
    }
}

async fn find(storage: &Storage, link: &Link, wish: Wish) -> Result<(Holder, bool), StorageError> {
    if storage.is_newer() {
        return of_newer_layout(storage, link).await;
    }
    let mut before = session::tab(link);
    if let Some(tab) = &before.tab
        && (wish == Wish::SomebodyElse
            || channel::is_taken(link.poll, tab, session::was_left()).await)
    {
        before.tab = None;
    }
    let mut drawn: Option<Drawn> = None;
    for _ in 0..ROUNDS {
        let (at, of, was) = (clock::now(), link.clone(), before.clone());
        let drawn_so_far = drawn.take();
        let made = storage
            .change(
                link.poll,
                before.tab.clone(),
                move |poll, tab| match decide(&of, wish, poll, tab, &was, drawn_so_far, at) {
                    Some((holder, is_new)) => {
                        let changed = Changed {
                            poll: Some(holder.poll.clone()),
                            tab: holder.tab.clone(),
                        };
                        (Some((holder, is_new)), changed)
                    }
                    None => (None, Changed::default()),
                },
            )
            .await;
        let made = match made {
            Err(StorageError::Newer) => return of_newer_layout(storage, link).await,
            made => made?,
        };
        if let Some((holder, is_new)) = made {
            let chosen = (wish != Wish::Own).then(|| voter_key(&holder.voter));
            let tab = holder.tab.as_ref().map(|tab| tab.id.clone());
            session::set_tab(
                link,
                &session::Tab {
                    tab,
                    voter: chosen.or(before.voter),
                },
            );
            return Ok((holder, is_new));
        }
        drawn = Some(Drawn {
            voter: draw(link),
            tab: format!("{:016x}", u64::from_be_bytes(chance::bytes())),
        });
    }
    Err(StorageError::Silent)
}

/// Of a newer layout is read what can be, and nothing is written.
async fn of_newer_layout(storage: &Storage, link: &Link) -> Result<(Holder, bool), StorageError> {
    let poll = storage.poll(link.poll).await?.ok_or(StorageError::Newer)?;
    let before = session::tab(link);
    let tab = match &before.tab {
        Some(tab) => storage.tab(tab).await?,
        None => None,
    };
    let known = Some(poll.clone());
    let decision = decide(link, Wish::Own, known, tab, &before, None, Millis(0));
    Ok(match decision {
        Some((holder, _)) => (holder, false),
        // Whoever would be new here sees what others of this browser have, and signs nothing
        // either.
        None => (
            Holder {
                poll,
                ..unsaved(link)
            },
            true,
        ),
    })
}

/// A key of the precinct that the link names, or any key.
fn draw(link: &Link) -> SigningKey {
    let named = |precincts: LinkPrecincts| Some((precincts.count, precincts.precinct?));
    let drawn = link.precincts.and_then(named).and_then(|(of, precinct)| {
        let draw = || draw_voter(link.poll, of, precinct, &mut chance::Source).ok();
        (0..DRAWS).find_map(|_| draw())
    });
    // Should none have fallen there, which nobody will see happen, voting is refused with the
    // reason.
    drawn.unwrap_or_else(|| SigningKey::from(chance::bytes::<32>()))
}
