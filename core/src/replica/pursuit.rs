//! Whom to compare sets with, and when: what gossip missed, and what a replica missed that was away
//! or has just come.
//!
//! A difference is no reason by itself: gossip may be on its way. And what another says that it
//! holds is no reason to let it take a session for long: whoever lies leads nowhere. So those who
//! [proved themselves](crate::room::proven) come before others; and a replica that has just come, which
//! nobody could prove anything to, opens more and more sessions at once while none brings much.

use crate::sync::useful::Useful;
use crate::time::Millis;
use crate::timers::Timer;
use crate::wire::frame::{Digest, kind};
use crate::wire::relay::Handle;

use super::Replica;
use super::io::Destination;

/// Fewer ops than that are what gossip brings, and no set that was missed.
const NEWS: u64 = 64;

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) struct Pursuit {
    /// Between comparisons with anybody.
    anybody: Pause,
    /// Between those with peers who proved themselves: what others do makes it no longer.
    proven: Pause,
    /// Differences need no grace: this replica has just come, and gossip does not explain them.
    catching_up: bool,
    /// Since when this replica holds nothing and wants everything.
    hurrying_since: Option<Millis>,
    hurry: u32,
    brought: Useful,
}

/// Between comparisons that this replica starts.
#[derive(Debug, Default)]
struct Pause {
    /// The next may start then.
    until: Millis,
    /// How many in a row went through and brought nothing here, since there is no room for what
    /// others hold.
    idle: u32,
}

impl Pause {
    fn came_to_nothing(&mut self, is_full: bool, most: u32) {
        self.idle = if is_full {
            (self.idle + 1).min(most)
        } else {
            0
        };
    }

    /// A comparison brought something: if that was rare, the next is not to wait for long.
    fn cut(&mut self, until: Millis) {
        if core::mem::take(&mut self.idle) > 0 {
            self.until = self.until.min(until);
        }
    }
}

impl Pursuit {
    /// Whether this replica came without an op, and has not got all yet.
    pub(crate) fn is_hurrying(&self) -> bool {
        self.hurrying_since.is_some()
    }

    /// So many bytes of ops came that were new.
    pub(crate) fn brought(&mut self, bytes: usize, soon: Millis, now: Millis) {
        self.brought.add(bytes, now);
        self.anybody.cut(soon);
        self.proven.cut(soon);
    }

    fn pause(&self, is_proven: bool) -> &Pause {
        match is_proven {
            true => &self.proven,
            false => &self.anybody,
        }
    }
}

impl Replica {
    /// This replica has come into the room.
    pub(super) fn come(&mut self, now: Millis) {
        self.pursuit.catching_up = true;
        self.hurry_if_empty(now);
    }

    fn hurry_if_empty(&mut self, now: Millis) {
        if self.ops() == 0 {
            self.pursuit.hurrying_since.get_or_insert(now);
        }
    }

    /// Another replica holds the same set. That is no proof of anything while others say otherwise.
    pub(super) fn caught_up_with(&mut self, from: Handle) {
        let ours = self.digest();
        let differ = |(_, peer): (_, &crate::room::peers::Peer)| {
            peer.digest != ours && peer.digest != Digest::default()
        };
        if self.room.peers.proven().has(from) || !self.room.peers.iter().any(differ) {
            self.pursuit.catching_up = false;
            self.hurry_no_more();
        }
    }

    /// A comparison with another went through; it moved ops or did not.
    pub(super) fn compared(&mut self, with: Handle, moved_ops: bool) {
        if moved_ops || self.room.peers.proven().has(with) {
            self.pursuit.catching_up = false;
            let most = self.ops() + NEWS;
            if self
                .room
                .peers
                .iter()
                .all(|(_, peer)| peer.digest.ops <= most)
            {
                self.hurry_no_more();
            }
        }
    }

    /// A comparison that this replica started went through, and brought nothing here. What it sent
    /// may be what the other has no room for: only what comes in shows that comparing is of use.
    pub(super) fn compared_for_nothing(&mut self, with: Handle) {
        let (is_full, most) = (self.is_full(), self.timing.comparing.doubled);
        let Pursuit {
            anybody, proven, ..
        } = &mut self.pursuit;
        anybody.came_to_nothing(is_full, most);
        if self.room.peers.proven().has(with) {
            proven.came_to_nothing(is_full, most);
        }
    }

    fn hurry_no_more(&mut self) {
        let pursuit = &mut self.pursuit;
        pursuit.hurrying_since = None;
        self.room.timers.stop(Timer::Look);
        pursuit.hurry = 0;
        self.sync.hurry(0);
    }

    /// Another replica holds another set, since some time.
    pub(super) fn on_difference(
        &mut self,
        with: Handle,
        theirs: Digest,
        since: Millis,
        now: Millis,
    ) {
        if theirs == Digest::default() {
            // They have no poll yet, and will ask for it.
            return;
        }
        self.absence_goes_on();
        if theirs.ops > NEWS {
            self.hurry_if_empty(now);
        }
        if self.pursuit.hurrying_since.is_some() {
            if self.may_hurry() {
                self.open_sync(with, theirs.ops, now);
            }
            let look_at = now.after(self.room.draw(self.timing.comparing.look));
            self.room.timers.start(Timer::Look, look_at);
            return;
        }
        let just_came = self.pursuit.catching_up || self.away.is_recent();
        if !just_came && now - since < self.timing.comparing.grace {
            let probe_at = now.after(self.room.draw(self.timing.comparing.probe));
            self.room.timers.start(Timer::Probe, probe_at);
        } else if !self.sync.may_open(with, now) {
            // It is syncing, or its last sessions led nowhere.
        } else if self.may_sync(with, now) && self.open_sync(with, theirs.ops, now) {
            self.pause(with, now);
        } else {
            let soon = now.after(self.timing.comparing.grace);
            let pursuit = &self.pursuit;
            let until = pursuit.pause(self.room.peers.proven().has(with)).until;
            self.room.timers.by(Timer::Probe, until.max(soon));
        }
    }

    /// One session, and then twice as many so often as there may be.
    fn most_hurry(&self) -> u32 {
        self.timing.sessions.doubled + 1
    }

    /// Whether one that has just come may open a session more: one at first, since what two bring
    /// is the same.
    fn may_hurry(&self) -> bool {
        self.sync.own() < 1 << self.pursuit.hurry.min(self.most_hurry())
    }

    /// Whether it is time to compare sets with that peer: with one who proved itself, whatever
    /// others did meanwhile.
    fn may_sync(&self, with: Handle, now: Millis) -> bool {
        let pursuit = &self.pursuit;
        if self.room.peers.proven().has(with) {
            let is_streamed_to = self.syncing.is_some()
                && pursuit.brought.just_now(now) >= self.timing.comparing.brisk;
            return pursuit.proven.until <= now && !is_streamed_to;
        }
        pursuit.anybody.until <= now && self.syncing.is_none()
    }

    /// A comparison with that peer has begun. The next waits twice as long after each that brought
    /// nothing, where there is no room for what others hold.
    fn pause(&mut self, with: Handle, now: Millis) {
        let is_proven = self.room.peers.proven().has(with);
        let idle = self.pursuit.pause(is_proven).idle;
        let until = now.after(
            self.room
                .draw(self.timing.comparing.between.times(1 << idle)),
        );
        let Pursuit {
            anybody, proven, ..
        } = &mut self.pursuit;
        anybody.until = anybody.until.max(until);
        if is_proven {
            proven.until = until;
        }
    }

    /// A session is over before its time, and another can begin.
    pub(super) fn probe_soon(&mut self, now: Millis) {
        let soon = now.after(self.room.draw(self.timing.hello.soon));
        let at = soon.max(self.pursuit.anybody.until);
        self.room.timers.by(Timer::Probe, at);
    }

    /// Does what is due.
    pub(super) fn keep_pursuing(&mut self, now: Millis) {
        if self.room.timers.take(Timer::Probe, now) {
            self.probe(now);
        }
        if self.room.timers.take(Timer::Look, now) {
            self.look_around(now);
        }
    }

    /// Asks one of those who differ for a fresh digest: what they said last may be out of date.
    fn probe(&mut self, now: Millis) {
        let away = self.away.is_recent();
        let grace = self.timing.comparing.grace;
        let is_old = |since: Millis| now - since >= grace || away;
        let mut suspects = self.suspects(now);
        suspects.retain(|suspect| suspect.since.is_some_and(is_old));
        let proven = |suspect: &Suspect| self.room.peers.proven().has(suspect.handle);
        if suspects.iter().any(proven) && self.next_random().is_multiple_of(2) {
            let proven = |suspect: &Suspect| self.room.peers.proven().has(suspect.handle);
            suspects.retain(proven);
        }
        if suspects.is_empty() {
            return;
        }
        // In 64 bits, so that wasm chooses the same.
        let chosen = (self.next_random() % suspects.len() as u64) as usize;
        self.send(
            Destination::Reply(suspects[chosen].handle),
            &[(kind::HELLO, Vec::new())],
        );
    }

    /// Opens sessions with those who hold something else, more and more at once while none brings
    /// much.
    fn look_around(&mut self, now: Millis) {
        let (timing, most) = (self.timing.comparing, self.most_hurry());
        let pursuit = &mut self.pursuit;
        let Some(since) = pursuit.hurrying_since else {
            return;
        };
        let brisk = pursuit.brought.just_now(now) >= timing.brisk;
        pursuit.hurry = if brisk {
            0
        } else {
            (pursuit.hurry + 1).min(most)
        };
        let hurry = pursuit.hurry;
        if self.ops() > 0 && now - since >= timing.hurry {
            self.hurry_no_more();
            return;
        }
        self.sync.hurry(hurry.saturating_sub(1));
        let mut suspects = self.suspects(now);
        // Who proved itself takes the place of one that brings nothing.
        suspects.retain(|suspect| {
            let proven = self.room.peers.proven().has(suspect.handle);
            if proven {
                self.open_sync(suspect.handle, suspect.ops, now);
            }
            !proven
        });
        while !suspects.is_empty() && self.may_hurry() {
            let chosen = (self.next_random() % suspects.len() as u64) as usize;
            let Suspect { handle, ops, .. } = suspects.swap_remove(chosen);
            self.open_sync(handle, ops, now);
        }
        let look_at = now.after(self.room.draw(self.timing.comparing.look));
        self.room.timers.set(Timer::Look, look_at);
    }

    /// Those who said last that they hold something else, and may be asked.
    fn suspects(&self, now: Millis) -> Vec<Suspect> {
        let others = self.room.peers.iter().filter(|(_, peer)| {
            peer.differs_since.is_some()
                && peer.digest != Digest::default()
                && self.sync.may_open(peer.handle, now)
        });
        let suspect = |peer: &crate::room::peers::Peer| Suspect {
            handle: peer.handle,
            ops: peer.digest.ops,
            since: peer.differs_since,
        };
        others.map(|(_, peer)| suspect(peer)).collect()
    }
}

/// One who holds something else.
struct Suspect {
    handle: Handle,
    /// So many ops, as it says.
    ops: u64,
    /// Since then.
    since: Option<Millis>,
}
