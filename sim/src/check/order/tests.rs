use election_core::time::Millis;
use proptest::prelude::*;

use super::super::testing::{id, replica};
use super::*;
use crate::random::Random;

const ALL: [Promise; 5] = [
    Promise::Once,
    Promise::Named,
    Promise::Fifo,
    Promise::Causal,
    Promise::Total,
];

/// What happened, in order: a replica broadcasts its message of that number, or delivers another's.
enum Step {
    Sends(u64, u64),
    Takes(u64, MessageId),
}
use Step::{Sends, Takes};

fn history(events: impl IntoIterator<Item = Step>) -> History {
    let mut history = History::default();
    for event in events {
        match event {
            Sends(sender, number) => history.broadcast(id(sender, number), Millis(0)),
            Takes(process, message) => history.delivered(replica(process), message),
        }
    }
    history
}

/// The kinds of what is found under each promise; "" where nothing is.
fn kinds(events: impl IntoIterator<Item = Step>) -> [&'static str; 5] {
    let history = history(events);
    ALL.map(|promise| violation(&history, promise).map_or("", |found| found.kind()))
}

#[test]
fn nothing_happened_and_nothing_is_wrong() {
    assert_eq!(kinds([]), [""; 5]);
}

#[test]
fn twice_is_once_too_often() {
    let events = [Sends(1, 1), Takes(2, id(1, 1)), Takes(2, id(1, 1))];
    assert_eq!(kinds(events), ["delivered-twice"; 5]);
}

#[test]
fn what_nobody_broadcast_cannot_be_delivered() {
    let events = [Sends(1, 1), Takes(2, id(1, 2))];
    assert_eq!(kinds(events), ["delivered-never-sent"; 5]);
}

#[test]
fn a_gap_in_a_senders_messages_breaks_fifo_order() {
    let events = || [Sends(1, 1), Sends(1, 2), Takes(2, id(1, 2))];
    let broken = "fifo-broken";
    assert_eq!(kinds(events()), ["", "", broken, broken, broken]);
    let found = violation(&history(events()), Promise::Fifo);
    let expected = Violation::FifoBroken {
        replica: replica(2),
        message: id(1, 2),
        expected: id(1, 1),
    };
    assert_eq!(found, Some(expected));
}

#[test]
fn numbers_that_were_used_for_something_else_are_no_gap() {
    // A leader's own messages share their numbers with the places that it gives out.
    let events = [
        Sends(1, 2),
        Sends(1, 5),
        Takes(2, id(1, 2)),
        Takes(2, id(1, 5)),
    ];
    assert_eq!(kinds(events), [""; 5]);
}

#[test]
fn an_answer_before_its_question_breaks_causal_order() {
    let events = || {
        [
            Sends(1, 1),
            Takes(2, id(1, 1)),
            Sends(2, 1),
            Takes(3, id(2, 1)),
            Takes(3, id(1, 1)),
        ]
    };
    let broken = "causal-broken";
    assert_eq!(kinds(events()), ["", "named-broken", "", broken, broken]);
    let found = violation(&history(events()), Promise::Causal);
    let expected = Violation::CausalBroken {
        replica: replica(3),
        message: id(2, 1),
        expected: id(1, 1),
    };
    assert_eq!(found, Some(expected));
}

#[test]
fn the_past_of_a_later_message_counts_as_well() {
    // 2 answers a second time, after another question; 3 has the first question only.
    let events = [
        Sends(1, 1),
        Takes(2, id(1, 1)),
        Sends(2, 1),
        Sends(1, 2),
        Takes(2, id(1, 2)),
        Sends(2, 2),
        Takes(3, id(1, 1)),
        Takes(3, id(2, 1)),
        Takes(3, id(2, 2)),
    ];
    let broken = "causal-broken";
    assert_eq!(kinds(events), ["", "named-broken", "", broken, broken]);
}

#[test]
fn what_is_not_named_may_come_later() {
    // The oldest of three deliveries is not among the last two.
    let sent = (1..=3).flat_map(|number| [Sends(1, number), Takes(2, id(1, number))]);
    let taken = [id(1, 2), id(1, 3), id(2, 1), id(1, 1)].map(|message| Takes(3, message));
    let events = sent.chain([Sends(2, 1)]).chain(taken);
    let broken = "fifo-broken";
    assert_eq!(kinds(events), ["", "", broken, broken, broken]);
}

#[test]
fn two_who_disagree_break_total_order() {
    let events = || {
        [
            Sends(1, 1),
            Sends(2, 1),
            Takes(1, id(1, 1)),
            Takes(1, id(2, 1)),
            Takes(2, id(2, 1)),
        ]
    };
    assert_eq!(kinds(events()), ["", "", "", "", "total-broken"]);
    let found = violation(&history(events()), Promise::Total);
    let expected = Violation::TotalBroken {
        replica: replica(2),
        message: id(2, 1),
        expected: id(1, 1),
        other: replica(1),
    };
    assert_eq!(found, Some(expected));
}

#[test]
fn who_came_late_may_miss_something_but_not_turn_it_around() {
    let events = || {
        let sent = (1..=3).map(|sender| Sends(sender, 1));
        sent.chain((1..=3).map(|sender| Takes(9, id(sender, 1))))
    };
    let late = |takes: &[(u64, MessageId)]| {
        let mut history = history(events());
        for &(process, message) in takes {
            history.joined_late(replica(process));
            history.delivered(replica(process), message);
        }
        violation(&history, Promise::Total)
    };
    assert_eq!(late(&[(8, id(1, 1)), (8, id(3, 1))]), None);
    let turned = late(&[(8, id(3, 1)), (8, id(1, 1))]);
    assert_eq!(turned.map(|found| found.kind()), Some("total-broken"));
    // Two late ones against each other, about what the others have not got.
    let mut history = history([Sends(1, 1), Sends(2, 1)]);
    for process in [7, 8] {
        history.joined_late(replica(process));
    }
    for (process, sender) in [(7, 1), (7, 2), (8, 2), (8, 1)] {
        history.delivered(replica(process), id(sender, 1));
    }
    let Some(Violation::TotalBroken {
        replica,
        message,
        expected,
        other,
    }) = violation(&history, Promise::Total)
    else {
        unreachable!("7 and 8 disagree")
    };
    let first_at = |process| history.deliveries(process).next();
    assert_eq!(first_at(replica), Some(message));
    assert_eq!(first_at(other), Some(expected));
}

#[test]
fn three_who_disagree_only_together_break_total_order() {
    let mut history = history((1..=3).map(|sender| Sends(sender, 1)));
    for (process, first, second) in [(7, 1, 2), (8, 2, 3), (9, 3, 1)] {
        history.joined_late(replica(process));
        history.delivered(replica(process), id(first, 1));
        history.delivered(replica(process), id(second, 1));
    }
    let found = violation(&history, Promise::Total);
    assert_eq!(found.map(|found| found.kind()), Some("total-broken"));
}

const REPLICAS: u64 = 4;

/// A random history in which everybody delivers in one causal order: each step, somebody
/// broadcasts, or delivers the next of the one sequence. Gives that sequence, too.
fn valid(seed: u64) -> (History, Vec<MessageId>) {
    let mut random = Random::new(seed);
    let mut history = History::default();
    let mut sequence = Vec::new();
    let mut place = [0; REPLICAS as usize];
    let mut sent = [0; REPLICAS as usize];
    for _ in 0..200 {
        let who = random.below(REPLICAS) as usize;
        let process = replica(who as u64);
        if random.chance(0.2) {
            sent[who] += 1;
            let message = id(who as u64, sent[who]);
            history.broadcast(message, Millis(0));
            sequence.push(message);
        } else if let Some(message) = sequence.get(place[who]) {
            history.delivered(process, *message);
            place[who] += 1;
        }
    }
    (history, sequence)
}

/// The same broadcasts with the same pasts, and one more process that delivers that.
fn with_another(history: &History, deliveries: &[MessageId]) -> History {
    let mut history = history.clone();
    for message in deliveries {
        history.delivered(replica(99), *message);
    }
    history
}

/// Whether the one is in the other's past, by vector clocks: another way to say it than the
/// oracle's.
fn happened_before(history: &History, earlier: MessageId, later: MessageId) -> bool {
    if earlier.sender == later.sender {
        return earlier.number < later.number;
    }
    let sent = history
        .number_of(later)
        .and_then(|n| history.message(n).sent);
    let past = sent.map_or(0, |sent| sent.past);
    let deliveries = history.deliveries(later.sender).take(past);
    let clock = deliveries.filter(|message| message.sender == earlier.sender);
    earlier.number <= clock.count() as u64
}

proptest! {
    #[test]
    fn a_valid_history_passes(seed: u64) {
        let (history, sequence) = valid(seed);
        for promise in ALL {
            prop_assert_eq!(violation(&history, promise), None);
            prop_assert_eq!(violation(&with_another(&history, &sequence), promise), None);
        }
    }

    #[test]
    fn swapping_two_deliveries_is_noticed_exactly_where_it_matters(seed: u64, at: prop::sample::Index) {
        let (history, mut sequence) = valid(seed);
        prop_assume!(sequence.len() >= 2);
        let at = at.index(sequence.len() - 1);
        let (earlier, later) = (sequence[at], sequence[at + 1]);
        sequence.swap(at, at + 1);
        let swapped = with_another(&history, &sequence);
        let one_sender = earlier.sender == later.sender;
        let related = happened_before(&history, earlier, later);
        prop_assert_eq!(violation(&swapped, Promise::Once), None);
        prop_assert_eq!(violation(&swapped, Promise::Fifo).is_some(), one_sender);
        prop_assert_eq!(violation(&swapped, Promise::Causal).is_some(), related);
        // Others are so far that they have the earlier one at the place where the later one is now.
        let others = history.all().any(|(_, process)| process.deliveries.len() > at);
        prop_assert_eq!(violation(&swapped, Promise::Total).is_some(), related || others);
    }
}

#[test]
fn an_id_is_used_once() {
    let events = [Sends(1, 1), Takes(1, id(1, 1)), Sends(1, 1)];
    assert_eq!(kinds(events), ["broadcast-twice"; 5]);
}
