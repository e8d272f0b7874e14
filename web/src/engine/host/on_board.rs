//! What is on the board of a poll's precincts, worked out once for each change of it.

use std::rc::Rc;

use election_core::board::{Board, Canvassed};
use election_core::ids::ReturnId;

/// What is on the board, which takes a look at all precincts.
pub(super) struct OnBoard {
    pub canvassed: Rc<Canvassed>,
    pub returns: Rc<Vec<Option<ReturnId>>>,
}

impl OnBoard {
    pub fn look(board: &Board) -> Self {
        let canvassed = board.total();
        let precincts = canvassed.parts.iter().map(|part| part.precinct);
        let returns = precincts.map(|precinct| board.return_id(precinct));
        Self {
            returns: Rc::new(returns.collect()),
            canvassed: Rc::new(canvassed),
        }
    }
}
