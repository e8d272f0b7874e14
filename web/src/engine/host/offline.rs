//! Offline by choice: the holder's, also over a reload.

use wasm_bindgen_futures::spawn_local;

use super::Host;
use crate::engine::channel::Told;
use crate::engine::snapshot::Stage;
use crate::engine::storage::{Changed, StoredPoll, StoredTab};

impl Host {
    /// Hangs up until the person comes back. In ordinary polls all tabs of the browser do.
    pub fn go_offline(&self) {
        self.choose_offline(true);
    }

    /// Dials again.
    pub fn go_online(&self) {
        self.choose_offline(false);
    }

    fn choose_offline(&self, offline: bool) {
        self.follow_offline(offline);
        let (storage, poll, tab) = {
            let mut state = self.0.state.borrow_mut();
            let state = &mut *state;
            let Some(running) = &mut state.running else {
                return;
            };
            if running.holder.tab.is_none()
                && let Some(channel) = &state.channel
            {
                channel.tell(&Told::Offline(offline));
            }
            let tab = running.holder.tab.as_ref().map(|tab| tab.id.clone());
            let Some(storage) = running.storage.clone() else {
                return;
            };
            (storage, running.holder.poll.poll, tab)
        };
        let is_tab = tab.is_some();
        spawn_local(async move {
            let note = move |poll: Option<StoredPoll>, tab: Option<StoredTab>| {
                let changed = Changed {
                    poll: poll
                        .filter(|_| !is_tab)
                        .map(|poll| StoredPoll { offline, ..poll }),
                    tab: tab.map(|tab| StoredTab { offline, ..tab }),
                };
                ((), changed)
            };
            // If it fails, a reloaded page is online again.
            let _ = storage.change(poll, tab, note).await;
        });
    }

    /// This holder goes offline, or comes back.
    pub(super) fn follow_offline(&self, offline: bool) {
        let left = {
            let mut state = self.0.state.borrow_mut();
            if let Some(running) = &mut state.running {
                match &mut running.holder.tab {
                    Some(tab) => tab.offline = offline,
                    None => running.holder.poll.offline = offline,
                }
            }
            if offline {
                state.lines.hang_up()
            } else {
                // While opening, the line is dialled at the end of it.
                if state.stage() != Stage::Opening {
                    state.lines.dial();
                }
                Vec::new()
            }
        };
        for room in left {
            self.left(room);
        }
        self.arm();
        self.changed();
    }
}
