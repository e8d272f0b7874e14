//! What waits to be written to one connection: two bounded lanes and the latest room size.
//!
//! A slow reader must cost the others nothing, so putting something in never waits: a full lane drops its oldest
//! frame. Gossip outlives that, because replicas compare their sets. Replies go first, because somebody waits for them.

use std::collections::VecDeque;
use std::sync::Mutex;

use bytes::Bytes;
use tokio::sync::Notify;

use crate::config::LaneLimit;
use crate::lock::lock;

/// Which of the two lanes a frame takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LaneKind {
    /// Sent to this connection alone. Written before anything spread.
    Reply,
    /// Sent to some of the room, this connection among them.
    Spread,
}

/// What to write next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outgoing {
    /// The room has this many members now.
    RoomSize(u32),
    /// An encoded FRAME, perhaps shared with other outboxes.
    Frame(Bytes),
}

/// The outbox of one connection. Anyone may put in; the connection's own task takes out.
pub(crate) struct Outbox {
    state: Mutex<State>,
    filled: Notify,
}

struct State {
    room_size: Option<u32>,
    replies: Lane,
    spreads: Lane,
    closed: bool,
}

impl Outbox {
    /// An empty outbox whose lanes have this limit each.
    pub(crate) fn new(limit: LaneLimit) -> Self {
        let state = State {
            room_size: None,
            replies: Lane::new(limit),
            spreads: Lane::new(limit),
            closed: false,
        };
        Self {
            state: Mutex::new(state),
            filled: Notify::new(),
        }
    }

    /// Puts a frame in; returns how many frames were lost for it.
    #[must_use = "what is dropped is counted"]
    pub(crate) fn push(&self, kind: LaneKind, frame: Bytes) -> u64 {
        let mut state = lock(&self.state);
        if state.closed {
            return 1;
        }
        let dropped = match kind {
            LaneKind::Reply => state.replies.push(frame),
            LaneKind::Spread => state.spreads.push(frame),
        };
        drop(state);
        self.filled.notify_one();
        dropped
    }

    /// Notes the room's size. Only the latest is kept: an older one is of no use to anyone.
    pub(crate) fn set_room_size(&self, size: u32) {
        lock(&self.state).room_size = Some(size);
        self.filled.notify_one();
    }

    /// Takes out what is to be written next.
    pub(crate) fn pop(&self) -> Option<Outgoing> {
        let mut state = lock(&self.state);
        if let Some(size) = state.room_size.take() {
            return Some(Outgoing::RoomSize(size));
        }
        let frame = state.replies.pop().or_else(|| state.spreads.pop())?;
        Some(Outgoing::Frame(frame))
    }

    /// Waits until there is something to take out. Safe to cancel; for one waiter.
    pub(crate) async fn filled(&self) {
        while self.is_empty() {
            self.filled.notified().await;
        }
    }

    /// Refuses all further frames and lets go of those that wait; returns how many they were.
    #[must_use = "what is dropped is counted"]
    pub(crate) fn close(&self) -> u64 {
        let mut state = lock(&self.state);
        state.closed = true;
        state.replies.clear() + state.spreads.clear()
    }

    fn is_empty(&self) -> bool {
        let state = lock(&self.state);
        state.room_size.is_none()
            && state.replies.frames.is_empty()
            && state.spreads.frames.is_empty()
    }
}

/// First in, first out, bounded in frames and in bytes.
struct Lane {
    frames: VecDeque<Bytes>,
    bytes: usize,
    limit: LaneLimit,
}

impl Lane {
    fn new(limit: LaneLimit) -> Self {
        Self {
            frames: VecDeque::new(),
            bytes: 0,
            limit,
        }
    }

    fn push(&mut self, frame: Bytes) -> u64 {
        let mut dropped = 0;
        while !self.frames.is_empty() && self.is_full_for(frame.len()) {
            self.pop();
            dropped += 1;
        }
        self.bytes += frame.len();
        self.frames.push_back(frame);
        dropped
    }

    fn is_full_for(&self, length: usize) -> bool {
        self.frames.len() >= self.limit.frames || self.bytes + length > self.limit.bytes
    }

    fn pop(&mut self) -> Option<Bytes> {
        let frame = self.frames.pop_front()?;
        self.bytes -= frame.len();
        if self.frames.is_empty() {
            // An idle connection holds no memory for its lanes.
            self.frames = VecDeque::new();
        }
        Some(frame)
    }

    fn clear(&mut self) -> u64 {
        self.bytes = 0;
        std::mem::take(&mut self.frames).len() as u64
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    const LIMIT: LaneLimit = LaneLimit {
        frames: 3,
        bytes: 10,
    };

    fn frame(text: &'static str) -> Bytes {
        Bytes::from_static(text.as_bytes())
    }

    fn drain(outbox: &Outbox) -> Vec<String> {
        let mut all = Vec::new();
        while let Some(outgoing) = outbox.pop() {
            all.push(match outgoing {
                Outgoing::RoomSize(size) => format!("size {size}"),
                Outgoing::Frame(frame) => String::from_utf8_lossy(&frame).into_owned(),
            });
        }
        all
    }

    #[test]
    fn the_room_size_goes_first_then_replies_then_what_was_spread() {
        let outbox = Outbox::new(LIMIT);
        assert_eq!(outbox.push(LaneKind::Spread, frame("s1")), 0);
        assert_eq!(outbox.push(LaneKind::Reply, frame("r1")), 0);
        assert_eq!(outbox.push(LaneKind::Spread, frame("s2")), 0);
        assert_eq!(outbox.push(LaneKind::Reply, frame("r2")), 0);
        outbox.set_room_size(4);
        outbox.set_room_size(5);
        assert_eq!(drain(&outbox), ["size 5", "r1", "r2", "s1", "s2"]);
    }

    #[test]
    fn a_lane_full_of_frames_drops_its_oldest_and_leaves_the_other_lane_alone() {
        let outbox = Outbox::new(LIMIT);
        assert_eq!(outbox.push(LaneKind::Reply, frame("r")), 0);
        let dropped: u64 = ["a", "b", "c", "d", "e"]
            .map(|text| outbox.push(LaneKind::Spread, frame(text)))
            .iter()
            .sum();
        assert_eq!(dropped, 2);
        assert_eq!(drain(&outbox), ["r", "c", "d", "e"]);
    }

    #[test]
    fn a_lane_full_of_bytes_drops_as_many_as_it_takes() {
        let outbox = Outbox::new(LIMIT);
        assert_eq!(outbox.push(LaneKind::Spread, frame("four")), 0);
        assert_eq!(outbox.push(LaneKind::Spread, frame("five5")), 0);
        assert_eq!(outbox.push(LaneKind::Spread, frame("seven77")), 2);
        assert_eq!(drain(&outbox), ["seven77"]);
    }

    #[test]
    fn a_frame_longer_than_the_lane_is_taken_alone() {
        let outbox = Outbox::new(LIMIT);
        assert_eq!(outbox.push(LaneKind::Spread, frame("a")), 0);
        assert_eq!(
            outbox.push(LaneKind::Spread, frame("much too long for it")),
            1
        );
        assert_eq!(drain(&outbox), ["much too long for it"]);
        // The count of bytes is right again afterwards.
        assert_eq!(outbox.push(LaneKind::Spread, frame("0123456789")), 0);
    }

    #[test]
    fn a_closed_outbox_counts_what_it_held_and_what_it_refuses() {
        let outbox = Outbox::new(LIMIT);
        assert_eq!(outbox.push(LaneKind::Spread, frame("a")), 0);
        assert_eq!(outbox.push(LaneKind::Reply, frame("b")), 0);
        assert_eq!(outbox.close(), 2);
        assert_eq!(outbox.push(LaneKind::Reply, frame("c")), 1);
        assert_eq!(outbox.pop(), None);
    }

    #[tokio::test]
    async fn a_waiter_wakes_for_what_came_before_and_while_it_waited() {
        let outbox = Arc::new(Outbox::new(LIMIT));
        outbox.set_room_size(1);
        outbox.filled().await;
        assert_eq!(outbox.pop(), Some(Outgoing::RoomSize(1)));
        let waiter = tokio::spawn({
            let outbox = Arc::clone(&outbox);
            async move { outbox.filled().await }
        });
        tokio::task::yield_now().await;
        assert_eq!(outbox.push(LaneKind::Spread, frame("a")), 0);
        assert!(waiter.await.is_ok());
    }
}
