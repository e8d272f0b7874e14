//! Whether every message came to everybody who is still there.

use std::collections::{BTreeMap, BTreeSet};

use election_core::ids::ReplicaId;
use election_textbook::broadcast::{MessageId, Wait};

use super::history::History;
use super::{Item, Violation};

/// What each live process holds back at the end, and what each of that waits for, as its order
/// says.
pub type HeldBack = BTreeMap<ReplicaId, BTreeMap<MessageId, Wait>>;

/// What is owed to a live process.
#[derive(Debug, Clone, Copy)]
pub enum Owed<'a> {
    /// Every message that a live process delivered or broadcast.
    Everything,
    /// Of these, the ones that wait for nobody who is dead: in a total order a dead member or
    /// leader may hold up everybody, for ever. But then every message that is held up must say so.
    UnlessWaitingForTheDead(&'a HeldBack),
}

/// The first message that is owed and missing at the end of a run: at a live process, what another
/// delivered or what any broadcast. A message that came to dead processes only is owed to nobody.
///
/// (Cachin et al. 2011, module 3.3: *validity*, a correct process delivers what it broadcasts;
/// *agreement*, what one correct process delivers, all do.)
#[must_use]
pub fn violation(
    history: &History,
    alive: &BTreeSet<ReplicaId>,
    owed: Owed<'_>,
) -> Option<Violation> {
    let mut holders: BTreeMap<u32, ReplicaId> = BTreeMap::new();
    let mut delivered: BTreeMap<ReplicaId, BTreeSet<u32>> = BTreeMap::new();
    for &replica in alive {
        let of_this = delivered.entry(replica).or_default();
        if let Some(process) = history.process(replica) {
            of_this.extend(&process.deliveries);
            for &number in process.broadcasts.iter().chain(&process.deliveries) {
                holders.entry(number).or_insert(replica);
            }
        }
    }
    for (&replica, delivered) in &delivered {
        for (&number, &holder) in &holders {
            if delivered.contains(&number) {
                continue;
            }
            let message = history.message(number).id;
            let Owed::UnlessWaitingForTheDead(held) = owed else {
                let item = Item::Message(message);
                return Some(Violation::OpLost {
                    replica,
                    item,
                    holder,
                });
            };
            let held = held.get(&replica);
            let has_come = |id| {
                history
                    .number_of(id)
                    .is_some_and(|n| holders.contains_key(&n))
            };
            if !held.is_some_and(|held| waits_for_the_dead(message, held, alive, has_come)) {
                return Some(Violation::Silent { replica, message });
            }
        }
    }
    None
}

/// Whether a message waits, by way of others that are held back too, for a process that is dead.
/// Only a message that came to no live process is itself dead.
fn waits_for_the_dead(
    message: MessageId,
    held: &BTreeMap<MessageId, Wait>,
    alive: &BTreeSet<ReplicaId>,
    has_come: impl Fn(MessageId) -> bool,
) -> bool {
    let mut at = message;
    // More steps than messages would go in a circle.
    for _ in 0..held.len() {
        match held.get(&at) {
            Some(Wait::Member(who) | Wait::Number { leader: who, .. }) => {
                return !alive.contains(who);
            }
            Some(Wait::Message(next)) if held.contains_key(next) => at = *next,
            Some(Wait::Message(next)) => return !alive.contains(&next.sender) && !has_come(*next),
            None => return false,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use election_core::time::Millis;

    use super::super::testing::{id, replica};
    use super::*;

    /// Replicas 1 and 2 live, 3 is dead; 1 delivered its own first, and what 3 sent before it died.
    fn history() -> (History, BTreeSet<ReplicaId>) {
        let mut history = History::default();
        for (sender, number) in [(1, 1), (3, 1), (3, 2)] {
            history.broadcast(id(sender, number), Millis(0));
        }
        history.delivered(replica(1), id(1, 1));
        history.delivered(replica(1), id(3, 1));
        history.delivered(replica(3), id(3, 2));
        (history, [1, 2].map(replica).into())
    }

    fn held(waits: &[(MessageId, Wait)]) -> HeldBack {
        [(replica(2), waits.iter().copied().collect())].into()
    }

    #[test]
    fn what_one_live_replica_delivered_all_live_ones_must() {
        let (mut history, alive) = history();
        history.delivered(replica(2), id(1, 1));
        let lost = Violation::OpLost {
            replica: replica(2),
            item: Item::Message(id(3, 1)),
            holder: replica(1),
        };
        assert_eq!(violation(&history, &alive, Owed::Everything), Some(lost));
        history.delivered(replica(2), id(3, 1));
        // What only the dead one delivered is owed to nobody.
        assert_eq!(violation(&history, &alive, Owed::Everything), None);
        let found = violation(&history, &[1, 2, 3].map(replica).into(), Owed::Everything);
        assert_eq!(found.map(|found| found.kind()), Some("op-lost"));
    }

    #[test]
    fn what_a_live_replica_broadcast_it_must_deliver_itself() {
        let mut history = History::default();
        history.broadcast(id(1, 1), Millis(0));
        let lost = Violation::OpLost {
            replica: replica(1),
            item: Item::Message(id(1, 1)),
            holder: replica(1),
        };
        let alive = [replica(1)].into();
        assert_eq!(violation(&history, &alive, Owed::Everything), Some(lost));
        assert_eq!(
            violation(&history, &BTreeSet::new(), Owed::Everything),
            None
        );
    }

    #[test]
    fn what_waits_for_the_dead_must_say_so() {
        let (history, alive) = history();
        let found = |waits: &[(MessageId, Wait)]| {
            let held = held(waits);
            violation(&history, &alive, Owed::UnlessWaitingForTheDead(&held))
        };
        let silent = |message| {
            Some(Violation::Silent {
                replica: replica(2),
                message,
            })
        };
        let dead = Wait::Member(replica(3));
        let after = Wait::Message;
        let number = |leader| Wait::Number {
            epoch: 0,
            leader: replica(leader),
        };
        let (first, second) = (id(1, 1), id(3, 1));
        assert_eq!(found(&[(first, dead), (second, after(first))]), None);
        assert_eq!(found(&[(first, number(3)), (second, number(3))]), None);
        assert_eq!(found(&[(first, after(id(3, 9))), (second, dead)]), None);
        // Nothing is said of one; a live one is named; they wait for each other; for what could be
        // had; for nothing.
        assert_eq!(found(&[]), silent(first));
        assert_eq!(found(&[(first, dead)]), silent(second));
        assert_eq!(found(&[(first, dead), (second, number(1))]), silent(second));
        let circle = [(first, after(second)), (second, after(first))];
        assert_eq!(found(&circle), silent(first));
        assert_eq!(found(&[(first, after(second))]), silent(first));
        assert_eq!(found(&[(first, after(id(1, 9)))]), silent(first));
    }
}
