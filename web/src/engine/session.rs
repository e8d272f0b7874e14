//! What this tab remembers over a reload, in sessionStorage. A duplicated tab starts with a copy of it.

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

/// Which stored replica of that link's poll this tab is.
#[must_use]
pub fn replica(link: &Link) -> Option<String> {
    get(&key("replica", link))
}

/// Remembers which one, or forgets it.
pub fn set_replica(link: &Link, replica: Option<&str>) {
    set(&key("replica", link), replica);
}

/// Whether the person took this tab offline.
#[must_use]
pub fn offline(link: &Link) -> bool {
    get(&key("offline", link)).is_some()
}

/// Remembers that they did, or came back.
pub fn set_offline(link: &Link, offline: bool) {
    set(&key("offline", link), offline.then_some("yes"));
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
