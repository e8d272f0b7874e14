//! The names of sets of ops, and the keys of their records.

use election_core::ids::{PollId, PrecinctId};
use idb::KeyRange;

/// The name of a set of ops: its poll and precinct, then its holder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetName {
    pub(super) base: String,
    holder: String,
}

impl SetName {
    /// The set of that tab, or of the browser, in that precinct of the poll.
    #[must_use]
    pub fn new(poll: PollId, precinct: Option<PrecinctId>, tab: Option<&str>) -> Self {
        let precinct = precinct.map_or_else(String::new, |precinct| precinct.0.to_string());
        Self {
            base: format!("{poll}/{precinct}/"),
            holder: tab.unwrap_or("browser").to_owned(),
        }
    }

    /// The key before a place: what is read after it begins there.
    #[must_use]
    pub fn before(&self, place: u64) -> Option<String> {
        place.checked_sub(1).map(|before| self.key(before))
    }

    pub(super) fn prefix(&self) -> String {
        format!("{}{}/", self.base, self.holder)
    }

    pub(super) fn key(&self, place: u64) -> String {
        format!("{}{place:010}", self.prefix())
    }
}

impl std::fmt::Display for SetName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", self.base, self.holder)
    }
}

/// The place after the one that a key of [`SetName::key`] says.
pub(super) fn next_place(key: &str) -> Option<u64> {
    Some(key.rsplit('/').next()?.parse::<u64>().ok()? + 1)
}

/// The keys of that prefix from `from` on, or after it.
pub(super) fn after(prefix: &str, from: &str, exclusive: bool) -> Result<KeyRange, idb::Error> {
    // No key has a character as high as that.
    let end = format!("{prefix}\u{ffff}");
    KeyRange::bound(&from.into(), &end.as_str().into(), Some(exclusive), None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_of_one_precinct_stand_together_and_no_other_is_among_them() {
        let poll = PollId([7; 32]);
        let name = |precinct: Option<u16>, tab| SetName::new(poll, precinct.map(PrecinctId), tab);
        let (one, twelve) = (name(Some(1), None), name(Some(12), None));
        assert!(!twelve.key(0).starts_with(&one.base));
        assert!(name(Some(1), Some("ab")).key(3).starts_with(&one.base));
        assert!(!name(None, None).key(0).starts_with(&one.base));
        assert_eq!(next_place(&one.key(41)), Some(42));
        assert!(one.key(9) < one.key(10), "places sort as numbers do");
    }
}
