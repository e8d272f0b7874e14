//! Lines on standard error that others can cause as often as they like: a relay or a stranger must
//! not be able to fill a disk with them. Each kind is said a few times and then, with how often it
//! was, ever more rarely.

use std::collections::BTreeMap;

use election_core::wire::relay::Notice;

use crate::relay_connection::words;

/// So many of a kind are said one by one.
const ONE_BY_ONE: u64 = 4;

/// What a line is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum About {
    /// The relay said that.
    Notice(Notice),
    /// The relay said something that this version does not know.
    Unknown,
    /// A connection.
    Opened,
    /// None any more.
    Lost,
    /// How far fetching has come.
    Progress,
    /// What came in after a time away.
    Rejoined,
}

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) struct Sparing {
    times: BTreeMap<About, u64>,
}

impl Sparing {
    /// Says it, or only counts it.
    pub fn say(&mut self, about: About, line: impl FnOnce() -> String) {
        match self.count(about) {
            Some(times) if times > ONE_BY_ONE => eprintln!("{} (so far {times} times)", line()),
            Some(_) => eprintln!("{}", line()),
            None => {}
        }
    }

    /// How often it was, if it is to be said.
    fn count(&mut self, about: About) -> Option<u64> {
        let times = self.times.entry(about).or_default();
        *times = times.saturating_add(1);
        (*times <= ONE_BY_ONE || times.is_power_of_two()).then_some(*times)
    }

    /// Begins to count that anew.
    pub fn forget(&mut self, about: About) {
        self.times.remove(&about);
    }

    /// What was counted and not said since, at the end.
    pub fn summary(&self) -> impl Iterator<Item = String> {
        let unsaid = self
            .times
            .iter()
            .filter(|(_, times)| **times > ONE_BY_ONE && !times.is_power_of_two());
        unsaid.filter_map(|(about, times)| match about {
            About::Notice(notice) => {
                Some(format!("the relay said {times} times: {}", words(*notice)))
            }
            About::Unknown => Some(format!(
                "the relay sent {times} messages of kinds that this version does not know"
            )),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAST: About = About::Notice(Notice::TooFast);

    #[test]
    fn a_million_of_a_kind_are_a_few_lines_and_a_number() {
        let mut sparing = Sparing::default();
        let said = (0..1_000_000).filter_map(|_| sparing.count(FAST));
        let said = Vec::from_iter(said);
        assert_eq!(said[..7], [1, 2, 3, 4, 8, 16, 32]);
        assert_eq!((said.len(), said.last()), (21, Some(&524_288)));
        let summary = Vec::from_iter(sparing.summary());
        assert!(summary[0].contains("said 1000000 times"), "{summary:?}");
        assert_eq!(summary.len(), 1);
    }

    #[test]
    fn each_kind_is_counted_by_itself_and_can_begin_anew() {
        let mut sparing = Sparing::default();
        for _ in 0..100 {
            sparing.count(FAST);
        }
        assert_eq!(sparing.count(About::Lost), Some(1));
        for _ in 0..5 {
            sparing.count(About::Lost);
        }
        assert_eq!(sparing.count(About::Lost), None);
        sparing.forget(About::Lost);
        assert_eq!(sparing.count(About::Lost), Some(1));
        assert_eq!(sparing.count(FAST), None);
    }
}
