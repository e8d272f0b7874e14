//! What a run of the broadcast family writes down: who broadcast what after what, and who delivered
//! what in which order.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use election_core::ids::ReplicaId;
use election_core::time::Millis;
use election_textbook::broadcast::MessageId;

/// Everything that the checkers look at. It grows by four bytes a delivery: what came before a
/// message is not copied, because it is a prefix of its sender's deliveries, and a length says
/// which.
#[derive(Debug, Clone, Default)]
pub struct History {
    messages: Vec<Message>,
    numbers: HashMap<MessageId, u32>,
    processes: BTreeMap<ReplicaId, Process>,
    late: BTreeSet<ReplicaId>,
    /// The first id under which something was broadcast again.
    again: Option<MessageId>,
}

/// A message that was broadcast, or that somebody says was.
#[derive(Debug, Clone, Copy)]
pub(super) struct Message {
    pub(super) id: MessageId,
    /// `None`: nobody broadcast it.
    pub(super) sent: Option<Sent>,
}

/// How a message was broadcast.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sent {
    /// How many messages its sender had delivered.
    pub(super) past: usize,
    /// How many messages its sender had broadcast.
    pub(super) before: usize,
    at: Millis,
}

/// What one process did. A process that starts again with nothing is another, with another name.
#[derive(Debug, Clone, Default)]
pub(super) struct Process {
    /// What it broadcast, in that order; messages by their number in the history.
    pub(super) broadcasts: Vec<u32>,
    /// What it delivered, in that order.
    pub(super) deliveries: Vec<u32>,
}

impl History {
    /// There is such a process. Whoever broadcasts or delivers needs no introduction; whoever does
    /// neither is overlooked without one.
    pub fn joined(&mut self, process: ReplicaId) {
        self.processes.entry(process).or_default();
    }

    /// That process was not there from the beginning: what it delivers may leave gaps in the one
    /// order, though not go against it.
    pub fn joined_late(&mut self, process: ReplicaId) {
        self.joined(process);
        self.late.insert(process);
    }

    /// The message's sender broadcast it. To be called before any delivery of it is written down,
    /// the sender's own included: whatever is written down before belongs to the message's past.
    pub fn broadcast(&mut self, id: MessageId, now: Millis) {
        let number = self.number(id);
        let process = self.processes.entry(id.sender).or_default();
        let message = &mut self.messages[number as usize];
        if message.sent.is_none() {
            message.sent = Some(Sent {
                past: process.deliveries.len(),
                before: process.broadcasts.len(),
                at: now,
            });
            process.broadcasts.push(number);
        } else {
            self.again.get_or_insert(id);
        }
    }

    /// A process delivered that message.
    pub fn delivered(&mut self, process: ReplicaId, id: MessageId) {
        let number = self.number(id);
        let process = self.processes.entry(process).or_default();
        process.deliveries.push(number);
    }

    /// What a process delivered, in that order.
    pub fn deliveries(&self, process: ReplicaId) -> impl ExactSizeIterator<Item = MessageId> {
        let deliveries = self.process(process).map_or(&[][..], |p| &p.deliveries);
        deliveries.iter().map(|number| self.message(*number).id)
    }

    /// The processes, ascending.
    pub fn processes(&self) -> impl Iterator<Item = ReplicaId> {
        self.processes.keys().copied()
    }

    /// When that message was broadcast, if it was.
    #[must_use]
    pub fn broadcast_at(&self, id: MessageId) -> Option<Millis> {
        let number = self.numbers.get(&id)?;
        self.message(*number).sent.map(|sent| sent.at)
    }

    /// How many messages were broadcast.
    #[must_use]
    pub fn broadcasts(&self) -> usize {
        self.processes.values().map(|p| p.broadcasts.len()).sum()
    }

    /// The first id under which something was broadcast a second time, if there is one.
    pub(super) fn broadcast_again(&self) -> Option<MessageId> {
        self.again
    }

    pub(super) fn is_late(&self, process: ReplicaId) -> bool {
        self.late.contains(&process)
    }

    pub(super) fn process(&self, id: ReplicaId) -> Option<&Process> {
        self.processes.get(&id)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (ReplicaId, &Process)> {
        self.processes.iter().map(|(id, process)| (*id, process))
    }

    pub(super) fn messages(&self) -> &[Message] {
        &self.messages
    }

    /// The message of a number that a [`Process`] of this history holds.
    pub(super) fn message(&self, number: u32) -> &Message {
        &self.messages[number as usize]
    }

    pub(super) fn number_of(&self, id: MessageId) -> Option<u32> {
        self.numbers.get(&id).copied()
    }

    fn number(&mut self, id: MessageId) -> u32 {
        let next = self.messages.len() as u32;
        *self.numbers.entry(id).or_insert_with(|| {
            self.messages.push(Message { id, sent: None });
            next
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::testing::{id, replica};
    use super::*;

    #[test]
    fn a_messages_past_is_what_its_sender_had_delivered() {
        let mut history = History::default();
        history.broadcast(id(1, 1), Millis(5));
        for number in 1..=3 {
            history.delivered(replica(2), id(1, number));
        }
        let delivered: Vec<_> = history.deliveries(replica(2)).collect();
        assert_eq!(delivered, [1, 2, 3].map(|number| id(1, number)));
        history.broadcast(id(2, 7), Millis(9));
        history.delivered(replica(2), id(2, 7));
        assert_eq!(history.broadcast_again(), None);
        history.broadcast(id(2, 7), Millis(10));
        assert_eq!(history.broadcast_again(), Some(id(2, 7)));
        let number = history.number_of(id(2, 7)).unwrap();
        let sent = history.message(number).sent.unwrap();
        assert_eq!((sent.past, sent.before), (3, 0));
        assert_eq!(history.broadcast_at(id(2, 7)), Some(Millis(9)));
        assert_eq!(history.broadcast_at(id(1, 3)), None, "nobody broadcast it");
        assert_eq!(history.broadcasts(), 2);
        history.joined_late(replica(3));
        let all: Vec<_> = history.processes().collect();
        assert_eq!(all, [1, 2, 3].map(replica));
        assert_eq!(history.deliveries(replica(3)).len(), 0);
    }
}
