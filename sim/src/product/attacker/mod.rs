//! The attacker: a member of the room who has the link, so that it can read and seal every frame,
//! and a voter's key of its own, and does what it likes: every kind of [`Mischief`].
//!
//! `ops` makes what it signs and forges, `talk` makes up messages of comparisons, `acts` is what it
//! does; here is when, and how that leaves. All of it is drawn from its seed. It sends at most a
//! number of frames that is set beforehand, then it is quiet; the swarm's strangers have no such
//! number, do one thing only, and may come back again and again under other handles.

mod acts;
pub mod mischief;
mod ops;
mod talk;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use election_core::ids::{OpId, ReplicaId, VoterKey};
use election_core::sync::SyncMessage;
use election_core::time::Millis;
use election_core::wire::bytes::{Reader, Writer};
use election_core::wire::envelope::RawOp;
use election_core::wire::frame::{self, Digest, FrameWriter, Head, MessageRef, kind};
use election_core::wire::relay::Handle;
use election_core::wire::sealed::Seal;
use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;

use super::note::Note;
use super::poll::Poll;
use super::{Output, Packet};
use crate::process::{Process, Room};
use crate::random::Random;
use mischief::Mischief;
use ops::Signer;

/// How many frames an attacker sends unless it is told otherwise.
pub const DEFAULT_FRAMES: u32 = 600;
/// Between two acts, in ms: a draw from this range.
const BETWEEN_ACTS: (u64, u64) = (50, 1_500);
/// How long one who comes anew stays under one handle, in ms.
const ONE_HANDLE: u64 = 1_000;
/// How much of each kind it remembers of what it received.
const REMEMBERED: usize = 32;

/// See the [module](self).
pub struct Attacker {
    signer: Signer,
    /// Of the rooms that it ever was in.
    seals: BTreeMap<Room, Seal>,
    nonces: ChaCha8Rng,
    random: Random,
    name: ReplicaId,
    poll: Rc<Poll>,
    home: Room,
    /// The rooms that it is in.
    inside: BTreeSet<Room>,
    /// Who was heard last from which connection, in which room, and what they said to hold.
    faces: BTreeMap<Handle, (Room, Head)>,
    /// Those who hear no more of this connection since they got a wrong signature.
    spent: BTreeSet<Handle>,
    received: VecDeque<Packet>,
    voters: VecDeque<(VoterKey, OpId)>,
    sessions: VecDeque<(Handle, u64)>,
    claims: VecDeque<Vec<u8>>,
    /// What it claims itself.
    false_claims: Vec<Vec<u8>>,
    kept_alive: VecDeque<Dawdled>,
    repertoire: Vec<Mischief>,
    frames_left: u32,
    act_at: Option<Millis>,
    comes_anew: bool,
    /// When it comes back under another handle.
    anew_at: Option<Millis>,
    done: BTreeMap<Mischief, u64>,
    outputs: VecDeque<Output>,
}

/// A comparison that is kept alive.
struct Dawdled {
    with: Handle,
    session: u64,
    number: u32,
    again_at: Millis,
}

/// To whom a frame goes.
#[derive(Clone, Copy)]
enum Aim {
    Some(u8),
    One(Handle),
}

impl Attacker {
    /// An attacker with the key of the poll's voter of that number, not connected.
    #[must_use]
    pub fn new(poll: Rc<Poll>, voter: u64, random: &mut Random) -> Self {
        let mut random = random.branch();
        Self {
            seals: BTreeMap::new(),
            home: Room(poll.precinct_of(voter).0),
            signer: Signer::new(poll.clone(), voter),
            poll,
            inside: BTreeSet::new(),
            nonces: ChaCha8Rng::from_seed(random.bytes()),
            name: ReplicaId(random.draw()),
            random,
            faces: BTreeMap::new(),
            spent: BTreeSet::new(),
            received: VecDeque::new(),
            voters: VecDeque::new(),
            sessions: VecDeque::new(),
            claims: VecDeque::new(),
            false_claims: Vec::new(),
            kept_alive: VecDeque::new(),
            repertoire: Mischief::ALL.to_vec(),
            frames_left: DEFAULT_FRAMES,
            act_at: None,
            comes_anew: false,
            anew_at: None,
            done: BTreeMap::new(),
            outputs: VecDeque::new(),
        }
    }

    /// It sends at most so many frames from now on. 0: it is quiet for good.
    pub fn limit(&mut self, frames: u32) {
        self.frames_left = frames;
    }

    /// It does nothing but that, and lies in digests where that is what it takes.
    pub fn specialise(&mut self, repertoire: &[Mischief]) {
        self.repertoire = repertoire.to_vec();
    }

    /// It takes another handle about every second.
    pub fn comes_anew(&mut self) {
        self.comes_anew = true;
    }

    /// Who it votes as.
    #[must_use]
    pub fn voter(&self) -> VoterKey {
        self.signer.voter()
    }

    /// How often it did that: counted when a frame of it went out.
    #[must_use]
    pub fn did(&self, mischief: Mischief) -> u64 {
        self.done.get(&mischief).copied().unwrap_or(0)
    }

    /// An op in the frame of one who is not to be suspected.
    fn ops(&mut self, mischief: Mischief, aim: Aim, bytes: &[u8]) {
        let own = if self.random.chance(0.5) {
            kind::OWN_OPS
        } else {
            kind::OPS
        };
        let head = self.head();
        self.say(mischief, aim, head, &[(own, bytes.to_vec())]);
    }

    fn tell(&mut self, mischief: Mischief, op: Vec<u8>) {
        let aim = self.aim();
        self.ops(mischief, aim, &op);
    }

    fn tell_valid(&mut self, mischief: Mischief, (id, op): (OpId, Vec<u8>)) {
        self.made(id, &op);
        self.tell(mischief, op);
    }

    /// Said before the op leaves: whether anybody takes it in is not in its hands.
    fn made(&mut self, id: OpId, bytes: &[u8]) {
        let bytes = bytes.into();
        self.outputs
            .push_back(Output::Note(Note::Made { id, bytes }));
    }

    fn say_sync(&mut self, mischief: Mischief, aim: Aim, message: &SyncMessage) {
        let mut writer = Writer::new();
        message.encode(&mut writer);
        let head = self.head();
        self.say(
            mischief,
            aim,
            head,
            &[(message.kind(), writer.into_bytes())],
        );
    }

    fn say(&mut self, mischief: Mischief, aim: Aim, head: Head, messages: &[(u8, Vec<u8>)]) {
        let mut frame = FrameWriter::new(head);
        for (kind, content) in messages {
            if frame.fits(content.len()) {
                frame.put(*kind, content);
            }
        }
        let room = self.room(aim);
        let packet = self.sealed(room, &frame.into_bytes());
        self.send_into(room, mischief, aim, packet);
    }

    /// A frame of that room.
    fn sealed(&mut self, room: Room, frame: &[u8]) -> Packet {
        let seal = self.seals.entry(room);
        let seal = seal.or_insert_with(|| self.poll.seal(room));
        seal.seal(frame, &mut self.nonces).into()
    }

    /// Where it aims.
    fn room(&mut self, aim: Aim) -> Room {
        let rooms: Vec<Room> = self.inside.iter().copied().collect();
        let received = match aim {
            Aim::Some(_) => self.random.pick(&rooms).copied(),
            Aim::One(handle) => self.faces.get(&handle).map(|(room, _)| *room),
        };
        received.unwrap_or(self.home)
    }

    fn send(&mut self, mischief: Mischief, aim: Aim, packet: Packet) {
        let room = self.room(aim);
        self.send_into(room, mischief, aim, packet);
    }

    fn send_into(&mut self, room: Room, mischief: Mischief, aim: Aim, packet: Packet) {
        if self.act_at.is_none() || self.frames_left == 0 {
            return;
        }
        self.frames_left -= 1;
        *self.done.entry(mischief).or_default() += 1;
        self.outputs.push_back(match aim {
            Aim::Some(fan_out) => Output::Spread(room, fan_out, packet),
            Aim::One(handle) => Output::Reply(room, handle, packet),
        });
    }

    fn aim(&mut self) -> Aim {
        let faces: Vec<Handle> = self.faces.keys().copied().collect();
        match self.random.pick(&faces) {
            Some(handle) if self.random.chance(0.5) => Aim::One(*handle),
            _ if self.random.chance(0.3) => Aim::Some(255),
            _ => Aim::Some(self.random.between(1, 6) as u8),
        }
    }

    /// Its own name, and the digest that it received last.
    fn head(&self) -> Head {
        let digest = self.faces.values().last().map(|(_, head)| head.digest);
        Head {
            replica: self.name,
            digest: digest.unwrap_or_default(),
        }
    }

    fn some_name(&mut self) -> ReplicaId {
        if self.random.chance(0.5) {
            self.name
        } else {
            ReplicaId(self.random.draw())
        }
    }

    fn lie(&mut self) -> Digest {
        let received = self.head().digest;
        let [root, _] = super::poll::halves(self.random.bytes());
        let more = received.ops.saturating_add(self.random.below(20));
        let plausible = more.saturating_sub(10);
        match self.random.below(4) {
            0 => Digest {
                root,
                ops: u64::MAX,
            },
            1 => Digest {
                root: received.root,
                ops: plausible,
            },
            2 => Digest::default(),
            _ => Digest {
                root,
                ops: plausible,
            },
        }
    }
}

impl Process for Attacker {
    type Packet = Packet;
    type Note = Note;

    fn size(packet: &Packet) -> usize {
        packet.len()
    }

    fn home(&self) -> Room {
        self.home
    }

    fn connected(&mut self, room: Room, _size: u32, now: Millis) {
        self.inside.insert(room);
        if room != self.home {
            return;
        }
        self.faces.clear();
        self.spent.clear();
        self.sessions.clear();
        self.kept_alive.clear();
        let (soon, late) = BETWEEN_ACTS;
        self.act_at = Some(now.after(Millis(self.random.between(soon, late))));
        let span = Millis(ONE_HANDLE + self.random.below(ONE_HANDLE));
        self.anew_at = self.comes_anew.then(|| now.after(span));
        if self.poll.precincts() > 1 && self.repertoire.contains(&Mischief::Claim) {
            self.outputs.push_back(Output::Enter(self.poll.council()));
        }
    }

    fn disconnected(&mut self, room: Room, _now: Millis) {
        self.inside.remove(&room);
        if room == self.home {
            self.act_at = None;
            self.anew_at = None;
        }
    }

    fn receive(&mut self, room: Room, from: Handle, packet: Packet, now: Millis) {
        if self.repertoire.is_empty() {
            return; // it will not do anything with it
        }
        // Another attacker's frames are as good as any.
        let seal = self.seals.entry(room);
        let seal = seal.or_insert_with(|| self.poll.seal(room));
        let Ok(plain) = seal.open(&packet) else {
            return;
        };
        let Ok((head, mut messages)) = frame::read_head(&plain) else {
            return;
        };
        self.faces.insert(from, (room, head));
        if self.faces.len() > REMEMBERED {
            self.faces.pop_first();
        }
        remember(&mut self.received, packet);
        while let Ok(Some(message)) = frame::next_message(&mut messages) {
            match message {
                MessageRef::Ops { bytes, .. } => {
                    if let Ok(op) = RawOp::read(&mut Reader::new(bytes))
                        && op.author != self.signer.voter()
                    {
                        remember(&mut self.voters, (op.author, op.id(self.signer.poll())));
                    }
                }
                MessageRef::Sync { kind, content } => {
                    if let Ok(message) = SyncMessage::decode(kind, &mut Reader::new(content)) {
                        self.answer(from, &message, now);
                    }
                }
                MessageRef::Council {
                    kind: kind::CLAIMS,
                    content,
                } => remember(&mut self.claims, content.to_vec()),
                MessageRef::Hello | MessageRef::Seen(_) | MessageRef::Council { .. } => {}
            }
        }
    }

    fn wake(&mut self, now: Millis) {
        if self.act_at.is_some_and(|at| at <= now) {
            let (soon, late) = BETWEEN_ACTS;
            self.act_at = Some(now.after(Millis(self.random.between(soon, late))));
            self.act(now);
        }
        if self.anew_at.is_some_and(|at| at <= now) {
            self.anew_at = None;
            self.outputs.push_back(Output::ComeAnew);
        }
    }

    fn next_deadline(&self) -> Option<Millis> {
        let act_at = self.act_at.filter(|_| self.frames_left > 0);
        [act_at, self.anew_at].into_iter().flatten().min()
    }

    fn next_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }
}

/// Remembers one thing more, and forgets the oldest of too many.
fn remember<T>(memory: &mut VecDeque<T>, thing: T) {
    memory.push_back(thing);
    if memory.len() > REMEMBERED {
        memory.pop_front();
    }
}
