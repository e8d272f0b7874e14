//! Who gets a message.

use election_core::broadcast::gossip::Gossip;
use election_core::broadcast::{Batch, Message, Origin};
use election_core::time::Millis;

/// Who gets a message: decides, at its first receipt, to how many random others it goes and when.
pub trait Spread<M: Message> {
    /// Takes a message that is new here.
    fn spread(&mut self, message: M, origin: Origin, now: Millis);
    /// When [`Spread::next_batch`] will have something; `None` when nothing waits.
    fn next_deadline(&self) -> Option<Millis>;
    /// The next batch that is due. Call it until it gives `None`.
    fn next_batch(&mut self, now: Millis) -> Option<Batch<M>>;
    /// How many messages were not passed on because too many waited.
    fn dropped(&self) -> u64;
}

/// The product's own.
impl<M: Message> Spread<M> for Gossip<M> {
    fn spread(&mut self, message: M, origin: Origin, now: Millis) {
        Gossip::spread(self, message, origin, now);
    }

    fn next_deadline(&self) -> Option<Millis> {
        Gossip::next_deadline(self)
    }

    fn next_batch(&mut self, now: Millis) -> Option<Batch<M>> {
        Gossip::next_batch(self, now)
    }

    fn dropped(&self) -> u64 {
        Gossip::dropped(self)
    }
}
