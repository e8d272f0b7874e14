//! Everything outside Yew: the replica's shell. A replica does no I/O of its own; in here is what
//! carries it.
//!
//! [`host`] owns one tab of a poll, which is a replica and in a poll with precincts the council and
//! audits beside it. It turns what happens (frames, timers, clicks, disk) into the tab's inputs,
//! and the outputs into what is to happen. Around it: [`socket`] (a connection to the relay, and
//! whether it is [`alive`]), [`storage`] (IndexedDB), [`holder`] (who votes here), [`channel`] (to
//! the browser's other tabs), [`session`] (what a tab remembers), [`patience`], [`timer`],
//! [`clock`] and [`chance`].
//!
//! The screens see none of this: they get a [`snapshot::Snapshot`], with the log that [`activity`]
//! keeps and the order of [`arrivals`], at most one every 50 ms. [`registry`] holds the hosts of
//! this page, and [`founding`] makes a new poll.

pub mod activity;
pub mod alive;
pub mod arrivals;
pub mod chance;
pub mod channel;
pub mod clock;
pub mod founding;
pub mod holder;
pub mod host;
pub mod page;
pub mod patience;
pub mod registry;
pub mod session;
pub mod snapshot;
pub mod socket;
pub mod storage;
pub mod timer;
