//! From a link to a running replica: who this tab is, what its holder's set holds, then the line.

use std::rc::Rc;

use election_core::ids::{PrecinctId, VoterKey};
use election_core::poll::genesis::Holder as Kind;
use election_core::replica::io::{Config, Happened, Input, Record, RoomId};
use election_core::replica::tab::Tab;
use election_core::wire::link::{Link, LinkPrecincts};
use wasm_bindgen_futures::spawn_local;

use super::boarding::BoardKeeper;
use super::lines::Lines;
use super::pending::Pending;
use super::{Host, Running, line};
use crate::engine::activity::Activity;
use crate::engine::channel::Channel;
use crate::engine::holder::{self, Claimed, Wish};
use crate::engine::snapshot::Stage;
use crate::engine::socket::Line;
use crate::engine::storage::{Changed, Storage, StorageError, StoredOps, StoredPoll};
use crate::engine::{chance, clock, session};

impl Host {
    /// The host of a poll that this tab opens by its link. It starts at once and finds out who it
    /// is by and by.
    #[must_use]
    pub fn open(link: Link) -> Self {
        let host = Self::new(link.clone());
        let opening = host.clone();
        spawn_local(async move { opening.become_one(link, Wish::Own, None).await });
        host
    }

    /// The host of a poll that was made here a moment ago, and whose definition is stored as the
    /// first op.
    #[must_use]
    pub fn of_new_poll(link: Link, claimed: Claimed, genesis: Record, next: u64) -> Self {
        let host = Self::new(link);
        host.run(claimed);
        host.0.state.borrow_mut().pending.next = next;
        host.tell(Input::Restore(&[genesis]));
        host.start();
        host
    }

    /// A link of the same poll was opened in the same page. A chair's link teaches this browser the
    /// chair's key; a replica knows from its start what it may sign, so it starts again.
    pub fn learn(&self, link: &Link) {
        let known = self.link();
        let chair = holder::chair_key(known.chair, link.chair, self.chair());
        if chair.map(|key| key.to_bytes()) == known.chair.map(|key| key.to_bytes()) {
            return;
        }
        let (host, link) = (self.clone(), Link { chair, ..known });
        spawn_local(async move {
            let disk = host.disk().map(|(storage, _)| storage);
            if let Some(storage) = disk {
                let poll = link.poll;
                let teach = move |poll: Option<_>, _| {
                    let poll = poll.map(|poll| StoredPoll { chair, ..poll });
                    ((), Changed { poll, tab: None })
                };
                // If it is not saved, the link still has it, and with it this tab.
                let _ = storage.change(poll, None, teach).await;
            }
            host.become_one(link, Wish::Own, None).await;
        });
    }

    /// Somebody else votes in this browser from now on, in this tab: a new voter, of that precinct
    /// if it is named.
    pub fn somebody_else(&self, precinct: Option<PrecinctId>) {
        let link = self.0.state.borrow().link.clone();
        let precincts = link.precincts.map(|precincts| LinkPrecincts {
            precinct,
            ..precincts
        });
        self.change_voter(Link { precincts, ..link }, Wish::SomebodyElse);
    }

    /// This tab votes as that voter of this browser: see
    /// [`Snapshot::voters`](crate::engine::snapshot::Snapshot::voters).
    pub fn become_voter(&self, voter: VoterKey) {
        let link = self.0.state.borrow().link.clone();
        self.change_voter(link, Wish::Voter(voter));
    }

    fn change_voter(&self, link: Link, wish: Wish) {
        let host = self.clone();
        spawn_local(async move {
            // What is known here is in the set that the new voter's replica begins with.
            host.store_pending().await;
            let definition = host.definition();
            host.become_one(link, wish, definition).await;
        });
    }

    /// The poll turns out to be one in which each tab is a voter of its own: so is this one, from
    /// now on.
    pub(super) fn become_a_tab(&self) {
        let host = self.clone();
        let (link, definition) = (host.link(), host.definition());
        spawn_local(async move {
            let Some((storage, _)) = host.disk() else {
                // Nothing is shared with anybody.
                return;
            };
            let note = |poll: Option<StoredPoll>, _| {
                let poll = poll.map(|poll| StoredPoll {
                    holder: Some(Kind::Tab),
                    voters: Vec::new(),
                    ..poll
                });
                ((), Changed { poll, tab: None })
            };
            let noted = storage.change(link.poll, None, note).await;
            let Err(error) = noted else {
                return host.become_one(link, Wish::Own, definition).await;
            };
            // A voter that nothing is kept of, which says so.
            host.run(Claimed {
                holder: holder::unsaved(&link),
                storage: None,
                is_new: true,
                unsaved: Some(error),
            });
            if let Some(definition) = definition {
                host.tell(Input::Restore(&[definition]));
            }
            host.start();
        });
    }

    /// Finds out who this tab is, reads what its set holds, and starts. Whatever ran before is
    /// gone. `definition` is the poll's, for a set that lacks it.
    async fn become_one(&self, link: Link, wish: Wish, definition: Option<Record>) {
        {
            let mut state = self.0.state.borrow_mut();
            state.restored = false;
            state.lines.hang_up();
            // It would answer to this tab's own name, as if another tab had it.
            state.channel = None;
        }
        self.changed();
        let claimed = holder::claim(Storage::open().await, &link, wish).await;
        let is_new = claimed.is_new;
        self.run(claimed);
        let restored = self.restore(is_new).await;
        if let Some(definition) = definition.filter(|_| self.chair().is_none()) {
            self.take_in_foreign(StoredOps::new(definition.received, definition.bytes));
        }
        if restored {
            self.restore_board().await;
        }
        self.start();
        self.heed_choice();
        self.check_kept(&link).await;
        // A chair's key that was kept may turn out not to be this poll's, and the link's to be it.
        self.learn(&link);
    }

    /// The poll's definition, once it is here.
    pub(super) fn definition(&self) -> Option<Record> {
        let state = self.0.state.borrow();
        let own = state.running.as_ref()?.tab.replica().own_ops();
        Some(Record {
            received: clock::now(),
            bytes: own.into_iter().next()?,
        })
    }

    /// Whose key is the chair's; `None` until the poll's definition is here.
    pub(super) fn chair(&self) -> Option<VoterKey> {
        let state = self.0.state.borrow();
        let poll = state.running.as_ref()?.poll.as_ref()?;
        Some(poll.chair())
    }

    /// Starts as that holder, with nothing yet.
    fn run(&self, claimed: Claimed) {
        let Claimed {
            holder,
            storage,
            is_new: _,
            unsaved,
        } = claimed;
        let mut state = self.0.state.borrow_mut();
        let link = holder.link();
        let tab = Tab::new(Config {
            chair: holder.poll.chair,
            ..Config::of(&link, holder.voter, chance::bytes())
        });
        let inner = Rc::downgrade(&self.0);
        state.channel = Channel::open(link.poll, move |told| {
            if let Some(inner) = inner.upgrade() {
                Host(inner).on_told(told);
            }
        });
        if let Some(storage) = &storage {
            let inner = Rc::downgrade(&self.0);
            storage.on_newer(move || {
                if let Some(inner) = inner.upgrade() {
                    Host(inner).changed();
                }
            });
        }
        let signals = line::signals(Rc::downgrade(&self.0));
        state.lines = Lines::new(signals);
        state.activity = Activity::default();
        state.pending = Pending::default();
        state.board = BoardKeeper::default();
        // A key of its own would be a second voter to the newer page: it is said before anything is
        // signed.
        let (newer, unsaved) = match unsaved {
            Some(StorageError::Newer) => (Some(StorageError::Newer), None),
            other => (None, other),
        };
        state.reload_to_sign = newer.or_else(|| state.reload_to_sign.take());
        state.unsaved = unsaved;
        state.running = Some(Running {
            tab,
            set: holder.set(),
            holder,
            storage,
            kept: false,
            cast_here: None,
            poll: None,
            on_board: None,
            arrivals: Default::default(),
            audited: Vec::new(),
        });
    }

    /// The line is dialled only now: what this tab holds has to be known before anything new is
    /// signed.
    fn start(&self) {
        let (reachable, told, chosen) = {
            let mut state = self.0.state.borrow_mut();
            state.restored = true;
            let chosen = match state.stage() {
                // It becomes another one at once.
                Stage::Opening => None,
                _ => state.choices.early.take(),
            };
            let running = state.running.as_ref();
            let kept = running.is_some_and(|running| running.holder.is_offline());
            let offline = chosen.or(state.choices.early).unwrap_or(kept);
            if !offline {
                state.dial();
            }
            let reachable = state.lines.line() == Line::Dialling;
            (reachable, state.pending.again, chosen)
        };
        if told {
            self.catch_up();
        }
        let since = session::away_since(&self.link());
        if let Some(since) = since {
            // It was away before it was loaded anew, and still is.
            let (room, happened) = (RoomId::Precinct, Happened::Disconnected);
            self.tell_at(Input::Room { room, happened }, since);
        }
        if !reachable {
            // A page that is loaded while away is away: its return is told of like any other.
            self.left(RoomId::Precinct);
        }
        if let Some(offline) = chosen {
            self.choose_offline(offline);
        }
        self.note_names();
        self.write_soon();
        self.arm();
        self.changed();
        self.mind_the_kind();
    }
}
