//! Who a tab is, given what is kept: the rules of [`super`] as plain functions.

use ed25519_zebra::SigningKey;
use election_core::ids::{Place, VoterKey};
use election_core::poll::genesis::Holder as Kind;
use election_core::time::Millis;
use election_core::wire::envelope::voter_key;
use election_core::wire::link::{Link, LinkPrecincts};

use super::{Holder, Wish};
use crate::engine::session;
use crate::engine::storage::{StoredPoll, StoredTab, StoredVoter};

/// What is drawn by chance for whoever is new.
#[derive(Clone)]
pub(super) struct Drawn {
    /// A key of the precinct that the link names.
    pub voter: SigningKey,
    /// The name of a tab.
    pub tab: String,
}

/// Which chair's key to keep: the one that is kept, unless a link offers the one that fits the
/// poll, as far as that is known. Anybody can make a link with a wrong key; it must not cost the
/// chair the right one.
#[must_use]
pub fn chair_key(
    kept: Option<SigningKey>,
    offered: Option<SigningKey>,
    chair: Option<VoterKey>,
) -> Option<SigningKey> {
    let fits = |key: &SigningKey| chair == Some(voter_key(key));
    offered.filter(fits).or(kept).or(offered)
}

/// Who a tab is, given what is kept. `None`: a new voter's key is needed, and none was `drawn`.
/// Pure.
pub(super) fn decide(
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
                next: 0,
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
            let mut known = holder.poll.voters.iter();
            // Written before, and not heard of.
            if known.all(|voter| voter.key.to_bytes() != key.to_bytes()) {
                let cast = Millis(0);
                holder.poll.voters.push(StoredVoter { key, cast, next: 0 });
            }
            key
        }
    };
    if !leads(link, voter_key(&holder.voter)) {
        // They voted in another precinct, and this tab shows that one.
        holder.precincts = link.precincts.map(|LinkPrecincts { count, .. }| {
            let precinct = None;
            LinkPrecincts { count, precinct }
        });
        holder.poll.precincts = holder.precincts;
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
    let found = voters().find(is_chosen);
    let found = found.or_else(|| voters().filter(here).filter(has_voted).max_by(latest));
    let found = found.or_else(|| voters().filter(has_voted).max_by(latest));
    // Of those who never voted the first: others were somebody else's, who went away.
    let found = found.or_else(|| voters().find(here));
    found.map(|voter| voter.key)
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
            next: 0,
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
        let (holder, _) = decision.expect("a key was drawn");
        let shown = |link: Link| link.precinct(voter_key(&holder.voter));
        assert_eq!(shown(holder.link()), Some((2, own)), "and shows its own");
        let listed = shown(holder.poll.link());
        assert_eq!(listed, Some((2, own)), "where the list of polls leads too");
        // Somebody else votes where the link leads; a voter that is chosen is that one, wherever
        // they vote.
        assert_eq!(who(&other, Wish::SomebodyElse, stored(5), None), 99);
        let second = (2..9).find(|&byte| precinct(byte) == own).unwrap_or(0);
        let two = || Some(poll(&[(1, 5), (second, 0)]));
        let chosen = Wish::Voter(voter_key(&key(second)));
        assert_eq!(who(&other, chosen, two(), None), second);
        assert_eq!(who(&other, Wish::Own, two(), Some(second)), second);
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
            next: 3,
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
