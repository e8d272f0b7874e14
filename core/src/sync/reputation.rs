//! What is remembered of peers beyond their sessions: who opened one just now, and who wastes them.

use crate::sorted::SortedMap;
use crate::time::Millis;
use crate::timing::SessionTiming;
use crate::wire::relay::Handle;

/// The most peers that are remembered, those of whom something was noted last.
pub(crate) const REMEMBERED: usize = 512;

/// One peer.
#[derive(Debug, Clone, Copy, Default)]
struct Reputation {
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

/// The reputation of the peers that are remembered.
#[derive(Debug, Default)]
pub(crate) struct Reputations {
    peers: SortedMap<Handle, Reputation>,
    notes: u64,
}

impl Reputations {
    /// Whether an opening by that peer is to be answered now.
    #[must_use]
    pub(crate) fn admits(&self, peer: Handle, timing: &SessionTiming, now: Millis) -> bool {
        let Some(reputation) = self.peers.get(&peer) else {
            return true;
        };
        let hurried = |opened| now - opened < timing.between_openings;
        !reputation.opened.is_some_and(hurried) && reputation.until <= now
    }

    /// Whether the peer is left alone.
    #[must_use]
    pub(crate) fn is_cooling(&self, peer: Handle, now: Millis) -> bool {
        self.peers
            .get(&peer)
            .is_some_and(|reputation| now < reputation.until.max(reputation.busy_until))
    }

    /// That peer said that it is busy.
    pub(crate) fn busy(&mut self, peer: Handle, until: Millis) {
        self.note(peer).busy_until = until;
    }

    /// An opening of that peer is answered.
    pub(crate) fn opened(&mut self, peer: Handle, now: Millis) {
        self.note(peer).opened = Some(now);
    }

    /// A session with that peer came to nothing.
    pub(crate) fn fruitless(
        &mut self,
        peer: Handle,
        is_trusted: bool,
        timing: &SessionTiming,
        now: Millis,
    ) {
        let cool_down = if is_trusted {
            timing.trusted_cool_down
        } else {
            timing.cool_down
        };
        let reputation = self.note(peer);
        reputation.fruitless = reputation.fruitless.saturating_add(1);
        if reputation.fruitless > timing.forgiven {
            reputation.until = now.after(cool_down);
        }
    }

    /// A session with that peer was worth it.
    pub(crate) fn fruitful(&mut self, peer: Handle) {
        if let Some(reputation) = self.peers.get_mut(&peer) {
            reputation.fruitless = 0;
        }
    }

    fn note(&mut self, peer: Handle) -> &mut Reputation {
        if self.peers.len() >= REMEMBERED && !self.peers.contains_key(&peer) {
            let oldest = self.peers.iter().min_by_key(|(_, peer)| peer.noted);
            if let Some(oldest) = oldest.map(|(peer, _)| *peer) {
                self.peers.remove(&oldest);
            }
        }
        self.notes += 1;
        let reputation = self.peers.get_or_insert(peer, Reputation::default());
        reputation.noted = self.notes;
        reputation
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_of_bad_reputation_are_remembered() {
        let (mut reputations, timing) = (Reputations::default(), SessionTiming::default());
        let now = Millis(5_000);
        for peer in 0..=REMEMBERED as u64 {
            reputations.opened(Handle(peer), now);
        }
        assert!(reputations.admits(Handle(0), &timing, now));
        assert!((1..=REMEMBERED as u64).all(|peer| !reputations.admits(
            Handle(peer),
            &timing,
            now
        )));
    }

    #[test]
    fn one_session_that_comes_to_nothing_is_forgiven() {
        let (mut reputations, timing) = (Reputations::default(), SessionTiming::default());
        let (peer, now) = (Handle(3), Millis(5_000));
        reputations.fruitless(peer, false, &timing, now);
        assert!(reputations.admits(peer, &timing, now));
        reputations.fruitful(peer);
        reputations.fruitless(peer, false, &timing, now);
        assert!(!reputations.is_cooling(peer, now));
        reputations.fruitless(peer, false, &timing, now);
        assert!(reputations.is_cooling(peer, now) && !reputations.admits(peer, &timing, now));
        assert!(!reputations.is_cooling(peer, now.after(timing.cool_down)));
    }
}
