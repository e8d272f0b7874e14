//! How bytes become delivered ops: cheap checks first (size, kind, poll, cap, duplicate), the
//! signature last, then causal delivery, then everybody who must know.

use std::collections::{BTreeMap, BTreeSet};

use crate::ballots::BallotStore;
use crate::broadcast::Origin;
use crate::broadcast::causal::Causal;
use crate::ids::{OpId, PollId};
use crate::poll::genesis::Genesis;
use crate::poll::op::{Op, SignedOp, VerifiedGenesis, VerifiedOp};
use crate::time::Millis;
use crate::wire::bytes::Reader;
use crate::wire::envelope::{RawOp, Signed, Verified, envelopes, verify_all, verify_until_wrong};

use super::io::{Event, Output, Record, Via};
use super::state::{Arrival, State};
use super::view::LinkMisfit;
use super::{Open, Replica, Rumor};

/// Ops of one message, checked: what to tell its sender.
#[derive(Debug, Default)]
pub(super) struct Intake {
    /// Ops of the message that are held now, new or not.
    pub(crate) held: Vec<OpId>,
    /// How many ops were delivered that were not here before, the genesis among them.
    pub(crate) news: usize,
    /// How many bytes those have.
    pub(crate) news_bytes: usize,
    /// The message ends with a wrong signature. An honest replica passes on none.
    pub(crate) is_wrong: bool,
}

/// What the cheap checks say of an op.
enum Checked {
    /// It is worth checking the signature.
    New(SignedOp),
    /// It is here already, or held back.
    Held(OpId),
    /// It was a genesis, or is refused.
    Done,
    /// Nothing can be checked without the genesis, which this is not.
    TooEarly,
    /// It is the poll's genesis, by its id, and its signature is wrong.
    Wrong,
}

impl Replica {
    /// Takes in what comes back from disk. `checked` says that the signatures were checked before
    /// it was stored.
    pub(super) fn on_restore(&mut self, records: &[Record], checked: bool, now: Millis) {
        let mut ops = Vec::new();
        for record in records.iter().take(super::MAX_RESTORE) {
            for raw in envelopes(&record.bytes) {
                match self.check_first(raw, Via::Restored, record.received) {
                    Checked::New(op) => ops.push((op, record.received)),
                    Checked::TooEarly => self.stats.invalid_ops += 1,
                    Checked::Held(_) | Checked::Done | Checked::Wrong => {}
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
            let received = ops.iter().map(|(op, at)| (op.claim().id(), *at));
            let received: BTreeMap<_, _> = received.collect();
            let ops = ops.into_iter().map(|(op, _)| op).collect();
            let (verified, bad) = verify_all(ops, &mut self.room.random);
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

    /// Takes in a message's ops, one after the other in `bytes`, up to the first wrong signature.
    /// Reads on after an op that is refused, as long as the envelopes hold together. `pass_on` says
    /// whether what is new here is news to others too.
    pub(super) fn accept(&mut self, bytes: &[u8], via: Via, pass_on: bool, now: Millis) -> Intake {
        let mut intake = Intake::default();
        let was_open = self.open.is_some();
        let mut reader = Reader::new(bytes);
        let mut ops = Vec::new();
        while !reader.is_empty() {
            let Ok(raw) = RawOp::read(&mut reader) else {
                self.room.traffic.malformed += 1;
                break;
            };
            match self.check_first(raw, via, now) {
                Checked::New(op) => ops.push(op),
                Checked::Held(id) => intake.held.push(id),
                Checked::Done => {}
                // The poll is being fetched.
                Checked::TooEarly => break,
                Checked::Wrong => {
                    intake.is_wrong = true;
                    break;
                }
            }
        }
        let ops = self.set_orphans_last(ops, now);
        let (verified, is_wrong) = verify_until_wrong(ops, &mut self.room.random);
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

    /// Puts those last that come after something that is neither here nor in the same message, and
    /// drops what is beyond the budget of such. Honest ones are few and soon
    /// follow what they wait for; anybody can make up others, and send more than can be held back
    /// over and over.
    fn set_orphans_last(&mut self, ops: Vec<SignedOp>, now: Millis) -> Vec<SignedOp> {
        let Some(open) = &self.open else { return ops };
        let mut brought = BTreeSet::new();
        let (mut ready, mut orphans) = (Vec::with_capacity(ops.len()), Vec::new());
        for op in ops {
            let missing = open.state.missing_of(op.claim());
            if missing.is_none_or(|(_, id)| brought.contains(&id)) {
                brought.insert(op.claim().id());
                ready.push(op);
            } else {
                orphans.push(op);
            }
        }
        let taken = self.orphans.take(orphans.len() as u64, now) as usize;
        self.stats.held_dropped += (orphans.len() - taken) as u64;
        ready.extend(orphans.into_iter().take(taken));
        ready
    }

    /// Takes in ops that came in another room, as news.
    pub(super) fn take_entries(&mut self, bytes: &[u8], now: Millis) -> Intake {
        let intake = self.accept(bytes, Via::Gossip, true, now);
        self.keep_time(now);
        intake
    }

    /// Takes in the entries of the chair's log that another replica of the same tab delivered; true
    /// when one is news here.
    pub(super) fn take_log(&mut self, other: &Self, now: Millis) -> bool {
        let (Some(open), Some(other)) = (&self.open, &other.open) else {
            return false;
        };
        let store = &open.state.store;
        let is_news = |op: &&VerifiedOp| !store.holds(op.claim()) && !open.delivery.holds(op.id());
        let via = Via::Gossip;
        let news = other.state.store.log().entries().filter(is_news).cloned();
        let arrivals: Vec<_> = news.map(|op| Arrival { op, at: now, via }).collect();
        if arrivals.is_empty() {
            return false;
        }
        let few = arrivals.len() <= self.timing.gossip.passed_on / 128;
        self.deliver(arrivals, few, now);
        self.keep_time(now);
        true
    }

    /// Everything but the signature. A genesis is taken in on the spot.
    fn check_first(&mut self, raw: RawOp<'_>, via: Via, at: Millis) -> Checked {
        let Some(open) = &self.open else {
            return self.accept_genesis(raw, via, at);
        };
        let store = &open.state.store;
        let bytes = raw.bytes();
        let Ok(op) = SignedOp::check(raw, self.poll, store.genesis()) else {
            self.stats.invalid_ops += u64::from(bytes != store.genesis_op().bytes());
            return Checked::Done;
        };
        let claim = op.claim();
        if matches!(**claim, Op::Ballot(_)) && store.is_foreign(claim.place()) {
            self.stats.foreign += 1;
            Checked::Done
        } else if store.holds(claim) || open.delivery.holds(claim.id()) {
            self.stats.duplicates += 1;
            // Where there is no room, what is refused for that is not told from what is held.
            let is_left_out = match claim.index() {
                Some(_) => store.log().get(claim.id()).is_none(),
                None => store.is_full(),
            };
            match is_left_out {
                true => Checked::Done,
                false => Checked::Held(claim.id()),
            }
        } else {
            Checked::New(op)
        }
    }

    /// Opens the poll with its genesis: the one whose id is the poll's.
    fn accept_genesis(&mut self, raw: RawOp<'_>, via: Via, at: Millis) -> Checked {
        if raw.id(PollId::NONE).0 != self.poll.0 {
            return Checked::TooEarly;
        }
        let Ok(signed) = Signed::<Genesis>::check(raw, PollId::NONE, &()) else {
            self.stats.invalid_ops += 1;
            return Checked::Done;
        };
        let Ok(genesis) = signed.verify() else {
            self.stats.bad_signatures += 1;
            return Checked::Wrong;
        };
        let store = match self.store(genesis) {
            Ok(store) => store,
            Err(misfit) => {
                self.stats.invalid_ops += 1;
                self.misfit = Some(misfit);
                return Checked::Done;
            }
        };
        if via != Via::Restored {
            self.persist(store.genesis_op(), at, false);
        }
        self.open = Some(Open {
            state: State::new(store),
            delivery: Causal::default(),
        });
        self.emit(Event::Opened);
        Checked::Done
    }

    /// What this replica is to hold of that poll.
    fn store(&self, genesis: VerifiedGenesis) -> Result<BallotStore, LinkMisfit> {
        let mut store = match (genesis.precincts().count(), self.precinct) {
            (1, None) => BallotStore::new(genesis),
            (count, Some((expected, precinct))) if count == expected && precinct.0 < count => {
                BallotStore::of_precinct(genesis, precinct)
            }
            _ => return Err(LinkMisfit),
        };
        store.limit_room(&self.timing.capacity);
        Ok(store)
    }

    /// Hands verified ops to causal delivery, then tells everybody of those that were delivered,
    /// names them, and says how many bytes they have.
    pub(super) fn deliver(
        &mut self,
        arrivals: Vec<Arrival>,
        pass_on: bool,
        now: Millis,
    ) -> (Vec<OpId>, usize) {
        let Some(open) = &mut self.open else {
            return (Vec::new(), 0);
        };
        let was_full = open.state.store.is_full();
        let pass_on = pass_on && self.room.is_connected();
        for arrival in arrivals {
            open.delivery.receive(arrival, &mut open.state);
        }
        if open.state.store.is_full() != was_full {
            // What waits for a ballot that there is no room for waits no longer.
            open.delivery.look_again(&mut open.state);
        }
        let fresh = core::mem::take(&mut open.state.fresh);
        if !fresh.is_empty() {
            self.changed_at = now;
            self.room.changed(now);
        }
        let ids = fresh.iter().map(|fresh| fresh.op.id()).collect();
        let size = fresh.iter().map(|fresh| fresh.op.bytes().len()).sum();
        for delivered in fresh {
            let op = &delivered.op;
            match delivered.via {
                // Both are on disk.
                Via::Restored | Via::Own => {}
                Via::Gossip | Via::Sync => {
                    self.away.count_arrival(op);
                    if pass_on {
                        self.gossip.spread(Rumor::of(op), Origin::Forwarded, now);
                    }
                    self.persist(op, delivered.at, false);
                }
            }
            self.emit(Event::Delivered(delivered));
        }
        (ids, size)
    }

    pub(super) fn persist<B>(&mut self, op: &Verified<B>, received: Millis, durable: bool) {
        self.outputs.push_back(Output::Persist {
            id: op.id(),
            record: Record {
                received,
                bytes: op.bytes().to_vec(),
            },
            durable,
        });
    }
}
