//! One session: two replicas take turns until neither has anything left to ask or to send.
//!
//! A turn is an optional Want, then any number of Ops, then one Compare, which passes the turn, or
//! a Close. Whoever has the turn, nothing left to ask, and knows that the other has not either,
//! closes.

use std::collections::VecDeque;

use super::budget::{MAX_SCAN, ScanBudget};
use super::message::{Content, Description, Reason, SyncMessage, Wish};
use super::question::{self, Frontier};
use super::send_queue::{MAX_OPS_BYTES, Pick, SendQueue};
use super::short::{NOTHING, Shortener};
use super::useful::Useful;
use crate::ballots::BallotStore;
use crate::ballots::branch::{Branch, MAX_DEPTH};
use crate::time::Millis;
use crate::timing::SessionTiming;

/// How many frames of ops may be on their way without an answer, once one was answered. All of them
/// fit in what a relay keeps for a reader that is slow.
pub(crate) const WINDOW: u32 = 6;
/// The same before that: an opening of a few bytes is not to bring a flood on somebody.
pub(crate) const FIRST_WINDOW: u32 = 2;
/// The most bytes of ops in a frame of a stream before that: it costs nothing to ask for one.
pub(crate) const FIRST_BYTES: usize = 8 * 1024;
/// The most turns of the other in a row in which no op goes either way. The tree is 32 levels deep.
pub(crate) const MAX_IDLE_TURNS: u32 = 40;

/// The other broke the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refused;

/// What a session makes of a message.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// What to send, in this order.
    pub(crate) send: Vec<SyncMessage>,
    /// Ops that came in.
    pub(crate) ops: Option<Vec<u8>>,
    /// Of those that are to come, how many have.
    pub(crate) received: Option<(u64, u64)>,
    /// The session is over.
    pub(crate) over: Option<Reason>,
}

/// One session's state.
#[derive(Debug)]
pub(crate) struct Session {
    id: u64,
    short: Shortener,
    /// Opened by this replica.
    own: bool,
    /// The opening asked for everything.
    empty: bool,
    /// Something came back.
    answered: bool,
    my_turn: bool,
    /// A Want came in this turn of the other's.
    wanted: bool,
    /// A Want went out in this turn.
    wishing: bool,
    /// The other has questions that did not fit.
    their_more: bool,
    frontier: Frontier,
    send_queue: SendQueue,
    /// The number of the next frame of ops to go out.
    next_out: u32,
    /// Frames below this number were acknowledged.
    acknowledged: u32,
    /// How long the frames from there on were.
    in_flight: VecDeque<usize>,
    /// An acknowledgement came.
    acknowledging: bool,
    /// The lowest number that the next frame to come in may have.
    next_in: u32,
    budget: ScanBudget,
    /// Ops went out, and nothing came back since.
    sent_ops: bool,
    /// An op went one way or the other, and the other was there.
    moved_ops: bool,
    /// An op came that was new here.
    brought_ops: bool,
    /// Turns of the other since then.
    idle_turns: u32,
    started: Millis,
    /// When something came that said or brought something.
    heard: Millis,
    /// When an op went one way or the other.
    moved: Millis,
    /// Bytes of ops that were new here, or that the other said it has got.
    useful: Useful,
}

impl Session {
    /// Opens a session to a replica that holds `theirs` ops.
    pub(crate) fn open(
        id: u64,
        store: Option<&mut BallotStore>,
        theirs: u64,
        now: Millis,
    ) -> (Self, SyncMessage) {
        let short = Shortener::new(id);
        match store.filter(|store| !store.is_empty()) {
            Some(store) => {
                let about = question::opening(store, theirs, short);
                (
                    Self::new(id, true, false, now),
                    SyncMessage::Open { session: id, about },
                )
            }
            None => (
                Self::new(id, true, true, now),
                SyncMessage::OpenEmpty { session: id },
            ),
        }
    }

    /// Answers a session that another opened.
    pub(crate) fn answer(
        id: u64,
        about: Option<Vec<Description>>,
        store: &mut BallotStore,
        now: Millis,
    ) -> (Self, Progress) {
        let mut session = Self::new(id, false, about.is_none(), now);
        let mut progress = Progress::default();
        match about {
            Some(about) => session.take_turn(about, store, &mut progress),
            None => {
                session.send_queue = SendQueue::everything(store);
                session.my_turn = true;
                session.go_on(store, &mut progress);
            }
        }
        (session, progress)
    }

    fn new(id: u64, own: bool, empty: bool, now: Millis) -> Self {
        Self {
            id,
            short: Shortener::new(id),
            own,
            empty,
            answered: false,
            my_turn: false,
            wanted: false,
            wishing: false,
            their_more: false,
            frontier: Frontier::default(),
            send_queue: SendQueue::default(),
            next_out: 0,
            acknowledged: 0,
            in_flight: VecDeque::new(),
            acknowledging: false,
            next_in: 0,
            budget: ScanBudget::default(),
            sent_ops: false,
            moved_ops: false,
            brought_ops: false,
            idle_turns: 0,
            started: now,
            heard: now,
            moved: now,
            useful: Useful::default(),
        }
    }

    /// Its id.
    #[must_use]
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    /// Whether this replica opened it.
    #[must_use]
    pub(crate) fn is_own(&self) -> bool {
        self.own
    }

    /// Whether it streams everything to a newcomer who opened it.
    #[must_use]
    pub(crate) fn is_stream(&self) -> bool {
        self.empty && !self.own
    }

    /// How long it has been running.
    #[must_use]
    pub(crate) fn age(&self, now: Millis) -> Millis {
        now - self.started
    }

    /// How many bytes of ops it moved in the last 5 s.
    #[must_use]
    pub(crate) fn useful(&self, now: Millis) -> u64 {
        self.useful.in_five_seconds(now)
    }

    /// Of two sessions that two replicas open to each other at once, the one with the smaller rank
    /// goes on: one that fetches everything comes first, then the lower id. `None` for a session
    /// that is under way already.
    #[must_use]
    pub(crate) fn rank(&self) -> Option<(bool, u64)> {
        (self.own && !self.answered).then_some((!self.empty, self.id))
    }

    /// Whether any op went one way or the other.
    #[must_use]
    pub(crate) fn moved_ops(&self) -> bool {
        self.moved_ops
    }

    /// Whether any op came that was new here.
    #[must_use]
    pub(crate) fn brought_ops(&self) -> bool {
        self.brought_ops
    }

    /// When it is over, should nothing more arrive.
    #[must_use]
    pub(crate) fn deadline(&self, timing: &SessionTiming) -> Millis {
        let silence = if self.own && !self.answered {
            timing.unanswered
        } else {
            timing.silence
        };
        self.heard
            .after(silence)
            .min(self.moved.after(timing.fruitless))
            .min(self.started.after(timing.longest))
    }

    /// Takes in a message of this session.
    ///
    /// # Errors
    /// [`Refused`] for one that is out of turn, or that only a replica with ops of its own could
    /// answer, or one turn more than [`MAX_IDLE_TURNS`].
    pub(crate) fn receive(
        &mut self,
        message: SyncMessage,
        store: Option<&mut BallotStore>,
        now: Millis,
    ) -> Result<Progress, Refused> {
        let mut progress = Progress::default();
        // Whoever says nothing, time and again, does not keep a session to itself.
        let mut says_something = true;
        let is_ack = matches!(message, SyncMessage::Ack { .. });
        if !self.my_turn && !is_ack && core::mem::take(&mut self.sent_ops) {
            self.op_moved(now);
        }
        match message {
            SyncMessage::Compare { more, about, .. }
                if !self.my_turn && self.idle_turns < MAX_IDLE_TURNS =>
            {
                self.idle_turns += 1;
                says_something = !about.is_empty();
                self.their_more = more;
                self.take_turn(about, store.ok_or(Refused)?, &mut progress);
            }
            SyncMessage::Want { wishes, .. } if !self.my_turn && !self.wanted => {
                self.wanted = true;
                says_something = !wishes.is_empty();
                self.grant(wishes, store.ok_or(Refused)?);
            }
            SyncMessage::Ops {
                number,
                last,
                sent,
                total,
                bytes,
                ..
            } if !self.my_turn => {
                // A gap means that a frame was lost: what came is good all the same, and another
                // session finds the rest.
                if number < self.next_in || number == u32::MAX || bytes.is_empty() {
                    return Err(Refused);
                }
                self.next_in = number + 1;
                // Whether they are what they should be is for the caller to say: see `brought`.
                says_something = false;
                if !last {
                    progress.send.push(SyncMessage::Ack {
                        session: self.id,
                        number,
                    });
                }
                progress.ops = Some(bytes);
                progress.received = Some((sent.min(total), total));
            }
            // The last acknowledgements of a turn arrive after it.
            SyncMessage::Ack { number, .. } if number < self.next_out => {
                says_something = number >= self.acknowledged;
                if says_something {
                    let arrived = (number + 1 - self.acknowledged) as usize;
                    let bytes = self.in_flight.drain(..arrived.min(self.in_flight.len()));
                    self.useful.add(bytes.sum(), now);
                    self.acknowledged = number + 1;
                    self.acknowledging = true;
                    self.op_moved(now);
                }
                if self.my_turn {
                    self.go_on(store.ok_or(Refused)?, &mut progress);
                }
            }
            SyncMessage::Close { reason, .. } => progress.over = Some(reason),
            _ => return Err(Refused),
        }
        self.answered = true;
        if says_something {
            self.heard = now;
        }
        Ok(progress)
    }

    /// The ops that came last held something new, so many bytes of it.
    pub(crate) fn brought(&mut self, bytes: usize, now: Millis) {
        self.op_moved(now);
        self.brought_ops = true;
        self.heard = now;
        self.useful.add(bytes, now);
    }

    fn op_moved(&mut self, now: Millis) {
        self.moved = now;
        self.moved_ops = true;
        self.idle_turns = 0;
    }

    /// Begins this replica's turn with the other's questions.
    fn take_turn(
        &mut self,
        about: Vec<Description>,
        store: &mut BallotStore,
        progress: &mut Progress,
    ) {
        self.my_turn = true;
        self.wanted = false;
        let mut wishes = Vec::new();
        self.budget.earn_by_ids(ids_listed(&about));
        for Description { branch, content } in about {
            match content {
                Content::Fingerprints {
                    levels,
                    fingerprints,
                } => {
                    for (branch, theirs) in branch.below(levels).zip(fingerprints) {
                        self.compare(branch, theirs, store);
                    }
                }
                Content::List(ids) => wishes.extend(self.check_list(branch, ids, store)),
            }
        }
        self.wishing = !wishes.is_empty();
        if self.wishing {
            progress.send.push(SyncMessage::Want {
                session: self.id,
                wishes,
            });
        }
        self.go_on(store, progress);
    }

    fn compare(&mut self, branch: Branch, theirs: u32, store: &mut BallotStore) {
        let mine = self.short.fingerprint(&store.branch_fingerprint(branch));
        if mine == theirs {
            return;
        }
        if theirs == NOTHING {
            self.send_queue
                .add(branch, Pick::Except(Vec::new()), store.ops_under(branch));
        } else {
            self.frontier.push(branch);
        }
    }

    /// Works out from a list of all that the other holds under a branch what it lacks, and what it
    /// could send.
    fn check_list(
        &mut self,
        branch: Branch,
        theirs: Vec<u32>,
        store: &mut BallotStore,
    ) -> Option<Wish> {
        let held = store.ops_under(branch);
        if theirs.is_empty() {
            if held > 0 {
                self.send_queue.add(branch, Pick::Except(theirs), held);
            }
            return None;
        }
        if (held > MAX_SCAN && branch.depth() < MAX_DEPTH) || !self.budget.spend(held) {
            // A leaf would be described by a list, for which it would have to be looked through all
            // the same.
            if !store.is_leaf(branch) {
                self.frontier.push(branch);
            }
            return None;
        }
        let mine = question::short_ids(branch, store, self.short);
        let mut ids = theirs.clone();
        ids.dedup();
        ids.retain(|id| mine.binary_search(id).is_err());
        let surplus = mine
            .iter()
            .filter(|id| theirs.binary_search(id).is_err())
            .count();
        if surplus > 0 {
            self.send_queue
                .add(branch, Pick::Except(theirs), surplus as u64);
        }
        (!ids.is_empty()).then_some(Wish { branch, ids })
    }

    /// Puts down what was wished for. A wish for a branch far larger than any that is ever listed
    /// is passed over, and so are wishes beyond what the session has earned.
    fn grant(&mut self, wishes: Vec<Wish>, store: &mut BallotStore) {
        let ids = wishes.iter().map(|wish| wish.ids.len()).sum();
        self.budget.earn_by_ids(ids);
        for Wish { branch, ids } in wishes {
            let held = store.ops_under(branch);
            let listed = branch.depth() == MAX_DEPTH || held <= MAX_SCAN;
            if held > 0 && listed && self.budget.spend(held) {
                let count = ids.len() as u64;
                self.send_queue.add(branch, Pick::Only(ids), count);
            }
        }
    }

    /// Sends what the window has room for, and passes the turn when all is out.
    fn go_on(&mut self, store: &mut BallotStore, progress: &mut Progress) {
        let (window, most) = match (self.acknowledging, self.empty) {
            (true, _) => (WINDOW, MAX_OPS_BYTES),
            (false, false) => (FIRST_WINDOW, MAX_OPS_BYTES),
            (false, true) => (FIRST_WINDOW, FIRST_BYTES),
        };
        while self.next_out - self.acknowledged < window {
            let Some(batch) = self.send_queue.next_batch(store, self.short, most) else {
                return self.pass(store, progress);
            };
            let (session, number, last) = (self.id, self.next_out, batch.last);
            let (sent, total) = (batch.sent, self.send_queue.total());
            self.in_flight.push_back(batch.bytes.len());
            progress.send.push(SyncMessage::Ops {
                session,
                number,
                last,
                sent,
                total,
                bytes: batch.bytes,
            });
            self.next_out += 1;
            self.sent_ops = true;
            if last {
                // Nobody acknowledges the last.
                return self.pass(store, progress);
            }
        }
    }

    fn pass(&mut self, store: &mut BallotStore, progress: &mut Progress) {
        let session = self.id;
        self.my_turn = false;
        self.send_queue = SendQueue::default();
        self.acknowledged = self.next_out;
        self.in_flight.clear();
        let about = self.frontier.describe(store, self.short);
        self.budget.earn_by_listing(ids_listed(&about));
        if about.is_empty() && !self.wishing && !self.their_more {
            progress.send.push(SyncMessage::Close {
                session,
                reason: Reason::Done,
            });
            progress.over = Some(Reason::Done);
        } else {
            progress.send.push(SyncMessage::Compare {
                session,
                more: !self.frontier.is_empty(),
                about,
            });
        }
    }
}

fn ids_listed(about: &[Description]) -> usize {
    let ids = about.iter().map(|description| match &description.content {
        Content::List(ids) => ids.len(),
        Content::Fingerprints { .. } => 0,
    });
    ids.sum()
}
