//! Which sessions there are, who may open one, and when one ends.

use super::askers::Askers;
use super::message::{Description, Reason, SyncMessage};
use super::reputation::Reputations;
use super::session::{Progress, Session};
use crate::ballots::BallotStore;
use crate::sorted::SortedMap;
use crate::time::Millis;
use crate::timing::SessionTiming;
use crate::wire::relay::Handle;

/// All sessions of one replica, at most one with each peer.
///
/// It holds no ops: those come from the [`BallotStore`] that is handed in, which is `None` for a
/// newcomer without a genesis, and those that arrive are handed out for the caller to check and
/// merge.
///
/// Anybody can open sessions, so slots are nobody's for long: while others [ask](Askers), the one
/// that moved the fewest ops lately yields. Peers that are [trusted](Sync::trust) come first.
#[derive(Debug, Default)]
pub struct Sync {
    timing: SessionTiming,
    sessions: SortedMap<Handle, Session>,
    reputations: Reputations,
    streams: Askers,
    others: Askers,
    trusted: Vec<Handle>,
    hurry: u32,
    refused: u64,
    turned_away: u64,
}

/// What comes of a message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reaction {
    /// Messages to the peer that it came from, in this order.
    pub send: Vec<SyncMessage>,
    /// Ops to be checked, verified and merged by the caller: whole ops, one after the other. The
    /// first that a newcomer gets is the genesis.
    pub ops: Option<Vec<u8>>,
    /// The session ended, and nothing is left that either side found missing.
    pub(crate) finished: bool,
    /// A session that was running with that peer is over, for whatever reason: done, busy, refused,
    /// unknown, nothing.
    pub(crate) over: bool,
    /// Whether the session that is over moved any op.
    pub(crate) moved_ops: bool,
    /// Whether it brought any here.
    pub(crate) brought_ops: bool,
    /// Whether this replica opened it.
    pub(crate) is_own: bool,
    /// Ops received in this turn, of those that the peer said it would send. For showing; the peer
    /// may lie.
    pub(crate) progress: Option<(u64, u64)>,
    /// What is to be said to another peer, whose session had to yield.
    pub(crate) yielded: Option<(Handle, SyncMessage)>,
}

impl Sync {
    /// No sessions.
    #[must_use]
    pub(crate) fn new(timing: SessionTiming) -> Self {
        Self {
            timing,
            ..Self::default()
        }
    }

    /// Opens a session with a peer whose digest differs and says that it holds `theirs` ops.
    /// `session` is to be unpredictable. Returns what to send to the peer: nothing when the peer
    /// [is not to be asked](Sync::may_open) or as many sessions as [may](SessionTiming::own) are
    /// running, unless one with a trusted peer takes the place of another.
    pub fn open(
        &mut self,
        peer: Handle,
        session: u64,
        store: Option<&mut BallotStore>,
        theirs: u64,
        now: Millis,
    ) -> Vec<SyncMessage> {
        if !self.may_open(peer, now) {
            return Vec::new();
        }
        if !self.has_own_slot() {
            match self.trusted.contains(&peer).then(|| self.idle_own(now)) {
                Some(Some(idle)) => drop(self.sessions.remove(&idle)),
                _ => return Vec::new(),
            }
        }
        let (session, message) = Session::open(session, store, theirs, now);
        self.sessions.insert(peer, session);
        vec![message]
    }

    /// How many sessions are running that this replica opened.
    #[must_use]
    pub(crate) fn own(&self) -> usize {
        let own = self.sessions.values().filter(|session| session.is_own());
        own.count()
    }

    fn has_own_slot(&self) -> bool {
        self.own() < self.timing.own << self.hurry
    }

    /// A session of one's own with a peer that is not trusted, which brings nothing.
    fn idle_own(&self, now: Millis) -> Option<Handle> {
        let mut sessions = self.sessions.iter();
        let idle = sessions.find(|(peer, session)| {
            let is_young = session.age(now) < self.timing.empty_tenure;
            session.is_own()
                && !is_young
                && session.useful(now) == 0
                && !self.trusted.contains(peer)
        });
        idle.map(|(peer, _)| *peer)
    }

    /// May open twice as many sessions as before, four times as many, and so on up to a
    /// [most](SessionTiming::doubled): what those bring that are running leads nowhere. 0: as many
    /// as usual.
    pub(crate) fn hurry(&mut self, hurry: u32) {
        self.hurry = hurry.min(self.timing.doubled);
    }

    /// Peers that brought what was lacking: their sessions yield to nobody, and they need not wait
    /// for a slot.
    pub(crate) fn trust(&mut self, peers: impl Iterator<Item = Handle>) {
        self.trusted.clear();
        self.trusted.extend(peers);
    }

    /// Takes in a message. One that breaks the rules ends its session and is
    /// [counted](Sync::refused).
    pub fn receive(
        &mut self,
        from: Handle,
        message: SyncMessage,
        store: Option<&mut BallotStore>,
        now: Millis,
    ) -> Reaction {
        let was_running = self.is_syncing(from);
        let mut reaction = self.take_in(from, message, store, now);
        reaction.over = reaction.finished || (was_running && !self.is_syncing(from));
        reaction
    }

    fn take_in(
        &mut self,
        from: Handle,
        message: SyncMessage,
        store: Option<&mut BallotStore>,
        now: Millis,
    ) -> Reaction {
        let session = message.session();
        let result = match message {
            SyncMessage::Open { about, .. } => {
                return self.opened(from, session, Some(about), store, now);
            }
            SyncMessage::OpenEmpty { .. } => return self.opened(from, session, None, store, now),
            message => match self
                .sessions
                .get_mut(&from)
                .filter(|running| running.id() == session)
            {
                Some(running) => running.receive(message, store, now),
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
        store: Option<&mut BallotStore>,
        now: Millis,
    ) -> Reaction {
        // Both opened at once: both go on with the same one. Any other session with this peer is
        // one that the peer has given up.
        let mine = self.sessions.get(&from).and_then(Session::rank);
        if let Some(mine) = mine.filter(|mine| *mine < (about.is_some(), session)) {
            // A newcomer's may have been lost on its way, or else they would not have opened
            // theirs.
            let (compares, session) = mine;
            let again = (!compares).then_some(SyncMessage::OpenEmpty { session });
            return Reaction {
                send: again.into_iter().collect(),
                ..Reaction::default()
            };
        }
        if self
            .sessions
            .get(&from)
            .is_some_and(|running| running.id() == session)
        {
            // It was opened already, and is being answered.
            return Reaction::default();
        }
        if !self.reputations.admits(from, &self.timing, now) {
            self.turned_away += 1;
            return closing(session, Reason::Busy);
        }
        self.sessions.remove(&from);
        let Some(store) = store else {
            return closing(session, Reason::Nothing);
        };
        let Ok(yielded) = self.find_slot(from, about.is_none(), now) else {
            return closing(session, Reason::Busy);
        };
        let (session, progress) = Session::answer(session, about, store, now);
        self.reputations.opened(from, now);
        self.sessions.insert(from, session);
        Reaction {
            yielded,
            ..self.settle(from, progress, now)
        }
    }

    /// Finds a slot for a session that a peer opens, which another may have to yield. Errs when it
    /// has to wait.
    fn find_slot(
        &mut self,
        from: Handle,
        is_stream: bool,
        now: Millis,
    ) -> Result<Option<(Handle, SyncMessage)>, ()> {
        let timing = self.timing;
        let (askers, most) = match is_stream {
            true => (&mut self.streams, timing.streams),
            false => (&mut self.others, timing.others),
        };
        let before = askers.ask(from, &timing, now);
        let is_trusted = self.trusted.contains(&from);
        let (mut held, mut yielding) = (0, Vec::new());
        for (peer, session) in self.sessions.iter() {
            if session.is_own() || session.is_stream() != is_stream {
                continue;
            }
            held += 1;
            let useful = session.useful(now);
            let tenure = if useful == 0 {
                timing.empty_tenure
            } else {
                timing.tenure
            };
            let is_over = is_trusted || session.age(now) >= tenure;
            if is_over && !self.trusted.contains(peer) {
                yielding.push((useful, *peer, session.id()));
            }
        }
        let free = most.saturating_sub(held);
        let can_be_had = free + yielding.len();
        if can_be_had == 0 || !is_trusted && before >= can_be_had {
            return Err(());
        }
        let least = yielding.into_iter().min().filter(|_| free == 0);
        askers.serve(from, now);
        Ok(least.map(|(_, peer, session)| {
            self.sessions.remove(&peer);
            let reason = Reason::Busy;
            (peer, SyncMessage::Close { session, reason })
        }))
    }

    fn settle(&mut self, peer: Handle, progress: Progress, now: Millis) -> Reaction {
        let running = self.sessions.get(&peer);
        let moved_ops = running.is_some_and(Session::moved_ops);
        let brought_ops = running.is_some_and(Session::brought_ops);
        let is_own = running.is_some_and(Session::is_own);
        if let Some(reason) = progress.over {
            if reason == Reason::Busy {
                self.reputations.busy(peer, now.after(self.timing.busy));
            }
            self.end(peer, reason != Reason::Refused, now);
        }
        Reaction {
            send: progress.send,
            ops: progress.ops,
            finished: progress.over == Some(Reason::Done),
            moved_ops,
            brought_ops,
            is_own,
            progress: progress.received,
            ..Reaction::default()
        }
    }

    /// The ops that a peer's message brought were checked, and so many bytes of them are new here.
    /// Until this is said, what came counts for nothing: anybody can send bytes.
    pub(crate) fn brought(&mut self, peer: Handle, bytes: usize, now: Millis) {
        if let Some(session) = self.sessions.get_mut(&peer) {
            session.brought(bytes, now);
        }
    }

    /// Ends the session with a peer, and remembers whether it was worth it. `in_order`: for a
    /// reason that is nobody's fault.
    fn end(&mut self, peer: Handle, in_order: bool, now: Millis) {
        let Some(session) = self.sessions.remove(&peer) else {
            return;
        };
        if session.moved_ops() {
            self.reputations.fruitful(peer);
        } else if !in_order {
            let is_trusted = self.trusted.contains(&peer);
            self.reputations
                .fruitless(peer, is_trusted, &self.timing, now);
        }
    }

    /// When [`Sync::expire`] has something to do, unless more arrives before.
    #[must_use]
    pub(crate) fn next_deadline(&self) -> Option<Millis> {
        let sessions = self.sessions.values();
        sessions.map(|session| session.deadline(&self.timing)).min()
    }

    /// Ends the sessions that are overdue, and names their peers.
    pub(crate) fn expire(&mut self, now: Millis) -> Vec<Handle> {
        let is_overdue = |(_, session): &(&Handle, &Session)| session.deadline(&self.timing) <= now;
        let overdue = self.sessions.iter().filter(is_overdue);
        let overdue: Vec<Handle> = overdue.map(|(peer, _)| *peer).collect();
        for peer in &overdue {
            self.end(*peer, false, now);
        }
        overdue
    }

    /// Forgets the session with a peer that is gone. Returns whether there was one.
    pub(crate) fn forget(&mut self, peer: Handle) -> bool {
        self.streams.forget(peer);
        self.others.forget(peer);
        self.sessions.remove(&peer).is_some()
    }

    /// Forgets all sessions, and who waits for one: this replica is on another connection.
    pub(crate) fn forget_all(&mut self) {
        self.sessions.clear();
        self.streams = Askers::default();
        self.others = Askers::default();
    }

    /// How many sessions are running.
    #[must_use]
    pub(crate) fn active(&self) -> usize {
        self.sessions.len()
    }

    /// Whether a session with that peer is running.
    #[must_use]
    pub(crate) fn is_syncing(&self, peer: Handle) -> bool {
        self.sessions.contains_key(&peer)
    }

    /// Whether a session with that peer may be opened: none is running, and the last ones did not
    /// come to nothing, nor did it say just now that it is busy.
    #[must_use]
    pub(crate) fn may_open(&self, peer: Handle, now: Millis) -> bool {
        !self.is_syncing(peer) && !self.reputations.is_cooling(peer, now)
    }

    /// How many openings were answered with [`Reason::Busy`] because of who sent them: too soon
    /// after another, or after sessions that came to nothing.
    #[cfg(test)]
    #[must_use]
    pub(crate) fn turned_away(&self) -> u64 {
        self.turned_away
    }

    /// How many messages broke the rules.
    #[cfg(test)]
    #[must_use]
    pub(crate) fn refused(&self) -> u64 {
        self.refused
    }
}

fn closing(session: u64, reason: Reason) -> Reaction {
    Reaction {
        send: vec![SyncMessage::Close { session, reason }],
        ..Reaction::default()
    }
}
