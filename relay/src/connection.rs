//! One WebSocket connection, from its welcome to its close.
//!
//! One task does it all. Waiting happens in one `select!`, whose branches lose nothing when they
//! are dropped; writing happens outside of it and under a timeout, because a write that is dropped
//! half-way would tear the stream.

mod close;

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use election_envelope::{
    EnvelopeError, FromRelay, Handle, MAX_ENVELOPE, MAX_PAYLOAD, Notice, ToRelay, Welcome,
};
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error as SocketError, Message};

use self::close::{End, close};
use crate::address::Address;
use crate::bucket::Bucket;
use crate::frame::{Frame, websocket_frame};
use crate::meter::Metered;
use crate::outbox::{Outbox, Outgoing};
use crate::rate_limit::{RateLimiter, Verdict};
use crate::relay::Relay;
use crate::room_name::RoomName;
use crate::rooms::{Full, Membership};

/// Heartbeats without a sign of life after which a connection is taken for dead.
const SILENT_HEARTBEATS: u32 = 3;
/// Bytes written before the task looks at what comes in again, so that a busy room cannot make it
/// deaf.
const BATCH_BYTES: usize = 64 * 1024;
/// Shorter frames are gathered up to here for one write. A longer one is written from where it
/// lies.
const GATHERED: usize = 4 * 1024;

/// Buffers for very many connections with little traffic each.
fn socket_config(max_payload: usize) -> WebSocketConfig {
    const READ_BUFFER: usize = 4 * 1024;
    const WRITE_BUFFER: usize = 512;
    let longest_header = MAX_ENVELOPE - MAX_PAYLOAD;
    let longest_message = max_payload + longest_header;
    WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        // The library writes welcomes, notices, heartbeats and control frames, all of them short,
        // see `write_batch`.
        .max_write_buffer_size(8 * WRITE_BUFFER)
        .max_message_size(Some(longest_message))
        .max_frame_size(Some(longest_message))
}

/// Serves a stream that has been upgraded, until it ends.
pub(crate) async fn serve_connection<S>(relay: &Relay, stream: S, address: Address, room: RoomName)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let config = socket_config(relay.config.max_payload);
    let stream = Metered::new(stream, &relay.config, Instant::now());
    let mut socket = WebSocketStream::from_raw_socket(stream, Role::Server, Some(config)).await;
    let outbox = Arc::new(Outbox::new(address, relay.config.outbox));
    let mut rng = fastrand::Rng::new();
    let end = match relay.rooms.join(room, Arc::clone(&outbox), &mut rng) {
        Err(Full::Rooms) => End::NO_MORE_ROOMS,
        Err(Full::Room) => End::ROOM_FULL,
        Err(Full::OfAddress) => End::TOO_MANY_OF_ADDRESS,
        Ok(membership) => {
            let now = Instant::now();
            let messages = RateLimiter::new(relay.config.messages, now.into_std());
            let forwarded = Bucket::new(relay.config.forward, now.into_std());
            let connection = Connection {
                relay,
                socket: &mut socket,
                membership,
                outbox,
                rng,
                messages,
                forwarded,
                paused_until: None,
                last_received: now,
            };
            // The membership ends here: the room knows at once, however slow the close.
            connection.run().await
        }
    };
    close(&mut socket, end).await;
}

struct Connection<'a, S> {
    relay: &'a Relay,
    socket: &'a mut WebSocketStream<S>,
    membership: Membership,
    outbox: Arc<Outbox>,
    rng: fastrand::Rng,
    messages: RateLimiter,
    forwarded: Bucket,
    /// Nothing is read before, because the budget is overdrawn. Everything else goes on.
    paused_until: Option<Instant>,
    last_received: Instant,
}

impl<S> Connection<'_, S>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    async fn run(mut self) -> End {
        if let Err(end) = self.welcome().await {
            return end;
        }
        let mut heartbeat = pin!(sleep(self.until_heartbeat()));
        loop {
            let outcome = tokio::select! {
                message = self.socket.next(), if self.paused_until.is_none() => {
                    self.receive(message).await
                }
                () = reached(self.paused_until) => {
                    self.read_again();
                    Ok(())
                }
                () = self.outbox.filled() => self.write_batch().await,
                () = heartbeat.as_mut() => {
                    let next = self.until_heartbeat();
                    heartbeat.as_mut().reset(Instant::now() + next);
                    self.beat().await
                }
                () = self.relay.stop.cancelled() => Err(End::STOPPING),
            };
            if let Err(end) = outcome {
                return end;
            }
        }
    }

    async fn welcome(&mut self) -> Result<(), End> {
        let config = &self.relay.config;
        let welcome = Welcome {
            handle: self.membership.handle,
            room_size: self.membership.size_at_entry,
            max_payload: u32::try_from(config.max_payload).unwrap_or(u32::MAX),
            heartbeat_seconds: u16::try_from(config.heartbeat.as_secs()).unwrap_or(u16::MAX),
        };
        self.write(FromRelay::Welcome(welcome).encode().into())
            .await?;
        self.flush().await
    }

    async fn receive(&mut self, message: Option<Result<Message, SocketError>>) -> Result<(), End> {
        let message = message
            .ok_or(End::Left)?
            .map_err(|error| End::after(&error))?;
        let now = Instant::now();
        self.last_received = now;
        match self.messages.judge(now.into_std()) {
            Verdict::Pass => {}
            Verdict::Flood => return Err(End::FLOOD),
            Verdict::Drop { tell } => {
                self.relay
                    .metrics
                    .frames_dropped
                    .add(u64::from(message.is_binary()));
                return if tell {
                    self.notify(Notice::TooFast).await
                } else {
                    Ok(())
                };
            }
        }
        match message {
            Message::Binary(bytes) => self.forward(&bytes).await,
            Message::Text(_) => Err(End::TEXT),
            Message::Close(_) => Err(End::Left),
            // The library answers pings.
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => Ok(()),
        }
    }

    async fn forward(&mut self, envelope: &[u8]) -> Result<(), End> {
        match ToRelay::decode(envelope) {
            Ok(ToRelay::Spread { fan_out, payload }) => {
                let frame = self.frame(payload)?;
                let now = Instant::now().into_std();
                let spread = self.membership.spread(&mut self.rng, fan_out, frame, now);
                self.pay(payload, spread);
                Ok(())
            }
            Ok(ToRelay::Reply { to, payload }) => self.reply(to, payload).await,
            Err(EnvelopeError::PayloadTooLarge(_)) => Err(End::TOO_LARGE),
            Err(_) => Err(End::MALFORMED),
        }
    }

    async fn reply(&mut self, to: Handle, payload: &[u8]) -> Result<(), End> {
        let frame = self.frame(payload)?;
        let now = Instant::now().into_std();
        match self.membership.reply(to, frame, now) {
            Ok(()) => {
                self.pay(payload, 1);
                Ok(())
            }
            Err(_gone) => self.notify(Notice::ReplyTargetGone { target: to }).await,
        }
    }

    /// Pays for what was forwarded, and stops reading if that overdraws the budget.
    fn pay(&mut self, payload: &[u8], receivers: usize) {
        let now = Instant::now();
        let bytes = payload.len() as u64 * receivers as u64;
        let pause = self.forwarded.pay(bytes, now.into_std());
        if !pause.is_zero() {
            self.paused_until = Some(now + pause);
            self.relay.metrics.pauses.add(1);
        }
    }

    /// Ends a pause, which was the relay's doing: neither a silence nor a rush is held against the
    /// client.
    fn read_again(&mut self) {
        let now = Instant::now();
        self.paused_until = None;
        self.last_received = now;
        self.messages.read_again(now.into_std());
    }

    fn frame(&self, payload: &[u8]) -> Result<Arc<Frame>, End> {
        if payload.len() > self.relay.config.max_payload {
            return Err(End::TOO_LARGE);
        }
        let metrics = &self.relay.metrics;
        metrics.frames_in.add(1);
        metrics.payload_bytes_in.add(payload.len() as u64);
        Ok(self.membership.frame(payload))
    }

    /// Writes what waits, past the library: it would copy each frame into a buffer that never
    /// shrinks.
    async fn write_batch(&mut self) -> Result<(), End> {
        // All that the library has to say, so that nothing of it gets into the middle of a frame.
        self.flush().await?;
        let mut gathered = Vec::new();
        let mut taken = 0;
        while taken < BATCH_BYTES {
            let Some(outgoing) = self.outbox.pop(Instant::now().into_std()) else {
                break;
            };
            let (bytes, payload) = match outgoing {
                Outgoing::RoomSize(size) => {
                    let envelope = FromRelay::Room { size }.encode();
                    gathered.extend_from_slice(&websocket_frame(&envelope));
                    continue;
                }
                Outgoing::Frame { bytes, payload } => (bytes, payload),
            };
            if gathered.len() + bytes.len() > GATHERED {
                self.write_bytes(&std::mem::take(&mut gathered)).await?;
            }
            if bytes.len() > GATHERED {
                self.write_bytes(&bytes).await?;
            } else {
                gathered.extend_from_slice(&bytes);
            }
            taken += bytes.len();
            let metrics = &self.relay.metrics;
            metrics.frames_out.add(1);
            metrics.payload_bytes_out.add(payload as u64);
        }
        self.write_bytes(&gathered).await?;
        self.outbox.written();
        Ok(())
    }

    async fn write_bytes(&mut self, bytes: &[u8]) -> Result<(), End> {
        let writing = self.socket.get_mut().write_all(bytes);
        tokio::select! {
            biased;
            outcome = timeout(self.relay.config.write_timeout, writing) => match outcome {
                Ok(Ok(())) => Ok(()),
                Ok(Err(_)) | Err(_) => Err(End::Lost),
            },
            () = self.outbox.hung_up() => Err(End::Lost),
        }
    }

    async fn beat(&mut self) -> Result<(), End> {
        let listening = self.paused_until.is_none();
        let silence = self.last_received.elapsed();
        if listening && silence > SILENT_HEARTBEATS * self.relay.config.heartbeat {
            return Err(End::SILENT);
        }
        self.write(FromRelay::Heartbeat.encode().into()).await?;
        // A page does not see this, but its browser answers: that is how the relay knows that it is
        // there.
        self.write_message(Message::Ping(Bytes::new())).await?;
        self.flush().await
    }

    /// Never longer than announced, and jittered: connections that came together need not beat
    /// together.
    fn until_heartbeat(&mut self) -> Duration {
        self.relay
            .config
            .heartbeat
            .mul_f64(0.75 + 0.25 * self.rng.f64())
    }

    async fn notify(&mut self, notice: Notice) -> Result<(), End> {
        self.write(FromRelay::Notice(notice).encode().into())
            .await?;
        self.flush().await
    }

    async fn write(&mut self, envelope: Bytes) -> Result<(), End> {
        self.write_message(Message::Binary(envelope)).await
    }

    async fn write_message(&mut self, message: Message) -> Result<(), End> {
        written(timeout(self.relay.config.write_timeout, self.socket.feed(message)).await)
    }

    async fn flush(&mut self) -> Result<(), End> {
        written(timeout(self.relay.config.write_timeout, self.socket.flush()).await)
    }
}

/// Waits until then; for ever without a then.
async fn reached(instant: Option<Instant>) {
    match instant {
        Some(instant) => sleep_until(instant).await,
        None => std::future::pending().await,
    }
}

fn written(
    outcome: Result<Result<(), SocketError>, tokio::time::error::Elapsed>,
) -> Result<(), End> {
    match outcome {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(End::Lost),
    }
}

#[cfg(test)]
mod tests;
