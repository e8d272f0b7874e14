//! What happened, for a log that people read: the last few hundred deliveries, newest last, and
//! every revocation.
//!
//! Ballots that come in together, when sets were compared after an absence or in a tab that is new
//! to the poll, are one line and not hundreds; and so are disputes of one precinct. Pure: tested
//! natively.

use std::rc::Rc;

use election_core::ids::{OpId, PrecinctId, VoterKey};
use election_core::poll::choice::Choice;
use election_core::poll::op::{Op, VerifiedOp};
use election_core::replica::io::{Delivered, Via};
use election_core::time::Millis;

/// The most entries that are kept, revocations not counted: the newest.
pub const MAX_ENTRIES: usize = 300;
/// The most revocations and strikes that are kept: the newest. They do not give way to ballots,
/// because they are to be seen for ever; of older ones the log knows the number.
pub const MAX_REVOCATIONS: usize = 1_000;
/// The most ballots that a batch names; of the others it knows the number.
pub const MAX_NAMED: usize = 50;
/// Ballots that come by sync at most this long after another are one batch.
const TOGETHER: Millis = Millis(2_000);

/// One line of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Unlike any other entry's, for as long as the page lives.
    pub serial: u64,
    /// When it came here.
    pub at: Millis,
    /// What it was.
    pub what: Happening,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happening {
    /// An op came in, or was made here.
    Op(Rc<VerifiedOp>, Struck),
    /// Ballots that came in together; it may be one.
    Batch {
        /// The first of them, at most [`MAX_NAMED`].
        named: Vec<Rc<VerifiedOp>>,
        /// How many there are.
        number: u64,
    },
    /// Members of a precinct dispute what was claimed of it.
    Dispute {
        /// Of which precinct.
        precinct: PrecinctId,
        /// Who did so last.
        by: VoterKey,
        /// How often somebody did.
        number: u64,
    },
}

/// What is known of the ballot that a revocation speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Struck {
    /// Of which precinct its voter is, in a poll with precincts.
    pub precinct: Option<PrecinctId>,
    /// What it said, when it is here.
    pub choice: Option<Choice>,
}

/// The log.
#[derive(Debug, Clone, Default)]
pub struct Activity {
    entries: Rc<Vec<Entry>>,
    serial: u64,
    /// How many of the entries are revocations.
    revocations: usize,
    /// Revocations that there was no room for.
    left_out: u64,
}

impl Activity {
    /// The entries, oldest first. Cheap to clone.
    #[must_use]
    pub fn entries(&self) -> Rc<Vec<Entry>> {
        Rc::clone(&self.entries)
    }

    /// When that ballot came, if the log still names it. Looks at all of it.
    #[must_use]
    pub fn when(&self, ballot: OpId) -> Option<Millis> {
        let mut entries = self.entries.iter();
        let named = |entry: &&Entry| match &entry.what {
            Happening::Op(op, _) => op.id() == ballot,
            Happening::Batch { named, .. } => named.iter().any(|op| op.id() == ballot),
            Happening::Dispute { .. } => false,
        };
        entries.find(named).map(|entry| entry.at)
    }

    /// How many revocations are not among the entries, all of them older than those that are.
    #[must_use]
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// Adds a dispute of what is claimed of a precinct: one line for each precinct, however many
    /// there are.
    pub fn dispute(&mut self, precinct: PrecinctId, by: VoterKey, at: Millis) {
        let entries = Rc::make_mut(&mut self.entries);
        let known = entries.iter().position(
            |entry| matches!(entry.what, Happening::Dispute { precinct: of, .. } if of == precinct),
        );
        let before = known.map(|known| entries.remove(known).what);
        let number = match before {
            Some(Happening::Dispute { number, .. }) => number + 1,
            _ => 1,
        };
        let what = Happening::Dispute {
            precinct,
            by,
            number,
        };
        self.insert(at, what);
    }

    /// Adds a delivery. `struck` is what is known of a revoked ballot.
    pub fn add(&mut self, delivered: Delivered, struck: Struck) {
        let Delivered { op, at, via } = delivered;
        let op = Rc::new(op);
        let what = match (&**op, via) {
            (Op::Ballot(_), Via::Sync) if self.joins(&op, at) => return,
            (Op::Ballot(_), Via::Sync) => Happening::Batch {
                named: vec![op],
                number: 1,
            },
            _ => Happening::Op(op, struck),
        };
        self.insert(at, what);
    }

    fn insert(&mut self, at: Millis, what: Happening) {
        self.serial += 1;
        let revocation = is_revocation(&what);
        let entries = Rc::make_mut(&mut self.entries);
        // Only a restore adds what is older than the last entry.
        let place = entries.partition_point(|entry| entry.at <= at);
        let serial = self.serial;
        entries.insert(place, Entry { serial, at, what });
        let (number, most) = if revocation {
            self.revocations += 1;
            (self.revocations, MAX_REVOCATIONS)
        } else {
            (entries.len() - self.revocations, MAX_ENTRIES)
        };
        if number <= most {
            return;
        }
        // The oldest of its kind gives way.
        if let Some(oldest) = entries
            .iter()
            .position(|entry| is_revocation(&entry.what) == revocation)
        {
            entries.remove(oldest);
        }
        if revocation {
            self.revocations -= 1;
            self.left_out += 1;
        }
    }

    /// Adds a ballot that came by sync to the line before, if that came by sync just now.
    fn joins(&mut self, ballot: &Rc<VerifiedOp>, at: Millis) -> bool {
        let entries = Rc::make_mut(&mut self.entries);
        let Some(last) = entries.last_mut().filter(|last| at - last.at <= TOGETHER) else {
            return false;
        };
        match &mut last.what {
            Happening::Batch { named, number } => {
                if named.len() < MAX_NAMED {
                    named.push(Rc::clone(ballot));
                }
                *number += 1;
                last.at = at;
                true
            }
            _ => false,
        }
    }
}

fn is_revocation(what: &Happening) -> bool {
    matches!(what, Happening::Op(op, _) if op.index().is_some())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use ed25519_zebra::SigningKey;
    use election_core::ids::{PollId, ReturnId};
    use election_core::poll::ballot::Ballot;
    use election_core::poll::genesis::Genesis;
    use election_core::poll::method::Method;
    use election_core::poll::revocation::RevokeBallot;
    use election_core::poll::strike::StrikeReturn;
    use election_core::wire::envelope::sign;

    use super::*;

    fn delivered(by: u8, op: Op, at: u64, via: Via) -> Delivered {
        Delivered {
            op: sign(&SigningKey::from([by; 32]), PollId([0; 32]), op),
            at: Millis(at),
            via,
        }
    }

    fn ballot(by: u8, at: u64, via: Via) -> Delivered {
        let choice = Choice::new(&[0], Method::Single, 2).unwrap();
        let chair = VoterKey([0; 32]);
        let poll = Genesis::new(chair, "?", &["a", "b"], Method::Single, 9).unwrap();
        delivered(by, Op::Ballot(Ballot::new(None, choice, &poll)), at, via)
    }

    fn revocation(at: u64) -> Delivered {
        let op = RevokeBallot {
            index: 0,
            voter: VoterKey([9; 32]),
            ballot: OpId([9; 32]),
            reason: format!("Voted twice, {at}"),
        };
        delivered(1, Op::RevokeBallot(Box::new(op)), at, Via::Gossip)
    }

    #[test]
    fn a_strike_stays_like_a_revocation() {
        let mut activity = Activity::default();
        let op = StrikeReturn {
            index: 0,
            precinct: PrecinctId(2),
            return_id: ReturnId([5; 32]),
            reason: "Not theirs".to_owned(),
        };
        let strike = delivered(1, Op::StrikeReturn(Box::new(op)), 0, Via::Gossip);
        activity.add(strike.clone(), Struck::default());
        for at in 1..1_000 {
            activity.add(ballot(1, at, Via::Gossip), Struck::default());
        }
        let expected = Happening::Op(Rc::new(strike.op), Struck::default());
        assert_eq!(activity.entries()[0].what, expected);
    }

    fn revocations(activity: &Activity) -> Vec<Millis> {
        let entries = activity.entries();
        let revoked = entries.iter().filter(|entry| is_revocation(&entry.what));
        revoked.map(|entry| entry.at).collect()
    }

    #[test]
    fn ballots_do_not_push_a_revocation_out() {
        let mut activity = Activity::default();
        activity.add(revocation(0), Struck::default());
        for at in 1..1_000 {
            activity.add(ballot(1, at, Via::Gossip), Struck::default());
        }
        let entries = activity.entries();
        assert_eq!(entries.len(), MAX_ENTRIES + 1);
        assert_eq!(revocations(&activity), [Millis(0)]);
        assert_eq!(activity.left_out(), 0);
        assert_eq!(entries.last().unwrap().at, Millis(999));
    }

    #[test]
    fn of_too_many_revocations_the_oldest_are_only_counted() {
        let mut activity = Activity::default();
        activity.add(ballot(1, 0, Via::Gossip), Struck::default());
        let most = MAX_REVOCATIONS as u64;
        for at in 1..=most + 7 {
            activity.add(revocation(at), Struck::default());
        }
        let kept = revocations(&activity);
        assert_eq!(kept.len(), MAX_REVOCATIONS);
        assert_eq!(kept[0], Millis(8));
        assert_eq!(activity.left_out(), 7);
        assert_eq!(
            activity.entries().len(),
            MAX_REVOCATIONS + 1,
            "the ballot stays"
        );
    }

    fn numbers(activity: &Activity) -> Vec<u64> {
        let number = |entry: &Entry| match &entry.what {
            Happening::Batch { number, .. } => *number,
            _ => 0,
        };
        activity.entries().iter().map(number).collect()
    }

    #[test]
    fn ballots_that_come_by_sync_together_are_one_line() {
        let mut activity = Activity::default();
        for (id, at) in [(1, 0), (2, 1_500), (3, 3_000), (4, 9_000)] {
            activity.add(ballot(id, at, Via::Sync), Struck::default());
        }
        assert_eq!(numbers(&activity), [3, 1]);
    }

    #[test]
    fn news_in_between_ends_a_batch() {
        let mut activity = Activity::default();
        for (id, via) in [
            (1, Via::Sync),
            (2, Via::Gossip),
            (3, Via::Sync),
            (4, Via::Own),
        ] {
            activity.add(ballot(id, 100, via), Struck::default());
        }
        assert_eq!(numbers(&activity), [1, 0, 1, 0]);
    }

    #[test]
    fn a_restored_log_is_in_the_order_of_arrival_and_bounded() {
        let mut activity = Activity::default();
        for at in (0..1_000).rev() {
            activity.add(ballot(1, at, Via::Restored), Struck::default());
        }
        let entries = activity.entries();
        assert_eq!(entries.len(), MAX_ENTRIES);
        assert!(entries.is_sorted_by_key(|entry| entry.at));
        assert_eq!(entries.last().unwrap().at, Millis(999));
    }

    #[test]
    fn disputes_of_a_precinct_are_one_line_and_the_latest() {
        let mut activity = Activity::default();
        for at in 0..1_000 {
            let voter = VoterKey([at as u8; 32]);
            activity.dispute(PrecinctId(at as u16 % 2), voter, Millis(at));
        }
        activity.add(ballot(1, 2_000, Via::Gossip), Struck::default());
        let entries = activity.entries();
        let [even, odd, _] = entries.as_slice() else {
            panic!("two precincts and a ballot, not {entries:?}");
        };
        assert_eq!((even.at, odd.at), (Millis(998), Millis(999)));
        let last = Happening::Dispute {
            precinct: PrecinctId(1),
            by: VoterKey([231; 32]),
            number: 500,
        };
        assert_eq!(odd.what, last);
    }

    #[test]
    fn a_batch_names_a_bounded_number() {
        let mut activity = Activity::default();
        for id in 0..200 {
            activity.add(ballot(id, 0, Via::Sync), Struck::default());
        }
        let entries = activity.entries();
        let [
            Entry {
                what: Happening::Batch { named, number },
                ..
            },
        ] = entries.as_slice()
        else {
            panic!("one batch, not {entries:?}");
        };
        assert_eq!((named.len(), *number), (MAX_NAMED, 200));
    }
}
