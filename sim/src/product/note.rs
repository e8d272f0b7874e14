//! What the checkers hear from the members of a room.

use election_core::ids::OpId;
use election_core::replica::io::Delivered;

/// Something that happened at one member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// An op is part of the poll from now on. A tab's own op, now on its disk: it survives every crash. An attacker's:
    /// it is valid, so it counts as soon as any honest replica takes it in; nothing promises that one does.
    Made {
        /// The op.
        id: OpId,
        /// All of it.
        bytes: Box<[u8]>,
    },
    /// The replica delivered an op. After a restart it does so again for all that its disk still has, `via`
    /// [`Restored`](election_core::replica::io::Via::Restored).
    Delivered(Delivered),
    /// The genesis is there. Comes again after a restart.
    Opened,
    /// An absence was summed up.
    Rejoined,
}
