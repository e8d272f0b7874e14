//! What is wrong with a poll that somebody writes, by the lines that they wrote.

use election_core::poll::genesis::BadPoll;
use election_core::poll::name::BadName;

use super::option_list::Item;
use super::sentence;

/// The error as a sentence. Options and precincts are named by their lines: blank lines have no number among the options.
#[must_use]
pub fn says(bad: &BadPoll, options: &[Item], precincts: &[Item]) -> String {
    match *bad {
        BadPoll::Option(number, bad) => name(bad, options, number),
        BadPoll::Precinct(number, bad) => name(bad, precincts, number),
        BadPoll::SameOption(first, second) => same(options, first, second),
        BadPoll::SamePrecinct(first, second) => same(precincts, first, second),
        BadPoll::AlikeOptions(first, second) => alike(options, first, second),
        BadPoll::AlikePrecincts(first, second) => alike(precincts, first, second),
        _ => sentence(&bad.to_string()),
    }
}

fn name(bad: BadName, items: &[Item], number: usize) -> String {
    let line = line(items, number);
    sentence(&format!("line {line}: the name {bad}"))
}

fn same(items: &[Item], first: usize, second: usize) -> String {
    let [line, earlier] = [second, first].map(|number| line(items, number));
    let name = written(items, second);
    format!("Line {line}: “{name}” stands in line {earlier} already.")
}

fn alike(items: &[Item], first: usize, second: usize) -> String {
    let [line, earlier] = [second, first].map(|number| line(items, number));
    let name = written(items, second);
    format!(
        "Line {line}: “{name}” looks like line {earlier}, and people could not tell them apart."
    )
}

fn item(items: &[Item], number: usize) -> Option<&Item> {
    items.get(number.checked_sub(1)?)
}

fn line(items: &[Item], number: usize) -> usize {
    item(items, number).map_or(number, |item| item.line)
}

fn written(items: &[Item], number: usize) -> &str {
    item(items, number).map_or("", |item| &item.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::option_list::List;

    #[test]
    fn each_error_names_its_line_or_what_it_is_about() {
        let options = List::read("Bergen\n\n- Porto\nHere", false).items;
        let precincts = List::read("\nNorth\nSouth", false).items;
        for (bad, sentence) in [
            (BadPoll::Title(BadName::Empty), "Give the poll a title."),
            (
                BadPoll::Title(BadName::Long(1)),
                "The title is too long by about 1 character.",
            ),
            (
                BadPoll::Option(2, BadName::Long(12)),
                "Line 3: the name is too long by about 12 characters.",
            ),
            (
                BadPoll::Precinct(1, BadName::Blank),
                "Line 2: the name has only characters that do not show.",
            ),
            (
                BadPoll::SameOption(1, 3),
                "Line 4: “Here” stands in line 1 already.",
            ),
            (
                BadPoll::AlikePrecincts(1, 2),
                "Line 3: “South” looks like line 2, and people could not tell them apart.",
            ),
            (
                BadPoll::FewOptions(1),
                "A poll takes at least 2 options; this one has 1.",
            ),
        ] {
            assert_eq!(says(&bad, &options, &precincts), sentence);
        }
    }
}
