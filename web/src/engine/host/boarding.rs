//! What is known of other precincts, to disk and back: a reload with no network shows it again.

use election_core::replica::council::Council;
use gloo_timers::callback::Timeout;
use wasm_bindgen_futures::spawn_local;

use super::Host;
use crate::engine::clock;
use crate::engine::storage::Boards;

/// How long changes are collected before the board is written as a whole, in milliseconds.
const COLLECT: u32 = 5_000;

/// When to write, and where.
#[derive(Default)]
pub(super) struct BoardKeeper {
    changed: bool,
    timer: Option<Timeout>,
    disk: Option<Boards>,
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
        let (board, replica, disk) = {
            let mut state = self.0.state.borrow_mut();
            state.board.timer = None;
            if !std::mem::take(&mut state.board.changed) {
                return;
            }
            let Some(running) = state
                .running
                .as_ref()
                .filter(|running| running.storage.is_some())
            else {
                return;
            };
            let board = running.tab.council().map(Council::board_bytes);
            // Without the poll's definition there is nothing to write, and something to keep.
            let Some(board) = board.filter(|board| !board.is_empty()) else {
                return;
            };
            (board, running.stored.id.clone(), state.board.disk.clone())
        };
        let host = self.clone();
        spawn_local(async move {
            if let Some(disk) = host.board_disk(disk).await {
                let _ = disk.save(&replica, &board).await;
            }
        });
    }

    /// Reads the board that was written last.
    pub(super) async fn restore_board(&self) {
        let replica = {
            let state = self.0.state.borrow();
            let kept = state
                .running
                .as_ref()
                .filter(|running| running.storage.is_some() && running.tab.council().is_some());
            kept.map(|running| running.stored.id.clone())
        };
        let Some(replica) = replica else { return };
        let Some(disk) = self.board_disk(None).await else {
            return;
        };
        if let Ok(Some(board)) = disk.load(&replica).await {
            // What does not fit is not taken in.
            let _ = self.act(|tab| {
                tab.restore_board(&board, clock::now());
                Ok(())
            });
        }
    }

    /// The database, opened once. `None` on a device that does not save.
    async fn board_disk(&self, open: Option<Boards>) -> Option<Boards> {
        let disk = match open {
            Some(disk) => disk,
            None => Boards::open().await.ok()?,
        };
        self.0.state.borrow_mut().board.disk = Some(disk.clone());
        Some(disk)
    }
}
