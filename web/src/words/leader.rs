//! Who leads, in words: the result must not be told by colour and length alone.

use std::borrow::Borrow;

use super::order;
use super::text::{common, results as text};

/// The sentence above the bars: "Bergen leads with 11 of 24.", "A tie between Bergen and Porto,
/// with 7 of 24 each." `ballots` is how many are counted; options and counts run in parallel.
#[must_use]
pub fn sentence(options: &[String], counts: &[u64], ballots: u64) -> String {
    text::so_far(&who(options, counts, ballots))
}

/// The same without its full stop, for a sentence that goes on.
#[must_use]
pub fn who(options: &[String], counts: &[u64], ballots: u64) -> String {
    let most = counts.iter().copied().max().unwrap_or(0);
    let leaders: Vec<&str> = leaders(counts)
        .filter_map(|index| options.get(index).map(String::as_str))
        .collect();
    match leaders.as_slice() {
        [] => text::nobody_leads().to_owned(),
        [one] => text::leads(one, most, ballots),
        [one, other] => text::tie_of_two(one, other, most, ballots),
        many => text::tie(many.len(), most, ballots),
    }
}

/// The options with the most marks; none when there are no marks.
pub fn leaders(counts: &[u64]) -> impl Iterator<Item = usize> {
    let most = counts.iter().copied().max().unwrap_or(0);
    counts
        .iter()
        .enumerate()
        .filter(move |&(_, &count)| most > 0 && count == most)
        .map(|(index, _)| index)
}

/// The options with the most marks first, else as in the poll.
#[must_use]
pub fn ranking(counts: &[u64]) -> Vec<usize> {
    order::by(counts.len(), &|one, other| counts[other].cmp(&counts[one]))
}

/// Names in a row: "A", "A and B", "A, B and C".
#[must_use]
pub fn list(names: &[impl Borrow<str>]) -> String {
    match names {
        [] => String::new(),
        [one] => one.borrow().to_owned(),
        [first @ .., last] => common::two_names(&first.join(common::comma()), last.borrow()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn say(counts: &[u64], ballots: u64) -> String {
        let options = ["Bergen", "Porto", "Here"].map(str::to_owned);
        sentence(&options, counts, ballots)
    }

    #[test]
    fn a_leader_a_tie_and_nothing_are_told_apart() {
        assert_eq!(say(&[11, 7, 6], 24), "Bergen leads with 11 of 24.");
        assert_eq!(
            say(&[7, 7, 6], 20),
            "A tie between Bergen and Porto, with 7 of 20 each."
        );
        assert_eq!(
            say(&[1, 1, 1], 3),
            "A tie between 3 options, with 1 of 3 each."
        );
        assert_eq!(say(&[0, 0, 0], 0), "No ballots are counted yet.");
        assert_eq!(leaders(&[0, 0]).count(), 0);
        assert_eq!(ranking(&[1, 3, 1, 0, 3]), [1, 4, 0, 2, 3]);
    }

    #[test]
    fn names_stand_in_a_row() {
        assert_eq!(list(&["A"]), "A");
        assert_eq!(list(&["A", "B"]), "A and B");
        assert_eq!(list(&["A", "B", "C"]), "A, B and C");
    }
}
