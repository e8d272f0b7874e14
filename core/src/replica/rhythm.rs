//! What a replica does when the connection to its room comes and goes, and on time.

use crate::ids::ReplicaId;
use crate::room::peers::Peer;
use crate::time::Millis;
use crate::timers::Timer;
use crate::wire::frame::kind;
use crate::wire::relay::Handle;

use super::Replica;
use super::io::Happened;

impl Replica {
    /// Takes what happened to the connection to the room of what is held here.
    pub(super) fn on_happened(&mut self, happened: Happened<'_>, now: Millis) {
        match happened {
            Happened::Connected { size } => self.on_connected(size, now),
            Happened::Disconnected => self.on_disconnected(now),
            Happened::Resized { size } => self.on_resized(size, now),
            Happened::Frame { from, payload } => self.on_frame(from, payload, now),
            Happened::PeerGone { peer } => self.on_peer_gone(peer, now),
        }
        self.keep_time(now);
    }

    fn on_connected(&mut self, size: u32, now: Millis) {
        self.room.connect(Some(size));
        self.count_others();
        self.come(now);
        self.come_back(now);
        self.greet(now);
        self.send_own(now);
    }

    fn on_disconnected(&mut self, now: Millis) {
        if !self.room.connect(None) {
            // It has never been connected, and is told that it cannot be: whoever has the poll
            // already is away from it.
            if self.open.is_some() {
                self.away.begin(now);
            }
            return;
        }
        // What nobody has seen may have gone nowhere: it is not sent, and goes out again.
        for own in self.own.iter_mut().filter(|own| own.seen_by.is_empty()) {
            own.not_sent();
        }
        self.gossip.clear();
        self.sync.forget_all();
        self.syncing = None;
        self.pursuit = Default::default();
        for timer in [Timer::Probe, Timer::Look, Timer::SumUp] {
            self.room.timers.stop(timer);
        }
        self.away.go_on(now);
    }

    fn on_resized(&mut self, size: u32, now: Millis) {
        let Some(before) = self.room.resize(size) else {
            return;
        };
        self.count_others();
        // Somebody came, and may have the poll.
        if size > before && self.open.is_none() {
            self.greet_soon(now);
            self.room.greeting.begin();
        }
    }

    /// One whom this replica wrote to has left: nothing waits for its answer. Whom to ask instead
    /// is seen soon, by those who differ or, without the poll, by another Hello.
    fn on_peer_gone(&mut self, peer: Handle, now: Millis) {
        self.room.peers.forget(peer);
        if !self.sync.forget(peer) {
            return;
        }
        self.stats.syncs_failed += 1;
        self.syncing = None;
        if self.open.is_none() {
            self.greet_soon(now);
        } else {
            self.probe_soon(now);
        }
    }

    /// Does what is due. Called after every input, so that work that is overdue is done at once,
    /// however late.
    pub(super) fn keep_time(&mut self, now: Millis) {
        for _ in self.sync.expire(now) {
            self.stats.syncs_failed += 1;
            self.syncing = None;
        }
        if !self.room.is_connected() {
            return;
        }
        self.send_own(now);
        self.flush_gossip(now);
        if self.room.timers.take(Timer::Hello, now) && self.wants_answers() {
            self.greet(now);
        }
        if let Some(to) = self.room.beat(now) {
            self.send_to(&to, &[]);
        }
        self.keep_pursuing(now);
        if self.room.timers.take(Timer::SumUp, now) {
            self.sum_up();
        }
    }

    /// The person looks at the page again, or the network may have come back.
    pub(super) fn refresh(&mut self, now: Millis) {
        if self.room.is_connected() {
            self.room.greeting.begin();
            self.greet(now);
        }
    }

    fn greet(&mut self, now: Millis) {
        let to = self.room.greet(now);
        self.send_to(&to, &[(kind::HELLO, Vec::new())]);
    }

    /// A newcomer asks a little sooner.
    fn greet_soon(&mut self, now: Millis) {
        let soon = now.after(self.room.draw(self.timing.hello.soon));
        self.room.timers.hasten(Timer::Hello, soon);
    }

    /// Whether Hello led nowhere yet: a replica that holds ops has received nothing from anybody;
    /// one that came without any has not got them. Without the poll it asks for ever.
    fn wants_answers(&mut self) -> bool {
        let (hello, said) = (self.timing.hello, self.room.greeting.said());
        if self.open.is_none() {
            return true;
        }
        let (ours, holds_none) = (self.digest(), self.ops() == 0);
        let others = self.room.peers.iter();
        let mut others = others.map(|(_, peer)| peer.digest).peekable();
        if others.peek().is_none() {
            return said <= hello.wider;
        }
        let most = if others.any(|digest| digest == ours) {
            hello.wider_among_newcomers
        } else {
            hello.wider
        };
        (holds_none || self.pursuit.is_hurrying()) && said <= most
    }

    /// Another replica holds the same ballots, which must be some: two who have just come would
    /// take each other for the rest.
    pub(super) fn agree(&mut self) {
        let open = self.open.as_ref();
        self.has_agreed |= open.is_some_and(|open| open.state.store.voters() > 0);
    }

    /// Another replica holds the same set.
    pub(super) fn on_agreement(&mut self, from: Handle, with: ReplicaId, now: Millis) {
        self.mark_all_seen(with);
        if self.open.is_none() {
            return;
        }
        self.caught_up_with(from);
        self.agree();
        let ours = self.digest();
        let agrees = |(_, peer): (_, &Peer)| peer.digest == ours;
        if self.sync.active() == 0 && self.room.peers.iter().all(agrees) {
            self.absence_ends(now);
        }
    }
}
