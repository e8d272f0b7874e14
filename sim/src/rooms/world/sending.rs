//! How frames get from one tab to others: the relay's sample, the network, and what waits for a reader.

use election_core::replica::io::{Destination, Input as ReplicaInput};
use election_core::replica::tab::Room;
use election_core::time::Millis;
use election_core::wire::relay::Handle;

use super::{Connection, Event, Frame, World};
use crate::network::Fate;
use crate::product::Packet;
use crate::relay::{self, Lane};

impl World {
    pub(super) fn hand_over(&mut self, index: usize, room: Room, to: Destination, packet: Packet) {
        let Some(&sender) = self.clients[index].connections.get(&room) else {
            return;
        };
        let from = Handle(u64::from(sender));
        match to {
            Destination::Reply(Handle(to)) => {
                let at = self.connections[sender as usize].at;
                let there = self.connections.get(to as usize);
                if there.is_some_and(|there| there.at == at && there.place.is_some()) {
                    self.send(index, from, to as u32, Lane::Reply, packet);
                } else {
                    let peer = Handle(to);
                    self.tell(index, room, ReplicaInput::PeerGone { peer });
                }
            }
            Destination::Spread(fan_out) => {
                let Connection { at, place, .. } = &self.connections[sender as usize];
                let (at, Some(place)) = (*at as usize, *place) else {
                    return;
                };
                let count = match fan_out {
                    u8::MAX => usize::MAX,
                    count => usize::from(count),
                };
                let mut chosen = std::mem::take(&mut self.chosen);
                let members = &self.rooms[at].connections;
                relay::sample(
                    members,
                    place as usize,
                    count,
                    &mut self.random,
                    &mut chosen,
                );
                for to in &chosen {
                    self.send(index, from, *to, Lane::Spread, packet.clone());
                }
                self.chosen = chosen;
            }
        }
    }

    pub(super) fn send(
        &mut self,
        sender: usize,
        from: Handle,
        to: u32,
        lane: Lane,
        packet: Packet,
    ) {
        let Connection { client, room, .. } = self.connections[to as usize];
        let receiver = &mut self.clients[client as usize];
        receiver.received.of(room).count(packet.len());
        match self.network.fate(sender, client as usize, self.now) {
            Fate::Lost | Fate::Cut => {}
            Fate::Arrives(span) => self.forward(to, lane, Frame { from, packet, span }),
            Fate::Twice(span, again) => {
                let copy = packet.clone();
                self.forward(to, lane, Frame { from, packet, span });
                let again = Frame {
                    from,
                    packet: copy,
                    span: again,
                };
                self.forward(to, lane, again);
            }
        }
    }

    fn forward(&mut self, to: u32, lane: Lane, frame: Frame) {
        let Some(limits) = self.relay else {
            self.on_its_way(to, frame, Millis(0));
            return;
        };
        let size = frame.packet.len();
        let outbox = &mut self.connections[to as usize].outbox;
        outbox.push(&limits, lane, size, frame);
        self.write(to);
    }

    /// Writes the next frame that waits for this reader, if it reads.
    pub(super) fn write(&mut self, to: u32) {
        let Some(limits) = self.relay else { return };
        let outbox = &mut self.connections[to as usize].outbox;
        if outbox.writing {
            return;
        }
        let Some((size, frame)) = outbox.pop() else {
            return;
        };
        outbox.writing = true;
        let span = Millis(size as u64 / limits.bytes_per_milli.max(1));
        self.on_its_way(to, frame, span);
        self.queue.push(self.now.after(span), Event::Written(to));
    }

    fn on_its_way(&mut self, to: u32, frame: Frame, written_in: Millis) {
        let at = self.now.after(written_in).after(frame.span);
        let Frame { from, packet, .. } = frame;
        self.queue.push(at, Event::Arrive { to, from, packet });
    }
}
