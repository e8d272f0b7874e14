//! To disk and back: others' ops in batches, and what the holder's other tabs added meanwhile.

use std::rc::Rc;

use election_core::wire::envelope::envelopes;
use gloo_timers::callback::Timeout;
use wasm_bindgen_futures::spawn_local;

use super::{Host, State};
use crate::engine::channel::Told;
use crate::engine::clock;
use crate::engine::storage::{
    Added, Changed, Durability, Found, SetName, Storage, StorageError, StoredOps, StoredPoll,
};
use crate::words::precinct;

impl Host {
    /// Sees to it that what waits is written in a moment.
    pub(super) fn write_soon(&self) {
        let mut state = self.0.state.borrow_mut();
        if state.pending.ops.is_empty() || state.pending.timer.is_some() {
            return;
        }
        let host = self.clone();
        let wait = state.pending.wait();
        state.pending.timer = Some(Timeout::new(wait, move || host.write_now()));
    }

    /// Writes what waits.
    pub fn write_now(&self) {
        self.note_names();
        let host = self.clone();
        spawn_local(async move { host.store_pending().await });
    }

    pub(super) async fn store_pending(&self) {
        let from = {
            let mut state = self.0.state.borrow_mut();
            state.pending.timer = None;
            // Before everything is read, its own ops are not known from others'.
            if state.pending.ops.is_empty() || !state.restored {
                return;
            }
            state.pending.next
        };
        let Some((storage, set)) = self.disk() else {
            return;
        };
        let poll = self.link().poll;
        let host = self.clone();
        let taken = Rc::new(std::cell::RefCell::new(Vec::new()));
        let writing = Rc::clone(&taken);
        let make = move |found: Found| {
            let mut state = host.0.state.borrow_mut();
            let mut records = state.pending.take(&found.records, poll);
            writing.replace(records.clone());
            let poll = missing_record(&state, found.poll);
            if poll.is_some() {
                // What others' ops follow, and one's own, went with the record.
                records.splice(0..0, own_ops(&state));
            }
            let added = Added {
                records,
                poll,
                tab: None,
            };
            (found.records, Some(added))
        };
        let stored = storage.append(&set, poll, from, Durability::Relaxed, make);
        match stored.await {
            Ok((found, next)) => {
                self.stored(&set, next, !taken.borrow().is_empty());
                self.take_in(found);
            }
            Err(error) => {
                let mut state = self.0.state.borrow_mut();
                state.pending.put_back(&taken.borrow(), poll);
                state.pending.failures += 1;
                // That a newer page is there is said where it matters: before anything is signed.
                if state.pending.failures > 1 && error != StorageError::Newer {
                    state.unsaved = Some(error.clone());
                }
                drop(state);
                if error != StorageError::Newer {
                    self.write_soon();
                }
                self.changed();
            }
        }
    }

    /// The set was written, up to that place.
    pub(super) fn stored(&self, set: &SetName, next: u64, added: bool) {
        let mut state = self.0.state.borrow_mut();
        state.pending.next = state.pending.next.max(next);
        state.pending.failures = 0;
        if state
            .running
            .as_ref()
            .is_some_and(|running| running.storage.is_some())
        {
            state.unsaved = None;
        }
        if let Some(channel) = state.channel.as_ref().filter(|_| added) {
            channel.tell(&Told::Stored(set.to_string()));
        }
    }

    /// Another tab of this browser said something.
    pub(super) fn on_told(&self, told: Told) {
        match told {
            Told::Stored(set) => {
                let is_own = self.disk().is_some_and(|(_, own)| own.to_string() == set);
                if is_own {
                    self.catch_up();
                }
            }
            Told::Offline(offline) => {
                let is_tab = {
                    let state = self.0.state.borrow();
                    let running = state.running.as_ref();
                    running.is_none_or(|running| running.holder.tab.is_some())
                };
                if !is_tab {
                    self.hear_of_choice(offline);
                }
            }
            Told::Who(tab) => {
                let state = self.0.state.borrow();
                let own = state
                    .running
                    .as_ref()
                    .and_then(|running| running.holder.tab.as_ref());
                if let Some(channel) = state.channel.as_ref()
                    && (tab.is_empty() || own.is_some_and(|own| own.id == tab))
                {
                    channel.tell(&Told::Here(tab));
                }
            }
            Told::Here(_) => {}
        }
    }

    /// Reads what the holder's other tabs added.
    pub(super) fn catch_up(&self) {
        {
            let mut state = self.0.state.borrow_mut();
            // A message may overtake what it tells of, or come while this tab still opens: it is
            // heeded when that is done.
            state.pending.again = true;
            if !state.restored {
                return;
            }
            if std::mem::replace(&mut state.pending.catching_up, true) {
                return;
            }
        }
        let host = self.clone();
        spawn_local(async move {
            loop {
                let Some((storage, set)) = host.disk() else {
                    break;
                };
                let next = {
                    let mut state = host.0.state.borrow_mut();
                    state.pending.again = false;
                    state.pending.next
                };
                let Ok(chunk) = storage.read(&set, set.before(next)).await else {
                    break;
                };
                if let Some(next) = chunk.next() {
                    let mut state = host.0.state.borrow_mut();
                    state.pending.next = state.pending.next.max(next);
                }
                host.take_in(chunk.records);
                if !chunk.more && !host.0.state.borrow().pending.again {
                    break;
                }
            }
            host.0.state.borrow_mut().pending.catching_up = false;
        });
    }

    /// The poll's definition has come. What the set holds could not be read without it, if it was
    /// there.
    pub(super) fn read_again(&self) {
        {
            let mut state = self.0.state.borrow_mut();
            if !state.restored || state.pending.next == 0 {
                return;
            }
            state.pending.next = 0;
        }
        self.catch_up();
    }

    /// Writes what the poll's definition says into its record, once: for the list of recent polls,
    /// and for the next tab.
    pub(super) fn note_names(&self) {
        let noted = {
            let mut state = self.0.state.borrow_mut();
            let state = &mut *state;
            match &mut state.running {
                Some(running) if !state.pending.names_noted => {
                    running.poll.as_ref().and_then(|poll| {
                        state.pending.names_noted = true;
                        let own = running.tab.replica().precinct();
                        let own = own.map(|own| precinct::name(poll.precincts(), own));
                        let stored = &mut running.holder.poll;
                        stored.precinct_name = own.unwrap_or_default();
                        poll.title().clone_into(&mut stored.title);
                        stored.holder = Some(poll.holder());
                        Some((running.storage.clone()?, stored.clone()))
                    })
                }
                _ => None,
            }
        };
        if let Some((storage, noted)) = noted {
            spawn_local(async move {
                let note = move |poll: Option<StoredPoll>, _| {
                    let poll = poll.map(|poll| StoredPoll {
                        title: noted.title,
                        precinct_name: noted.precinct_name,
                        holder: noted.holder,
                        ..poll
                    });
                    ((), Changed { poll, tab: None })
                };
                // If it fails, the list shows the poll without its names.
                let _ = storage.change(noted.poll, None, note).await;
            });
        }
    }

    /// A poll of one vote a tab is held by tabs.
    pub(super) fn mind_the_kind(&self) {
        let is_to_be_a_tab = {
            let state = self.0.state.borrow();
            state.restored && state.is_to_be_a_tab()
        };
        if is_to_be_a_tab {
            self.become_a_tab();
        }
    }

    /// Nothing is signed here any more before a reload.
    pub(super) fn stop_signing(&self, why: StorageError) {
        self.0.state.borrow_mut().reload_to_sign = Some(why);
        self.changed();
    }

    pub(super) fn disk(&self) -> Option<(Storage, SetName)> {
        let state = self.0.state.borrow();
        let running = state.running.as_ref()?;
        Some((running.storage.clone()?, running.set.clone()))
    }
}

/// The poll's definition and what was cast here, for a store that somebody cleared; with the times
/// that the log still has.
pub(super) fn own_ops(state: &State) -> Option<StoredOps> {
    let own = state.running.as_ref()?.tab.replica().own_ops();
    let poll = state.link.poll;
    let parts = own.iter().map(|bytes| {
        let id = envelopes(bytes).next().map(|op| op.id(poll));
        let at = id.and_then(|id| state.activity.when(id));
        (at.unwrap_or_else(clock::now), bytes.as_slice())
    });
    Some(StoredOps::together(parts)).filter(|own| !own.bytes.is_empty())
}

/// The poll's record as it is to be, if it is not there: somebody cleared what the browser keeps.
pub(super) fn missing_record(state: &State, found: Option<StoredPoll>) -> Option<StoredPoll> {
    match found {
        Some(_) => None,
        None => {
            let mut poll = state.running.as_ref()?.holder.poll.clone();
            poll.used = clock::now();
            Some(poll)
        }
    }
}
