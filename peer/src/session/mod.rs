//! One replica on one relay: socket, timer and replica in one task, one turn after the other.
//!
//! `waits` is what the commands wait for.

mod waits;

use std::time::Duration;

use ed25519_zebra::SigningKey;
use election_core::replica::Replica;
use election_core::replica::io::{Config, Destination, Event, Input, Output, Record, Refusal};
use election_core::wire::envelope::voter_key;
use election_core::wire::link::Link;
use election_core::wire::relay::{EnvelopeError, FromRelay, Notice, ToRelay};
use tokio::time::{Instant, sleep_until};

use crate::clock::Clock;
use crate::error::Failure;
use crate::random;
use crate::relay_address::RelayAddress;
use crate::relay_connection::{Connection, Lost, words};
use crate::voter_file::VoterFile;

/// The first wait before connecting again is at most this; each further one at most twice the one before.
const FIRST_RETRY: Duration = Duration::from_millis(500);
/// The longest wait before connecting again.
const LAST_RETRY: Duration = Duration::from_secs(30);

/// A replica at work. Its commands drive it by [`wait_until`](Self::wait_until) and [`handle`](Self::handle).
pub struct Session {
    replica: Replica,
    relay: RelayAddress,
    room: String,
    clock: Clock,
    connection: Reach,
    /// Where ballots of one's own are kept, if anywhere.
    voter_file: Option<VoterFile>,
}

/// Whether the relay is in reach.
enum Reach {
    Connected(Box<Connection>),
    /// It is tried again at `retry_at`.
    Away {
        retry_at: Instant,
        attempts: u32,
        why: Lost,
    },
}

impl Session {
    /// A replica that holds nothing yet, connected to its poll's room at the relay.
    ///
    /// `chair` says whether it may sign for the chair, if the link holds the chair's key.
    ///
    /// # Errors
    /// [`Failure::NoRelay`].
    pub async fn connect(
        link: &Link,
        relay: RelayAddress,
        voter: SigningKey,
        chair: Option<SigningKey>,
        wait: Duration,
    ) -> Result<Self, Failure> {
        let key = voter_key(&voter);
        let config = Config {
            poll: link.poll,
            secret: link.secret.clone(),
            voter,
            chair,
            precinct: link.precinct(key),
            seed: random::bytes()?,
        };
        let away = Reach::Away {
            retry_at: Instant::now(),
            attempts: 0,
            why: Lost::TimedOut,
        };
        let mut session = Self {
            replica: Replica::new(config),
            room: link.room(key),
            relay,
            clock: Clock::start(),
            connection: away,
            voter_file: None,
        };
        session.reconnect(Instant::now() + wait).await?;
        match session.connection {
            Reach::Connected(_) => Ok(session),
            Reach::Away { why, .. } => Err(Failure::NoRelay {
                address: session.relay.to_string(),
                why,
            }),
        }
    }

    /// What the replica can be asked.
    pub fn replica(&mut self) -> &mut Replica {
        &mut self.replica
    }

    /// Hands an input to the replica, and does what it wants done.
    ///
    /// # Errors
    /// [`Failure::Refused`], and [`Failure::VoterFile`] when a ballot of one's own cannot be kept: it is not sent then.
    pub fn handle(&mut self, input: Input<'_>) -> Result<(), Failure> {
        let handled: Result<(), Refusal> = self.replica.handle(input, self.clock.now());
        self.drain()?;
        Ok(handled?)
    }

    /// From now on, every ballot made here is kept in that file before it is sent. The ballots that it holds already
    /// become part of the replica, which must have its genesis by now.
    ///
    /// # Errors
    /// As [`handle`](Self::handle).
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
            while let Some(output) = self.replica.poll_output() {
                match output {
                    Output::Send { to, bytes } => self.send(to, &bytes),
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
                    Output::Persist { durable: false, .. } => {}
                    Output::Event(event) => tell(&event),
                }
            }
            if persisted.is_empty() {
                return Ok(());
            }
            for id in persisted {
                // Only casting and revoking are refused.
                let _ = self.replica.handle(Input::Persisted(id), self.clock.now());
            }
        }
    }

    fn send(&mut self, to: Destination, payload: &[u8]) {
        let Reach::Connected(connection) = &mut self.connection else {
            return;
        };
        connection.push(match to {
            Destination::Spread(fan_out) => ToRelay::Spread { fan_out, payload }.encode(),
            Destination::Reply(to) => ToRelay::Reply { to, payload }.encode(),
        });
    }

    /// Says goodbye to the relay.
    pub async fn leave(self) {
        if let Reach::Connected(connection) = self.connection {
            connection.close().await;
        }
    }

    /// That there is no relay, if so, or else the other failure.
    #[must_use]
    pub fn lost_or(&mut self, otherwise: Failure) -> Failure {
        match &mut self.connection {
            Reach::Connected(_) => otherwise,
            Reach::Away { why, .. } => {
                let why = std::mem::replace(why, Lost::TimedOut);
                Failure::NoRelay {
                    address: self.relay.to_string(),
                    why,
                }
            }
        }
    }

    /// Waits for the socket, the replica's deadline or `limit`, whichever comes first, and does what is due.
    async fn turn(&mut self, limit: Instant) -> Result<(), Failure> {
        let deadline = self
            .replica
            .next_deadline()
            .map_or(limit, |time| self.clock.instant(time))
            .min(limit);
        match &mut self.connection {
            Reach::Connected(connection) => {
                let silent_at = connection.silent_at();
                tokio::select! {
                    received = connection.next() => match received {
                        Ok(envelope) => self.receive(&envelope)?,
                        Err(why) => self.lose(why)?,
                    },
                    () = sleep_until(deadline.min(silent_at)) => {
                        if Instant::now() >= silent_at {
                            self.lose(Lost::Silent)?;
                        }
                    }
                }
            }
            Reach::Away { retry_at, .. } => {
                let retry_at = *retry_at;
                sleep_until(retry_at.min(deadline)).await;
                if Instant::now() >= retry_at {
                    self.reconnect(limit).await?;
                }
            }
        }
        // Also after a message: a busy socket must not starve the timer.
        if self
            .replica
            .next_deadline()
            .is_some_and(|time| time <= self.clock.now())
        {
            self.handle(Input::Wake)?;
        }
        Ok(())
    }

    fn receive(&mut self, envelope: &[u8]) -> Result<(), Failure> {
        match FromRelay::decode(envelope) {
            Ok(FromRelay::Frame { from, payload }) => self.handle(Input::Frame { from, payload }),
            Ok(FromRelay::Room { size }) => self.handle(Input::Room { size }),
            Ok(FromRelay::Notice(Notice::ReplyTargetGone)) => self.handle(Input::PeerGone),
            Ok(FromRelay::Notice(notice)) => {
                eprintln!("the relay says: {}", words(notice));
                Ok(())
            }
            // A second WELCOME means nothing; a notice of a later version does no harm.
            Ok(FromRelay::Heartbeat | FromRelay::Welcome(_))
            | Err(EnvelopeError::UnknownNotice(_)) => Ok(()),
            Err(error) => self.lose(error.into()),
        }
    }

    fn lose(&mut self, why: Lost) -> Result<(), Failure> {
        let pause = jitter(0)?;
        eprintln!("the relay is lost: {why}; trying again in {pause:?}");
        self.connection = Reach::Away {
            retry_at: Instant::now() + pause,
            attempts: 1,
            why,
        };
        self.handle(Input::Disconnected)
    }

    async fn reconnect(&mut self, limit: Instant) -> Result<(), Failure> {
        match Connection::open(&self.relay, &self.room, limit).await {
            Ok((connection, welcome)) => {
                self.connection = Reach::Connected(Box::new(connection));
                let others = welcome.room_size.saturating_sub(1);
                eprintln!("connected to {}, {others} other(s) there", self.relay);
                self.handle(Input::Connected {
                    room: welcome.room_size,
                })
            }
            Err(lost) => {
                if let Reach::Away {
                    retry_at,
                    attempts,
                    why,
                } = &mut self.connection
                {
                    *retry_at = Instant::now() + jitter(*attempts)?;
                    *attempts = attempts.saturating_add(1);
                    *why = lost;
                }
                Ok(())
            }
        }
    }
}

/// Full jitter: anything from nothing to a span that doubles with every attempt, so that those who lost one relay do
/// not all come back at once.
fn jitter(attempts: u32) -> Result<Duration, Failure> {
    let most = FIRST_RETRY
        .saturating_mul(1 << attempts.min(10))
        .min(LAST_RETRY);
    let share = u32::from_be_bytes(random::bytes()?);
    Ok(Duration::from_millis(
        (most.as_millis() as u64 * u64::from(share)) >> 32,
    ))
}

fn tell(event: &Event) {
    match event {
        Event::Opened => eprintln!("the poll is here"),
        Event::Syncing { total: 0, .. } => {}
        Event::Syncing { received, total } => eprintln!("fetching: {received} of {total} ops"),
        Event::Rejoined {
            away,
            ballots,
            revoked,
            ..
        } => {
            eprintln!(
                "back after {} s: {ballots} ballots came in, {revoked} were revoked",
                away.0 / 1000
            );
        }
        Event::Delivered(_) | Event::VoteMoved => {}
    }
}
