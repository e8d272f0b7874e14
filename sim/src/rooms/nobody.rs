//! Somebody who has the link and is not modelled: a voice in a room that nobody can answer.

use election_core::ids::ReplicaId;
use election_core::wire::frame::{self, Digest, Head};
use election_core::wire::sealed::Seal;
use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;

use crate::product::Packet;
use crate::product::poll::Poll;
use crate::random::Random;

/// See the [module](self).
pub struct Nobody {
    seal: Seal,
    nonces: ChaCha8Rng,
    name: ReplicaId,
}

impl Nobody {
    /// With the link of that poll.
    #[must_use]
    pub fn new(poll: &Poll, random: &mut Random) -> Self {
        Self {
            seal: Seal::new(&poll.secret().seal_key(poll.id())),
            nonces: ChaCha8Rng::seed_from_u64(random.draw()),
            name: ReplicaId(random.draw()),
        }
    }

    /// Frames that carry those messages, each with its type. They say that their sender holds nothing, so nobody compares
    /// with it.
    pub fn say(&mut self, messages: &[(u8, Vec<u8>)]) -> Vec<Packet> {
        let head = Head {
            replica: self.name,
            digest: Digest::default(),
        };
        let frames = frame::pack(head, messages);
        let sealed = frames
            .iter()
            .map(|frame| self.seal.seal(frame, &mut self.nonces).into());
        sealed.collect()
    }
}
