//! Who gives way when more waits for readers than the relay has room for.
//!
//! In this order, until an eighth of the budget is free again:
//!
//! 1. whatever has waited for two seconds, the oldest first: its reader does not read;
//! 2. of addresses that hold more than their share, the oldest. The share is the budget by the
//!    number of addresses for which something waits, and at least two outboxes, so that whoever is
//!    far from the others in number is not far in bytes;
//! 3. the oldest of all, of those that have waited for a second;
//! 4. of the address for which most waits, the oldest, and so on with the next.
//!
//! What is being written cannot be given up, and has a budget of its own: above it, those are hung
//! up on whose write has been stuck longest, of addresses that hold more than their share of it.
//!
//! So whoever fills the relay with readers that stop loses what waits for them, however many
//! addresses they have, and a reader that goes on reading keeps its frames. Nobody is hung up on
//! for what waits: those frames would come too late anyway, and replicas fetch what they miss.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::address::Address;
use crate::outbox::Outbox;

/// A reader that takes nothing for so long does not read, or not for now.
const STALE: Duration = Duration::from_secs(2);
/// What came so lately goes last: its reader has had no time to read it.
const FRESH: Duration = Duration::from_secs(1);
/// The oldest go in so many steps, between which is looked whether it is enough.
const STEPS: usize = 16;
/// The least share of an address, in outboxes.
const LEAST_SHARE: usize = 2;

/// Lets frames go until `bytes` tells no more than seven eighths of `budget`; returns how many
/// went.
///
/// `outbox_bytes` is the bound of one outbox. Takes time in proportion to all that waits; it is
/// called again only after an eighth of the budget has come in anew.
pub(crate) fn relieve(
    outboxes: &[Arc<Outbox>],
    budget: usize,
    outbox_bytes: usize,
    bytes: impl Fn() -> usize,
    now: Instant,
) -> u64 {
    let enough = budget - budget / 8;
    let is_enough = || bytes() <= enough;
    let mut dropped = 0;
    if let Some(stale) = now.checked_sub(STALE) {
        dropped += drop_oldest(outboxes, stale, is_enough);
    }
    if is_enough() {
        return dropped;
    }
    let mut by_address: HashMap<Address, (usize, Vec<Arc<Outbox>>)> = HashMap::new();
    for outbox in outboxes {
        let (waiting, _) = outbox.waits();
        if waiting > 0 {
            let (total, of_address) = by_address.entry(outbox.address).or_default();
            *total += waiting;
            of_address.push(Arc::clone(outbox));
        }
    }
    let share = (budget / by_address.len().max(1)).max(LEAST_SHARE * outbox_bytes);
    for (_, of_address) in by_address.values().filter(|(total, _)| *total > share) {
        let total = || -> usize { of_address.iter().map(|outbox| outbox.waits().0).sum() };
        dropped += drop_oldest(of_address, now, || is_enough() || total() <= share);
    }
    if let Some(fresh) = now.checked_sub(FRESH) {
        dropped += drop_oldest(outboxes, fresh, is_enough);
    }
    let mut by_total: Vec<(usize, &Vec<Arc<Outbox>>)> = by_address
        .values()
        .map(|(_, of_address)| {
            let total = of_address.iter().map(|outbox| outbox.waits().0).sum();
            (total, of_address)
        })
        .collect();
    by_total.sort_unstable_by_key(|(total, _)| Reverse(*total));
    for (_, of_address) in by_total {
        dropped += drop_oldest(of_address, now, is_enough);
    }
    dropped
}

/// Hangs up on the writers that have been stuck longest, of addresses that hold more than their
/// share, until `bytes` tells no more than seven eighths of `budget`; returns how many frames that
/// waited for them went.
///
/// When every address is down to its share, it is enough. Takes time in proportion to the
/// connections; it is called again only after an eighth of the budget has come in anew.
pub(crate) fn hang_up(outboxes: &[Arc<Outbox>], budget: usize, bytes: impl Fn() -> usize) -> u64 {
    let enough = budget - budget / 8;
    let mut by_address: HashMap<Address, usize> = HashMap::new();
    let mut writers = Vec::new();
    for outbox in outboxes {
        if let Some((since, writing)) = outbox.writes() {
            *by_address.entry(outbox.address).or_default() += writing;
            writers.push((since, writing, outbox));
        }
    }
    writers.sort_unstable_by_key(|(since, ..)| *since);
    let share = enough / by_address.len().max(1);
    let mut dropped = 0;
    for (_, writing, outbox) in writers {
        if bytes() <= enough {
            break;
        }
        if let Some(total) = by_address.get_mut(&outbox.address)
            && *total > share
        {
            *total -= writing;
            dropped += outbox.hang_up();
        }
    }
    dropped
}

/// Lets go of the oldest frames, of those that have waited since `youngest` or longer, until it is
/// enough.
fn drop_oldest(outboxes: &[Arc<Outbox>], youngest: Instant, is_enough: impl Fn() -> bool) -> u64 {
    if is_enough() {
        return 0;
    }
    let mut since: Vec<Instant> = outboxes
        .iter()
        .flat_map(|outbox| outbox.waits().1)
        .filter(|since| *since <= youngest)
        .collect();
    since.sort_unstable();
    let mut dropped = 0;
    let step = since.len().div_ceil(STEPS).max(1);
    for oldest in since.chunks(step) {
        let Some(last) = oldest.last() else { break };
        dropped += outboxes
            .iter()
            .map(|outbox| outbox.drop_older(*last))
            .sum::<u64>();
        if is_enough() {
            break;
        }
    }
    dropped
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use election_envelope::Handle;

    use super::*;
    use crate::config::OutboxLimit;
    use crate::frame::{Frame, Waiting};
    use crate::outbox::LaneKind;

    const KIB: usize = 1024;
    const OUTBOX: usize = 160 * KIB;
    const BUDGET: usize = 8 * 1024 * KIB;

    struct World {
        outboxes: Vec<Arc<Outbox>>,
        waiting: Arc<Waiting>,
        now: Instant,
    }

    impl World {
        fn new() -> Self {
            Self {
                outboxes: Vec::new(),
                waiting: Arc::default(),
                now: Instant::now(),
            }
        }

        /// A reader at that address for which so many KiB came, so many seconds before now.
        fn reader(&mut self, address: u32, kib: usize, seconds: f64) -> usize {
            let limit = OutboxLimit {
                frames: 256,
                bytes: OUTBOX,
            };
            let address = IpAddr::V4(Ipv4Addr::from_bits(0x0a00_0000 + address));
            let outbox = Arc::new(Outbox::new(Address::of(address), limit));
            let then = self.now - Duration::from_secs_f64(seconds);
            for _ in 0..kib {
                let frame = Frame::new(Handle(1), &[7; 900], &self.waiting);
                assert_eq!(outbox.push(LaneKind::Reply, frame, then), 0);
            }
            self.outboxes.push(outbox);
            self.outboxes.len() - 1
        }

        fn relieve(&self) -> u64 {
            let bytes = || self.waiting.bytes();
            assert!(bytes() > BUDGET, "there should be too much: {}", bytes());
            let dropped = relieve(&self.outboxes, BUDGET, OUTBOX, bytes, self.now);
            assert!(bytes() <= BUDGET - BUDGET / 8);
            dropped
        }

        /// How many frames wait for that reader.
        fn frames(&self, reader: usize) -> usize {
            self.outboxes[reader].waits().1.len()
        }
    }

    #[test]
    fn who_does_not_read_gives_way_whatever_the_addresses() {
        for addresses in [1, 3, 100] {
            let mut world = World::new();
            let newcomer = world.reader(999, 150, 0.1);
            for number in 0..100 {
                world.reader(number % addresses, 90, 3.0 + f64::from(number));
            }
            assert!(world.relieve() >= 10 * 90);
            assert_eq!(world.frames(newcomer), 150);
            // The longest unread went first, and the others may stay.
            assert_eq!(world.frames(100), 0);
            assert_eq!(world.frames(1), 90);
        }
    }

    #[test]
    fn an_address_above_its_share_gives_way_and_its_oldest_first() {
        let mut world = World::new();
        let other = world.reader(1, 150, 1.5);
        let readers: Vec<usize> = (0..100)
            .map(|number| world.reader(2, 90, f64::from(number) / 100.0))
            .collect();
        assert!(world.relieve() > 0);
        assert_eq!(world.frames(other), 150);
        assert_eq!(world.frames(readers[99]), 0);
        assert_eq!(world.frames(readers[0]), 90);
    }

    #[test]
    fn who_has_just_come_keeps_more_than_others_have_on_average() {
        let mut world = World::new();
        for number in 0..100 {
            world.reader(number, 90, 0.5 + f64::from(number) / 100.0);
        }
        let newcomer = world.reader(999, 150, 0.1);
        assert!(world.relieve() > 0);
        assert_eq!(world.frames(newcomer), 150);
    }

    #[test]
    fn what_has_just_come_is_dropped_only_where_most_waits() {
        let mut world = World::new();
        let readers: Vec<usize> = (0..80)
            .map(|number| world.reader(number, 90, 0.5))
            .collect();
        let most = world.reader(999, 150, 0.5);
        let more = world.reader(998, 140, 0.1);
        for number in 0..8 {
            world.reader(500 + number, 120, 0.2);
        }
        assert!(world.relieve() > 0);
        assert_eq!(world.frames(most), 0);
        assert_eq!(world.frames(more), 0);
        let whole = readers
            .iter()
            .filter(|reader| world.frames(**reader) == 90)
            .count();
        assert!(whole >= 76, "{whole} of the others keep all");
    }

    #[test]
    fn who_writes_for_longest_of_those_above_their_share_is_hung_up_on() {
        let mut world = World::new();
        // Its write is stuck for longer than all the others, but it is the only one of its address.
        let other = world.reader(1, 1, 9.0);
        let stuck: Vec<usize> = (0..100).map(|_| world.reader(2, 1, 5.0)).collect();
        for (number, reader) in std::iter::once(other).chain(stuck.clone()).enumerate() {
            let since = world.now + Duration::from_millis(number as u64);
            assert!(world.outboxes[reader].pop(since).is_some());
        }
        assert_eq!(world.waiting.bytes(), 0);
        let before = world.waiting.in_writing();
        let budget = 64 * KIB;
        assert!(before > budget);
        hang_up(&world.outboxes, budget, || world.waiting.in_writing());
        assert!(world.waiting.in_writing() <= budget - budget / 8);
        assert!(world.waiting.in_writing() > budget / 2);
        let writes = |reader: usize| world.outboxes[reader].writes().is_some();
        assert!(writes(other) && writes(stuck[99]) && !writes(stuck[0]));
        for outbox in &world.outboxes {
            outbox.written();
        }
        assert_eq!(world.waiting.in_writing(), 0);
    }

    #[test]
    fn a_frame_that_waits_for_many_counts_once() {
        let mut world = World::new();
        let frame = Frame::new(Handle(1), &[7; 60 * KIB], &world.waiting);
        let readers: Vec<usize> = (0..255)
            .map(|number| world.reader(number, 0, 0.0))
            .collect();
        for reader in readers {
            let pushed =
                world.outboxes[reader].push(LaneKind::Spread, Arc::clone(&frame), world.now);
            assert_eq!(pushed, 0);
        }
        drop(frame);
        assert!(world.waiting.bytes() < 61 * KIB);
        for number in 0..100 {
            world.reader(1_000 + number, 90, 5.0);
        }
        assert!(world.relieve() >= 90);
        // Of those, none.
        assert!(
            world.outboxes[..255]
                .iter()
                .all(|outbox| outbox.waits().0 > 0)
        );
    }
}
