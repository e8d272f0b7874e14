//! Gossip: each replica passes a message on once, at first receipt, to k random others, batched per
//! tick.
//!
//! A. Demers et al., "Epidemic algorithms for replicated database maintenance", PODC 1987, as
//! *rumor mongering* with a blind push. The share z of replicas that a message reaches solves z =
//! 1 - exp(-k z): k = 4 reaches 98 %. Push alone never finishes, so anti-entropy ([`crate::sync`])
//! does.
//!
//! With `fan_out` 0 and `own_fan_out` 255 it is Cachin et al. 2011, algorithm 3.1 "basic broadcast"
//! (best-effort): the sender sends to all, and nobody passes anything on.

use std::collections::VecDeque;

use super::{Batch, Message, Origin};
use crate::time::Millis;

/// To how many others a replica sends what it made, by default.
pub(crate) const OWN_FAN_OUT: u8 = 8;

/// How gossip spreads.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// To how many others a replica passes on what it received. 4 to 16 are sensible: with 3, one
    /// in seventeen replicas is missed. 0 passes nothing on, 254 is the limit, and 255 means all.
    pub fan_out: u8,
    /// To how many others a replica sends what it made; at least `fan_out`, and at least 1; 255
    /// means all. A first hop that dies out reaches nobody.
    pub own_fan_out: u8,
    /// How long forwarded messages are gathered into one frame, in milliseconds. Each hop adds half
    /// of it on average.
    pub tick: Millis,
    /// How long one's own messages are gathered into one frame, in milliseconds; 0 sends them at
    /// once.
    pub own_tick: Millis,
    /// Whether what waits to be forwarded goes along when one's own goes out, to as many others:
    /// earlier, and in no packet more. For those who count packets; it takes more bytes.
    pub own_takes_along: bool,
    /// The most messages that wait; later ones are dropped, and counted. One's own, which nobody
    /// else passes on, takes the place of a forwarded one.
    pub max_waiting: usize,
    /// The most bytes in one batch.
    pub max_batch: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            fan_out: 4,
            own_fan_out: OWN_FAN_OUT,
            tick: Millis(50),
            own_tick: Millis(0),
            own_takes_along: false,
            max_waiting: 4_096,
            max_batch: 60 * 1024,
        }
    }
}

/// See the [module](self).
#[derive(Debug, Clone)]
pub struct Gossip<M> {
    settings: Settings,
    own: VecDeque<M>,
    forwarded: VecDeque<M>,
    own_due: Option<Millis>,
    forwarded_due: Option<Millis>,
    dropped: u64,
}

impl<M: Message> Gossip<M> {
    /// Nothing waits yet.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            own: VecDeque::new(),
            forwarded: VecDeque::new(),
            own_due: None,
            forwarded_due: None,
            dropped: 0,
        }
    }

    /// How many messages were not passed on because too many waited.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Forgets what waits: there is nobody to tell, and after an absence it is no news any more.
    pub(crate) fn clear(&mut self) {
        *self = Self {
            dropped: self.dropped,
            ..Self::new(self.settings)
        };
    }

    /// How many messages wait.
    pub(crate) fn waiting(&self) -> usize {
        self.own.len() + self.forwarded.len()
    }

    /// Those of the messages that wait which will go as far as one of that origin would.
    pub(crate) fn waiting_mut(&mut self, origin: Origin) -> impl Iterator<Item = &mut M> {
        let forwarded = match origin {
            Origin::Own => None,
            Origin::Forwarded => Some(&mut self.forwarded),
        };
        let forwarded = forwarded.into_iter().flatten();
        self.own.iter_mut().chain(forwarded)
    }

    /// Takes a message that is new here.
    pub fn spread(&mut self, message: M, origin: Origin, now: Millis) {
        if origin == Origin::Forwarded && self.settings.fan_out == 0 {
            return;
        }
        if self.waiting() >= self.settings.max_waiting {
            self.dropped += 1;
            if origin == Origin::Forwarded || self.forwarded.pop_back().is_none() {
                return;
            }
        }
        match origin {
            Origin::Own => {
                self.own.push_back(message);
                self.own_due
                    .get_or_insert(now.after(self.settings.own_tick));
            }
            Origin::Forwarded => {
                self.forwarded.push_back(message);
                self.forwarded_due
                    .get_or_insert(now.after(self.settings.tick));
            }
        }
    }

    /// When [`Gossip::next_batch`] will have something; `None` when nothing waits.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Millis> {
        [self.own_due, self.forwarded_due]
            .into_iter()
            .flatten()
            .min()
    }

    /// The next batch that is due. Call it until it gives `None`.
    pub fn next_batch(&mut self, now: Millis) -> Option<Batch<M>> {
        let is_due = |due: Option<Millis>| due.is_some_and(|due| due <= now);
        if self.settings.own_takes_along && is_due(self.own_due) {
            self.own.append(&mut self.forwarded);
            self.forwarded_due = None;
        }
        let (queue, due, origin, fan_out) = if is_due(self.own_due) {
            (
                &mut self.own,
                &mut self.own_due,
                Origin::Own,
                self.settings.own_fan_out,
            )
        } else if is_due(self.forwarded_due) {
            (
                &mut self.forwarded,
                &mut self.forwarded_due,
                Origin::Forwarded,
                self.settings.fan_out,
            )
        } else {
            return None;
        };
        let mut messages = Vec::new();
        let mut bytes = 0;
        while let Some(next) = queue.front() {
            bytes += next.size();
            if bytes > self.settings.max_batch && !messages.is_empty() {
                break;
            }
            messages.extend(queue.pop_front());
        }
        if queue.is_empty() {
            *due = None;
        }
        (!messages.is_empty()).then_some(Batch {
            fan_out,
            origin,
            messages,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Message for u32 {
        type Id = u32;
        fn id(&self) -> u32 {
            *self
        }
        fn size(&self) -> usize {
            10
        }
    }

    fn gossip() -> Gossip<u32> {
        Gossip::new(Settings {
            max_waiting: 5,
            max_batch: 25,
            ..Settings::default()
        })
    }

    #[test]
    fn forwarded_messages_wait_for_the_tick_and_own_ones_do_not() {
        let mut gossip = gossip();
        gossip.spread(1, Origin::Forwarded, Millis(100));
        gossip.spread(2, Origin::Own, Millis(120));
        assert_eq!(gossip.next_deadline(), Some(Millis(120)));
        let own = gossip
            .next_batch(Millis(120))
            .map(|batch| (batch.fan_out, batch.messages));
        assert_eq!(own, Some((8, vec![2])));
        assert_eq!(gossip.next_batch(Millis(149)), None);
        let forwarded = gossip
            .next_batch(Millis(150))
            .map(|batch| (batch.fan_out, batch.messages));
        assert_eq!(forwarded, Some((4, vec![1])));
        assert_eq!(gossip.next_deadline(), None);
    }

    #[test]
    fn own_messages_are_gathered_for_their_own_tick() {
        let mut gossip = Gossip::new(Settings {
            own_tick: Millis(30),
            ..Settings::default()
        });
        gossip.spread(1, Origin::Own, Millis(100));
        gossip.spread(2, Origin::Own, Millis(129));
        assert_eq!(gossip.next_deadline(), Some(Millis(130)));
        assert_eq!(gossip.next_batch(Millis(129)), None);
        let own = gossip
            .next_batch(Millis(130))
            .map(|batch| (batch.origin, batch.messages));
        assert_eq!(own, Some((Origin::Own, vec![1, 2])));
        gossip.spread(3, Origin::Own, Millis(140));
        assert_eq!(gossip.next_deadline(), Some(Millis(170)), "a tick anew");
    }

    #[test]
    fn ones_own_takes_the_place_of_what_is_passed_on() {
        let mut gossip = gossip();
        for message in 0..5 {
            gossip.spread(message, Origin::Forwarded, Millis(0));
        }
        for message in 10..16 {
            gossip.spread(message, Origin::Own, Millis(0));
            gossip.spread(message + 10, Origin::Forwarded, Millis(0));
        }
        assert_eq!(gossip.dropped(), 12);
        let mut left = Vec::new();
        while let Some(batch) = gossip.next_batch(Millis(100)) {
            left.extend(batch.messages);
        }
        assert_eq!(left, [10, 11, 12, 13, 14]);
        assert_eq!(gossip.next_deadline(), None);
    }

    #[test]
    fn a_fan_out_of_nobody_passes_nothing_on_and_drops_nothing() {
        let mut gossip = Gossip::new(Settings {
            fan_out: 0,
            own_fan_out: 255,
            max_waiting: 1,
            ..Settings::default()
        });
        for message in 0..3 {
            gossip.spread(message, Origin::Forwarded, Millis(0));
        }
        assert_eq!((gossip.next_deadline(), gossip.dropped()), (None, 0));
        gossip.spread(3, Origin::Own, Millis(0));
        let own = gossip
            .next_batch(Millis(0))
            .map(|batch| (batch.fan_out, batch.messages));
        assert_eq!(own, Some((255, vec![3])));
        assert_eq!(gossip.next_batch(Millis(50)), None);
    }

    #[test]
    fn batches_and_the_queue_are_bounded_and_what_is_dropped_is_counted() {
        let mut gossip = gossip();
        for message in 0..8 {
            gossip.spread(message, Origin::Forwarded, Millis(0));
        }
        let mut batches = Vec::new();
        while let Some(batch) = gossip.next_batch(Millis(50)) {
            batches.push(batch.messages);
        }
        assert_eq!(batches, [vec![0, 1], vec![2, 3], vec![4]]);
        assert_eq!(gossip.dropped(), 3);
    }

    #[test]
    fn what_is_to_be_forwarded_goes_along_with_ones_own_if_that_is_wanted() {
        let mut gossip = Gossip::new(Settings {
            own_tick: Millis(20),
            own_takes_along: true,
            ..Settings::default()
        });
        gossip.spread(1, Origin::Forwarded, Millis(0));
        gossip.spread(2, Origin::Own, Millis(10));
        assert_eq!(gossip.next_batch(Millis(29)), None);
        let batch = gossip.next_batch(Millis(30));
        let batch = batch.map(|batch| (batch.fan_out, batch.origin, batch.messages));
        assert_eq!(batch, Some((8, Origin::Own, vec![2, 1])));
        assert_eq!(gossip.next_deadline(), None, "it is not forwarded again");
        gossip.spread(3, Origin::Forwarded, Millis(40));
        let batch = gossip.next_batch(Millis(90));
        let batch = batch.map(|batch| (batch.fan_out, batch.origin, batch.messages));
        assert_eq!(batch, Some((4, Origin::Forwarded, vec![3])));
    }
}
