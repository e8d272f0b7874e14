//! What an attacker does.

use election_core::sync::SyncMessage;
use election_core::time::Millis;
use election_core::wire::frame::{FrameWriter, Head, kind};
use election_core::wire::relay::Handle;

use super::mischief::Mischief;
use super::{Aim, Attacker, Dawdled, remember, talk};

/// Between two pieces of a comparison that is kept alive, in ms: less than the silence that ends
/// one.
const DAWDLING: (u64, u64) = (3_000, 9_000);

impl Attacker {
    /// Does something at random, at last. What cannot be done now is left.
    pub(super) fn act(&mut self, now: Millis) {
        let Some(mischief) = self.random.pick(&self.repertoire).copied() else {
            return;
        };
        match mischief {
            Mischief::Equivocate => self.equivocate(),
            Mischief::ForgeSignature => self.forge(),
            Mischief::BreakRule => {
                let victim = self.random.pick(self.voters.make_contiguous()).copied();
                let op = self.signer.against_the_rules(victim, &mut self.random);
                self.tell(mischief, op);
            }
            Mischief::Orphan => {
                if let Some(op) = self.signer.orphan(&mut self.random) {
                    self.tell_valid(mischief, op);
                }
            }
            Mischief::Crowd => {
                let mut bytes = Vec::new();
                for (id, op) in self.signer.crowd(&mut self.random) {
                    self.made(id, &op);
                    bytes.extend(op);
                }
                if !bytes.is_empty() {
                    self.ops(mischief, Aim::Some(255), &bytes);
                }
            }
            Mischief::UnknownKind => {
                if let Some(op) = self.signer.unknown(&mut self.random) {
                    self.tell_valid(mischief, op);
                }
            }
            Mischief::Replay => {
                if let Some(packet) = self.random.pick(self.received.make_contiguous()).cloned() {
                    let aim = self.aim();
                    self.send(mischief, aim, packet);
                }
            }
            Mischief::FloodJunk => self.flood_junk(),
            Mischief::FloodBallots => self.flood_ballots(),
            Mischief::FloodSync => self.flood_sync(),
            Mischief::LieInDigest => {
                let hello = self.random.chance(0.5).then(|| (kind::HELLO, Vec::new()));
                let head = Head {
                    replica: self.some_name(),
                    digest: self.lie(),
                };
                let aim = self.aim();
                self.say(mischief, aim, head, hello.as_slice());
            }
            Mischief::Impersonate => {
                let faces: Vec<Head> = self.faces.values().map(|(_, head)| *head).collect();
                if let Some(mut head) = self.random.pick(&faces).copied() {
                    if self.random.chance(0.5) {
                        head.digest = self.lie();
                    }
                    let aim = self.aim();
                    self.say(mischief, aim, head, &[(kind::HELLO, Vec::new())]);
                }
            }
            Mischief::OpenAndGoSilent => {
                let session = self.random.draw();
                let message = talk::opening(session, &mut self.random);
                let aim = self.aim();
                self.say_sync(mischief, aim, &message);
            }
            Mischief::Claim => self.claim(),
            // Both wait for somebody to open a comparison; a lie makes them.
            Mischief::AnswerNonsense | Mischief::Dawdle => {
                let head = Head {
                    replica: self.name,
                    digest: self.lie(),
                };
                let aim = self.aim();
                self.say(Mischief::LieInDigest, aim, head, &[]);
            }
        }
        self.keep_alive(now);
    }

    fn equivocate(&mut self) {
        let ballots = self.signer.equivocal(&mut self.random);
        let halves = ballots.len() as u64;
        let handles: Vec<Handle> = self.faces.keys().copied().collect();
        for (half, op) in (0..).zip(ballots) {
            self.made(op.0, &op.1);
            if handles.len() < 2 {
                self.ops(Mischief::Equivocate, Aim::Some(1), &op.1);
            }
            for handle in handles.iter().filter(|handle| handle.0 % halves == half) {
                self.ops(Mischief::Equivocate, Aim::One(*handle), &op.1);
            }
        }
    }

    /// What was claimed of a precinct, with other figures and higher ones, signed by voters that it
    /// makes up. It says the same again and again.
    fn claim(&mut self) {
        let received = self.random.pick(self.claims.make_contiguous()).cloned();
        if self.false_claims.is_empty()
            && let Some(received) = received
        {
            self.false_claims = self.signer.false_claims(&received, &mut self.random);
        }
        let aim = Aim::Some(255);
        for claim in self.false_claims.clone() {
            let head = self.head();
            self.say(Mischief::Claim, aim, head, &[(kind::CLAIMS, claim)]);
        }
    }

    /// Only some are told: the others are to hear more of this connection.
    fn forge(&mut self) {
        let fresh = self.faces.keys().filter(|face| !self.spent.contains(face));
        let fresh: Vec<Handle> = fresh.copied().collect();
        if fresh.len() < 2 && !self.spent.is_empty() {
            return;
        }
        let Some(target) = self.random.pick(&fresh).copied() else {
            return;
        };
        let victim = self.random.pick(self.voters.make_contiguous()).copied();
        let op = self.signer.forged(victim, &mut self.random);
        let faces: Vec<Head> = self.faces.values().map(|(_, head)| *head).collect();
        // Sometimes in the name of another replica, which is not to suffer for it.
        let other = self.random.pick(&faces).copied();
        let head = other.filter(|_| self.random.chance(0.5));
        let head = head.unwrap_or_else(|| self.head());
        let forged = [(kind::OPS, op)];
        self.say(Mischief::ForgeSignature, Aim::One(target), head, &forged);
        self.spent.insert(target);
    }

    fn flood_junk(&mut self) {
        for _ in 0..self.random.between(5, 20) {
            let length = self.random.below(1_500) as usize;
            let noise: Vec<u8> = (0..length).map(|_| self.random.draw() as u8).collect();
            let packet = match self.random.below(4) {
                0 => noise.into(),
                1 => self.sealed(self.home, &noise),
                2 => match self.received.back() {
                    Some(packet) => packet[..length.min(packet.len())].into(),
                    None => noise.into(),
                },
                _ => {
                    let mut frame = FrameWriter::new(self.head());
                    frame.put(self.random.draw() as u8, &noise);
                    self.sealed(self.home, &frame.into_bytes())
                }
            };
            let aim = self.aim();
            self.send(Mischief::FloodJunk, aim, packet);
        }
    }

    fn flood_ballots(&mut self) {
        let aim = self.aim();
        for _ in 0..self.random.between(1, 4) {
            let mut bytes = Vec::new();
            for _ in 0..self.random.between(1, 12) {
                if let Some((id, op)) = self.signer.fresh_voter(&mut self.random) {
                    self.made(id, &op);
                    bytes.extend(op);
                }
            }
            if !bytes.is_empty() {
                self.ops(Mischief::FloodBallots, aim, &bytes);
            }
        }
    }

    fn flood_sync(&mut self) {
        for _ in 0..self.random.between(3, 15) {
            let known = self.random.pick(self.sessions.make_contiguous()).copied();
            let (aim, session) = match known.filter(|_| self.random.chance(0.5)) {
                Some((with, session)) => (Aim::One(with), session),
                None => (self.aim(), self.random.draw()),
            };
            let messages: Vec<_> = (0..self.random.between(1, 12))
                .map(|_| talk::mutated(session, &mut self.random))
                .collect();
            let head = self.head();
            self.say(Mischief::FloodSync, aim, head, &messages);
        }
    }

    /// Somebody compares sets with this one, or goes on with it.
    pub(super) fn answer(&mut self, from: Handle, message: &SyncMessage, now: Millis) {
        let session = message.session();
        remember(&mut self.sessions, (from, session));
        let opens = matches!(message.kind(), 0x10 | 0x11);
        let answers: Vec<Mischief> = [
            Mischief::OpenAndGoSilent,
            Mischief::AnswerNonsense,
            Mischief::Dawdle,
        ]
        .into_iter()
        .filter(|answer| self.repertoire.contains(answer))
        .collect();
        match self.random.pick(&answers) {
            Some(Mischief::Dawdle) if opens => {
                let dawdled = Dawdled {
                    with: from,
                    session,
                    number: 0,
                    again_at: now,
                };
                remember(&mut self.kept_alive, dawdled);
                self.keep_alive(now);
            }
            Some(Mischief::AnswerNonsense) => {
                let answer = talk::nonsense(session, &mut self.random);
                self.say_sync(Mischief::AnswerNonsense, Aim::One(from), &answer);
            }
            // Not a word.
            _ => {}
        }
    }

    fn keep_alive(&mut self, now: Millis) {
        for mut dawdled in core::mem::take(&mut self.kept_alive) {
            if dawdled.again_at <= now {
                let piece = SyncMessage::Ops {
                    session: dawdled.session,
                    number: dawdled.number,
                    last: false,
                    sent: u64::from(dawdled.number),
                    total: u64::from(u32::MAX),
                    bytes: b"nothing".to_vec(),
                };
                self.say_sync(Mischief::Dawdle, Aim::One(dawdled.with), &piece);
                let (soon, late) = DAWDLING;
                dawdled.number += 1;
                dawdled.again_at = now.after(Millis(self.random.between(soon, late)));
            }
            self.kept_alive.push_back(dawdled);
        }
    }
}
