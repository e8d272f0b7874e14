//! Who votes here, and whose set of ops this tab adds to.
//!
//! A *holder* has one set of ops of a poll, its voter, and whether it is offline by choice. In
//! ordinary polls that is the browser: all its tabs are one voter, unless somebody asks for another
//! here; that tab then keeps the other. In polls of one vote a tab it is the tab, which keeps its
//! name over a reload. The chair's key is the browser's.
//!
//! 1. Which of the browser's voters a tab is: the one that somebody chose in it, else the one that
//!    cast a ballot here last, else the first. Of those that nobody chose only the link's
//!    precinct's are looked at, unless one of another precinct has voted: a second vote is an
//!    explicit act.
//! 2. A tab that is a voter of its own is the one that it was before a reload. A duplicated tab has
//!    that name too; whoever answers to it is asked first, and if somebody does, this tab is a new
//!    voter. If nobody answers who should, the two are one voter, which never spoils a ballot.
//! 3. A new voter's key is drawn, in a poll with precincts until it falls into the link's.
//!
//! In here: `deciding` (those rules, as a plain function) and `claiming` (from the store to a
//! holder, written down).

mod claiming;
mod deciding;

use ed25519_zebra::SigningKey;
use election_core::ids::VoterKey;
use election_core::time::Millis;
use election_core::wire::envelope::voter_key;
use election_core::wire::link::{Link, LinkPrecincts};

use super::storage::{SetName, StoredPoll, StoredTab};
pub use claiming::{Claimed, claim, unsaved};
pub use deciding::chair_key;

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

    /// The number of this voter's next ballot, as far as this browser knows: all below may be in
    /// use.
    #[must_use]
    pub fn next_number(&self) -> u32 {
        match &self.tab {
            Some(tab) => tab.next,
            None => self.poll.next_of(voter_key(&self.voter)),
        }
    }

    /// Takes note that this voter has cast the ballot of that number.
    pub fn note_cast(&mut self, number: u32, now: Millis) {
        let voter = voter_key(&self.voter);
        self.poll.note_cast(voter, number, now);
        if let Some(tab) = &mut self.tab {
            tab.next = tab.next.max(number.saturating_add(1));
        }
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
