//! The council: who speaks between precincts, and what is known of those that this tab does not hold.
//!
//! A tab of a poll with precincts holds its own in full, in a [`Replica`](super::Replica), and of the others what they return, on a
//! [`Board`]. The council is the state machine beside the replica that moves statements, disputes and the chair's log
//! between precincts. A [`Tab`](super::tab::Tab) puts the two together; nothing in here does I/O.
//!
//! The same is said in two rooms ([`Channel`]): in the council's room, which about eight tabs of each precinct join, at
//! once; and in the room of one's own precinct, to all its tabs, in batches, so that what a tab sends and receives does not grow with
//! the poll. In both, what is new goes to a few random others, once; and a digest goes with every frame, so that those who differ
//! for longer than gossip explains tell each other what they lack.
//!
//! Read [`io`] first, then `member` (when something is stated, attested and disputed), `pace` (how fast), `queue` (what waits to be passed on),
//! `room` (what is said to whom), `hear` (what is done with what others say), `log` (the chair's log), `standing` (from when on a
//! claim is attested), `audited` (what audits say of other precincts), `newcomer` (how the poll's definition gets to a precinct's
//! first tab).
//!
//! The shell may keep the board on [`disk`]. A tab that is loaded again without it asks.

mod audited;
pub mod disk;
mod hear;
pub mod io;
mod log;
mod member;
mod newcomer;
mod pace;
mod queue;
mod room;
mod standing;

use std::collections::VecDeque;

use ed25519_zebra::SigningKey;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use sha2::{Digest as _, Sha256};

use crate::broadcast::Origin;
use crate::canvass::board::Taken;
use crate::canvass::{Board, Canvass, Claim, Dispute, Rules};
use crate::ids::{OpId, PrecinctId, ReplicaId, VoterKey};
use crate::poll::op::Op;
use crate::time::Millis;
use crate::wire::envelope::voter_key;
use crate::wire::frame::Digest;
use crate::wire::sealed::Seal;

use super::io::Config;
use io::{Channel, Event, Output, Stats};
use member::Member;
use newcomer::Newcomer;
use room::Room;
use standing::Standing;

/// How many tabs of a precinct speak in the council, on average.
pub const SPEAKERS: u64 = 8;
/// Claims that wait are looked at together so long after the first of them came, or the board changed.
const TOGETHER: Millis = Millis(1_000);

/// See the [module](self).
pub struct Council {
    id: ReplicaId,
    voter: SigningKey,
    voter_key: VoterKey,
    precinct: PrecinctId,
    /// Whether the voter is of the precinct; false until the genesis is here.
    is_member: bool,
    seal: Seal,
    random: ChaCha20Rng,
    /// `None` until the genesis is here.
    board: Option<Board>,
    /// How many entries the chair's log has, and the start of their hash.
    log: (u64, [u8; 8]),
    /// Whether it grew since that was worked out, which takes a look at all of it.
    log_grew: bool,
    /// Worked out once for each change.
    digest: Option<Digest>,
    /// When claims that wait for each other are delivered.
    together_at: Option<Millis>,
    member: Member,
    newcomer: Newcomer,
    standing: Standing,
    /// A board from the disk, until the genesis is here.
    stored: Vec<u8>,
    /// The room of one's own precinct, and the council's.
    rooms: [Room; 2],
    outputs: VecDeque<Output>,
    stats: Stats,
}

impl Council {
    /// The council's part of a tab, which has an id of its own; `None` in a poll without precincts.
    #[must_use]
    pub fn new(config: &Config) -> Option<Self> {
        let (_, precinct) = config.precinct?;
        // Nonces must differ from the replica's, which are drawn from the seed itself.
        let seed = Sha256::new_with_prefix(b"council").chain_update(config.seed);
        let mut random = ChaCha20Rng::from_seed(seed.finalize().into());
        Some(Self {
            id: ReplicaId(random.next_u64()),
            voter_key: voter_key(&config.voter),
            voter: config.voter,
            precinct,
            is_member: false,
            seal: Seal::new(&config.secret.seal_key(config.poll)),
            random,
            board: None,
            log: Default::default(),
            log_grew: false,
            digest: None,
            together_at: None,
            member: Member::default(),
            newcomer: Newcomer::default(),
            standing: Standing::default(),
            stored: Vec::new(),
            rooms: [Room::default(), Room::default()],
            outputs: VecDeque::new(),
            stats: Stats::default(),
        })
    }

    /// What is known of all precincts; `None` until the genesis is here.
    #[must_use]
    pub fn board(&self) -> Option<&Board> {
        self.board.as_ref()
    }

    /// How many connections the council's room has; `None` while not connected to it.
    #[must_use]
    pub fn room(&self) -> Option<u32> {
        self.rooms[Channel::Council as usize].size
    }

    /// Whether another tab, in either room, said last that it knows just what is known here of all precincts and of the chair's log.
    #[must_use]
    pub fn agrees(&self) -> bool {
        let mut peers = self.rooms.iter().flat_map(|room| room.peers.iter());
        self.digest
            .is_some_and(|ours| peers.any(|(_, peer)| peer.digest == ours))
    }

    /// What was counted since the start.
    #[must_use]
    pub fn stats(&self) -> Stats {
        Stats {
            queue_dropped: self.rooms.iter().map(|room| room.queue.dropped()).sum(),
            ..self.stats
        }
    }

    /// How much waits to be passed on, in both rooms.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.rooms.iter().map(|room| room.queue.len()).sum()
    }

    /// Whether this tab is to connect to the council's room: about [`SPEAKERS`] of the precinct are, by the ids that
    /// they drew; twice as many each time that nobody has stated for half a minute what is held here; and whoever cannot get the poll's
    /// definition in the precinct's room. Ask after every input.
    #[must_use]
    pub fn is_wanted(&self) -> bool {
        let of_precinct = self.rooms[Channel::Precinct as usize].size;
        let chosen = of_precinct.is_some_and(|size| {
            let share = u128::from(self.id.0) * u128::from(size);
            share >> 64 < self.member.speakers()
        });
        chosen || self.newcomer.is_seeking()
    }

    /// The poll's genesis is here.
    pub(super) fn open(&mut self, canvass: &mut Canvass, now: Millis) {
        let rules = Rules::of(canvass.genesis_op());
        self.newcomer = Newcomer::default();
        self.is_member = rules.precinct_of(self.voter_key) == self.precinct;
        self.board = Some(Board::new(rules));
        let stored = core::mem::take(&mut self.stored);
        self.restore(&stored, now);
        self.log_changed(canvass);
        self.state_changed(now);
        for channel in [Channel::Precinct, Channel::Council] {
            self.ask_around(channel, canvass, now);
        }
    }

    /// The replica delivered an entry of the chair's log; `origin` is `None` for what was on disk.
    pub(super) fn entry_delivered(
        &mut self,
        id: OpId,
        origin: Option<Origin>,
        canvass: &Canvass,
        now: Millis,
    ) {
        self.log_grew = true;
        let Some(op) = canvass.log().get(id) else {
            return;
        };
        if let Some(origin) = origin {
            // In the precinct's room the replica passes it on itself.
            self.rooms[Channel::Council as usize].queue_op(id, op.bytes().to_vec(), origin, now);
        }
        if let (Op::StrikeReturn(strike), Some(board)) = (&**op, &mut self.board) {
            board.strike(strike.precinct, strike.return_id);
        }
    }

    fn log_changed(&mut self, canvass: &Canvass) {
        self.log = log::LogPoints::of(canvass).head();
        self.log_grew = false;
        self.digest = None;
    }

    /// What is known here, in short: the board, and the chair's log.
    pub(super) fn digest(&mut self) -> Option<Digest> {
        let board = self.board.as_ref()?;
        let (entries, log) = self.log;
        Some(*self.digest.get_or_insert_with(|| {
            let hash = Sha256::new_with_prefix(board.digest()).chain_update(log);
            let mut root = [0; 16];
            root.copy_from_slice(&hash.finalize()[..16]);
            Digest { root, ops: entries }
        }))
    }

    /// Takes in a claim whose signatures are right; true when it is news for others too. What waits is not while many do: what
    /// has to go for others would be news again when it comes back, and go round for ever.
    fn hold_claim(&mut self, claim: Claim, now: Millis) -> bool {
        let Some(board) = &mut self.board else {
            return false;
        };
        let statement = claim.statement();
        if statement.precinct == self.precinct {
            self.member.stated(statement);
        }
        match board.claim(claim) {
            Taken::News => true,
            Taken::Nothing => false,
            Taken::Waits(_) => {
                self.together_at.get_or_insert(now.after(TOGETHER));
                !board.is_crowded()
            }
        }
    }

    /// The same, and passes on what is news.
    fn take_claim(&mut self, claim: Claim, origin: Origin, now: Millis) -> bool {
        let statement = claim.statement();
        let of_own = statement.precinct == self.precinct;
        let (id, version) = (statement.id(), statement.version());
        let board = self.board.as_ref();
        let mut claims = board
            .map_or(&[][..], |board| board.claims(self.precinct))
            .iter();
        let is_new = of_own && !claims.any(|held| held.statement().id() == id);
        let news = self.hold_claim(claim.clone(), now);
        if news && is_new && origin == Origin::Forwarded {
            self.heard_member(version, now);
        }
        if news {
            for (room, channel) in self.rooms.iter_mut().zip(Channel::BOTH) {
                room.queue_claim(channel, &claim, origin, now);
            }
        }
        news
    }

    /// Takes in a dispute whose signature is right; true when it is news.
    fn hold_dispute(&mut self, dispute: Dispute) -> bool {
        let board = self.board.as_mut();
        board.is_some_and(|board| board.dispute(dispute))
    }

    /// The same, and tells of what is news, and passes it on.
    fn take_dispute(&mut self, dispute: Dispute, origin: Origin, now: Millis) -> bool {
        let news = self.hold_dispute(dispute.clone());
        if news {
            self.outputs.push_back(Output::Event(Event::Disputed {
                precinct: dispute.own().precinct,
                state: dispute.disputed(),
                by: dispute.by(),
            }));
            for (room, channel) in self.rooms.iter_mut().zip(Channel::BOTH) {
                room.queue_dispute(channel, &dispute, origin, now);
            }
        }
        news
    }

    /// Says what changed on the board, and looks again at what is claimed of one's own precinct if that did.
    fn settle(&mut self, now: Millis) {
        let changed = self.board.as_mut().map(Board::take_changed);
        let changed = changed.unwrap_or_default();
        if changed.is_empty() {
            return;
        }
        self.digest = None;
        // What waits may have waited for that as well as for each other.
        let waits = |board: &Board| board.waiting().next().is_some();
        if self.board.as_ref().is_some_and(waits) {
            self.together_at.get_or_insert(now.after(TOGETHER));
        }
        let own = changed.contains(&self.precinct);
        for precinct in &changed {
            self.claims_changed(*precinct, now);
        }
        self.outputs
            .push_back(Output::Event(Event::BoardChanged(changed)));
        for (room, channel) in self.rooms.iter_mut().zip(Channel::BOTH) {
            room.board_changed(channel, now);
        }
        if own {
            self.review(now);
        }
    }

    /// Does what is due. Called after every input.
    pub(super) fn keep_time(&mut self, canvass: &mut Canvass, now: Millis) {
        if self.log_grew {
            self.log_changed(canvass);
        }
        self.speak(canvass, now);
        if self.together_at.take_if(|at| *at <= now).is_some()
            && let Some(board) = &mut self.board
        {
            board.deliver_together();
            self.settle(now);
            // It was the largest such set: what it changed gives no other.
            self.together_at = None;
        }
        self.settle(now);
        self.stand(now);
        self.flush(now);
    }

    /// When there is something to do.
    pub(super) fn next_deadline(&self) -> Option<Millis> {
        if self.board.is_none() {
            return self.newcomer.next_deadline();
        }
        let [precinct, council] = &self.rooms;
        let deadlines = [
            self.member.next_deadline(),
            self.together_at,
            self.standing.next_deadline(),
            precinct.next_deadline(),
            council.next_deadline(),
        ];
        deadlines.into_iter().flatten().min()
    }

    pub(super) fn next_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// A span between `base` and one and a half times that, so that tabs do not all act at once.
    fn jittered(&mut self, base: Millis) -> Millis {
        Millis(base.0 + self.random.next_u64() % (base.0 / 2).max(1))
    }
}
