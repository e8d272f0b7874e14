//! What the tabs of this device tell each other about its replicas, in localStorage. Unlike the database it is written
//! at once: a page that is being left can still do that, and so can most devices whose database fails.

use web_sys::Storage;

/// What is known of a replica beside its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// The tab that had it was closed or left: it is anybody's.
    Released,
    /// Something of it was lost on the way to the disk. It must never be used again: its numbers would be used twice.
    Spent,
}

impl Mark {
    fn text(self) -> &'static str {
        match self {
            Self::Released => "released",
            Self::Spent => "spent",
        }
    }

    fn read(text: &str) -> Option<Self> {
        [Self::Released, Self::Spent]
            .into_iter()
            .find(|mark| mark.text() == text)
    }
}

fn storage() -> Option<Storage> {
    web_sys::window()?.local_storage().ok()?
}

fn key(replica: &str) -> String {
    format!("election-voter/mark/{replica}")
}

/// The mark of that replica.
#[must_use]
pub fn of(replica: &str) -> Option<Mark> {
    Mark::read(&storage()?.get_item(&key(replica)).ok()??)
}

/// Sets it or takes it away. Best effort: who marks a replica does what else there is to do.
pub fn set(replica: &str, mark: Option<Mark>) {
    let Some(storage) = storage() else { return };
    let _ = match mark {
        Some(mark) => storage.set_item(&key(replica), mark.text()),
        None => storage.remove_item(&key(replica)),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_read_as_it_was_written() {
        for mark in [Mark::Released, Mark::Spent] {
            assert_eq!(Mark::read(mark.text()), Some(mark));
        }
        assert_eq!(Mark::read("of another version"), None);
    }
}
