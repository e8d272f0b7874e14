//! Who is in which room, and what they are told of it.

use election_core::time::Millis;
use election_core::wire::relay::Handle;

use super::members::{Connection, GONE, Member, Members};
use super::{Happening, Scheduled, Watch, World};
use crate::process::{Process, Room};
use crate::relay::Outbox;
use crate::relay::dishonest::made_up;

/// The real relay announces the size of a room no more often than that.
const ANNOUNCE_EVERY: Millis = Millis(500);
impl<P: Process> World<P> {
    /// Whether it is at home.
    #[must_use]
    pub fn is_connected(&self, index: usize) -> bool {
        self.slots[index].home.is_some()
    }

    /// Whether it is in that room.
    #[must_use]
    pub fn is_in(&self, index: usize, room: Room) -> bool {
        self.connection(index, room).is_some()
    }

    /// Its connection at home, as others there know it.
    #[must_use]
    pub fn handle(&self, index: usize) -> Option<Handle> {
        let home = self.slots[index].home?;
        Some(Handle(u64::from(home)))
    }

    /// It comes into its home, and from there into others.
    pub fn connect(&mut self, index: usize, watch: &mut impl Watch<P>) {
        if self.slots[index].home.is_none() {
            self.join(index, self.slots[index].process.home(), watch);
            self.drain(index, watch);
        }
    }

    /// It leaves all rooms. What is on its way to it is lost.
    pub fn disconnect(&mut self, index: usize, watch: &mut impl Watch<P>) {
        if self.slots[index].home.is_some() {
            self.leave_all(index, watch);
            self.drain(index, watch);
        }
    }

    /// So many connections that are not modelled are in that room, as far as the relay says.
    pub fn set_crowd(&mut self, room: Room, crowd: u32) {
        self.room_mut(room).crowd = crowd;
        self.announce_soon(room);
    }

    /// The relay says again how many are in each room.
    pub fn announce_all(&mut self) {
        for room in 0..self.rooms.len() {
            self.announce_soon(Room(room as u16));
        }
    }

    /// How many connections that room has.
    #[must_use]
    pub fn members(&self, room: Room) -> usize {
        let room = self.rooms.get(usize::from(room.0));
        room.map_or(0, |room| room.here.len())
    }

    pub(super) fn room_mut(&mut self, room: Room) -> &mut Members {
        let number = usize::from(room.0);
        if self.rooms.len() <= number {
            self.rooms.resize_with(number + 1, Members::default);
        }
        &mut self.rooms[number]
    }

    /// Who has that connection, if it is still there.
    pub(super) fn holder(&self, connection: u32) -> Option<usize> {
        let connection = self.connections.get(connection as usize)?;
        (connection.place != GONE).then_some(connection.holder())
    }

    /// Its connection in that room, and its place there.
    pub(super) fn connection(&self, index: usize, room: Room) -> Option<(u32, usize)> {
        let slot = &self.slots[index];
        let at_home = slot
            .home
            .filter(|home| self.connections[*home as usize].room == room);
        let elsewhere = || slot.elsewhere.iter().find(|(other, _)| *other == room);
        let connection = at_home.or_else(|| elsewhere().map(|(_, connection)| *connection))?;
        let place = self.connections[connection as usize].place;
        Some((connection, place as usize))
    }

    /// It comes into a room; it is not drained.
    pub(super) fn join(&mut self, index: usize, room: Room, watch: &mut impl Watch<P>) {
        if self.is_in(index, room) {
            return;
        }
        let connection = self.connections.len() as u32;
        let member = Member {
            connection,
            process: index as u32,
        };
        let members = &mut self.room_mut(room).here;
        members.push(member);
        let place = members.len() as u32 - 1;
        self.connections.push(Connection {
            process: index as u32,
            place,
            room,
        });
        self.outboxes.push(Outbox::default());
        let slot = &mut self.slots[index];
        match slot.home {
            None => slot.home = Some(connection),
            Some(_) => slot.elsewhere.push((room, connection)),
        }
        watch.happened(&Happening::Connected(index, room), self.now);
        let size = self.told_size(room);
        let slot = &mut self.slots[index];
        slot.process
            .connected(room, size, slot.clock.local(self.now));
        self.announce_soon(room);
    }

    /// It leaves all rooms, its home last; it is not drained.
    pub(super) fn leave_all(&mut self, index: usize, watch: &mut impl Watch<P>) {
        while let Some((room, _)) = self.slots[index].elsewhere.last().copied() {
            self.leave(index, room, watch);
        }
        if let Some(home) = self.slots[index].home {
            self.leave(index, self.connections[home as usize].room, watch);
        }
    }

    /// It leaves a room, and is not drained.
    pub(super) fn leave(&mut self, index: usize, room: Room, watch: &mut impl Watch<P>) {
        let Some((connection, place)) = self.connection(index, room) else {
            return;
        };
        let slot = &mut self.slots[index];
        slot.home = slot.home.filter(|home| *home != connection);
        slot.elsewhere.retain(|(_, other)| *other != connection);
        self.connections[connection as usize].place = GONE;
        self.outboxes[connection as usize] = Outbox::default();
        let members = &mut self.rooms[usize::from(room.0)].here;
        members.swap_remove(place);
        if let Some(moved) = members.get(place) {
            self.connections[moved.connection as usize].place = place as u32;
        }
        watch.happened(&Happening::Disconnected(index, room), self.now);
        let slot = &mut self.slots[index];
        slot.process.disconnected(room, slot.clock.local(self.now));
        self.announce_soon(room);
    }

    /// What the relay says how many are in a room.
    fn told_size(&mut self, room: Room) -> u32 {
        if self.random.chance(self.dishonesty.resizing) {
            self.counters.resized += 1;
            return made_up(&mut self.random);
        }
        let members = &self.rooms[usize::from(room.0)];
        members.here.len() as u32 + members.crowd
    }

    fn announce_soon(&mut self, room: Room) {
        if !std::mem::replace(&mut self.room_mut(room).announced, true) {
            let at = self.now.after(ANNOUNCE_EVERY);
            self.queue.push(at, Scheduled::Announce(room));
        }
    }

    pub(super) fn announce(&mut self, room: Room, watch: &mut impl Watch<P>) {
        self.rooms[usize::from(room.0)].announced = false;
        for Member {
            connection,
            process,
        } in self.rooms[usize::from(room.0)].here.clone()
        {
            let index = process as usize;
            if self.holder(connection).is_some() && !self.is_frozen(index) {
                let size = self.told_size(room);
                self.act(index, watch, |process, now| {
                    process.resized(room, size, now);
                });
            }
        }
    }
}
