//! The world: processes in rooms, a relay, a network, and the only clock.
//!
//! Events happen one after the other, in the order of their time. Each hands something to one
//! process, whose outputs are then drained: packets go through the relay's sample and the network's
//! fate into the queue, notes go to the [`Watch`]. All of it follows from the seed.
//!
//! In `members`, rooms and connections; in `membership`, who comes and goes; in `sending`, how
//! packets get from one to others; in `clock`, what a process's clock shows; in `counters`, what is
//! counted.

mod clock;
mod counters;
mod members;
mod membership;
mod sending;

use election_core::time::Millis;

use crate::network::{Fate, Faults, Network};
use crate::process::{Output, Process, Room};
use crate::queue::Queue;
use crate::random::Random;
use crate::relay::dishonest::{Captured, Dishonesty};
use crate::relay::{Limits, Outbox};
use members::{Connection, Member, Members};

pub use clock::Clock;
pub use counters::Counters;

/// What a world is made of, besides its processes.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The network's faults, to begin with.
    pub faults: Faults,
    /// How much the relay keeps for a slow reader; `None`: readers are never slow, and processes
    /// talk directly.
    pub relay: Option<Limits>,
}

/// Something that happened, for a log.
#[derive(Debug)]
pub enum Happening<'a, P: Process> {
    /// It was sent, to one receiver; this became of it.
    Sent {
        /// Who sent it.
        from: usize,
        /// To whom.
        to: usize,
        /// In which room.
        room: Room,
        /// What.
        packet: &'a P::Packet,
        /// What became of it.
        fate: Fate,
    },
    /// It was dropped at the relay: too much waited for that one.
    Overflowed(usize),
    /// That one received something, as from that one.
    Received(usize, usize, &'a P::Packet),
    /// That one's deadline came.
    Woke(usize),
    /// That one came into that room.
    Connected(usize, Room),
    /// That one left that room.
    Disconnected(usize, Room),
}

/// Looks on.
pub trait Watch<P: Process> {
    /// A process told something.
    fn note(&mut self, process: usize, note: P::Note, now: Millis);
    /// Something happened.
    fn happened(&mut self, _happening: &Happening<'_, P>, _now: Millis) {}
    /// A process has done all that it wants to for now.
    fn settled(&mut self, _index: usize, _process: &P, _now: Millis) {}
}

/// Nobody looks on.
impl<P: Process> Watch<P> for () {
    fn note(&mut self, _process: usize, _note: P::Note, _now: Millis) {}
}

#[derive(Debug)]
enum Scheduled<P> {
    Arrive {
        /// The receiver's connection.
        to: u32,
        /// The connection that it comes from.
        from: u32,
        packet: P,
    },
    Wake(u32),
    /// The reader at that connection has taken a frame.
    Written(u32),
    Announce(Room),
}

/// A packet at the relay.
#[derive(Debug)]
struct Frame<P> {
    from: u32,
    packet: P,
    size: usize,
    /// How long it is under way when it has been written.
    span: Millis,
}

#[derive(Debug)]
struct Slot<P: Process> {
    process: P,
    clock: Clock,
    /// Its connection at home, while it has one.
    home: Option<u32>,
    /// Those in other rooms.
    elsewhere: Vec<(Room, u32)>,
    /// For when its wake-up is in the queue. Others that are there are out of date.
    armed: Option<Millis>,
    frozen_until: Millis,
}

/// See the [module](self).
#[derive(Debug)]
pub struct World<P: Process> {
    now: Millis,
    slots: Vec<Slot<P>>,
    /// Each has the number that is its handle; numbers are used once. Apart from the slots, because
    /// whoever sends looks only at this, and in a large world waits for memory more than for
    /// anything else.
    connections: Vec<Connection>,
    /// What waits at the relay for each connection.
    outboxes: Vec<Outbox<Frame<P::Packet>>>,
    /// By the rooms' numbers.
    rooms: Vec<Members>,
    network: Network,
    relay: Option<Limits>,
    dishonesty: Dishonesty,
    captured: Captured<P::Packet>,
    random: Random,
    queue: Queue<Scheduled<P::Packet>>,
    counters: Counters,
    chosen: Vec<Member>,
}

impl<P: Process> World<P> {
    /// Empty rooms.
    #[must_use]
    pub fn new(settings: Settings, random: &mut Random) -> Self {
        Self {
            now: Millis(0),
            slots: Vec::new(),
            connections: Vec::new(),
            outboxes: Vec::new(),
            rooms: Vec::new(),
            network: Network::new(settings.faults, random.branch()),
            relay: settings.relay,
            dishonesty: Dishonesty::default(),
            captured: Captured::default(),
            random: random.branch(),
            queue: Queue::default(),
            counters: Counters::default(),
            chosen: Vec::new(),
        }
    }

    /// Puts a process into the world, not yet into a room. Gives its index.
    pub fn add(&mut self, process: P, clock: Clock) -> usize {
        self.slots.push(Slot {
            process,
            clock,
            home: None,
            elsewhere: Vec::new(),
            armed: None,
            frozen_until: Millis(0),
        });
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

    /// What the relay does that it should not, to be changed.
    pub fn dishonesty(&mut self) -> &mut Dishonesty {
        &mut self.dishonesty
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

    /// All processes as they are.
    #[must_use]
    pub fn into_processes(self) -> Vec<P> {
        self.slots.into_iter().map(|slot| slot.process).collect()
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

    /// It takes nothing in and does nothing until then, as a hidden tab or a closed laptop; what
    /// comes meanwhile waits at the relay.
    pub fn freeze(&mut self, index: usize, until: Millis) {
        let slot = &mut self.slots[index];
        slot.frozen_until = slot.frozen_until.max(until);
    }

    /// It goes on at once. What waits for it at the relay comes when it would have: to lose that,
    /// let it leave first.
    pub fn thaw(&mut self, index: usize) {
        let slot = &mut self.slots[index];
        slot.frozen_until = Millis(0);
        slot.armed = None;
        self.arm(index);
    }

    /// Its deadline and its sleep are forgotten, because another process is about to take its
    /// place: a crash.
    pub fn restart(&mut self, index: usize) {
        let slot = &mut self.slots[index];
        slot.armed = None;
        slot.frozen_until = Millis(0);
    }

    /// Its clock is put forward by that, and whatever is due then is due at once.
    pub fn jump(&mut self, index: usize, by: Millis) {
        let slot = &mut self.slots[index];
        slot.clock.skew = slot.clock.skew.after(by);
        self.arm(index);
    }

    /// Its clock is put back, at most to where it began. Whoever is asked for a time never hears an
    /// earlier one than before, so that this is for whoever starts anew.
    pub fn set_back(&mut self, index: usize, by: Millis) {
        let slot = &mut self.slots[index];
        slot.clock.skew = slot.clock.skew - by;
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
            Scheduled::Arrive { to, from, packet } => self.arrive(to, from, packet, watch),
            Scheduled::Wake(index) => self.wake(index as usize, watch),
            Scheduled::Written(reader) => {
                if self.holder(reader).is_some() {
                    self.outboxes[reader as usize].written();
                    self.write(reader);
                }
            }
            Scheduled::Announce(room) => self.announce(room, watch),
        }
        true
    }

    fn wake(&mut self, index: usize, watch: &mut impl Watch<P>) {
        let slot = &mut self.slots[index];
        if slot.armed != Some(self.now) {
            return;
        }
        if slot.frozen_until > self.now {
            slot.armed = Some(slot.frozen_until);
            self.queue
                .push(slot.frozen_until, Scheduled::Wake(index as u32));
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
                Output::Enter(room) => {
                    if self.slots[index].home.is_some() {
                        self.join(index, room, watch);
                    }
                }
                Output::Leave(room) => self.leave(index, room, watch),
                Output::ComeAnew => {
                    self.leave_all(index, watch);
                    self.join(index, self.slots[index].process.home(), watch);
                }
                Output::Spread(room, fan_out, packet) => {
                    self.spread(index, room, fan_out, &packet, watch);
                }
                Output::Reply(room, to, packet) => self.reply(index, room, to, packet, watch),
            }
        }
        self.arm(index);
        watch.settled(index, &self.slots[index].process, self.now);
    }

    /// Sees to it that the process is woken at its deadline. A deadline that is past comes a
    /// millisecond later: no process may stop the world.
    fn arm(&mut self, index: usize) {
        let slot = &mut self.slots[index];
        let Some(deadline) = slot.process.next_deadline() else {
            return;
        };
        let at = slot.clock.world(deadline).max(self.now.after(Millis(1)));
        if slot.armed.is_none_or(|armed| at < armed) {
            slot.armed = Some(at);
            self.queue.push(at, Scheduled::Wake(index as u32));
        }
    }
}

#[cfg(test)]
mod tests;
