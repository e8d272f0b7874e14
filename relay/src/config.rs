//! Every limit of the relay, in one place.

use std::path::PathBuf;
use std::time::Duration;

use election_envelope::MAX_PAYLOAD;
use ipnet::IpNet;
use thiserror::Error;

/// What one relay allows, and what it serves.
///
/// The defaults suit a machine with 1 GiB of memory behind a TLS proxy.
#[derive(Clone, Debug)]
pub struct Config {
    /// The folder of the built page, with its `index.html`. None: a relay without a page.
    pub dist: Option<PathBuf>,
    /// Origins, such as `https://polls.example.org`, whose pages may connect beside the relay's
    /// own.
    pub allowed_origins: Vec<String>,
    /// Proxies in front of the relay, whose `X-Forwarded-For` says where a request is from. Without
    /// any, loopback is exempt from limits by address; with one it counts like every other address.
    pub proxies: Vec<IpNet>,
    /// Open sockets of any kind, 1..=1 000 000. The process needs as many file descriptors and some
    /// 50 more.
    pub max_connections: usize,
    /// Open sockets of one IPv4 address or one IPv6 /64, 1..=1 000 000. A school behind one address
    /// has a socket for each tab, and for a moment up to six more while it loads the page.
    pub max_connections_per_address: usize,
    /// Members of one room, 2..=1 000 000. Each change of size is told to all of them, at most
    /// twice a second.
    pub max_room_size: usize,
    /// Members of one room with one address, 1..=1 000 000: nobody fills a room alone.
    pub max_room_size_per_address: usize,
    /// Rooms with at least one member, 1..=1 000 000.
    pub max_rooms: usize,
    /// The longest payload of one frame in bytes, 1..=[`MAX_PAYLOAD`].
    pub max_payload: usize,
    /// What waits for one slow reader. Beyond it the oldest is dropped.
    pub outbox: OutboxLimit,
    /// What waits for all readers together, in bytes, at least 1 MiB; a frame that waits for
    /// several counts once. Beyond it those give way who have not read for longest, see `backlog`.
    /// What is being written may take half as much again.
    pub outbox_budget: usize,
    /// The system's buffer for what is written to a socket, in bytes, 4 KiB..=16 MiB; Linux doubles
    /// it for its own needs. What one connection can be sent in a round trip.
    pub send_buffer: usize,
    /// The same for what is read of a socket. What one connection can send in a round trip.
    pub receive_buffer: usize,
    /// Frames that a connection may send in bursts and in the long run.
    pub messages: MessageRateLimit,
    /// Bytes that the relay reads of a connection, whatever they are. Who sends faster is read
    /// later: nothing is lost. WebSocket frames, be they messages, fragments or control frames,
    /// have a limit of their own: 20 times the rate of messages, or 4 000 a second if that is more.
    pub read: RateLimit,
    /// Sockets accepted a second in the long run, 1..=1 000 000; twice as many at once. The others
    /// wait for their turn.
    pub accepts_per_second: u32,
    /// The same of one address. The others are turned away.
    pub accepts_per_second_per_address: u32,
    /// Bytes that the relay forwards for a connection: the payload of a SPREAD times its receivers,
    /// that of a REPLY once. Who has more forwarded is read later: nothing is lost. The longest
    /// payload to 255 receivers holds its sender up for 2 s at 8 MiB, for 16 s at 1 MiB.
    pub forward: RateLimit,
    /// From accepting a socket to its whole request, and from one request to the next. Above 0.
    pub handshake_timeout: Duration,
    /// How long a connection that asks for files may take in all before it is asked to come back,
    /// and then again as long to finish the file at hand. Above 0.
    pub page_connection_lifetime: Duration,
    /// How long one write may take before the connection counts as dead. Above 0; below about 2 s
    /// slow phones suffer.
    pub write_timeout: Duration,
    /// A connection receives something from the relay at least this often, 1 s..=18 h. Above 25 s, proxies and
    /// hidden tabs drop off.
    pub heartbeat: Duration,
    /// The least time between two announcements of room sizes. Above 0.
    pub announce_interval: Duration,
    /// How long a stopping relay waits for its connections to close.
    pub stop_timeout: Duration,
}

/// The bound of one connection's outbox; whichever is reached first counts.
#[derive(Clone, Copy, Debug)]
pub struct OutboxLimit {
    /// Frames of each lane, replies and spread ones, at least 1.
    pub frames: usize,
    /// Bytes of both lanes together and of the frame that is being written, at least 1. A single
    /// frame is taken even if it is longer.
    pub bytes: usize,
}

/// How fast a connection may send.
#[derive(Clone, Copy, Debug)]
pub struct MessageRateLimit {
    /// Messages a second in the long run, 1..=1 000 000.
    pub per_second: u32,
    /// Messages at once after a pause, 1..=1 000 000; at least one second's worth makes sense.
    pub burst: u32,
    /// Whoever sends more than ten times `per_second` in each of this many seconds in a row is cut
    /// off. At least 1.
    pub flood_seconds: u32,
}

/// So many units a second in the long run: bytes, frames, or sockets.
#[derive(Clone, Copy, Debug)]
pub struct RateLimit {
    /// Units a second, at most 2⁴⁰; of bytes at least 64 KiB.
    pub per_second: u64,
    /// Units at once after a pause, 1..=2⁴⁰; at least one second's worth makes sense. The last of
    /// them carry a message of any length.
    pub burst: u64,
}

impl RateLimit {
    pub(crate) const LEAST_BYTES: u64 = 64 * 1024;
    pub(crate) const MOST: u64 = 1 << 40;
}

impl Default for Config {
    fn default() -> Self {
        Self {
            dist: None,
            allowed_origins: Vec::new(),
            max_connections: 10_000,
            proxies: Vec::new(),
            max_connections_per_address: 2_048,
            max_room_size: 5_000,
            max_room_size_per_address: 640,
            max_rooms: 10_000,
            max_payload: MAX_PAYLOAD,
            // With the system's 48 KiB for a sender and what a connection takes anyway, a stalled
            // reader costs less than 256 KiB; and a comparison's window of six frames fits, so that
            // a slow reader loses none.
            outbox: OutboxLimit {
                frames: 256,
                bytes: 190 * 1024,
            },
            outbox_budget: 64 * 1024 * 1024,
            send_buffer: 24 * 1024,
            receive_buffer: 32 * 1024,
            messages: MessageRateLimit {
                per_second: 200,
                burst: 400,
                flood_seconds: 10,
            },
            forward: RateLimit {
                per_second: 8 * 1024 * 1024,
                burst: 32 * 1024 * 1024,
            },
            read: RateLimit {
                per_second: 16 * 1024 * 1024,
                burst: 32 * 1024 * 1024,
            },
            accepts_per_second: 1_000,
            accepts_per_second_per_address: 500,
            handshake_timeout: Duration::from_secs(10),
            page_connection_lifetime: Duration::from_secs(120),
            write_timeout: Duration::from_secs(10),
            heartbeat: Duration::from_secs(20),
            announce_interval: Duration::from_millis(500),
            stop_timeout: Duration::from_secs(5),
        }
    }
}

/// A limit that makes no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the limit `{name}` must be {range}")]
pub struct ConfigError {
    name: &'static str,
    range: &'static str,
}

const MOST: usize = 1_000_000;
const MIB: usize = 1024 * 1024;

impl Config {
    /// Whether connections from this machine count like those of every other address.
    pub(crate) fn counts_loopback(&self) -> bool {
        !self.proxies.is_empty()
    }

    /// Refuses limits outside of their documented range.
    ///
    /// # Errors
    /// The first limit that is out of range.
    pub fn check(&self) -> Result<(), ConfigError> {
        let up_to_a_million = "1 to 1 000 000";
        let ensure = |holds: bool, name, range| {
            if holds {
                Ok(())
            } else {
                Err(ConfigError { name, range })
            }
        };
        let counts = [
            (self.max_connections, "connections"),
            (self.max_connections_per_address, "connections per address"),
            (
                self.max_room_size_per_address,
                "members of a room per address",
            ),
            (self.max_rooms, "rooms"),
            (self.messages.per_second as usize, "frames per second"),
            (self.messages.burst as usize, "burst of frames"),
            (
                self.accepts_per_second as usize,
                "accepted connections per second",
            ),
            (
                self.accepts_per_second_per_address as usize,
                "accepted connections per second and address",
            ),
        ];
        for (value, name) in counts {
            ensure((1..=MOST).contains(&value), name, up_to_a_million)?;
        }
        ensure(
            (2..=MOST).contains(&self.max_room_size),
            "room size",
            "2 to 1 000 000",
        )?;
        ensure(
            (1..=MAX_PAYLOAD).contains(&self.max_payload),
            "payload",
            "1 to 65 600 bytes",
        )?;
        ensure(self.outbox.frames >= 1, "frames of a lane", "at least 1")?;
        ensure(self.outbox.bytes >= 1, "bytes of an outbox", "at least 1")?;
        ensure(
            (MIB..=MIB * MIB).contains(&self.outbox_budget),
            "bytes of all outboxes",
            "1 048 576 to 1 099 511 627 776",
        )?;
        let buffers = [
            (self.send_buffer, "send buffer"),
            (self.receive_buffer, "receive buffer"),
        ];
        for (bytes, name) in buffers {
            let range = 4 * 1024..=16 * MIB;
            ensure(range.contains(&bytes), name, "4 096 to 16 777 216 bytes")?;
        }
        ensure(
            self.messages.flood_seconds >= 1,
            "seconds of flood",
            "at least 1",
        )?;
        let rates = [
            (
                self.forward,
                "forwarded bytes per second",
                "burst of forwarded bytes",
            ),
            (self.read, "read bytes per second", "burst of read bytes"),
        ];
        for (rate, long_run, burst) in rates {
            ensure(
                (RateLimit::LEAST_BYTES..=RateLimit::MOST).contains(&rate.per_second),
                long_run,
                "65 536 to 1 099 511 627 776",
            )?;
            ensure(
                (1..=RateLimit::MOST).contains(&rate.burst),
                burst,
                "1 to 1 099 511 627 776",
            )?;
        }
        let longest_heartbeat = Duration::from_secs(18 * 60 * 60);
        let heartbeat_fits = (Duration::from_secs(1)..=longest_heartbeat).contains(&self.heartbeat);
        ensure(heartbeat_fits, "heartbeat", "1 second to 18 hours")?;
        let times = [
            (self.handshake_timeout, "handshake timeout"),
            (self.page_connection_lifetime, "page connection lifetime"),
            (self.write_timeout, "write timeout"),
            (self.announce_interval, "announce interval"),
        ];
        for (time, name) in times {
            ensure(!time.is_zero(), name, "above 0")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_limits_are_in_range() {
        assert_eq!(Config::default().check(), Ok(()));
    }

    #[test]
    fn a_limit_out_of_range_is_named() {
        let config = Config {
            max_room_size: 1,
            ..Config::default()
        };
        let message = config.check().map_err(|error| error.to_string());
        assert_eq!(
            message,
            Err("the limit `room size` must be 2 to 1 000 000".to_owned())
        );
        let config = Config {
            max_payload: MAX_PAYLOAD + 1,
            ..Config::default()
        };
        assert!(config.check().is_err());
        let config = Config {
            forward: RateLimit {
                per_second: 64 * 1024 - 1,
                burst: 1,
            },
            ..Config::default()
        };
        assert!(config.check().is_err());
        let config = Config {
            heartbeat: Duration::ZERO,
            ..Config::default()
        };
        assert!(config.check().is_err());
    }
}
