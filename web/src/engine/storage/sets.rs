//! The ops of each set: read in chunks, added to in steps.

use election_core::ids::PollId;
use idb::{KeyRange, Query};
use wasm_bindgen::JsValue;

use super::connection::{OPS, POLLS, TABS};
use super::polls::{put_poll, put_tab, readable};
use super::records::{StoredPoll, StoredTab};
use super::set_name::{SetName, after, next_place};
use super::stored_ops::StoredOps;
use super::{Durability, Storage, StorageError};

/// The most records that are read at once.
const CHUNK: u32 = 16;

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
    /// The same of the tab's, where it is a voter of its own.
    pub tab: Option<StoredTab>,
}

impl Storage {
    /// One step of a set's life, in one transaction: `make` is given what others added from place
    /// `from` on, and gives what is added after that. It is called once at most, and runs to its
    /// end before anybody else's step begins. Gives what it gave, and the next place.
    ///
    /// # Errors
    /// [`StorageError`]; then nothing was added, unless the browser was merely too slow: the next
    /// step finds it then.
    pub async fn append<T: 'static>(
        &self,
        set: &SetName,
        poll: PollId,
        from: u64,
        durability: Durability,
        make: impl FnOnce(Found) -> (T, Option<Added>) + 'static,
    ) -> Result<(T, u64), StorageError> {
        let set = set.clone();
        self.writing(
            &[POLLS, TABS, OPS],
            durability,
            move |transaction| async move {
                let polls = transaction.object_store(POLLS)?;
                let ops = transaction.object_store(OPS)?;
                let known = polls.get(JsValue::from_str(&poll.to_string()))?;
                let after = || after(&set.prefix(), &set.key(from), false).map(Query::from);
                let values = ops.get_all(Some(after()?), None)?;
                let keys = ops.get_all_keys(Some(after()?), None)?;
                let (known, values, keys) = (known.await?, values.await?, keys.await?);
                let last = keys.last().and_then(JsValue::as_string);
                let mut next = last.as_deref().and_then(next_place).unwrap_or(from);
                let found = Found {
                    records: values.iter().filter_map(StoredOps::read).collect(),
                    poll: readable(known.as_ref())?,
                };
                let (result, added) = make(found);
                let added = added.unwrap_or_default();
                for record in &added.records {
                    // A place that is taken belongs to other ops: better to fail than to lose
                    // those.
                    ops.add(&record.write(), Some(&set.key(next).into()))?;
                    next += 1;
                }
                if let Some(poll) = &added.poll {
                    put_poll(&polls, poll)?;
                }
                if let Some(tab) = &added.tab {
                    put_tab(&transaction.object_store(TABS)?, tab)?;
                }
                Ok(((result, next), transaction))
            },
        )
        .await
    }

    /// What a set holds after a key, at most sixteen records.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn read(&self, set: &SetName, last: Option<String>) -> Result<Chunk, StorageError> {
        self.chunk(set.prefix(), last).await
    }

    /// The same of all sets of that poll and precinct, whoever holds them: what a new holder begins
    /// with.
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

    /// Puts a set's records together into few, if there are many small ones. Those that read it
    /// meanwhile find the same ops again at its end, which costs them a look.
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
}
