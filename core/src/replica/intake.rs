//! How bytes become delivered ops: cheap checks first (size, kind, poll, cap, duplicate), the signature last, then
//! causal delivery, then everybody who must know.

use std::collections::BTreeMap;

use crate::broadcast::causal::Causal;
use crate::broadcast::{Delivery, Origin, Spread};
use crate::canvass::Canvass;
use crate::ids::OpId;
use crate::poll::genesis::Genesis;
use crate::poll::op::{Op, SignedOp, VerifiedGenesis, VerifiedOp};
use crate::time::Millis;
use crate::wire::bytes::Reader;
use crate::wire::envelope::{RawOp, Signed, envelopes, verify_all};

use super::frames::NEWS;
use super::io::{Event, Output, Record, Via};
use super::state::{Arrival, Fresh, State};
use super::view::LinkMisfit;
use super::{Open, Replica, Rumor};

/// Ops of one message, checked: what to tell its sender.
#[derive(Debug, Default)]
pub(super) struct Intake {
    /// Ops of the message that are held now, new or not.
    pub held: Vec<OpId>,
    /// How many ops of the message are valid and were not here before, the genesis among them.
    pub news: usize,
    /// Ops whose signature is wrong. An honest replica passes on none.
    pub bad_signatures: usize,
}

/// What the cheap checks say of an op.
enum Checked {
    /// It is worth checking the signature.
    New(SignedOp),
    /// It is here already, or held back.
    Held,
    /// It was a genesis, or is refused.
    Done,
}

impl Replica {
    /// Takes in what comes back from disk. `checked` says that the signatures were checked before it was stored.
    pub(super) fn on_restore(&mut self, records: &[Record], checked: bool, now: Millis) {
        let mut ops = Vec::new();
        for record in records.iter().take(super::MAX_RESTORE) {
            for raw in envelopes(&record.bytes) {
                if let Checked::New(op) =
                    self.check_first(raw.bytes(), Via::Restored, record.received)
                {
                    ops.push((op, record.received));
                }
            }
        }
        let arrive = |op, at| Arrival {
            op,
            at,
            via: Via::Restored,
        };
        let arrivals = if checked {
            let taken = ops.into_iter();
            taken
                .map(|(op, at)| arrive(op.checked_before_it_was_stored(), at))
                .collect()
        } else {
            let received: BTreeMap<_, _> = ops.iter().map(|(op, at)| (op.id(), *at)).collect();
            let ops = ops.into_iter().map(|(op, _)| op).collect();
            let verified = self.verify(ops).0.into_iter();
            verified
                .map(|op| {
                    let at = received.get(&op.id()).copied().unwrap_or(now);
                    arrive(op, at)
                })
                .collect()
        };
        let delivered = self.deliver(arrivals, true, now);
        self.follow_entries(&delivered, now);
        self.follow_restored(now);
    }

    /// Takes in a message's ops, one after the other in `bytes`. Reads on after an op that is refused, as long as the
    /// envelopes hold together. `pass_on` says whether what is new here is news to others too.
    pub(super) fn accept(&mut self, bytes: &[u8], via: Via, pass_on: bool, now: Millis) -> Intake {
        let mut reader = Reader::new(bytes);
        let mut ops = Vec::new();
        let mut held = Vec::new();
        let was_open = self.open.is_some();
        while !reader.is_empty() {
            let before = reader.clone();
            let Ok(raw) = RawOp::read(&mut reader) else {
                self.stats.malformed += 1;
                break;
            };
            let Ok(op_bytes) = before.clone().take(before.len() - reader.len()) else {
                break;
            };
            let id = raw.id(self.poll);
            match self.check_first(op_bytes, via, now) {
                Checked::New(op) => ops.push(op),
                Checked::Held => held.push(id),
                Checked::Done => {}
            }
        }
        let (verified, bad_signatures) = self.verify(ops);
        let news = verified.len() + usize::from(self.open.is_some() != was_open);
        let arrivals = verified
            .into_iter()
            .map(|op| Arrival { op, at: now, via })
            .collect();
        held.extend(self.deliver(arrivals, pass_on, now));
        held.retain(|id| !self.held_back_has(*id));
        Intake {
            held,
            news,
            bad_signatures,
        }
    }

    /// Takes in ops that came in another room, as news, and tells how many were signed wrongly.
    pub(super) fn take_entries(&mut self, bytes: &[u8], now: Millis) -> usize {
        let intake = self.accept(bytes, Via::Gossip, true, now);
        self.keep_time(now);
        intake.bad_signatures
    }

    /// Takes in the entries of the chair's log that another replica of the same tab delivered; true when one is news here.
    pub(super) fn take_log(&mut self, other: &Self, now: Millis) -> bool {
        let (Some(open), Some(other)) = (&self.open, &other.open) else {
            return false;
        };
        let canvass = &open.state.canvass;
        let is_news = |op: &&VerifiedOp| !canvass.holds(op) && !open.delivery.holds(op.id());
        let via = Via::Gossip;
        let news = other.state.canvass.log().chain().filter(is_news).cloned();
        let arrivals: Vec<_> = news.map(|op| Arrival { op, at: now, via }).collect();
        if arrivals.is_empty() {
            return false;
        }
        let few = arrivals.len() <= NEWS;
        self.deliver(arrivals, few, now);
        self.keep_time(now);
        true
    }

    /// Everything but the signature. A genesis is taken in on the spot.
    fn check_first(&mut self, bytes: &[u8], via: Via, at: Millis) -> Checked {
        let Some(open) = &self.open else {
            self.accept_genesis(bytes, via, at);
            return Checked::Done;
        };
        let canvass = &open.state.canvass;
        match SignedOp::decode(bytes, self.poll, canvass.genesis()) {
            Ok(op)
                if matches!(**op.claim(), Op::Ballot(_))
                    && canvass.is_foreign(op.claim().place()) =>
            {
                self.stats.foreign += 1;
                Checked::Done
            }
            Ok(op) if canvass.holds(op.claim()) || open.delivery.holds(op.id()) => {
                self.stats.duplicates += 1;
                // Where there is no room, what is refused for that is not told from what is held.
                if canvass.is_full() {
                    Checked::Done
                } else {
                    Checked::Held
                }
            }
            Ok(op) => Checked::New(op),
            Err(_) if bytes == canvass.genesis_op().bytes() => Checked::Done,
            Err(_) => {
                self.stats.invalid_ops += 1;
                Checked::Done
            }
        }
    }

    /// Opens the poll with its genesis: the one whose id is the poll's.
    fn accept_genesis(&mut self, bytes: &[u8], via: Via, at: Millis) {
        let signed = Signed::<Genesis>::decode(bytes, crate::ids::PollId::NONE, &());
        let Some(signed) = signed.ok().filter(|signed| signed.id().0 == self.poll.0) else {
            self.stats.invalid_ops += 1;
            return;
        };
        let Ok(genesis) = signed.verify() else {
            self.stats.bad_signatures += 1;
            return;
        };
        let (id, bytes) = (genesis.id(), genesis.bytes().to_vec());
        let canvass = match self.canvass(genesis) {
            Ok(canvass) => canvass,
            Err(misfit) => {
                self.stats.invalid_ops += 1;
                self.misfit = Some(misfit);
                return;
            }
        };
        if via != Via::Restored {
            let record = Record {
                received: at,
                bytes,
            };
            self.outputs.push_back(Output::Persist {
                id,
                record,
                durable: false,
            });
        }
        self.open = Some(Open {
            state: State::new(canvass),
            delivery: Causal::default(),
        });
        self.emit(Event::Opened);
    }

    /// What this replica is to hold of that poll.
    fn canvass(&self, genesis: VerifiedGenesis) -> Result<Canvass, LinkMisfit> {
        match (genesis.precincts().count(), self.precinct) {
            (1, None) => Ok(Canvass::new(genesis)),
            (count, Some((expected, precinct))) if count == expected && precinct.0 < count => {
                Ok(Canvass::of_precinct(genesis, precinct))
            }
            _ => Err(LinkMisfit),
        }
    }

    fn verify(&mut self, ops: Vec<SignedOp>) -> (Vec<VerifiedOp>, usize) {
        let (good, bad) = verify_all(ops, &mut self.random);
        self.stats.bad_signatures += bad as u64;
        (good, bad)
    }

    /// Hands verified ops to causal delivery, then tells everybody of those that were delivered, and names them.
    pub(super) fn deliver(
        &mut self,
        arrivals: Vec<Arrival>,
        pass_on: bool,
        now: Millis,
    ) -> Vec<OpId> {
        let Some(open) = &mut self.open else {
            return Vec::new();
        };
        for arrival in arrivals {
            open.delivery.receive(arrival, &mut open.state);
        }
        let fresh = core::mem::take(&mut open.state.fresh);
        if !fresh.is_empty() {
            self.rhythm.changed(now);
        }
        let ids = fresh.iter().map(|fresh| fresh.delivered.id).collect();
        for Fresh { delivered, bytes } in fresh {
            let id = delivered.id;
            match delivered.via {
                // Both are on disk.
                Via::Restored | Via::Own => {}
                Via::Gossip | Via::Sync => {
                    self.rhythm.count_arrival(&delivered.what);
                    if pass_on {
                        let rumor = Rumor {
                            id,
                            bytes: bytes.clone(),
                        };
                        self.gossip.spread(rumor, Origin::Forwarded, now);
                    }
                    self.persist(id, delivered.at, bytes, false);
                }
            }
            self.emit(Event::Delivered(delivered));
        }
        ids
    }

    pub(super) fn persist(&mut self, id: OpId, received: Millis, bytes: Vec<u8>, durable: bool) {
        self.outputs.push_back(Output::Persist {
            id,
            record: Record { received, bytes },
            durable,
        });
    }
}
