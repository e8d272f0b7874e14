//! The replica: the one state machine that composes all the rest.
//!
//! ```text
//! tab.handle(input, now)            what happened: never refused
//! tab.ask(command, now)             what a person wants: refused with a reason
//! tab.poll_output()                 what it wants done; drain it after every input
//! tab.rooms()                       which of the relay's rooms it wants to be in
//! tab.next_deadline()               the only timer: then handle(Input::Wake, now)
//! ```
//!
//! A whole peer, `peer/examples/whole_peer.rs`:
//!
//! ```ignore
#![doc = include_str!("../../../peer/examples/whole_peer.rs")]
//! ```
//!
//! Mutate, drain the outputs, mutate again. Nothing happens between two inputs, the caller's clock
//! is the only clock, and all randomness follows from the seed: the same inputs give the same
//! outputs, byte for byte.
//!
//! In here, in the order in which it is best read: [`io`] (inputs and outputs), [`view`] (what can
//! be asked), `state` (what was delivered; the upper end of causal delivery), `intake` (how bytes
//! become delivered ops), `own_ops` (those of this replica), `frames` (what is said to whom),
//! `pursuit` (whom to compare sets with), `rhythm` (what is done on time), `absence` (what a person
//! is told who was away), `queries` (the answers to [`view`]). In a poll with precincts a [`tab`]
//! puts a replica of one precinct together with a [`council`], which knows what the others return,
//! and an [`audit`] of any of them, which counts their ballots.
//!
//! What must always hold:
//! - *Convergence*: replicas that hold the same ops show the same tally and the same state hash.
//! - *Bounded*: every buffer has a cap; what is dropped is counted in [`view::Stats`], and
//!   comparing sets brings it back.
//! - *Persist before send*: an op of one's own leaves after [`io::Input::Persisted`], not before.

mod absence;
pub mod audit;
pub mod council;
mod frames;
#[cfg(test)]
mod full_tests;
mod intake;
pub mod io;
mod own_ops;
mod pursuit;
mod queries;
mod rhythm;
mod state;
pub mod tab;
#[cfg(test)]
mod tests;
pub mod view;

use std::collections::VecDeque;

use ed25519_zebra::SigningKey;
use rand_core::Rng;

use crate::broadcast::Message;
use crate::broadcast::causal::Causal;
use crate::broadcast::gossip::Gossip;
use crate::ids::{OpId, PollId, PrecinctId, ReplicaId, VoterKey};
use crate::poll::op::VerifiedOp;
use crate::room::Room;
use crate::room::bucket::Bucket;
use crate::sync::Sync;
use crate::time::Millis;
use crate::timing::Timing;
use crate::wire::envelope::voter_key;
use crate::wire::frame::Digest;
use crate::wire::relay::Handle;

use absence::Away;
use io::{Config, Event, Output, RoomId};
use own_ops::OwnOp;
use pursuit::Pursuit;
use state::State;
use view::{LinkMisfit, Stats};

/// The most records in one [`io::Input::Restore`].
pub const MAX_RESTORE: usize = 512;

/// A full replica of one poll: of all its ballots, or in a poll with precincts of those of one
/// precinct; and of the chair's log. See the [module](self).
pub struct Replica {
    timing: Timing,
    poll: PollId,
    voter: SigningKey,
    voter_key: VoterKey,
    chair: Option<SigningKey>,
    precinct: Option<(u16, PrecinctId)>,
    misfit: Option<LinkMisfit>,
    room: Room,
    /// `None` until the genesis is here.
    open: Option<Open>,
    gossip: Gossip<Rumor>,
    sync: Sync,
    pursuit: Pursuit,
    away: Away,
    /// When the set changed last.
    changed_at: Millis,
    /// Of how many ops that follow what is not here the signature is checked: anybody can make up
    /// such, more of them than can be held back, and send the same ones for ever.
    orphans: Bucket,
    /// An op that was made here and is on its way to disk; only then is it part of the poll.
    saving: Option<VerifiedOp>,
    own: VecDeque<OwnOp>,
    syncing: Option<(u64, u64)>,
    /// What a council beside this replica knows, in short; `None` without one.
    board: Option<Digest>,
    /// In which room. An [audit] without ballots says that it holds nothing at all.
    room_id: RoomId,
    /// Whether another ever held the same ballots, or compared its own with them to the end.
    has_agreed: bool,
    /// What came for the council with the last frame: of which connection and replica, of which
    /// type, and what.
    of_council: Vec<(Handle, ReplicaId, u8, Vec<u8>)>,
    outputs: VecDeque<Output>,
    stats: Stats,
}

/// A poll whose genesis is here.
struct Open {
    state: State,
    delivery: Causal<State>,
}

/// An op as gossip carries it.
#[derive(Debug, Clone)]
struct Rumor {
    id: OpId,
    bytes: Vec<u8>,
}

impl Rumor {
    fn of(op: &VerifiedOp) -> Self {
        let (id, bytes) = (op.id(), op.bytes().to_vec());
        Self { id, bytes }
    }
}

impl Message for Rumor {
    type Id = OpId;

    fn id(&self) -> OpId {
        self.id
    }

    fn size(&self) -> usize {
        self.bytes.len()
    }
}

impl Replica {
    /// A replica that holds nothing yet, not connected.
    fn new(config: Config) -> Self {
        let room = match config.precinct {
            Some((_, precinct)) => config.secret.precinct_room(config.poll, precinct),
            None => config.secret.room(config.poll),
        };
        let timing = config.timing;
        let told = timing.hello.told_a_second;
        let sealed = (config.secret.seal(config.poll, &room), config.seed);
        Self {
            timing,
            poll: config.poll,
            voter_key: voter_key(&config.voter),
            voter: config.voter,
            chair: config.chair,
            precinct: config.precinct,
            misfit: None,
            room: Room::new(sealed, timing.digests, timing.hello, told),
            open: None,
            gossip: Gossip::new(timing.gossip.settings),
            sync: Sync::new(timing.sessions),
            pursuit: Pursuit::default(),
            away: Away::default(),
            changed_at: Millis(0),
            orphans: Bucket::new(timing.gossip.orphans, timing.gossip.orphans_a_second),
            saving: None,
            own: VecDeque::new(),
            syncing: None,
            board: None,
            room_id: RoomId::Precinct,
            has_agreed: false,
            of_council: Vec::new(),
            outputs: VecDeque::new(),
            stats: Stats::default(),
        }
    }

    /// The next thing to be done; `None` when there is nothing more until the next input.
    fn next_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When there is something to do.
    fn next_deadline(&self) -> Option<Millis> {
        let deadlines = [
            self.gossip.next_deadline(),
            self.room.timers.next(),
            self.can_send().then(|| self.own_deadline()).flatten(),
            self.sync.next_deadline(),
        ];
        deadlines.into_iter().flatten().min()
    }

    fn emit(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }

    fn next_random(&mut self) -> u64 {
        self.room.random.next_u64()
    }

    fn held_back_has(&self, id: OpId) -> bool {
        self.open
            .as_ref()
            .is_some_and(|open| open.delivery.holds(id))
    }
}
