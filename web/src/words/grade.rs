//! How far a count can be trusted, in words. No count of another precinct is shown without them.

use election_core::board::Grade;
use election_core::board::canvassed::{Canvassed, Part};
use election_core::poll::method::Method;

use super::leader;
use super::text::{self, grade as text_of};

/// The grade of one precinct, as a tag: "folded", "attested by 5", "claimed", "not heard of yet",
/// or "struck" when that is all that is known.
#[must_use]
pub fn tag(part: &Part) -> String {
    let shown = part.shown.as_ref();
    match shown.map(|shown| (shown.grade, shown.attestations)) {
        None if part.struck > 0 => text_of::struck().to_owned(),
        None => text_of::missing().to_owned(),
        Some((Grade::Folded, _)) => text_of::folded().to_owned(),
        Some((Grade::Attested(members), _)) => text_of::attested_by(members),
        Some((Grade::Claimed, signers)) if signers > 1 => text_of::claimed_by(signers),
        Some((Grade::Claimed, _)) => text_of::claimed().to_owned(),
    }
}

/// The grade of a total, which is its weakest part's: "attested by 2 or more". A total that lacks
/// precincts is no better than "in part".
#[must_use]
pub fn of_total(canvassed: &Canvassed) -> String {
    let says = match canvassed.grade {
        None => return text_of::nothing_yet().to_owned(),
        Some(Grade::Folded) => text_of::folded().to_owned(),
        Some(Grade::Attested(members)) => text_of::attested_by_or_more(members),
        Some(Grade::Claimed) => text_of::claimed().to_owned(),
    };
    if canvassed.missing().next().is_some() {
        text_of::in_part(&says)
    } else {
        says
    }
}

/// Who leads over all precincts, and how sure that is: "Bergen leads with 11 of 24 so far, as
/// claimed."
#[must_use]
pub fn leads(options: &[String], method: Method, canvassed: &Canvassed) -> String {
    let total = &canvassed.total;
    let Some(grade) = canvassed.grade else {
        return text::canvass::nothing_yet().to_owned();
    };
    let said = leader::who(options, &total.counts, method.most_marks(total.counted));
    let some = total.counts.iter().any(|count| *count > 0);
    match grade {
        Grade::Folded if !some => text::results::so_far(&said),
        Grade::Folded if canvassed.missing().next().is_none() => text::canvass::folded(&said),
        Grade::Folded => text::canvass::folded_in_part(&said),
        Grade::Attested(_) => text::canvass::attested(&said),
        Grade::Claimed => text::canvass::claimed(&said),
    }
}

/// How many precincts the total speaks of: "2 of 3 precincts report".
#[must_use]
pub fn reporting(canvassed: &Canvassed) -> String {
    let all = canvassed.parts.len();
    let report = all - canvassed.missing().count();
    if report == all {
        text::canvass::all_report(all)
    } else {
        text::canvass::report(report, all)
    }
}

/// What those hear who do not see the canvass.
#[must_use]
pub fn announcement(options: &[String], method: Method, canvassed: &Canvassed) -> String {
    let (leads, reporting) = (leads(options, method, canvassed), reporting(canvassed));
    text::canvass::announcement(&leads, &reporting)
}

/// Of how many precincts the total is how sure: "1 folded, 1 attested, 1 claimed, 2 not heard of
/// yet".
#[must_use]
pub fn by_grade(canvassed: &Canvassed) -> String {
    let grades = [
        text_of::folded(),
        text_of::attested(),
        text_of::claimed(),
        text_of::struck(),
        text_of::missing(),
    ];
    let mut numbers = [0; 5];
    for part in &canvassed.parts {
        numbers[match part.shown.as_ref().map(|shown| shown.grade) {
            Some(Grade::Folded) => 0,
            Some(Grade::Attested(_)) => 1,
            Some(Grade::Claimed) => 2,
            None if part.struck > 0 => 3,
            None => 4,
        }] += 1;
    }
    let some = numbers
        .iter()
        .zip(grades)
        .filter(|(number, _)| **number > 0);
    some.map(|(number, grade)| text_of::so_many(*number, grade))
        .collect::<Vec<_>>()
        .join(text::common::comma())
}

/// What is wrong with what is shown, each as a tag: "disputed by 2", "1 return struck".
#[must_use]
pub fn marks(part: &Part) -> Vec<String> {
    let disputes = part.shown.as_ref().map_or(0, |shown| shown.disputes);
    let disputed = (disputes > 0).then(|| text_of::disputed_by(disputes));
    // Where nothing is shown, the tag says so.
    let beside = part.struck > 0 && part.shown.is_some();
    let struck = beside.then(|| text_of::struck_returns(part.struck));
    disputed.into_iter().chain(struck).collect()
}

#[cfg(test)]
mod tests {
    use election_core::ballots::Return;
    use election_core::board::canvassed::Shown;
    use election_core::ids::PrecinctId;

    use super::*;

    fn part(precinct: u16, shown: Option<(Grade, usize, usize)>) -> Part {
        let shown = shown.map(|(grade, attestations, disputes)| Shown {
            total: Return {
                counts: [3, 1].into(),
                ballots: 4,
                counted: 4,
                revoked: 0,
                spoiled: 0,
            },
            version: 4,
            grade,
            attestations,
            disputes,
        });
        Part {
            precinct: PrecinctId(precinct),
            shown,
            struck: 0,
        }
    }

    fn canvass(grades: &[Option<Grade>]) -> Canvassed {
        let parts = grades.iter().zip(0..);
        let parts: Vec<Part> = parts
            .map(|(&grade, precinct)| part(precinct, grade.map(|grade| (grade, 1, 0))))
            .collect();
        let mut total = Return::empty(2);
        let shown = || parts.iter().filter_map(|part| part.shown.as_ref());
        shown().for_each(|shown| total.add(&shown.total));
        Canvassed {
            total,
            grade: shown().map(|shown| shown.grade).min(),
            parts,
        }
    }

    const OPTIONS: [&str; 2] = ["Bergen", "Porto"];

    #[test]
    fn every_grade_has_its_tag() {
        for (shown, says) in [
            (None, "not heard of yet"),
            (Some((Grade::Folded, 0, 0)), "folded"),
            (Some((Grade::Attested(5), 5, 0)), "attested by 5"),
            (Some((Grade::Claimed, 1, 0)), "claimed"),
            (Some((Grade::Claimed, 5, 0)), "claimed by 5"),
        ] {
            assert_eq!(tag(&part(0, shown)), says);
        }
        let attested = Some(Grade::Attested(2));
        assert_eq!(of_total(&canvass(&[attested])), "attested by 2 or more");
        assert_eq!(
            of_total(&canvass(&[Some(Grade::Folded), None])),
            "folded, in part"
        );
        assert_eq!(of_total(&canvass(&[None])), "nothing heard yet");
    }

    #[test]
    fn who_leads_is_said_no_surer_than_it_is() {
        let options = OPTIONS.map(str::to_owned);
        let (folded, attested) = (Some(Grade::Folded), Some(Grade::Attested(3)));
        for (grades, says) in [
            (&[folded, folded][..], ", all counted by this tab."),
            (
                &[folded, None],
                " so far, in the precincts that this tab counts.",
            ),
            (&[folded, attested], " so far, as attested."),
            (
                &[folded, attested, Some(Grade::Claimed)],
                " so far, as claimed.",
            ),
        ] {
            let canvassed = canvass(grades);
            let said = leads(&options, Method::Single, &canvassed);
            let (votes, of) = (canvassed.total.counts[0], canvassed.total.counted);
            assert_eq!(said, format!("Bergen leads with {votes} of {of}{says}"));
        }
        let nothing = leads(&options, Method::Single, &canvass(&[None, None]));
        assert_eq!(nothing, "Nothing has been heard of any precinct yet.");
    }

    #[test]
    fn it_is_said_who_is_missing() {
        let some = canvass(&[Some(Grade::Folded), None, Some(Grade::Claimed), None]);
        assert_eq!(reporting(&some), "2 of 4 precincts report");
        assert_eq!(by_grade(&some), "1 folded, 1 claimed, 2 not heard of yet");
        let one = canvass(&[Some(Grade::Folded), None]);
        assert_eq!(reporting(&one), "1 of 2 precincts reports");
        let all = canvass(&[Some(Grade::Folded), Some(Grade::Attested(2))]);
        assert_eq!(reporting(&all), "All 2 precincts report");
    }

    #[test]
    fn disputes_and_strikes_are_marked() {
        let mut odd = part(0, Some((Grade::Claimed, 3, 2)));
        odd.struck = 1;
        assert_eq!(marks(&odd), ["disputed by 2", "1 return struck"]);
        assert!(marks(&part(0, Some((Grade::Claimed, 1, 0)))).is_empty());
        odd.shown = None;
        assert_eq!((tag(&odd), marks(&odd)), ("struck".to_owned(), vec![]));
    }
}
