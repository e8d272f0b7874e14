//! The other replicas, as far as they were heard of. What they say of themselves is not checked: it
//! is used for showing, and for choosing whom to compare sets with, never for counting.

use std::collections::VecDeque;

use super::proven::Proven;
use crate::ids::ReplicaId;
use crate::sorted::SortedMap;
use crate::time::Millis;
use crate::wire::frame::{Digest, Head};
use crate::wire::relay::Handle;

/// The most others that are remembered; the one unheard for longest makes room.
pub(crate) const MAX_PEERS: usize = 512;
/// The most connections that are muted for a wrong signature; beyond it the first of them is heard
/// again.
pub(crate) const MAX_MUTED: usize = 1_024;

/// One other replica.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer {
    pub(crate) handle: Handle,
    pub(crate) digest: Digest,
    pub(crate) received: Millis,
    /// Since when each of its frames differed from what was held here.
    pub(crate) differs_since: Option<Millis>,
}

/// See the [module](self).
#[derive(Debug, Default)]
pub(crate) struct Peers {
    known: SortedMap<ReplicaId, Peer>,
    /// Since when each; oldest first.
    muted: VecDeque<(Handle, Millis)>,
    proven: Proven,
}

impl Peers {
    /// Takes note of a frame, and returns since when that replica differs, itself included.
    pub(crate) fn receive(
        &mut self,
        from: Handle,
        head: Head,
        ours: Digest,
        now: Millis,
    ) -> Option<Millis> {
        self.proven.receive(from, now);
        if !self.known.contains_key(&head.replica) {
            // One connection is one replica: whoever uses many names takes nobody's place with
            // them.
            let same = self.known.iter().find(|(_, peer)| peer.handle == from);
            let gone = same.or_else(|| {
                let full = self.known.len() >= MAX_PEERS;
                let oldest = self.known.iter().min_by_key(|(_, peer)| peer.received);
                oldest.filter(|_| full)
            });
            gone.map(|(id, _)| *id).map(|id| self.known.remove(&id));
        }
        let before = self
            .known
            .get(&head.replica)
            .and_then(|peer| peer.differs_since);
        let differs_since = (head.digest != ours).then(|| before.unwrap_or(now));
        let peer = Peer {
            handle: from,
            digest: head.digest,
            received: now,
            differs_since,
        };
        self.known.insert(head.replica, peer);
        differs_since
    }

    /// Forgets those who were silent for too long, and hears again those who were made to be: a
    /// relay may have said of somebody honest what was another's.
    pub(crate) fn forget_silent(&mut self, silence: Millis, now: Millis) {
        self.muted.retain(|(_, since)| now - *since < silence);
        self.known.retain(|_, peer| now - peer.received < silence);
        self.proven.forget_silent(silence, now);
    }

    /// Forgets everybody: this replica is on another connection. Where those are who proved
    /// themselves is kept: they may be there still, and it costs a frame to find out.
    pub(crate) fn clear(&mut self) {
        self.known.clear();
        self.muted.clear();
    }

    /// Those who proved themselves.
    pub(crate) fn proven(&self) -> &Proven {
        &self.proven
    }

    /// That connection brought a valid op that was lacking, or had one of this replica's own.
    pub(crate) fn prove(&mut self, from: Handle, now: Millis) {
        if !self.is_muted(from) {
            self.proven.prove(from, now);
        }
    }

    /// Forgets who spoke last on that connection, which is gone.
    pub(crate) fn forget(&mut self, handle: Handle) {
        self.known.retain(|_, peer| peer.handle != handle);
        self.proven.forget(handle);
    }

    /// Hears no more of that connection for as long as a silent one is remembered.
    pub(crate) fn mute(&mut self, handle: Handle, now: Millis) {
        if !self.is_muted(handle) {
            self.muted.push_back((handle, now));
            if self.muted.len() > MAX_MUTED {
                self.muted.pop_front();
            }
        }
        self.forget(handle);
    }

    pub(crate) fn is_muted(&self, handle: Handle) -> bool {
        self.muted.iter().any(|(muted, _)| *muted == handle)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (ReplicaId, &Peer)> {
        self.known.iter().map(|(id, peer)| (*id, peer))
    }
}
