//! What outlives a tab, in IndexedDB: the polls of this browser, who votes in them, and the ops of each *set*.
//!
//! A set belongs to a holder (the browser, or in polls of one vote a tab a tab) and to one precinct. It is a row of
//! records, each a batch of ops with its place, written at the end only. Every tab of the holder adds to it, and reads what
//! the others added: that is one step, [`Storage::append`], in one transaction, which the browser runs one after the other
//! whatever tab they come from. A ballot gets its number and is stored in such a step, so two tabs can never give one number
//! to two ballots; no lock is needed.
//!
//! Ops of one's own are written *strictly*: on the medium, not in a cache, before they leave this device. If a crash
//! could lose one, its sequence number would be used twice. Others' ops are *relaxed*: a lost one comes again.
//!
//! In here: `connection` (opened again when it is lost), `records` (what stands in the stores), `strict` (durability).

mod connection;
mod records;
mod strict;

use std::future::Future;

use election_core::ids::{PollId, PrecinctId};
use idb::{KeyRange, ObjectStore, Query, Transaction};
use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{IdbDatabase, IdbTransaction};

use super::patience::within;
use connection::{BOARDS, Connection, DEADLINE, OPS, POLLS, TABS};
pub use records::{StoredOps, StoredPoll, StoredTab, StoredVoter};
pub use strict::Durability;

/// The most records that are read at once.
const CHUNK: u32 = 16;

/// The device does not keep what it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StorageError {
    /// A private window, a full disk, a setting.
    #[error("this browser does not save anything here ({0})")]
    Refused(String),
    /// It does not answer.
    #[error("this browser's storage does not answer")]
    Silent,
    /// A newer page has changed the layout.
    #[error("a newer version of this page is open in this browser")]
    Newer,
}

impl From<idb::Error> for StorageError {
    fn from(error: idb::Error) -> Self {
        // Not the error's own text: that brings the printing of every JavaScript value along.
        match error {
            idb::Error::DomException(error) => Self::named(error.name()),
            _ => Self::Refused("it has no database for this window".to_owned()),
        }
    }
}

impl From<JsValue> for StorageError {
    fn from(error: JsValue) -> Self {
        let name = js_sys::Reflect::get(&error, &"name".into());
        let name = name.ok().and_then(|name| name.as_string());
        Self::named(name.unwrap_or_else(|| "no reason given".to_owned()))
    }
}

impl StorageError {
    fn named(name: String) -> Self {
        match name.as_str() {
            "VersionError" => Self::Newer,
            _ => Self::Refused(name),
        }
    }
}

/// The name of a set of ops: its poll and precinct, then its holder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetName {
    base: String,
    holder: String,
}

impl SetName {
    /// The set of that tab, or of the browser, in that precinct of the poll.
    #[must_use]
    pub fn new(poll: PollId, precinct: Option<PrecinctId>, tab: Option<&str>) -> Self {
        let precinct = precinct.map_or_else(String::new, |precinct| precinct.0.to_string());
        Self {
            base: format!("{poll}/{precinct}/"),
            holder: tab.unwrap_or("browser").to_owned(),
        }
    }

    /// The key before a place: what is read after it begins there.
    #[must_use]
    pub fn before(&self, place: u64) -> Option<String> {
        place.checked_sub(1).map(|before| self.key(before))
    }

    fn prefix(&self) -> String {
        format!("{}{}/", self.base, self.holder)
    }

    fn key(&self, place: u64) -> String {
        format!("{}{place:010}", self.prefix())
    }
}

impl std::fmt::Display for SetName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", self.base, self.holder)
    }
}

/// Some of a set's records, or of several sets'.
#[derive(Default)]
pub struct Chunk {
    /// In their order.
    pub records: Vec<StoredOps>,
    /// Where the next chunk begins: after this key.
    pub last: Option<String>,
    /// Whether there may be more.
    pub more: bool,
}

impl Chunk {
    /// The place after its last record.
    #[must_use]
    pub fn next(&self) -> Option<u64> {
        next_place(self.last.as_deref()?)
    }
}

/// What a step of appending finds.
pub struct Found {
    /// What others added from the asked place on.
    pub records: Vec<StoredOps>,
    /// The poll's record; `None` when somebody deleted it.
    pub poll: Option<StoredPoll>,
}

/// What it adds.
#[derive(Default)]
pub struct Added {
    /// After all that is there.
    pub records: Vec<StoredOps>,
    /// The poll's record as it is from now on, if it changes.
    pub poll: Option<StoredPoll>,
}

/// The browser's store. Cheap to clone.
#[derive(Clone)]
pub struct Storage {
    connection: Connection,
}

impl Storage {
    /// Opens it, and makes it on the first visit.
    ///
    /// # Errors
    /// [`StorageError`] where the browser has none, gives none to this window, or does not answer for 5 s.
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

    /// Reads and writes the record of a poll, and of a tab that is a voter of its own, in one transaction. `change` gives what
    /// to write, or `None` for nothing.
    ///
    /// # Errors
    /// [`StorageError`]; then nothing was written, unless the browser was merely too slow.
    pub async fn change<T: 'static>(
        &self,
        poll: PollId,
        tab: Option<String>,
        change: impl FnOnce(Option<StoredPoll>, Option<StoredTab>) -> (T, Changed) + 'static,
    ) -> Result<T, StorageError> {
        self.writing(
            &[POLLS, TABS],
            Durability::Strict,
            move |transaction| async move {
                let (polls, tabs) = (
                    transaction.object_store(POLLS)?,
                    transaction.object_store(TABS)?,
                );
                let known = polls.get(JsValue::from_str(&poll.to_string()))?;
                let tab = tab.as_deref().map(JsValue::from_str);
                let tab = tab.map(|tab| tabs.get(tab)).transpose()?;
                let known = known.await?;
                let tab = match tab {
                    Some(request) => request.await?,
                    None => None,
                };
                let known = known.as_ref().and_then(StoredPoll::read);
                let tab = tab.as_ref().and_then(StoredTab::read);
                let (result, Changed { poll, tab }) = change(known, tab);
                if let Some(poll) = &poll {
                    put_poll(&polls, poll)?;
                }
                if let Some(tab) = tab {
                    tabs.put(&tab.write(), Some(&tab.id.as_str().into()))?;
                }
                Ok((result, transaction))
            },
        )
        .await
    }

    /// One step of a set's life, in one transaction: `make` is given what others added from place `from` on, and gives what is
    /// added after that. It is called once at most, and runs to its end before anybody else's step begins. Gives what it
    /// gave, and the next place.
    ///
    /// # Errors
    /// [`StorageError`]; then nothing was added, unless the browser was merely too slow: the next step finds it then.
    pub async fn append<T: 'static>(
        &self,
        set: &SetName,
        poll: PollId,
        from: u64,
        durability: Durability,
        make: impl FnOnce(Found) -> (T, Option<Added>) + 'static,
    ) -> Result<(T, u64), StorageError> {
        let set = set.clone();
        self.writing(&[POLLS, OPS], durability, move |transaction| async move {
            let (polls, ops) = (
                transaction.object_store(POLLS)?,
                transaction.object_store(OPS)?,
            );
            let known = polls.get(JsValue::from_str(&poll.to_string()))?;
            let after = || after(&set.prefix(), &set.key(from), false).map(Query::from);
            let values = ops.get_all(Some(after()?), None)?;
            let keys = ops.get_all_keys(Some(after()?), None)?;
            let (known, values, keys) = (known.await?, values.await?, keys.await?);
            let last = keys.last().and_then(JsValue::as_string);
            let mut next = last.as_deref().and_then(next_place).unwrap_or(from);
            let found = Found {
                records: values.iter().filter_map(StoredOps::read).collect(),
                poll: known.as_ref().and_then(StoredPoll::read),
            };
            let (result, added) = make(found);
            let added = added.unwrap_or_default();
            for record in &added.records {
                // A place that is taken belongs to other ops: better to fail than to lose those.
                ops.add(&record.write(), Some(&set.key(next).into()))?;
                next += 1;
            }
            if let Some(poll) = &added.poll {
                put_poll(&polls, poll)?;
            }
            Ok(((result, next), transaction))
        })
        .await
    }

    /// What a set holds after a key, at most sixteen records.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn read(&self, set: &SetName, last: Option<String>) -> Result<Chunk, StorageError> {
        self.chunk(set.prefix(), last).await
    }

    /// The same of all sets of that poll and precinct, whoever holds them: what a new holder begins with.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn read_all_holders(
        &self,
        set: &SetName,
        last: Option<String>,
    ) -> Result<Chunk, StorageError> {
        self.chunk(set.base.clone(), last).await
    }

    async fn chunk(&self, prefix: String, last: Option<String>) -> Result<Chunk, StorageError> {
        self.reading(OPS, move |store| async move {
            let from = last.clone().unwrap_or_else(|| prefix.clone());
            let after = || after(&prefix, &from, true).map(Query::from);
            let values = store.get_all(Some(after()?), Some(CHUNK))?;
            let keys = store.get_all_keys(Some(after()?), Some(CHUNK))?;
            let (values, keys) = (values.await?, keys.await?);
            Ok(Chunk {
                records: values.iter().filter_map(StoredOps::read).collect(),
                last: keys.last().and_then(JsValue::as_string).or(last),
                more: keys.len() == CHUNK as usize,
            })
        })
        .await
    }

    /// Puts a set's records together into few, if there are many small ones. Those that read it meanwhile find the same ops
    /// again at its end, which costs them a look.
    ///
    /// # Errors
    /// [`StorageError`]; then all is as it was.
    pub async fn compact(
        &self,
        set: &SetName,
        records: Vec<StoredOps>,
        last: String,
    ) -> Result<(), StorageError> {
        let set = set.clone();
        self.writing(&[OPS], Durability::Strict, move |transaction| async move {
            let ops = transaction.object_store(OPS)?;
            let all = after(&set.prefix(), &set.prefix(), true)?;
            let keys = ops.get_all_keys(Some(Query::from(all)), None)?.await?;
            let newest = keys.last().and_then(JsValue::as_string);
            let next = newest.as_deref().and_then(next_place).unwrap_or(0);
            let old = KeyRange::bound(
                &set.prefix().into(),
                &last.as_str().into(),
                Some(false),
                Some(false),
            )?;
            ops.delete(Query::from(old))?;
            for (record, place) in records.iter().zip(next..) {
                ops.add(&record.write(), Some(&set.key(place).into()))?;
            }
            Ok(((), transaction))
        })
        .await
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

    /// Runs a read, twice if the connection is lost: a read can be repeated.
    async fn reading<T: 'static, R>(
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

    /// Runs a write over the connection there is, or over a new one. It is not repeated here: what is written may have to be
    /// another thing by then.
    async fn writing<T: 'static, W>(
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
        let transaction = Transaction::from(begun.clone());
        let work = async move {
            // Keeps the connection while it is written over.
            let _database = database;
            let (result, transaction) = write(transaction).await?;
            done(transaction.commit()?).await?;
            Ok(result)
        };
        let result = within(DEADLINE, work).await;
        if !matches!(result, Some(Ok(_))) {
            // Nothing of it may be written by itself, now or when the browser comes round to it: a later step may be made
            // without it. One that is being written already cannot be taken back.
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

/// What [`Storage::change`] writes.
#[derive(Default)]
pub struct Changed {
    /// The poll's record, if it changes.
    pub poll: Option<StoredPoll>,
    /// The tab's, if it changes.
    pub tab: Option<StoredTab>,
}

fn put_poll(polls: &ObjectStore, poll: &StoredPoll) -> Result<(), StorageError> {
    polls.put(&poll.write(), Some(&poll.poll.to_string().as_str().into()))?;
    Ok(())
}

/// Waits until a transaction is over. Its requests need no waiting of their own: one that fails aborts it.
async fn done(transaction: Transaction) -> Result<(), StorageError> {
    match transaction.await? {
        idb::TransactionResult::Committed => Ok(()),
        idb::TransactionResult::Aborted => {
            Err(StorageError::Refused("the disk may be full".to_owned()))
        }
    }
}

/// The place after the one that a key of [`SetName::key`] says.
fn next_place(key: &str) -> Option<u64> {
    Some(key.rsplit('/').next()?.parse::<u64>().ok()? + 1)
}

/// The keys of that prefix from `from` on, or after it.
fn after(prefix: &str, from: &str, exclusive: bool) -> Result<KeyRange, idb::Error> {
    // No key has a character as high as that.
    let end = format!("{prefix}\u{ffff}");
    KeyRange::bound(&from.into(), &end.as_str().into(), Some(exclusive), None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_of_one_precinct_stand_together_and_no_other_is_among_them() {
        let poll = PollId([7; 32]);
        let name = |precinct: Option<u16>, tab| SetName::new(poll, precinct.map(PrecinctId), tab);
        let (one, twelve) = (name(Some(1), None), name(Some(12), None));
        assert!(!twelve.key(0).starts_with(&one.base));
        assert!(name(Some(1), Some("ab")).key(3).starts_with(&one.base));
        assert!(!name(None, None).key(0).starts_with(&one.base));
        assert_eq!(next_place(&one.key(41)), Some(42));
        assert!(one.key(9) < one.key(10), "places sort as numbers do");
    }
}
