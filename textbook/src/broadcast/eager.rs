//! Eager: each replica sends a message on to everyone, at once, when it first receives it.
//!
//! Cachin et al. 2011, algorithm 3.3 "eager reliable broadcast":
//!
//! ```text
//! upon broadcast m:             delivered += m; deliver m; send m to all
//! upon receive m not delivered: delivered += m; deliver m; send m to all
//! ```
//!
//! Right because whoever delivers a message has sent it to all: if one correct replica delivers it,
//! all correct replicas receive it, the sender dead or not. n replicas send n (n - 1) copies of
//! every message, of which n - 1 are needed: that is what
//! [gossip](election_core::broadcast::gossip) saves. Where the network itself loses messages, both
//! need anti-entropy.
//!
//! Nothing is gathered up: messages leave in the batch of the same instant.

use std::collections::VecDeque;

use election_core::time::Millis;

use super::{Batch, Message, Origin, Spread};

/// The fan-out that stands for all others.
pub const ALL: u8 = 255;

/// What is bounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// The most messages that wait; later ones are dropped, and counted.
    pub max_waiting: usize,
    /// The most bytes in one batch.
    pub max_batch: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_waiting: 4_096,
            max_batch: 60 * 1024,
        }
    }
}

/// See the [module](self).
#[derive(Debug, Clone)]
pub struct Eager<M> {
    settings: Settings,
    queue: VecDeque<(Origin, M)>,
    due: Option<Millis>,
    dropped: u64,
}

impl<M: Message> Eager<M> {
    /// Nothing waits yet.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            queue: VecDeque::new(),
            due: None,
            dropped: 0,
        }
    }
}

impl<M: Message> Spread<M> for Eager<M> {
    fn spread(&mut self, message: M, origin: Origin, now: Millis) {
        if self.queue.len() >= self.settings.max_waiting {
            self.dropped += 1;
            return;
        }
        self.queue.push_back((origin, message));
        self.due.get_or_insert(now);
    }

    fn next_deadline(&self) -> Option<Millis> {
        self.due
    }

    fn next_batch(&mut self, now: Millis) -> Option<Batch<M>> {
        if self.due.is_none_or(|due| due > now) {
            return None;
        }
        let origin = self.queue.front().map(|(origin, _)| *origin)?;
        let (mut messages, mut bytes) = (Vec::new(), 0);
        while let Some((next_origin, next)) = self.queue.front() {
            bytes += next.size();
            let full = bytes > self.settings.max_batch && !messages.is_empty();
            if full || *next_origin != origin {
                break;
            }
            messages.extend(self.queue.pop_front().map(|(_, message)| message));
        }
        if self.queue.is_empty() {
            self.due = None;
        }
        Some(Batch {
            fan_out: ALL,
            origin,
            messages,
        })
    }

    fn dropped(&self) -> u64 {
        self.dropped
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq)]
    struct Number(u32);

    impl Message for Number {
        type Id = u32;
        fn id(&self) -> u32 {
            self.0
        }
        fn size(&self) -> usize {
            10
        }
    }

    #[test]
    fn everything_goes_to_all_at_once_and_the_queue_is_bounded() {
        let mut eager = Eager::new(Settings {
            max_waiting: 4,
            max_batch: 25,
        });
        eager.spread(Number(1), Origin::Own, Millis(7));
        for message in 2..7 {
            eager.spread(Number(message), Origin::Forwarded, Millis(7));
        }
        assert_eq!(eager.next_deadline(), Some(Millis(7)));
        assert_eq!(eager.next_batch(Millis(6)), None);
        let mut batches = Vec::new();
        while let Some(batch) = eager.next_batch(Millis(7)) {
            assert_eq!(batch.fan_out, ALL);
            batches.push((batch.origin, batch.messages));
        }
        let expected = [
            (Origin::Own, vec![Number(1)]),
            (Origin::Forwarded, vec![Number(2), Number(3)]),
            (Origin::Forwarded, vec![Number(4)]),
        ];
        assert_eq!(batches, expected);
        assert_eq!((eager.dropped(), eager.next_deadline()), (2, None));
    }
}
