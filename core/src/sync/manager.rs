//! Which sessions there are, who may open one, and when one ends.

use std::collections::BTreeMap;

use super::message::{Description, Reason, SyncMessage};
use super::session::{Progress, Session};
use crate::canvass::Canvass;
use crate::time::Millis;
use crate::wire::relay::Handle;

/// The most sessions at once that this replica opened.
pub const MAX_OWN: usize = 2;
/// The most sessions at once that others opened.
pub const MAX_OTHERS: usize = 4;

/// All sessions of one replica, at most one with each peer.
///
/// It holds no ops: those come from the [`Canvass`] that is handed in, which is `None` for a newcomer without a
/// genesis, and those that arrive are handed out for the caller to check and merge.
#[derive(Debug, Default)]
pub struct Sync {
    sessions: BTreeMap<Handle, Session>,
    refused: u64,
}

/// What comes of a message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reaction {
    /// Messages to the peer that it came from, in this order.
    pub send: Vec<SyncMessage>,
    /// Ops to be checked, verified and merged by the caller: whole ops, one after the other. The first that a newcomer
    /// gets is the genesis.
    pub ops: Option<Vec<u8>>,
    /// The session ended, and nothing is left that either side found missing.
    pub finished: bool,
    /// Ops received in this turn, of those that the peer said it would send. For showing; the peer may lie.
    pub progress: Option<(u64, u64)>,
}

impl Sync {
    /// No sessions.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Opens a session with a peer whose digest differs and says that it holds `theirs` ops. `session` is to be
    /// unpredictable. Returns what to send to the peer: nothing when a session with it is running, or [`MAX_OWN`] are.
    pub fn open(
        &mut self,
        peer: Handle,
        session: u64,
        canvass: Option<&mut Canvass>,
        theirs: u64,
        now: Millis,
    ) -> Vec<SyncMessage> {
        if self.is_syncing(peer)
            || self
                .sessions
                .values()
                .filter(|session| session.is_own())
                .count()
                >= MAX_OWN
        {
            return Vec::new();
        }
        let (session, message) = Session::open(session, canvass, theirs, now);
        self.sessions.insert(peer, session);
        vec![message]
    }

    /// Takes in a message. One that breaks the rules ends its session and is [counted](Sync::refused).
    pub fn receive(
        &mut self,
        from: Handle,
        message: SyncMessage,
        canvass: Option<&mut Canvass>,
        now: Millis,
    ) -> Reaction {
        let session = message.session();
        let result = match message {
            SyncMessage::Open { about, .. } => {
                return self.opened(from, session, Some(about), canvass, now);
            }
            SyncMessage::OpenEmpty { .. } => return self.opened(from, session, None, canvass, now),
            message => match self
                .sessions
                .get_mut(&from)
                .filter(|running| running.id() == session)
            {
                Some(running) => running.receive(message, canvass, now),
                None if matches!(message, SyncMessage::Close { .. }) => return Reaction::default(),
                None => return closing(session, Reason::Unknown),
            },
        };
        match result {
            Ok(progress) => self.settle(from, progress),
            Err(_) => {
                self.refused += 1;
                self.sessions.remove(&from);
                closing(session, Reason::Refused)
            }
        }
    }

    fn opened(
        &mut self,
        from: Handle,
        session: u64,
        about: Option<Vec<Description>>,
        canvass: Option<&mut Canvass>,
        now: Millis,
    ) -> Reaction {
        // Both opened at once: both go on with the same one. Any other session with this peer is one that the peer
        // has given up.
        let mine = self.sessions.get(&from).and_then(Session::rank);
        if mine.is_some_and(|mine| mine < (about.is_some(), session)) {
            return Reaction::default();
        }
        self.sessions.remove(&from);
        let Some(canvass) = canvass else {
            return closing(session, Reason::Nothing);
        };
        if self
            .sessions
            .values()
            .filter(|session| !session.is_own())
            .count()
            >= MAX_OTHERS
        {
            return closing(session, Reason::Busy);
        }
        let (session, progress) = Session::answer(session, about, canvass, now);
        self.sessions.insert(from, session);
        self.settle(from, progress)
    }

    fn settle(&mut self, peer: Handle, progress: Progress) -> Reaction {
        if progress.over.is_some() {
            self.sessions.remove(&peer);
        }
        let finished = progress.over == Some(Reason::Done);
        Reaction {
            send: progress.send,
            ops: progress.ops,
            finished,
            progress: progress.received,
        }
    }

    /// When [`Sync::expire`] has something to do, unless more arrives before.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Millis> {
        self.sessions.values().map(Session::deadline).min()
    }

    /// Ends the sessions that are overdue, and names their peers.
    pub fn expire(&mut self, now: Millis) -> Vec<Handle> {
        let (overdue, running) = core::mem::take(&mut self.sessions)
            .into_iter()
            .partition(|(_, session)| session.deadline() <= now);
        self.sessions = running;
        let overdue: BTreeMap<Handle, Session> = overdue;
        overdue.into_keys().collect()
    }

    /// Forgets the session with a peer that is gone, if there is one.
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

    /// How many messages broke the rules.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.refused
    }
}

fn closing(session: u64, reason: Reason) -> Reaction {
    Reaction {
        send: vec![SyncMessage::Close { session, reason }],
        ..Reaction::default()
    }
}
