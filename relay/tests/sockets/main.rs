//! The relay over real sockets.
//!
//! | file | what it shows |
//! | --- | --- |
//! | `rooms` | who gets a frame, and who never does |
//! | `misbehaviour` | what a bad client costs: itself, and nobody else |
//! | `budget` | more bytes than may be forwarded: they wait, and nobody else does |
//! | `caps` | what is full stays at its size |
//! | `waiting` | readers that stop: what they cost, and that others do not pay for them |
//! | `proxies` | the recipes of docs/operations.md, tried with the proxies themselves |
//! | `http` | health, handshakes and origins |
//! | `pages` | the built page's files and headers |
//! | `stop` | stopping under load |
//! | `program` | the binary: its one line, its exit codes, its signals |
//! | `support` | a relay in the test's own process, clients, raw HTTP |
//!
//! Nothing here measures time. Absence is shown by a later frame in the same lane: what would have
//! come before it did not. The one timeout, in `support`, turns a hang into a failure.

#![allow(clippy::unwrap_used)]

mod budget;
mod caps;
mod http;
mod misbehaviour;
mod pages;
mod program;
mod proxies;
mod rooms;
mod stop;
mod support;
mod waiting;
