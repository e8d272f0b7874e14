//! Short names for the tests of the checkers.

use election_core::ids::ReplicaId;
use election_textbook::broadcast::MessageId;

pub fn replica(number: u64) -> ReplicaId {
    ReplicaId(number)
}

pub fn id(sender: u64, number: u64) -> MessageId {
    MessageId {
        sender: replica(sender),
        number,
    }
}
