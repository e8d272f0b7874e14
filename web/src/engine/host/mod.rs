//! The host of one replica, and of what goes with it in a poll with precincts: turns what happens
//! into its inputs, and its outputs into what is to happen.
//!
//! Everything goes through [`Host::act`]: one call, then all outputs, then the one timer. In here:
//! `opening` (who this tab is), `restoring` (what its set holds), `running` (what there is once
//! that is known), `signing` (what the person does), `keeping` (with what is `pending`) and
//! `boarding` (to disk), `line` and `lines` (to and from the relay), `publishing` (to the screens),
//! `on_board` and `canvassing` (what they see of other precincts), `offline` (by choice), `absence`
//! (what came of the last one).

mod absence;
mod boarding;
mod canvassing;
mod keeping;
mod line;
mod lines;
mod offline;
mod on_board;
mod opening;
mod pending;
mod publishing;
mod restoring;
mod running;
mod signing;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use election_core::ids::{OpId, PrecinctId};
use election_core::poll::genesis::Holder as Kind;
use election_core::poll::op::Op;
use election_core::poll::words::receipt;
use election_core::replica::io::{Command, Event, Input, Output, Record, Refusal, Via};
use election_core::replica::tab::Tab;
use election_core::replica::view::{Explanation, OwnVote};
use election_core::time::Millis;
use election_core::wire::link::Link;

use super::activity::Activity;
use super::arrivals::Arrival;
use super::channel::Channel;
use super::snapshot::{Rejoined, Snapshot, Stage};
use super::storage::StorageError;
use super::timer::Timer;
use super::{clock, session};
use crate::words::receipt::Sought;

use absence::Absence;
use boarding::BoardKeeper;
use lines::Lines;
use offline::Choices;
use pending::Pending;
use publishing::{Publisher, Subscribers};
pub use running::Found;
use running::Running;
pub use signing::NotSigned;

/// A handle to the host of one replica. Cheap to clone.
#[derive(Clone)]
pub struct Host(Rc<Inner>);

struct Inner {
    state: RefCell<State>,
    subscribers: RefCell<Subscribers>,
    /// The last one that was published.
    snapshot: RefCell<Rc<Snapshot>>,
}

struct State {
    link: Link,
    /// Whether everything that this tab held before has been read.
    restored: bool,
    /// `None` until this tab knows who it is.
    running: Option<Running>,
    lines: Lines,
    /// The tab's deadline, or a line's.
    timer: Timer,
    activity: Activity,
    absence: Absence,
    /// Why this device does not save.
    unsaved: Option<StorageError>,
    wants: Wants,
    publisher: Publisher,
    pending: Pending,
    /// What the replica took of another set, while that is read.
    copied: Option<BTreeSet<OpId>>,
    /// An op that was made here a moment ago and is not stored yet.
    own: Option<(OpId, Record)>,
    board: BoardKeeper,
    /// To the other tabs of this browser.
    channel: Option<Channel>,
    choices: Choices,
    /// Why nothing is signed here any more before a reload.
    reload_to_sign: Option<StorageError>,
}

/// What the screens want to see beyond the usual, because it costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wants {
    /// How many ballots for the chair's table.
    pub ballots: usize,
    /// The one that the chair is about to revoke: it stays in the table however many come.
    pub in_hand: Option<Arrival>,
    /// Whether the inspector is open.
    pub inside: bool,
}

impl State {
    fn stage(&self) -> Stage {
        let running = self.running.as_ref();
        Stage::of(
            self.restored && !self.is_to_be_a_tab(),
            running.is_some_and(|running| running.poll.is_some()),
        )
    }

    /// Whether the poll turned out to be one in which each tab is a voter, and this tab is not yet.
    fn is_to_be_a_tab(&self) -> bool {
        self.running.as_ref().is_some_and(|running| {
            let by_tab = running.poll.as_ref().map(|poll| poll.holder()) == Some(Kind::Tab);
            by_tab && running.holder.tab.is_none() && running.storage.is_some()
        })
    }

    /// Why this tab has to be reloaded before it signs anything.
    fn reload_to_sign(&self) -> Option<StorageError> {
        let storage = self
            .running
            .as_ref()
            .and_then(|running| running.storage.as_ref());
        let newer = storage.is_some_and(|storage| storage.is_newer());
        newer
            .then_some(StorageError::Newer)
            .or_else(|| self.reload_to_sign.clone())
    }

    /// Dials, once this tab knows who it is.
    fn dial(&mut self) {
        if let Some(running) = &self.running {
            self.lines.dial(&running.tab);
        }
    }

    /// When there is something to do.
    fn next_deadline(&self) -> Option<Millis> {
        let tab = self
            .running
            .as_ref()
            .and_then(|running| running.tab.next_deadline());
        tab.into_iter().chain(self.lines.next_deadline()).min()
    }
}

impl PartialEq for Host {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Host {
    fn new(link: Link) -> Self {
        Self(Rc::new_cyclic(|inner| {
            let signals = line::signals(inner.clone());
            Inner {
                state: RefCell::new(State {
                    lines: Lines::new(signals),
                    link,
                    restored: false,
                    running: None,
                    timer: Timer::default(),
                    activity: Activity::default(),
                    absence: Absence::default(),
                    unsaved: None,
                    wants: Wants::default(),
                    publisher: Publisher::default(),
                    pending: Pending::default(),
                    copied: None,
                    own: None,
                    board: BoardKeeper::default(),
                    channel: None,
                    choices: Choices::default(),
                    reload_to_sign: None,
                }),
                subscribers: RefCell::default(),
                snapshot: RefCell::new(Rc::new(Snapshot::opening())),
            }
        }))
    }

    /// One call of the tab that changes it, and everything that follows from it. `None` before this
    /// tab knows who it is.
    fn act<R>(&self, call: impl FnOnce(&mut Tab) -> R) -> Option<R> {
        let left;
        let mut opened = false;
        let result = {
            let mut state = self.0.state.borrow_mut();
            let state = &mut *state;
            let running = state.running.as_mut()?;
            let result = call(&mut running.tab);
            while let Some(output) = running.tab.poll_output() {
                match output {
                    Output::Send { room, to, bytes } => state.lines.send(room, to, &bytes),
                    Output::Persist {
                        id,
                        record,
                        durable,
                    } => {
                        if durable {
                            state.own = Some((id, record));
                        } else {
                            state.pending.keep(id, record.received, record.bytes);
                        }
                    }
                    Output::Event(Event::Opened) => {
                        running.poll = running.tab.replica().genesis().cloned().map(Rc::new);
                        state.publisher.moved();
                        opened = true;
                    }
                    Output::Event(Event::Delivered(delivered)) => {
                        if let Some(copied) = &mut state.copied {
                            copied.insert(delivered.op.id());
                        }
                        state.publisher.moved();
                        if delivered.via == Via::Own {
                            state.publisher.hurry();
                        }
                        if running.holder.poll.chair.is_some()
                            && matches!(*delivered.op, Op::Ballot(_))
                        {
                            let arrival = (delivered.at, delivered.op.id());
                            running.arrivals.add(arrival, delivered.op.author());
                        }
                        let struck = running.struck(&delivered.op);
                        state.activity.add(delivered, struck);
                    }
                    Output::Event(Event::Rejoined {
                        away,
                        ballots,
                        revoked,
                        reached,
                    }) => {
                        let rejoined = Rejoined {
                            away,
                            ballots,
                            revoked,
                            reached,
                            returns: None,
                        };
                        state.publisher.moved();
                        state.absence.end(rejoined, clock::now());
                        session::forget_away(&state.link);
                    }
                    Output::Event(Event::VoteMoved) => state.publisher.moved(),
                    Output::Event(Event::Syncing { .. }) => {}
                    Output::Event(Event::BoardChanged(_)) => {
                        state.publisher.moved();
                        running.on_board = None;
                        state.board.changed();
                    }
                    Output::Event(Event::Disputed { precinct, by, .. }) => {
                        state.activity.dispute(precinct, by, clock::now());
                    }
                }
            }
            left = state.lines.heed(&running.tab, clock::now());
            result
        };
        for room in left {
            self.left(room);
        }
        if opened {
            self.mind_the_kind();
            self.read_again();
        }
        self.write_soon();
        self.write_board_soon();
        self.arm();
        self.may_have_changed();
        Some(result)
    }

    /// What happened: all that follows from it is done.
    fn tell(&self, input: Input<'_>) {
        self.tell_at(input, clock::now());
    }

    /// The same of what happened earlier.
    fn tell_at(&self, input: Input<'_>, at: Millis) {
        self.act(|tab| tab.handle(input, at));
    }

    /// What the person wants.
    fn ask(&self, command: Command) -> Result<(), Refusal> {
        let asked = self.act(|tab| tab.ask(command, clock::now()));
        asked.unwrap_or(Err(Refusal::NotOpen))
    }

    /// Begins to fetch another precinct and to count it here.
    ///
    /// # Errors
    /// [`Refusal`], with a sentence for the person.
    pub fn audit(&self, precinct: PrecinctId) -> Result<(), Refusal> {
        self.ask(Command::Audit(precinct))
    }

    /// Lets go of a precinct that was counted here; what is claimed of it is shown again.
    pub fn end_audit(&self, precinct: PrecinctId) {
        // Ending is never refused.
        let _ = self.ask(Command::EndAudit(precinct));
    }

    /// The vote of whoever votes here, as it stands now: a snapshot of it may be yet to come.
    #[must_use]
    pub fn own_vote(&self) -> Option<OwnVote> {
        let state = self.0.state.borrow();
        state.running.as_ref()?.tab.replica().own_vote()
    }

    /// Why an op counts or does not.
    #[must_use]
    pub fn explain(&self, op: OpId) -> Explanation {
        let state = self.0.state.borrow();
        state
            .running
            .as_ref()
            .map_or(Explanation::NotHere, |running| {
                running.tab.replica().explain(op)
            })
    }

    /// The ballots here that somebody looks for, at most twenty: in large polls several share two
    /// words.
    #[must_use]
    pub fn find_ballots(&self, sought: &Sought) -> Vec<Found> {
        const MOST: usize = 20;
        let state = self.0.state.borrow();
        let is_it = |id: &OpId| match sought {
            Sought::Receipt(words) => receipt(id).join(" ") == *words,
            Sought::Ballot(ballot) => id == ballot,
        };
        state.running.as_ref().map_or_else(Vec::new, |running| {
            running.find(MOST, |cast| is_it(&cast.id))
        })
    }

    /// The poll's link as this tab knows it: with the chair's key, if it is here.
    #[must_use]
    pub fn link(&self) -> Link {
        let state = self.0.state.borrow();
        state
            .running
            .as_ref()
            .map_or_else(|| state.link.clone(), |running| running.holder.link())
    }

    /// Whether that link leads to this host: it was opened with it, or it leads to its poll, and to
    /// its precinct if it names one.
    #[must_use]
    pub fn is_led_to_by(&self, link: &Link) -> bool {
        let state = self.0.state.borrow();
        let opened = state.link.poll == link.poll && state.link.precincts == link.precincts;
        let running = state.running.as_ref();
        opened || running.is_some_and(|running| running.holder.is_led_to_by(link))
    }

    /// What the screens want to see beyond the usual.
    pub fn want(&self, change: impl FnOnce(&mut Wants)) {
        change(&mut self.0.state.borrow_mut().wants);
        self.changed();
    }

    /// Takes the message about the last absence away.
    pub fn dismiss_rejoined(&self) {
        self.0.state.borrow_mut().absence.dismiss();
        self.changed();
    }
}
