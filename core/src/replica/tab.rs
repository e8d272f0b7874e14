//! The tab: a replica, and in a poll with precincts the council and audits beside it, as one state machine with a connection
//! for each room that it is in.
//!
//! ```text
//! tab.handle(input, now)            the replica's inputs, or the council's connection's
//! tab.poll_output()                 drain it after every input
//! tab.next_deadline()               then handle(Input::Replica(io::Input::Wake), now)
//! ```
//!
//! In a poll of one room it is the replica and nothing else, byte for byte. Otherwise what passes between the two is: what the
//! replica delivered, the entries of the chair's log that came in the council's room, and what the council has to say in the
//! precinct's room, which goes with the replica's frames. Each [audit](super::audit) of another precinct has a connection of its own, and what
//! it counts is shown by the council.

use std::collections::VecDeque;

use crate::broadcast::Origin;
use crate::canvass::Canvass;
use crate::time::Millis;

use super::Replica;
use super::audit::{Audit, Audits};
use super::council::Council;
use super::council::io::{self as council, Channel};
use super::io::{self, Config, Delivered, Destination, Event, Record, Refusal, Via, What};
use crate::ids::{OpId, PrecinctId};

/// What can happen to a tab.
#[derive(Debug, Clone)]
pub enum Input<'a> {
    /// What can happen to a replica; its connection is the one to its precinct's room, or to the poll's only room.
    Replica(io::Input<'a>),
    /// What can happen to the connection to the council's room. Nothing comes of it in a poll of one room.
    Council(council::Input<'a>),
    /// What can happen to the connection of an audit of that precinct: [`io::Input::Connected`], [`io::Input::Disconnected`],
    /// [`io::Input::Room`], [`io::Input::Frame`] and [`io::Input::PeerGone`]. Nothing comes of others, or without such an audit.
    Audited(PrecinctId, io::Input<'a>),
}

/// One of the relay's rooms that a tab may be in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Room {
    /// Its precinct's, or the poll's only one.
    Precinct,
    /// The council's.
    Council,
    /// That of another precinct, which it audits.
    Audit(PrecinctId),
}

/// What a tab wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Hand a frame to the relay, in one of its rooms. Drop it when there is no connection to that.
    Send {
        /// In which room.
        room: Room,
        /// To whom.
        to: Destination,
        /// The sealed frame.
        bytes: Vec<u8>,
    },
    /// Write an op to disk: see [`io::Output::Persist`].
    Persist {
        /// The key to write it under.
        id: OpId,
        /// What to write.
        record: Record,
        /// See [`io::Output::Persist`].
        durable: bool,
    },
    /// Something to show of this precinct, or of the poll's only room.
    Event(Event),
    /// Something to show of the others.
    Council(council::Event),
}

/// See the [module](self).
pub struct Tab {
    replica: Replica,
    council: Option<Council>,
    audits: Audits,
    outputs: VecDeque<Output>,
}

impl Tab {
    /// A tab that holds nothing yet, not connected.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self {
            council: Council::new(&config),
            audits: Audits::new(&config),
            replica: Replica::new(config),
            outputs: VecDeque::new(),
        }
    }

    /// Takes one input. `now` may be equal to the last one, and should not be earlier.
    ///
    /// # Errors
    /// As [`Replica::handle`].
    pub fn handle(&mut self, input: Input<'_>, now: Millis) -> Result<(), Refusal> {
        let result = match input {
            Input::Replica(io::Input::Revoke { ballot, reason }) => {
                let elsewhere = self.audits.find_ballot(ballot);
                self.replica.on_revoke(ballot, reason, elsewhere, now)
            }
            Input::Replica(input) => {
                if matches!(input, io::Input::Refresh) {
                    self.audits.refresh(now);
                }
                self.replica.handle(input, now)
            }
            Input::Audited(precinct, input) => {
                self.audits.on_input(precinct, input, now);
                Ok(())
            }
            Input::Council(input) => {
                if let Some(council) = &mut self.council {
                    council.on_input(input, canvass(&mut self.replica), now);
                }
                Ok(())
            }
        };
        self.pass_on(now);
        result
    }

    /// The next thing to be done; `None` when there is nothing more until the next input.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When [`io::Input::Wake`] is due. `None`: never, until another input.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Millis> {
        let council = self.council.as_ref().and_then(Council::next_deadline);
        let audits = self.audits.next_deadline();
        let deadlines = [self.replica.next_deadline(), council, audits];
        deadlines.into_iter().flatten().min()
    }

    /// The replica, for asking.
    #[must_use]
    pub fn replica(&self) -> &Replica {
        &self.replica
    }

    /// The replica, for asking what takes work. Inputs go to [`Tab::handle`].
    pub fn replica_mut(&mut self) -> &mut Replica {
        &mut self.replica
    }

    /// The council; `None` in a poll of one room.
    #[must_use]
    pub fn council(&self) -> Option<&Council> {
        self.council.as_ref()
    }

    /// Whether to connect to the council's room, or to stay: see [`Council::is_wanted`]. Ask after every input.
    #[must_use]
    pub fn wants_council(&self) -> bool {
        let fits = self.replica.misfit().is_none();
        fits && self.council.as_ref().is_some_and(Council::is_wanted)
    }

    /// Takes in what [`Council::board_bytes`] gave before this tab was loaded, before the genesis is here or after. What
    /// does not read, or is not signed as it says, is counted in the council's stats and left out. Nothing comes of it in a poll of
    /// one room.
    pub fn restore_board(&mut self, bytes: &[u8], now: Millis) {
        if let Some(council) = &mut self.council {
            council.restore(bytes, now);
            self.pass_on(now);
        }
    }

    /// Begins to audit another precinct: connect to its room while it is among [`Tab::audits`]. Nothing comes of it when
    /// that precinct is being audited.
    ///
    /// # Errors
    /// [`Refusal::NotOpen`], [`Refusal::NoSuchPrecinct`], also in a poll of one room, [`Refusal::OwnPrecinct`], and
    /// [`Refusal::TooManyAudits`] beyond [`MAX_AUDITS`](super::audit::MAX_AUDITS).
    pub fn audit(&mut self, precinct: PrecinctId, now: Millis) -> Result<(), Refusal> {
        self.audits.begin(precinct, &self.replica, now)?;
        self.pass_on(now);
        Ok(())
    }

    /// Ends an audit: what it held is forgotten, and what is claimed of the precinct is shown again. Close its connection.
    pub fn end_audit(&mut self, precinct: PrecinctId, now: Millis) {
        if self.audits.end(precinct)
            && let Some(council) = &mut self.council
        {
            council.show_claims(precinct, now);
            self.pass_on(now);
        }
    }

    /// The audits that are under way, by precinct. Each wants a connection to the
    /// [room](crate::wire::link::Secret::precinct_room) of its precinct.
    pub fn audits(&self) -> impl Iterator<Item = &Audit> {
        self.audits.iter()
    }

    /// Passes on between them what follows from the input, until nothing does.
    fn pass_on(&mut self, now: Millis) {
        loop {
            self.drain_replica(now);
            let Some(council) = &mut self.council else {
                return;
            };
            let mut passed = self.audits.share_log(&mut self.replica, now);
            self.audits.keep_time(council, now);
            for (precinct, to, bytes) in self.audits.take_frames() {
                let room = Room::Audit(precinct);
                self.outputs.push_back(Output::Send { room, to, bytes });
            }
            let room = self.replica.room();
            council.precinct_room(room, canvass(&mut self.replica), now);
            if self.replica.has_agreed {
                council.agreed(now);
            }
            let heard = core::mem::take(&mut self.replica.of_council);
            if let Some(canvass) = canvass(&mut self.replica) {
                for (from, replica, kind, content) in &heard {
                    let said = (*from, *replica, *kind, content.as_slice());
                    council.on_message(Channel::Precinct, said, canvass, now);
                }
                council.keep_time(canvass, now);
            } else if self.replica.misfit().is_some() {
                council.give_up();
            } else {
                council.seek(now);
            }
            self.replica.board = council.digest();
            while let Some(output) = council.next_output() {
                match output {
                    council::Output::Send { to, bytes } => self.outputs.push_back(Output::Send {
                        room: Room::Council,
                        to,
                        bytes,
                    }),
                    council::Output::Event(event) => {
                        self.outputs.push_back(Output::Council(event));
                    }
                    council::Output::Say { to, messages } => {
                        self.replica.send(to, &messages);
                        passed = true;
                    }
                    council::Output::Entries { from, bytes } => {
                        if self.replica.take_entries(&bytes, now) {
                            council.mute(from);
                        }
                        passed = true;
                    }
                }
            }
            if !passed {
                return;
            }
        }
    }

    fn drain_replica(&mut self, now: Millis) {
        while let Some(output) = self.replica.poll_output() {
            match output {
                io::Output::Send { to, bytes } => self.outputs.push_back(Output::Send {
                    room: Room::Precinct,
                    to,
                    bytes,
                }),
                io::Output::Persist {
                    id,
                    record,
                    durable,
                } => self.outputs.push_back(Output::Persist {
                    id,
                    record,
                    durable,
                }),
                io::Output::Event(event) => {
                    self.tell_council(&event, now);
                    self.outputs.push_back(Output::Event(event));
                }
            }
        }
    }

    fn tell_council(&mut self, event: &Event, now: Millis) {
        let (Some(council), Some(canvass)) = (&mut self.council, canvass(&mut self.replica)) else {
            return;
        };
        match event {
            Event::Opened => council.open(canvass, now),
            Event::Delivered(Delivered { id, via, what, .. }) => {
                council.state_changed(now);
                if matches!(what, What::Revocation { .. } | What::Strike { .. }) {
                    let origin = match via {
                        Via::Own => Some(Origin::Own),
                        Via::Gossip => Some(Origin::Forwarded),
                        // Others have it, or will ask.
                        Via::Restored | Via::Sync => None,
                    };
                    council.entry_delivered(*id, origin, canvass, now);
                }
            }
            _ => {}
        }
    }
}

fn canvass(replica: &mut Replica) -> Option<&mut Canvass> {
    replica.open.as_mut().map(|open| &mut open.state.canvass)
}
