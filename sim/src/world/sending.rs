//! How packets get from one to others: the relay's sample, the network, and what waits for a reader.

use election_core::time::Millis;

use super::{Event, Frame, Happening, Watch, World};
use crate::network::Fate;
use crate::process::Process;
use crate::relay::{self, Lane};

impl<P: Process> World<P> {
    pub(super) fn spread(
        &mut self,
        from: usize,
        fan_out: u8,
        packet: &P::Packet,
        watch: &mut impl Watch<P>,
    ) {
        let Some(place) = self.slots[from].place else {
            self.counters.undeliverable += 1;
            return;
        };
        let count = match fan_out {
            u8::MAX => usize::MAX,
            count => usize::from(count),
        };
        let mut chosen = std::mem::take(&mut self.chosen);
        let sender = place as usize;
        relay::sample(&self.members, sender, count, &mut self.random, &mut chosen);
        for to in &chosen {
            self.send(from, *to as usize, Lane::Spread, packet.clone(), watch);
        }
        self.chosen = chosen;
    }

    pub(super) fn send(
        &mut self,
        from: usize,
        to: usize,
        lane: Lane,
        packet: P::Packet,
        watch: &mut impl Watch<P>,
    ) {
        let size = P::size(&packet);
        self.counters.sent += 1;
        self.counters.bytes += size as u64;
        let fate = self.network.fate(from, to, self.now);
        watch.happened(&Happening::Sent(from, to, &packet, fate), self.now);
        let from = self.handle(from);
        let frame = |packet, span| Frame {
            from,
            packet,
            size,
            span,
        };
        match fate {
            Fate::Lost => self.counters.lost += 1,
            Fate::Cut => self.counters.cut += 1,
            Fate::Arrives(span) => self.forward(to, lane, frame(packet, span), watch),
            Fate::Twice(span, again) => {
                self.counters.duplicated += 1;
                self.forward(to, lane, frame(packet.clone(), span), watch);
                self.forward(to, lane, frame(packet, again), watch);
            }
        }
    }

    fn forward(
        &mut self,
        to: usize,
        lane: Lane,
        frame: Frame<P::Packet>,
        watch: &mut impl Watch<P>,
    ) {
        let Some(limits) = self.relay else {
            self.on_its_way(to, frame, Millis(0));
            return;
        };
        let outbox = &mut self.outboxes[to];
        let dropped = outbox.push(&limits, lane, frame.size, frame);
        self.counters.overflowed += dropped;
        if dropped > 0 {
            watch.happened(&Happening::Overflowed(to), self.now);
        }
        self.write(to);
    }

    /// Writes the next frame that waits for this reader, if it reads.
    pub(super) fn write(&mut self, to: usize) {
        let Some(limits) = self.relay else { return };
        let reader = self.handle(to);
        if self.outboxes[to].writing {
            return;
        }
        let frozen_until = self.slots[to].frozen_until;
        let written_at = if frozen_until > self.now {
            frozen_until
        } else {
            let Some((size, frame)) = self.outboxes[to].pop() else {
                return;
            };
            let span = Millis(size as u64 / limits.bytes_per_milli.max(1));
            self.on_its_way(to, frame, span);
            self.now.after(span)
        };
        self.outboxes[to].writing = true;
        self.queue.push(written_at, Event::Written(reader));
    }

    fn on_its_way(&mut self, to: usize, frame: Frame<P::Packet>, written_in: Millis) {
        let at = self.now.after(written_in).after(frame.span);
        let event = Event::Arrive {
            to: self.handle(to),
            from: frame.from,
            packet: frame.packet,
        };
        self.queue.push(at, event);
    }
}
