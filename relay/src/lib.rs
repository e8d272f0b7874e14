//! The relay: passes opaque frames on to random subsets of a room, and serves the page.
//!
//! It knows rooms and connections, not polls: it parses no payload, stores nothing, and logs no
//! room's name. The few bytes that it does read are [`election_envelope`].
//!
//! How to read it, one concept a file:
//!
//! | file | what it is |
//! | --- | --- |
//! | `config` | every limit, with its unit and range |
//! | `server` | accepting sockets, routing requests, stopping |
//! | `relay` | what all connections share |
//! | `admission`, `address` | who may hold a socket open, and whom it counts for |
//! | `proxies` | whose request it is that a proxy passes on |
//! | `upgrade`, `host`, `origin`, `room_name` | from a request to a WebSocket connection |
//! | `connection` | one connection, from its welcome to its close |
//! | `meter` | how fast a connection is read, whatever the bytes complete |
//! | `rate_limit` | how fast a connection may send |
//! | `bucket` | so many bytes, frames or sockets a second |
//! | `rooms`, `members` | who is where, and drawing some at random |
//! | `frame` | a frame on its way, shared by all who get it |
//! | `outbox` | what waits for one slow reader, and what is dropped |
//! | `backlog` | who gives way when too much waits for all of them |
//! | `pages`, `headers` | the built page and its security policy |
//! | `metrics` | what `/healthz` tells |

mod address;
mod admission;
mod backlog;
mod bucket;
mod config;
mod connection;
mod frame;
mod headers;
mod host;
mod lock;
mod members;
mod meter;
mod metrics;
mod origin;
mod outbox;
mod pages;
mod proxies;
mod rate_limit;
mod relay;
mod room_name;
mod rooms;
mod server;
mod upgrade;

pub use config::{Config, ConfigError, MessageRateLimit, OutboxLimit, RateLimit};
pub use ipnet::IpNet;
pub use origin::parse_origin;
pub use pages::PageError;
pub use proxies::parse_proxy;
pub use server::{ServeError, Server, serve};
