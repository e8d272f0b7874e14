//! What this tab remembers over a reload, in sessionStorage. A duplicated tab starts with a copy of it.

use election_core::ids::PollId;
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

fn replica_key(poll: PollId) -> String {
    format!("election-voter/replica/{poll}")
}

/// Which stored replica of that poll this tab is.
#[must_use]
pub fn replica(poll: PollId) -> Option<String> {
    get(&replica_key(poll))
}

/// Remembers which one, or forgets it.
pub fn set_replica(poll: PollId, replica: Option<&str>) {
    set(&replica_key(poll), replica);
}

/// Whether the person took this tab offline.
#[must_use]
pub fn offline(poll: PollId) -> bool {
    get(&format!("election-voter/offline/{poll}")).is_some()
}

/// Remembers that they did, or came back.
pub fn set_offline(poll: PollId, offline: bool) {
    set(
        &format!("election-voter/offline/{poll}"),
        offline.then_some("yes"),
    );
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
