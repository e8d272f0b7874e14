//! The host of one replica, and of what goes with it in a poll with precincts: turns what happens into its inputs, and
//! its outputs into what is to happen.
//!
//! Everything goes through [`Host::act`]: one input, then all outputs, then the one timer. In here: `opening` (who
//! this tab is), `running` (what there is once that is known), `keeping` and `boarding` (to disk), `line` and `lines` (to and from the
//! relay), `publishing` (to the screens), `canvassing` (what they see of other precincts),
//! `absence` (what came of the last one).

mod absence;
mod boarding;
mod canvassing;
mod keeping;
mod line;
mod lines;
mod opening;
mod publishing;
mod running;

use std::cell::RefCell;
use std::rc::Rc;

use election_core::ids::{OpId, PrecinctId, ReturnId, VoterKey};
use election_core::poll::choice::Choice;
use election_core::replica::council::io as council;
use election_core::replica::io::{Event, Input, Refusal, Via, What};
use election_core::replica::tab::{Input as TabInput, Output, Tab};
use election_core::replica::view::Explanation;
use election_core::time::Millis;
use election_core::wire::link::Link;

use super::activity::Activity;
use super::arrivals::Arrival;
use super::identity;
use super::marks::{self, Mark};
use super::snapshot::{Rejoined, Snapshot, Stage};
use super::timer::Timer;
use super::{clock, session};

use absence::Absence;
use boarding::BoardKeeper;
use keeping::Batch;
use lines::Lines;
use publishing::{Publisher, Subscribers};
use running::Running;

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
    unsaved: Option<Rc<str>>,
    wants: Wants,
    publisher: Publisher,
    batch: Batch,
    board: BoardKeeper,
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
            self.restored,
            running.is_some_and(|running| running.poll.is_some()),
        )
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
            // It is dialled only when this tab knows who it is.
            let nobody = VoterKey([0; 32]);
            Inner {
                state: RefCell::new(State {
                    lines: Lines::new(link.clone(), nobody, signals),
                    link,
                    restored: false,
                    running: None,
                    timer: Timer::default(),
                    activity: Activity::default(),
                    absence: Absence::default(),
                    unsaved: None,
                    wants: Wants::default(),
                    publisher: Publisher::default(),
                    batch: Batch::default(),
                    board: BoardKeeper::default(),
                }),
                subscribers: RefCell::default(),
                snapshot: RefCell::new(Rc::new(Snapshot::opening())),
            }
        }))
    }

    /// One input, and everything that follows from it. Nothing happens before this tab knows who it is.
    fn feed(&self, input: TabInput<'_>) -> Result<(), Refusal> {
        self.act(|tab| tab.handle(input, clock::now()))
    }

    /// One call of the tab that changes it, and everything that follows from it.
    fn act(&self, call: impl FnOnce(&mut Tab) -> Result<(), Refusal>) -> Result<(), Refusal> {
        let mut own = Vec::new();
        let left;
        let result = {
            let mut state = self.0.state.borrow_mut();
            let state = &mut *state;
            let Some(running) = &mut state.running else {
                return Err(Refusal::NotOpen);
            };
            let result = call(&mut running.tab);
            while let Some(output) = running.tab.poll_output() {
                match output {
                    Output::Send { room, to, bytes } => state.lines.send(room, to, &bytes),
                    Output::Persist {
                        id,
                        record,
                        durable,
                    } => {
                        let op = state.batch.place(record);
                        if durable {
                            own.push((id, op));
                        } else {
                            state.batch.keep(op);
                        }
                    }
                    Output::Event(Event::Opened) => {
                        running.poll = running.tab.replica().genesis().cloned().map(Rc::new);
                    }
                    Output::Event(Event::Delivered(delivered)) => {
                        if delivered.via == Via::Own {
                            state.publisher.hurry();
                        }
                        if running.stored.chair.is_some()
                            && let What::Ballot { voter, .. } = delivered.what
                        {
                            running.arrivals.add((delivered.at, delivered.id), voter);
                        }
                        state
                            .activity
                            .add(&delivered, running.struck(&delivered.what));
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
                        state.absence.end(rejoined, clock::now());
                    }
                    Output::Event(Event::Syncing { .. } | Event::VoteMoved) => {}
                    Output::Council(council::Event::BoardChanged(_)) => {
                        running.on_board = None;
                        state.board.changed();
                    }
                    Output::Council(council::Event::Disputed { precinct, by, .. }) => {
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
        if !own.is_empty() {
            // What one's own op follows is on disk before it.
            self.write_now();
        }
        for (id, op) in own {
            self.write_through(id, op);
        }
        self.write_soon();
        self.write_board_soon();
        self.arm();
        self.changed();
        result
    }

    /// An input that cannot be refused.
    fn tell(&self, input: Input<'_>) {
        // Only casting and revoking are refused, and before the replica runs there is nobody to tell.
        let _ = self.feed(TabInput::Replica(input));
    }

    /// The person votes, or changes their vote.
    ///
    /// # Errors
    /// [`Refusal`], with a sentence for them.
    pub fn cast(&self, choice: Choice) -> Result<(), Refusal> {
        self.sign(Input::Cast(choice))
    }

    /// The chair takes a ballot out of the count.
    ///
    /// # Errors
    /// [`Refusal`], with a sentence for them.
    pub fn revoke(&self, ballot: OpId, reason: &str) -> Result<(), Refusal> {
        self.sign(Input::Revoke { ballot, reason })
    }

    /// Begins to fetch another precinct and to count it here.
    ///
    /// # Errors
    /// [`Refusal`], with a sentence for the person.
    pub fn audit(&self, precinct: PrecinctId) -> Result<(), Refusal> {
        self.act(|tab| tab.audit(precinct, clock::now()))
    }

    /// Lets go of a precinct that was counted here; what is claimed of it is shown again.
    pub fn end_audit(&self, precinct: PrecinctId) {
        // Ending is never refused.
        let _ = self.act(|tab| {
            tab.end_audit(precinct, clock::now());
            Ok(())
        });
    }

    /// The chair strikes what is shown of a precinct: see [`super::snapshot::Canvassing::returns`].
    ///
    /// # Errors
    /// [`Refusal`], with a sentence for them.
    pub fn strike(
        &self,
        precinct: PrecinctId,
        return_id: ReturnId,
        reason: &str,
    ) -> Result<(), Refusal> {
        self.sign(Input::Strike {
            precinct,
            return_id,
            reason,
        })
    }

    /// An input that makes an op of one's own, whose place follows from all earlier ones: they have to be here.
    fn sign(&self, input: Input<'_>) -> Result<(), Refusal> {
        if self.0.state.borrow().stage() == Stage::Opening {
            return Err(Refusal::NotOpen);
        }
        self.feed(TabInput::Replica(input))
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

    /// The poll's link as this tab knows it: with the chair's key, if it is here.
    #[must_use]
    pub fn link(&self) -> Link {
        let state = self.0.state.borrow();
        state
            .running
            .as_ref()
            .map_or_else(|| state.link.clone(), |running| running.stored.link())
    }

    /// Whether that link leads to this host: to its poll, and to its precinct if the link names one.
    #[must_use]
    pub fn is_led_to_by(&self, link: &Link) -> bool {
        let state = self.0.state.borrow();
        match &state.running {
            Some(running) => identity::leads_to(link, &running.stored),
            None => state.link.poll == link.poll && state.link.precincts == link.precincts,
        }
    }

    /// What the screens want to see beyond the usual.
    pub fn want(&self, change: impl FnOnce(&mut Wants)) {
        change(&mut self.0.state.borrow_mut().wants);
        self.changed();
    }

    /// Somebody else votes in this browser from now on, in this tab: a new voter.
    pub fn somebody_else(&self) {}

    /// This tab votes as that voter of this browser: see [`Snapshot::voters`].
    pub fn become_voter(&self, _voter: VoterKey) {}

    /// Takes the message about the last absence away.
    pub fn dismiss_rejoined(&self) {
        self.0.state.borrow_mut().absence.dismiss();
        self.changed();
    }

    /// The page is gone for good: another tab may go on as this replica.
    pub fn release(&self) {
        let state = self.0.state.borrow();
        if let Some(running) = &state.running
            && running.storage.is_some()
        {
            marks::set(&running.stored.id, Some(Mark::Released));
        }
    }

    /// Hangs up until the person comes back.
    pub fn go_offline(&self) {
        let left = {
            let mut state = self.0.state.borrow_mut();
            session::set_offline(&state.link, true);
            state.lines.hang_up()
        };
        for room in left {
            self.left(room);
        }
        self.changed();
    }

    /// Dials again.
    pub fn go_online(&self) {
        {
            let mut state = self.0.state.borrow_mut();
            session::set_offline(&state.link, false);
            // While opening, the line is dialled at the end of it.
            if state.stage() != Stage::Opening {
                state.lines.dial();
            }
        }
        self.arm();
        self.changed();
    }
}
