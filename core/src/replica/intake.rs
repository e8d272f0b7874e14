//! How bytes become delivered ops: cheap checks first (size, kind, poll, cap, duplicate), the signature last, then
//! causal delivery, then everybody who must know.

use std::collections::{BTreeMap, BTreeSet};

use crate::broadcast::causal::Causal;
use crate::broadcast::{Delivery, Origin, Spread};
use crate::canvass::Canvass;
use crate::ids::OpId;
use crate::poll::genesis::Genesis;
use crate::poll::op::{Op, SignedOp, VerifiedGenesis, VerifiedOp};
use crate::time::Millis;
use crate::wire::bytes::Reader;
use crate::wire::envelope::{RawOp, Signed, envelopes, verify_all, verify_until_wrong};

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
    /// How many ops were delivered that were not here before, the genesis among them.
    pub news: usize,
    /// How many bytes those have.
    pub news_bytes: usize,
    /// The message ends with a wrong signature. An honest replica passes on none.
    pub is_wrong: bool,
}

/// What the cheap checks say of an op.
enum Checked {
    /// It is worth checking the signature.
    New(SignedOp),
    /// It is here already, or held back.
    Held(OpId),
    /// It was a genesis, or is refused.
    Done,
    /// It is the poll's genesis, by its id, and its signature is wrong.
    Wrong,
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
            let (verified, bad) = verify_all(ops, &mut self.random);
            self.stats.bad_signatures += bad as u64;
            verified
                .into_iter()
                .map(|op| {
                    let at = received.get(&op.id()).copied().unwrap_or(now);
                    arrive(op, at)
                })
                .collect()
        };
        let (delivered, _) = self.deliver(arrivals, true, now);
        self.follow_entries(&delivered, now);
        self.follow_restored(now);
    }

    /// Takes in a message's ops, one after the other in `bytes`, up to the first wrong signature. Reads on after an op that
    /// is refused, as long as the envelopes hold together. `pass_on` says whether what is new here is news to others too.
    pub(super) fn accept(&mut self, bytes: &[u8], via: Via, pass_on: bool, now: Millis) -> Intake {
        let mut intake = Intake::default();
        let was_open = self.open.is_some();
        let mut reader = Reader::new(bytes);
        let mut ops = Vec::new();
        while !reader.is_empty() {
            let Ok(raw) = RawOp::read(&mut reader) else {
                self.stats.malformed += 1;
                break;
            };
            match self.check_first(raw.bytes(), via, now) {
                Checked::New(op) => ops.push(op),
                Checked::Held(id) => intake.held.push(id),
                Checked::Done => {}
                Checked::Wrong => {
                    intake.is_wrong = true;
                    break;
                }
            }
        }
        let ops = self.set_orphans_last(ops, now);
        let (verified, is_wrong) = verify_until_wrong(ops, &mut self.random);
        intake.is_wrong |= is_wrong;
        self.stats.bad_signatures += u64::from(is_wrong);
        let arrivals = verified
            .into_iter()
            .map(|op| Arrival { op, at: now, via })
            .collect();
        let (delivered, news_bytes) = self.deliver(arrivals, pass_on, now);
        intake.news = delivered.len() + usize::from(self.open.is_some() != was_open);
        intake.news_bytes = news_bytes;
        intake.held.extend(delivered);
        intake.held.retain(|id| !self.held_back_has(*id));
        intake
    }

    /// Puts those last that come after something that is neither here nor in the same message, and drops what is beyond the
    /// [budget](super::orphans) of such. Honest ones are few and soon follow what they wait for; anybody can make up others,
    /// and send more than can be held back over and over.
    fn set_orphans_last(&mut self, ops: Vec<SignedOp>, now: Millis) -> Vec<SignedOp> {
        let Some(open) = &self.open else { return ops };
        let mut brought = BTreeSet::new();
        let (mut ready, mut orphans) = (Vec::with_capacity(ops.len()), Vec::new());
        for op in ops {
            let missing = open.state.first_missing(op.claim());
            if missing.is_none_or(|(_, id)| brought.contains(&id)) {
                brought.insert(op.id());
                ready.push(op);
            } else {
                orphans.push(op);
            }
        }
        let taken = self.orphans.take(orphans.len(), now);
        self.stats.held_dropped += (orphans.len() - taken) as u64;
        ready.extend(orphans.into_iter().take(taken));
        ready
    }

    /// Takes in ops that came in another room, as news, and tells whether one was signed wrongly.
    pub(super) fn take_entries(&mut self, bytes: &[u8], now: Millis) -> bool {
        let intake = self.accept(bytes, Via::Gossip, true, now);
        self.keep_time(now);
        intake.is_wrong
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
            return self.accept_genesis(bytes, via, at);
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
                    Checked::Held(op.id())
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
    fn accept_genesis(&mut self, bytes: &[u8], via: Via, at: Millis) -> Checked {
        let signed = Signed::<Genesis>::decode(bytes, crate::ids::PollId::NONE, &());
        let Some(signed) = signed.ok().filter(|signed| signed.id().0 == self.poll.0) else {
            self.stats.invalid_ops += 1;
            return Checked::Done;
        };
        let Ok(genesis) = signed.verify() else {
            self.stats.bad_signatures += 1;
            return Checked::Wrong;
        };
        let (id, bytes) = (genesis.id(), genesis.bytes().to_vec());
        let canvass = match self.canvass(genesis) {
            Ok(canvass) => canvass,
            Err(misfit) => {
                self.stats.invalid_ops += 1;
                self.misfit = Some(misfit);
                return Checked::Done;
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
        Checked::Done
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

    /// Hands verified ops to causal delivery, then tells everybody of those that were delivered, names them, and says how
    /// many bytes they have.
    pub(super) fn deliver(
        &mut self,
        arrivals: Vec<Arrival>,
        pass_on: bool,
        now: Millis,
    ) -> (Vec<OpId>, usize) {
        let Some(open) = &mut self.open else {
            return (Vec::new(), 0);
        };
        for arrival in arrivals {
            open.delivery.receive(arrival, &mut open.state);
        }
        let fresh = core::mem::take(&mut open.state.fresh);
        if !fresh.is_empty() {
            self.rhythm.changed(now);
        }
        let ids = fresh.iter().map(|fresh| fresh.delivered.id).collect();
        let size = fresh.iter().map(|fresh| fresh.bytes.len()).sum();
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
        (ids, size)
    }

    pub(super) fn persist(&mut self, id: OpId, received: Millis, bytes: Vec<u8>, durable: bool) {
        self.outputs.push_back(Output::Persist {
            id,
            record: Record { received, bytes },
            durable,
        });
    }
}
