//! How long claims have stood on the board: what several sign is attested only when nobody disputed it for [`STANDS`].
//!
//! The time counts while this tab is connected to a room in which a dispute would come, and begins anew with each connection.

use std::collections::BTreeSet;

use crate::canvass::grade::STANDS;
use crate::canvass::statement::StateId;
use crate::ids::PrecinctId;
use crate::sorted::SortedMap;
use crate::time::Millis;

use super::Council;
use super::io::{Channel, Event, Output};
use super::pace::paced;

/// All that is due within that is looked at together.
const TOGETHER: Millis = Millis(1_000);

/// The claims whose time runs: at most as many as the board holds.
#[derive(Debug, Default)]
pub(super) struct Standing {
    until: SortedMap<(PrecinctId, StateId), Millis>,
    look_at: Option<Millis>,
}

impl Standing {
    pub fn next_deadline(&self) -> Option<Millis> {
        self.look_at
    }
}

impl Council {
    /// When what is claimed first of a precinct, by several, will have stood for long enough to be attested, if nobody disputes it
    /// until then. `None` when it is already, cannot be as it is, or no dispute would come here.
    #[must_use]
    pub fn attested_at(&self, precinct: PrecinctId) -> Option<Millis> {
        let claims = self.board.as_ref()?.claims(precinct);
        let state = claims.first()?.statement().state();
        self.standing.until.get(&(precinct, state)).copied()
    }

    fn hears_disputes(&self) -> bool {
        Channel::BOTH
            .iter()
            .any(|channel| self.rooms[*channel as usize].size.is_some())
    }

    /// There is another connection, or one less: all that has not stood for long enough begins anew.
    pub(super) fn restart_standing(&mut self, now: Millis) {
        self.standing = Standing::default();
        let precincts = self.board.as_ref().map_or(0, |b| b.rules().precincts);
        (0..precincts).for_each(|precinct| self.claims_changed(PrecinctId(precinct), now));
    }

    /// What is claimed of a precinct changed.
    pub(super) fn claims_changed(&mut self, precinct: PrecinctId, now: Millis) {
        let hears = self.hears_disputes();
        let Some(board) = self.board.as_ref().filter(|_| hears) else {
            return;
        };
        let waiting: Vec<StateId> = board.yet_to_stand(precinct).collect();
        let until = &mut self.standing.until;
        let all = (precinct, StateId([0; 32]))..=(precinct, StateId([0xff; 32]));
        let held: Vec<StateId> = until.range(all).map(|((_, state), _)| *state).collect();
        for state in held.iter().filter(|state| !waiting.contains(state)) {
            until.remove(&(precinct, *state));
        }
        for state in waiting {
            let due = now.after(paced(STANDS, board.rules().precincts));
            until.get_or_insert((precinct, state), due);
            self.standing.look_at.get_or_insert(due);
        }
    }

    /// What has stood for long enough is attested.
    pub(super) fn stand(&mut self, now: Millis) {
        if self.standing.look_at.take_if(|at| *at <= now).is_none() {
            return;
        }
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
        let next = until.values().min();
        self.standing.look_at = next.map(|due| (*due).max(now.after(TOGETHER)));
        if !changed.is_empty() {
            self.outputs
                .push_back(Output::Event(Event::BoardChanged(changed)));
        }
    }
}
