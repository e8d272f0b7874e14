//! How long claims have stood on the board: what several sign is attested only when nobody disputed
//! it for [a while](crate::timing::CouncilTiming::stands).
//!
//! The time counts while this tab is connected to a room in which a dispute would come, and begins
//! anew with each connection.

use std::collections::BTreeSet;

use crate::board::statement::StateId;
use crate::ids::PrecinctId;
use crate::sorted::SortedMap;
use crate::time::Millis;
use crate::timers::Timer;

use super::super::io::{Event, Output};
use super::Council;

/// The claims whose time runs: at most as many as the board holds.
#[derive(Debug, Default)]
pub(super) struct Standing {
    until: SortedMap<(PrecinctId, StateId), Millis>,
}

impl Council {
    /// When what is claimed first of a precinct, by several, will have stood for long enough to be
    /// attested, if nobody disputes it until then. `None` when it is already, cannot be as it is,
    /// or no dispute would come here.
    #[must_use]
    pub fn attested_at(&self, precinct: PrecinctId) -> Option<Millis> {
        let claims = self.board.as_ref()?.claims(precinct);
        let state = claims.first()?.statement().state();
        self.standing.until.get(&(precinct, state)).copied()
    }

    fn receives_disputes(&self) -> bool {
        self.room.is_connected() || self.precinct_size.is_some()
    }

    /// There is another connection, or one less: all that has not stood for long enough begins
    /// anew.
    pub(super) fn restart_standing(&mut self, now: Millis) {
        self.standing = Standing::default();
        self.room.timers.stop(Timer::Stand);
        let precincts = self.board.as_ref().map_or(0, |b| b.rules().precincts);
        (0..precincts).for_each(|precinct| self.claims_changed(PrecinctId(precinct), now));
    }

    /// What is claimed of a precinct changed.
    pub(super) fn claims_changed(&mut self, precinct: PrecinctId, now: Millis) {
        let (receives, pace) = (self.receives_disputes(), self.pace());
        let Some(board) = self.board.as_ref().filter(|_| receives) else {
            return;
        };
        let stands = pace.of(self.timing.stands);
        let waiting: Vec<StateId> = board.yet_to_stand(precinct).collect();
        let until = &mut self.standing.until;
        let all = (precinct, StateId([0; 32]))..=(precinct, StateId([0xff; 32]));
        let held: Vec<StateId> = until.range(all).map(|((_, state), _)| *state).collect();
        for state in held.iter().filter(|state| !waiting.contains(state)) {
            until.remove(&(precinct, *state));
        }
        for state in waiting {
            let due = now.after(stands);
            until.get_or_insert((precinct, state), due);
            self.room.timers.start(Timer::Stand, due);
        }
    }

    /// What has stood for long enough is attested.
    pub(super) fn stand(&mut self, now: Millis) {
        if !self.room.timers.take(Timer::Stand, now) {
            return;
        }
        let together = self.timing.together;
        let Some(board) = &mut self.board else { return };
        let until = &mut self.standing.until;
        let mut changed = BTreeSet::new();
        until.retain(|(precinct, state), due| {
            let stood = *due <= now;
            if stood {
                board.stand(*precinct, *state);
                changed.insert(*precinct);
            }
            !stood
        });
        if let Some(due) = until.values().min() {
            let look_at = (*due).max(now.after(together));
            self.room.timers.set(Timer::Stand, look_at);
        }
        if !changed.is_empty() {
            self.outputs
                .push_back(Output::Event(Event::BoardChanged(changed)));
        }
    }
}
