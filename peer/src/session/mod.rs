//! One tab on one relay: its connections, its timer and itself in one task, one turn after the
//! other.
//!
//! `line` is a connection to one room: that of the poll or of its precinct, and in a poll with
//! precincts also the council's and those of precincts that are audited. `turn` waits for what
//! happens on any of them, and hands it to the tab. `back_off` says when a lost one is tried again,
//! `sparing` keeps what others cause from filling the log. `waits` is what the commands wait for,
//! `settling` when things have settled.

mod back_off;
mod line;
mod settling;
mod sparing;
mod turn;
mod waits;

use std::time::Duration;

use ed25519_zebra::SigningKey;
use election_core::board::Board;
use election_core::ids::{PollId, PrecinctId};
use election_core::poll::precincts::Precincts;
use election_core::replica::Replica;
use election_core::replica::io::{
    Command, Config, Destination, Event, Happened, Input, Output, Record, RoomId,
};
use election_core::replica::tab::Tab;
use election_core::wire::link::Link;
use election_core::wire::relay::EnvelopeError;
use futures_util::future::join_all;
use tokio::time::Instant;

use crate::clock::Clock;
use crate::error::Failure;
use crate::random;
use crate::relay_address::RelayAddress;
use crate::relay_connection::Lost;
use crate::voter_file::VoterFile;
use line::{Line, LineEvent};
pub use settling::Agreement;
use sparing::{About, Sparing};
pub use waits::{agrees, is_alone};

/// A tab at work. Its commands drive it by [`wait_until`](Self::wait_until) and [`ask`](Self::ask).
pub struct Session {
    tab: Tab,
    poll: PollId,
    relay: RelayAddress,
    clock: Clock,
    /// The first is the precinct's, or the poll's only one.
    lines: Vec<Line>,
    /// The line that is looked at first in the next turn, so that a busy one starves no other.
    next_line: usize,
    /// Where ballots of one's own are kept, if anywhere.
    voter_file: Option<VoterFile>,
    /// The poll's definition, for another session.
    genesis: Option<Record>,
    /// When something changed last of what is known of other precincts.
    board_changed: Instant,
    sparing: Sparing,
}

impl Session {
    /// A tab that holds nothing yet, connected to its room at the relay: its poll's, or its
    /// precinct's.
    ///
    /// `chair` says whether it may sign for the chair, if the link holds the chair's key. With the
    /// poll's definition it need not be fetched.
    ///
    /// # Errors
    /// [`Failure::NoRelay`].
    pub async fn connect(
        link: &Link,
        relay: RelayAddress,
        voter: SigningKey,
        chair: Option<SigningKey>,
        definition: Option<Record>,
        wait: Duration,
    ) -> Result<Self, Failure> {
        let config = Config {
            chair,
            ..Config::of(link, voter, random::bytes()?)
        };
        let tab = Tab::new(config);
        let own = RoomId::Precinct;
        let mut line = Line::new(own, tab.room_name(own));
        let opened = line.open(&relay, Instant::now() + wait).await;
        let mut session = Self {
            tab,
            poll: link.poll,
            relay,
            clock: Clock::start(),
            lines: vec![line],
            next_line: 0,
            voter_file: None,
            genesis: definition,
            board_changed: Instant::now(),
            sparing: Sparing::default(),
        };
        if let Some(definition) = session.genesis.clone() {
            let known = Input::Restore(&[definition]);
            session.tab.handle(known, session.clock.now());
            // Nobody is connected yet, and none of it is news.
            while session.tab.poll_output().is_some() {}
        }
        match opened {
            Ok(welcome) => {
                session.happened(0, LineEvent::Opened(welcome))?;
                Ok(session)
            }
            Err(why) => Err(session.no_relay(why)),
        }
    }

    /// What the tab can be asked.
    pub fn tab(&self) -> &Tab {
        &self.tab
    }

    /// What its replica can be asked.
    pub fn replica(&mut self) -> &mut Replica {
        self.tab.replica_mut()
    }

    /// What is known of all precincts; `None` in a poll of one room, and until the poll is here.
    pub fn board(&self) -> Option<&Board> {
        self.tab.council()?.board()
    }

    /// The poll's precincts; `None` until the poll is here.
    pub fn precincts(&self) -> Option<&Precincts> {
        let genesis = self.tab.replica().genesis();
        genesis.map(|genesis| genesis.precincts())
    }

    /// Which precinct this is in; `None` in a poll of one room.
    pub fn precinct(&self) -> Option<PrecinctId> {
        self.tab.replica().precinct()
    }

    /// The poll's definition, for another session; `None` until it is here.
    pub fn genesis(&self) -> Option<&Record> {
        self.genesis.as_ref()
    }

    /// Asks the tab for what a person wants, and does what follows.
    ///
    /// # Errors
    /// [`Failure::Refused`], and [`Failure::VoterFile`] when a ballot of one's own cannot be kept:
    /// it is not sent then.
    pub fn ask(&mut self, command: Command) -> Result<(), Failure> {
        let asked = self.tab.ask(command, self.clock.now());
        self.drain()?;
        self.heed();
        Ok(asked?)
    }

    /// Tells the tab what happened, and does what it wants done.
    fn handle(&mut self, input: Input<'_>) -> Result<(), Failure> {
        self.tab.handle(input, self.clock.now());
        self.drain()?;
        self.heed();
        Ok(())
    }

    /// Keeps ballots of one's own in that file from now on, and takes in those that it has. The
    /// poll must be here.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn keep_ballots_in(&mut self, file: VoterFile) -> Result<(), Failure> {
        let received = self.clock.now();
        let records: Vec<_> = file
            .ballots()
            .iter()
            .map(|bytes| Record {
                received,
                bytes: bytes.clone(),
            })
            .collect();
        self.voter_file = Some(file);
        self.handle(Input::Restore(&records))
    }

    fn drain(&mut self) -> Result<(), Failure> {
        loop {
            // Mutate, drain all, mutate again.
            let mut persisted = Vec::new();
            while let Some(output) = self.tab.poll_output() {
                match output {
                    Output::Send { room, to, bytes } => self.send(room, to, &bytes),
                    Output::Persist {
                        id,
                        record,
                        durable: true,
                    } => {
                        if let Some(file) = &mut self.voter_file {
                            file.append(&record.bytes)?;
                        }
                        persisted.push(id);
                    }
                    // The ops of others are fetched from others at the next start.
                    Output::Persist { id, record, .. } => {
                        if PollId::from(id) == self.poll {
                            self.genesis = Some(record);
                        }
                    }
                    Output::Event(event) => self.tell(&event),
                }
            }
            if persisted.is_empty() {
                return Ok(());
            }
            for id in persisted {
                self.tab.handle(Input::Persisted(id), self.clock.now());
            }
        }
    }

    fn send(&mut self, room: RoomId, to: Destination, payload: &[u8]) {
        let Some(line) = self.lines.iter_mut().find(|line| line.room == room) else {
            return;
        };
        line.push(to.envelope(payload));
    }

    /// Is in the rooms that the tab wants to be in, and in no others.
    fn heed(&mut self) {
        let wanted: Vec<RoomId> = self.tab.rooms().collect();
        let given_up = |line: &mut Line| !wanted.contains(&line.room);
        for line in self.lines.extract_if(.., given_up) {
            let (room, happened) = (line.room, Happened::Disconnected);
            // What there is to send now, nobody gets.
            let left = Input::Room { room, happened };
            self.tab.handle(left, self.clock.now());
            tokio::spawn(line.close());
        }
        for room in wanted {
            if self.lines.iter().all(|line| line.room != room) {
                let name = self.tab.room_name(room);
                self.lines.push(Line::new(room, name));
            }
        }
    }

    /// Closes its connections.
    pub async fn leave(self) {
        self.sparing.summary().for_each(|line| eprintln!("{line}"));
        join_all(self.lines.into_iter().map(Line::close)).await;
    }

    /// That there is no relay, if so, or else the other failure.
    #[must_use]
    pub fn lost_or(&mut self, otherwise: Failure) -> Failure {
        let away = self.lines.first_mut().and_then(Line::why_away);
        away.map_or(otherwise, |why| self.no_relay(why))
    }

    fn no_relay(&self, why: Lost) -> Failure {
        let address = self.relay.to_string();
        match why {
            Lost::Refused(_) | Lost::HungUp(_) => Failure::RelayRefuses { address, why },
            Lost::Envelope(EnvelopeError::UnsupportedVersion(_)) => {
                Failure::RelayDiffers { address, why }
            }
            why => Failure::NoRelay { address, why },
        }
    }

    /// That nobody said that they have what was signed here, and whether that is because there is
    /// no connection.
    #[must_use]
    pub fn not_seen(&mut self, what: &'static str, waited: Duration, advice: String) -> Failure {
        let away = self.lines.first_mut().and_then(Line::why_away);
        Failure::NotSeen {
            what,
            waited,
            why: away.map_or_else(String::new, |why| {
                format!(", there is no connection to the relay: {why}")
            }),
            advice,
        }
    }

    fn tell(&mut self, event: &Event) {
        match event {
            Event::Opened => eprintln!("the poll is here"),
            Event::Syncing { total: 0, .. } => {}
            Event::Syncing { received, total } => self.sparing.say(About::Progress, || {
                format!("fetching ballots and the chair's log: {received} of {total}")
            }),
            Event::Rejoined {
                away,
                ballots,
                revoked,
                ..
            } => self.sparing.say(About::Rejoined, || {
                format!(
                    "back after {} s: {ballots} ballots came in, {revoked} were revoked",
                    away.0 / 1000
                )
            }),
            Event::BoardChanged(_) => self.board_changed = Instant::now(),
            Event::Delivered(_) | Event::VoteMoved | Event::Disputed { .. } => {}
        }
    }
}
