//! The polls of this browser, and its tabs that are voters of their own.

use election_core::ids::PollId;
use idb::{ObjectStore, Query, Transaction};
use wasm_bindgen::JsValue;

use super::connection::{BOARDS, OPS, POLLS, TABS};
use super::records::{StoredPoll, StoredTab};
use super::set_name::after;
use super::{Durability, Storage, StorageError};

/// How often a change that is broken off is made.
const TRIES: usize = 3;

/// What [`Storage::change`] writes.
#[derive(Default)]
pub struct Changed {
    /// The poll's record, if it changes.
    pub poll: Option<StoredPoll>,
    /// The tab's, if it changes.
    pub tab: Option<StoredTab>,
}

impl Storage {
    /// Every poll of this browser, the one that was used last first.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn polls(&self) -> Result<Vec<StoredPoll>, StorageError> {
        let read = self.reading(POLLS, |store| async move {
            Ok(store.get_all(None, None)?.await?)
        });
        let values = read.await?;
        let mut polls: Vec<_> = values.iter().filter_map(StoredPoll::read).collect();
        polls.sort_by_key(|poll| std::cmp::Reverse(poll.used));
        Ok(polls)
    }

    /// The record of that poll.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn poll(&self, poll: PollId) -> Result<Option<StoredPoll>, StorageError> {
        let value = self
            .reading(POLLS, move |store| async move {
                Ok(store.get(JsValue::from_str(&poll.to_string()))?.await?)
            })
            .await?;
        Ok(value.as_ref().and_then(StoredPoll::read))
    }

    /// The record of the tab of that name.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn tab(&self, tab: &str) -> Result<Option<StoredTab>, StorageError> {
        let name = JsValue::from_str(tab);
        let value = self
            .reading(TABS, |store| async move { Ok(store.get(name)?.await?) })
            .await?;
        Ok(value.as_ref().and_then(StoredTab::read))
    }

    /// Reads and writes the record of a poll, and of a tab that is a voter of its own, in one
    /// transaction. `change` gives what to write, or `None` for nothing. It is called again with
    /// what is there by then when a transaction was broken off, so it has to come to the same if it
    /// had been written after all.
    ///
    /// # Errors
    /// [`StorageError`]; then nothing was written, unless the browser was merely too slow.
    pub async fn change<T: 'static>(
        &self,
        poll: PollId,
        tab: Option<String>,
        change: impl FnOnce(Option<StoredPoll>, Option<StoredTab>) -> (T, Changed) + Clone + 'static,
    ) -> Result<T, StorageError> {
        let stores = [POLLS, TABS];
        let mut result = Err(StorageError::Silent);
        for _ in 0..TRIES {
            let (tab, change) = (tab.clone(), change.clone());
            let write = move |transaction| change_in(transaction, poll, tab, change);
            result = self.writing(&stores, Durability::Strict, write).await;
            // One that is silent was given its time: somebody waits for the page.
            if !matches!(result, Err(StorageError::Refused(_))) {
                break;
            }
        }
        result
    }

    /// Deletes a poll: its keys, its voters, its tabs, its ops.
    ///
    /// # Errors
    /// [`StorageError`]; then all of it is still there.
    pub async fn forget(&self, poll: PollId) -> Result<(), StorageError> {
        let stores = [POLLS, TABS, OPS, BOARDS];
        self.writing(&stores, Durability::Strict, move |transaction| async move {
            let polls = transaction.object_store(POLLS)?;
            polls.delete(JsValue::from_str(&poll.to_string()))?;
            let prefix = format!("{poll}/");
            for store in [OPS, BOARDS] {
                let all = after(&prefix, &prefix, true)?;
                transaction.object_store(store)?.delete(Query::from(all))?;
            }
            let tabs = transaction.object_store(TABS)?;
            for value in tabs.get_all(None, None)?.await? {
                if let Some(tab) = StoredTab::read(&value).filter(|tab| tab.poll == poll) {
                    tabs.delete(JsValue::from_str(&tab.id))?;
                }
            }
            Ok(((), transaction))
        })
        .await
    }
}

async fn change_in<T>(
    transaction: Transaction,
    poll: PollId,
    tab: Option<String>,
    change: impl FnOnce(Option<StoredPoll>, Option<StoredTab>) -> (T, Changed),
) -> Result<(T, Transaction), StorageError> {
    let polls = transaction.object_store(POLLS)?;
    let tabs = transaction.object_store(TABS)?;
    let known = polls.get(JsValue::from_str(&poll.to_string()))?;
    let tab = tab.as_deref().map(JsValue::from_str);
    let tab = tab.map(|tab| tabs.get(tab)).transpose()?;
    let known = known.await?;
    let tab = match tab {
        Some(request) => request.await?,
        None => None,
    };
    let known = readable(known.as_ref())?;
    let tab = tab.as_ref().and_then(StoredTab::read);
    let (result, Changed { poll, tab }) = change(known, tab);
    if let Some(poll) = &poll {
        put_poll(&polls, poll)?;
    }
    if let Some(tab) = &tab {
        put_tab(&tabs, tab)?;
    }
    Ok((result, transaction))
}

/// The record, if there is one. One that cannot be read holds keys all the same: nobody is to write
/// another in its place.
pub(super) fn readable(known: Option<&JsValue>) -> Result<Option<StoredPoll>, StorageError> {
    let read = |known| StoredPoll::read(known).ok_or(StorageError::Unreadable);
    known.map(read).transpose()
}

pub(super) fn put_poll(polls: &ObjectStore, poll: &StoredPoll) -> Result<(), StorageError> {
    polls.put(&poll.write(), Some(&poll.poll.to_string().as_str().into()))?;
    Ok(())
}

pub(super) fn put_tab(tabs: &ObjectStore, tab: &StoredTab) -> Result<(), StorageError> {
    tabs.put(&tab.write(), Some(&tab.id.as_str().into()))?;
    Ok(())
}
