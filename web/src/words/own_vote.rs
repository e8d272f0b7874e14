//! What a reader of the page hears about their own vote.

use election_core::poll::genesis::{Genesis, Holder};
use election_core::poll::verdict::Verdict;
use election_core::replica::view::{OwnVote, Stage};

use super::text::{ballot as text, notes};
use super::{explain, refusal};
use crate::engine::storage::StorageError;

/// The latest step that the vote took; nothing while it is being saved. It changes with each step
/// and each vote, and with nothing else, so that each is said once.
#[must_use]
pub fn step(vote: &OwnVote, reason: Option<&str>, poll: &Genesis, stored: bool) -> String {
    let choice = explain::choice(vote.choice, poll);
    match (vote.verdict, vote.stage) {
        (Some(Verdict::Revoked { .. }), _) => match reason {
            Some(reason) => text::now_revoked_because(&choice, reason),
            None => text::now_revoked(&choice),
        },
        (Some(Verdict::Barred { .. }), _) => match reason {
            Some(reason) => text::now_barred_because(reason),
            None => text::now_barred().to_owned(),
        },
        (_, Stage::Saving) => String::new(),
        (_, Stage::Saved | Stage::Sent | Stage::SeenBy(0)) if !stored => text::now_cast(&choice),
        (_, Stage::Saved | Stage::Sent | Stage::SeenBy(0)) => text::now_saved(&choice),
        (_, Stage::SeenBy(_)) => text::now_seen(&choice),
    }
}

/// What one has voted, above the paper: "You voted for Bergen". Where it was cast in another tab,
/// or before this one was loaded, it is said whose vote it is: "You voted for Bergen in this
/// browser".
#[must_use]
pub fn voted(vote: &OwnVote, poll: &Genesis, cast_here: bool) -> String {
    let choice = explain::choice(vote.choice, poll);
    match (cast_here, poll.holder()) {
        (true, _) => text::voted(&choice),
        (false, Holder::Browser) => text::voted_in_browser(&choice),
        (false, Holder::Tab) => text::voted_in_tab(&choice),
    }
}

/// Where a vote is that nobody else has. In a poll with precincts only those of one's own keep it,
/// so that is named; who is alone there may still be heard by `others` tabs of other precincts.
/// `stored` says whether this device keeps it.
#[must_use]
pub fn waits(precinct: Option<&str>, others: u32, stored: bool) -> String {
    let says = match precinct {
        None => text::waits().to_owned(),
        Some(own) if others > 0 => text::waits_and_counts(own),
        Some(own) => text::waits_for(own),
    };
    match stored {
        true => text::saved_and(&says),
        false => text::unsaved_and(&says),
    }
}

/// That this device does not save, and why. A key that is `stored` signs nothing then; one that is
/// not votes in its tab.
#[must_use]
pub fn unsaved(error: &StorageError, stored: bool) -> String {
    let why = refusal::part_of_storage(error);
    match stored {
        true => notes::unsaved(&why),
        false => notes::unkept(&why),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use election_core::ids::{OpId, VoterKey};
    use election_core::poll::choice::Choice;
    use election_core::poll::genesis::DEFAULT_MAX_SEQ;
    use election_core::poll::method::Method;

    use super::*;

    #[test]
    fn each_step_is_said_once() {
        let options = ["Tea".to_owned(), "Coffee".to_owned()];
        let method = Method::Single;
        let chair = VoterKey([1; 32]);
        let poll = Genesis::new(chair, "Drinks", &options, method, DEFAULT_MAX_SEQ).unwrap();
        let said = |stage, verdict, reason, option| {
            let vote = OwnVote {
                ballot: OpId([1; 32]),
                seq: 0,
                choice: Choice::new(&[option], method, 2).unwrap(),
                stage,
                verdict,
            };
            step(&vote, reason, &poll, true)
        };
        let counted = Some(Verdict::Counted);
        assert_eq!(said(Stage::Saving, None, None, 0), "");
        let saved = said(Stage::Saved, counted, None, 0);
        assert_eq!(saved, "Your vote for Tea is saved on this device.");
        assert!(!waits(None, 0, false).contains("Saved"));
        assert_eq!(said(Stage::Sent, counted, None, 0), saved);
        let seen = said(Stage::SeenBy(1), counted, None, 0);
        assert_eq!(seen, "Somebody else has your vote for Tea.");
        assert_eq!(said(Stage::SeenBy(9), counted, None, 0), seen);
        assert_ne!(said(Stage::SeenBy(9), counted, None, 1), seen);
        let by = OpId([2; 32]);
        let revoked = Some(Verdict::Revoked { by });
        assert_eq!(
            said(Stage::SeenBy(9), revoked, Some("Voted twice"), 0),
            "The chair revoked your vote for Tea: Voted twice"
        );
    }

    #[test]
    fn a_vote_from_another_tab_is_the_browsers_or_the_tabs_own() {
        let options = ["Bergen", "Porto", "Stay here"].map(str::to_owned);
        let method = Method::Approval;
        let poll = Genesis::new(
            VoterKey([1; 32]),
            "Where?",
            &options,
            method,
            DEFAULT_MAX_SEQ,
        )
        .unwrap();
        let said = |marks: &[usize], holder, cast_here| {
            let vote = OwnVote {
                ballot: OpId([1; 32]),
                seq: 0,
                choice: Choice::new(marks, method, options.len()).unwrap(),
                stage: Stage::Saved,
                verdict: Some(Verdict::Counted),
            };
            voted(&vote, &poll.clone().with_holder(holder), cast_here)
        };
        let (browser, tab) = (Holder::Browser, Holder::Tab);
        assert_eq!(said(&[0], browser, true), "You voted for Bergen");
        assert_eq!(
            said(&[0], browser, false),
            "You voted for Bergen in this browser"
        );
        assert_eq!(said(&[0], tab, true), "You voted for Bergen");
        assert_eq!(said(&[0], tab, false), "You voted for Bergen in this tab");
        assert_eq!(
            said(&[0, 1, 2], browser, false),
            "You voted for Bergen, Porto and Stay here in this browser"
        );
    }

    #[test]
    fn who_is_alone_in_a_precinct_is_told_who_keeps_the_vote_and_who_hears_of_it() {
        assert_eq!(
            waits(None, 0, true),
            "Saved on this device. It is sent when someone is in reach."
        );
        assert_eq!(
            waits(Some("Kitchen"), 0, true),
            "Saved on this device. It is sent when someone of Kitchen is in reach."
        );
        assert_eq!(
            waits(Some("Kitchen"), 2, true),
            "Saved on this device. Nobody else of Kitchen is in reach to keep it; the other precincts see Kitchen's return."
        );
    }
}
