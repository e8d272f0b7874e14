//! A pasted list becomes options: one a line, without the bullets and numbers that lists come with.
//!
//! [`rows`] finds the lines and cells of a text, `list_marks` what stands in front of them.

mod list_marks;
pub mod rows;

use election_core::poll::genesis::OPTIONS;
use election_core::poll::precincts::MAX_NAMED;

use super::text;

/// How many names a form shows as they will stand.
const SHOWN: usize = 20;

/// An option or a precinct, and where it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its name.
    pub name: String,
    /// The line that it begins on, counted from 1.
    pub line: usize,
}

/// Which list a form asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listed {
    /// The options.
    Options,
    /// The precincts, by name.
    Precincts,
}

impl Listed {
    /// How many there may be.
    #[must_use]
    pub fn most(self) -> usize {
        match self {
            Self::Options => *OPTIONS.end(),
            Self::Precincts => MAX_NAMED,
        }
    }

    /// What is asked, and an example.
    #[must_use]
    pub fn asks(self) -> [&'static str; 2] {
        match self {
            Self::Options => [text::make::options(), text::make::options_example()],
            Self::Precincts => [text::make::precincts(), text::make::precincts_example()],
        }
    }

    /// What is said of so many that are written.
    #[must_use]
    pub fn says(self, written: usize) -> String {
        let most = self.most();
        match (self, written) {
            (Self::Options, 0) => text::make::options_hint(most),
            (Self::Options, some) => text::make::options_number(some, most),
            (Self::Precincts, 0) => text::make::precincts_hint(most),
            (Self::Precincts, some) => text::make::precincts_number(some, most),
        }
    }
}

/// What a text lists.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct List {
    /// The items, in their order.
    pub items: Vec<Item>,
    /// Whether they had numbers or letters that count them. Whether those were meant knows only who
    /// wrote them: "1. May,
    /// 2. June" is two dates.
    pub counted: bool,
}

impl List {
    /// The items of a text, one a line; blank lines are skipped. Several cells of a spreadsheet's
    /// row are one name. Numbers that count the lines are taken off, or stay with them if they are
    /// to be kept.
    #[must_use]
    pub fn read(text: &str, keep_numbers: bool) -> Self {
        let rows = rows::read(text);
        let texts = rows.iter().map(|row| row.text.as_str()).collect();
        let texts = list_marks::without_bullets(texts);
        let (counted, texts) = match list_marks::without_numbers(texts.clone()) {
            Ok(without) => (true, if keep_numbers { texts } else { without }),
            Err(texts) => (false, texts),
        };
        let items = rows.iter().zip(texts);
        let items = items.map(|(row, text)| Item {
            name: one_name(text),
            line: row.line,
        });
        Self {
            items: items.collect(),
            counted,
        }
    }

    /// The items that a form shows as they will stand, and of a long list how many it does not.
    #[must_use]
    pub fn shown(&self) -> (&[Item], Option<String>) {
        let (shown, others) = self.items.split_at(self.items.len().min(SHOWN));
        let more = (!others.is_empty()).then(|| text::common::and_more(others.len()));
        (shown, more)
    }

    /// The names alone.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.items.iter().map(|item| item.name.clone()).collect()
    }
}

/// The cells of a row in one: "Bergen – Norway". A number that is kept stays a number in front.
fn one_name(text: &str) -> String {
    let cells = text.split('\t').map(str::trim);
    let cells: Vec<&str> = cells.filter(|cell| !cell.is_empty()).collect();
    match cells.as_slice() {
        [number, rest @ ..] if !rest.is_empty() && number.ends_with(['.', ')', ':']) => {
            format!("{number} {}", rest.join(" – "))
        }
        cells => cells.join(" – "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Vec<String> {
        List::read(text, false).names()
    }

    /// Lists that stay as they are, line by line.
    fn stay(lists: &[&str]) {
        for list in lists {
            assert_eq!(parse(list), list.lines().collect::<Vec<_>>());
        }
    }

    #[test]
    fn bullets_numbers_and_blank_lines_go() {
        for list in [
            "- Bergen\n\n- Porto \r\n- Here\n",
            "* Bergen\n* Porto\n* Here",
            "• Bergen\n  • Porto\n  ◦ Here",
            "- [ ] Bergen\n- [x] Porto\n- [ ] Here",
            "☐ Bergen\n☐ Porto\n☑ Here",
            "1. Bergen\n2. Porto\n3. Here",
            "1) Bergen\n2) Porto\n3) Here",
            "(1) Bergen\n(2) Porto\n(3) Here",
            "1.) Bergen\n2.) Porto\n3.) Here",
            "1: Bergen\n2: Porto\n3: Here",
            "1 – Bergen\n2 – Porto\n3 – Here",
            "1.Bergen\n2.Porto\n3.Here",
            "01. Bergen\n02. Porto\n03. Here",
            "１．Bergen\n２．Porto\n３．Here",
            "١. Bergen\n٢. Porto\n٣. Here",
            "a) Bergen\nb) Porto\nc) Here",
            "(A) Bergen\n(B) Porto\n(C) Here",
            "a. Bergen\nb. Porto\nc. Here",
            "• 1. Bergen\n• 2. Porto\n• 3. Here",
        ] {
            assert_eq!(parse(list), ["Bergen", "Porto", "Here"], "{list}");
        }
        assert_eq!(parse(" \n\t\n"), Vec::<String>::new());
    }

    #[test]
    fn rows_of_spreadsheets_and_word_processors_are_names() {
        for list in [
            "Bergen\t\nPorto\t\nHere\t\n",
            "1\tBergen\n2\tPorto\n3\tHere",
            "1.\tBergen\n2.\tPorto\n3.\tHere",
            "\u{f0b7}\tBergen\n\u{f0b7}\tPorto\n\u{f0a7}\tHere",
            "\u{f0b7}Bergen\n\u{f0b7} Porto\n\u{f0b7}\u{a0}Here",
            "·\u{a0}\u{a0}\u{a0}Bergen\n·\tPorto\n· Here",
            "•\tBergen\no\tPorto\n§\tHere",
            "o\tBergen\no\tPorto\no\tHere",
            "-\tBergen\n-\tPorto\n-\tHere",
            "\tBergen\n\tPorto\n\t\tHere",
            "Bergen\u{b}Porto\u{2028}Here",
        ] {
            assert_eq!(parse(list), ["Bergen", "Porto", "Here"], "{list:?}");
        }
        assert_eq!(
            parse("Bergen\tNorway\t\nPorto\t\tPortugal"),
            ["Bergen – Norway", "Porto – Portugal"]
        );
        assert_eq!(
            parse("1\tBergen\tNorway\n2\tPorto\tPortugal"),
            ["Bergen – Norway", "Porto – Portugal"]
        );
    }

    #[test]
    fn numbers_that_mean_something_stay() {
        stay(&[
            "18. September\n2. Oktober",
            "1. FC Köln\nBayern München",
            "1. FC Köln",
            "10. 30 Uhr\n11. 30 Uhr",
            "2024\n2025",
            "3.5 hours\n4.5 hours",
            "1.5 hours\n2.5 hours",
            "1:0\n2:1",
            "1 - 0\n2 - 1",
            "1 beer\n2 beers",
            "7. Symphony\n8. Symphony",
            "7. Symphony\nRequiem\nMass",
            // Without them two would be alike.
            "1. Bundesliga\n2. Bundesliga\n3. Liga",
            "1. Mai\n2. mai",
            "a) yes\nb) no\nc) YES",
            // They do not count.
            "1. Bergen\n1. Porto",
            "2. Bergen\n1. Porto",
            "0. Bergen\n1. Porto",
            "A. Schmidt\nB. Müller",
            "A Capella\nB Sides",
            "b) Bergen\nc) Porto",
        ]);
    }

    #[test]
    fn numbers_that_count_all_lines_go_whatever_follows_them() {
        for (list, names) in [
            (
                "1. Tea\n2. Coffee\n3. 1.5 litres of water",
                ["Tea", "Coffee", "1.5 litres of water"],
            ),
            (
                "1) 500 €\n2) 1000 €\n3) 1500 €",
                ["500 €", "1000 €", "1500 €"],
            ),
            ("1\t2030\n2\t2031\n3\tlater", ["2030", "2031", "later"]),
        ] {
            assert_eq!(parse(list), names, "{list}");
        }
        stay(&[
            "1. 30 Uhr\n2. 15 Uhr",
            "1.5 hours\n2.5 hours\n3.5 hours",
            "1:0\n2:1\n3:2",
            "1: 0\n2: 1\n3: 2",
            "1 - 0\n2 - 1\n3 - 2",
            "1. 1.\n2. 1.\n3. 1.",
            "2. Liga\n3. Liga",
        ]);
    }

    #[test]
    fn a_heading_does_not_keep_the_marks_of_the_lines_below_it() {
        for list in [
            "Plan:\n- Bergen\n- Porto",
            "Plan:\n\n* Bergen\n* Porto",
            "Plan:\n1. Bergen\n2. Porto",
            "Plan:\na) Bergen\nb) Porto",
            "Plan:\n• 1. Bergen\n• 2. Porto",
        ] {
            assert_eq!(parse(list), ["Plan:", "Bergen", "Porto"], "{list}");
        }
        let list = "2 cities:\n- Bergen\n- Porto";
        assert_eq!(parse(list), ["2 cities:", "Bergen", "Porto"]);
        let kept = List::read("Tage\n1. Mai\n2. Juni", true);
        assert!(kept.counted);
        assert_eq!(kept.names(), ["Tage", "1. Mai", "2. Juni"]);
        stay(&[
            "Bergen\n- the town",
            "Porto\nBergen\n- the town",
            "Bayern München\n1. FC Köln",
            "0 °C\n- 5 °C\n- 10 °C",
            "+5 °C\n- 5 °C\n- 10 °C",
            "Change:\n- 5 °C\n+ 5 °C",
            "Requiem\n7. Symphony\n8. Symphony",
            "Liga\n1. Liga\n2. Liga",
            // Without them two would be alike.
            "Liga\n- Liga\n- Cup",
        ]);
    }

    #[test]
    fn dashes_and_stars_that_mean_something_stay() {
        stay(&[
            "-5 °C\n+5 °C",
            "- 5 °C\n+ 5 °C",
            "*\n**",
            "+ more tea\n- less tea",
            "* fair\n** good",
            "Bergen\n- the town",
            "o Porto\no Minho",
            "x\nv",
            "·\n··",
        ]);
    }

    #[test]
    fn whoever_meant_the_numbers_keeps_them() {
        let dates = "1. Mai\n2. Juni\n3. Juli";
        let list = List::read(dates, false);
        assert!(list.counted);
        assert_eq!(list.names(), ["Mai", "Juni", "Juli"]);
        let kept = List::read(dates, true);
        assert!(kept.counted);
        assert_eq!(kept.names(), ["1. Mai", "2. Juni", "3. Juli"]);
        assert_eq!(
            List::read("1.\tMai\n2.\tJuni", true).names(),
            ["1. Mai", "2. Juni"]
        );
        assert!(!List::read("Mai\nJuni", false).counted);
    }

    #[test]
    fn of_a_long_list_the_first_are_shown_and_the_others_counted() {
        let shown = |count: usize| {
            let list = List::read(&"Plan\n".repeat(count), false);
            let (first, more) = list.shown();
            (first.len(), more)
        };
        assert_eq!(shown(0), (0, None));
        assert_eq!(shown(3), (3, None));
        assert_eq!(shown(20), (20, None));
        assert_eq!(shown(25), (20, Some("and 5 more".to_owned())));
    }

    #[test]
    fn each_item_knows_its_line() {
        let list = List::read("\n- Bergen\n\n- \"Porto\"\n", false);
        let lines: Vec<usize> = list.items.iter().map(|item| item.line).collect();
        assert_eq!(lines, [2, 4]);
    }
}
