//! One WebSocket to the relay, from its WELCOME to its loss.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use election_core::wire::relay::{EnvelopeError, FromRelay, MAX_ENVELOPE, Notice, Welcome};
use futures_util::{SinkExt, StreamExt, future::poll_fn};
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use thiserror::Error;
use tokio::net::TcpStream;
use tokio::time::{Duration, Instant, timeout, timeout_at};
use tokio_tungstenite::tungstenite::{
    self, Bytes, Message, protocol::CloseFrame, protocol::WebSocketConfig,
};
use tokio_tungstenite::{
    Connector, MaybeTlsStream, WebSocketStream, connect_async_tls_with_config,
};

use crate::relay_address::RelayAddress;

/// How many envelopes may wait for a slow socket. The oldest go first: gossip is repaired by
/// comparing sets.
const MAX_WAITING: usize = 256;
/// How long a relay has to take the connection and say WELCOME.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long closing may take.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);
/// A relay that was silent for so many of its heartbeats is gone.
const SILENT_HEARTBEATS: u32 = 3;

/// The most characters of what the other side says that are repeated.
const MAX_SAID: usize = 200;

/// Why there is no connection, or none any more.
#[derive(Debug, Error)]
pub enum Lost {
    /// Nothing came in time.
    #[error("no answer in time")]
    TimedOut,
    /// It came, and then nothing any more.
    #[error("it fell silent")]
    Silent,
    /// The network, or the TLS on it.
    #[error("{0}")]
    Network(io::Error),
    /// Something answered, and not like a relay.
    #[error("what answers there is not a relay ({0})")]
    NotARelay(String),
    /// The relay's envelopes cannot be read.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// The relay hung up, with its reason.
    #[error("the relay hung up: {0}")]
    HungUp(String),
    /// The relay is there, and does not want this connection.
    #[error("{0}")]
    Refused(String),
}

/// A connection that has been let into its room.
pub struct Connection {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    waiting: VecDeque<Vec<u8>>,
    last_received: Instant,
    silence: Duration,
}

impl Connection {
    /// Connects and waits for the WELCOME, until `limit` or for ten seconds.
    ///
    /// # Errors
    /// [`Lost`] with what came instead.
    pub async fn open(
        relay: RelayAddress,
        room: String,
        limit: Instant,
    ) -> Result<(Self, Welcome), Lost> {
        let limit = limit.min(Instant::now() + CONNECT_TIMEOUT);
        timeout_at(limit, Self::open_unhurried(&relay, &room))
            .await
            .unwrap_or(Err(Lost::TimedOut))
    }

    async fn open_unhurried(relay: &RelayAddress, room: &str) -> Result<(Self, Welcome), Lost> {
        let connector = if relay.is_secure() {
            secure_connector()?
        } else {
            Connector::Plain
        };
        let (socket, _) =
            connect_async_tls_with_config(relay.room(room), Some(limits()), true, Some(connector))
                .await?;
        let mut connection = Self {
            socket,
            waiting: VecDeque::new(),
            last_received: Instant::now(),
            silence: CONNECT_TIMEOUT,
        };
        loop {
            let envelope = poll_fn(|context| connection.poll(context)).await?;
            match FromRelay::decode(&envelope) {
                Ok(FromRelay::Welcome(welcome)) => {
                    let heartbeat = Duration::from_secs(welcome.heartbeat_seconds.max(1).into());
                    connection.silence = SILENT_HEARTBEATS * heartbeat;
                    return Ok((connection, welcome));
                }
                Ok(FromRelay::Notice(notice)) if ends(notice) => {
                    return Err(Lost::Refused(words(notice).to_owned()));
                }
                Ok(FromRelay::Notice(_)) => {}
                Err(error) if error.is_of_a_later_relay() => {}
                Ok(_) => {
                    let why = "its first message is no WELCOME";
                    return Err(Lost::NotARelay(why.to_owned()));
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Queues an envelope; [`poll`](Self::poll) sends it.
    pub fn push(&mut self, envelope: Vec<u8>) {
        if self.waiting.len() == MAX_WAITING {
            self.waiting.pop_front();
        }
        self.waiting.push_back(envelope);
    }

    /// When the relay counts as gone, if nothing is received until then.
    #[must_use]
    pub fn silent_at(&self) -> Instant {
        self.last_received + self.silence
    }

    /// Sends what waits until the next envelope comes. All that is half done is kept here.
    ///
    /// # Errors
    /// [`Lost`]; the connection is of no use any more.
    pub fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<Bytes, Lost>> {
        // A socket that takes no more bytes must not keep this side from reading: two sides that
        // both only write would wait for each other.
        while !self.waiting.is_empty() {
            match self.socket.poll_ready_unpin(context)? {
                Poll::Ready(()) => {
                    if let Some(envelope) = self.waiting.pop_front() {
                        self.socket
                            .start_send_unpin(Message::Binary(envelope.into()))?;
                    }
                }
                Poll::Pending => break,
            }
        }
        if let Poll::Ready(flushed) = self.socket.poll_flush_unpin(context) {
            flushed?;
        }
        loop {
            let message = ready!(self.socket.poll_next_unpin(context));
            self.last_received = Instant::now();
            match message {
                Some(Ok(Message::Binary(envelope))) => return Poll::Ready(Ok(envelope)),
                Some(Ok(Message::Close(frame))) => {
                    return Poll::Ready(Err(Lost::hung_up(frame.as_ref())));
                }
                // Pings are answered by the socket itself.
                Some(Ok(_)) => {}
                Some(Err(error)) => return Poll::Ready(Err(error.into())),
                None => return Poll::Ready(Err(Lost::hung_up(None))),
            }
        }
    }

    /// Sends what waits, and closes, so that the others see at once that this replica has
    /// left.
    pub async fn close(mut self) {
        let closing = async {
            for envelope in self.waiting.drain(..) {
                self.socket.feed(Message::Binary(envelope.into())).await?;
            }
            self.socket.close(None).await
        };
        // Whoever is gone already needs no close.
        let _ = timeout(CLOSE_TIMEOUT, closing).await;
    }
}

/// Whether the relay hangs up after such a notice, whatever else is said.
#[must_use]
pub fn ends(notice: Notice) -> bool {
    match notice {
        Notice::PayloadTooLarge | Notice::Stopping | Notice::RoomFull | Notice::Malformed => true,
        Notice::ReplyTargetGone { .. } | Notice::TooFast => false,
    }
}

/// What a notice means for the one who reads it.
#[must_use]
pub fn words(notice: Notice) -> &'static str {
    match notice {
        Notice::ReplyTargetGone { .. } => "a replica that was answered has left",
        Notice::PayloadTooLarge => "a frame was longer than this relay takes",
        Notice::TooFast => "this replica sent too fast, and a frame was dropped",
        Notice::Stopping => "the relay is stopping",
        Notice::RoomFull => {
            "the poll's room is full, or the relay, or what your address may have of them"
        }
        Notice::Malformed => "the relay did not understand a message",
    }
}

impl Lost {
    fn hung_up(frame: Option<&CloseFrame>) -> Self {
        Self::HungUp(match frame {
            Some(frame) if !frame.reason.is_empty() => printable(&frame.reason),
            Some(frame) => format!("it gave no reason but the code {}", u16::from(frame.code)),
            None => "it gave no reason".to_owned(),
        })
    }
}

/// What the other side wrote, for a terminal: on one line, without what would steer it, and no
/// novel.
fn printable(text: &str) -> String {
    let seen = text.trim().chars().filter(|c| !c.is_control());
    seen.take(MAX_SAID).collect()
}

impl From<tungstenite::Error> for Lost {
    fn from(error: tungstenite::Error) -> Self {
        match error {
            tungstenite::Error::Io(error) => Self::Network(error),
            tungstenite::Error::Http(response) => {
                let status = response.status();
                let body = response.body().as_deref().unwrap_or_default();
                let body = String::from_utf8_lossy(body);
                let said = match printable(body.lines().next().unwrap_or_default()) {
                    said if said.is_empty() => format!("HTTP status {status}"),
                    said => format!("HTTP status {status}: {said}"),
                };
                match status.as_u16() {
                    403 | 429 | 503 => Self::Refused(said),
                    _ => Self::NotARelay(said),
                }
            }
            tungstenite::Error::ConnectionClosed | tungstenite::Error::AlreadyClosed => {
                Self::hung_up(None)
            }
            other => Self::NotARelay(other.to_string()),
        }
    }
}

/// Room for one envelope and little more: the defaults are made for few large messages.
fn limits() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(16 * 1024)
        .write_buffer_size(16 * 1024)
        .max_write_buffer_size(4 * MAX_ENVELOPE)
        .max_message_size(Some(MAX_ENVELOPE))
        .max_frame_size(Some(MAX_ENVELOPE))
}

/// TLS for wss, with the roots that browsers trust. The provider is named, because a default one
/// exists only as long as no other crate of the build brings a second.
fn secure_connector() -> Result<Connector, Lost> {
    let roots = RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| Lost::Network(io::Error::other(error)))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Connector::Rustls(Arc::new(config)))
}
