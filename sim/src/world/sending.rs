//! How packets get from one to others: the relay's sample, the network, and what waits for a
//! reader.

use election_core::time::Millis;
use election_core::wire::relay::Handle;

use super::members::Member;
use super::{Frame, Happening, Scheduled, Watch, World};
use crate::network::Fate;
use crate::process::{Process, Room};
use crate::relay::{self, Lane};

/// The connection of those who are not modelled: nobody can answer it.
const NOBODY: u32 = u32::MAX;

impl<P: Process> World<P> {
    pub(super) fn spread(
        &mut self,
        from: usize,
        room: Room,
        fan_out: u8,
        packet: &P::Packet,
        watch: &mut impl Watch<P>,
    ) {
        let Some((connection, place)) = self.connection(from, room) else {
            self.counters.undeliverable += 1;
            return;
        };
        let sender = Member {
            connection,
            process: from as u32,
        };
        self.spread_by(sender, place, room, fan_out, packet, watch);
    }

    /// A packet of somebody who is not modelled comes to that many random members of a room.
    pub fn spread_by_nobody(
        &mut self,
        room: Room,
        fan_out: u8,
        packet: &P::Packet,
        watch: &mut impl Watch<P>,
    ) {
        let sender = Member {
            connection: NOBODY,
            process: self.slots.len() as u32,
        };
        // A sender who is not among the receivers.
        let members = &mut self.room_mut(room).here;
        members.push(sender);
        let place = members.len() - 1;
        self.spread_by(sender, place, room, fan_out, packet, watch);
        self.room_mut(room).here.pop();
    }

    fn spread_by(
        &mut self,
        sender: Member,
        place: usize,
        room: Room,
        fan_out: u8,
        packet: &P::Packet,
        watch: &mut impl Watch<P>,
    ) {
        let count = match fan_out {
            u8::MAX => usize::MAX,
            count => usize::from(count),
        };
        let mut chosen = std::mem::take(&mut self.chosen);
        let members = &self.rooms[usize::from(room.0)].here;
        relay::sample(members, place, count, &mut self.random, &mut chosen);
        for to in &chosen {
            let deprived = &self.dishonesty.deprived;
            if !deprived.is_empty() && deprived.contains(&(to.process as usize)) {
                self.counters.withheld += 1;
            } else {
                self.send(sender, *to, room, Lane::Spread, packet.clone(), watch);
            }
        }
        self.chosen = chosen;
    }

    /// What the relay does with a reply: it goes to that connection, or its sender hears that
    /// nobody has it in that room.
    pub(super) fn reply(
        &mut self,
        from: usize,
        room: Room,
        to: Handle,
        packet: P::Packet,
        watch: &mut impl Watch<P>,
    ) {
        let Some((connection, _)) = self.connection(from, room) else {
            self.counters.undeliverable += 1;
            return;
        };
        let sender = Member {
            connection,
            process: from as u32,
        };
        let target = u32::try_from(to.0).unwrap_or(NOBODY);
        match self.holder(target) {
            Some(holder) if self.connections[target as usize].room == room => {
                let to = Member {
                    connection: target,
                    process: holder as u32,
                };
                self.send(sender, to, room, Lane::Reply, packet, watch);
            }
            _ => {
                self.counters.undeliverable += 1;
                let slot = &mut self.slots[from];
                slot.process.gone(room, to, slot.clock.local(self.now));
            }
        }
    }

    fn send(
        &mut self,
        sender: Member,
        receiver: Member,
        room: Room,
        lane: Lane,
        packet: P::Packet,
        watch: &mut impl Watch<P>,
    ) {
        let size = P::size(&packet);
        self.counters.sent += 1;
        self.counters.bytes += size as u64;
        let (from, to) = (sender.process as usize, receiver.process as usize);
        let fate = self.network.fate(from, to, self.now);
        let happening = Happening::Sent {
            from,
            to,
            room,
            packet: &packet,
            fate,
        };
        watch.happened(&happening, self.now);
        let from = self.label(sender.connection, room);
        self.replay(receiver.connection, room, lane, &packet, watch);
        let to = receiver.connection;
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

    /// From whom the relay says that it is.
    fn label(&mut self, connection: u32, room: Room) -> u32 {
        if !self.random.chance(self.dishonesty.relabelling) {
            return connection;
        }
        self.counters.relabelled += 1;
        let members = &self.rooms[usize::from(room.0)].here;
        let other = self.random.pick(members);
        other.map_or(connection, |other| other.connection)
    }

    /// Says something again that was said in whichever room, if the relay does such things.
    fn replay(
        &mut self,
        to: u32,
        room: Room,
        lane: Lane,
        packet: &P::Packet,
        watch: &mut impl Watch<P>,
    ) {
        if self.dishonesty.replaying <= 0.0 {
            return;
        }
        self.captured.see(packet, &mut self.random);
        if self.random.chance(self.dishonesty.replaying)
            && let Some(packet) = self.captured.any(&mut self.random)
        {
            self.counters.replayed += 1;
            let members = &self.rooms[usize::from(room.0)].here;
            let from = self.random.pick(members).map_or(to, |from| from.connection);
            let frame = Frame {
                from,
                size: P::size(&packet),
                packet,
                span: Millis(1),
            };
            self.forward(to, lane, frame, watch);
        }
    }

    fn forward(&mut self, to: u32, lane: Lane, frame: Frame<P::Packet>, watch: &mut impl Watch<P>) {
        let Some(limits) = self.relay else {
            self.on_its_way(to, frame, Millis(0));
            return;
        };
        let dropped = self.outboxes[to as usize].push(&limits, lane, frame.size, frame);
        self.counters.overflowed += dropped;
        if dropped > 0
            && let Some(index) = self.holder(to)
        {
            watch.happened(&Happening::Overflowed(index), self.now);
        }
        self.write(to);
    }

    /// Writes the next frame that waits for this reader, if it reads.
    pub(super) fn write(&mut self, to: u32) {
        let (Some(limits), Some(index)) = (self.relay, self.holder(to)) else {
            return;
        };
        let outbox = &mut self.outboxes[to as usize];
        if outbox.is_writing() {
            return;
        }
        let frozen_until = self.slots[index].frozen_until;
        let written_at = if frozen_until > self.now {
            outbox.stop();
            frozen_until
        } else {
            let Some((size, frame)) = outbox.pop() else {
                return;
            };
            let span = Millis(size as u64 / limits.bytes_per_milli.max(1));
            self.on_its_way(to, frame, span);
            self.now.after(span)
        };
        self.queue.push(written_at, Scheduled::Written(to));
    }

    fn on_its_way(&mut self, to: u32, frame: Frame<P::Packet>, written_in: Millis) {
        let at = self.now.after(written_in).after(frame.span);
        let Frame { from, packet, .. } = frame;
        self.queue.push(at, Scheduled::Arrive { to, from, packet });
    }

    pub(super) fn arrive(
        &mut self,
        to: u32,
        from: u32,
        packet: P::Packet,
        watch: &mut impl Watch<P>,
    ) {
        let Some(index) = self.holder(to) else {
            self.counters.undeliverable += 1;
            return;
        };
        let until = self.slots[index].frozen_until;
        if until > self.now {
            self.queue
                .push(until, Scheduled::Arrive { to, from, packet });
            return;
        }
        self.counters.events += 1;
        let sender = self.connections.get(from as usize);
        let sender = sender.map_or(usize::MAX, |sender| sender.holder());
        watch.happened(&Happening::Received(index, sender, &packet), self.now);
        let room = self.connections[to as usize].room;
        let handle = match from {
            NOBODY => Handle(u64::MAX),
            connection => Handle(u64::from(connection)),
        };
        let slot = &mut self.slots[index];
        let now = slot.clock.local(self.now);
        slot.process.receive(room, handle, packet, now);
        self.drain(index, watch);
    }
}
