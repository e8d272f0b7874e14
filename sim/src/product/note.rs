//! What the checkers hear from the members of a room.

use election_core::ids::OpId;
use election_core::replica::io::Event;

/// Something that happened at one member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// An op is part of the poll from now on. A tab's own op, now on its disk: it survives every
    /// crash. An attacker's: it is valid, so it counts as soon as any honest replica takes it in;
    /// nothing promises that one does.
    Made {
        /// The op.
        id: OpId,
        /// All of it.
        bytes: Box<[u8]>,
    },
    /// A tab told its page something. After a restart it delivers again all that its disk still
    /// has, `via` [`Restored`](election_core::replica::io::Via::Restored).
    Told(Event),
}
