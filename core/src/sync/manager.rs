//! Which sessions there are, who may open one, and when one ends.

use std::collections::BTreeMap;

use super::message::SyncMessage;
use crate::canvass::Canvass;
use crate::time::Millis;
use crate::wire::relay::Handle;

/// All sessions of one replica.
#[derive(Debug, Default)]
pub struct Sync {
    sessions: BTreeMap<Handle, ()>,
}

/// What comes of a message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reaction {
    /// Messages to the peer that it came from, in this order.
    pub send: Vec<SyncMessage>,
    /// Ops to be checked, verified and merged by the caller: whole ops, one after the other.
    pub ops: Option<Vec<u8>>,
    /// The session ended in good order.
    pub finished: bool,
    /// Ops received of those that the peer said it would send in this turn, for showing.
    pub progress: Option<(u64, u64)>,
}

impl Sync {
    /// No sessions.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Opens a session with a peer whose digest differs and holds `theirs` ops.
    pub fn open(
        &mut self,
        peer: Handle,
        session: u64,
        canvass: Option<&mut Canvass>,
        theirs: u64,
        now: Millis,
    ) -> Vec<SyncMessage> {
        let _ = (peer, session, canvass, theirs, now);
        Vec::new()
    }

    /// Takes a message in.
    pub fn receive(
        &mut self,
        from: Handle,
        message: SyncMessage,
        canvass: Option<&mut Canvass>,
        now: Millis,
    ) -> Reaction {
        let _ = (from, message, canvass, now);
        Reaction::default()
    }

    /// When [`Sync::expire`] is due.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Millis> {
        None
    }

    /// Ends sessions that are overdue, and names their peers.
    pub fn expire(&mut self, now: Millis) -> Vec<Handle> {
        let _ = now;
        Vec::new()
    }

    /// Forgets a peer that is gone.
    pub fn forget(&mut self, peer: Handle) {
        self.sessions.remove(&peer);
    }

    /// How many sessions are running.
    #[must_use]
    pub fn active(&self) -> usize {
        self.sessions.len()
    }

    /// Whether a session with that peer is running.
    #[must_use]
    pub fn is_syncing(&self, peer: Handle) -> bool {
        self.sessions.contains_key(&peer)
    }
}
