//! What is new between precincts, as gossip carries it.

use crate::board::{Board, Claim, Dispute};
use crate::broadcast::{Message, gossip};
use crate::ids::OpId;
use crate::timing::{CouncilTiming, Pace};
use crate::wire::bytes::Writer;
use crate::wire::frame::kind;

/// The most things that wait in a room.
const MAX_WAITING: usize = 1_024;
/// The most bytes of things of one kind in one message: a claim has at most 4 KiB or so, which
/// still fits.
const MAX_BATCH: usize = 56 * 1024;

/// A message's type, and what it holds.
pub(crate) type Content = (u8, Vec<u8>);

/// One thing that is new.
#[derive(Debug, Clone)]
pub(crate) enum News {
    Claim(Box<Claim>),
    Dispute(Box<Dispute>),
    /// An entry of the chair's log.
    Entry(OpId, Vec<u8>),
}

impl Message for News {
    type Id = [u8; 32];

    fn id(&self) -> [u8; 32] {
        match self {
            Self::Claim(claim) => claim.statement().state().0,
            Self::Dispute(dispute) => dispute.disputed().0,
            Self::Entry(id, _) => id.0,
        }
    }

    fn size(&self) -> usize {
        let mut writer = Writer::new();
        match self {
            Self::Claim(claim) => claim.encode(&mut writer),
            Self::Dispute(dispute) => dispute.encode(&mut writer),
            Self::Entry(_, bytes) => return bytes.len(),
        }
        writer.len()
    }
}

impl News {
    /// Adds who signed the same statement, if both are claims of it. It is one thing then.
    pub(super) fn unite(&mut self, other: &Self) -> bool {
        match (self, other) {
            (Self::Claim(held), Self::Claim(claim)) => {
                let is_same = held.statement().state() == claim.statement().state();
                if is_same {
                    held.unite(claim);
                }
                is_same
            }
            _ => false,
        }
    }
}

/// How news spreads in a room of that pace: what waits goes along when one's own goes out.
pub(super) fn settings(timing: &CouncilTiming, pace: &Pace) -> gossip::Settings {
    gossip::Settings {
        fan_out: timing.fan_out,
        own_fan_out: timing.own_fan_out,
        tick: pace.tick,
        own_tick: pace.own_tick,
        own_takes_along: true,
        max_waiting: MAX_WAITING,
        max_batch: MAX_BATCH,
    }
}

/// The messages that say it: disputes first, so that what they dispute does not look undisputed;
/// claims without those that others have taken the place of.
pub(super) fn messages(news: Vec<News>, board: Option<&Board>) -> Vec<Content> {
    let mut disputes = Vec::new();
    let mut claims = Vec::new();
    let mut entries = Vec::new();
    for news in news {
        match news {
            News::Dispute(dispute) => disputes.push(dispute),
            News::Entry(_, bytes) => entries.push(bytes),
            News::Claim(claim) if board.is_some_and(|board| is_older(board, &claim)) => {}
            News::Claim(claim) => claims.push(claim),
        }
    }
    let mut messages = Vec::new();
    gather(
        kind::DISPUTES,
        &disputes,
        |dispute, writer| dispute.encode(writer),
        &mut messages,
    );
    gather(
        kind::CLAIMS,
        &claims,
        |claim, writer| claim.encode(writer),
        &mut messages,
    );
    gather(
        kind::OPS,
        &entries,
        |bytes, writer| writer.put(bytes),
        &mut messages,
    );
    messages
}

/// Whether all who signed a claim are behind a newer one that is held.
fn is_older(board: &Board, claim: &Claim) -> bool {
    let statement = claim.statement();
    let signers = claim.attestations().as_slice();
    let mut newer = board.claims(statement.precinct).iter();
    newer.any(|held| {
        held.statement().is_newer_than(statement)
            && signers
                .iter()
                .all(|signer| held.attestations().contains(signer.key()))
    })
}

/// Appends messages of one type, of as many things each as fit.
pub(crate) fn gather<T>(
    kind: u8,
    things: impl IntoIterator<Item = T>,
    encode: impl Fn(T, &mut Writer),
    messages: &mut Vec<Content>,
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
