//! A poll: what its ops say, when they are valid, and what they add up to.
//!
//! Read [`genesis`] (the definition of a poll, and the rules that follow from it) with [`name`],
//! [`characters`] and [`seen`] (what names can be, how long they are, and whether people tell them
//! apart), [`precincts`] (the groups that a large poll's voters belong to) and [`voter_draw`] (a
//! key for one of them), [`method`] (how ballots are marked and counted) and [`choice`]; then
//! [`kind`] (what every kind of op says of itself), the kinds, [`ballot`], [`revocation`],
//! [`bar`], [`close`] and [`strike`] (with `entry` and [`reason`], which entries of the chair's log have), and
//! [`op`], the table of them; then [`register`] (one voter's ballots), [`log`] (the chair's ops) and
//! [`verdict`] (which ballot counts, and why), and [`words`] (names that people can read aloud).
//!
//! *Validity* of an op is a pure function of its bytes and the genesis. What is valid is stored and
//! passed on; what *counts* is derived from the set of valid ops, never stored.
//!
//! May depend on [`crate::ids`], [`crate::crdt`] and [`crate::wire`].

/// The version of the rules in here: of what is decoded and of what is valid. A store that keeps
/// ops whose signatures it need not check again names the rules under which they were checked, and
/// has those of other rules verified anew.
pub const RULES: u32 = 5;

pub mod ballot;
pub mod bar;
pub(crate) mod characters;
pub mod choice;
pub mod close;
mod entry;
pub mod genesis;
pub(crate) mod kind;
pub(crate) mod log;
pub mod method;
pub mod name;
pub mod op;
pub mod precincts;
pub mod reason;
pub mod register;
pub mod revocation;
pub mod seen;
pub mod strike;
pub mod verdict;
pub mod voter_draw;
pub mod words;
