//! "Why?", answered: what a replica says of an op, in plain words.

use election_core::poll::choice::Choice;
use election_core::poll::genesis::Genesis;
use election_core::poll::register::Standing;
use election_core::poll::words;
use election_core::replica::view::Explanation;

use super::leader::list;

/// The marked options by name: "Bergen and Porto".
#[must_use]
pub fn choice(choice: Choice, poll: &Genesis) -> String {
    let names: Vec<&str> = choice
        .marked()
        .filter_map(|index| poll.options().get(index).map(String::as_str))
        .collect();
    list(&names)
}

/// A standing in two or three words, for a table.
#[must_use]
pub fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Counted => "counted",
        Standing::Replaced { .. } => "replaced",
        Standing::Spoiled { .. } => "spoiled",
        Standing::Revoked { .. } => "revoked",
    }
}

/// Why an op counts or does not.
#[must_use]
pub fn explain(explanation: &Explanation) -> String {
    match explanation {
        Explanation::NotHere => "This tab does not have it (any more).".to_owned(),
        Explanation::HeldBack { waits_for } => {
            format!("It came before something that it follows, and waits for that: {waits_for}.")
        }
        Explanation::Genesis => "This is the poll's definition, signed by its chair.".to_owned(),
        Explanation::NeedsNewerVersion => {
            "This is of a kind that needs a newer version of this page. It is kept and \
             passed on, and not counted here."
                .to_owned()
        }
        Explanation::Revocation { reason, voter, .. } => format!(
            "The chair signed this revocation. It takes one ballot of {} out of the count for good, and nobody can \
             undo it; the voter can vote again. The reason given: “{reason}”",
            words::voter(voter).join(" ")
        ),
        Explanation::Strike { reason, .. } => format!(
            "The chair signed this strike. The very return that it names counts for nothing, in every total and whoever \
             signs it, and nobody can undo that; the precinct counts again once it has other ballots: a new vote, or one that the chair revokes. \
             The reason given: “{reason}”"
        ),
        Explanation::Ballot {
            voter,
            seq,
            standing,
            reason,
            ..
        } => {
            let who = words::voter(voter).join(" ");
            let which = match seq {
                0 => "first ballot".to_owned(),
                more => format!("ballot number {}", more + 1),
            };
            let signed = format!(
                "This is the {which} of {who}, signed with that voter's key, and the signature is right."
            );
            let counts = match standing {
                Standing::Counted => "It is that voter's latest, so it counts.".to_owned(),
                Standing::Replaced { .. } => {
                    "The same voter cast a later one, so only that later one counts.".to_owned()
                }
                Standing::Spoiled { .. } => {
                    "The same voter signed two different ballots under this number, so neither \
                     counts. Both are kept as the proof; a new vote heals it."
                        .to_owned()
                }
                Standing::Revoked { .. } => match reason {
                    Some(reason) => format!(
                        "The chair revoked it, so it does not count. The reason given: “{reason}”"
                    ),
                    None => "The chair revoked it, so it does not count.".to_owned(),
                },
            };
            format!("{signed} {counts}")
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use election_core::ids::{OpId, VoterKey};
    use election_core::poll::genesis::{DEFAULT_MAX_SEQ, Method};

    use super::*;

    #[test]
    fn each_standing_has_its_own_answer() {
        let id = OpId([1; 32]);
        let marks = Choice::new(&[0], Method::Single, 2).unwrap();
        let answers = [
            Standing::Counted,
            Standing::Replaced { by: id },
            Standing::Spoiled { with: id },
            Standing::Revoked { by: id },
        ]
        .map(|standing| {
            let reason = matches!(standing, Standing::Revoked { .. }).then(|| "twice".to_owned());
            explain(&Explanation::Ballot {
                voter: VoterKey([0; 32]),
                seq: 1,
                choice: marks,
                standing,
                reason,
            })
        });
        assert!(
            answers
                .iter()
                .all(|answer| answer.starts_with("This is the ballot number 2 of agile alder"))
        );
        assert!(answers[0].ends_with("so it counts."));
        assert!(answers[1].contains("later one"));
        assert!(answers[2].contains("neither"));
        assert!(answers[3].ends_with("“twice”"));
    }

    #[test]
    fn marks_are_named() {
        let poll = Genesis::new(
            VoterKey([0; 32]),
            "Where?",
            &["A", "B", "C"],
            Method::Approval,
            DEFAULT_MAX_SEQ,
        )
        .unwrap();
        assert_eq!(
            choice(Choice::new(&[0, 2], Method::Approval, 3).unwrap(), &poll),
            "A and C"
        );
    }
}
