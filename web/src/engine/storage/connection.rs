//! The connection to the database: opened once, opened again when the browser closed it, and never
//! waited for without end.
//!
//! Browsers close connections under open tabs: under memory pressure, from the developer tools, for
//! a newer page that changes the layout. That is no loss: whatever was to be written is written
//! over a new one.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo_events::EventListener;
use idb::{DatabaseEvent, Factory, ObjectStoreParams};
use web_sys::IdbDatabase;

use super::StorageError;
use crate::engine::patience::within;

const DATABASE: &str = "election-voter";
/// The layout's version. A build for tests says the next one, to see how an older page gets along
/// with it.
const VERSION: u32 = if cfg!(feature = "next-layout") { 3 } else { 2 };
/// Layouts before this one were never released: what they hold is not read.
const OLDEST: u32 = 2;

/// Polls by id: [`super::StoredPoll`].
pub(super) const POLLS: &str = "polls";
/// Tabs that are voters of their own, by their names: [`super::StoredTab`].
pub(super) const TABS: &str = "tabs";
/// Ops by set and place: [`super::StoredOps`].
pub(super) const OPS: &str = "ops";
/// What is known of other precincts, by set. It can be lost without loss.
pub(super) const BOARDS: &str = "boards";
const STORES: [&str; 4] = [POLLS, TABS, OPS, BOARDS];

/// How long one wait for the browser may take, in milliseconds. Opening 50,000 ballots takes a
/// tenth of it.
pub(super) const DEADLINE: u32 = 5_000;

/// A connection that mends itself. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Connection(Rc<Inner>);

#[derive(Default)]
struct Inner {
    database: RefCell<Option<IdbDatabase>>,
    /// A page of a newer version has changed the layout, or is about to.
    newer: Cell<bool>,
    /// Who is told when it is, while this page goes on.
    on_newer: RefCell<Option<Rc<dyn Fn()>>>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(database) = self.database.take() {
            database.close();
        }
    }
}

impl Connection {
    /// Whether the layout is a newer page's, which this one must not write to.
    pub fn is_newer(&self) -> bool {
        self.0.newer.get()
    }

    /// Calls that when a newer page takes the database over.
    pub fn on_newer(&self, call: impl Fn() + 'static) {
        self.0.on_newer.replace(Some(Rc::new(call)));
    }

    /// The database, opened if need be.
    pub async fn database(&self) -> Result<IdbDatabase, StorageError> {
        if let Some(database) = &*self.0.database.borrow() {
            return Ok(database.clone());
        }
        let this = self.clone();
        let opened = within(DEADLINE, async move { this.open().await });
        opened.await.unwrap_or(Err(StorageError::Silent))
    }

    /// Forgets the connection: the next to ask gets another one.
    pub fn lose(&self) {
        if let Some(database) = self.0.database.take() {
            database.close();
        }
    }

    async fn open(&self) -> Result<IdbDatabase, StorageError> {
        let database = match open(Some(VERSION)).await {
            Err(StorageError::Newer) => {
                self.0.newer.set(true);
                // What is there can still be read, as far as it is as it was.
                open(None).await?
            }
            opened => opened?,
        };
        let (lost, newer) = (Rc::downgrade(&self.0), Rc::downgrade(&self.0));
        EventListener::once(&database, "close", move |_| {
            if let Some(inner) = lost.upgrade() {
                inner.database.take();
            }
        })
        .forget();
        let closing = database.clone();
        EventListener::once(&database, "versionchange", move |event| {
            // Does not stand in its way. A version of null is a deletion, which leaves room for
            // this page's own.
            closing.close();
            if let Some(inner) = newer.upgrade() {
                inner.database.take();
                let version = js_sys::Reflect::get(event, &"newVersion".into());
                if version.is_ok_and(|version| version.is_truthy()) {
                    inner.newer.set(true);
                    let call = inner.on_newer.borrow().clone();
                    if let Some(call) = call {
                        call();
                    }
                }
            }
        })
        .forget();
        self.0.database.replace(Some(database.clone()));
        Ok(database)
    }
}

async fn open(version: Option<u32>) -> Result<IdbDatabase, StorageError> {
    let mut request = Factory::new()?.open(DATABASE, version)?;
    request.on_upgrade_needed(|event| {
        let Ok(database) = event.database() else {
            return;
        };
        // A failure in here makes the open request fail, which is where it is reported.
        if event.old_version().is_ok_and(|version| version < OLDEST) {
            for store in database.store_names() {
                let _ = database.delete_object_store(&store);
            }
        }
        let kept = database.store_names();
        for store in STORES {
            if !kept.iter().any(|kept| kept == store) {
                let _ = database.create_object_store(store, ObjectStoreParams::new());
            }
        }
    });
    Ok(request.await?.into())
}
