//! Components: each shows one part of a snapshot, or asks one thing.
//!
//! The frame of every screen: [`frame`], [`title`], [`go`]. The form that makes a poll:
//! [`list_field`], [`places`]. The poll: [`ballot_paper`], [`vote_state`], [`voters_here`],
//! [`results`], [`count`] (its bars), [`log`], [`notes`], [`secret`], [`announcer`],
//! [`connection`]. A poll's precincts: [`canvass`] with [`precincts`], [`precinct_row`] and
//! [`tone`]. For the chair: [`share`] with [`mod@print`], [`ballots`], [`reason`]. For the curious:
//! [`inspector`] in its [`drawer`], which may [`cover`] the page. Around them: [`snapshots`] (the
//! hook that brings snapshots), [`focus`], [`click`], [`copy`], [`qr`], [`name`].
//!
//! Hooks for tests, as `data-test` attributes; they do not change when the look does:
//! - home: `home-make`, `home-join-input`, `home-join`, `poll-error`; in each recent poll's row
//!   `forget`, `forget-confirm`, `forget-error`
//! - make: `make-title`, `make-options`, `make-options-numbers` (keep them), `make-method-single`,
//!   `make-method-approval`, `make-holder-browser`, `make-holder-tab`, `make-submit`, `make-error`;
//!   where people vote: `make-places-one`, `make-places-named`, `make-places-automatic`,
//!   `make-precincts`, `make-precincts-numbers`, `make-own-precinct`, `make-precinct-number`
//! - share: `share-link`, `share-show-chair` (asks for the chair's link), `share-chair-link`
//!   (inputs that hold the link), `share-qr`; of named precincts `share-precinct` (which one),
//!   `share-link-<precinct from 0>`, `share-print`
//! - vote: `choice-<index>`, `vote`, `vote-error`, `vote-state`, `receipt`, `revoked-notice`,
//!   `voter-name`, `voted`; several voters in one browser: `somebody-else`, `voters-here`,
//!   `become-<index>`
//! - results: `results-total`, `result-<index>`, `results-table`, `leader`, `result-code`, `agree`,
//!   `struck-notice`
//! - precincts: `precinct` (one's own, by name), `canvass`, `canvass-grade`, `canvass-leader`,
//!   `canvass-reporting`, `total-counted`, `total-<index>`, `totals-table`, `precincts` (the
//!   table), `precinct-search`, `precinct-grade`, `precincts-all`, `precincts-earlier`,
//!   `precincts-later`, `precincts-few`; with the precinct's number from 0: `precinct-<n>`,
//!   `grade-<n>`, `audit-<n>`, `strike-<n>`; `audit-error`
//! - around: `connection`, `go-offline` (in both states), `offline-banner`, `rejoin-message`,
//!   `waiting`, `poll-error`, `full`
//! - keys and addresses: `strayed` (the address names another precinct), `i-am-the-chair`,
//!   `leave-desk`, `secret-taken`, `secret-stays`, `secret-unkept`; `reload-to-sign`, `lacks-own`,
//!   `unsaved`, `needs-newer`
//! - log: `log`, `log-entry`, `receipt-open` (unfolds the search), `receipt-search`,
//!   `receipt-find`, `receipt-found`, `receipt-none`
//! - chair: `ballots-table`, `revoke-<ballot id>`, `revoke-reason`, `revoke-confirm`,
//!   `revoke-error`; the same with `strike-`
//! - parts that are fetched when they are wanted: `later` (until they are here), `later-again`
//! - inspector: `inspector-toggle`, `inspector`, `voter-key`, `state-hash`, `held`, `known`

pub mod announcer;
pub mod ballot_paper;
pub mod ballots;
pub mod canvass;
pub mod click;
pub mod closing;
pub mod connection;
pub mod copy;
pub mod count;
pub mod cover;
pub mod drawer;
pub mod focus;
pub mod frame;
pub mod go;
pub mod inspector;
pub mod list_field;
pub mod log;
pub mod name;
pub mod notes;
pub mod places;
pub mod precinct_row;
pub mod precincts;
pub mod print;
pub mod qr;
pub mod reason;
pub mod receipt;
pub mod recent;
pub mod results;
pub mod secret;
pub mod share;
pub mod snapshots;
pub mod title;
pub mod tone;
pub mod vote_state;
pub mod voters_here;
