//! A poll made from a seed, with as many voters as are asked for.

use ed25519_zebra::SigningKey;
use election_core::ids::{Place, PollId, PrecinctId};
use election_core::poll::genesis::{BadPoll, Genesis};
use election_core::poll::method::Method;
use election_core::poll::op::VerifiedGenesis;
use election_core::poll::precincts::Precincts;
use election_core::timing::Timing;
use election_core::wire::envelope::{sign, voter_key};
use election_core::wire::link::Secret;
use election_core::wire::sealed::Seal;

use crate::process::Room;
use crate::random::Random;

/// A poll, and the keys of everybody in it.
pub struct Poll {
    genesis: VerifiedGenesis,
    chair: SigningKey,
    secret: Secret,
    voters: [u8; 32],
    timing: Timing,
}

impl Poll {
    /// A poll with that many options, 2 to 64, counted in that way, in which a ballot's number is
    /// at most `max_seq`.
    ///
    /// # Errors
    /// [`BadPoll`] when there can be no such poll.
    pub fn new(
        options: usize,
        method: Method,
        max_seq: u32,
        random: &mut Random,
    ) -> Result<Self, BadPoll> {
        Self::of_precincts(options, method, max_seq, Precincts::One, random)
    }

    /// The same with precincts.
    ///
    /// # Errors
    /// [`BadPoll`] when there can be no such poll.
    pub fn of_precincts(
        options: usize,
        method: Method,
        max_seq: u32,
        precincts: Precincts,
        random: &mut Random,
    ) -> Result<Self, BadPoll> {
        let chair = SigningKey::from(random.bytes());
        let names: Vec<String> = (1..=options).map(|n| format!("Option {n}")).collect();
        let title = "A simulated poll";
        let genesis = Genesis::new(voter_key(&chair), title, &names, method, max_seq)?
            .with_precincts(precincts)?;
        let [secret, _] = halves(random.bytes());
        Ok(Self {
            genesis: sign(&chair, PollId::NONE, genesis),
            chair,
            secret: Secret(secret),
            voters: random.bytes(),
            timing: Timing::default(),
        })
    }

    /// The same poll, whose tabs go as fast and as far as that.
    #[must_use]
    pub fn at_pace(self, timing: Timing) -> Self {
        Self { timing, ..self }
    }

    /// How fast its tabs go, and how far.
    #[must_use]
    pub fn timing(&self) -> Timing {
        self.timing
    }

    /// The poll's name.
    #[must_use]
    pub fn id(&self) -> PollId {
        self.genesis.id().into()
    }

    /// Its definition.
    #[must_use]
    pub fn genesis(&self) -> &VerifiedGenesis {
        &self.genesis
    }

    /// How many options there are.
    #[must_use]
    pub fn options(&self) -> usize {
        self.genesis.options().len()
    }

    /// How many precincts there are.
    #[must_use]
    pub fn precincts(&self) -> u16 {
        self.genesis.precincts().count()
    }

    /// The precinct of the voter of that number.
    #[must_use]
    pub fn precinct_of(&self, voter: u64) -> PrecinctId {
        match self.precincts() {
            1 => PrecinctId(0),
            many => Place::of(self.id(), voter_key(&self.voter(voter))).precinct(many),
        }
    }

    /// The council's room in a simulation, which comes after those of the precincts.
    #[must_use]
    pub fn council(&self) -> Room {
        Room(self.precincts())
    }

    /// What seals and opens the frames of that room.
    #[must_use]
    pub fn seal(&self, room: Room) -> Seal {
        let name = match room {
            _ if self.precincts() == 1 => self.secret.room(self.id()),
            room if room == self.council() => self.secret.council_room(self.id()),
            Room(precinct) => self.secret.precinct_room(self.id(), PrecinctId(precinct)),
        };
        self.secret.seal(self.id(), &name)
    }

    /// What the link carries.
    #[must_use]
    pub fn secret(&self) -> &Secret {
        &self.secret
    }

    /// The chair's key.
    #[must_use]
    pub fn chair(&self) -> SigningKey {
        self.chair
    }

    /// The key of one voter: the same number, the same key.
    #[must_use]
    pub fn voter(&self, number: u64) -> SigningKey {
        let mut seed = self.voters;
        for (byte, mask) in seed.iter_mut().zip(number.to_be_bytes()) {
            *byte ^= mask;
        }
        SigningKey::from(seed)
    }
}

/// Cut in two.
pub(super) fn halves(bytes: [u8; 32]) -> [[u8; 16]; 2] {
    let mut halves = [[0; 16]; 2];
    for (half, bytes) in halves.iter_mut().zip(bytes.chunks_exact(16)) {
        half.copy_from_slice(bytes);
    }
    halves
}
