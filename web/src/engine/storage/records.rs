//! What stands in the stores, as plain objects.

use ed25519_zebra::SigningKey;
use election_core::ids::{PollId, PrecinctId, VoterKey};
use election_core::poll::genesis::Holder;
use election_core::time::Millis;
use election_core::wire::envelope::voter_key;
use election_core::wire::link::{Link, LinkPrecincts, Secret};
use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

/// A poll that this browser has opened: its link, the chair's key, and who votes here.
#[derive(Clone)]
pub struct StoredPoll {
    /// Which poll.
    pub poll: PollId,
    /// What opens the poll's frames.
    pub secret: Secret,
    /// The chair's key, if the poll was made here or the chair's link was opened.
    pub chair: Option<SigningKey>,
    /// What the link last opened says of precincts, in a poll that has them.
    pub precincts: Option<LinkPrecincts>,
    /// Who is one voter; `None` until the poll's definition was here.
    pub holder: Option<Holder>,
    /// The voters of this browser, where the browser is one: the first, and those whom somebody
    /// asked for.
    pub voters: Vec<StoredVoter>,
    /// Whether the person took this browser offline.
    pub offline: bool,
    /// The poll's title; empty until its definition has come.
    pub title: String,
    /// The name of the precinct that was opened last; empty without.
    pub precinct_name: String,
    /// When it was last opened.
    pub used: Millis,
}

/// A voter of this browser.
#[derive(Clone)]
pub struct StoredVoter {
    /// What it votes with.
    pub key: SigningKey,
    /// When it cast its latest ballot here; 0 before the first.
    pub cast: Millis,
    /// The number of its next ballot: all below may have been used here, whether those ballots can
    /// be read or not.
    pub next: u32,
}

/// A tab that is a voter of its own.
#[derive(Clone)]
pub struct StoredTab {
    /// Its name, 16 hexadecimal digits. Nobody else sees it.
    pub id: String,
    /// In which poll.
    pub poll: PollId,
    /// What it votes with.
    pub voter: SigningKey,
    /// Whether the person took this tab offline.
    pub offline: bool,
    /// The number of its next ballot, as of a [`StoredVoter`].
    pub next: u32,
}

impl StoredPoll {
    /// The poll of a link, without a voter yet.
    #[must_use]
    pub fn of(link: &Link) -> Self {
        Self {
            poll: link.poll,
            secret: link.secret.clone(),
            chair: link.chair,
            precincts: link.precincts,
            holder: None,
            voters: Vec::new(),
            offline: false,
            title: String::new(),
            precinct_name: String::new(),
            used: Millis(0),
        }
    }

    /// The link that it was last opened with, with the chair's key if it is here.
    #[must_use]
    pub fn link(&self) -> Link {
        Link {
            poll: self.poll,
            secret: self.secret.clone(),
            chair: self.chair,
            precincts: self.precincts,
        }
    }

    /// Takes note that this voter has cast the ballot of that number.
    pub fn note_cast(&mut self, voter: VoterKey, number: u32, now: Millis) {
        for known in &mut self.voters {
            if voter_key(&known.key) == voter {
                known.cast = now;
                known.next = known.next.max(number.saturating_add(1));
            }
        }
    }

    /// The number of that voter's next ballot, as far as this browser knows.
    #[must_use]
    pub fn next_of(&self, voter: VoterKey) -> u32 {
        let mut voters = self.voters.iter();
        let known = voters.find(|known| voter_key(&known.key) == voter);
        known.map_or(0, |known| known.next)
    }

    pub(super) fn write(&self) -> JsValue {
        let object = Object::new();
        put(&object, "poll", &self.poll.to_string().into());
        put_bytes(&object, "secret", &self.secret.0);
        if let Some(chair) = &self.chair {
            put_bytes(&object, "chair", &chair.to_bytes());
        }
        if let Some(LinkPrecincts { count, precinct }) = self.precincts {
            put(&object, "precincts", &count.into());
            if let Some(precinct) = precinct {
                put(&object, "precinct", &precinct.0.into());
            }
        }
        if let Some(holder) = self.holder {
            put(&object, "aTab", &(holder == Holder::Tab).into());
        }
        let voters = self.voters.iter().map(|voter| {
            let object = Object::new();
            put_bytes(&object, "key", &voter.key.to_bytes());
            put(&object, "cast", &(voter.cast.0 as f64).into());
            put(&object, "next", &voter.next.into());
            object
        });
        put(&object, "voters", &voters.collect::<Array>());
        put(&object, "offline", &self.offline.into());
        put(&object, "title", &self.title.as_str().into());
        put(&object, "precinctName", &self.precinct_name.as_str().into());
        put(&object, "used", &(self.used.0 as f64).into());
        object.into()
    }

    /// `None` for what another version may have written.
    pub(super) fn read(value: &JsValue) -> Option<Self> {
        let voters: Array = get(value, "voters").dyn_into().ok()?;
        let voter = |value: JsValue| {
            Some(StoredVoter {
                key: key(&value, "key")?,
                cast: millis(&value, "cast")?,
                next: next(&value),
            })
        };
        Some(Self {
            poll: PollId::from_hex(&get(value, "poll").as_string()?).ok()?,
            secret: Secret(bytes(value, "secret")?.try_into().ok()?),
            chair: key(value, "chair"),
            precincts: number(value, "precincts").map(|count| LinkPrecincts {
                count,
                precinct: number(value, "precinct").map(PrecinctId),
            }),
            holder: get(value, "aTab").as_bool().map(|tab| match tab {
                true => Holder::Tab,
                false => Holder::Browser,
            }),
            voters: voters.iter().map(voter).collect::<Option<_>>()?,
            offline: get(value, "offline").as_bool()?,
            title: get(value, "title").as_string().unwrap_or_default(),
            precinct_name: get(value, "precinctName").as_string().unwrap_or_default(),
            used: millis(value, "used")?,
        })
    }
}

impl StoredTab {
    pub(super) fn write(&self) -> JsValue {
        let object = Object::new();
        put(&object, "id", &self.id.as_str().into());
        put(&object, "poll", &self.poll.to_string().into());
        put_bytes(&object, "voter", &self.voter.to_bytes());
        put(&object, "offline", &self.offline.into());
        put(&object, "next", &self.next.into());
        object.into()
    }

    pub(super) fn read(value: &JsValue) -> Option<Self> {
        Some(Self {
            id: get(value, "id").as_string()?,
            poll: PollId::from_hex(&get(value, "poll").as_string()?).ok()?,
            voter: key(value, "voter")?,
            offline: get(value, "offline").as_bool()?,
            next: next(value),
        })
    }
}

pub(super) fn put(object: &Object, name: &str, value: &JsValue) {
    // Setting a property of a plain object that nobody froze does not fail.
    let _ = Reflect::set(object, &name.into(), value);
}

pub(super) fn put_bytes(object: &Object, name: &str, bytes: &[u8]) {
    put(object, name, &Uint8Array::from(bytes));
}

pub(super) fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

fn number(object: &JsValue, name: &str) -> Option<u16> {
    get(object, name).as_f64().map(|number| number as u16)
}

/// A voter's next number. Those who never signed have none.
fn next(voter: &JsValue) -> u32 {
    get(voter, "next")
        .as_f64()
        .map_or(0, |number| number as u32)
}

pub(super) fn millis(object: &JsValue, name: &str) -> Option<Millis> {
    get(object, name)
        .as_f64()
        .map(|millis| Millis(millis as u64))
}

fn key(object: &JsValue, name: &str) -> Option<SigningKey> {
    let seed: [u8; 32] = bytes(object, name)?.try_into().ok()?;
    Some(SigningKey::from(seed))
}

pub(super) fn bytes(object: &JsValue, name: &str) -> Option<Vec<u8>> {
    get(object, name)
        .dyn_ref::<Uint8Array>()
        .map(Uint8Array::to_vec)
}
