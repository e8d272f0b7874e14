//! Which sessions there are, who may open one, and when one ends.

use super::message::{Description, Reason, SyncMessage};
use super::session::{Progress, Session};
use super::standing::Standings;
use crate::canvass::Canvass;
use crate::sorted::SortedMap;
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
    sessions: SortedMap<Handle, Session>,
    standings: Standings,
    refused: u64,
    turned_away: u64,
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
    /// A session that was running with that peer is over, for whatever reason: done, busy, refused, unknown, nothing.
    pub over: bool,
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
    /// unpredictable. Returns what to send to the peer: nothing when the peer [is not to be asked](Sync::may_open) or
    /// [`MAX_OWN`] sessions are running.
    pub fn open(
        &mut self,
        peer: Handle,
        session: u64,
        canvass: Option<&mut Canvass>,
        theirs: u64,
        now: Millis,
    ) -> Vec<SyncMessage> {
        if !self.may_open(peer, now)
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
        let was_running = self.is_syncing(from);
        let mut reaction = self.take_in(from, message, canvass, now);
        reaction.over = reaction.finished || (was_running && !self.is_syncing(from));
        reaction
    }

    fn take_in(
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
            Ok(progress) => self.settle(from, progress, now),
            Err(_) => {
                self.refused += 1;
                self.end(from, false, now);
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
        if !self.standings.admits(from, now) {
            self.turned_away += 1;
            return closing(session, Reason::Busy);
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
        self.standings.opened(from, now);
        self.sessions.insert(from, session);
        self.settle(from, progress, now)
    }

    fn settle(&mut self, peer: Handle, progress: Progress, now: Millis) -> Reaction {
        if let Some(reason) = progress.over {
            self.end(peer, reason != Reason::Refused, now);
        }
        let finished = progress.over == Some(Reason::Done);
        Reaction {
            send: progress.send,
            ops: progress.ops,
            finished,
            over: false,
            progress: progress.received,
        }
    }

    /// The ops that a peer's message brought were checked, and some of them are new here. Until this is said, what came
    /// counts for nothing: anybody can send bytes.
    pub fn brought(&mut self, peer: Handle, now: Millis) {
        if let Some(session) = self.sessions.get_mut(&peer) {
            session.brought(now);
        }
    }

    /// Ends the session with a peer, and remembers whether it was worth it. `in_order`: for a reason that is nobody's
    /// fault.
    fn end(&mut self, peer: Handle, in_order: bool, now: Millis) {
        let Some(session) = self.sessions.remove(&peer) else {
            return;
        };
        if session.moved_ops() {
            self.standings.fruitful(peer);
        } else if !in_order {
            self.standings.fruitless(peer, now);
        }
    }

    /// When [`Sync::expire`] has something to do, unless more arrives before.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Millis> {
        self.sessions.values().map(Session::deadline).min()
    }

    /// Ends the sessions that are overdue, and names their peers.
    pub fn expire(&mut self, now: Millis) -> Vec<Handle> {
        let is_overdue = |(_, session): &(&Handle, &Session)| session.deadline() <= now;
        let overdue = self.sessions.iter().filter(is_overdue);
        let overdue: Vec<Handle> = overdue.map(|(peer, _)| *peer).collect();
        for peer in &overdue {
            self.end(*peer, false, now);
        }
        overdue
    }

    /// Forgets the session with a peer that is gone. Returns whether there was one.
    pub fn forget(&mut self, peer: Handle) -> bool {
        self.sessions.remove(&peer).is_some()
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

    /// Whether a session with that peer may be opened: none is running, and the last ones did not come to nothing.
    #[must_use]
    pub fn may_open(&self, peer: Handle, now: Millis) -> bool {
        !self.is_syncing(peer) && !self.standings.is_cooling(peer, now)
    }

    /// How many openings were answered with [`Reason::Busy`] because of who sent them: too soon after another, or after
    /// sessions that came to nothing.
    #[must_use]
    pub fn turned_away(&self) -> u64 {
        self.turned_away
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
