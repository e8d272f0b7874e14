//! The page's database, seen and meddled with from outside: made to fail, read, and changed.

use std::collections::BTreeSet;

use election_core::ids::{OpId, PollId};
use election_core::wire::envelope::envelopes;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::tab::Tab;

/// What goes wrong with it: see `faulty_store.js`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// A setting forbids it.
    OpenThrows,
    /// It cannot be opened.
    OpenFails,
    /// It is never opened, and nobody says why.
    OpenIsSilent,
    /// Whatever is asked of it is never answered.
    RequestsAreSilent,
    /// It writes, and never says so.
    WritesAreSilent,
    /// Whatever is written is broken off.
    WritesBreakOff,
}

impl Fault {
    fn name(self) -> &'static str {
        match self {
            Self::None => "",
            Self::OpenThrows => "open throws",
            Self::OpenFails => "open fails",
            Self::OpenIsSilent => "open is silent",
            Self::RequestsAreSilent => "requests are silent",
            Self::WritesAreSilent => "writes are silent",
            Self::WritesBreakOff => "writes break off",
        }
    }
}

/// A record of ops as it stands in the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Under which key.
    pub key: String,
    /// Under which rules the ops were checked.
    pub rules: u32,
    /// The checksum.
    pub sum: Vec<u8>,
    /// The ops.
    pub bytes: Vec<u8>,
}

impl Record {
    /// A record of ops as a page of those rules writes it.
    pub fn new(key: String, rules: u32, bytes: Vec<u8>) -> Self {
        Self {
            key,
            rules,
            sum: sum(&bytes),
            bytes,
        }
    }

    /// Whether an op of that kind and version is in it, and its checksum fits.
    pub fn has(&self, kind: (u8, u8)) -> bool {
        self.is_well() && envelopes(&self.bytes).any(|op| op.kind == kind)
    }

    fn is_well(&self) -> bool {
        self.sum == sum(&self.bytes)
    }
}

fn sum(bytes: &[u8]) -> Vec<u8> {
    Sha256::digest(bytes)[..8].to_vec()
}

/// What a script of [`Tab::ask_store`] begins with: a connection of its own, beside the page's.
const OPEN: &str = "const answer = arguments[arguments.length - 1]; \
    const request = indexedDB.open('election-voter'); \
    request.onerror = () => answer(null); \
    request.onsuccess = () => { \
        const database = request.result; \
        const transaction = database.transaction(['ops', 'polls'], 'readwrite'); \
        const ops = transaction.objectStore('ops'); \
        let result = null; \
        transaction.onabort = transaction.oncomplete = () => { database.close(); answer(result); };";

impl Tab {
    /// From the next load on this tab's database fails like that, and [`Tab::close_store`] closes
    /// it. Gives what [`Tab::trust_store`] takes.
    pub async fn distrust_store(&self, fault: Fault) -> Value {
        let source =
            include_str!("faulty_store.js").replace("FAULT", &json!(fault.name()).to_string());
        let added = self
            .devtools(
                "Page.addScriptToEvaluateOnNewDocument",
                json!({ "source": source }),
            )
            .await;
        added["identifier"].clone()
    }

    /// From the next load on nothing is wrong with it.
    pub async fn trust_store(&self, identifier: Value) {
        self.devtools(
            "Page.removeScriptToEvaluateOnNewDocument",
            json!({ "identifier": identifier }),
        )
        .await;
    }

    /// From now on the database fails like that.
    pub async fn store_fails(&self, fault: Fault) {
        self.run("testStore.fault = arguments[0]", &[json!(fault.name())])
            .await;
    }

    /// The browser closes the page's connections, and says so or not.
    pub async fn close_store(&self, says: bool) {
        let closed = self
            .run("return testStore.close(arguments[0])", &[json!(says)])
            .await;
        assert!(closed.as_u64() > Some(0), "{}: there was one", self.name());
    }

    /// The browser itself closes every connection and deletes what is kept, as it does when people
    /// clear a site's data.
    pub async fn clear_store(&self) {
        let origin = self.run("return location.origin", &[]).await;
        let what = json!({ "origin": origin, "storageTypes": "indexeddb" });
        self.devtools("Storage.clearDataForOrigin", what).await;
    }

    /// Puts that in the place of the poll's record, and gives what stood there. `null` only reads.
    pub async fn swap_poll_record(&self, poll: PollId, record: &Value) -> Value {
        let script = format!(
            "{OPEN} \
             const [key, record] = arguments; \
             const polls = transaction.objectStore('polls'); \
             polls.get(key).onsuccess = (event) => {{ \
                 result = JSON.stringify(event.target.result, (_, value) => \
                     ArrayBuffer.isView(value) ? {{ bytes: Array.from(value) }} : value); \
                 if (record) polls.put(JSON.parse(record, (_, value) => \
                     value?.bytes ? Uint8Array.from(value.bytes) : value), key); \
             }}; }};"
        );
        let record = (!record.is_null()).then(|| record.to_string());
        let words = vec![json!(poll.to_string()), json!(record)];
        let before = self.ask_store(&script, words).await;
        serde_json::from_str(before.as_str().unwrap()).unwrap()
    }

    /// The browser breaks off so many of the next transactions that write, and closes their
    /// connections, of which it says so of every other one. It spares so many before them.
    pub async fn break_writes(&self, spares: u32, number: u32) {
        self.run(
            "[testStore.spares, testStore.breaks] = arguments",
            &[json!(spares), json!(number)],
        )
        .await;
    }

    /// The records of all sets, by their keys.
    pub async fn records(&self) -> Vec<Record> {
        let script = format!(
            "{OPEN} \
             const found = []; \
             result = found; \
             ops.openCursor().onsuccess = (event) => {{ \
                 const cursor = event.target.result; \
                 if (!cursor) return; \
                 const {{ rules, sum, bytes }} = cursor.value; \
                 found.push([cursor.key, rules, Array.from(sum), Array.from(bytes)]); \
                 cursor.continue(); \
             }}; }};"
        );
        let bytes = |value: &Value| -> Vec<u8> {
            let bytes = value.as_array().into_iter().flatten();
            bytes.map(|byte| byte.as_u64().unwrap() as u8).collect()
        };
        let found = self.ask_store(&script, Vec::new()).await;
        let records = found.as_array().unwrap().iter().map(|record| Record {
            key: record[0].as_str().unwrap().to_owned(),
            rules: record[1].as_u64().unwrap() as u32,
            sum: bytes(&record[2]),
            bytes: bytes(&record[3]),
        });
        records.collect()
    }

    /// Writes a record, in place of what has its key.
    pub async fn put_record(&self, record: &Record) {
        let script = format!(
            "{OPEN} \
             const [key, rules, sum, bytes] = arguments; \
             ops.put({{ received: 1, rules, sum: Uint8Array.from(sum), bytes: Uint8Array.from(bytes) }}, key); \
             result = key; }};"
        );
        let Record {
            key,
            rules,
            sum,
            bytes,
        } = record;
        let words = vec![json!(key), json!(rules), json!(sum), json!(bytes)];
        assert_eq!(self.ask_store(&script, words).await, json!(key));
    }

    /// Deletes a record.
    pub async fn delete_record(&self, key: &str) {
        let script = format!("{OPEN} ops.delete(arguments[0]); result = true; }};");
        let deleted = self.ask_store(&script, vec![json!(key)]).await;
        assert_eq!(deleted, json!(true));
    }

    /// Waits until the database says of so many that they are offline by choice: polls, and tabs
    /// that are voters of their own. A page that is left before loses the choice.
    pub async fn stores_offline(&self, number: u64) {
        const SCRIPT: &str = "const answer = arguments[arguments.length - 1]; \
            const request = indexedDB.open('election-voter'); \
            request.onsuccess = () => { \
                const database = request.result; \
                const transaction = database.transaction(['polls', 'tabs']); \
                const all = ['polls', 'tabs'].map(store => transaction.objectStore(store).getAll()); \
                transaction.oncomplete = () => { \
                    database.close(); \
                    answer(all.flatMap(({ result }) => result).filter(({ offline }) => offline).length); \
                }; };";
        self.until(&format!("{number} to be stored as offline"), async || {
            let offline = self.ask_store(SCRIPT, Vec::new()).await;
            (offline.as_u64()? == number).then_some(())
        })
        .await;
    }

    async fn ask_store(&self, script: &str, words: Vec<Value>) -> Value {
        let answer = self.in_hand().await.execute_async(script, words).await;
        answer.unwrap_or_else(|error| panic!("{}: {error} in {script}", self.name()))
    }

    /// Waits until that many different ops stand undamaged in the database, beside the poll's
    /// definition.
    pub async fn stores(&self, poll: PollId, number: usize) {
        self.until(&format!("{number} ops to be stored"), async || {
            let records = self.records().await;
            let records = records.iter().filter(|record| record.is_well());
            let ops = records.flat_map(|record| envelopes(&record.bytes));
            // As an op of the poll, its definition has a name too.
            let ops: BTreeSet<OpId> = ops.map(|op| op.id(poll)).collect();
            (ops.len() == number + 1).then_some(())
        })
        .await;
    }
}
