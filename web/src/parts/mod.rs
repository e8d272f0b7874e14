//! Components: each shows one part of a snapshot, or asks one thing.
//!
//! The frame of every screen: [`frame`], [`title`], [`go`]. The poll: [`ballot_paper`], [`vote_state`], [`results`],
//! [`log`], [`notes`], [`announcer`], [`connection`]. For the chair: [`share`], [`ballots`]. For the curious:
//! [`inspector`] with its [`cover`]. Around them: [`snapshots`] (the hook that brings snapshots), [`focus`], [`click`], [`copy`], [`qr`], [`name`].
//!
//! Hooks for tests, as `data-test` attributes; they do not change when the look does:
//! - home: `home-make`, `home-join-input`, `home-join`, `poll-error`
//! - make: `make-title`, `make-options`, `make-method-single`, `make-method-approval`, `make-submit`, `make-error`
//! - share: `share-link`, `share-chair-link` (inputs that hold the link), `share-qr`
//! - vote: `choice-<index>`, `vote`, `vote-error`, `vote-state`, `receipt`, `revoked-notice`, `voter-name`
//! - results: `results-total`, `result-<index>`, `results-table`, `leader`, `result-code`, `agree`
//! - around: `connection`, `go-offline` (in both states), `offline-banner`, `rejoin-message`, `waiting`, `poll-error`
//! - log: `log`, `log-entry`
//! - chair: `ballots-table`, `revoke-<ballot id>`, `revoke-reason`, `revoke-confirm`, `revoke-error`
//! - inspector: `inspector-toggle`, `inspector`, `voter-key`, `state-hash`

pub mod announcer;
pub mod ballot_paper;
pub mod ballots;
pub mod click;
pub mod connection;
pub mod copy;
pub mod cover;
pub mod focus;
pub mod frame;
pub mod go;
pub mod inspector;
pub mod log;
pub mod name;
pub mod notes;
pub mod qr;
pub mod recent;
pub mod results;
pub mod revoke;
pub mod share;
pub mod snapshots;
pub mod title;
pub mod vote_state;
