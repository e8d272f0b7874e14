//! Short names for the tests of the checkers.

use election_core::broadcast::MessageId;
use election_core::ids::ReplicaId;

pub fn replica(number: u64) -> ReplicaId {
    ReplicaId(number)
}

pub fn id(sender: u64, number: u64) -> MessageId {
    MessageId {
        sender: replica(sender),
        number,
    }
}
