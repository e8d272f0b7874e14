//! A world of many rooms: tabs with a connection to each room that they are in, the relay, the network, and the only clock.
//!
//! As in the [world of one room](crate::world), one event happens after the other, and all of it follows from the seed.

use std::collections::BTreeMap;
use std::rc::Rc;

use election_core::ids::PrecinctId;
use election_core::replica::council::io as council;
use election_core::replica::io::{Destination, Input as ReplicaInput};
use election_core::replica::tab::{Input, Output, Room, Tab};
use election_core::time::Millis;
use election_core::wire::relay::Handle;

use super::traffic::Traffic;
use crate::network::{Fate, Faults, Network};
use crate::product::Packet;
use crate::queue::Queue;
use crate::random::Random;
use crate::relay::{self, Lane, Limits, Outbox};
use crate::world::Settings;

/// The real relay announces the size of a room no more often than that.
const ANNOUNCE_EVERY: Millis = Millis(500);
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

    fn join(&mut self, index: usize, room: Room) {
        let client = &mut self.clients[index];
        if client.connections.contains_key(&room) || client.tab.is_none() {
            return;
        }
        let at = match room {
            Room::Precinct => usize::from(client.precinct.0),
            Room::Audit(precinct) => usize::from(precinct.0),
            Room::Council => self.rooms.len() - 1,
        };
        let connection = self.connections.len() as u32;
        client.connections.insert(room, connection);
        let members = &mut self.rooms[at].connections;
        self.connections.push(Connection {
            client: index as u32,
            room,
            at: at as u32,
            place: Some(members.len() as u32),
            outbox: Outbox::default(),
        });
        members.push(connection);
        let size = self.rooms[at].size();
        self.tell(index, room, ReplicaInput::Connected { room: size });
        self.announce_soon(at as u32);
    }

    fn leave_all(&mut self, index: usize) {
        let rooms = self.clients[index].connections.keys();
        for room in rooms.copied().collect::<Vec<_>>() {
            self.leave(index, room);
        }
    }

    fn leave(&mut self, index: usize, room: Room) {
        let Some(connection) = self.clients[index].connections.remove(&room) else {
            return;
        };
        let connection = &mut self.connections[connection as usize];
        let (at, place) = (connection.at, connection.place.take());
        connection.outbox = Outbox::default();
        if let Some(place) = place {
            let members = &mut self.rooms[at as usize].connections;
            members.swap_remove(place as usize);
            if let Some(moved) = members.get(place as usize) {
                self.connections[*moved as usize].place = Some(place);
            }
        }
        self.tell(index, room, ReplicaInput::Disconnected);
        self.announce_soon(at);
    }

    /// Tells a tab what happened to its connection to a room.
    fn tell(&mut self, index: usize, room: Room, input: ReplicaInput<'_>) {
        let input = match (room, input) {
            (Room::Precinct, input) => Input::Replica(input),
            (Room::Audit(precinct), input) => Input::Audited(precinct, input),
            (Room::Council, ReplicaInput::Connected { room }) => {
                Input::Council(council::Input::Connected { room })
            }
            (Room::Council, ReplicaInput::Disconnected) => {
                Input::Council(council::Input::Disconnected)
            }
            (Room::Council, ReplicaInput::Room { size }) => {
                Input::Council(council::Input::Room { size })
            }
            (Room::Council, ReplicaInput::Frame { from, payload }) => {
                Input::Council(council::Input::Frame { from, payload })
            }
            // Nothing else happens to a connection in here.
            (Room::Council, _) => return,
        };
        self.handle(index, input);
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

    fn hand_over(&mut self, index: usize, room: Room, to: Destination, packet: Packet) {
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

    fn send(&mut self, sender: usize, from: Handle, to: u32, lane: Lane, packet: Packet) {
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
    fn write(&mut self, to: u32) {
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

    fn announce_soon(&mut self, room: u32) {
        if !std::mem::replace(&mut self.rooms[room as usize].announced, true) {
            let at = self.now.after(ANNOUNCE_EVERY);
            self.queue.push(at, Event::Announce(room));
        }
    }

    fn announce(&mut self, room: u32, watch: &mut Watch<'_>) {
        let of_room = &mut self.rooms[room as usize];
        of_room.announced = false;
        let size = of_room.size();
        for connection in of_room.connections.clone() {
            let Connection { client, room, .. } = self.connections[connection as usize];
            self.tell(client as usize, room, ReplicaInput::Room { size });
            self.settle(client as usize, watch);
        }
    }
}
