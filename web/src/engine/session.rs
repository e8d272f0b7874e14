//! What this tab remembers over a reload, in sessionStorage, of which a duplicated tab starts with
//! a copy; and the one word that a browser's tabs share outside the database, in localStorage: how
//! many have seen its vote.

use std::cell::Cell;

use election_core::ids::{OpId, PollId, VoterKey};
use election_core::time::Millis;
use election_core::wire::link::Link;
use web_sys::Storage;

fn storage() -> Option<Storage> {
    web_sys::window()?.session_storage().ok()?
}

fn shared() -> Option<Storage> {
    web_sys::window()?.local_storage().ok()?
}

fn get(key: &str) -> Option<String> {
    storage()?.get_item(key).ok()?
}

/// Best effort: a browser that keeps nothing shows a fresh tab after a reload, and says why
/// elsewhere.
fn set(key: &str, value: Option<&str>) {
    let Some(storage) = storage() else { return };
    let _ = match value {
        Some(value) => storage.set_item(key, value),
        None => storage.remove_item(key),
    };
}

/// Under which name it is noted that a page of this tab was left.
const LEFT: &str = "election-voter/left";

thread_local! {
    static WAS_LEFT: Cell<bool> = const { Cell::new(false) };
}

/// A page begins, or is shown again as it was: from now on whoever starts with a copy of what this
/// tab remembers finds that the one it is a copy of may still be there.
pub fn begin() {
    WAS_LEFT.set(get(LEFT).is_some());
    set(LEFT, None);
}

/// The page is left, or put aside.
pub fn leave() {
    set(LEFT, Some("1"));
}

/// Whether what this tab remembers was left to it by a page that is gone. Otherwise it is a copy of
/// what another tab remembers, or the page before had no time to say that it went.
#[must_use]
pub fn was_left() -> bool {
    WAS_LEFT.get()
}

/// Under which name something of that link's poll is remembered. A tab is another voter in each
/// precinct that it opens the link of.
fn key(what: &str, link: &Link) -> String {
    let poll = link.poll;
    match link.precincts.and_then(|precincts| precincts.precinct) {
        Some(precinct) => format!("election-voter/{what}/{poll}/{}", precinct.0),
        None => format!("election-voter/{what}/{poll}"),
    }
}

/// What a tab remembers of who it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tab {
    /// Its name, where it is a voter of its own.
    pub tab: Option<String>,
    /// Which of the browser's voters somebody chose in it.
    pub voter: Option<VoterKey>,
}

/// Who this tab was in that link's poll.
#[must_use]
pub fn tab(link: &Link) -> Tab {
    Tab {
        tab: get(&key("tab", link)),
        voter: get(&key("voter", link)).and_then(|voter| VoterKey::from_hex(&voter).ok()),
    }
}

/// Remembers who it is.
pub fn set_tab(link: &Link, tab: &Tab) {
    set(&key("tab", link), tab.tab.as_deref());
    let voter = tab.voter.map(|voter| voter.to_string());
    set(&key("voter", link), voter.as_deref());
}

/// Since when this tab is away from that poll's others; over a reload too.
#[must_use]
pub fn away_since(link: &Link) -> Option<Millis> {
    get(&key("away", link))?.parse().ok().map(Millis)
}

/// It is away, since now unless it was before.
pub fn note_away(link: &Link, now: Millis) {
    if away_since(link).is_none() {
        set(&key("away", link), Some(&now.0.to_string()));
    }
}

/// It is back, and what came of it was said.
pub fn forget_away(link: &Link) {
    set(&key("away", link), None);
}

/// What is remembered of how many others have seen a voter's latest ballot: a word to people,
/// nothing follows from it.
pub struct Witnesses {
    storage: Option<Storage>,
    key: String,
}

impl Witnesses {
    /// Of that voter of the poll. Where the browser is the voter and keeps it, its other tabs read
    /// the same when they look the next time (localStorage); else this tab alone does.
    #[must_use]
    pub fn of(poll: PollId, voter: VoterKey, shared_by_tabs: bool) -> Self {
        let storage = match shared_by_tabs {
            true => shared(),
            false => storage(),
        };
        let key = format!("{}{voter}", seen_prefix(poll));
        Self { storage, key }
    }

    /// How many have seen that ballot.
    #[must_use]
    pub fn of_ballot(&self, ballot: OpId) -> usize {
        let storage = self.storage.as_ref();
        let text = storage.and_then(|storage| storage.get_item(&self.key).ok()?);
        let text = text.unwrap_or_default();
        let (of, number) = text.split_once(' ').unwrap_or_default();
        match of == ballot.to_string() {
            true => number.parse().unwrap_or(0),
            false => 0,
        }
    }

    /// So many have.
    pub fn note(&self, ballot: OpId, seen: usize) {
        if seen > self.of_ballot(ballot)
            && let Some(storage) = &self.storage
        {
            let _ = storage.set_item(&self.key, &format!("{ballot} {seen}"));
        }
    }
}

fn seen_prefix(poll: PollId) -> String {
    format!("election-voter/seen/{poll}/")
}

/// Forgets what the browser's tabs share of that poll.
pub fn forget_seen(poll: PollId) {
    let Some(shared) = shared() else { return };
    let prefix = seen_prefix(poll);
    let keys = (0..shared.length().unwrap_or(0)).filter_map(|place| shared.key(place).ok()?);
    for key in keys.collect::<Vec<_>>() {
        if key.starts_with(&prefix) {
            let _ = shared.remove_item(&key);
        }
    }
}

/// How far a screen was scrolled when the page was left, in CSS pixels; forgotten as it is told.
#[must_use]
pub fn take_scroll(path: &str) -> Option<f64> {
    let key = format!("election-voter/scroll{path}");
    let top = get(&key)?.parse::<u32>().ok().map(f64::from);
    set(&key, None);
    top
}

/// Remembers how far.
pub fn set_scroll(path: &str, top: f64) {
    set(
        &format!("election-voter/scroll{path}"),
        Some(&(top as u32).to_string()),
    );
}
