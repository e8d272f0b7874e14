//! When something is said unasked: greetings, digests, comparisons, and the message after an absence.

use crate::ids::ReplicaId;
use crate::time::Millis;
use crate::wire::frame::{Digest, kind};
use crate::wire::relay::Handle;

use super::io::{Destination, Event, What};
use super::{OwnOp, Replica};

/// How often a replica says what it holds when nothing happens, up to twice that at random. Long against gossip,
/// short against a person's patience.
const HEARTBEAT: Millis = Millis(5_000);
/// After a change that is followed by that much quiet, a replica says what it holds: its neighbours learn that they
/// agree, or that they do not, without waiting for the heartbeat.
const QUIET: Millis = Millis(250);
/// For so long gossip may explain that two replicas differ: some ticks of every hop, and the relay's queues.
pub(super) const GRACE: Millis = Millis(500);
/// Between two comparisons that a replica starts of its own accord, up to twice that at random.
const BETWEEN_SYNCS: Millis = Millis(1_000);
/// How often a newcomer asks for the poll, up to twice that at random.
const ASK_AGAIN: Millis = Millis(1_000);
/// How soon a newcomer asks when somebody else comes, up to twice that at random.
const SOON: Millis = Millis(100);
/// After an agreement the last acknowledgements may take that long.
const LAST_WORDS: Millis = Millis(700);
/// An absence is summed up after so long even without an agreement.
const PATIENCE: Millis = Millis(8_000);
/// To how many others digests and greetings go. In a room of nine everybody hears of everybody.
const FAN_OUT: u8 = 8;
/// To how many others a greeting goes: each answers.
const GREETED: u8 = 4;

/// The deadlines of a replica that is connected.
#[derive(Debug, Default)]
pub(super) struct Rhythm {
    heartbeat_at: Option<Millis>,
    quiet_at: Option<Millis>,
    /// When the set changed last.
    pub(super) changed_at: Millis,
    probe_at: Option<Millis>,
    ask_at: Option<Millis>,
    sync_allowed_at: Millis,
    /// Differences need no grace: this replica has just come, and gossip does not explain them.
    catching_up: bool,
    away_since: Option<Millis>,
    /// Of an absence that is not summed up yet when the connection is lost again.
    came_in: (u64, u64),
    absence: Option<Absence>,
}

/// What came in since a connection came back.
#[derive(Debug)]
struct Absence {
    away: Millis,
    ballots: u64,
    revoked: u64,
    /// One's own latest ballot had not been sent when the connection came back.
    vote_waits: bool,
    /// Then at the latest.
    give_up_at: Millis,
    sum_up_at: Millis,
}

impl Rhythm {
    pub fn next_deadline(&self) -> Option<Millis> {
        let absence = self.absence.as_ref().map(|absence| absence.sum_up_at);
        [
            self.heartbeat_at,
            self.quiet_at,
            self.probe_at,
            self.ask_at,
            absence,
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// The set of ops has changed.
    pub fn changed(&mut self, now: Millis) {
        self.changed_at = now;
        self.quiet_at = Some(now.after(QUIET));
    }

    /// An op came in from another replica.
    pub fn count_arrival(&mut self, what: &What) {
        if let Some(absence) = &mut self.absence {
            match what {
                What::Ballot { .. } => absence.ballots += 1,
                What::Revocation { .. } => absence.revoked += 1,
                What::Strike { .. } | What::Unknown => {}
            }
        }
    }

    /// A session that this replica opened went through: what still differs is news.
    pub fn caught_up(&mut self) {
        self.catching_up = false;
    }
}

/// Whether a deadline has come; it is taken when it has.
fn due(deadline: &mut Option<Millis>, now: Millis) -> bool {
    deadline.take_if(|at| *at <= now).is_some()
}

impl Replica {
    pub(super) fn on_connected(&mut self, room: u32, now: Millis) {
        self.room = Some(room);
        self.count_others();
        self.peers.clear();
        self.gossip.clear_forwarded();
        self.rhythm.catching_up = true;
        if let Some(since) = self.rhythm.away_since.take() {
            let (ballots, revoked) = core::mem::take(&mut self.rhythm.came_in);
            let at = now.after(PATIENCE);
            let away = now - since;
            let vote_waits = self.latest_ballot().is_some_and(|own| !own.sent);
            self.rhythm.absence = Some(Absence {
                away,
                ballots,
                revoked,
                vote_waits,
                give_up_at: at,
                sum_up_at: at,
            });
        }
        self.say_hello(now);
        self.send_own(now);
    }

    pub(super) fn on_disconnected(&mut self, now: Millis) {
        if self.room.take().is_none() {
            // It has never been connected, and is told that it cannot be: whoever has the poll already is away from it.
            if self.open.is_some() {
                self.rhythm.away_since.get_or_insert(now);
            }
            return;
        }
        // What nobody has seen may have gone nowhere: it is not sent, and goes out again.
        for own in self.own.iter_mut().filter(|own| own.seen_by.is_empty()) {
            own.sent = false;
        }
        for peer in self
            .peers
            .iter()
            .map(|(_, peer)| peer.handle)
            .collect::<Vec<_>>()
        {
            self.sync.forget(peer);
        }
        self.peers.clear();
        self.syncing = None;
        // An absence that was not summed up yet goes on.
        let absence = self.rhythm.absence.take();
        let away = absence.as_ref().map_or(Millis(0), |absence| absence.away);
        let came_in = absence.map_or((0, 0), |absence| (absence.ballots, absence.revoked));
        let away_since = Some(Millis(now.0.saturating_sub(away.0)));
        self.rhythm = Rhythm {
            away_since,
            came_in,
            ..Rhythm::default()
        };
    }

    pub(super) fn on_room(&mut self, size: u32, now: Millis) {
        let Some(before) = self.room.replace(size) else {
            self.room = None;
            return;
        };
        self.count_others();
        // Somebody came, and may have the poll: a newcomer asks a little sooner.
        if size > before && self.rhythm.ask_at.is_some() {
            let soon = now.after(self.jittered(SOON));
            self.rhythm.ask_at = self.rhythm.ask_at.map(|at| at.min(soon));
        }
    }

    /// One whom this replica wrote to has left: nothing waits for its answer. Whom to ask instead is seen soon, by those who
    /// differ or, without the poll, by another Hello.
    pub(super) fn on_peer_gone(&mut self, peer: Handle, now: Millis) {
        self.peers.forget(peer);
        if !self.sync.forget(peer) {
            return;
        }
        self.stats.syncs_failed += 1;
        self.syncing = None;
        let soon = now.after(self.jittered(SOON));
        if self.open.is_none() {
            self.rhythm.ask_at = self.rhythm.ask_at.map(|at| at.min(soon));
        } else {
            let soon = soon.max(self.rhythm.sync_allowed_at);
            self.rhythm.probe_at = Some(self.rhythm.probe_at.map_or(soon, |at| at.min(soon)));
        }
    }

    /// Says what is held to a few others, who answer with what they hold.
    pub(super) fn say_hello(&mut self, now: Millis) {
        if self.room.is_none() {
            return;
        }
        self.send(Destination::Spread(GREETED), &[(kind::HELLO, Vec::new())]);
        self.rhythm.heartbeat_at = Some(now.after(self.jittered(HEARTBEAT)));
        self.rhythm.ask_at = self
            .open
            .is_none()
            .then(|| now.after(self.jittered(ASK_AGAIN)));
    }

    /// Does what is due. Called after every input, so that work that is overdue is done at once, however late.
    pub(super) fn keep_time(&mut self, now: Millis) {
        for _ in self.sync.expire(now) {
            self.stats.syncs_failed += 1;
            self.syncing = None;
        }
        if self.room.is_none() {
            return;
        }
        self.send_own(now);
        self.flush_gossip(now);
        if due(&mut self.rhythm.ask_at, now) {
            self.say_hello(now);
        }
        let quiet = due(&mut self.rhythm.quiet_at, now);
        if due(&mut self.rhythm.heartbeat_at, now) || quiet {
            self.peers.forget_silent(now);
            self.send(Destination::Spread(FAN_OUT), &[]);
            self.rhythm.heartbeat_at = Some(now.after(self.jittered(HEARTBEAT)));
        }
        if due(&mut self.rhythm.probe_at, now) {
            self.probe(now);
        }
        if self
            .rhythm
            .absence
            .as_ref()
            .is_some_and(|absence| absence.sum_up_at <= now)
        {
            self.sum_up();
        }
    }

    /// Another replica holds the same ballots, which must be some: two who have just come would take each other for the rest.
    pub(super) fn agree(&mut self) {
        let open = self.open.as_ref();
        self.has_agreed |= open.is_some_and(|open| open.state.canvass.voters() > 0);
    }

    /// Another replica holds the same set.
    pub(super) fn on_agreement(&mut self, with: ReplicaId, now: Millis) {
        self.mark_all_seen(with);
        if self.open.is_none() {
            return;
        }
        self.rhythm.catching_up = false;
        self.agree();
        // Whoever was away together agrees at once, and has missed what the others know.
        let ours = self.digest();
        let all_agree =
            self.sync.active() == 0 && self.peers.iter().all(|(_, peer)| peer.digest == ours);
        if let Some(absence) = self.rhythm.absence.as_mut().filter(|_| all_agree) {
            absence.sum_up_at = absence.sum_up_at.min(now.after(LAST_WORDS));
        }
    }

    /// Another replica holds another set, since some time.
    pub(super) fn on_difference(
        &mut self,
        with: Handle,
        theirs: Digest,
        since: Millis,
        now: Millis,
    ) {
        if theirs == Digest::default() {
            // They have no poll yet, and will ask for it.
            return;
        }
        if self
            .open
            .as_ref()
            .is_some_and(|open| open.state.canvass.is_full())
        {
            // There is no room for what the others have more.
            return;
        }
        if let Some(absence) = &mut self.rhythm.absence {
            absence.sum_up_at = absence.give_up_at;
        }
        let just_came =
            self.rhythm.catching_up || self.rhythm.absence.is_some() || self.open.is_none();
        if !just_came && now - since < GRACE {
            if self.rhythm.probe_at.is_none() {
                self.rhythm.probe_at = Some(now.after(self.jittered(GRACE)));
            }
        } else if !self.sync.may_open(with, now) {
            // It is syncing, or its last sessions led nowhere.
        } else if self.rhythm.sync_allowed_at <= now && self.syncing.is_none() {
            self.rhythm.sync_allowed_at = now.after(self.jittered(BETWEEN_SYNCS));
            self.open_sync(with, theirs.ops, now);
        } else if self.rhythm.probe_at.is_none() {
            self.rhythm.probe_at = Some(self.rhythm.sync_allowed_at.max(now.after(GRACE)));
        }
    }

    /// Asks one of those who differ for a fresh digest: what they said last may be out of date.
    fn probe(&mut self, now: Millis) {
        let suspects: Vec<Handle> = self
            .peers
            .iter()
            .filter(|(_, peer)| {
                peer.differs_since
                    .is_some_and(|since| now - since >= GRACE || self.rhythm.absence.is_some())
                    && peer.digest != Digest::default()
                    && self.sync.may_open(peer.handle, now)
            })
            .map(|(_, peer)| peer.handle)
            .collect();
        if suspects.is_empty() {
            return;
        }
        // In 64 bits, so that wasm chooses the same.
        let chosen = (rand_core::Rng::next_u64(&mut self.random) % suspects.len() as u64) as usize;
        self.send(
            Destination::Reply(suspects[chosen]),
            &[(kind::HELLO, Vec::new())],
        );
    }

    fn sum_up(&mut self) {
        let Some(absence) = self.rhythm.absence.take() else {
            return;
        };
        let reached = self
            .latest_ballot()
            .filter(|_| absence.vote_waits)
            .map(OwnOp::reach);
        let Absence {
            away,
            ballots,
            revoked,
            ..
        } = absence;
        self.emit(Event::Rejoined {
            away,
            ballots,
            revoked,
            reached,
        });
    }
}
