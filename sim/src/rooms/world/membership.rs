//! Who is in which room, and what they are told of it.

use election_core::replica::council::io as council;
use election_core::replica::io::Input as ReplicaInput;
use election_core::replica::tab::{Input, Room};
use election_core::time::Millis;

use super::{Connection, Event, Watch, World};
use crate::relay::Outbox;

/// The real relay announces the size of a room no more often than that.
const ANNOUNCE_EVERY: Millis = Millis(500);

impl World {
    pub(super) fn join(&mut self, index: usize, room: Room) {
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

    pub(super) fn leave_all(&mut self, index: usize) {
        let rooms = self.clients[index].connections.keys();
        for room in rooms.copied().collect::<Vec<_>>() {
            self.leave(index, room);
        }
    }

    pub(super) fn leave(&mut self, index: usize, room: Room) {
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
    pub(super) fn tell(&mut self, index: usize, room: Room, input: ReplicaInput<'_>) {
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

    pub(super) fn announce_soon(&mut self, room: u32) {
        if !std::mem::replace(&mut self.rooms[room as usize].announced, true) {
            let at = self.now.after(ANNOUNCE_EVERY);
            self.queue.push(at, Event::Announce(room));
        }
    }

    pub(super) fn announce(&mut self, room: u32, watch: &mut Watch<'_>) {
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
