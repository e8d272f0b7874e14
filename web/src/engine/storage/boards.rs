//! What this device knows of other precincts, by replica: a copy of what others told, to be shown after a reload with no network.
//!
//! A database of its own, with the one store `boards`: it can be lost without loss, and a poll of one room has none of it.

use idb::{DatabaseEvent, Factory, ObjectStoreParams, Transaction};
use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::IdbDatabase;

use super::strict::{self, Durability};
use super::{StorageError, close_for_newer, done};

const DATABASE: &str = "election-voter-boards";
const BOARDS: &str = "boards";

/// The open database.
#[derive(Clone)]
pub struct Boards {
    database: IdbDatabase,
}

impl Boards {
    /// Opens the database, and makes it on the first visit to a poll with precincts.
    ///
    /// # Errors
    /// [`StorageError`] where the browser has none, or gives none to this window.
    pub async fn open() -> Result<Self, StorageError> {
        let mut request = Factory::new()?.open(DATABASE, Some(1))?;
        request.on_upgrade_needed(|event| {
            if let Ok(database) = event.database() {
                // A failure here makes the open request fail, which is where it is reported.
                let _ = database.create_object_store(BOARDS, ObjectStoreParams::new());
            }
        });
        let database: IdbDatabase = request.await?.into();
        close_for_newer(&database);
        Ok(Self { database })
    }

    /// What that replica knew; `None` when nothing was written.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn load(&self, replica: &str) -> Result<Option<Vec<u8>>, StorageError> {
        let transaction = Transaction::from(self.database.transaction_with_str(BOARDS)?);
        let store = transaction.object_store(BOARDS)?;
        let value = store.get(JsValue::from_str(replica))?.await?;
        let bytes = value.as_ref().and_then(JsCast::dyn_ref::<Uint8Array>);
        Ok(bytes.map(Uint8Array::to_vec))
    }

    /// Writes it in place of what was there.
    ///
    /// # Errors
    /// [`StorageError`]; then nothing was written.
    pub async fn save(&self, replica: &str, board: &[u8]) -> Result<(), StorageError> {
        let transaction = self.writing()?;
        let store = transaction.object_store(BOARDS)?;
        store.put(&Uint8Array::from(board), Some(&replica.into()))?;
        // Said at once, it is done even if the page is gone by then.
        done(transaction.commit()?).await
    }

    /// Deletes it.
    ///
    /// # Errors
    /// [`StorageError`]; then nothing was deleted.
    pub async fn forget(&self, replica: &str) -> Result<(), StorageError> {
        let transaction = self.writing()?;
        let store = transaction.object_store(BOARDS)?;
        store.delete(JsValue::from_str(replica))?;
        done(transaction).await
    }

    /// Relaxed: what is lost, others tell again.
    fn writing(&self) -> Result<Transaction, StorageError> {
        let stores = Array::of1(&BOARDS.into());
        let begun = strict::write(&self.database, &stores, Durability::Relaxed)?;
        Ok(Transaction::from(begun))
    }
}
