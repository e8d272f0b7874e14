//! What a person is told who was away: how long, and what came in since.

use crate::poll::op::Op;
use crate::time::Millis;
use crate::timers::Timer;

use super::Replica;
use super::io::Event;
use super::own_ops::OwnOp;

/// Whether this replica is away, or was and has not summed it up yet.
#[derive(Debug, Default)]
pub(super) struct Away {
    since: Option<Millis>,
    /// Ballots and revocations of an absence that is not summed up yet when the connection is lost
    /// again.
    came_in: (u64, u64),
    ended: Option<Absence>,
}

/// What came in since a connection came back.
#[derive(Debug)]
struct Absence {
    away: Millis,
    ballots: u64,
    revoked: u64,
    /// One's own latest ballot had not been sent when the connection came back.
    vote_waits: bool,
    /// It is summed up then at the latest.
    give_up_at: Millis,
}

impl Away {
    /// The connection is gone, or cannot be had.
    pub(crate) fn begin(&mut self, now: Millis) {
        self.since.get_or_insert(now);
    }

    /// The connection is gone. An absence that was not summed up yet goes on.
    pub(crate) fn go_on(&mut self, now: Millis) {
        let ended = self.ended.take();
        let away = ended.as_ref().map_or(Millis(0), |absence| absence.away);
        *self = Self {
            since: Some(Millis(now.0.saturating_sub(away.0))),
            came_in: ended.map_or((0, 0), |absence| (absence.ballots, absence.revoked)),
            ended: None,
        };
    }

    /// An op came in from another replica.
    pub(crate) fn count_arrival(&mut self, op: &Op) {
        if let Some(absence) = &mut self.ended {
            match op {
                Op::Ballot(_) => absence.ballots += 1,
                Op::RevokeBallot(_) => absence.revoked += 1,
                _ => {}
            }
        }
    }

    /// Whether an absence is not summed up yet.
    pub(crate) fn is_recent(&self) -> bool {
        self.ended.is_some()
    }
}

impl Replica {
    /// There is a connection again.
    pub(super) fn come_back(&mut self, now: Millis) {
        let Some(since) = self.away.since.take() else {
            return;
        };
        let (ballots, revoked) = core::mem::take(&mut self.away.came_in);
        let give_up_at = now.after(self.timing.absence.patience);
        self.away.ended = Some(Absence {
            away: now - since,
            ballots,
            revoked,
            vote_waits: self.latest_ballot().is_some_and(|own| !own.sent),
            give_up_at,
        });
        self.room.timers.set(Timer::SumUp, give_up_at);
    }

    /// Somebody holds something else: an absence is not over yet.
    pub(super) fn absence_goes_on(&mut self) {
        if let Some(absence) = &self.away.ended {
            self.room.timers.set(Timer::SumUp, absence.give_up_at);
        }
    }

    /// All others agree. Whoever was away together agrees at once, and has missed what the others
    /// know.
    pub(super) fn absence_ends(&mut self, now: Millis) {
        let at = now.after(self.timing.absence.last_words);
        self.room.timers.hasten(Timer::SumUp, at);
    }

    /// Tells of an absence, if there was one.
    pub(super) fn sum_up(&mut self) {
        let Some(absence) = self.away.ended.take() else {
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
