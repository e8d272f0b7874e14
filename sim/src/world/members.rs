//! Rooms, connections, and whose they are.

use crate::process::Room;

/// The place of a connection that is gone.
pub(super) const GONE: u32 = u32::MAX;

/// A connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Connection {
    pub(super) process: u32,
    /// Where it is in the list of the room's members, or [`GONE`].
    pub(super) place: u32,
    pub(super) room: Room,
}

impl Connection {
    /// Whose it is, or was.
    pub(super) fn holder(self) -> usize {
        self.process as usize
    }
}

/// A connection and whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) connection: u32,
    pub(super) process: u32,
}

/// A room as the relay has it.
#[derive(Debug, Default)]
pub(super) struct Members {
    pub(super) here: Vec<Member>,
    /// How many more the relay says there are.
    pub(super) crowd: u32,
    pub(super) announced: bool,
}
