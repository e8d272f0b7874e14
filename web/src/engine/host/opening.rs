//! From a link to a running replica: who this tab is, what it holds, then the line.

use std::rc::Rc;

use election_core::ids::VoterKey;
use election_core::replica::io::{Config, Input, Record};
use election_core::replica::tab::{Room, Tab};
use election_core::wire::envelope::voter_key;
use election_core::wire::link::Link;
use wasm_bindgen_futures::spawn_local;

use super::boarding::BoardKeeper;
use super::keeping::Batch;
use super::lines::Lines;
use super::{Host, Running, line};
use crate::engine::activity::Activity;
use crate::engine::identity::{self, Identity};
use crate::engine::socket::Line;
use crate::engine::storage::{Storage, StorageError};
use crate::engine::{chance, session};

impl Host {
    /// The host of a poll that this tab opens by its link. It starts at once and finds out who it is by and by.
    #[must_use]
    pub fn open(link: Link) -> Self {
        let host = Self::new(link.clone());
        let opening = host.clone();
        spawn_local(async move {
            let (storage, unopened) = split(Storage::open().await);
            let claimed = identity::claim(storage, &link).await;
            let unsaved = unopened.or(claimed.unsaved);
            opening.run(claimed.identity, claimed.storage, unsaved);
            opening.restore().await;
            opening.restore_board().await;
            opening.start();
            // A chair's key that was kept may turn out not to be this poll's, and the link's to be it.
            opening.learn(&link);
        });
        host
    }

    /// The host of a poll that was made here a moment ago: its definition is the first op.
    #[must_use]
    pub fn of_new_poll(
        link: Link,
        identity: Identity,
        storage: Option<Storage>,
        unsaved: Option<StorageError>,
        genesis: Record,
    ) -> Self {
        let host = Self::new(link);
        host.run(identity, storage, unsaved);
        host.0.state.borrow_mut().batch.next = 1;
        host.tell(Input::Restore(&[genesis]));
        host.start();
        host
    }

    /// A link of the same poll was opened in the same page. A chair's link teaches this tab the chair's key; a
    /// replica knows from its start what it may sign, so it starts again.
    pub fn learn(&self, link: &Link) {
        let known = self.link().chair;
        let chair = identity::chair_key(known, link.chair, self.chair());
        if chair.map(|key| key.to_bytes()) == known.map(|key| key.to_bytes()) {
            return;
        }
        let learner = {
            let state = self.0.state.borrow();
            state
                .running
                .as_ref()
                .and_then(|running| Some((running.stored.clone(), running.storage.clone()?)))
        };
        spawn_local(async move {
            if let Some((mut stored, storage)) = learner {
                stored.chair = chair;
                // If it is not saved, the reloaded page has the link, and with it the key.
                let _ = storage.save_replica(&stored).await;
            }
            if let Some(window) = web_sys::window() {
                let _ = window.location().reload();
            }
        });
    }

    /// Whose key is the chair's; `None` until the poll's definition is here.
    fn chair(&self) -> Option<VoterKey> {
        let state = self.0.state.borrow();
        let poll = state.running.as_ref()?.poll.as_ref()?;
        Some(poll.chair())
    }

    /// Starts as that replica, which holds nothing yet. Whatever was there of another one is gone.
    fn run(&self, identity: Identity, storage: Option<Storage>, unsaved: Option<StorageError>) {
        let Identity {
            replica: stored,
            how,
            locks,
        } = identity;
        let mut state = self.0.state.borrow_mut();
        let link = stored.link();
        let voter = voter_key(&stored.voter);
        let tab = Tab::new(Config {
            poll: stored.poll,
            secret: stored.secret.clone(),
            voter: stored.voter,
            chair: stored.chair,
            precinct: link.precinct(voter),
            seed: chance::bytes(),
        });
        let signals = line::signals(Rc::downgrade(&self.0));
        state.lines = Lines::new(link, voter, signals);
        state.activity = Activity::default();
        state.batch = Batch::default();
        state.board = BoardKeeper::default();
        state.unsaved = unsaved.map(|error| Rc::from(error.to_string()));
        let arrivals = Default::default();
        state.running = Some(Running {
            tab,
            stored,
            storage,
            how,
            locks,
            poll: None,
            on_board: None,
            arrivals,
            audited: Vec::new(),
        });
    }

    /// Reads what this tab held before, in chunks. None of it is shown before all of it is here.
    async fn restore(&self) {
        let from = {
            let state = self.0.state.borrow();
            state
                .running
                .as_ref()
                .and_then(|running| Some((running.storage.clone()?, running.stored.id.clone())))
        };
        let Some((storage, id)) = from else { return };
        let mut from = 0;
        loop {
            let chunk = match storage.ops(&id, from).await {
                Ok(chunk) => chunk,
                Err(error) => {
                    // The voter of a part of its ballots would use the numbers of the others again: this tab is
                    // somebody new, and what is on the disk stays there for another time.
                    let link = self.0.state.borrow().link.clone();
                    return self.run(identity::unsaved(&link), None, Some(error));
                }
            };
            from = chunk.next;
            self.0.state.borrow_mut().batch.next = from;
            self.tell(Input::Restore(&chunk.records));
            if !chunk.more {
                return;
            }
        }
    }

    /// The line is dialled only now: what this tab holds has to be known before anything new is signed.
    fn start(&self) {
        let reachable = {
            let mut state = self.0.state.borrow_mut();
            state.restored = true;
            if !session::offline(&state.link) {
                state.lines.dial();
            }
            state.lines.line() == Line::Dialling
        };
        if !reachable {
            // A page that is loaded while away is away: its return is told of like any other.
            self.left(Room::Precinct);
        }
        self.note_names();
        self.arm();
        self.changed();
    }
}

fn split<T, E>(result: Result<T, E>) -> (Option<T>, Option<E>) {
    match result {
        Ok(value) => (Some(value), None),
        Err(error) => (None, Some(error)),
    }
}
