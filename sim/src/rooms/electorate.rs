//! The voters of a poll, by precinct.

use std::rc::Rc;

use election_core::ids::{Place, PrecinctId};
use election_core::poll::ballot::Ballot;
use election_core::poll::choice::{BadChoice, Choice};
use election_core::poll::op::{Op, VerifiedOp};
use election_core::replica::io::{Config, Input as ReplicaInput, Record};
use election_core::replica::tab::{Input, Tab};
use election_core::time::Millis;
use election_core::wire::envelope::{sign, voter_key};

use crate::product::poll::Poll;
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
        let precincts = poll.genesis().precincts().count();
        let mut by_precinct = vec![Vec::new(); usize::from(precincts)];
        for number in 0..voters {
            let key = voter_key(&poll.voter(number));
            let precinct = Place::of(poll.id(), key).precinct(precincts);
            by_precinct[usize::from(precinct.0)].push(number);
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
        self.poll.genesis().precincts().count()
    }

    /// The tab of a voter in the room of a precinct, which holds the poll's definition and is not connected. In a poll with
    /// precincts, one of the voter's own, or the tab cannot vote.
    #[must_use]
    pub fn tab(&self, voter: u64, precinct: PrecinctId, chair: bool, random: &mut Random) -> Tab {
        let precincts = self.precincts();
        let mut tab = Tab::new(Config {
            poll: self.poll.id(),
            secret: self.poll.secret().clone(),
            voter: self.poll.voter(voter),
            chair: chair.then(|| self.poll.chair()),
            precinct: (precincts > 1).then_some((precincts, precinct)),
            seed: random.bytes(),
        });
        let genesis = Record {
            received: Millis(0),
            bytes: self.poll.genesis().bytes().to_vec(),
        };
        let opened = tab.handle(Input::Replica(ReplicaInput::Restore(&[genesis])), Millis(0));
        debug_assert!(opened.is_ok(), "only what people ask for is refused");
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
