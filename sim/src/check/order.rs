//! Whether messages were delivered as the order promises.
//!
//! The definitions are those of V. Hadzilacos, S. Toueg, "A modular approach to fault-tolerant
//! broadcasts and related problems", 1994, section 3: they speak of what each process had
//! delivered, and so do these oracles. They keep no vector clocks; where FIFO order holds, that a
//! message's clock is at most the clock of what was delivered (K. Birman, A. Schiper, P. Stephenson
//! 1991; R. Schwarz, F. Mattern 1994) says the same as [`Promise::Causal`] here.

use std::collections::{BTreeMap, BTreeSet};

use election_core::ids::ReplicaId;
use election_textbook::broadcast::MessageId;

use super::Violation;
use super::history::{History, Process, Sent};
use crate::pair::{NAMED, When};

/// What an order promises of the deliveries. Each also promises what the ones before it do, but for
/// [`Promise::Named`]: after it comes only what [`Promise::Once`] promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Promise {
    /// A message is delivered at most once by a process, and only if it was broadcast.
    Once,
    /// A message is delivered after the ones that it names: the last [`NAMED`] that its sender had
    /// delivered.
    Named,
    /// A sender's messages are delivered in the order in which they were broadcast, without a gap.
    Fifo,
    /// A message is delivered after all that its sender had delivered or broadcast before it.
    Causal,
    /// There is one sequence of messages that all deliver, as far as they have come.
    Total,
}

/// What that order promises. A leader keeps its promise only as long as it stays: where leaders
/// changed, only [`Promise::Once`] is promised.
#[must_use]
pub const fn promise_of(when: When) -> Promise {
    match when {
        When::Unordered => Promise::Once,
        When::CausalNamed => Promise::Named,
        When::Fifo => Promise::Fifo,
        When::Causal => Promise::Causal,
        When::Leader | When::Lamport => Promise::Total,
    }
}

/// The first delivery that breaks the promise. For n messages of s senders, O(n s) for each
/// process.
#[must_use]
pub fn violation(history: &History, promise: Promise) -> Option<Violation> {
    if let Some(message) = history.broadcast_again() {
        return Some(Violation::BroadcastTwice { message });
    }
    let mut processes = history.all();
    let one = processes.find_map(|(id, process)| of_one(history, promise, id, process));
    if promise == Promise::Total {
        one.or_else(|| two_orders(history))
    } else {
        one
    }
}

/// What a single process's deliveries show.
fn of_one(
    history: &History,
    promise: Promise,
    replica: ReplicaId,
    process: &Process,
) -> Option<Violation> {
    let mut is_delivered = vec![false; history.messages().len()];
    let mut delivered_of: BTreeMap<ReplicaId, usize> = BTreeMap::new();
    for &number in &process.deliveries {
        let message = history.message(number).id;
        let Some(sent) = history.message(number).sent else {
            return Some(Violation::DeliveredNeverSent { replica, message });
        };
        if core::mem::replace(&mut is_delivered[number as usize], true) {
            return Some(Violation::DeliveredTwice { replica, message });
        }
        let sender = history.process(message.sender)?;
        let missing = |before: &[u32]| -> Option<MessageId> {
            let mut before = before.iter();
            let missing = before.find(|number| !is_delivered[**number as usize])?;
            Some(history.message(*missing).id)
        };
        if promise >= Promise::Fifo {
            let before = delivered_of.entry(message.sender).or_default();
            let expected = sender.broadcasts[*before];
            if expected != number {
                let expected = history.message(expected).id;
                return Some(Violation::FifoBroken {
                    replica,
                    message,
                    expected,
                });
            }
            *before += 1;
        }
        if promise >= Promise::Causal
            && let Some(expected) = missing(new_past(history, sender, sent))
        {
            return Some(Violation::CausalBroken {
                replica,
                message,
                expected,
            });
        }
        if promise == Promise::Named
            && let Some(expected) =
                missing(&sender.deliveries[sent.past.saturating_sub(NAMED)..sent.past])
        {
            return Some(Violation::NamedBroken {
                replica,
                message,
                expected,
            });
        }
    }
    None
}

/// What the sender had delivered when it broadcast that message, but had not when it broadcast the
/// one before. The rest of the past needs no second look: the one before is delivered already, and
/// its past was looked at then.
fn new_past<'a>(history: &History, sender: &'a Process, sent: Sent) -> &'a [u32] {
    let before = sent
        .before
        .checked_sub(1)
        .map(|last| sender.broadcasts[last]);
    let old = before.and_then(|number| history.message(number).sent);
    &sender.deliveries[old.map_or(0, |old| old.past)..sent.past]
}

/// What two processes' deliveries show together: that they are not both part of one sequence.
fn two_orders(history: &History) -> Option<Violation> {
    let punctual = || history.all().filter(|(id, _)| !history.is_late(*id));
    let (longest, sequence) = punctual()
        .max_by_key(|(_, process)| process.deliveries.len())
        .map_or((ReplicaId(0), &[][..]), |(id, process)| {
            (id, &process.deliveries[..])
        });
    for (replica, process) in punctual() {
        let mut places = process.deliveries.iter().zip(sequence);
        if let Some((message, expected)) = places.find(|(is, should_be)| is != should_be) {
            return Some(Violation::TotalBroken {
                replica,
                message: history.message(*message).id,
                expected: history.message(*expected).id,
                other: longest,
            });
        }
    }
    cycle(history)
}

/// Two messages that the deliveries order both ways, if there are any. "Delivered by someone right
/// before" is a relation on messages; one sequence that all deliver parts of exists exactly when
/// this relation has no cycle, and then taking away again and again a message with nothing before
/// it takes all away (A. Kahn 1962).
fn cycle(history: &History) -> Option<Violation> {
    let mut next: Vec<BTreeMap<u32, ReplicaId>> = vec![BTreeMap::new(); history.messages().len()];
    let mut before = vec![0_usize; next.len()];
    for (replica, process) in history.all() {
        for pair in process.deliveries.windows(2) {
            if next[pair[0] as usize].insert(pair[1], replica).is_none() {
                before[pair[1] as usize] += 1;
            }
        }
    }
    let mut free: Vec<u32> = (0..before.len() as u32)
        .filter(|number| before[*number as usize] == 0)
        .collect();
    while let Some(number) = free.pop() {
        for after in next[number as usize].keys() {
            before[*after as usize] -= 1;
            if before[*after as usize] == 0 {
                free.push(*after);
            }
        }
    }
    // Whatever is left has something left before it; going back from it, one comes by the same
    // message twice.
    let back = |to: u32| {
        (0..next.len() as u32).find_map(|from| {
            let replica = *next[from as usize].get(&to)?;
            (before[from as usize] > 0).then_some((from, replica))
        })
    };
    let mut at = (0..before.len() as u32).find(|number| before[*number as usize] > 0)?;
    let mut seen = BTreeSet::new();
    while seen.insert(at) {
        (at, _) = back(at)?;
    }
    let (previous, replica) = back(at)?;
    let (_, other) = back(previous)?;
    Some(Violation::TotalBroken {
        replica,
        message: history.message(previous).id,
        expected: history.message(at).id,
        other,
    })
}

#[cfg(test)]
mod tests;
