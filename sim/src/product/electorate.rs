//! The voters of a poll, by precinct.

use std::rc::Rc;

use election_core::ids::PrecinctId;
use election_core::poll::ballot::Ballot;
use election_core::poll::choice::Choice;
use election_core::poll::method::BadChoice;
use election_core::poll::op::{Op, VerifiedOp};
use election_core::time::Millis;
use election_core::wire::envelope::sign;

use super::disk::Settings;
use super::poll::Poll;
use super::tab::Tab;
use crate::random::Random;

/// Who may vote, and where.
pub struct Electorate {
    poll: Rc<Poll>,
    /// The voters' numbers, by precinct.
    voters: Vec<Vec<u64>>,
}

impl Electorate {
    /// The first so many voters of a poll. Each is where their key falls.
    #[must_use]
    pub fn new(poll: Rc<Poll>, voters: u64, progress: &mut dyn FnMut(u64)) -> Self {
        let mut by_precinct = vec![Vec::new(); usize::from(poll.precincts())];
        for number in 0..voters {
            by_precinct[usize::from(poll.precinct_of(number).0)].push(number);
            progress(number);
        }
        Self {
            poll,
            voters: by_precinct,
        }
    }

    /// The poll.
    #[must_use]
    pub fn poll(&self) -> &Rc<Poll> {
        &self.poll
    }

    /// The numbers of a precinct's voters.
    #[must_use]
    pub fn of(&self, precinct: PrecinctId) -> &[u64] {
        self.voters
            .get(usize::from(precinct.0))
            .map_or(&[], Vec::as_slice)
    }

    /// How many precincts there are.
    #[must_use]
    pub fn precincts(&self) -> u16 {
        self.poll.precincts()
    }

    /// The tab of a voter, which holds the poll's definition and is not connected.
    #[must_use]
    pub fn tab(&self, voter: u64, chair: bool, disk: Settings, random: &mut Random) -> Tab {
        let poll = self.poll.clone();
        if chair {
            return Tab::chair(poll, voter, disk, random, Millis(0));
        }
        let mut tab = Tab::newcomer(poll, voter, disk, random);
        tab.open(Millis(0));
        tab
    }

    /// A voter's first ballot, for that option.
    ///
    /// # Errors
    /// [`BadChoice`] when the poll has no such option.
    pub fn ballot(&self, voter: u64, option: usize) -> Result<VerifiedOp, BadChoice> {
        let genesis = self.poll.genesis();
        let choice = Choice::new(&[option], genesis.method(), genesis.options().len())?;
        let ballot = Op::Ballot(Ballot::new(None, choice, genesis));
        Ok(sign(&self.poll.voter(voter), self.poll.id(), ballot))
    }
}
