//! The host of one replica: turns what happens into its inputs, and its outputs into what is to happen.
//!
//! Everything goes through [`Host::feed`]: one input, then all outputs, then the one timer. In here: `opening` (who
//! this tab is, what it holds), `keeping` (to disk), `line` (to and from the relay), `publishing` (to the screens).

mod keeping;
mod line;
mod opening;
mod publishing;

use std::cell::RefCell;
use std::rc::Rc;

use election_core::ids::OpId;
use election_core::poll::choice::Choice;
use election_core::poll::genesis::Genesis;
use election_core::replica::Replica;
use election_core::replica::io::{Event, Input, Output, Refusal, What};
use election_core::replica::view::Explanation;
use election_core::wire::link::Link;

use super::activity::Activity;
use super::arrivals::{Arrival, Arrivals};
use super::identity::How;
use super::marks::{self, Mark};
use super::snapshot::{Rejoined, Snapshot, Stage};
use super::socket::Socket;
use super::storage::{Storage, StoredReplica};
use super::timer::Timer;
use super::{clock, session};

use keeping::Batch;
use publishing::{Publisher, Subscribers};

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
    socket: Socket,
    /// The replica's deadline, or the line's.
    timer: Timer,
    activity: Activity,
    rejoined: Option<Rejoined>,
    /// Why this device does not save.
    unsaved: Option<Rc<str>>,
    wants: Wants,
    publisher: Publisher,
    batch: Batch,
}

/// What there is once this tab knows who it is.
struct Running {
    replica: Replica,
    stored: StoredReplica,
    storage: Option<Storage>,
    how: How,
    locks: bool,
    poll: Option<Rc<Genesis>>,
    /// When each ballot came, for the chair's table; empty in other tabs.
    arrivals: Arrivals,
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
}

impl PartialEq for Host {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Host {
    fn new(link: Link) -> Self {
        Self(Rc::new_cyclic(|inner| {
            let signal = line::signals(inner.clone());
            let socket = Socket::new(link.secret.room(link.poll), signal);
            Inner {
                state: RefCell::new(State {
                    link,
                    restored: false,
                    running: None,
                    socket,
                    timer: Timer::default(),
                    activity: Activity::default(),
                    rejoined: None,
                    unsaved: None,
                    wants: Wants::default(),
                    publisher: Publisher::default(),
                    batch: Batch::default(),
                }),
                subscribers: RefCell::default(),
                snapshot: RefCell::new(Rc::new(Snapshot::opening())),
            }
        }))
    }

    /// One input, and everything that follows from it. Nothing happens while opening.
    fn feed(&self, input: Input<'_>) -> Result<(), Refusal> {
        let mut own = Vec::new();
        let result = {
            let mut state = self.0.state.borrow_mut();
            let state = &mut *state;
            let Some(running) = &mut state.running else {
                return Err(Refusal::NotOpen);
            };
            let result = running.replica.handle(input, clock::now());
            while let Some(output) = running.replica.poll_output() {
                match output {
                    Output::Send { to, bytes } => line::send(&mut state.socket, to, &bytes),
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
                        running.poll = running.replica.genesis().cloned().map(Rc::new);
                    }
                    Output::Event(Event::Delivered(delivered)) => {
                        let struck = match &delivered.what {
                            What::Revocation { ballot, voter, .. } => running
                                .replica
                                .ballot(voter, *ballot)
                                .map(|(said, _)| said.choice),
                            _ => None,
                        };
                        if running.stored.chair.is_some()
                            && let What::Ballot { voter, .. } = delivered.what
                        {
                            running.arrivals.add((delivered.at, delivered.id), voter);
                        }
                        state.activity.add(&delivered, struck);
                    }
                    Output::Event(Event::Rejoined {
                        away,
                        ballots,
                        revoked,
                        reached,
                    }) => {
                        state.rejoined = Some(Rejoined {
                            away,
                            ballots,
                            revoked,
                            reached,
                        });
                    }
                    Output::Event(Event::Syncing { .. } | Event::VoteMoved) => {}
                }
            }
            result
        };
        if !own.is_empty() {
            // What one's own op follows is on disk before it.
            self.write_now();
        }
        for (id, op) in own {
            self.write_through(id, op);
        }
        self.write_soon();
        self.arm();
        self.changed();
        result
    }

    /// An input that cannot be refused.
    fn tell(&self, input: Input<'_>) {
        // Only casting and revoking are refused, and before the replica runs there is nobody to tell.
        let _ = self.feed(input);
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

    /// An input that makes an op of one's own, whose place follows from all earlier ones: they have to be here.
    fn sign(&self, input: Input<'_>) -> Result<(), Refusal> {
        if self.0.state.borrow().stage() == Stage::Opening {
            return Err(Refusal::NotOpen);
        }
        self.feed(input)
    }

    /// Why an op counts or does not.
    #[must_use]
    pub fn explain(&self, op: OpId) -> Explanation {
        let state = self.0.state.borrow();
        state
            .running
            .as_ref()
            .map_or(Explanation::NotHere, |running| running.replica.explain(op))
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

    /// What the screens want to see beyond the usual.
    pub fn want(&self, change: impl FnOnce(&mut Wants)) {
        change(&mut self.0.state.borrow_mut().wants);
        self.changed();
    }

    /// Takes the message about the last absence away.
    pub fn dismiss_rejoined(&self) {
        self.0.state.borrow_mut().rejoined = None;
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
        {
            let mut state = self.0.state.borrow_mut();
            session::set_offline(state.link.poll, true);
            state.socket.hang_up();
        }
        self.away();
    }

    /// An absence begins, or goes on: what the last one brought is past.
    fn away(&self) {
        self.0.state.borrow_mut().rejoined = None;
        self.tell(Input::Disconnected);
    }

    /// Dials again.
    pub fn go_online(&self) {
        {
            let mut state = self.0.state.borrow_mut();
            session::set_offline(state.link.poll, false);
            // While opening, the line is dialled at the end of it.
            if state.stage() != Stage::Opening {
                state.socket.dial();
            }
        }
        self.arm();
        self.changed();
    }
}
