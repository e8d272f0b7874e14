//! Every limit of the relay, in one place.

use std::path::PathBuf;
use std::time::Duration;

use election_core::wire::relay::MAX_PAYLOAD;
use thiserror::Error;

/// What one relay allows, and what it serves.
///
/// The defaults suit a machine with 1 GiB of memory behind a TLS proxy.
#[derive(Clone, Debug)]
pub struct Config {
    /// The folder of the built page, with its `index.html`. None: a relay without a page.
    pub dist: Option<PathBuf>,
    /// Origins, such as `https://polls.example.org`, whose pages may connect beside the relay's own.
    pub allowed_origins: Vec<String>,
    /// Open sockets of any kind, 1..=1 000 000. The process needs as many file descriptors and some 50 more.
    pub max_connections: usize,
    /// Open sockets of one IPv4 address or one IPv6 /64, 1..=1 000 000. Loopback, where a proxy sits, is exempt.
    pub max_connections_per_address: usize,
    /// Members of one room, 2..=1 000 000. Each change of size is told to all of them, at most twice a second.
    pub max_room_size: usize,
    /// Rooms with at least one member, 1..=1 000 000.
    pub max_rooms: usize,
    /// The longest payload of one frame in bytes, 1..=[`MAX_PAYLOAD`].
    pub max_payload: usize,
    /// What waits for a slow reader, for replies and for spread frames each. Beyond it the oldest is dropped.
    pub lane: LaneLimit,
    /// Frames that a connection may send in bursts and in the long run.
    pub pace: PaceLimit,
    /// Bytes that the relay reads of a connection in bursts and in the long run, whatever they are: a slower connection
    /// is made of a faster one. Frames, fragments and control frames are read at up to 20 times the pace of messages, or 4 000 a
    /// second if that is more.
    pub read: ForwardLimit,
    /// Sockets accepted a second in the long run, 1..=1 000 000; twice as many at once. The others wait for their turn.
    pub accepts_per_second: u32,
    /// Bytes that the relay forwards for a connection in bursts and in the long run. Above it the connection waits.
    pub forward: ForwardLimit,
    /// From accepting a socket to its whole request, and from one request to the next. Above 0.
    pub handshake_timeout: Duration,
    /// How long a connection that asks for files may take in all before it is asked to come back, and then again as
    /// long to finish the file at hand. Above 0.
    pub page_connection_lifetime: Duration,
    /// How long one write may take before the connection counts as dead. Above 0; below about 2 s slow phones suffer.
    pub write_timeout: Duration,
    /// A connection hears from the relay at least this often, 1 s..=18 h. Above 25 s, proxies and hidden tabs drop off.
    pub heartbeat: Duration,
    /// The least time between two announcements of room sizes. Above 0.
    pub announce_interval: Duration,
    /// How long a stopping relay waits for its connections to say goodbye.
    pub stop_timeout: Duration,
}

/// The bound of one lane of a connection's outbox; whichever is reached first counts.
#[derive(Clone, Copy, Debug)]
pub struct LaneLimit {
    /// Frames, at least 1.
    pub frames: usize,
    /// Bytes with headers. A single frame is taken even if it is longer.
    pub bytes: usize,
}

/// How fast a connection may send.
#[derive(Clone, Copy, Debug)]
pub struct PaceLimit {
    /// Messages a second in the long run, 1..=1 000 000.
    pub per_second: u32,
    /// Messages at once after a pause, 1..=1 000 000; at least one second's worth makes sense.
    pub burst: u32,
    /// Whoever sends more than ten times `per_second` in each of this many seconds in a row is cut off. At least 1.
    pub flood_seconds: u32,
}

/// How many bytes are read of one connection, or forwarded for it, the latter counted so: the payload of a SPREAD times its receivers, that of a REPLY once.
///
/// Whoever is above it is not read until it is below it again, which loses nothing: the sender's own system waits.
#[derive(Clone, Copy, Debug)]
pub struct ForwardLimit {
    /// Bytes a second in the long run, 64 KiB..=1 TiB. The longest payload to 255 receivers holds its sender up for
    /// 2 s at 8 MiB, for 16 s at 1 MiB.
    pub bytes_per_second: u64,
    /// Bytes at once after a pause, 1..=1 TiB; at least one second's worth makes sense. The last of them carry a
    /// message of any length.
    pub burst: u64,
}

impl ForwardLimit {
    pub(crate) const LEAST_BYTES_PER_SECOND: u64 = 64 * 1024;
    pub(crate) const MOST: u64 = 1 << 40;
}

impl Default for Config {
    fn default() -> Self {
        Self {
            dist: None,
            allowed_origins: Vec::new(),
            max_connections: 10_000,
            max_connections_per_address: 256,
            max_room_size: 5_000,
            max_rooms: 10_000,
            max_payload: MAX_PAYLOAD,
            lane: LaneLimit {
                frames: 256,
                bytes: 1024 * 1024,
            },
            pace: PaceLimit {
                per_second: 200,
                burst: 400,
                flood_seconds: 10,
            },
            forward: ForwardLimit {
                bytes_per_second: 8 * 1024 * 1024,
                burst: 32 * 1024 * 1024,
            },
            read: ForwardLimit {
                bytes_per_second: 16 * 1024 * 1024,
                burst: 32 * 1024 * 1024,
            },
            accepts_per_second: 1_000,
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

impl Config {
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
            (self.max_rooms, "rooms"),
            (self.pace.per_second as usize, "frames per second"),
            (self.pace.burst as usize, "burst of frames"),
            (
                self.accepts_per_second as usize,
                "accepted connections per second",
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
        ensure(self.lane.frames >= 1, "frames of a lane", "at least 1")?;
        ensure(
            self.pace.flood_seconds >= 1,
            "seconds of flood",
            "at least 1",
        )?;
        ensure(
            (ForwardLimit::LEAST_BYTES_PER_SECOND..=ForwardLimit::MOST)
                .contains(&self.forward.bytes_per_second),
            "forwarded bytes per second",
            "65 536 to 1 099 511 627 776",
        )?;
        ensure(
            (ForwardLimit::LEAST_BYTES_PER_SECOND..=ForwardLimit::MOST)
                .contains(&self.read.bytes_per_second),
            "read bytes per second",
            "65 536 to 1 099 511 627 776",
        )?;
        ensure(
            (1..=ForwardLimit::MOST).contains(&self.read.burst),
            "burst of read bytes",
            "1 to 1 099 511 627 776",
        )?;
        ensure(
            (1..=ForwardLimit::MOST).contains(&self.forward.burst),
            "burst of forwarded bytes",
            "1 to 1 099 511 627 776",
        )?;
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
    fn the_defaults_are_in_range() {
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
            forward: ForwardLimit {
                bytes_per_second: 64 * 1024 - 1,
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
