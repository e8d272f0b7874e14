//! The world: processes in a room, a relay, a network, and the only clock.
//!
//! Events happen one after the other, in the order of their time. Each hands something to one process, whose outputs
//! are then drained: packets go through the relay's sample and the network's fate into the queue, notes go to the
//! [`Watch`]. All of it follows from the seed.
//!
//! In `sending`, how packets get from one to others; in `clock`, what a process's clock shows; in `counters`, what is counted.

mod clock;
mod counters;
mod sending;

use election_core::time::Millis;
use election_core::wire::relay::Handle;

use crate::network::{Fate, Faults, Network};
use crate::process::{Output, Process};
use crate::queue::Queue;
use crate::random::Random;
use crate::relay::{Lane, Limits, Outbox};

pub use clock::Clock;
pub use counters::Counters;

/// The real relay announces the size of a room no more often than that.
const ANNOUNCE_EVERY: Millis = Millis(500);

/// What a world is made of, besides its processes.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The network's faults, to begin with.
    pub faults: Faults,
    /// How much the relay keeps for a slow reader; `None`: readers are never slow, and processes talk directly.
    pub relay: Option<Limits>,
}

/// Something that happened, for a log.
#[derive(Debug)]
pub enum Happening<'a, P: Process> {
    /// It was sent, to one receiver; this became of it.
    Sent(usize, usize, &'a P::Packet, Fate),
    /// It was dropped at the relay: too much waited for that one.
    Overflowed(usize),
    /// That one received something from that connection.
    Received(usize, Handle, &'a P::Packet),
    /// That one's deadline came.
    Woke(usize),
    /// That one came into the room.
    Connected(usize),
    /// That one left the room.
    Disconnected(usize),
}

/// Looks on.
pub trait Watch<P: Process> {
    /// A process told something.
    fn note(&mut self, process: usize, note: P::Note, now: Millis);
    /// Something happened.
    fn happened(&mut self, _happening: &Happening<'_, P>, _now: Millis) {}
}

/// Nobody looks on.
impl<P: Process> Watch<P> for () {
    fn note(&mut self, _process: usize, _note: P::Note, _now: Millis) {}
}

#[derive(Debug)]
enum Event<P> {
    Arrive {
        to: Handle,
        from: Handle,
        packet: P,
    },
    Wake(u32),
    /// The reader has taken a frame.
    Written(Handle),
    Announce,
}

/// A packet at the relay.
#[derive(Debug)]
struct Frame<P> {
    from: Handle,
    packet: P,
    size: usize,
    /// How long it is under way when it has been written.
    span: Millis,
}

#[derive(Debug)]
struct Slot<P: Process> {
    process: P,
    clock: Clock,
    /// Where it is in the list of members, while it is in the room.
    place: Option<u32>,
    /// For when its wake-up is in the queue. Others that are there are out of date.
    armed: Option<Millis>,
    frozen_until: Millis,
}

/// See the [module](self).
#[derive(Debug)]
pub struct World<P: Process> {
    now: Millis,
    slots: Vec<Slot<P>>,
    /// How often each connected; part of its handle. Apart from the slots, because whoever sends looks only at this, and in
    /// a large world waits for memory more than for anything else.
    connections: Vec<u32>,
    /// What waits at the relay for each.
    outboxes: Vec<Outbox<Frame<P::Packet>>>,
    /// Who is in the room.
    members: Vec<u32>,
    network: Network,
    relay: Option<Limits>,
    random: Random,
    queue: Queue<Event<P::Packet>>,
    announce_at: Option<Millis>,
    counters: Counters,
    chosen: Vec<u32>,
}

impl<P: Process> World<P> {
    /// An empty room.
    #[must_use]
    pub fn new(settings: Settings, random: &mut Random) -> Self {
        Self {
            now: Millis(0),
            slots: Vec::new(),
            connections: Vec::new(),
            outboxes: Vec::new(),
            members: Vec::new(),
            network: Network::new(settings.faults, random.branch()),
            relay: settings.relay,
            random: random.branch(),
            queue: Queue::default(),
            announce_at: None,
            counters: Counters::default(),
            chosen: Vec::new(),
        }
    }

    /// Puts a process into the world, not yet into the room. Gives its index.
    pub fn add(&mut self, process: P, clock: Clock) -> usize {
        self.slots.push(Slot {
            process,
            clock,
            place: None,
            armed: None,
            frozen_until: Millis(0),
        });
        self.connections.push(0);
        self.outboxes.push(Outbox::default());
        self.slots.len() - 1
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Millis {
        self.now
    }

    /// How many processes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// What was counted so far.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// The network's faults, to be changed.
    pub fn faults(&mut self) -> &mut Faults {
        &mut self.network.faults
    }

    /// The relay's queues, to be changed.
    pub fn set_relay(&mut self, relay: Option<Limits>) {
        self.relay = relay;
    }

    /// That process, to be looked at.
    #[must_use]
    pub fn process(&self, index: usize) -> &P {
        &self.slots[index].process
    }

    /// That process, to be asked. To make it do something, use [`World::act`].
    pub fn process_mut(&mut self, index: usize) -> &mut P {
        &mut self.slots[index].process
    }

    /// Whether it is in the room.
    #[must_use]
    pub fn is_connected(&self, index: usize) -> bool {
        self.slots[index].place.is_some()
    }

    /// Whether it is frozen now.
    #[must_use]
    pub fn is_frozen(&self, index: usize) -> bool {
        self.slots[index].frozen_until > self.now
    }

    /// Makes a process do something, and drains it.
    pub fn act<R>(
        &mut self,
        index: usize,
        watch: &mut impl Watch<P>,
        action: impl FnOnce(&mut P, Millis) -> R,
    ) -> R {
        let slot = &mut self.slots[index];
        let result = action(&mut slot.process, slot.clock.local(self.now));
        self.drain(index, watch);
        result
    }

    /// It comes into the room.
    pub fn connect(&mut self, index: usize, watch: &mut impl Watch<P>) {
        let slot = &mut self.slots[index];
        if slot.place.is_some() {
            return;
        }
        self.connections[index] += 1;
        self.outboxes[index] = Outbox::default();
        slot.place = Some(self.members.len() as u32);
        self.members.push(index as u32);
        watch.happened(&Happening::Connected(index), self.now);
        let size = self.members.len() as u32;
        self.act(index, watch, |process, now| process.connected(size, now));
        self.announce_soon();
    }

    /// It leaves the room. What is on its way to it is lost.
    pub fn disconnect(&mut self, index: usize, watch: &mut impl Watch<P>) {
        let Some(place) = self.slots[index].place.take() else {
            return;
        };
        self.members.swap_remove(place as usize);
        if let Some(moved) = self.members.get(place as usize) {
            self.slots[*moved as usize].place = Some(place);
        }
        watch.happened(&Happening::Disconnected(index), self.now);
        self.act(index, watch, |process, now| process.disconnected(now));
        self.announce_soon();
    }

    /// It takes nothing in and does nothing until then, as a hidden tab or a closed laptop; what comes meanwhile waits
    /// at the relay.
    pub fn freeze(&mut self, index: usize, until: Millis) {
        let slot = &mut self.slots[index];
        slot.frozen_until = slot.frozen_until.max(until);
    }

    /// It goes on at once. What waits for it at the relay comes when it would have: to lose that, let it leave first.
    pub fn thaw(&mut self, index: usize) {
        let slot = &mut self.slots[index];
        slot.frozen_until = Millis(0);
        slot.armed = None;
        self.arm(index);
    }

    /// Its deadline and its sleep are forgotten, because another process is about to take its place: a crash.
    pub fn restart(&mut self, index: usize) {
        let slot = &mut self.slots[index];
        slot.armed = None;
        slot.frozen_until = Millis(0);
    }

    /// Lets everything happen until then, that moment included.
    pub fn run_until(&mut self, end: Millis, watch: &mut impl Watch<P>) {
        while self.step(end, watch) {}
        self.now = self.now.max(end);
    }

    /// Lets the next thing happen, if it happens until then.
    pub fn step(&mut self, end: Millis, watch: &mut impl Watch<P>) -> bool {
        let Some((at, event)) = self.queue.pop(end) else {
            return false;
        };
        self.now = self.now.max(at);
        match event {
            Event::Arrive { to, from, packet } => self.arrive(to, from, packet, watch),
            Event::Wake(index) => self.wake(index as usize, watch),
            Event::Written(reader) => {
                if let Some(index) = self.holder(reader) {
                    self.outboxes[index].writing = false;
                    self.write(index);
                }
            }
            Event::Announce => self.announce(watch),
        }
        true
    }

    fn handle(&self, index: usize) -> Handle {
        Handle(u64::from(self.connections[index]) << 32 | index as u64)
    }

    /// Who has that connection, if it is still there.
    fn holder(&self, handle: Handle) -> Option<usize> {
        let index = (handle.0 & u64::from(u32::MAX)) as usize;
        let slot = self.slots.get(index)?;
        let is_current = u64::from(self.connections[index]) == handle.0 >> 32;
        (is_current && slot.place.is_some()).then_some(index)
    }

    fn arrive(&mut self, to: Handle, from: Handle, packet: P::Packet, watch: &mut impl Watch<P>) {
        let Some(index) = self.holder(to) else {
            self.counters.undeliverable += 1;
            return;
        };
        let until = self.slots[index].frozen_until;
        if until > self.now {
            self.queue.push(until, Event::Arrive { to, from, packet });
            return;
        }
        self.counters.events += 1;
        watch.happened(&Happening::Received(index, from, &packet), self.now);
        let slot = &mut self.slots[index];
        let now = slot.clock.local(self.now);
        slot.process.receive(from, packet, now);
        self.drain(index, watch);
    }

    fn wake(&mut self, index: usize, watch: &mut impl Watch<P>) {
        let slot = &mut self.slots[index];
        if slot.armed != Some(self.now) {
            return;
        }
        if slot.frozen_until > self.now {
            slot.armed = Some(slot.frozen_until);
            self.queue
                .push(slot.frozen_until, Event::Wake(index as u32));
            return;
        }
        slot.armed = None;
        self.counters.events += 1;
        watch.happened(&Happening::Woke(index), self.now);
        let now = slot.clock.local(self.now);
        slot.process.wake(now);
        self.drain(index, watch);
    }

    fn drain(&mut self, index: usize, watch: &mut impl Watch<P>) {
        while let Some(output) = self.slots[index].process.next_output() {
            match output {
                Output::Note(note) => watch.note(index, note, self.now),
                Output::Spread(fan_out, packet) => self.spread(index, fan_out, &packet, watch),
                Output::Reply(to, packet) => {
                    match self.holder(to) {
                        Some(to) if self.slots[index].place.is_some() => {
                            self.send(index, to, Lane::Reply, packet, watch);
                        }
                        _ => {
                            self.counters.undeliverable += 1;
                            let slot = &mut self.slots[index];
                            if slot.place.is_some() {
                                slot.process.gone(to, slot.clock.local(self.now));
                            }
                        }
                    };
                }
            }
        }
        self.arm(index);
    }

    /// Sees to it that the process is woken at its deadline. A deadline that is past comes a millisecond later: no
    /// process may stop the world.
    fn arm(&mut self, index: usize) {
        let slot = &mut self.slots[index];
        let Some(deadline) = slot.process.next_deadline() else {
            return;
        };
        let at = slot.clock.world(deadline).max(self.now.after(Millis(1)));
        if slot.armed.is_none_or(|armed| at < armed) {
            slot.armed = Some(at);
            self.queue.push(at, Event::Wake(index as u32));
        }
    }

    fn announce_soon(&mut self) {
        if self.announce_at.is_none() {
            let at = self.now.after(ANNOUNCE_EVERY);
            self.announce_at = Some(at);
            self.queue.push(at, Event::Announce);
        }
    }

    fn announce(&mut self, watch: &mut impl Watch<P>) {
        self.announce_at = None;
        let size = self.members.len() as u32;
        for index in self.members.clone() {
            let index = index as usize;
            if !self.is_frozen(index) {
                self.act(index, watch, |process, now| process.room(size, now));
            }
        }
    }
}

#[cfg(test)]
mod tests;
