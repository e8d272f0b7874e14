//! One of the rooms that a tab is in at the relay: connected, being connected to, or waiting to be.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use election_core::replica::io::RoomId;
use election_core::wire::relay::{Notice, Welcome};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Bytes;

use crate::error::Failure;
use crate::random;
use crate::relay_address::RelayAddress;
use crate::relay_connection::{CONNECT_TIMEOUT, Connection, Lost, ends, words};

use super::back_off::{BackOff, HELD};

type Opened = Result<(Connection, Welcome), Lost>;

/// See the [module](self).
pub(super) struct Line {
    /// Which room, for the tab.
    pub room: RoomId,
    /// Its name, at the relay.
    name: String,
    reach: Reach,
    back_off: BackOff,
    /// Why the relay is about to hang up, as it said.
    refusal: Option<Notice>,
    /// Why there is no connection.
    why: Lost,
}

enum Reach {
    Connected {
        connection: Box<Connection>,
        since: Instant,
    },
    Connecting(Pin<Box<dyn Future<Output = Opened> + Send>>),
    /// It is tried again then.
    Away(Instant),
}

/// What happened on a line.
pub(super) enum LineEvent {
    /// There is a connection.
    Opened(Welcome),
    /// There is none yet; it is tried again.
    Failed,
    /// An envelope came.
    Received(Bytes),
    /// The connection is of no use any more.
    Lost(Lost),
}

impl Line {
    /// A line that is to be connected at once.
    pub fn new(room: RoomId, name: String) -> Self {
        Self {
            room,
            name,
            reach: Reach::Away(Instant::now()),
            back_off: BackOff::default(),
            refusal: None,
            why: Lost::TimedOut,
        }
    }

    /// Connects, and waits for it: for the first connection, without which nothing else is worth
    /// trying.
    ///
    /// # Errors
    /// [`Lost`].
    pub async fn open(&mut self, relay: &RelayAddress, limit: Instant) -> Result<Welcome, Lost> {
        let (connection, welcome) =
            Connection::open(relay.clone(), self.name.clone(), limit).await?;
        self.reach = Reach::connected(connection);
        Ok(welcome)
    }

    /// Why there is no connection; `None` while there is one.
    pub fn why_away(&mut self) -> Option<Lost> {
        let connected = matches!(self.reach, Reach::Connected { .. });
        (!connected).then(|| std::mem::replace(&mut self.why, Lost::TimedOut))
    }

    /// Queues an envelope, if there is a connection.
    pub fn push(&mut self, envelope: Vec<u8>) {
        if let Reach::Connected { connection, .. } = &mut self.reach {
            connection.push(envelope);
        }
    }

    /// Goes on with what is under way, until something happens.
    ///
    /// # Errors
    /// [`Failure::Random`].
    pub fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<LineEvent, Failure>> {
        match &mut self.reach {
            Reach::Connected { connection, .. } => {
                connection.poll(context).map(|received| match received {
                    Ok(envelope) => Ok(LineEvent::Received(envelope)),
                    Err(why) => Ok(LineEvent::Lost(why)),
                })
            }
            Reach::Connecting(opening) => match opening.as_mut().poll(context) {
                Poll::Ready(Ok((connection, welcome))) => {
                    self.reach = Reach::connected(connection);
                    Poll::Ready(Ok(LineEvent::Opened(welcome)))
                }
                Poll::Ready(Err(why)) => Poll::Ready(self.lose(why).map(|_| LineEvent::Failed)),
                Poll::Pending => Poll::Pending,
            },
            Reach::Away(_) => Poll::Pending,
        }
    }

    /// When [`keep_time`](Self::keep_time) has something to do.
    pub fn due(&self) -> Option<Instant> {
        match &self.reach {
            Reach::Connected { connection, .. } => Some(connection.silent_at()),
            Reach::Connecting(_) => None,
            Reach::Away(retry_at) => Some(*retry_at),
        }
    }

    /// Connects again when it is time to; says so when the relay has fallen silent.
    pub fn keep_time(&mut self, relay: &RelayAddress) -> Option<LineEvent> {
        let now = Instant::now();
        match &self.reach {
            Reach::Connected { connection, .. } if connection.silent_at() <= now => {
                Some(LineEvent::Lost(Lost::Silent))
            }
            Reach::Away(retry_at) if *retry_at <= now => {
                let opening =
                    Connection::open(relay.clone(), self.name.clone(), now + CONNECT_TIMEOUT);
                self.reach = Reach::Connecting(Box::pin(opening));
                None
            }
            _ => None,
        }
    }

    /// Remembers that the relay said why it is about to hang up.
    pub fn heed(&mut self, notice: Notice) {
        if ends(notice) {
            self.refusal = Some(notice);
        }
    }

    /// Whether there has been a connection for long enough to be a good one.
    pub fn has_held(&self) -> bool {
        self.held() >= HELD
    }

    fn held(&self) -> Duration {
        match &self.reach {
            Reach::Connected { since, .. } => since.elapsed(),
            _ => Duration::ZERO,
        }
    }

    /// Gives the connection up, to connect again after the pause that it returns.
    ///
    /// # Errors
    /// [`Failure::Random`].
    pub fn lose(&mut self, why: Lost) -> Result<Duration, Failure> {
        let share = u32::from_be_bytes(random::bytes()?);
        let pause = self.back_off.after_loss(self.held(), share);
        self.reach = Reach::Away(Instant::now() + pause);
        self.why = match self.refusal.take() {
            Some(notice) => Lost::Refused(words(notice).to_owned()),
            None => why,
        };
        Ok(pause)
    }

    /// Why there is no connection, in words.
    pub fn why(&self) -> &Lost {
        &self.why
    }

    /// Sends what waits, and closes the connection.
    pub async fn close(self) {
        if let Reach::Connected { connection, .. } = self.reach {
            connection.close().await;
        }
    }
}

impl Reach {
    fn connected(connection: Connection) -> Self {
        Self::Connected {
            connection: Box::new(connection),
            since: Instant::now(),
        }
    }
}
