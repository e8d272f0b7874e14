//! What is wrong with a poll that somebody writes, by the lines that they wrote.

use election_core::ids::PRECINCTS;
use election_core::poll::genesis::{BadPoll, MAX_SEQ, OPTIONS};
use election_core::poll::name::BadName;
use election_core::poll::precincts::MAX_NAMED;

use super::option_list::Item;
use super::text::bad_poll as text;

/// The error as a sentence. Options and precincts are named by their lines: blank lines have no
/// number among the options.
#[must_use]
pub fn says(bad: &BadPoll, options: &[Item], precincts: &[Item]) -> String {
    match *bad {
        BadPoll::Option(number, bad) => name(bad, options, number),
        BadPoll::Precinct(number, bad) => name(bad, precincts, number),
        BadPoll::SameOption(first, second) => same(options, first, second),
        BadPoll::SamePrecinct(first, second) => same(precincts, first, second),
        BadPoll::AlikeOptions(first, second) => alike(options, first, second),
        BadPoll::AlikePrecincts(first, second) => alike(precincts, first, second),
        BadPoll::Title(bad) => title(bad),
        BadPoll::FewOptions(number) => text::few_options(number, *OPTIONS.start()),
        BadPoll::ManyOptions { count, most } => text::many_options(count, most),
        BadPoll::HighSeq => text::many_ballots(MAX_SEQ + 1),
        BadPoll::FewPrecincts(number) => text::few_precincts(number, *PRECINCTS.start()),
        BadPoll::ManyPrecincts { count, most } if most == MAX_NAMED => {
            text::many_named_precincts(count, most)
        }
        BadPoll::ManyPrecincts { count, most } => text::many_precincts(count, most),
        BadPoll::TooLong(by) => text::too_long(by),
    }
}

fn title(bad: BadName) -> String {
    let says = match bad {
        BadName::Empty => text::title_empty(),
        BadName::Long(by) => return text::title_long(by),
        BadName::Control => text::title_control(),
        BadName::Blank => text::title_blank(),
    };
    says.to_owned()
}

fn name(bad: BadName, items: &[Item], number: usize) -> String {
    let line = line(items, number);
    match bad {
        BadName::Empty => text::name_empty(line),
        BadName::Long(by) => text::name_long(line, by),
        BadName::Control => text::name_control(line),
        BadName::Blank => text::name_blank(line),
    }
}

fn same(items: &[Item], first: usize, second: usize) -> String {
    let [line, earlier] = [second, first].map(|number| line(items, number));
    text::same_name(line, written(items, second), earlier)
}

fn alike(items: &[Item], first: usize, second: usize) -> String {
    let [line, earlier] = [second, first].map(|number| line(items, number));
    text::alike_name(line, written(items, second), earlier)
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
