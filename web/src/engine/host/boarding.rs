//! What is known of other precincts, to disk and back: a reload with no network shows it again.

use election_core::replica::council::Council;
use election_core::replica::io::Input;
use gloo_timers::callback::Timeout;
use wasm_bindgen_futures::spawn_local;

use super::Host;

/// How long changes are collected before the board is written as a whole, in milliseconds.
const COLLECT: u32 = 5_000;

/// When to write, and where.
#[derive(Default)]
pub(super) struct BoardKeeper {
    changed: bool,
    timer: Option<Timeout>,
}

impl BoardKeeper {
    pub(super) fn changed(&mut self) {
        self.changed = true;
    }
}

impl Host {
    /// Sees to it that a board that changed is written in a moment.
    pub(super) fn write_board_soon(&self) {
        let mut state = self.0.state.borrow_mut();
        let keeper = &mut state.board;
        if keeper.changed && keeper.timer.is_none() {
            let host = self.clone();
            keeper.timer = Some(Timeout::new(COLLECT, move || host.write_board_now()));
        }
    }

    /// Writes the board, if it changed. A board that is not written is told by others again.
    pub fn write_board_now(&self) {
        let board = {
            let mut state = self.0.state.borrow_mut();
            state.board.timer = None;
            if !std::mem::take(&mut state.board.changed) {
                return;
            }
            let running = state.running.as_ref();
            let council = running.and_then(|running| running.tab.council());
            // Without the poll's definition there is nothing to write, and something to keep.
            council
                .map(Council::board_bytes)
                .filter(|board| !board.is_empty())
        };
        let Some((board, (storage, set))) = board.zip(self.disk()) else {
            return;
        };
        spawn_local(async move {
            let _ = storage.save_board(&set, board).await;
        });
    }

    /// Reads the board that was written last.
    pub(super) async fn restore_board(&self) {
        let has_council = {
            let state = self.0.state.borrow();
            let running = state.running.as_ref();
            running.is_some_and(|running| running.tab.council().is_some())
        };
        let Some((storage, set)) = self.disk().filter(|_| has_council) else {
            return;
        };
        if let Ok(Some(board)) = storage.board(&set).await {
            self.tell(Input::RestoreBoard(&board));
        }
    }
}
