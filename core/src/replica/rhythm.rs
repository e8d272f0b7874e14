//! When something is said unasked: digests, the message after an absence, and what else is done on time.

use crate::ids::ReplicaId;
use crate::time::Millis;
use crate::wire::relay::Handle;

use super::greeting::Greeting;
use super::io::{Event, What};
use super::pursuit::Pursuit;
use super::{OwnOp, Replica};

/// How often a replica says what it holds when nothing happens, up to twice that at random. Long against gossip,
/// short against a person's patience.
pub(super) const HEARTBEAT: Millis = Millis(5_000);
/// After a change that is followed by that much quiet, a replica says what it holds: its neighbours learn that they
/// agree, or that they do not, without waiting for the heartbeat.
const QUIET: Millis = Millis(250);
/// After an agreement the last acknowledgements may take that long.
const LAST_WORDS: Millis = Millis(700);
/// An absence is summed up after so long even without an agreement.
const PATIENCE: Millis = Millis(8_000);
/// To how many others digests go. In a room of nine everybody hears of everybody.
const FAN_OUT: u8 = 8;

/// The deadlines of a replica that is connected.
#[derive(Debug, Default)]
pub(super) struct Rhythm {
    heartbeat_at: Option<Millis>,
    quiet_at: Option<Millis>,
    /// When the set changed last.
    pub(super) changed_at: Millis,
    pub(super) greeting: Greeting,
    pub(super) pursuit: Pursuit,
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
            self.greeting.next_deadline(),
            self.pursuit.next_deadline(),
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

    /// The next heartbeat is that far away.
    pub fn spoke(&mut self, heartbeat_at: Millis) {
        self.heartbeat_at = Some(heartbeat_at);
    }

    /// Whether an absence is not summed up yet.
    pub fn was_away(&self) -> bool {
        self.absence.is_some()
    }

    /// Somebody holds something else: an absence is not over yet.
    pub fn goes_on(&mut self) {
        if let Some(absence) = &mut self.absence {
            absence.sum_up_at = absence.give_up_at;
        }
    }
}

/// Whether a deadline has come; it is taken when it has.
pub(super) fn due(deadline: &mut Option<Millis>, now: Millis) -> bool {
    deadline.take_if(|at| *at <= now).is_some()
}

impl Replica {
    pub(super) fn on_connected(&mut self, room: u32, now: Millis) {
        self.room = Some(room);
        self.count_others();
        self.peers.clear();
        self.gossip.clear_forwarded();
        self.come(now);
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
        self.greet_first(now);
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
            own.not_sent();
        }
        self.sync.forget_all();
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
        if size > before {
            self.somebody_came(now);
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
        if self.open.is_none() {
            self.ask_soon(now);
        } else {
            self.probe_soon(now);
        }
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
        self.greet_again(now);
        let quiet = due(&mut self.rhythm.quiet_at, now);
        if due(&mut self.rhythm.heartbeat_at, now) || quiet {
            self.peers.forget_silent(now);
            // Whoever holds other ops than this replica, and is one for sure, hears of a change; and now and then of all.
            let proven = if quiet { FAN_OUT / 2 } else { 1 };
            self.spread_with(FAN_OUT, proven, &[]);
            self.rhythm.heartbeat_at = Some(now.after(self.jittered(HEARTBEAT)));
        }
        self.keep_pursuing(now);
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
    pub(super) fn on_agreement(&mut self, from: Handle, with: ReplicaId, now: Millis) {
        self.mark_all_seen(with);
        if self.open.is_none() {
            return;
        }
        self.caught_up_with(from);
        self.agree();
        // Whoever was away together agrees at once, and has missed what the others know.
        let ours = self.digest();
        let all_agree =
            self.sync.active() == 0 && self.peers.iter().all(|(_, peer)| peer.digest == ours);
        if let Some(absence) = self.rhythm.absence.as_mut().filter(|_| all_agree) {
            absence.sum_up_at = absence.sum_up_at.min(now.after(LAST_WORDS));
        }
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
