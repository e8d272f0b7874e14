//! Who votes here, and whose set of ops this tab adds to.
//!
//! A *holder* has one set of ops of a poll, its voter, and whether it is offline by choice. In ordinary polls that is the
//! browser: all its tabs are one voter, unless somebody asks for another here; that tab then keeps the other. In polls of
//! one vote a tab it is the tab, which keeps its name over a reload. The chair's key is the browser's.
//!
//! 1. Which of the browser's voters a tab is: the one that somebody chose in it, else the one that cast a ballot here last,
//!    else the first. Only those of the link's precinct are looked at, unless one of another precinct has voted: a second
//!    vote is an explicit act.
//! 2. A tab that is a voter of its own is the one that it was before a reload. A duplicated tab has that name too; whoever
//!    answers to it is asked first, and if somebody does, this tab is a new voter. If nobody answers who should, the two
//!    are one voter, which never spoils a ballot.
//! 3. A new voter's key is drawn, in a poll with precincts until it falls into the link's.

use ed25519_zebra::SigningKey;
use election_core::ids::{Place, VoterKey};
use election_core::poll::genesis::Holder as Kind;
use election_core::poll::voter_draw::draw_voter;
use election_core::time::Millis;
use election_core::wire::envelope::voter_key;
use election_core::wire::link::{Link, LinkPrecincts};

use super::channel;
use super::storage::{Changed, SetName, Storage, StorageError, StoredPoll, StoredTab, StoredVoter};
use super::{chance, clock, session};

/// How often a key for a precinct is drawn for, each time with odds of one in nine million to find none.
const DRAWS: usize = 3;
/// How often a decision is made anew, because it needs a key that was not drawn yet.
const ROUNDS: usize = 3;

/// Who votes here.
#[derive(Clone)]
pub struct Holder {
    /// What the browser keeps of the poll.
    pub poll: StoredPoll,
    /// What this tab votes with.
    pub voter: SigningKey,
    /// The tab, where it is a voter of its own.
    pub tab: Option<StoredTab>,
    /// What this tab's link says of precincts.
    pub precincts: Option<LinkPrecincts>,
}

impl Holder {
    /// The link of this tab, with the chair's key if this browser has it.
    #[must_use]
    pub fn link(&self) -> Link {
        Link {
            precincts: self.precincts,
            ..self.poll.link()
        }
    }

    /// The set that this tab adds to.
    #[must_use]
    pub fn set(&self) -> SetName {
        let precinct = self.link().precinct(voter_key(&self.voter));
        let tab = self.tab.as_ref().map(|tab| tab.id.as_str());
        SetName::new(self.poll.poll, precinct.map(|(_, precinct)| precinct), tab)
    }

    /// Whether the person took this holder offline.
    #[must_use]
    pub fn is_offline(&self) -> bool {
        self.tab
            .as_ref()
            .map_or(self.poll.offline, |tab| tab.offline)
    }

    /// Whether that link leads here: to the same poll, and to the same precinct if it names one.
    #[must_use]
    pub fn is_led_to_by(&self, link: &Link) -> bool {
        let voter = voter_key(&self.voter);
        self.poll.poll == link.poll && self.link().precinct(voter) == link.precinct(voter)
    }

    /// The browser's voters of this tab's precinct; this tab's alone where it is one of its own.
    pub fn voters(&self) -> impl Iterator<Item = VoterKey> {
        let own = voter_key(&self.voter);
        let link = self.link();
        let here = link.precinct(own);
        let all = self.poll.voters.iter().map(|voter| voter_key(&voter.key));
        let others = all.filter(move |voter| {
            self.tab.is_none() && *voter != own && link.precinct(*voter) == here
        });
        std::iter::once(own).chain(others)
    }
}

/// Whom a tab wants to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// Whoever it is.
    Own,
    /// A new voter of this browser: somebody else, on purpose.
    SomebodyElse,
    /// That voter of this browser.
    Voter(VoterKey),
}

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

/// What is drawn by chance for whoever is new.
#[derive(Clone)]
struct Drawn {
    voter: SigningKey,
    /// The name of a tab.
    tab: String,
}

/// Finds out who this tab is in that poll, and writes it down. There is always an answer: where nothing can be kept, it is
/// a voter with a key that no store holds, and says why beside it.
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

async fn find(storage: &Storage, link: &Link, wish: Wish) -> Result<(Holder, bool), StorageError> {
    // Of a newer layout is read what can be, and nothing is written.
    if storage.is_newer() {
        let known = storage.poll(link.poll).await?.ok_or(StorageError::Newer)?;
        let before = session::tab(link);
        let tab = match &before.tab {
            Some(tab) => storage.tab(tab).await?,
            None => None,
        };
        let of = Some(known.clone());
        let decision = decide(link, Wish::Own, of, tab, &before, None, Millis(0));
        // Whoever would be new here sees what others of this browser have, and signs nothing either.
        return Ok(decision.map_or_else(
            || {
                let poll = known;
                (
                    Holder {
                        poll,
                        ..unsaved(link)
                    },
                    true,
                )
            },
            |(holder, _)| (holder, false),
        ));
    }
    let mut before = session::tab(link);
    if let Some(tab) = &before.tab
        && (wish == Wish::SomebodyElse || channel::is_taken(link.poll, tab).await)
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
            .await?;
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

/// Who a tab is, given what is kept. `None`: a new voter's key is needed, and none was `drawn`. Pure.
fn decide(
    link: &Link,
    wish: Wish,
    kept: Option<StoredPoll>,
    tab: Option<StoredTab>,
    before: &session::Tab,
    drawn: Option<Drawn>,
    now: Millis,
) -> Option<(Holder, bool)> {
    let is_new = kept.is_none();
    let mut poll = kept.unwrap_or_else(|| StoredPoll::of(link));
    poll.chair = chair_key(poll.chair, link.chair, None);
    poll.precincts = link.precincts;
    poll.used = now;
    let mut holder = Holder {
        voter: SigningKey::from([0; 32]),
        poll,
        tab: None,
        precincts: link.precincts,
    };
    if holder.poll.holder == Some(Kind::Tab) {
        let known = tab.filter(|tab| tab.poll == link.poll && leads(link, voter_key(&tab.voter)));
        let is_new = known.is_none();
        let tab = match known {
            Some(tab) => tab,
            None => StoredTab {
                id: drawn.clone()?.tab,
                poll: link.poll,
                voter: drawn?.voter,
                offline: false,
            },
        };
        holder.voter = tab.voter;
        holder.tab = Some(tab);
        return Some((holder, is_new));
    }
    let chosen = match wish {
        Wish::SomebodyElse => None,
        Wish::Own => known_voter(&holder.poll, link, before.voter),
        Wish::Voter(voter) => known_voter(&holder.poll, link, Some(voter)),
    };
    holder.voter = match chosen {
        Some(voter) => voter,
        None => {
            let key = drawn?.voter;
            let cast = Millis(0);
            holder.poll.voters.push(StoredVoter { key, cast });
            key
        }
    };
    if !leads(link, voter_key(&holder.voter)) {
        // They voted in another precinct, and this tab shows that one.
        holder.precincts = link.precincts.map(|LinkPrecincts { count, .. }| {
            let precinct = None;
            LinkPrecincts { count, precinct }
        });
    }
    Some((holder, is_new))
}

/// Whether that link is one for that voter: it names their precinct, or none.
fn leads(link: &Link, voter: VoterKey) -> bool {
    link.precincts
        .is_none_or(|LinkPrecincts { count, precinct }| {
            precinct.is_none_or(|named| named == Place::of(link.poll, voter).precinct(count))
        })
}

/// Which of the browser's voters a tab of that link is.
fn known_voter(poll: &StoredPoll, link: &Link, chosen: Option<VoterKey>) -> Option<SigningKey> {
    let voters = || poll.voters.iter();
    let is_chosen = |voter: &&StoredVoter| Some(voter_key(&voter.key)) == chosen;
    let here = |voter: &&StoredVoter| leads(link, voter_key(&voter.key));
    let has_voted = |voter: &&StoredVoter| voter.cast > Millis(0);
    let latest = |one: &&StoredVoter, other: &&StoredVoter| one.cast.cmp(&other.cast);
    let found = voters().find(is_chosen).filter(here);
    let found = found.or_else(|| voters().filter(here).filter(has_voted).max_by(latest));
    let found = found.or_else(|| voters().filter(has_voted).max_by(latest));
    // Of those who never voted the first: others were somebody else's, who went away.
    let found = found.or_else(|| voters().find(here));
    found.map(|voter| voter.key)
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

#[cfg(test)]
mod tests {
    use election_core::ids::{PollId, PrecinctId};
    use election_core::wire::link::Secret;

    use super::*;

    const POLL: PollId = PollId([1; 32]);

    fn link(precincts: Option<LinkPrecincts>) -> Link {
        Link {
            poll: POLL,
            secret: Secret([0; 16]),
            chair: None,
            precincts,
        }
    }

    fn key(byte: u8) -> SigningKey {
        SigningKey::from([byte; 32])
    }

    fn drawn() -> Drawn {
        Drawn {
            voter: key(99),
            tab: "new".to_owned(),
        }
    }

    fn poll(voters: &[(u8, u64)]) -> StoredPoll {
        let voters = voters.iter().map(|&(byte, cast)| StoredVoter {
            key: key(byte),
            cast: Millis(cast),
        });
        StoredPoll {
            voters: voters.collect(),
            ..StoredPoll::of(&link(None))
        }
    }

    /// Who a tab of that link is: the first byte of the key; 99 is a new voter's.
    fn who(link: &Link, wish: Wish, kept: Option<StoredPoll>, before: Option<u8>) -> u8 {
        let before = session::Tab {
            tab: None,
            voter: before.map(|byte| voter_key(&key(byte))),
        };
        let decision = decide(link, wish, kept, None, &before, Some(drawn()), Millis(9));
        decision.map_or(0, |(holder, _)| holder.voter.to_bytes()[0])
    }

    #[test]
    fn a_browser_is_one_voter_unless_somebody_asks_for_another() {
        let link = link(None);
        let own = |voters: &[(u8, u64)], before| who(&link, Wish::Own, Some(poll(voters)), before);
        assert_eq!(who(&link, Wish::Own, None, None), 99, "the first time");
        assert_eq!(own(&[(1, 0)], None), 1, "before the first vote");
        assert_eq!(own(&[(1, 5)], None), 1, "and after it");
        // Somebody else was asked for: their tab keeps them, others do not, unless they voted last.
        assert_eq!(own(&[(1, 5), (2, 0)], None), 1);
        assert_eq!(own(&[(1, 5), (2, 0)], Some(2)), 2);
        assert_eq!(own(&[(1, 5), (2, 7)], None), 2);
        assert_eq!(own(&[(1, 5), (2, 7)], Some(1)), 1);
        let two = || Some(poll(&[(1, 5), (2, 7)]));
        assert_eq!(who(&link, Wish::SomebodyElse, two(), None), 99);
        let first = Wish::Voter(voter_key(&key(1)));
        assert_eq!(who(&link, first, two(), Some(2)), 1);
    }

    #[test]
    fn a_link_of_another_precinct_is_no_second_vote() {
        let precinct = |byte: u8| Place::of(POLL, voter_key(&key(byte))).precinct(2);
        let to = |precinct| {
            link(Some(LinkPrecincts {
                count: 2,
                precinct: Some(precinct),
            }))
        };
        let own = precinct(1);
        let other = to(PrecinctId(1 - own.0));
        let stored = |cast| Some(poll(&[(1, cast)]));
        assert_eq!(who(&to(own), Wish::Own, stored(0), None), 1);
        assert_eq!(who(&other, Wish::Own, stored(0), None), 99, "none was cast");
        assert_eq!(who(&other, Wish::Own, stored(5), None), 1, "one was");
        let before = session::Tab::default();
        let decision = decide(&other, Wish::Own, stored(5), None, &before, None, Millis(9));
        let shown = decision.map(|(holder, _)| holder.link().precinct(voter_key(&holder.voter)));
        assert_eq!(shown, Some(Some((2, own))), "and shows its own");
    }

    #[test]
    fn a_tab_of_its_own_is_the_one_that_it_was() {
        let link = link(None);
        let kept = || {
            Some(StoredPoll {
                holder: Some(Kind::Tab),
                ..poll(&[(1, 5)])
            })
        };
        let tab = StoredTab {
            id: "a".to_owned(),
            poll: POLL,
            voter: key(7),
            offline: true,
        };
        let before = session::Tab::default();
        let was = decide(
            &link,
            Wish::Own,
            kept(),
            Some(tab),
            &before,
            None,
            Millis(9),
        );
        let was =
            was.map(|(holder, is_new)| (holder.voter.to_bytes()[0], holder.is_offline(), is_new));
        assert_eq!(was, Some((7, true, false)));
        assert_eq!(
            who(&link, Wish::Own, kept(), None),
            99,
            "a new tab is a new voter"
        );
        let without = decide(&link, Wish::Own, kept(), None, &before, None, Millis(9));
        assert!(
            without.is_none(),
            "whose key is drawn outside of the transaction"
        );
    }

    #[test]
    fn a_wrong_chair_key_does_not_replace_the_right_one() {
        let [right, wrong] = [1, 2].map(key);
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
