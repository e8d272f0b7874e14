//! Whom to compare sets with, and when: what gossip missed, and what a replica missed that was away or has just come.
//!
//! A difference is no reason by itself: gossip may be on its way. And what another says that it holds is no reason to let it
//! take a session for long: whoever lies leads nowhere. So those who [proved themselves](super::proven) come before others;
//! and a replica that has just come, which nobody could prove anything to, opens more and more sessions at once while none
//! brings much.

use crate::sync::useful::Useful;
use crate::time::Millis;
use crate::wire::frame::{Digest, kind};
use crate::wire::relay::Handle;

use super::Replica;
use super::frames::NEWS;
use super::greeting::SOON;
use super::io::Destination;
use super::rhythm::due;

/// For so long gossip may explain that two replicas differ: some ticks of every hop, and the relay's queues.
pub(super) const GRACE: Millis = Millis(500);
/// Between two comparisons that a replica starts of its own accord, up to twice that at random.
const BETWEEN_SYNCS: Millis = Millis(1_000);
/// How often one that has just come looks whom else to ask, up to twice that at random.
const LOOK: Millis = Millis(250);
/// So many useful bytes in half a second are enough to ask nobody else.
const BRISK: u64 = 4 * 1024;
/// One that has just come is in a hurry no longer than that, once it holds an op.
const HURRY_FOR: Millis = Millis(10_000);
/// The most times that the number of sessions is doubled.
const MAX_HURRY: u32 = crate::sync::manager::MAX_HURRY + 1;
/// The pause after comparisons that led nowhere is doubled so often where there is no room for what others hold.
const MAX_DOUBLED: u32 = 5;

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) struct Pursuit {
    probe_at: Option<Millis>,
    allowed_at: Millis,
    /// The same for those who proved themselves.
    trusted_allowed_at: Millis,
    /// Differences need no grace: this replica has just come, and gossip does not explain them.
    catching_up: bool,
    /// Since when this replica holds nothing and wants everything.
    hurrying_since: Option<Millis>,
    look_at: Option<Millis>,
    hurry: u32,
    brought: Useful,
    /// How many comparisons in a row moved nothing.
    idle: u32,
}

impl Pursuit {
    pub fn next_deadline(&self) -> Option<Millis> {
        [self.probe_at, self.look_at].into_iter().flatten().min()
    }

    /// Whether this replica came without an op, and has not got all yet.
    pub fn is_hurrying(&self) -> bool {
        self.hurrying_since.is_some()
    }

    /// So many bytes of ops came that were new.
    pub fn brought(&mut self, bytes: usize, now: Millis) {
        self.brought.add(bytes, now);
    }
}

impl Replica {
    /// This replica has come into the room.
    pub(super) fn come(&mut self, now: Millis) {
        self.rhythm.pursuit.catching_up = true;
        self.hurry_if_empty(now);
    }

    fn hurry_if_empty(&mut self, now: Millis) {
        if self.ops() == 0 {
            self.rhythm.pursuit.hurrying_since.get_or_insert(now);
        }
    }

    /// Another replica holds the same set. That is no proof of anything while others say otherwise.
    pub(super) fn caught_up_with(&mut self, from: Handle) {
        let ours = self.digest();
        let differ = |(_, peer): (_, &super::peers::Peer)| {
            peer.digest != ours && peer.digest != Digest::default()
        };
        if self.peers.proven().has(from) || !self.peers.iter().any(differ) {
            self.rhythm.pursuit.catching_up = false;
            self.hurry_no_more();
        }
    }

    /// A comparison with another went through; it moved ops or did not.
    pub(super) fn compared(&mut self, with: Handle, moved_ops: bool) {
        let pursuit = &mut self.rhythm.pursuit;
        pursuit.idle = if moved_ops { 0 } else { pursuit.idle + 1 };
        if moved_ops || self.peers.proven().has(with) {
            self.rhythm.pursuit.catching_up = false;
            let most = self.ops() + NEWS as u64;
            if self.peers.iter().all(|(_, peer)| peer.digest.ops <= most) {
                self.hurry_no_more();
            }
        }
    }

    fn hurry_no_more(&mut self) {
        let pursuit = &mut self.rhythm.pursuit;
        pursuit.hurrying_since = None;
        pursuit.look_at = None;
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
        self.rhythm.goes_on();
        if theirs.ops > NEWS as u64 {
            self.hurry_if_empty(now);
        }
        if self.rhythm.pursuit.hurrying_since.is_some() {
            if self.may_hurry() {
                self.open_sync(with, theirs.ops, now);
            }
            let look_at = now.after(self.jittered(LOOK));
            self.rhythm.pursuit.look_at.get_or_insert(look_at);
            return;
        }
        let just_came = self.rhythm.pursuit.catching_up || self.rhythm.was_away();
        if !just_came && now - since < GRACE {
            let probe_at = now.after(self.jittered(GRACE));
            self.rhythm.pursuit.probe_at.get_or_insert(probe_at);
        } else if !self.sync.may_open(with, now) {
            // It is syncing, or its last sessions led nowhere.
        } else if self.may_sync(with, now) {
            self.open_sync(with, theirs.ops, now);
            self.pause(with, now);
        } else {
            let allowed_at = self.rhythm.pursuit.allowed_at;
            let probe_at = allowed_at.max(now.after(GRACE));
            self.rhythm.pursuit.probe_at.get_or_insert(probe_at);
        }
    }

    /// Whether one that has just come may open a session more: one at first, since what two bring is the same.
    fn may_hurry(&self) -> bool {
        self.sync.own() < 1 << self.rhythm.pursuit.hurry.min(MAX_HURRY)
    }

    /// Whether it is time to compare sets with that peer: with one who proved itself, whatever others did meanwhile.
    fn may_sync(&self, with: Handle, now: Millis) -> bool {
        let pursuit = &self.rhythm.pursuit;
        if self.peers.proven().has(with) {
            let is_streamed_to = self.syncing.is_some() && pursuit.brought.just_now(now) >= BRISK;
            return pursuit.trusted_allowed_at <= now && !is_streamed_to;
        }
        pursuit.allowed_at <= now && self.syncing.is_none()
    }

    fn pause(&mut self, with: Handle, now: Millis) {
        let doubled = match self.is_full() {
            true => self.rhythm.pursuit.idle.min(MAX_DOUBLED),
            false => 0,
        };
        let allowed_at = now.after(self.jittered(Millis(BETWEEN_SYNCS.0 << doubled)));
        self.rhythm.pursuit.allowed_at = allowed_at;
        if self.peers.proven().has(with) {
            self.rhythm.pursuit.trusted_allowed_at = allowed_at;
        }
    }

    /// A session is over before its time, and another can begin.
    pub(super) fn probe_soon(&mut self, now: Millis) {
        let soon = now.after(self.jittered(SOON));
        let pursuit = &mut self.rhythm.pursuit;
        let soon = soon.max(pursuit.allowed_at);
        pursuit.probe_at = Some(pursuit.probe_at.map_or(soon, |at| at.min(soon)));
    }

    /// Does what is due.
    pub(super) fn keep_pursuing(&mut self, now: Millis) {
        if due(&mut self.rhythm.pursuit.probe_at, now) {
            self.probe(now);
        }
        if due(&mut self.rhythm.pursuit.look_at, now) {
            self.look_around(now);
        }
    }

    /// Asks one of those who differ for a fresh digest: what they said last may be out of date.
    fn probe(&mut self, now: Millis) {
        let away = self.rhythm.was_away();
        let is_old = |since: Millis| now - since >= GRACE || away;
        let mut suspects = self.suspects(now);
        suspects.retain(|suspect| suspect.since.is_some_and(is_old));
        let proven = |suspect: &Suspect| self.peers.proven().has(suspect.handle);
        if suspects.iter().any(proven) && self.next_random().is_multiple_of(2) {
            let proven = |suspect: &Suspect| self.peers.proven().has(suspect.handle);
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

    /// Opens sessions with those who hold something else, more and more at once while none brings much.
    fn look_around(&mut self, now: Millis) {
        let pursuit = &mut self.rhythm.pursuit;
        let Some(since) = pursuit.hurrying_since else {
            return;
        };
        let brisk = pursuit.brought.just_now(now) >= BRISK;
        pursuit.hurry = if brisk {
            0
        } else {
            (pursuit.hurry + 1).min(MAX_HURRY)
        };
        let hurry = pursuit.hurry;
        if self.ops() > 0 && now - since >= HURRY_FOR {
            self.hurry_no_more();
            return;
        }
        self.sync.hurry(hurry.saturating_sub(1));
        let mut suspects = self.suspects(now);
        // Who proved itself takes the place of one that brings nothing.
        suspects.retain(|suspect| {
            let proven = self.peers.proven().has(suspect.handle);
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
        let look_at = now.after(self.jittered(LOOK));
        self.rhythm.pursuit.look_at = Some(look_at);
    }

    /// Those who said last that they hold something else, and may be asked.
    fn suspects(&self, now: Millis) -> Vec<Suspect> {
        let others = self.peers.iter().filter(|(_, peer)| {
            peer.differs_since.is_some()
                && peer.digest != Digest::default()
                && self.sync.may_open(peer.handle, now)
        });
        let suspect = |peer: &super::peers::Peer| Suspect {
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
