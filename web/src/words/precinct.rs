//! Precincts by their names, who one is in them, and the order in which they stand in lists.

use std::cmp::Reverse;

use election_core::ids::PrecinctId;
use election_core::poll::precincts::Precincts;

use super::{lower::lower, order, text};

/// A precinct's name: the one that the chair gave it, else its number, counted from 1.
#[must_use]
pub fn name(precincts: &Precincts, precinct: PrecinctId) -> String {
    precincts.name(precinct).map_or_else(
        || text::common::precinct(u32::from(precinct.0) + 1),
        str::to_owned,
    )
}

/// What somebody is in a poll: "you vote", "you are the chair", and where, unless the precinct's
/// name is empty: "you vote in North", "you are the chair and vote in North".
#[must_use]
pub fn role(chair: bool, precinct: &str) -> String {
    match (chair, precinct) {
        (false, "") => text::recent::voter().to_owned(),
        (true, "") => text::recent::chair().to_owned(),
        (false, _) => text::recent::voter_in(precinct),
        (true, _) => text::recent::chair_in(precinct),
    }
}

/// To whom a link of a precinct did not lead there, `named` by it: a browser that voted in its
/// `own`.
#[must_use]
pub fn strayed(
    precincts: &Precincts,
    named: Option<PrecinctId>,
    own: Option<PrecinctId>,
) -> Option<String> {
    let (named, own) = named.zip(own).filter(|(named, own)| named != own)?;
    let [named, own] = [named, own].map(|precinct| name(precincts, precinct));
    Some(text::poll::strayed(&named, &own))
}

/// What changed during an absence: "Kitchen's return changed", "2 precincts' returns changed".
/// `first` is one of them.
#[must_use]
pub fn changed(precincts: &Precincts, first: PrecinctId, number: usize) -> String {
    if number == 1 {
        text::notes::return_changed(&name(precincts, first))
    } else {
        text::notes::returns_changed(number)
    }
}

/// All precincts: one's own first, then by name, or by number where they have none.
#[must_use]
pub fn in_order(precincts: &Precincts, own: Option<PrecinctId>) -> Vec<PrecinctId> {
    let all: Vec<PrecinctId> = (0..precincts.count()).map(PrecinctId).collect();
    let key = |&precinct: &PrecinctId| {
        let by_name = precincts.name(precinct).map(natural);
        (Reverse(own == Some(precinct)), by_name)
    };
    let keys: Vec<_> = all.iter().map(key).collect();
    order::by(all.len(), &|one, other| keys[one].cmp(&keys[other]))
        .into_iter()
        .map(|place| all[place])
        .collect()
}

/// A name as a list is sorted by it: whatever the case, and "Ward 9" before "Ward 10".
fn natural(name: &str) -> Vec<(String, u64)> {
    let mut parts = Vec::new();
    let name = lower(name);
    let mut rest = name.as_str();
    while !rest.is_empty() {
        let digit = rest.find(|c: char| c.is_ascii_digit());
        let (text, from_digit) = rest.split_at(digit.unwrap_or(rest.len()));
        let end = from_digit.find(|c: char| !c.is_ascii_digit());
        let (digits, after) = from_digit.split_at(end.unwrap_or(from_digit.len()));
        // A number too large for this is none that anybody counts by.
        parts.push((text.to_owned(), digits.parse().unwrap_or(u64::MAX)));
        rest = after;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(names: &[&str]) -> Precincts {
        Precincts::Named(names.iter().map(|&name| name.to_owned()).collect())
    }

    #[test]
    fn a_precinct_without_a_name_has_its_number() {
        assert_eq!(name(&named(&["North", "South"]), PrecinctId(1)), "South");
        assert_eq!(name(&Precincts::Automatic(9), PrecinctId(0)), "Precinct 1");
    }

    #[test]
    fn a_role_says_where_unless_there_are_no_precincts() {
        assert_eq!(role(false, ""), "you vote");
        assert_eq!(role(true, ""), "you are the chair");
        assert_eq!(role(false, "North"), "you vote in North");
        assert_eq!(
            role(true, "Precinct 3"),
            "you are the chair and vote in Precinct 3"
        );
    }

    #[test]
    fn who_opens_another_precincts_link_is_told_why_they_are_not_there() {
        let halls = named(&["North hall", "South hall"]);
        let [north, south] = [0, 1].map(PrecinctId);
        assert_eq!(
            strayed(&halls, Some(north), Some(south)).as_deref(),
            Some("You opened North hall's link, but this browser votes in South hall already.")
        );
        for named in [None, Some(south)] {
            assert_eq!(strayed(&halls, named, Some(south)), None);
        }
        assert_eq!(strayed(&halls, Some(north), None), None);
    }

    #[test]
    fn what_changed_is_named_or_counted() {
        let halls = named(&["North", "South"]);
        let says = changed(&halls, PrecinctId(1), 1);
        assert_eq!(says, "South's return changed");
        let says = changed(&halls, PrecinctId(0), 2);
        assert_eq!(says, "2 precincts' returns changed");
    }

    #[test]
    fn the_own_one_is_first_and_the_others_are_found_where_one_looks() {
        let halls = named(&["Ward 10", "hall", "Ward 9", "Annex", "Ward"]);
        let order = |own| -> Vec<u16> {
            let all = in_order(&halls, own);
            all.into_iter().map(|precinct| precinct.0).collect()
        };
        assert_eq!(order(None), [3, 1, 4, 2, 0]);
        assert_eq!(order(Some(PrecinctId(2))), [2, 3, 1, 4, 0]);
        let numbered = in_order(&Precincts::Automatic(12), Some(PrecinctId(11)));
        let numbers: Vec<u16> = numbered.into_iter().map(|precinct| precinct.0).collect();
        assert_eq!(numbers, [11, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    }
}
