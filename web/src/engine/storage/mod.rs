//! What outlives a tab, in IndexedDB: the polls of this browser, who votes in them, and the ops of
//! each *set*.
//!
//! A set belongs to a holder (the browser, or in polls of one vote a tab a tab) and to one
//! precinct. It is a row of records, each a batch of ops with its place, written at the end only.
//! Every tab of the holder adds to it, and reads what the others added: that is one step,
//! [`Storage::append`], in one transaction, which the browser runs one after the other whatever tab
//! they come from. A ballot gets its number and is stored in such a step, so two tabs can never
//! give one number to two ballots; no lock is needed.
//!
//! Ops of one's own are written *strictly*: on the medium, not in a cache, before they leave this
//! device. If a crash could lose one, its sequence number would be used twice. Others' ops are
//! *relaxed*: a lost one comes again.
//!
//! In here: `connection` (opened again when it is lost) and `transactions` over it, with a
//! durability (`strict`); `records` and `stored_ops` (what stands in the stores), by store: `polls`
//! with the tabs that are voters of their own, `sets` of ops under their names (`set_name`), and
//! `boards`; and `error`.

mod boards;
mod connection;
mod error;
mod polls;
mod records;
mod set_name;
mod sets;
mod stored_ops;
mod strict;
mod transactions;

use connection::Connection;
pub use error::{Reason, StorageError};
pub use polls::Changed;
pub use records::{StoredPoll, StoredTab, StoredVoter};
pub use set_name::SetName;
pub use sets::{Added, Found};
pub use stored_ops::StoredOps;
pub use strict::Durability;

/// The browser's store. Cheap to clone.
#[derive(Clone)]
pub struct Storage {
    connection: Connection,
}

impl Storage {
    /// Opens it, and makes it on the first visit.
    ///
    /// # Errors
    /// [`StorageError`] where the browser has none, gives none to this window, or does not answer
    /// for 5 s.
    pub async fn open() -> Result<Self, StorageError> {
        let connection = Connection::default();
        connection.database().await?;
        Ok(Self { connection })
    }

    /// Whether a newer page has changed the layout: what is here is read, and nothing is written.
    #[must_use]
    pub fn is_newer(&self) -> bool {
        self.connection.is_newer()
    }

    /// Calls that when a newer page changes the layout under this one.
    pub fn on_newer(&self, call: impl Fn() + 'static) {
        self.connection.on_newer(call);
    }
}
