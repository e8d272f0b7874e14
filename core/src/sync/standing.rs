//! What is remembered of peers beyond their sessions: who opened one just now, and who wastes them.

use crate::sorted::SortedMap;
use crate::time::Millis;
use crate::wire::relay::Handle;

/// A peer's openings are answered at most so often: each makes this replica do more than it cost to send.
pub const BETWEEN_OPENINGS: Millis = Millis(1_000);
/// How long a peer that wastes sessions is left alone.
pub const COOL_DOWN: Millis = Millis(30_000);
/// The same of one that proved itself: frames were lost.
pub const TRUSTED_COOL_DOWN: Millis = Millis(3_000);
/// A peer that is busy is asked again after so long: before it forgets that it was asked.
pub const BUSY: Millis = Millis(300);
/// So many sessions in a row may come to nothing: a frame was lost, or the peer has left.
pub const FORGIVEN: u32 = 1;
/// The most peers that are remembered, those of whom something was noted last.
pub const REMEMBERED: usize = 512;

/// One peer.
#[derive(Debug, Clone, Copy, Default)]
struct Standing {
    /// When an opening of theirs was last answered.
    opened: Option<Millis>,
    /// Sessions in a row that moved no op and did not end of themselves.
    fruitless: u32,
    /// The cool-down's end.
    until: Millis,
    /// It is not asked again before then.
    busy_until: Millis,
    /// Orders the peers by when something was noted of them.
    noted: u64,
}

/// The standing of the peers that are remembered.
#[derive(Debug, Default)]
pub struct Standings {
    peers: SortedMap<Handle, Standing>,
    notes: u64,
}

impl Standings {
    /// Whether an opening by that peer is to be answered now.
    #[must_use]
    pub fn admits(&self, peer: Handle, now: Millis) -> bool {
        let Some(standing) = self.peers.get(&peer) else {
            return true;
        };
        let hurried = |opened| now - opened < BETWEEN_OPENINGS;
        !standing.opened.is_some_and(hurried) && standing.until <= now
    }

    /// Whether the peer is left alone.
    #[must_use]
    pub fn is_cooling(&self, peer: Handle, now: Millis) -> bool {
        self.peers
            .get(&peer)
            .is_some_and(|standing| now < standing.until.max(standing.busy_until))
    }

    /// That peer said that it is busy.
    pub fn busy(&mut self, peer: Handle, now: Millis) {
        self.note(peer).busy_until = now.after(BUSY);
    }

    /// An opening of that peer is answered.
    pub fn opened(&mut self, peer: Handle, now: Millis) {
        self.note(peer).opened = Some(now);
    }

    /// A session with that peer came to nothing.
    pub fn fruitless(&mut self, peer: Handle, is_trusted: bool, now: Millis) {
        let cool_down = if is_trusted {
            TRUSTED_COOL_DOWN
        } else {
            COOL_DOWN
        };
        let standing = self.note(peer);
        standing.fruitless = standing.fruitless.saturating_add(1);
        if standing.fruitless > FORGIVEN {
            standing.until = now.after(cool_down);
        }
    }

    /// A session with that peer was worth it.
    pub fn fruitful(&mut self, peer: Handle) {
        if let Some(standing) = self.peers.get_mut(&peer) {
            standing.fruitless = 0;
        }
    }

    fn note(&mut self, peer: Handle) -> &mut Standing {
        if self.peers.len() >= REMEMBERED && !self.peers.contains_key(&peer) {
            let oldest = self.peers.iter().min_by_key(|(_, peer)| peer.noted);
            if let Some(oldest) = oldest.map(|(peer, _)| *peer) {
                self.peers.remove(&oldest);
            }
        }
        self.notes += 1;
        let standing = self.peers.get_or_insert(peer, Standing::default());
        standing.noted = self.notes;
        standing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_are_remembered() {
        let mut standings = Standings::default();
        let now = Millis(5_000);
        for peer in 0..=REMEMBERED as u64 {
            standings.opened(Handle(peer), now);
        }
        assert!(standings.admits(Handle(0), now));
        assert!((1..=REMEMBERED as u64).all(|peer| !standings.admits(Handle(peer), now)));
    }

    #[test]
    fn one_session_that_comes_to_nothing_is_forgiven() {
        let mut standings = Standings::default();
        let (peer, now) = (Handle(3), Millis(5_000));
        standings.fruitless(peer, false, now);
        assert!(standings.admits(peer, now));
        standings.fruitful(peer);
        standings.fruitless(peer, false, now);
        assert!(!standings.is_cooling(peer, now));
        standings.fruitless(peer, false, now);
        assert!(standings.is_cooling(peer, now) && !standings.admits(peer, now));
        assert!(!standings.is_cooling(peer, now.after(COOL_DOWN)));
    }
}
