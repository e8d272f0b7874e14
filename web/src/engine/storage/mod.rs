//! What outlives a tab, in IndexedDB: the replicas of this device and their ops.
//!
//! Two stores: `replicas`, by the replica's local id, and `ops`, by `replica/place`, where the place is the op's number
//! in the order in which they were taken in. So the ops of a replica stand together, to be deleted as one range, and
//! are read back in an order in which each comes after what it follows.
//!
//! Ops of one's own are written *strictly*: on the medium, not in a cache, before they leave this device. If a crash
//! could lose one, its sequence number would be used twice. Others' ops are *relaxed*: a lost one comes again.
//!
//! Beside it, in a database of its own, [`Boards`]: what this device knows of precincts that it does not hold.

mod boards;
mod stored;
mod strict;

use election_core::replica::MAX_RESTORE;
use election_core::replica::io::Record;
use gloo_events::EventListener;
use idb::{DatabaseEvent, Factory, KeyRange, ObjectStore, ObjectStoreParams, Query, Transaction};
use js_sys::Array;
use wasm_bindgen::JsValue;
use web_sys::IdbDatabase;

pub use boards::Boards;
pub use stored::StoredReplica;
use strict::Durability;

const DATABASE: &str = "election-voter";
const REPLICAS: &str = "replicas";
const OPS: &str = "ops";

/// The device does not keep what it should: a private window, a full disk, a setting.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this browser does not save anything here ({0})")]
pub struct StorageError(String);

impl From<idb::Error> for StorageError {
    fn from(error: idb::Error) -> Self {
        // Not the error's own text: that brings the printing of every JavaScript value along.
        Self(match error {
            idb::Error::DomException(error) => error.name(),
            _ => "it has no database for this window".to_owned(),
        })
    }
}

impl From<JsValue> for StorageError {
    fn from(error: JsValue) -> Self {
        let name = js_sys::Reflect::get(&error, &"name".into())
            .ok()
            .and_then(|name| name.as_string());
        Self(name.unwrap_or_else(|| "no reason given".to_owned()))
    }
}

/// An op, and its place among a replica's ops.
#[derive(Debug, Clone)]
pub struct Placed {
    /// Which number it has, from 0, in the order in which they were taken in.
    pub place: u64,
    /// The op.
    pub record: Record,
}

/// Some of a replica's ops.
pub struct Chunk {
    /// The ops in their order.
    pub records: Vec<Record>,
    /// The place after the last of them.
    pub next: u64,
    /// Whether there are more.
    pub more: bool,
}

/// The open database.
#[derive(Clone)]
pub struct Storage {
    database: IdbDatabase,
}

impl Storage {
    /// Opens the database, and makes it on the first visit.
    ///
    /// # Errors
    /// [`StorageError`] where the browser has none, or gives none to this window.
    pub async fn open() -> Result<Self, StorageError> {
        let mut request = Factory::new()?.open(DATABASE, Some(1))?;
        request.on_upgrade_needed(|event| {
            if let Ok(database) = event.database() {
                for store in [REPLICAS, OPS] {
                    // A failure here makes the open request fail, which is where it is reported.
                    let _ = database.create_object_store(store, ObjectStoreParams::new());
                }
            }
        });
        let database: IdbDatabase = request.await?.into();
        close_for_newer(&database);
        Ok(Self { database })
    }

    /// Every replica of this device, the one that was used last first.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn replicas(&self) -> Result<Vec<StoredReplica>, StorageError> {
        let values = self.reading(REPLICAS)?.1.get_all(None, None)?.await?;
        let mut replicas: Vec<StoredReplica> = Vec::new();
        for replica in values.iter().filter_map(StoredReplica::read) {
            let place = replicas.partition_point(|newer| newer.used >= replica.used);
            replicas.insert(place, replica);
        }
        Ok(replicas)
    }

    /// The replica of that local id.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn replica(&self, id: &str) -> Result<Option<StoredReplica>, StorageError> {
        let value = self
            .reading(REPLICAS)?
            .1
            .get(JsValue::from_str(id))?
            .await?;
        Ok(value.as_ref().and_then(StoredReplica::read))
    }

    /// Writes a replica down, through to the medium: it carries a key.
    ///
    /// # Errors
    /// [`StorageError`]; then nothing was written.
    pub async fn save_replica(&self, replica: &StoredReplica) -> Result<(), StorageError> {
        let (transaction, store) = self.writing(REPLICAS, Durability::Strict)?;
        store.put(&replica.write(), Some(&replica.id.as_str().into()))?;
        done(transaction).await
    }

    /// Writes an op of one's own, through to the medium.
    ///
    /// # Errors
    /// [`StorageError`]; then nothing was written.
    pub async fn save_own(&self, replica: &str, op: &Placed) -> Result<(), StorageError> {
        self.save_ops(replica, std::slice::from_ref(op), Durability::Strict)
            .await
    }

    /// Writes a batch of others' ops, all or none.
    ///
    /// # Errors
    /// [`StorageError`]; then nothing was written.
    pub async fn save_others(&self, replica: &str, ops: &[Placed]) -> Result<(), StorageError> {
        self.save_ops(replica, ops, Durability::Relaxed).await
    }

    async fn save_ops(
        &self,
        replica: &str,
        ops: &[Placed],
        durability: Durability,
    ) -> Result<(), StorageError> {
        let (transaction, store) = self.writing(OPS, durability)?;
        for op in ops {
            // A place that is taken belongs to another op: better to fail than to lose that one.
            store.add(
                &stored::write_record(&op.record),
                Some(&key(replica, op.place).into()),
            )?;
        }
        done(transaction).await
    }

    /// The ops of a replica from a place on, at most [`MAX_RESTORE`].
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn ops(&self, replica: &str, from: u64) -> Result<Chunk, StorageError> {
        let (transaction, store) = self.reading(OPS)?;
        let query = || range(replica, from).map(Query::from);
        let values = store.get_all(Some(query()?), Some(MAX_RESTORE as u32))?;
        let keys = store.get_all_keys(Some(query()?), Some(MAX_RESTORE as u32))?;
        let (values, keys) = (values.await?, keys.await?);
        drop(transaction);
        let last = keys
            .last()
            .and_then(JsValue::as_string)
            .and_then(|key| key.rsplit('/').next()?.parse::<u64>().ok());
        Ok(Chunk {
            records: values.iter().filter_map(stored::read_record).collect(),
            next: last.map_or(from, |last| last + 1),
            more: keys.len() == MAX_RESTORE,
        })
    }

    /// Deletes a replica, its key, its ops, and what it knew of other precincts.
    ///
    /// # Errors
    /// [`StorageError`]; then its key and its ops are still there.
    pub async fn forget(&self, replica: &str) -> Result<(), StorageError> {
        let known = self.replica(replica).await?;
        if known.is_some_and(|known| known.precincts.is_some()) {
            Boards::open().await?.forget(replica).await?;
        }
        let stores = Array::of2(&REPLICAS.into(), &OPS.into());
        let transaction =
            Transaction::from(strict::write(&self.database, &stores, Durability::Strict)?);
        transaction
            .object_store(REPLICAS)?
            .delete(JsValue::from_str(replica))?;
        transaction.object_store(OPS)?.delete(range(replica, 0)?)?;
        done(transaction).await
    }

    fn reading(&self, store: &str) -> Result<(Transaction, ObjectStore), StorageError> {
        let transaction = Transaction::from(self.database.transaction_with_str(store)?);
        let store = transaction.object_store(store)?;
        Ok((transaction, store))
    }

    fn writing(
        &self,
        store: &str,
        durability: Durability,
    ) -> Result<(Transaction, ObjectStore), StorageError> {
        let transaction = Transaction::from(strict::write(
            &self.database,
            &Array::of1(&store.into()),
            durability,
        )?);
        let store = transaction.object_store(store)?;
        Ok((transaction, store))
    }
}

/// A newer version of the page, in another tab, wants to change the layout: does not stand in its way.
fn close_for_newer(database: &IdbDatabase) {
    let closing = database.clone();
    EventListener::new(database, "versionchange", move |_| closing.close()).forget();
}

/// Waits until a transaction is over. Its requests need no waiting of their own: one that fails aborts it.
async fn done(transaction: Transaction) -> Result<(), StorageError> {
    match transaction.await? {
        idb::TransactionResult::Committed => Ok(()),
        idb::TransactionResult::Aborted => Err(StorageError("the disk may be full".to_owned())),
    }
}

/// Digits enough for the ops of a lifetime, so that places sort as texts as they do as numbers.
fn key(replica: &str, place: u64) -> String {
    format!("{replica}/{place:010}")
}

/// The keys of a replica's ops, from a place on. `0` is the character after `/`.
fn range(replica: &str, from: u64) -> Result<KeyRange, idb::Error> {
    let (start, end) = (key(replica, from), format!("{replica}0"));
    KeyRange::bound(&start.into(), &end.into(), Some(false), Some(true))
}
