//! The rooms, who is in them, and telling them how many they are.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use election_core::wire::relay::Handle;
use tokio::sync::Notify;

use crate::lock::lock;
use crate::members::Members;
use crate::metrics::Metrics;
use crate::outbox::{LaneKind, Outbox};
use crate::room_name::RoomName;

/// All rooms that have a member. Lock order: the map, then one room, then the changed ones or one outbox.
pub(crate) struct Rooms {
    max_rooms: usize,
    max_room_size: usize,
    metrics: Arc<Metrics>,
    by_name: Mutex<HashMap<RoomName, Arc<Room>>>,
    /// Rooms whose size has changed since it was last announced, each once.
    changed: Mutex<Vec<Arc<Room>>>,
    has_changed: Notify,
}

struct Room {
    name: RoomName,
    state: Mutex<RoomState>,
}

struct RoomState {
    members: Members<Arc<Outbox>>,
    /// Whether the room stands in `Rooms::changed`.
    listed: bool,
}

/// One connection's place in its room, given up when dropped.
pub(crate) struct Membership {
    rooms: Arc<Rooms>,
    room: Arc<Room>,
    outbox: Arc<Outbox>,
    /// How the room's others address this connection.
    pub(crate) handle: Handle,
    /// Members when this one came in, itself included.
    pub(crate) size_at_entry: u32,
}

/// Neither this room nor the list of rooms may grow.
#[derive(Debug)]
pub(crate) struct Full;

/// A reply's target is not in the room.
#[derive(Debug)]
pub(crate) struct Gone;

impl Rooms {
    /// No rooms yet.
    pub(crate) fn new(max_rooms: usize, max_room_size: usize, metrics: Arc<Metrics>) -> Arc<Self> {
        Arc::new(Self {
            max_rooms,
            max_room_size,
            metrics,
            by_name: Mutex::default(),
            changed: Mutex::default(),
            has_changed: Notify::new(),
        })
    }

    /// How many rooms there are.
    pub(crate) fn len(&self) -> usize {
        lock(&self.by_name).len()
    }

    /// Lets a connection into a room, which exists from its first member to its last.
    pub(crate) fn join(
        self: &Arc<Self>,
        name: RoomName,
        outbox: Arc<Outbox>,
        rng: &mut fastrand::Rng,
    ) -> Result<Membership, Full> {
        let mut by_name = lock(&self.by_name);
        let room = match by_name.get(&name) {
            Some(room) => Arc::clone(room),
            None if by_name.len() >= self.max_rooms => return Err(Full),
            None => {
                let room = Arc::new(Room::new(name.clone()));
                by_name.insert(name, Arc::clone(&room));
                room
            }
        };
        let (handle, size_at_entry) = {
            let mut state = lock(&room.state);
            if state.members.len() >= self.max_room_size {
                return Err(Full);
            }
            let handle = state.members.insert(rng, Arc::clone(&outbox));
            let size = state.size();
            // The first to come has nobody to tell.
            if size > 1 {
                self.list_as_changed(&room, &mut state);
            }
            (handle, size)
        };
        self.metrics.connections.add(1);
        Ok(Membership {
            rooms: Arc::clone(self),
            room: Arc::clone(&room),
            outbox,
            handle,
            size_at_entry,
        })
    }

    fn leave(&self, room: &Arc<Room>, handle: Handle) {
        let mut by_name = lock(&self.by_name);
        let mut state = lock(&room.state);
        state.members.remove(handle);
        if state.members.len() == 0 {
            by_name.remove(&room.name);
        } else {
            self.list_as_changed(room, &mut state);
        }
        self.metrics.connections.subtract(1);
    }

    fn list_as_changed(&self, room: &Arc<Room>, state: &mut RoomState) {
        if !state.listed {
            state.listed = true;
            lock(&self.changed).push(Arc::clone(room));
            self.has_changed.notify_one();
        }
    }

    /// Tells rooms their new size, for ever: at most once in `interval`, however many come and go in it.
    pub(crate) async fn announce_sizes(&self, interval: Duration) {
        loop {
            self.has_changed.notified().await;
            let changed = std::mem::take(&mut *lock(&self.changed));
            for room in changed {
                room.announce_size();
            }
            tokio::time::sleep(interval).await;
        }
    }
}

impl Room {
    fn new(name: RoomName) -> Self {
        Self {
            name,
            state: Mutex::new(RoomState {
                members: Members::new(),
                listed: false,
            }),
        }
    }

    fn announce_size(&self) {
        let mut state = lock(&self.state);
        state.listed = false;
        let size = state.size();
        // Under the lock, so that nobody hears of an older size after a newer one. No outbox makes this wait.
        for outbox in state.members.iter() {
            outbox.set_room_size(size);
        }
    }
}

impl RoomState {
    fn size(&self) -> u32 {
        u32::try_from(self.members.len()).unwrap_or(u32::MAX)
    }
}

impl Membership {
    /// Puts a frame, shared and not copied, into the outboxes of up to `fan_out` random others; returns how many.
    pub(crate) fn spread(&self, rng: &mut fastrand::Rng, fan_out: u8, frame: &Bytes) -> usize {
        let chosen =
            lock(&self.room.state)
                .members
                .sample_others(rng, self.handle, usize::from(fan_out));
        let dropped = chosen
            .iter()
            .map(|outbox| outbox.push(LaneKind::Spread, frame.clone()))
            .sum();
        self.rooms.metrics.frames_dropped.add(dropped);
        chosen.len()
    }

    /// Puts a frame into the outbox of one member of the same room.
    pub(crate) fn reply(&self, to: Handle, frame: Bytes) -> Result<(), Gone> {
        let target = lock(&self.room.state).members.get(to).ok_or(Gone)?;
        self.rooms
            .metrics
            .frames_dropped
            .add(target.push(LaneKind::Reply, frame));
        Ok(())
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        self.rooms.leave(&self.room, self.handle);
        // After leaving: from here on nobody finds the outbox, and whoever holds it still is told that it is closed.
        self.rooms.metrics.frames_dropped.add(self.outbox.close());
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::config::LaneLimit;
    use crate::outbox::Outgoing;

    fn rooms(max_rooms: usize, max_room_size: usize) -> Arc<Rooms> {
        Rooms::new(max_rooms, max_room_size, Arc::default())
    }

    fn join(rooms: &Arc<Rooms>, name: &str) -> Result<Membership, Full> {
        let outbox = Arc::new(Outbox::new(LaneLimit {
            frames: 4,
            bytes: 1024,
        }));
        rooms.join(
            RoomName::parse(name).unwrap(),
            outbox,
            &mut fastrand::Rng::with_seed(1),
        )
    }

    #[test]
    fn a_room_lasts_from_its_first_member_to_its_last() {
        let rooms = rooms(2, 2);
        let first = join(&rooms, "a").unwrap();
        let second = join(&rooms, "a").unwrap();
        assert_eq!((first.size_at_entry, second.size_at_entry), (1, 2));
        assert_ne!(first.handle, second.handle);
        assert_eq!(rooms.len(), 1);
        drop(first);
        assert_eq!(rooms.len(), 1);
        drop(second);
        assert_eq!(rooms.len(), 0);
        assert_eq!(rooms.metrics.connections.get(), 0);
    }

    #[test]
    fn neither_a_room_nor_the_list_of_rooms_outgrows_its_cap() {
        let rooms = rooms(2, 2);
        let kept = [
            join(&rooms, "a").unwrap(),
            join(&rooms, "a").unwrap(),
            join(&rooms, "b").unwrap(),
        ];
        assert!(join(&rooms, "a").is_err());
        assert!(join(&rooms, "c").is_err());
        drop(kept);
        assert!(join(&rooms, "c").is_ok());
    }

    #[test]
    fn what_waits_for_one_who_leaves_is_counted_as_dropped() {
        let rooms = rooms(1, 3);
        let sender = join(&rooms, "a").unwrap();
        let leaver = join(&rooms, "a").unwrap();
        sender.spread(
            &mut fastrand::Rng::with_seed(1),
            9,
            &Bytes::from_static(b"frame"),
        );
        sender
            .reply(leaver.handle, Bytes::from_static(b"reply"))
            .unwrap();
        let gone = leaver.handle;
        drop(leaver);
        assert_eq!(rooms.metrics.frames_dropped.get(), 2);
        assert!(sender.reply(gone, Bytes::from_static(b"reply")).is_err());
    }

    async fn told(member: &Membership) {
        let minute = Duration::from_secs(60);
        assert!(
            tokio::time::timeout(minute, member.outbox.filled())
                .await
                .is_ok(),
            "never told"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn many_changes_are_told_as_one() {
        let rooms = rooms(1, 100);
        let first = join(&rooms, "a").unwrap();
        let announcer = tokio::spawn({
            let rooms = Arc::clone(&rooms);
            async move { rooms.announce_sizes(Duration::from_millis(500)).await }
        });
        let _second = join(&rooms, "a").unwrap();
        told(&first).await;
        assert_eq!(first.outbox.pop(), Some(Outgoing::RoomSize(2)));
        let _others: Vec<_> = (0..50).map(|_| join(&rooms, "a").unwrap()).collect();
        told(&first).await;
        assert_eq!(first.outbox.pop(), Some(Outgoing::RoomSize(52)));
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert_eq!(first.outbox.pop(), None);
        announcer.abort();
    }
}
