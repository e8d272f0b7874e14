//! The council: who speaks between precincts, and what is known of those that this tab does not
//! hold.
//!
//! A tab of a poll with precincts holds its own in full, in a [`Replica`](super::Replica), and of
//! the others what they return, on a [`Board`]. The council is the state machine beside the replica
//! that moves statements, disputes and the chair's log between precincts. A
//! [`Tab`](super::tab::Tab) puts the two together; nothing in here does I/O.
//!
//! The same is said in two rooms ([`Channel`]): in the council's room, which about eight tabs of
//! each precinct join, at once; and in the room of one's own precinct, to all its tabs, in batches,
//! so that what a tab sends and receives does not grow with the poll. In both, what is new goes to
//! a few random others, once; and a digest goes with every frame, so that those who differ for
//! longer than gossip explains tell each other what they lack.
//!
//! What every room has, who is there, Hello and digests, is [`crate::room`]'s; gossip is the same
//! as of ops.
//!
//! Read `member` (when something is stated, attested and disputed), `pace` (how
//! fast), `news` (what gossip passes on), `talk` (what is said to whom, and how the poll's
//! definition gets to a precinct's first tab), `receive` (what is done with what others say), `log`
//! (the chair's log), `attested` (from when on a claim is), `audited` (what audits say of other
//! precincts).
//!
//! The shell may keep the board on [`disk`]. A tab that is loaded again without it asks.

mod attested;
mod audited;
pub mod disk;
pub mod io;
mod log;
mod member;
mod news;
mod pace;
mod receive;
mod talk;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use ed25519_zebra::SigningKey;
use sha2::{Digest as _, Sha256};

use crate::ballots::BallotStore;
use crate::board::{Board, Claim, Dispute, Rules};
use crate::broadcast::Origin;
use crate::ids::{PrecinctId, VoterKey};
use crate::poll::op::{Op, VerifiedOp};
use crate::room::Room;
use crate::room::bucket::Bucket;
use crate::room::peers::Peers;
use crate::time::Millis;
use crate::timing::CouncilTiming;
use crate::wire::envelope::voter_key;
use crate::wire::frame::Digest;
use crate::wire::relay::Handle;

use super::io::{Config, Destination, Event, Output};
use attested::Standing;
use io::{Channel, Stats};
use member::Member;
use news::{Content, News};
use talk::Talk;

/// See the [module](self).
pub struct Council {
    timing: CouncilTiming,
    voter: SigningKey,
    voter_key: VoterKey,
    precinct: PrecinctId,
    /// Whether the voter is of the precinct; false until the genesis is here.
    is_member: bool,
    /// The council's.
    room: Room,
    /// How many connections the precinct's room has; `None` while not connected to it.
    precinct_size: Option<u32>,
    /// Who said what of the board there.
    boards: Peers,
    /// How many are answered there in a second.
    board_answers: Bucket,
    /// `None` until the genesis is here.
    board: Option<Board>,
    /// How many entries the chair's log has, and the start of their hash.
    log: (u64, [u8; 8]),
    /// Whether it grew since that was worked out, which takes a look at all of it.
    log_grew: bool,
    /// Worked out once for each change.
    digest: Option<Digest>,
    member: Member,
    /// The poll's definition is looked for in the council's room.
    is_seeking: bool,
    standing: Standing,
    /// A board from the disk, until the genesis is here.
    stored: Vec<u8>,
    /// In the room of one's own precinct, and in the council's.
    talks: [Talk; 2],
    outputs: VecDeque<Output>,
    /// What is to be said in the precinct's room, in the replica's frames, and to whom.
    to_precinct: Vec<(Destination, Vec<Content>)>,
    /// Entries of the chair's log that came from those connections of the council's room, for the
    /// replica to take in.
    entries: Vec<(Handle, Vec<u8>)>,
    stats: Stats,
}

impl Council {
    /// The council's part of a tab, which has an id of its own; `None` in a poll without precincts.
    #[must_use]
    pub(crate) fn new(config: &Config) -> Option<Self> {
        let (_, precinct) = config.precinct?;
        // Nonces must differ from the replica's, which are drawn from the seed itself.
        let seed = Sha256::new_with_prefix(b"council").chain_update(config.seed);
        let seal = config
            .secret
            .seal(config.poll, &config.secret.council_room(config.poll));
        let timing = config.timing.council;
        let answers = timing.answers_a_second;
        let sealed = (seal, seed.finalize().into());
        Some(Self {
            timing,
            voter_key: voter_key(&config.voter),
            voter: config.voter,
            precinct,
            is_member: false,
            room: Room::new(sealed, timing.digests, config.timing.hello, answers),
            precinct_size: None,
            boards: Peers::default(),
            board_answers: Bucket::new(answers.into(), answers.into()),
            board: None,
            log: Default::default(),
            log_grew: false,
            digest: None,
            member: Member::default(),
            is_seeking: false,
            standing: Standing::default(),
            stored: Vec::new(),
            talks: Channel::BOTH.map(|channel| Talk::new(&timing, channel)),
            outputs: VecDeque::new(),
            to_precinct: Vec::new(),
            entries: Vec::new(),
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
        self.room.size()
    }

    /// Whether another tab, in either room, said last that it knows just what is known here of all
    /// precincts and of the chair's log.
    #[must_use]
    pub fn agrees(&self) -> bool {
        let mut peers = self.room.peers.iter().chain(self.boards.iter());
        self.digest
            .is_some_and(|ours| peers.any(|(_, peer)| peer.digest == ours))
    }

    /// What was counted since the start.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let traffic = self.room.traffic;
        Stats {
            frames_out: traffic.frames_out,
            bytes_out: traffic.bytes_out,
            frames_in: traffic.frames_in,
            bytes_in: traffic.bytes_in,
            unsealed: traffic.unsealed,
            malformed: traffic.malformed + self.stats.malformed,
            muted: traffic.muted + self.stats.muted,
            queue_dropped: self.talks.iter().map(|talk| talk.gossip.dropped()).sum(),
            ..self.stats
        }
    }

    /// How much waits to be passed on, in both rooms.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.talks.iter().map(|talk| talk.gossip.waiting()).sum()
    }

    /// Whether this tab is to connect to the council's room: about eight of the precinct are, by
    /// the ids that they drew; twice as many each time that nobody has stated for half a minute
    /// what is held here, or said anything in the precinct's room; and whoever cannot get the
    /// poll's definition in the precinct's room. Ask after every input.
    #[must_use]
    pub(crate) fn is_wanted(&self) -> bool {
        let chosen = self.precinct_size.is_some_and(|size| {
            let share = u128::from(self.room.replica().0) * u128::from(size);
            share >> 64 < self.member.speakers(self.timing.speakers)
        });
        chosen || self.is_seeking
    }

    /// Who is in that room, with what they know of the board, as far as they said.
    fn peers(&mut self, channel: Channel) -> &mut Peers {
        match channel {
            Channel::Precinct => &mut self.boards,
            Channel::Council => &mut self.room.peers,
        }
    }

    /// The poll's genesis is here.
    pub(super) fn open(&mut self, store: &mut BallotStore, now: Millis) {
        let rules = Rules::of(store.genesis_op());
        self.seek_no_more();
        self.is_member = rules.precinct_of(self.voter_key) == self.precinct;
        self.board = Some(Board::new(rules));
        let stored = core::mem::take(&mut self.stored);
        self.restore(&stored, now);
        self.log_changed(store);
        self.state_changed(now);
        for channel in [Channel::Precinct, Channel::Council] {
            self.ask_around(channel, store, now);
        }
    }

    /// The replica delivered an entry of the chair's log; `origin` is `None` for what was on disk.
    pub(super) fn entry_delivered(&mut self, op: &VerifiedOp, origin: Option<Origin>, now: Millis) {
        self.log_grew = true;
        if let Some(origin) = origin {
            // In the precinct's room the replica passes it on itself.
            let entry = News::Entry(op.id(), op.bytes().to_vec());
            self.spread(Channel::Council, entry, origin, now);
        }
        if let (Op::StrikeReturn(strike), Some(board)) = (&**op, &mut self.board) {
            board.strike(strike.precinct, strike.return_id);
        }
    }

    fn log_changed(&mut self, store: &BallotStore) {
        if store.log().is_full()
            && let Some(board) = &mut self.board
        {
            // One that came may have taken the place of a strike.
            let strike = |op: &VerifiedOp| match &**op {
                Op::StrikeReturn(strike) => Some((strike.precinct, strike.return_id)),
                _ => None,
            };
            board.keep_strikes(&store.log().entries().filter_map(strike).collect());
        }
        self.log = log::LogPoints::of(store).head();
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

    /// Takes in a claim whose signatures are right; true when it is news.
    fn hold_claim(&mut self, claim: Claim) -> bool {
        let board = self.board.as_mut();
        board.is_some_and(|board| board.claim(claim))
    }

    /// The same, and passes on what is news.
    fn take_claim(&mut self, claim: Claim, origin: Origin, now: Millis) -> bool {
        let statement = claim.statement();
        let of_own = statement.precinct == self.precinct;
        let (state, version) = (statement.state(), statement.version());
        let board = self.board.as_ref();
        let mut claims = board
            .map_or(&[][..], |board| board.claims(self.precinct))
            .iter();
        let is_new = of_own && !claims.any(|held| held.statement().state() == state);
        let news = self.hold_claim(claim.clone());
        if news && is_new && origin == Origin::Forwarded {
            self.received_of_member(version, now);
        }
        if news {
            self.pass_on(&News::Claim(Box::new(claim)), origin, now);
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
            self.pass_on(&News::Dispute(Box::new(dispute)), origin, now);
        }
        news
    }

    fn pass_on(&mut self, news: &News, origin: Origin, now: Millis) {
        for channel in Channel::BOTH {
            self.spread(channel, news.clone(), origin, now);
        }
    }

    /// Says what changed on the board, and looks again at what is claimed of one's own precinct if
    /// that did.
    fn settle(&mut self, now: Millis) {
        let changed = self.board.as_mut().map(Board::take_changed);
        let changed = changed.unwrap_or_default();
        if changed.is_empty() {
            return;
        }
        self.digest = None;
        let own = changed.contains(&self.precinct);
        for precinct in &changed {
            self.claims_changed(*precinct, now);
        }
        self.outputs
            .push_back(Output::Event(Event::BoardChanged(changed)));
        self.room.changed(now);
        if own {
            self.review(now);
        }
    }

    /// Does what is due. Called after every input.
    pub(super) fn keep_time(&mut self, store: &mut BallotStore, now: Millis) {
        if self.log_grew {
            self.log_changed(store);
        }
        self.speak(store, now);
        self.settle(now);
        self.stand(now);
        self.flush(now);
    }

    /// When there is something to do.
    pub(super) fn next_deadline(&self) -> Option<Millis> {
        let gossip = self.talks.iter().map(|talk| talk.gossip.next_deadline());
        gossip.chain([self.room.timers.next()]).flatten().min()
    }

    /// What the tab is to do.
    pub(super) fn take_outputs(&mut self) -> VecDeque<Output> {
        core::mem::take(&mut self.outputs)
    }

    /// What the replica is to say in the precinct's room.
    pub(super) fn take_said(&mut self) -> Vec<(Destination, Vec<Content>)> {
        core::mem::take(&mut self.to_precinct)
    }

    /// What the replica is to take in.
    pub(super) fn take_entries(&mut self) -> Vec<(Handle, Vec<u8>)> {
        core::mem::take(&mut self.entries)
    }
}
