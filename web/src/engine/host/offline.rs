//! Offline by choice: the holder's, also over a reload. The store says what was chosen last; tabs
//! tell each other, and whoever could not hear it looks there.

use wasm_bindgen_futures::spawn_local;

use super::Host;
use crate::engine::channel::Told;
use crate::engine::snapshot::Stage;
use crate::engine::storage::{Changed, StoredPoll, StoredTab};

/// What was chosen here or heard of, counted.
#[derive(Default)]
pub(super) struct Choices {
    heard: u64,
    /// The last one that was made in this tab.
    made: u64,
    /// The last of those that the store has.
    stored: u64,
    /// What was chosen while this tab finds out who it is: heeded when it knows.
    pub early: Option<bool>,
}

impl Host {
    /// Hangs up until the person comes back. In ordinary polls all tabs of the browser do.
    pub fn go_offline(&self) {
        self.choose_offline(true);
    }

    /// Dials again.
    pub fn go_online(&self) {
        self.choose_offline(false);
    }

    pub(super) fn choose_offline(&self, offline: bool) {
        {
            let mut state = self.0.state.borrow_mut();
            if state.stage() == Stage::Opening {
                state.choices.early = Some(offline);
                drop(state);
                return self.changed();
            }
        }
        self.hear_of_choice(offline);
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
            state.choices.made = state.choices.heard;
            (storage, running.holder.poll.poll, tab)
        };
        let made = self.0.state.borrow().choices.made;
        let host = self.clone();
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
            // If it fails, a reloaded page is online again, and this one goes on as the person
            // said.
            if storage.change(poll, tab, note).await.is_err() {
                return;
            }
            let mut state = host.0.state.borrow_mut();
            state.choices.stored = state.choices.stored.max(made);
            // Whoever looked in the store before it was there has heard it too early.
            if let Some(channel) = state.channel.as_ref().filter(|_| !is_tab) {
                channel.tell(&Told::Offline(offline));
            }
        });
    }

    /// Somebody chose, here or in another tab of this holder.
    pub(super) fn hear_of_choice(&self, offline: bool) {
        self.0.state.borrow_mut().choices.heard += 1;
        self.follow_offline(offline);
    }

    /// Follows what another tab of this browser chose while this one could not hear it: it was put
    /// aside, or just opening.
    pub(super) fn heed_choice(&self) {
        let (storage, poll, heard) = {
            let state = self.0.state.borrow();
            let Some(running) = state.running.as_ref() else {
                return;
            };
            let Some(storage) = running.storage.clone() else {
                return;
            };
            let Choices {
                heard,
                made,
                stored,
                ..
            } = state.choices;
            if running.holder.tab.is_some() || stored < made {
                return;
            }
            (storage, running.holder.poll.poll, heard)
        };
        let host = self.clone();
        spawn_local(async move {
            let Ok(Some(stored)) = storage.poll(poll).await else {
                return;
            };
            let is_news = {
                let state = host.0.state.borrow();
                let here = state.running.as_ref().filter(|running| {
                    running.holder.tab.is_none() && running.holder.poll.poll == poll
                });
                state.choices.heard == heard
                    && here.is_some_and(|here| here.holder.is_offline() != stored.offline)
            };
            if is_news {
                host.follow_offline(stored.offline);
            }
        });
    }

    /// This holder goes offline, or comes back.
    fn follow_offline(&self, offline: bool) {
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
                    state.dial();
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
