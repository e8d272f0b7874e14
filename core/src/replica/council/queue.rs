//! What is new and waits to be passed on: each thing once, gathered for a tick, what one made oneself wider than the rest.

use std::collections::BTreeMap;

use crate::broadcast::Origin;
use crate::canvass::statement::{StateId, StatementId};
use crate::canvass::{Claim, Dispute};
use crate::ids::{OpId, PrecinctId, VoterKey};
use crate::sorted::SortedMap;
use crate::time::Millis;
use crate::wire::bytes::Writer;
use crate::wire::frame::kind;

/// The most claims, disputes and ops that wait; what comes later is dropped, and counted.
pub const MAX_WAITING: usize = 1_024;
/// The most bytes of claims, of disputes or of ops in one message: a claim has at most 4 KiB or so, which still fits.
const MAX_BATCH: usize = 56 * 1024;

/// A message, and what it holds.
pub type Message = (u8, Vec<u8>);

/// See the [module](self).
#[derive(Debug, Default)]
pub struct Queue {
    claims: SortedMap<StatementId, Claim>,
    disputes: BTreeMap<(StateId, PrecinctId, VoterKey), Dispute>,
    ops: SortedMap<OpId, Vec<u8>>,
    own: bool,
    due: Option<Millis>,
    dropped: u64,
}

impl Queue {
    /// When what waits is to go out.
    pub fn due(&self) -> Option<Millis> {
        self.due
    }

    /// How much was dropped.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// How much waits.
    pub fn len(&self) -> usize {
        self.claims.len() + self.disputes.len() + self.ops.len()
    }

    /// Who signed the same statement is united; what was passed on a tick ago is not in it.
    pub fn claim(&mut self, claim: Claim, origin: Origin, due: Millis) {
        if let Some(held) = self.claims.get_mut(&claim.statement().id()) {
            held.unite(&claim);
        } else if self.has_room() {
            self.claims.insert(claim.statement().id(), claim);
        } else {
            return;
        }
        self.wait(origin, due);
    }

    pub fn dispute(&mut self, dispute: Dispute, origin: Origin, due: Millis) {
        if self.has_room() {
            let key = (dispute.disputed(), dispute.own().precinct, dispute.by());
            self.disputes.insert(key, dispute);
            self.wait(origin, due);
        }
    }

    pub fn op(&mut self, id: OpId, bytes: Vec<u8>, origin: Origin, due: Millis) {
        if self.has_room() {
            self.ops.insert(id, bytes);
            self.wait(origin, due);
        }
    }

    fn has_room(&mut self) -> bool {
        let room = self.len() < MAX_WAITING;
        self.dropped += u64::from(!room);
        room
    }

    fn wait(&mut self, origin: Origin, due: Millis) {
        self.own |= origin == Origin::Own;
        self.due = Some(self.due.map_or(due, |held| held.min(due)));
    }

    /// Forgets what waits, since there is nobody to tell.
    pub fn clear(&mut self) {
        *self = Self {
            dropped: self.dropped,
            ..Self::default()
        };
    }

    /// Drops claims that others have taken the place of while they waited, if what waits is due.
    pub fn forget_older(&mut self, now: Millis, is_older: impl Fn(&Claim) -> bool) {
        if self.due.is_some_and(|due| due <= now) {
            self.claims.retain(|_, claim| !is_older(claim));
        }
    }

    /// All that waits, if it is due, and whether something of it was made here. Disputes come first, so that what they
    /// dispute never looks undisputed.
    pub fn take(&mut self, now: Millis) -> Option<(bool, Vec<Message>)> {
        self.due.take_if(|due| *due <= now)?;
        let own = core::mem::take(&mut self.own);
        let disputes = core::mem::take(&mut self.disputes);
        let claims = core::mem::take(&mut self.claims);
        let ops = core::mem::take(&mut self.ops);
        let mut messages = Vec::new();
        gather(
            kind::DISPUTES,
            disputes.values(),
            Dispute::encode,
            &mut messages,
        );
        gather(kind::CLAIMS, claims.values(), Claim::encode, &mut messages);
        let put = |bytes: &Vec<u8>, writer: &mut Writer| writer.put(bytes);
        gather(kind::OPS, ops.values(), put, &mut messages);
        Some((own, messages))
    }
}

/// Appends messages of one type, of as many things each as fit.
pub fn gather<T>(
    kind: u8,
    things: impl IntoIterator<Item = T>,
    encode: impl Fn(T, &mut Writer),
    messages: &mut Vec<Message>,
) {
    let mut batch = Writer::new();
    for thing in things {
        encode(thing, &mut batch);
        if batch.len() > MAX_BATCH {
            let full = core::mem::replace(&mut batch, Writer::new());
            messages.push((kind, full.into_bytes()));
        }
    }
    if !batch.is_empty() {
        messages.push((kind, batch.into_bytes()));
    }
}
