//! Who waits for a session while all slots are taken, and whose turn it is.
//!
//! Anybody can open sessions, from as many connections as the relay gives them, and take all slots.
//! So whoever finds them taken is told to ask again, and is noted; a slot that is free or can be
//! had goes to those who have been asking longest. Who leaves to come back under another handle
//! stands behind all others; who was served in the last minute does too.

use std::collections::VecDeque;

use crate::sorted::SortedMap;
use crate::time::Millis;
use crate::timing::SessionTiming;
use crate::wire::relay::Handle;

/// The most that are noted; others are, once there is room.
pub(crate) const MAX_ASKERS: usize = 512;
/// Of so many it is remembered that they were served.
const MAX_SERVED: usize = 1_024;

#[derive(Debug, Clone, Copy)]
struct Asker {
    first: Millis,
    last: Millis,
}

/// See the [module](self).
#[derive(Debug, Default)]
pub(crate) struct Askers {
    waiting: SortedMap<Handle, Asker>,
    served: VecDeque<(Millis, Handle)>,
}

impl Askers {
    /// Somebody asks: how many of those who wait come before them.
    pub(crate) fn ask(&mut self, who: Handle, timing: &SessionTiming, now: Millis) -> usize {
        self.waiting
            .retain(|_, asker| now - asker.last < timing.asking);
        while self
            .served
            .front()
            .is_some_and(|(at, _)| now - *at >= timing.served)
        {
            self.served.pop_front();
        }
        if let Some(asker) = self.waiting.get_mut(&who) {
            asker.last = now;
        } else if self.waiting.len() < MAX_ASKERS {
            let asker = Asker {
                first: now,
                last: now,
            };
            self.waiting.insert(who, asker);
        } else {
            return MAX_ASKERS;
        }
        let order = |who: &Handle, asker: &Asker| (self.was_served(*who), asker.first, *who);
        let own = self.waiting.get(&who).map(|asker| order(&who, asker));
        let before = self.waiting.iter();
        before
            .filter(|(other, asker)| Some(order(other, asker)) < own)
            .count()
    }

    /// They got a slot.
    pub(crate) fn serve(&mut self, who: Handle, now: Millis) {
        self.waiting.remove(&who);
        self.served.push_back((now, who));
        if self.served.len() > MAX_SERVED {
            self.served.pop_front();
        }
    }

    /// They have left.
    pub(crate) fn forget(&mut self, who: Handle) {
        self.waiting.remove(&who);
    }

    fn was_served(&self, who: Handle) -> bool {
        self.served.iter().any(|(_, served)| *served == who)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_asked_longest_is_next_and_who_was_served_is_last() {
        let (mut askers, timing) = (Askers::default(), SessionTiming::default());
        let at = |millis: u64| Millis(10_000 + millis);
        assert_eq!(askers.ask(Handle(5), &timing, at(0)), 0);
        assert_eq!(askers.ask(Handle(3), &timing, at(10)), 1);
        assert_eq!(askers.ask(Handle(1), &timing, at(20)), 2);
        assert_eq!(askers.ask(Handle(3), &timing, at(500)), 1);
        askers.serve(Handle(5), at(510));
        assert_eq!(askers.ask(Handle(3), &timing, at(600)), 0);
        assert_eq!(askers.ask(Handle(5), &timing, at(600)), 2);
        assert_eq!(
            askers.ask(Handle(9), &timing, at(700)),
            2,
            "before who was served"
        );
        // One has left meanwhile.
        assert_eq!(askers.ask(Handle(9), &timing, at(1_400)), 1);
        assert_eq!(
            askers.ask(Handle(5), &timing, at(60_510)),
            0,
            "a minute is over"
        );
    }

    #[test]
    fn few_askers_are_noted() {
        let (mut askers, timing) = (Askers::default(), SessionTiming::default());
        let now = Millis(5_000);
        for who in 0..2 * MAX_ASKERS as u64 {
            assert_eq!(
                askers.ask(Handle(who), &timing, now),
                MAX_ASKERS.min(who as usize)
            );
        }
        for who in 0..2 * MAX_SERVED as u64 {
            askers.serve(Handle(who), now);
        }
        assert_eq!(askers.served.len(), MAX_SERVED);
        assert_eq!(askers.ask(Handle(7), &timing, now), 0);
    }
}
