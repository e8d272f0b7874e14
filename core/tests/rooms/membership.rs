//! Who is in which of the relay's rooms, and what they are told of it.

use election_core::ids::PrecinctId;
use election_core::replica::council::io as council;
use election_core::replica::io::Input as ReplicaInput;
use election_core::replica::tab::{Input, Room};
use election_core::wire::relay::Handle;

use super::{COUNCIL, Poll};

impl Poll {
    pub(super) fn number_of(&self, client: usize, room: Room) -> u16 {
        match room {
            Room::Precinct => self.clients[client].precinct.0,
            Room::Audit(precinct) => precinct.0,
            Room::Council => COUNCIL,
        }
    }

    /// Those who are connected to a relay's room, as what, and with which handles.
    pub(super) fn members(&self, number: u16) -> Vec<(usize, Room, Handle)> {
        let mut members = Vec::new();
        for (index, client) in self.clients.iter().enumerate() {
            let handles = client.handles.iter();
            let there = handles.filter(|(room, _)| self.number_of(index, **room) == number);
            members.extend(there.map(|(room, handle)| (index, *room, *handle)));
        }
        members
    }

    pub fn in_council(&self) -> usize {
        self.members(COUNCIL).len()
    }

    /// Tells everybody in a relay's room but that connection how many there are.
    pub(super) fn count(&mut self, number: u16, but: Option<Handle>) {
        let members = self.members(number);
        let size = members.len() as u32;
        for (client, room, handle) in members {
            if Some(handle) != but {
                self.tell(client, room, ReplicaInput::Room { size });
            }
        }
    }

    /// What happens to a connection of a tab.
    pub(super) fn tell(&mut self, client: usize, room: Room, input: ReplicaInput<'_>) {
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
            (Room::Council, input) => panic!("{input:?}"),
        };
        self.clients[client].tab.handle(input, self.now).unwrap();
        self.drain(client);
    }

    pub fn connect(&mut self, client: usize, room: Room) {
        self.next += 1;
        let handle = Handle(self.next);
        let number = self.number_of(client, room);
        self.clients[client].handles.insert(room, handle);
        self.count(number, Some(handle));
        let size = self.members(number).len() as u32;
        self.tell(client, room, ReplicaInput::Connected { room: size });
    }

    pub fn disconnect(&mut self, client: usize, room: Room) {
        if self.clients[client].handles.remove(&room).is_none() {
            return;
        }
        self.count(self.number_of(client, room), None);
        self.tell(client, room, ReplicaInput::Disconnected);
    }

    /// Takes a tab away for good.
    pub fn close(&mut self, client: usize) {
        self.clients[client].may_speak = false;
        let rooms: Vec<Room> = self.clients[client].handles.keys().copied().collect();
        for room in rooms {
            self.disconnect(client, room);
        }
    }

    /// Whether the tabs of a precinct can reach the council.
    pub fn cut_off(&mut self, precinct: PrecinctId, cut: bool) {
        for client in self.of(precinct) {
            self.clients[client].may_speak = !cut;
            if cut {
                self.disconnect(client, Room::Council);
            } else {
                self.heed(client);
            }
        }
    }

    /// Whether a tab is connected to anything.
    pub fn may_hear(&mut self, client: usize, may: bool) {
        self.clients[client].may_speak = may;
        if may {
            self.connect(client, Room::Precinct);
        } else {
            self.disconnect(client, Room::Council);
            self.disconnect(client, Room::Precinct);
        }
    }
}
