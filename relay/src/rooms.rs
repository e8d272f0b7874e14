//! The rooms, who is in them, and telling them how many they are.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use election_envelope::Handle;
use tokio::sync::Notify;

use crate::address::Address;
use crate::backlog;
use crate::config::Config;
use crate::frame::{Frame, Waiting};
use crate::lock::lock;
use crate::members::Members;
use crate::metrics::Metrics;
use crate::outbox::{LaneKind, Outbox};
use crate::room_name::RoomName;

/// All rooms that have a member. Lock order: `relieving`, the map, then one room, then the changed
/// ones or one outbox.
pub(crate) struct Rooms {
    max_rooms: usize,
    max_room_size: usize,
    max_of_address: usize,
    /// Whether connections from this machine count as those of any other address.
    counts_loopback: bool,
    outbox_budget: usize,
    outbox_bytes: usize,
    metrics: Arc<Metrics>,
    /// What waits in the outboxes of all members.
    pub(crate) waiting: Arc<Waiting>,
    /// One at a time sees to it that this is within the budget.
    relieving: Mutex<()>,
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
    /// How many of them each address has.
    by_address: HashMap<Address, usize>,
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

/// What may not grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Full {
    /// The list of rooms.
    Rooms,
    /// This room.
    Room,
    /// What one address has of this room.
    OfAddress,
}

/// A reply's target is not in the room.
#[derive(Debug)]
pub(crate) struct Gone;

impl Rooms {
    /// No rooms yet.
    pub(crate) fn new(config: &Config, metrics: Arc<Metrics>) -> Arc<Self> {
        Arc::new(Self {
            max_rooms: config.max_rooms,
            max_room_size: config.max_room_size,
            max_of_address: config.max_room_size_per_address,
            counts_loopback: config.counts_loopback(),
            outbox_budget: config.outbox_budget,
            outbox_bytes: config.outbox.bytes,
            metrics,
            waiting: Arc::default(),
            relieving: Mutex::default(),
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
            None if by_name.len() >= self.max_rooms => return Err(Full::Rooms),
            None => Arc::new(Room::new(name.clone())),
        };
        let (handle, size_at_entry) = {
            let mut state = lock(&room.state);
            if state.members.len() >= self.max_room_size {
                return Err(Full::Room);
            }
            if self.counts_loopback || !outbox.address.is_loopback() {
                let of_address = state.by_address.entry(outbox.address).or_insert(0);
                if *of_address >= self.max_of_address {
                    return Err(Full::OfAddress);
                }
                *of_address += 1;
            }
            let handle = state.members.insert(rng, Arc::clone(&outbox));
            let size = state.size();
            if size == 1 {
                by_name.insert(name, Arc::clone(&room));
            }
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

    fn leave(&self, room: &Arc<Room>, handle: Handle, address: Address) {
        let mut by_name = lock(&self.by_name);
        let mut state = lock(&room.state);
        state.members.remove(handle);
        if let Some(of_address) = state.by_address.get_mut(&address) {
            *of_address -= 1;
            if *of_address == 0 {
                state.by_address.remove(&address);
            }
        }
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

    /// Lets those give way who have not read for longest, if more waits or is being written than
    /// there is room for.
    fn keep_budget(&self, now: Instant) {
        // Until the next call what waits may come to be written, but both together grow no more.
        let writing_budget = self.outbox_budget / 2;
        let waits_too_much = || self.waiting.bytes() > self.outbox_budget;
        let writes_too_much = || self.waiting.in_writing() > writing_budget;
        let is_over = || waits_too_much() || writes_too_much();
        if !is_over() {
            return;
        }
        let _one_at_a_time = lock(&self.relieving);
        if !is_over() {
            return;
        }
        let rooms: Vec<Arc<Room>> = lock(&self.by_name).values().cloned().collect();
        let mut outboxes = Vec::new();
        for room in rooms {
            outboxes.extend(lock(&room.state).members.iter().cloned());
        }
        let mut dropped = 0;
        if writes_too_much() {
            let bytes = || self.waiting.in_writing();
            dropped += backlog::hang_up(&outboxes, writing_budget, bytes);
        }
        if waits_too_much() {
            let bytes = || self.waiting.bytes();
            let (budget, outbox) = (self.outbox_budget, self.outbox_bytes);
            dropped += backlog::relieve(&outboxes, budget, outbox, bytes, now);
        }
        self.metrics.frames_dropped.add(dropped);
    }

    /// Tells rooms their new size, for ever: at most once in `interval`, however many come and go
    /// in it.
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
                by_address: HashMap::new(),
                listed: false,
            }),
        }
    }

    fn announce_size(&self) {
        let mut state = lock(&self.state);
        state.listed = false;
        let size = state.size();
        // Under the lock, so that nobody receives an older size after a newer one. No outbox makes
        // this wait.
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
    /// A frame from this member, for [`spread`](Self::spread) or [`reply`](Self::reply).
    pub(crate) fn frame(&self, payload: &[u8]) -> Arc<Frame> {
        Frame::new(self.handle, payload, &self.rooms.waiting)
    }

    /// Puts a frame, shared and not copied, into the outboxes of up to `fan_out` random others;
    /// returns how many.
    pub(crate) fn spread(
        &self,
        rng: &mut fastrand::Rng,
        fan_out: u8,
        frame: Arc<Frame>,
        now: Instant,
    ) -> usize {
        let chosen =
            lock(&self.room.state)
                .members
                .sample_others(rng, self.handle, usize::from(fan_out));
        let dropped = chosen
            .iter()
            .map(|outbox| outbox.push(LaneKind::Spread, Arc::clone(&frame), now))
            .sum();
        drop(frame);
        self.rooms.metrics.frames_dropped.add(dropped);
        self.rooms.keep_budget(now);
        chosen.len()
    }

    /// Puts a frame into the outbox of one member of the same room.
    pub(crate) fn reply(&self, to: Handle, frame: Arc<Frame>, now: Instant) -> Result<(), Gone> {
        let target = lock(&self.room.state).members.get(to).ok_or(Gone)?;
        let dropped = target.push(LaneKind::Reply, frame, now);
        self.rooms.metrics.frames_dropped.add(dropped);
        self.rooms.keep_budget(now);
        Ok(())
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        self.rooms
            .leave(&self.room, self.handle, self.outbox.address);
        // After leaving: from here on nobody finds the outbox, and whoever holds it still is told
        // that it is closed.
        self.rooms.metrics.frames_dropped.add(self.outbox.close());
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::outbox::Outgoing;

    fn rooms(max_rooms: usize, max_room_size: usize) -> Arc<Rooms> {
        let config = Config {
            max_rooms,
            max_room_size,
            max_room_size_per_address: 2,
            ..Config::default()
        };
        Rooms::new(&config, Arc::default())
    }

    fn join(rooms: &Arc<Rooms>, name: &str) -> Result<Membership, Full> {
        join_from(rooms, name, "127.0.0.1")
    }

    fn join_from(rooms: &Arc<Rooms>, name: &str, address: &str) -> Result<Membership, Full> {
        let address = Address::of(address.parse().unwrap());
        let outbox = Arc::new(Outbox::new(address, Config::default().outbox));
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
        assert_eq!(join(&rooms, "a").err(), Some(Full::Room));
        assert_eq!(join(&rooms, "c").err(), Some(Full::Rooms));
        drop(kept);
        assert!(join(&rooms, "c").is_ok());
    }

    #[test]
    fn an_address_has_its_share_of_a_room_and_gets_it_back() {
        let rooms = rooms(2, 10);
        let first = join_from(&rooms, "a", "192.0.2.1").unwrap();
        let _second = join_from(&rooms, "a", "192.0.2.1").unwrap();
        let third = join_from(&rooms, "a", "192.0.2.1");
        assert_eq!(third.err(), Some(Full::OfAddress));
        let _elsewhere = join_from(&rooms, "b", "192.0.2.1").unwrap();
        let _another = join_from(&rooms, "a", "192.0.2.2").unwrap();
        drop(first);
        let _third = join_from(&rooms, "a", "192.0.2.1").unwrap();
    }

    #[test]
    fn a_room_that_nobody_was_let_into_is_not_left_behind() {
        let rooms = Rooms::new(
            &Config {
                max_room_size_per_address: 0,
                ..Config::default()
            },
            Arc::default(),
        );
        assert!(join_from(&rooms, "a", "192.0.2.1").is_err());
        assert_eq!(rooms.len(), 0);
    }

    #[test]
    fn what_waits_for_one_who_leaves_is_counted_as_dropped() {
        let rooms = rooms(1, 3);
        let sender = join(&rooms, "a").unwrap();
        let leaver = join(&rooms, "a").unwrap();
        let mut rng = fastrand::Rng::with_seed(1);
        let now = Instant::now();
        sender.spread(&mut rng, 9, sender.frame(b"frame"), now);
        let reply = sender.frame(b"reply");
        sender.reply(leaver.handle, reply, now).unwrap();
        let gone = leaver.handle;
        drop(leaver);
        assert_eq!(rooms.metrics.frames_dropped.get(), 2);
        let reply = sender.frame(b"reply");
        assert!(sender.reply(gone, reply, now).is_err());
        assert_eq!(rooms.waiting.bytes(), 0);
    }

    #[test]
    fn frames_that_wait_stay_within_the_budget() {
        let config = Config {
            outbox_budget: 1024 * 1024,
            ..Config::default()
        };
        let rooms = Rooms::new(&config, Arc::default());
        let sender = join(&rooms, "a").unwrap();
        let _readers: Vec<_> = (0..100).map(|_| join(&rooms, "a").unwrap()).collect();
        let mut rng = fastrand::Rng::with_seed(1);
        for _ in 0..1_000 {
            let now = Instant::now();
            sender.spread(&mut rng, 4, sender.frame(&[7; 10 * 1024]), now);
            assert!(rooms.waiting.bytes() <= config.outbox_budget);
        }
        assert!(rooms.waiting.bytes() > config.outbox_budget / 2);
        assert!(rooms.metrics.frames_dropped.get() > 0);
    }

    fn size_of(outgoing: Outgoing) -> u32 {
        match outgoing {
            Outgoing::RoomSize(size) => size,
            Outgoing::Frame { .. } => panic!("a size should come"),
        }
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
    async fn many_changes_of_a_rooms_size_are_told_as_one() {
        let rooms = rooms(1, 100);
        let first = join(&rooms, "a").unwrap();
        let announcer = tokio::spawn({
            let rooms = Arc::clone(&rooms);
            async move { rooms.announce_sizes(Duration::from_millis(500)).await }
        });
        let _second = join(&rooms, "a").unwrap();
        told(&first).await;
        assert_eq!(first.outbox.pop(Instant::now()).map(size_of), Some(2));
        let _others: Vec<_> = (0..50).map(|_| join(&rooms, "a").unwrap()).collect();
        told(&first).await;
        assert_eq!(first.outbox.pop(Instant::now()).map(size_of), Some(52));
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert!(first.outbox.pop(Instant::now()).is_none());
        announcer.abort();
    }
}
