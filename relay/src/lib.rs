//! The relay: passes opaque frames on to random subsets of a room, and serves the page.
//!
//! It knows rooms and connections, not polls: it parses no payload, stores nothing, and logs no room's name. The few
//! bytes that it does read are [`election_core::wire::relay`].
//!
//! How to read it, one concept a file:
//!
//! | file | what it is |
//! | --- | --- |
//! | `config` | every limit, with its unit and range |
//! | `server` | accepting sockets, routing requests, stopping |
//! | `admission` | who may hold a socket open |
//! | `upgrade`, `host`, `origin`, `room_name` | from a request to a WebSocket connection |
//! | `connection` | one connection, from its welcome to its goodbye |
//! | `meter` | how fast a connection is read, whatever the bytes complete |
//! | `pace` | how fast a connection may send |
//! | `budget` | how many bytes are forwarded for it |
//! | `rooms`, `members` | who is where, and drawing some at random |
//! | `outbox` | what waits for a slow reader, and what is dropped |
//! | `pages`, `headers` | the built page and its security policy |
//! | `metrics` | what `/healthz` tells |

mod admission;
mod budget;
mod config;
mod connection;
mod headers;
mod host;
mod lock;
mod members;
mod meter;
mod metrics;
mod origin;
mod outbox;
mod pace;
mod pages;
mod room_name;
mod rooms;
mod server;
mod upgrade;

pub use config::{Config, ConfigError, ForwardLimit, LaneLimit, PaceLimit};
pub use origin::parse_origin;
pub use pages::PageError;
pub use server::{ServeError, Server, serve};
