//! What this tab remembers over a reload, in sessionStorage. A duplicated tab starts with a copy of it.

use election_core::ids::{OpId, VoterKey};
use election_core::time::Millis;
use election_core::wire::link::Link;
use web_sys::Storage;

fn storage() -> Option<Storage> {
    web_sys::window()?.session_storage().ok()?
}

fn get(key: &str) -> Option<String> {
    storage()?.get_item(key).ok()?
}

/// Best effort: a browser that keeps nothing shows a fresh tab after a reload, and says why elsewhere.
fn set(key: &str, value: Option<&str>) {
    let Some(storage) = storage() else { return };
    let _ = match value {
        Some(value) => storage.set_item(key, value),
        None => storage.remove_item(key),
    };
}

/// Under which name something of that link's poll is remembered. A tab is another voter in each precinct that it opens the
/// link of.
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

/// By how many others that ballot was seen, as far as this tab remembers.
#[must_use]
pub fn seen_by(link: &Link, ballot: OpId) -> usize {
    let text = get(&key("seen", link)).unwrap_or_default();
    let (of, number) = text.split_once(' ').unwrap_or_default();
    match of == ballot.to_string() {
        true => number.parse().unwrap_or(0),
        false => 0,
    }
}

/// Remembers that it was seen by so many.
pub fn note_seen(link: &Link, ballot: OpId, by: usize) {
    if by > seen_by(link, ballot) {
        set(&key("seen", link), Some(&format!("{ballot} {by}")));
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
