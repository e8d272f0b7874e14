//! Somebody who has the link and is not modelled: a voice in a room that nobody can answer.

use std::rc::Rc;

use election_core::ids::ReplicaId;
use election_core::wire::frame::{self, Digest, Head};
use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;

use super::Packet;
use super::poll::Poll;
use crate::process::Room;
use crate::random::Random;

/// See the [module](self).
pub struct Nobody {
    poll: Rc<Poll>,
    nonces: ChaCha8Rng,
    name: ReplicaId,
}

impl Nobody {
    /// With the link of that poll.
    #[must_use]
    pub fn new(poll: Rc<Poll>, random: &mut Random) -> Self {
        Self {
            poll,
            nonces: ChaCha8Rng::seed_from_u64(random.draw()),
            name: ReplicaId(random.draw()),
        }
    }

    /// Frames that carry those messages, each with its type, for that room. They say that their
    /// sender holds nothing, so nobody compares with it.
    pub fn say(&mut self, room: Room, messages: &[(u8, Vec<u8>)]) -> Vec<Packet> {
        let head = Head {
            replica: self.name,
            digest: Digest::default(),
        };
        let frames = frame::pack(head, messages);
        let seal = self.poll.seal(room);
        let sealed = frames
            .iter()
            .map(|frame| seal.seal(frame, &mut self.nonces).into());
        sealed.collect()
    }
}
