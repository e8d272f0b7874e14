//! What is done on time: one table of deadlines by name, from which the next one is read.

use crate::ids::StateId;
use crate::sorted::SortedMap;
use crate::time::Millis;

/// What a deadline is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Timer {
    /// In any room: to say what is held, as nothing else happens,
    Heartbeat,
    /// or as there was quiet after a change.
    Quiet,
    /// Hello.
    Hello,
    /// In a room of ballots: to ask one who differs for a fresh digest.
    Probe,
    /// To look whom else to ask.
    Look,
    /// To sum up an absence.
    SumUp,
    /// Beside the council's room: to look there for the definition.
    Seek,
    /// To work out what is held of a precinct.
    Fold,
    /// To state it, and when at the latest.
    State,
    /// To attest what another stated.
    Attest,
    /// Nobody has stated for long what is held here.
    Lonely,
    /// To dispute that.
    Doubt(StateId),
    /// To look which claims have stood for long enough.
    Stand,
    /// Of an audit: all that it heard of need not agree any more.
    Patience,
}

/// At most one deadline for each name.
#[derive(Debug, Default)]
pub(crate) struct Timers(SortedMap<Timer, Millis>);

impl Timers {
    /// It is due then, whatever was said before.
    pub(crate) fn set(&mut self, timer: Timer, at: Millis) {
        self.0.insert(timer, at);
    }

    /// It is due then, unless it is set already.
    pub(crate) fn start(&mut self, timer: Timer, at: Millis) {
        self.0.get_or_insert(timer, at);
    }

    /// It is due then at the latest.
    pub(crate) fn by(&mut self, timer: Timer, at: Millis) {
        let due = self.0.get_or_insert(timer, at);
        *due = at.min(*due);
    }

    /// If it is set, it is due then at the latest.
    pub(crate) fn hasten(&mut self, timer: Timer, at: Millis) {
        if let Some(due) = self.0.get_mut(&timer) {
            *due = at.min(*due);
        }
    }

    /// If it is set, it is not due before then.
    pub(crate) fn delay(&mut self, timer: Timer, at: Millis) {
        if let Some(due) = self.0.get_mut(&timer) {
            *due = at.max(*due);
        }
    }

    pub(crate) fn is_set(&self, timer: Timer) -> bool {
        self.0.contains_key(&timer)
    }

    pub(crate) fn stop(&mut self, timer: Timer) {
        self.0.remove(&timer);
    }

    /// Stops all others.
    pub(crate) fn keep(&mut self, kept: impl Fn(Timer) -> bool) {
        self.0.retain(|timer, _| kept(*timer));
    }

    /// Whether it has come; it is stopped when it has.
    pub(crate) fn take(&mut self, timer: Timer, now: Millis) -> bool {
        let is_due = self.0.get(&timer).is_some_and(|at| *at <= now);
        if is_due {
            self.0.remove(&timer);
        }
        is_due
    }

    /// Those that have come, which go on.
    pub(crate) fn due(&self, now: Millis) -> impl Iterator<Item = Timer> {
        let due = self.0.iter().filter(move |(_, at)| **at <= now);
        due.map(|(timer, _)| *timer)
    }

    /// When the first of them is due.
    pub(crate) fn next(&self) -> Option<Millis> {
        self.0.values().min().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::Timer::{Heartbeat, Hello, Quiet};
    use super::*;

    #[test]
    fn each_timer_is_due_once_and_the_first_of_them_is_next() {
        let mut timers = Timers::default();
        assert_eq!(timers.next(), None);
        timers.set(Heartbeat, Millis(50));
        timers.start(Heartbeat, Millis(10));
        timers.start(Quiet, Millis(40));
        timers.hasten(Hello, Millis(1));
        timers.delay(Hello, Millis(1));
        assert!(!timers.is_set(Hello));
        assert_eq!(timers.next(), Some(Millis(40)));
        timers.by(Quiet, Millis(60));
        timers.by(Hello, Millis(30));
        timers.hasten(Heartbeat, Millis(20));
        assert_eq!(timers.next(), Some(Millis(20)));
        assert!(!timers.take(Heartbeat, Millis(19)) && timers.take(Heartbeat, Millis(20)));
        assert!(!timers.take(Heartbeat, Millis(90)), "it came already");
        timers.delay(Quiet, Millis(45));
        assert_eq!(timers.due(Millis(44)).collect::<Vec<_>>(), [Hello]);
        timers.stop(Hello);
        assert!(!timers.take(Hello, Millis(90)) && timers.take(Quiet, Millis(90)));
        assert_eq!(timers.next(), None);
    }

    #[test]
    fn all_timers_but_some_can_be_stopped() {
        let doubt = |state: u8| Timer::Doubt(StateId([state; 32]));
        let mut timers = Timers::default();
        for timer in [doubt(2), Hello, doubt(1)] {
            timers.set(timer, Millis(7));
        }
        timers.keep(|timer| !matches!(timer, Timer::Doubt(state) if state.0[0] == 2));
        assert_eq!(timers.due(Millis(7)).collect::<Vec<_>>(), [Hello, doubt(1)]);
    }
}
