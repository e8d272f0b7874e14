//! The marks of one precinct in one line.

use super::leader::ranking;
use super::text;

/// So many options are named.
const NAMED: usize = 3;

/// What a line names: of many options only those with the most marks, and options without marks
/// never.
#[derive(Debug, PartialEq, Eq)]
pub struct Named {
    /// Their places in the poll, in the poll's order: in every precinct the same, so that lines can
    /// be compared.
    pub places: Vec<usize>,
    /// How many more have marks.
    pub others: usize,
}

/// What one line has room for.
#[must_use]
pub fn in_short(counts: &[u64]) -> Named {
    let mut most = ranking(counts);
    most.retain(|&place| counts[place] > 0);
    let others = most.len().saturating_sub(NAMED);
    most.truncate(NAMED);
    let places = 0..counts.len();
    let places = places.filter(|place| most.contains(place)).collect();
    Named { places, others }
}

/// All options that have marks, in the poll's order, in one line that keeps names with commas
/// apart: "Bergen: 3 · Porto: 1".
#[must_use]
pub fn in_full(options: &[String], counts: &[u64]) -> String {
    let marked = options.iter().zip(counts).filter(|(_, count)| **count > 0);
    let each: Vec<String> = marked
        .map(|(option, count)| text::common::marks(option, *count))
        .collect();
    each.join(" · ")
}

/// The class that gives an option its colour: the same in every bar, whoever leads, and stated by
/// name wherever it is seen. Options beyond the first few share one.
#[must_use]
pub fn colour(option: usize) -> &'static str {
    ["o1", "o2", "o3", "o4"]
        .get(option)
        .copied()
        .unwrap_or("o5")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_marked_are_named_in_the_order_of_the_poll() {
        for (counts, places, others) in [
            ([1, 3, 0, 0, 0], &[0, 1][..], 0),
            ([1, 1, 1, 0, 0], &[0, 1, 2], 0),
            ([1, 2, 3, 4, 0], &[1, 2, 3], 1),
            ([5, 2, 3, 4, 1], &[0, 2, 3], 2),
            ([0; 5], &[], 0),
        ] {
            let places = places.to_vec();
            assert_eq!(in_short(&counts), Named { places, others });
        }
    }

    #[test]
    fn those_who_hear_it_get_all() {
        let options = ["A", "B", "C", "D", "E"].map(str::to_owned);
        let full = in_full(&options, &[1, 2, 0, 4, 5]);
        assert_eq!(full, "A: 1 · B: 2 · D: 4 · E: 5");
        assert_eq!(in_full(&options, &[0; 5]), "");
    }

    #[test]
    fn an_option_keeps_its_colour() {
        let colours: Vec<_> = (0..6).map(colour).collect();
        assert_eq!(colours, ["o1", "o2", "o3", "o4", "o5", "o5"]);
    }
}
