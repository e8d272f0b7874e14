//! Which precincts of many are listed.

use election_core::board::Grade;
use election_core::board::canvassed::{Canvassed, Part};
use election_core::ids::PrecinctId;
use election_core::poll::precincts::Precincts;

use super::{lower::lower, precinct, text};

/// So many precincts are listed at once, without a search.
pub const FEW: usize = 24;
/// So many of more are listed on a page.
pub const PAGE: usize = 100;

/// What is to be looked for in the list of precincts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sought {
    /// Any.
    #[default]
    All,
    /// Counted here.
    Folded,
    /// Signed alike by several members.
    Attested,
    /// Said, and no more.
    Claimed,
    /// Disputed by a member.
    Disputed,
    /// With a return that the chair struck.
    Struck,
    /// Nothing was heard of it.
    Missing,
}

impl Sought {
    /// All, in the order of the list to choose from.
    pub const CHOICES: [Self; 7] = [
        Self::All,
        Self::Folded,
        Self::Attested,
        Self::Claimed,
        Self::Disputed,
        Self::Struck,
        Self::Missing,
    ];

    /// Its name in that list.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::All => text::grade::any_option(),
            Self::Folded => text::grade::folded_option(),
            Self::Attested => text::grade::attested_option(),
            Self::Claimed => text::grade::claimed_option(),
            Self::Disputed => text::grade::disputed_option(),
            Self::Struck => text::grade::struck_option(),
            Self::Missing => text::grade::missing_option(),
        }
    }

    /// Whether that precinct is looked for.
    #[must_use]
    pub fn fits(self, part: &Part) -> bool {
        let grade = part.shown.as_ref().map(|shown| shown.grade);
        match self {
            Self::All => true,
            Self::Folded => grade == Some(Grade::Folded),
            Self::Attested => matches!(grade, Some(Grade::Attested(_))),
            Self::Claimed => grade == Some(Grade::Claimed),
            Self::Disputed => part.shown.as_ref().is_some_and(|shown| shown.disputes > 0),
            Self::Struck => part.struck > 0,
            Self::Missing => grade.is_none() && part.struck == 0,
        }
    }
}

/// What somebody looks for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Search {
    /// A part of the name, in either case.
    pub name: String,
    /// The grade.
    pub grade: Sought,
}

/// The precincts in the order in which they are listed, from that of [`precinct::in_order`]: of
/// many those come first of which something was heard, after one's own. A few stay where they are:
/// all of them are in sight.
#[must_use]
pub fn heard_first(
    canvassed: &Canvassed,
    order: &[PrecinctId],
    own: Option<PrecinctId>,
) -> Vec<PrecinctId> {
    if order.len() <= FEW {
        return order.to_vec();
    }
    let is_first = |precinct: PrecinctId| {
        let part = canvassed.parts.get(usize::from(precinct.0));
        own == Some(precinct) || part.is_some_and(|part| !Sought::Missing.fits(part))
    };
    let those = |first: bool| {
        let all = order.iter().copied();
        all.filter(move |&precinct| is_first(precinct) == first)
    };
    those(true).chain(those(false)).collect()
}

/// The precincts that are looked for, in that order.
#[must_use]
pub fn find<'a>(
    canvassed: &'a Canvassed,
    order: &[PrecinctId],
    precincts: &Precincts,
    search: &Search,
) -> Vec<&'a Part> {
    let wanted = lower(search.name.trim());
    let named = |part: &Part| {
        wanted.is_empty() || lower(&precinct::name(precincts, part.precinct)).contains(&wanted)
    };
    order
        .iter()
        .filter_map(|precinct| canvassed.parts.get(usize::from(precinct.0)))
        .filter(|part| search.grade.fits(part) && named(part))
        .collect()
}

/// What is listed of so many: where it begins and how many there are. `None` for `page` is the
/// first few.
#[must_use]
pub fn page(found: usize, page: Option<usize>) -> (usize, usize) {
    let size = if page.is_some() { PAGE } else { FEW };
    let last = found.saturating_sub(1) / size;
    let begin = page.unwrap_or(0).min(last) * size;
    (begin, size.min(found - begin))
}

#[cfg(test)]
mod tests {
    use election_core::ballots::Return;
    use election_core::board::canvassed::Shown;

    use super::*;

    fn canvass(grades: &[Option<(Grade, usize)>]) -> Canvassed {
        let total = Return::empty(2);
        let part = |(&shown, precinct): (&Option<(Grade, usize)>, u16)| Part {
            precinct: PrecinctId(precinct),
            shown: shown.map(|(grade, disputes)| Shown {
                total: total.clone(),
                version: 1,
                grade,
                attestations: 1,
                disputes,
            }),
            struck: usize::from(disputed(shown)),
        };
        Canvassed {
            parts: grades.iter().zip(0..).map(part).collect(),
            total: total.clone(),
            grade: None,
        }
    }

    fn disputed(shown: Option<(Grade, usize)>) -> bool {
        shown.is_some_and(|(_, disputes)| disputes > 0)
    }

    #[test]
    fn each_grade_finds_its_own() {
        let all = canvass(&[
            Some((Grade::Folded, 0)),
            Some((Grade::Attested(2), 0)),
            Some((Grade::Claimed, 2)),
            None,
        ]);
        let precincts = Precincts::Automatic(4);
        let order = precinct::in_order(&precincts, None);
        let found = |grade| -> Vec<u16> {
            let search = Search {
                grade,
                ..Search::default()
            };
            let found = find(&all, &order, &precincts, &search);
            found.iter().map(|part| part.precinct.0).collect()
        };
        let expected: [&[u16]; 7] = [&[0, 1, 2, 3], &[0], &[1], &[2], &[2], &[2], &[3]];
        for (sought, expected) in Sought::CHOICES.into_iter().zip(expected) {
            assert_eq!(found(sought), expected, "{sought:?}");
        }
    }

    #[test]
    fn a_name_is_found_by_any_part_of_it() {
        let all = canvass(&[None, None, None]);
        let halls = ["North hall", "South hall", "Annex"].map(str::to_owned);
        let precincts = Precincts::Named(halls.into());
        let order = precinct::in_order(&precincts, Some(PrecinctId(1)));
        let found = |name: &str| -> Vec<u16> {
            let search = Search {
                name: name.to_owned(),
                ..Search::default()
            };
            let found = find(&all, &order, &precincts, &search);
            found.iter().map(|part| part.precinct.0).collect()
        };
        assert_eq!(found(" HALL "), [1, 0]);
        assert_eq!(found(""), [1, 2, 0]);
        assert_eq!(found("west"), [0; 0]);
    }

    #[test]
    fn of_many_those_come_first_of_which_something_was_heard() {
        let mut grades = [None; 30];
        for heard in [3, 12, 28] {
            grades[heard] = Some((Grade::Claimed, 0));
        }
        let mut all = canvass(&grades);
        // What was struck was heard of.
        all.parts[20].struck = 1;
        let own = Some(PrecinctId(17));
        let order = precinct::in_order(&Precincts::Automatic(30), own);
        let listed: Vec<u16> = heard_first(&all, &order, own)
            .iter()
            .map(|precinct| precinct.0)
            .collect();
        assert_eq!(listed[..7], [17, 3, 12, 20, 28, 0, 1]);
        assert_eq!(listed[28..], [27, 29]);
        assert_eq!(listed.len(), 30);
    }

    #[test]
    fn a_few_are_listed_by_name_whatever_was_heard() {
        let all = canvass(&[None, None, Some((Grade::Claimed, 0))]);
        let order = precinct::in_order(&Precincts::Automatic(3), None);
        assert_eq!(heard_first(&all, &order, None), order);
    }

    #[test]
    fn a_page_never_lists_more_than_it_may() {
        assert_eq!(page(24, None), (0, 24));
        assert_eq!(page(4096, None), (0, 24));
        assert_eq!(page(4096, Some(0)), (0, 100));
        assert_eq!(page(4096, Some(40)), (4000, 96));
        // A search may leave fewer pages than were leafed through.
        assert_eq!(page(150, Some(40)), (100, 50));
        assert_eq!(page(200, Some(2)), (100, 100));
        assert_eq!(page(0, Some(3)), (0, 0));
    }
}
