//! What the tab's audits say of other precincts.

use crate::board::Statement;
use crate::ids::PrecinctId;
use crate::time::Millis;

use super::Council;

impl Council {
    /// Shows what is held of a precinct that is audited, in place of what is claimed of it.
    pub(in super::super) fn show_audited(&mut self, held: Statement, now: Millis) {
        if let Some(board) = &mut self.board {
            board.fold(held);
            self.settle(now);
        }
    }

    /// Shows what is claimed of a precinct again.
    pub(in super::super) fn show_claims(&mut self, precinct: PrecinctId, now: Millis) {
        if let Some(board) = &mut self.board {
            board.unfold(precinct);
            self.settle(now);
        }
    }
}
