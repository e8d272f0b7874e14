//! The tab: a replica, and in a poll with precincts the council and audits beside it, as one state
//! machine that is in one room of the relay's or in several.
//!
//! In a poll of one room it is the replica and nothing else. Otherwise what passes between the two
//! is: what the replica delivered, the entries of the chair's log that came in the council's room,
//! and what the council has to say in the precinct's room, which goes with the replica's frames.
//! Each [audit](super::audit) of another precinct has a connection of its own, and what it counts
//! is shown by the council.

use std::collections::VecDeque;

use crate::ballots::BallotStore;
use crate::broadcast::Origin;
use crate::time::Millis;
use crate::wire::link::Secret;

use super::Replica;
use super::audit::{Audit, Audits};
use super::council::Council;
use super::council::io::Channel;
use super::io::{
    Command, Config, Delivered, Destination, Event, Happened, Input, Output, Refusal, RoomId, Via,
};

/// See the [module](self).
pub struct Tab {
    secret: Secret,
    replica: Replica,
    council: Option<Council>,
    audits: Audits,
    outputs: VecDeque<Output>,
}

impl Tab {
    /// A tab that holds nothing yet, not connected. Hand it what was persisted with
    /// [`Input::Restore`].
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self {
            secret: config.secret.clone(),
            council: Council::new(&config),
            audits: Audits::new(&config),
            replica: Replica::new(config),
            outputs: VecDeque::new(),
        }
    }

    /// Takes what happened. `now` may be equal to the last one, and should not be earlier. Bad
    /// input from others is dropped and counted.
    pub fn handle(&mut self, input: Input<'_>, now: Millis) {
        match input {
            Input::Room { room, happened } => return self.on_happened(room, happened, now),
            Input::Restore(records) => self.replica.on_restore(records, false, now),
            Input::Reload(records) => self.replica.on_restore(records, true, now),
            Input::RestoreBoard(bytes) => {
                if let Some(council) = &mut self.council {
                    council.restore(bytes, now);
                }
                return self.pass_on(now);
            }
            Input::Persisted(id) => self.replica.on_persisted(id, now),
            Input::NotPersisted(id) => self.replica.on_not_persisted(id),
            Input::Wake => {}
            Input::Refresh => {
                self.audits.refresh(now);
                self.replica.refresh(now);
            }
        }
        self.replica.keep_time(now);
        self.pass_on(now);
    }

    fn on_happened(&mut self, room: RoomId, happened: Happened<'_>, now: Millis) {
        match room {
            RoomId::Precinct => {
                if let (Happened::PeerGone { peer }, Some(council)) = (happened, &mut self.council)
                {
                    council.forget_in_precinct(peer);
                }
                self.replica.on_happened(happened, now);
            }
            RoomId::Audit(precinct) => self.audits.on_happened(precinct, happened, now),
            RoomId::Council => {
                if let Some(council) = &mut self.council {
                    council.on_happened(happened, store(&mut self.replica), now);
                }
            }
        }
        self.pass_on(now);
    }

    /// Does what a person wants.
    ///
    /// # Errors
    /// [`Refusal`], with a sentence for them; nothing has changed then. An audit is refused with
    /// [`Refusal::NotOpen`], [`Refusal::NoSuchPrecinct`], also in a poll of one room,
    /// [`Refusal::OwnPrecinct`], and [`Refusal::TooManyAudits`] beyond
    /// [`MAX_AUDITS`](super::audit::MAX_AUDITS); ending one is not refused.
    pub fn ask(&mut self, command: Command, now: Millis) -> Result<(), Refusal> {
        match command {
            Command::Audit(precinct) => self.audits.begin(precinct, &self.replica, now)?,
            Command::EndAudit(precinct) => {
                if self.audits.end(precinct)
                    && let Some(council) = &mut self.council
                {
                    council.show_claims(precinct, now);
                }
            }
            signed => self.replica.sign(signed, &self.audits, now)?,
        }
        self.pass_on(now);
        Ok(())
    }

    /// The next thing to be done; `None` when there is nothing more until the next input.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When [`Input::Wake`] is due. `None`: never, until another input.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Millis> {
        let council = self.council.as_ref().and_then(Council::next_deadline);
        let audits = self.audits.next_deadline();
        let deadlines = [self.replica.next_deadline(), council, audits];
        deadlines.into_iter().flatten().min()
    }

    /// The rooms that it wants to be in, its own first. Ask after every input: connect to those
    /// that are new, and leave those that are gone, saying [`Happened::Disconnected`].
    pub fn rooms(&self) -> impl Iterator<Item = RoomId> {
        let fits = self.replica.misfit().is_none();
        let council = self.council.as_ref().filter(|_| fits);
        let council = council.filter(|council| council.is_wanted());
        let audits = self.audits.iter();
        [RoomId::Precinct]
            .into_iter()
            .chain(council.map(|_| RoomId::Council))
            .chain(audits.map(|audit| RoomId::Audit(audit.precinct())))
    }

    /// What the relay knows that room by.
    #[must_use]
    pub fn room_name(&self, room: RoomId) -> String {
        let poll = self.replica.poll;
        let precinct = match room {
            RoomId::Council => return self.secret.council_room(poll),
            RoomId::Audit(precinct) => Some(precinct),
            RoomId::Precinct => self.replica.precinct(),
        };
        match precinct {
            Some(precinct) => self.secret.precinct_room(poll, precinct),
            None => self.secret.room(poll),
        }
    }

    /// The replica, for asking.
    #[must_use]
    pub fn replica(&self) -> &Replica {
        &self.replica
    }

    /// The replica, for asking what takes work.
    pub fn replica_mut(&mut self) -> &mut Replica {
        &mut self.replica
    }

    /// The council; `None` in a poll of one room.
    #[must_use]
    pub fn council(&self) -> Option<&Council> {
        self.council.as_ref()
    }

    /// The audits that are under way, by precinct.
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
            self.outputs.extend(self.audits.take_frames());
            let room = self.replica.room();
            council.precinct_room(room, store(&mut self.replica), now);
            if self.replica.has_agreed {
                council.agreed(now);
            }
            let heard = core::mem::take(&mut self.replica.of_council);
            if let Some(store) = store(&mut self.replica) {
                for (from, replica, kind, content) in &heard {
                    let said = (*from, *replica, *kind, content.as_slice());
                    council.on_message(Channel::Precinct, said, store, now);
                }
                council.keep_time(store, now);
            } else if self.replica.misfit().is_some() {
                council.seek_no_more();
            } else {
                council.seek(now);
            }
            self.replica.board = council.digest();
            self.outputs.extend(council.take_outputs());
            for (to, messages) in council.take_said() {
                match to {
                    Destination::Spread(fan_out) => self.replica.spread(fan_out, &messages),
                    to => self.replica.send(to, &messages),
                }
                passed = true;
            }
            for (from, bytes) in council.take_entries() {
                let intake = self.replica.take_entries(&bytes, now);
                if intake.is_wrong {
                    council.mute(from, now);
                } else if intake.news > 0 {
                    council.prove(from, now);
                }
                passed = true;
            }
            if !passed {
                return;
            }
        }
    }

    fn drain_replica(&mut self, now: Millis) {
        while let Some(output) = self.replica.next_output() {
            if let Output::Event(event) = &output {
                self.tell_council(event, now);
            }
            self.outputs.push_back(output);
        }
    }

    fn tell_council(&mut self, event: &Event, now: Millis) {
        let (Some(council), Some(store)) = (&mut self.council, store(&mut self.replica)) else {
            return;
        };
        match event {
            Event::Opened => council.open(store, now),
            Event::Delivered(Delivered { op, via, .. }) => {
                council.state_changed(now);
                if op.index().is_some() {
                    let origin = match via {
                        Via::Own => Some(Origin::Own),
                        Via::Gossip => Some(Origin::Forwarded),
                        // Others have it, or will ask.
                        Via::Restored | Via::Sync => None,
                    };
                    council.entry_delivered(op, origin, now);
                }
            }
            _ => {}
        }
    }
}

fn store(replica: &mut Replica) -> Option<&mut BallotStore> {
    replica.open.as_mut().map(|open| &mut open.state.store)
}
