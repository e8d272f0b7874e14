//! What stands in the stores, as plain objects.

use ed25519_zebra::SigningKey;
use election_core::ids::{PollId, PrecinctId};
use election_core::replica::io::Record;
use election_core::time::Millis;
use election_core::wire::link::{Link, LinkPrecincts, Secret};
use js_sys::{Object, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

/// A replica of this device: who votes with it, in which poll.
#[derive(Clone)]
pub struct StoredReplica {
    /// Its local id, 16 hexadecimal digits: the key of its record and the name of its lock. Nobody else sees it.
    pub id: String,
    /// Which poll.
    pub poll: PollId,
    /// What opens the poll's frames.
    pub secret: Secret,
    /// What it votes with.
    pub voter: SigningKey,
    /// The chair's key, if the poll was made here or the chair's link was opened.
    pub chair: Option<SigningKey>,
    /// Which precinct its link leads to, in a poll with precincts.
    pub precincts: Option<LinkPrecincts>,
    /// The poll's title; empty until its definition has come.
    pub title: String,
    /// The name of its precinct; empty until the poll's definition has come, and in a poll without precincts.
    pub precinct_name: String,
    /// When it was last opened.
    pub used: Millis,
}

impl StoredReplica {
    /// The link that it was opened with, with the chair's key if it is here.
    #[must_use]
    pub fn link(&self) -> Link {
        Link {
            poll: self.poll,
            secret: self.secret.clone(),
            chair: self.chair,
            precincts: self.precincts,
        }
    }

    pub(super) fn write(&self) -> JsValue {
        let object = Object::new();
        put(&object, "id", &self.id.as_str().into());
        put(&object, "poll", &self.poll.to_string().into());
        put(&object, "secret", &Uint8Array::from(&self.secret.0[..]));
        put(
            &object,
            "voter",
            &Uint8Array::from(&self.voter.to_bytes()[..]),
        );
        if let Some(chair) = &self.chair {
            put(&object, "chair", &Uint8Array::from(&chair.to_bytes()[..]));
        }
        if let Some(LinkPrecincts { count, precinct }) = self.precincts {
            put(&object, "precincts", &count.into());
            if let Some(precinct) = precinct {
                put(&object, "precinct", &precinct.0.into());
            }
        }
        put(&object, "title", &self.title.as_str().into());
        put(&object, "precinctName", &self.precinct_name.as_str().into());
        put(&object, "used", &(self.used.0 as f64).into());
        object.into()
    }

    /// `None` for what another version may have written. An earlier one knew no precincts, and wrote none.
    pub(super) fn read(value: &JsValue) -> Option<Self> {
        Some(Self {
            id: get(value, "id").as_string()?,
            poll: PollId::from_hex(&get(value, "poll").as_string()?).ok()?,
            secret: Secret(bytes(value, "secret")?.try_into().ok()?),
            voter: SigningKey::from(<[u8; 32]>::try_from(bytes(value, "voter")?).ok()?),
            chair: bytes(value, "chair")
                .and_then(|bytes| Some(SigningKey::from(<[u8; 32]>::try_from(bytes).ok()?))),
            precincts: number(value, "precincts").map(|count| LinkPrecincts {
                count,
                precinct: number(value, "precinct").map(PrecinctId),
            }),
            title: get(value, "title").as_string().unwrap_or_default(),
            precinct_name: get(value, "precinctName").as_string().unwrap_or_default(),
            used: Millis(get(value, "used").as_f64()? as u64),
        })
    }
}

pub(super) fn write_record(record: &Record) -> JsValue {
    let object = Object::new();
    put(&object, "received", &(record.received.0 as f64).into());
    put(&object, "bytes", &Uint8Array::from(record.bytes.as_slice()));
    object.into()
}

pub(super) fn read_record(value: &JsValue) -> Option<Record> {
    Some(Record {
        received: Millis(get(value, "received").as_f64()? as u64),
        bytes: bytes(value, "bytes")?,
    })
}

fn put(object: &Object, name: &str, value: &JsValue) {
    // Setting a property of a plain object that nobody froze does not fail.
    let _ = Reflect::set(object, &name.into(), value);
}

fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

fn number(object: &JsValue, name: &str) -> Option<u16> {
    get(object, name).as_f64().map(|number| number as u16)
}

fn bytes(object: &JsValue, name: &str) -> Option<Vec<u8>> {
    get(object, name)
        .dyn_ref::<Uint8Array>()
        .map(Uint8Array::to_vec)
}
