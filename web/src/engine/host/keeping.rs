//! To disk: ops of one's own one by one and through to the medium, everybody else's in batches.

use std::rc::Rc;

use election_core::ids::OpId;
use election_core::replica::io::{Input, Record};
use gloo_timers::callback::Timeout;
use wasm_bindgen_futures::spawn_local;

use super::Host;
use crate::engine::identity;
use crate::engine::storage::{Placed, Storage, StorageError};
use crate::words::precinct;

/// How long others' ops are collected before they are written, in milliseconds.
const COLLECT: u32 = 50;

/// Others' ops that wait to be written.
#[derive(Default)]
pub(super) struct Batch {
    ops: Vec<Placed>,
    /// The place of the next op, one's own or another's.
    pub(super) next: u64,
    timer: Option<Timeout>,
    names_noted: bool,
}

impl Batch {
    pub(super) fn keep(&mut self, op: Placed) {
        self.ops.push(op);
    }

    pub(super) fn place(&mut self, record: Record) -> Placed {
        let place = self.next;
        self.next += 1;
        Placed { place, record }
    }
}

impl Host {
    /// Writes an op of one's own, and lets it go when it is written.
    ///
    /// A device that does not save lets it go as well, once its replica is given up: voting goes on in memory.
    pub(super) fn write_through(&self, id: OpId, op: Placed) {
        let host = self.clone();
        spawn_local(async move {
            if let Some((storage, replica)) = host.disk()
                && let Err(error) = storage.save_own(&replica, &op).await
            {
                host.cannot_save(&error).await;
            }
            host.tell(Input::Persisted(id));
        });
    }

    /// Sees to it that the batch is written in a moment.
    pub(super) fn write_soon(&self) {
        let mut state = self.0.state.borrow_mut();
        if !state.batch.ops.is_empty() && state.batch.timer.is_none() {
            let host = self.clone();
            state.batch.timer = Some(Timeout::new(COLLECT, move || host.write_now()));
        }
    }

    /// Writes the batch.
    pub fn write_now(&self) {
        let ops = {
            let mut state = self.0.state.borrow_mut();
            state.batch.timer = None;
            std::mem::take(&mut state.batch.ops)
        };
        self.note_names();
        if ops.is_empty() {
            return;
        }
        let Some((storage, replica)) = self.disk() else {
            return;
        };
        let host = self.clone();
        spawn_local(async move {
            if let Err(error) = storage.save_others(&replica, &ops).await {
                host.cannot_save(&error).await;
            }
        });
    }

    /// Writes the names of the poll and of the replica's precinct into its record, once, for the list of recent polls.
    pub(super) fn note_names(&self) {
        let noted = {
            let mut state = self.0.state.borrow_mut();
            let state = &mut *state;
            match &mut state.running {
                Some(running) if !state.batch.names_noted => {
                    running.poll.as_ref().and_then(|poll| {
                        state.batch.names_noted = true;
                        let own = running.tab.replica().precinct();
                        let own = own.map(|own| precinct::name(poll.precincts(), own));
                        let own = own.unwrap_or_default();
                        let stored = &mut running.stored;
                        let new = stored.title != poll.title() || stored.precinct_name != own;
                        poll.title().clone_into(&mut stored.title);
                        stored.precinct_name = own;
                        new.then(|| Some((running.storage.clone()?, running.stored.clone())))?
                    })
                }
                _ => None,
            }
        };
        if let Some((storage, stored)) = noted {
            spawn_local(async move {
                // The list shows the poll without its names then.
                let _ = storage.save_replica(&stored).await;
            });
        }
    }

    /// From now on nothing is saved, the person is told, and what was saved does not come back as the same voter.
    async fn cannot_save(&self, error: &StorageError) {
        let lost = {
            let mut state = self.0.state.borrow_mut();
            let state = &mut *state;
            state.unsaved = Some(Rc::from(error.to_string()));
            let running = state.running.as_mut();
            running.and_then(|running| {
                Some((
                    running.storage.take()?,
                    running.stored.clone(),
                    state.link.clone(),
                ))
            })
        };
        self.changed();
        if let Some((storage, stored, link)) = lost {
            identity::give_up(&storage, &stored, &link).await;
        }
    }

    fn disk(&self) -> Option<(Storage, String)> {
        let state = self.0.state.borrow();
        let running = state.running.as_ref()?;
        Some((running.storage.clone()?, running.stored.id.clone()))
    }
}
