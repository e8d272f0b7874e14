//! The replica: the one state machine that composes all the rest.
//!
//! ```text
//! replica.handle(input, now)        the only way in
//! replica.poll_output()             what it wants done; drain it after every input
//! replica.next_deadline()           the only timer: then handle(Input::Wake, now)
//! ```
//!
//! Mutate, drain the outputs, mutate again. Nothing happens between two inputs, the caller's clock is the only clock,
//! and all randomness follows from the seed: the same inputs give the same outputs, byte for byte.
//!
//! In here, in the order in which it is best read: [`io`] (inputs and outputs), [`view`] (what can be asked),
//! `state` (what was delivered; the upper end of causal delivery), `intake` (how bytes become delivered ops), `orphans` (of how
//! many that wait the signature is checked), `author` (this replica's own ops), `frames` (what is said to whom), `peers` (who
//! else there is), `proven` (which of them are replicas for sure), `greeting` (Hello), `pursuit` (whom to compare sets with),
//! `rhythm` (what else is done on time), `ask` (the answers to [`view`]). In a poll with precincts a [`tab`] puts a replica
//! of one precinct together with a [`council`], which knows what the others return, and an [`audit`] of any of them, which
//! counts their ballots.
//!
//! What must always hold:
//! - *Convergence*: replicas that hold the same ops show the same tally and the same state hash.
//! - *Bounded*: every buffer has a cap; what is dropped is counted in [`view::Stats`], and comparing sets brings it back.
//! - *Persist before send*: an op of one's own leaves after [`io::Input::Persisted`], not before.

mod ask;
pub mod audit;
mod author;
pub mod council;
mod frames;
mod greeting;
mod intake;
pub mod io;
mod orphans;
mod peers;
mod proven;
mod pursuit;
mod rhythm;
mod state;
pub mod tab;
pub mod view;

use std::collections::{BTreeSet, VecDeque};

use ed25519_zebra::SigningKey;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

use crate::broadcast::causal::Causal;
use crate::broadcast::gossip::{Gossip, Settings};
use crate::broadcast::{Delivery, Message};
use crate::ids::{OpId, PollId, PrecinctId, ReplicaId, VoterKey};
use crate::poll::op::VerifiedOp;
use crate::sync::Sync;
use crate::time::Millis;
use crate::wire::envelope::voter_key;
use crate::wire::frame::Digest;
use crate::wire::relay::Handle;
use crate::wire::sealed::Seal;

use io::{Config, Event, Input, Output, Refusal};
use orphans::Orphans;
use peers::Peers;
use rhythm::Rhythm;
use state::State;
use view::{LinkMisfit, Stats};

/// The most records in one [`Input::Restore`].
pub const MAX_RESTORE: usize = 512;
/// The most ops of one's own whose way is followed: the latest ones.
const MAX_FOLLOWED: usize = 16;
/// The most others that one op is counted as seen by.
const MAX_SEEN_BY: usize = 4_096;

/// A full replica of one poll: of all its ballots, or in a poll with precincts of those of one precinct; and of the chair's
/// log. See the [module](self).
pub struct Replica {
    id: ReplicaId,
    poll: PollId,
    voter: SigningKey,
    voter_key: VoterKey,
    chair: Option<SigningKey>,
    precinct: Option<(u16, PrecinctId)>,
    misfit: Option<LinkMisfit>,
    seal: Seal,
    random: ChaCha20Rng,
    /// `None` until the genesis is here.
    open: Option<Open>,
    gossip: Gossip<Rumor>,
    sync: Sync,
    peers: Peers,
    rhythm: Rhythm,
    orphans: Orphans,
    /// An op that was made here and is on its way to disk; only then is it part of the poll.
    saving: Option<VerifiedOp>,
    own: VecDeque<OwnOp>,
    /// `Some` while connected: how many connections the room has.
    room: Option<u32>,
    syncing: Option<(u64, u64)>,
    /// What a council beside this replica knows, in short; `None` without one.
    board: Option<Digest>,
    /// An [audit] without ballots says that it holds nothing at all.
    is_audit: bool,
    /// Whether another ever held the same ballots, or compared its own with them to the end.
    has_agreed: bool,
    /// When the second began in which so many newcomers were told the genesis at once.
    told: (Millis, u32),
    /// What came for the council with the last frame: of which connection and replica, of which type, and what.
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

impl Message for Rumor {
    type Id = OpId;

    fn id(&self) -> OpId {
        self.id
    }

    fn size(&self) -> usize {
        self.bytes.len()
    }
}

/// An op that was made here and saved, on its way.
#[derive(Debug)]
struct OwnOp {
    rumor: Rumor,
    sent: bool,
    /// Not before then: whoever put it into the shared store is most likely sending it.
    waits_until: Millis,
    /// Sent again then, if nobody has seen it.
    again_at: Option<Millis>,
    /// So often.
    again: u32,
    seen_by: BTreeSet<ReplicaId>,
    /// The most others that were in the room at once since it was made.
    most_others: usize,
}

impl OwnOp {
    /// It may have gone nowhere.
    fn not_sent(&mut self) {
        self.sent = false;
        self.again_at = None;
        self.again = 0;
    }

    /// How many others have it. A tab that is loaded again is another replica, so no more are counted than were here at
    /// once.
    fn reach(&self) -> usize {
        self.seen_by.len().min(self.most_others)
    }
}

impl Replica {
    /// A replica that holds nothing yet, not connected. Hand it what was persisted with [`Input::Restore`].
    #[must_use]
    pub fn new(config: Config) -> Self {
        let mut random = ChaCha20Rng::from_seed(config.seed);
        Self {
            id: ReplicaId(random.next_u64()),
            poll: config.poll,
            voter_key: voter_key(&config.voter),
            voter: config.voter,
            chair: config.chair,
            precinct: config.precinct,
            misfit: None,
            seal: Seal::new(&config.secret.seal_key(config.poll)),
            random,
            open: None,
            gossip: Gossip::new(Settings::default()),
            sync: Sync::new(),
            peers: Peers::default(),
            rhythm: Rhythm::default(),
            orphans: Orphans::default(),
            saving: None,
            own: VecDeque::new(),
            room: None,
            syncing: None,
            board: None,
            is_audit: false,
            has_agreed: false,
            told: (Millis(0), 0),
            of_council: Vec::new(),
            outputs: VecDeque::new(),
            stats: Stats::default(),
        }
    }

    /// Takes one input. `now` may be equal to the last one, and should not be earlier.
    ///
    /// # Errors
    /// [`Refusal`], only for [`Input::Cast`] and [`Input::Revoke`], with a sentence for the person who asked. Bad input
    /// from others is dropped and counted.
    pub fn handle(&mut self, input: Input<'_>, now: Millis) -> Result<(), Refusal> {
        match input {
            Input::Restore(records) => self.on_restore(records, false, now),
            Input::Reload(records) => self.on_restore(records, true, now),
            Input::Connected { room } => self.on_connected(room, now),
            Input::Disconnected => self.on_disconnected(now),
            Input::Room { size } => self.on_room(size, now),
            Input::Frame { from, payload } => self.on_frame(from, payload, now),
            Input::PeerGone { peer } => self.on_peer_gone(peer, now),
            Input::Persisted(id) => self.on_persisted(id, now),
            Input::NotPersisted(id) => self.on_not_persisted(id),
            Input::Cast(choice) => return self.on_cast(choice, now),
            Input::Revoke { ballot, reason } => return self.on_revoke(ballot, reason, None, now),
            Input::Strike {
                precinct,
                return_id,
                reason,
            } => return self.on_strike(precinct, return_id, reason, now),
            Input::Wake => {}
            Input::Refresh => self.refresh(now),
        }
        self.keep_time(now);
        Ok(())
    }

    /// The next thing to be done; `None` when there is nothing more until the next input.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When [`Input::Wake`] is due. `None`: never, until another input.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Millis> {
        let connected = self.room.is_some();
        let deadlines = [
            connected.then(|| self.gossip_deadline()).flatten(),
            connected.then(|| self.rhythm.next_deadline()).flatten(),
            self.can_send().then(|| self.own_deadline()).flatten(),
            self.sync.next_deadline(),
        ];
        deadlines.into_iter().flatten().min()
    }

    fn emit(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }

    /// A span between `base` and twice that, so that replicas do not all act at once.
    fn jittered(&mut self, base: Millis) -> Millis {
        Millis(base.0 + self.random.next_u64() % base.0.max(1))
    }

    fn next_random(&mut self) -> u64 {
        self.random.next_u64()
    }

    fn held_back_has(&self, id: OpId) -> bool {
        self.open
            .as_ref()
            .is_some_and(|open| open.delivery.holds(id))
    }
}
