//! A world of many rooms: tabs with a connection to each room that they are in, the relay, the network, and the only clock.
//!
//! As in the [world of one room](crate::world), one event happens after the other, and all of it follows from the seed.
//! In `membership`, who is in which room; in `sending`, how frames get from one to others.

mod membership;
mod sending;

use std::collections::BTreeMap;
use std::rc::Rc;

use election_core::ids::PrecinctId;
use election_core::replica::io::Input as ReplicaInput;
use election_core::replica::tab::{Input, Output, Room, Tab};
use election_core::time::Millis;
use election_core::wire::relay::Handle;

use super::traffic::Traffic;
use crate::network::{Faults, Network};
use crate::product::Packet;
use crate::queue::Queue;
use crate::random::Random;
use crate::relay::{self, Lane, Limits, Outbox};
use crate::world::Settings;

/// The connection of those who are not modelled: nobody can answer it.
const NOBODY: Handle = Handle(u64::MAX);

/// Looks at a tab after each time that something happened to it: the tab's number, the tab, the time.
pub type Watch<'a> = dyn FnMut(usize, &Tab, Millis) + 'a;

/// An op that a tab made, as it was written to its disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Which tab.
    pub tab: usize,
    /// The signed op.
    pub bytes: Vec<u8>,
}

#[derive(Debug)]
enum Event {
    Arrive {
        to: u32,
        from: Handle,
        packet: Packet,
    },
    Wake(u32),
    /// The reader has taken a frame.
    Written(u32),
    Announce(u32),
}

/// A frame at the relay.
#[derive(Debug)]
struct Frame {
    from: Handle,
    packet: Packet,
    /// How long it is under way when it has been written.
    span: Millis,
}

struct Client {
    /// `None` once it was taken out.
    tab: Option<Tab>,
    precinct: PrecinctId,
    /// Whether it connects to the council's room when it wants to.
    may_speak: bool,
    connections: BTreeMap<Room, u32>,
    /// For when its wake-up is in the queue. Others that are there are out of date.
    armed: Option<Millis>,
    received: Received,
}

/// What was handed to a tab.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Received {
    /// In its precinct's room.
    pub precinct: Traffic,
    /// In the council's.
    pub council: Traffic,
    /// In those of precincts that it audits.
    pub audits: Traffic,
}

impl Received {
    fn of(&mut self, room: Room) -> &mut Traffic {
        match room {
            Room::Precinct => &mut self.precinct,
            Room::Council => &mut self.council,
            Room::Audit(_) => &mut self.audits,
        }
    }
}

/// A connection, whose number is its handle; numbers are used once.
struct Connection {
    client: u32,
    /// Which room it is to its tab.
    room: Room,
    /// Which room it is to the relay.
    at: u32,
    /// Where it is in the list of the room's members; `None` when it is gone.
    place: Option<u32>,
    outbox: Outbox<Frame>,
}

/// A room as the relay has it.
#[derive(Default)]
struct Members {
    connections: Vec<u32>,
    /// How many more the relay says there are.
    crowd: u32,
    announced: bool,
}

impl Members {
    fn size(&self) -> u32 {
        self.connections.len() as u32 + self.crowd
    }
}

/// See the [module](self).
pub struct World {
    now: Millis,
    clients: Vec<Client>,
    connections: Vec<Connection>,
    /// The precincts' by their numbers, then the council's.
    rooms: Vec<Members>,
    network: Network,
    relay: Option<Limits>,
    random: Random,
    queue: Queue<Event>,
    made: Vec<Made>,
    chosen: Vec<u32>,
}

impl World {
    /// Empty rooms of so many precincts, and the council's. With one precinct it is a poll of one room.
    #[must_use]
    pub fn new(settings: Settings, precincts: u16, random: &mut Random) -> Self {
        let mut rooms = Vec::new();
        rooms.resize_with(usize::from(precincts) + 1, Members::default);
        Self {
            now: Millis(0),
            clients: Vec::new(),
            connections: Vec::new(),
            rooms,
            network: Network::new(settings.faults, random.branch()),
            relay: settings.relay,
            random: random.branch(),
            queue: Queue::default(),
            made: Vec::new(),
            chosen: Vec::new(),
        }
    }

    /// Puts a tab into the world, not connected. Gives its number.
    pub fn add(&mut self, tab: Tab) -> usize {
        self.clients.push(Client {
            precinct: tab.replica().precinct().unwrap_or(PrecinctId(0)),
            tab: Some(tab),
            may_speak: true,
            connections: BTreeMap::new(),
            armed: None,
            received: Received::default(),
        });
        self.clients.len() - 1
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Millis {
        self.now
    }

    /// How many tabs there are, those that were taken out among them.
    #[must_use]
    pub fn len(&self) -> usize {
        self.clients.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.clients.is_empty()
    }

    /// That tab; `None` when it was taken out.
    #[must_use]
    pub fn tab(&self, index: usize) -> Option<&Tab> {
        self.clients.get(index)?.tab.as_ref()
    }

    /// That tab, to be asked. To make it do something, use [`World::act`].
    pub fn tab_mut(&mut self, index: usize) -> Option<&mut Tab> {
        self.clients.get_mut(index)?.tab.as_mut()
    }

    /// Takes a tab out of the world for good.
    pub fn take_out(&mut self, index: usize) -> Option<Tab> {
        self.leave_all(index);
        self.clients.get_mut(index)?.tab.take()
    }

    /// All tabs as they are, those that were taken out left out.
    #[must_use]
    pub fn into_tabs(self) -> Vec<Tab> {
        self.clients
            .into_iter()
            .filter_map(|client| client.tab)
            .collect()
    }

    /// What was handed to a tab so far.
    #[must_use]
    pub fn received(&self, index: usize) -> Received {
        let client = self.clients.get(index);
        client.map_or_else(Received::default, |client| client.received)
    }

    /// What tabs made since this was asked last, in the order of its time.
    pub fn take_made(&mut self) -> Vec<Made> {
        std::mem::take(&mut self.made)
    }

    /// The network's faults, to be changed.
    pub fn faults(&mut self) -> &mut Faults {
        &mut self.network.faults
    }

    /// How many connections the council's room has.
    #[must_use]
    pub fn in_council(&self) -> usize {
        self.rooms.last().map_or(0, |room| room.connections.len())
    }

    /// So many connections that are not modelled are in the room of a precinct, as far as the relay says.
    pub fn set_crowd(&mut self, precinct: PrecinctId, crowd: u32) {
        let room = u32::from(precinct.0);
        self.rooms[room as usize].crowd = crowd;
        self.announce_soon(room);
    }

    /// Makes a tab do something, and does what it then wants done.
    pub fn act<R>(
        &mut self,
        index: usize,
        watch: &mut Watch<'_>,
        action: impl FnOnce(&mut Tab, Millis) -> R,
    ) -> Option<R> {
        let tab = self.clients.get_mut(index)?.tab.as_mut()?;
        let result = action(tab, self.now);
        self.settle(index, watch);
        Some(result)
    }

    /// A tab comes into its precinct's room, and into others as it wants to.
    pub fn connect(&mut self, index: usize, watch: &mut Watch<'_>) {
        self.join(index, Room::Precinct);
        self.settle(index, watch);
    }

    /// A tab leaves all rooms. What is on its way to it is lost.
    pub fn disconnect(&mut self, index: usize, watch: &mut Watch<'_>) {
        self.leave_all(index);
        self.settle(index, watch);
    }

    /// Whether a tab can reach the council's room.
    pub fn let_speak(&mut self, index: usize, may: bool, watch: &mut Watch<'_>) {
        self.clients[index].may_speak = may;
        self.settle(index, watch);
    }

    /// A frame of somebody who is not modelled comes to that many random members of a precinct's room, or, without a precinct,
    /// of the council's.
    pub fn spread_by_nobody(&mut self, precinct: Option<PrecinctId>, fan_out: u8, packet: &Packet) {
        let room = precinct.map_or(self.rooms.len() - 1, |precinct| usize::from(precinct.0));
        let members = &mut self.rooms[room].connections;
        // A sender who is not among the receivers.
        members.push(u32::MAX);
        let mut chosen = std::mem::take(&mut self.chosen);
        let (sender, count) = (members.len() - 1, usize::from(fan_out));
        relay::sample(members, sender, count, &mut self.random, &mut chosen);
        self.rooms[room].connections.pop();
        for to in &chosen {
            let nobody = self.clients.len();
            self.send(nobody, NOBODY, *to, Lane::Spread, packet.clone());
        }
        self.chosen = chosen;
    }

    /// Lets everything happen until then, that moment included.
    pub fn run_until(&mut self, end: Millis, watch: &mut Watch<'_>) {
        while self.step(end, watch) {}
        self.now = self.now.max(end);
    }

    /// Lets the next thing happen, if it happens until then.
    pub fn step(&mut self, end: Millis, watch: &mut Watch<'_>) -> bool {
        let Some((at, event)) = self.queue.pop(end) else {
            return false;
        };
        self.now = self.now.max(at);
        match event {
            Event::Arrive { to, from, packet } => self.arrive(to, from, &packet, watch),
            Event::Wake(index) => self.wake(index as usize, watch),
            Event::Written(reader) => {
                self.connections[reader as usize].outbox.writing = false;
                self.write(reader);
            }
            Event::Announce(room) => self.announce(room, watch),
        }
        true
    }

    fn handle(&mut self, index: usize, input: Input<'_>) {
        if let Some(tab) = &mut self.clients[index].tab {
            // What is refused is what a person asked for, and that goes through `act`.
            let result = tab.handle(input, self.now);
            debug_assert!(result.is_ok(), "only what people ask for is refused");
        }
    }

    fn arrive(&mut self, to: u32, from: Handle, packet: &Packet, watch: &mut Watch<'_>) {
        let connection = &self.connections[to as usize];
        if connection.place.is_none() {
            return;
        }
        let (index, room) = (connection.client as usize, connection.room);
        let payload = &packet[..];
        self.tell(index, room, ReplicaInput::Frame { from, payload });
        self.settle(index, watch);
    }

    fn wake(&mut self, index: usize, watch: &mut Watch<'_>) {
        if self.clients[index].armed != Some(self.now) {
            return;
        }
        self.clients[index].armed = None;
        self.handle(index, Input::Replica(ReplicaInput::Wake));
        self.settle(index, watch);
    }

    /// Does what a tab wants done, until it wants nothing.
    fn settle(&mut self, index: usize, watch: &mut Watch<'_>) {
        loop {
            self.drain(index);
            let client = &self.clients[index];
            let Some(tab) = &client.tab else { return };
            // Without a network there are no other rooms either.
            let online = client.connections.contains_key(&Room::Precinct);
            let wants = |room: Room| match room {
                Room::Precinct => true,
                Room::Council => online && tab.wants_council() && client.may_speak,
                Room::Audit(precinct) => {
                    online && tab.audits().any(|audit| audit.precinct() == precinct)
                }
            };
            let audits = tab.audits().map(|audit| Room::Audit(audit.precinct()));
            let others = [Room::Council].into_iter().chain(audits);
            let is_in = |room: &Room| client.connections.contains_key(room);
            let joins = others.filter(|room| wants(*room) && !is_in(room));
            let joins: Vec<Room> = joins.collect();
            let leaves = client.connections.keys().copied();
            let leaves: Vec<Room> = leaves.filter(|room| !wants(*room)).collect();
            if joins.is_empty() && leaves.is_empty() {
                break;
            }
            leaves.into_iter().for_each(|room| self.leave(index, room));
            joins.into_iter().for_each(|room| self.join(index, room));
        }
        self.arm(index);
        if let Some(tab) = &self.clients[index].tab {
            watch(index, tab, self.now);
        }
    }

    fn drain(&mut self, index: usize) {
        while let Some(tab) = &mut self.clients[index].tab {
            match tab.poll_output() {
                None => return,
                Some(Output::Send { room, to, bytes }) => {
                    let packet = Rc::from(bytes);
                    self.hand_over(index, room, to, packet);
                }
                Some(Output::Persist {
                    id,
                    record,
                    durable,
                }) => {
                    if durable {
                        let bytes = record.bytes;
                        self.made.push(Made { tab: index, bytes });
                        self.handle(index, Input::Replica(ReplicaInput::Persisted(id)));
                    }
                }
                Some(Output::Event(_) | Output::Council(_)) => {}
            }
        }
    }

    /// Sees to it that the tab is woken at its deadline; one that is past comes a millisecond later.
    fn arm(&mut self, index: usize) {
        let client = &mut self.clients[index];
        let Some(deadline) = client.tab.as_ref().and_then(Tab::next_deadline) else {
            return;
        };
        let at = deadline.max(self.now.after(Millis(1)));
        if client.armed.is_none_or(|armed| at < armed) {
            client.armed = Some(at);
            self.queue.push(at, Event::Wake(index as u32));
        }
    }
}
