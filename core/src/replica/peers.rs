//! The other replicas, as far as they were heard of. What they say of themselves is not checked: it is used for
//! showing, and for choosing whom to compare sets with, never for counting.

use crate::ids::ReplicaId;
use crate::sorted::SortedMap;
use crate::time::Millis;
use crate::wire::frame::{Digest, Head};
use crate::wire::relay::Handle;

/// The most others that are remembered; the one unheard for longest makes room.
pub const MAX_PEERS: usize = 512;
/// The most connections that are muted for a wrong signature; beyond it the lowest handle is heard again.
pub const MAX_MUTED: usize = 1_024;
/// After so long without a frame another replica is taken to be gone: a hidden tab speaks once a minute.
pub const SILENCE: Millis = Millis(150_000);

/// One other replica.
#[derive(Debug, Clone, Copy)]
pub struct Peer {
    pub handle: Handle,
    pub digest: Digest,
    pub heard: Millis,
    /// Since when each of its frames differed from what was held here.
    pub differs_since: Option<Millis>,
}

/// See the [module](self).
#[derive(Debug, Default)]
pub struct Peers {
    known: SortedMap<ReplicaId, Peer>,
    /// In the order of the handles.
    muted: Vec<Handle>,
}

impl Peers {
    /// Takes note of a frame, and returns since when that replica differs, itself included.
    pub fn heard(&mut self, from: Handle, head: Head, ours: Digest, now: Millis) -> Option<Millis> {
        if self.known.len() >= MAX_PEERS && !self.known.contains_key(&head.replica) {
            let oldest = self
                .known
                .iter()
                .min_by_key(|(_, peer)| peer.heard)
                .map(|(id, _)| *id);
            oldest.map(|id| self.known.remove(&id));
        }
        let before = self
            .known
            .get(&head.replica)
            .and_then(|peer| peer.differs_since);
        let differs_since = (head.digest != ours).then(|| before.unwrap_or(now));
        let peer = Peer {
            handle: from,
            digest: head.digest,
            heard: now,
            differs_since,
        };
        self.known.insert(head.replica, peer);
        differs_since
    }

    /// Forgets those who were silent for too long, and where everybody was when the connection is gone.
    pub fn forget_silent(&mut self, now: Millis) {
        self.known.retain(|_, peer| now - peer.heard < SILENCE);
    }

    /// Forgets who spoke last on that connection, which is gone.
    pub fn forget(&mut self, handle: Handle) {
        self.known.retain(|_, peer| peer.handle != handle);
    }

    /// Forgets everybody: handles mean nothing on another connection.
    pub fn clear(&mut self) {
        self.known.clear();
        self.muted.clear();
    }

    /// Hears no more of that connection.
    pub fn mute(&mut self, handle: Handle) {
        if let Err(place) = self.muted.binary_search(&handle) {
            self.muted.insert(place, handle);
            if self.muted.len() > MAX_MUTED {
                self.muted.remove(0);
            }
        }
    }

    pub fn is_muted(&self, handle: Handle) -> bool {
        self.muted.binary_search(&handle).is_ok()
    }

    pub fn iter(&self) -> impl Iterator<Item = (ReplicaId, &Peer)> {
        self.known.iter().map(|(id, peer)| (*id, peer))
    }
}
