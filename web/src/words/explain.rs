//! "Why?", answered: what a replica says of an op, in plain words.

use std::borrow::Cow;

use election_core::poll::choice::Choice;
use election_core::poll::genesis::Genesis;
use election_core::poll::op::{Op, VerifiedOp};
use election_core::poll::verdict::Verdict;
use election_core::poll::words;
use election_core::replica::view::{Dependency, Explanation};

use super::leader::list;
use super::text::{common, explain as text};

/// The marked options by name: "Bergen and Porto"; with points, "Bergen: 5 and Porto: 1".
#[must_use]
pub fn choice(choice: Choice, poll: &Genesis) -> String {
    let has_points = poll.method().most_of_option() > 1;
    let options = poll.options().iter().enumerate();
    let named = options.filter_map(|(index, name)| match choice.marks(index) {
        0 => None,
        marks if has_points => Some(Cow::Owned(common::marks(name, marks as u64))),
        _ => Some(Cow::Borrowed(name.as_str())),
    });
    list(&named.collect::<Vec<_>>())
}

/// A verdict in two or three words, for a table.
#[must_use]
pub fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Counted => text::counted(),
        Verdict::Replaced { .. } => text::replaced(),
        Verdict::Spoiled { .. } => text::spoiled(),
        Verdict::Revoked { .. } => text::revoked(),
        Verdict::Barred { .. } => text::barred(),
    }
}

/// What an op waits for, as a part of a sentence.
#[must_use]
pub fn dependency(missing: &Dependency) -> String {
    match missing {
        Dependency::Ballot { voter, seq } => text::missing_ballot(*seq, &voter.to_string()),
        Dependency::Entry(id) => text::missing_entry(&id.to_string()),
    }
}

/// Why an op counts or does not.
#[must_use]
pub fn explain(explanation: &Explanation) -> String {
    match explanation {
        Explanation::NotHere => text::not_here().to_owned(),
        Explanation::HeldBack { waits_for } => text::held_back(&dependency(waits_for)),
        Explanation::Genesis => text::genesis().to_owned(),
        Explanation::Held {
            op,
            verdict,
            reason,
        } => {
            let mut sentences = vec![says(op)];
            sentences.extend(verdict.map(|verdict| counts(verdict).to_owned()));
            sentences.extend(reason.as_deref().or(op.reason()).map(text::reason));
            sentences.join(" ")
        }
    }
}

fn says(op: &VerifiedOp) -> String {
    match &**op {
        Op::Ballot(ballot) => {
            let who = words::voter(&op.author()).join(" ");
            match ballot.seq {
                0 => text::first_ballot(&who),
                more => text::ballot(more + 1, &who),
            }
        }
        Op::RevokeBallot(revocation) => {
            text::revocation(&words::voter(&revocation.voter).join(" "))
        }
        Op::BarVoter(bar) => text::bar(&words::voter(&bar.voter).join(" ")),
        Op::Close(_) => text::close().to_owned(),
        Op::Reopen(_) => text::reopen().to_owned(),
        Op::StrikeReturn(_) => text::strike().to_owned(),
        Op::Unknown { .. } => text::needs_newer().to_owned(),
    }
}

fn counts(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Counted => text::is_counted(),
        Verdict::Replaced { .. } => text::is_replaced(),
        Verdict::Spoiled { .. } => text::is_spoiled(),
        Verdict::Revoked { .. } => text::is_revoked(),
        Verdict::Barred { .. } => text::is_barred(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use ed25519_zebra::SigningKey;
    use election_core::ids::{OpId, PollId, VoterKey};
    use election_core::poll::ballot::Ballot;
    use election_core::poll::method::Method;
    use election_core::wire::envelope::sign;

    use super::*;

    /// A poll, and marks for its first and last option.
    fn poll() -> (Genesis, Choice) {
        let (chair, options) = (VoterKey([0; 32]), ["A", "B", "C"]);
        let poll = Genesis::new(chair, "Where?", &options, Method::Approval, 9).unwrap();
        let marks = Choice::new(&[0, 2], Method::Approval, 3).unwrap();
        (poll, marks)
    }

    #[test]
    fn each_standing_has_its_own_answer() {
        let id = OpId([1; 32]);
        let (poll, marks) = poll();
        let voter = SigningKey::from([1; 32]);
        let ballot = Ballot::new(Some((0, id)), marks, &poll);
        let op = sign(&voter, PollId([0; 32]), Op::Ballot(ballot));
        let answers = [
            Verdict::Counted,
            Verdict::Replaced { by: id },
            Verdict::Spoiled { with: id },
            Verdict::Revoked { by: id },
            Verdict::Barred { by: id },
        ]
        .map(|verdict| {
            explain(&Explanation::Held {
                op: op.clone(),
                verdict: Some(verdict),
                reason: verdict.entry().map(|_| "twice".to_owned()),
            })
        });
        let who = words::voter(&op.author()).join(" ");
        let says = format!("This is the ballot number 2 of {who}, signed");
        assert!(answers.iter().all(|answer| answer.starts_with(&says)));
        assert!(answers[0].ends_with("so it counts."));
        assert!(answers[1].contains("later one"));
        assert!(answers[2].contains("neither"));
        assert!(answers[3].ends_with("“twice”"));
        assert!(answers[4].contains("barred") && answers[4].ends_with("“twice”"));
    }

    #[test]
    fn marks_are_named() {
        let (poll, marks) = poll();
        assert_eq!(choice(marks, &poll), "A and C");
    }
}
