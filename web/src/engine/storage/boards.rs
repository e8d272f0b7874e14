//! What is known of other precincts. It can be lost without loss.

use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};

use super::connection::BOARDS;
use super::{Durability, SetName, Storage, StorageError};

impl Storage {
    /// What that set's holder knew of other precincts; `None` when nothing was written.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn board(&self, set: &SetName) -> Result<Option<Vec<u8>>, StorageError> {
        let key = JsValue::from_str(&set.to_string());
        let read = self.reading(
            BOARDS,
            move |store| async move { Ok(store.get(key)?.await?) },
        );
        let value = read.await?;
        let bytes = value.as_ref().and_then(JsCast::dyn_ref::<Uint8Array>);
        Ok(bytes.map(Uint8Array::to_vec))
    }

    /// Writes it in place of what was there.
    ///
    /// # Errors
    /// [`StorageError`]; then nothing was written.
    pub async fn save_board(&self, set: &SetName, board: Vec<u8>) -> Result<(), StorageError> {
        let key = JsValue::from_str(&set.to_string());
        let boards = [BOARDS];
        self.writing(
            &boards,
            Durability::Relaxed,
            move |transaction| async move {
                let store = transaction.object_store(BOARDS)?;
                store.put(&Uint8Array::from(&board[..]), Some(&key))?;
                Ok(((), transaction))
            },
        )
        .await
    }
}
