use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use election_envelope::Handle;

use super::*;

/// A frame's header, type and handle.
const AROUND: usize = 2 + 1 + 8;
/// Three frames a lane; a payload of ten bytes, or two of fewer.
const LIMIT: OutboxLimit = OutboxLimit {
    frames: 3,
    bytes: 10 + 2 * AROUND,
};

fn outbox() -> Outbox {
    Outbox::new(Address::of(IpAddr::V4(Ipv4Addr::LOCALHOST)), LIMIT)
}

fn wide() -> Outbox {
    let limit = OutboxLimit {
        bytes: 1_000,
        ..LIMIT
    };
    Outbox::new(Address::of(IpAddr::V4(Ipv4Addr::LOCALHOST)), limit)
}

fn frame(text: &str) -> Arc<Frame> {
    Frame::new(Handle(1), text.as_bytes(), &Arc::default())
}

fn push(outbox: &Outbox, kind: LaneKind, text: &str) -> u64 {
    outbox.push(kind, frame(text), Instant::now())
}

fn drain(outbox: &Outbox) -> Vec<String> {
    let mut all = Vec::new();
    while let Some(outgoing) = outbox.pop(Instant::now()) {
        all.push(match outgoing {
            Outgoing::RoomSize(size) => format!("size {size}"),
            Outgoing::Frame { bytes, .. } => String::from_utf8_lossy(&bytes[AROUND..]).into_owned(),
        });
    }
    assert_eq!(outbox.waits().0, 0);
    all
}

#[test]
fn the_room_size_goes_first_then_replies_then_what_was_spread() {
    let outbox = wide();
    assert_eq!(push(&outbox, LaneKind::Spread, "s1"), 0);
    assert_eq!(push(&outbox, LaneKind::Reply, "r1"), 0);
    assert_eq!(push(&outbox, LaneKind::Spread, "s2"), 0);
    assert_eq!(push(&outbox, LaneKind::Reply, "r2"), 0);
    outbox.set_room_size(4);
    outbox.set_room_size(5);
    assert_eq!(drain(&outbox), ["size 5", "r1", "r2", "s1", "s2"]);
}

#[test]
fn a_lane_full_of_frames_drops_its_oldest_and_leaves_the_other_lane_alone() {
    let outbox = wide();
    assert_eq!(push(&outbox, LaneKind::Reply, "r"), 0);
    let dropped: u64 = ["a", "b", "c", "d", "e"]
        .map(|text| push(&outbox, LaneKind::Spread, text))
        .iter()
        .sum();
    assert_eq!(dropped, 2);
    assert_eq!(drain(&outbox), ["r", "c", "d", "e"]);
}

#[test]
fn what_was_spread_gives_way_to_replies_and_not_the_other_way_round() {
    let outbox = outbox();
    assert_eq!(push(&outbox, LaneKind::Spread, "four"), 0);
    assert_eq!(push(&outbox, LaneKind::Reply, "five5"), 0);
    assert_eq!(push(&outbox, LaneKind::Reply, "five6"), 1);
    assert_eq!(push(&outbox, LaneKind::Spread, "four"), 1);
    assert_eq!(push(&outbox, LaneKind::Reply, "five7"), 1);
    assert_eq!(drain(&outbox), ["five6", "five7"]);
}

#[test]
fn an_outbox_full_of_bytes_drops_as_many_as_it_takes() {
    let outbox = outbox();
    assert_eq!(push(&outbox, LaneKind::Spread, "four"), 0);
    assert_eq!(push(&outbox, LaneKind::Spread, "five5"), 0);
    let long = "as long as two with their headers";
    assert_eq!(push(&outbox, LaneKind::Spread, long), 2);
    assert_eq!(drain(&outbox), [long]);
}

#[test]
fn a_frame_longer_than_the_outbox_is_taken_alone() {
    let outbox = outbox();
    let long = "much, much too long for it, whatever else is there";
    assert_eq!(push(&outbox, LaneKind::Spread, "a"), 0);
    assert_eq!(push(&outbox, LaneKind::Spread, long), 1);
    assert_eq!(drain(&outbox), [long]);
}

#[test]
fn what_is_being_written_counts_until_it_is_written() {
    let outbox = outbox();
    assert_eq!(push(&outbox, LaneKind::Reply, "four"), 0);
    assert_eq!(push(&outbox, LaneKind::Reply, "five5"), 0);
    assert!(outbox.pop(Instant::now()).is_some());
    assert_eq!(push(&outbox, LaneKind::Reply, "five6"), 1);
    outbox.written();
    assert_eq!(push(&outbox, LaneKind::Reply, "five7"), 0);
    assert_eq!(drain(&outbox), ["five6", "five7"]);
}

#[test]
fn a_closed_outbox_counts_what_it_held_and_what_it_refuses() {
    let outbox = outbox();
    assert_eq!(push(&outbox, LaneKind::Spread, "a"), 0);
    assert_eq!(push(&outbox, LaneKind::Reply, "b"), 0);
    assert_eq!(outbox.close(), 2);
    assert_eq!(push(&outbox, LaneKind::Reply, "c"), 1);
    assert!(outbox.pop(Instant::now()).is_none());
}

#[test]
fn what_waits_for_long_can_be_let_go_of() {
    let outbox = wide();
    let start = Instant::now();
    let at = |seconds| start + Duration::from_secs(seconds);
    for (second, text) in ["0", "1", "2"].into_iter().enumerate() {
        let when = at(second as u64);
        assert_eq!(outbox.push(LaneKind::Reply, frame(text), when), 0);
        assert_eq!(outbox.push(LaneKind::Spread, frame(text), when), 0);
    }
    let (bytes, since) = outbox.waits();
    assert_eq!(bytes, 6 * (1 + AROUND));
    assert_eq!(since, [at(0), at(1), at(2), at(0), at(1), at(2)]);
    assert_eq!(outbox.drop_older(at(1)), 4);
    assert_eq!(drain(&outbox), ["2", "2"]);
}

#[tokio::test]
async fn a_waiter_wakes_for_what_came_before_and_while_it_waited() {
    let outbox = Arc::new(outbox());
    outbox.set_room_size(1);
    outbox.filled().await;
    assert!(matches!(
        outbox.pop(Instant::now()),
        Some(Outgoing::RoomSize(1))
    ));
    let waiter = tokio::spawn({
        let outbox = Arc::clone(&outbox);
        async move { outbox.filled().await }
    });
    tokio::task::yield_now().await;
    assert_eq!(push(&outbox, LaneKind::Spread, "a"), 0);
    assert!(waiter.await.is_ok());
}
