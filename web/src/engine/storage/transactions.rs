//! Reading and writing over a connection that may be gone, and never without end.

use std::future::Future;

use idb::{ObjectStore, Transaction};
use js_sys::Array;
use wasm_bindgen::JsValue;
use web_sys::{IdbDatabase, IdbTransaction};

use super::connection::DEADLINE;
use super::{Durability, Reason, Storage, StorageError, strict};
use crate::engine::patience::within;

impl Storage {
    /// Runs a read, twice if the connection is lost: a read can be repeated.
    pub(super) async fn reading<T: 'static, R>(
        &self,
        store: &'static str,
        read: impl FnOnce(ObjectStore) -> R + Clone + 'static,
    ) -> Result<T, StorageError>
    where
        R: Future<Output = Result<T, StorageError>> + 'static,
    {
        let mut result = Err(StorageError::Silent);
        for _ in 0..2 {
            let database = self.connection.database().await?;
            let read = read.clone();
            let work = async move {
                let transaction = Transaction::from(database.transaction_with_str(store)?);
                read(transaction.object_store(store)?).await
            };
            result = within(DEADLINE, work)
                .await
                .unwrap_or(Err(StorageError::Silent));
            match result {
                Ok(_) => break,
                Err(_) => self.connection.lose(),
            }
            if matches!(result, Err(StorageError::Silent)) {
                // It was given its time: somebody waits for the page.
                break;
            }
        }
        result
    }

    /// Runs a write over the connection there is, or over a new one. It is not repeated here: what
    /// is written may have to be another thing by then.
    pub(super) async fn writing<T: 'static, W>(
        &self,
        stores: &[&str],
        durability: Durability,
        write: impl FnOnce(Transaction) -> W + 'static,
    ) -> Result<T, StorageError>
    where
        W: Future<Output = Result<(T, Transaction), StorageError>> + 'static,
    {
        let stores: Array = stores.iter().copied().map(JsValue::from_str).collect();
        let (database, begun) = self.begin(&stores, durability).await?;
        let (transaction, ending) = (Transaction::from(begun.clone()), begun.clone());
        let work = async move {
            // Keeps the connection while it is written over.
            let _database = database;
            let (result, transaction) = write(transaction).await?;
            match transaction.commit()?.await? {
                idb::TransactionResult::Committed => Ok(result),
                idb::TransactionResult::Aborted => Err(aborted(&ending)),
            }
        };
        let result = within(DEADLINE, work).await;
        if !matches!(result, Some(Ok(_))) {
            // Nothing of it may be written by itself, now or when the browser comes round to it: a
            // later step may be made without it. One that is being written already cannot be taken
            // back.
            let _ = begun.abort();
            self.connection.lose();
        }
        result.unwrap_or(Err(StorageError::Silent))
    }

    /// A transaction that writes. A connection that turns out to be closed is replaced.
    async fn begin(
        &self,
        stores: &Array,
        durability: Durability,
    ) -> Result<(IdbDatabase, IdbTransaction), StorageError> {
        let database = self.of_this_layout().await?;
        if let Ok(begun) = strict::write(&database, stores, durability) {
            return Ok((database, begun));
        }
        self.connection.lose();
        let database = self.of_this_layout().await?;
        let begun = strict::write(&database, stores, durability)?;
        Ok((database, begun))
    }

    /// The database, unless a newer page has changed its layout.
    async fn of_this_layout(&self) -> Result<IdbDatabase, StorageError> {
        let database = self.connection.database().await?;
        match self.is_newer() {
            false => Ok(database),
            true => Err(StorageError::Newer),
        }
    }
}

/// Why a transaction was not written. Its requests need no waiting of their own: one that fails
/// aborts it.
fn aborted(transaction: &IdbTransaction) -> StorageError {
    match transaction.error() {
        Some(error) if error.name() == "QuotaExceededError" => StorageError::Refused(Reason::Full),
        Some(error) => StorageError::Refused(Reason::Named(error.name().into())),
        None => StorageError::Refused(Reason::BrokenOff),
    }
}
