//! What a newer version of the program says that this one does not know.

use std::collections::BTreeMap;
use std::rc::Rc;

use election_core::ids::{OpId, ReplicaId};
use election_core::poll::op::Op;
use election_core::wire::envelope::sign;
use election_core::wire::frame::{self, Digest, FrameWriter, Head, kind};
use election_core::wire::sealed::Seal;
use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;

use super::Packet;
use super::poll::Poll;
use crate::process::Room;
use crate::random::Random;

/// Message types that there are not: among those that go on from a frame's, and among the
/// council's.
const TYPES: [u8; 2] = [9, 0x7e];

/// See the [module](self).
pub struct Newer {
    poll: Rc<Poll>,
    seals: BTreeMap<Room, Seal>,
    nonces: ChaCha8Rng,
    random: Random,
}

impl Newer {
    /// For that poll.
    #[must_use]
    pub fn new(poll: Rc<Poll>, random: &mut Random) -> Self {
        Self {
            poll,
            seals: BTreeMap::new(),
            nonces: ChaCha8Rng::seed_from_u64(random.draw()),
            random: random.branch(),
        }
    }

    /// The same frame of that room with more in it, now and then.
    pub fn say_more(&mut self, room: Room, packet: Vec<u8>) -> Packet {
        let Some(kind) = self.random.pick(&TYPES).filter(|_| self.random.chance(0.5)) else {
            return packet.into();
        };
        // In front, so that whoever stumbles over it loses the rest.
        let poll = &self.poll;
        let seal = self.seals.entry(room).or_insert_with(|| poll.seal(room));
        let Ok(plain) = seal.open(&packet) else {
            return packet.into();
        };
        let Ok((head, _)) = frame::read_head(&plain) else {
            return packet.into();
        };
        let content = self.random.bytes();
        let messages = plain[FrameWriter::new(head).into_bytes().len()..].to_vec();
        let mut more = FrameWriter::new(head);
        if !more.fits(content.len() + messages.len()) {
            return packet.into();
        }
        more.put(*kind, &content);
        let more = [more.into_bytes(), messages].concat();
        seal.seal(&more, &mut self.nonces).into()
    }

    /// An op of a kind that there is not, by that voter, and a frame for that room that brings it.
    pub fn op(&mut self, room: Room, voter: u64) -> (OpId, Vec<u8>) {
        let poll = &self.poll;
        let kind = (40, 1);
        let body = Box::new(self.random.bytes());
        let op = sign(&poll.voter(voter), poll.id(), Op::Unknown { kind, body });
        let mut frame = FrameWriter::new(Head {
            replica: ReplicaId(self.random.draw()),
            digest: Digest::default(),
        });
        frame.put(kind::OPS, op.bytes());
        let frame = poll.seal(room).seal(&frame.into_bytes(), &mut self.nonces);
        (op.id(), frame)
    }
}
