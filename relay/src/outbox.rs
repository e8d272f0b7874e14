//! What waits to be written to one connection: two lanes with one bound, and the latest room size.
//!
//! A slow reader must cost the others nothing, so putting something in never waits: a full outbox
//! drops its oldest frames, of those that were spread first. Gossip outlives that, because replicas
//! compare their sets. Replies go first, because somebody waits for them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use bytes::Bytes;
use tokio::sync::Notify;

use crate::address::Address;
use crate::config::OutboxLimit;
use crate::frame::{Encoded, Frame};
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
#[derive(Debug)]
pub(crate) enum Outgoing {
    /// The room has this many members now.
    RoomSize(u32),
    /// A frame, perhaps shared with other outboxes.
    Frame {
        /// What is to be written, as it is.
        bytes: Bytes,
        /// How many of those are the payload's.
        payload: usize,
    },
}

/// The outbox of one connection. Anyone may put in; the connection's own task takes out.
pub(crate) struct Outbox {
    /// Whose it is.
    pub(crate) address: Address,
    limit: OutboxLimit,
    state: Mutex<State>,
    filled: Notify,
    hung_up: Notify,
}

#[derive(Default)]
struct State {
    room_size: Option<u32>,
    replies: Lane,
    spreads: Lane,
    /// The frame that was taken out last, and when: it takes memory until it is written.
    writing: Option<(Instant, Arc<Encoded>)>,
    closed: bool,
}

impl Outbox {
    /// An empty outbox.
    pub(crate) fn new(address: Address, limit: OutboxLimit) -> Self {
        Self {
            address,
            limit,
            state: Mutex::default(),
            filled: Notify::new(),
            hung_up: Notify::new(),
        }
    }

    /// Puts a frame in; returns how many frames were lost for it, perhaps this one.
    #[must_use = "what is dropped is counted"]
    pub(crate) fn push(&self, kind: LaneKind, frame: Arc<Frame>, now: Instant) -> u64 {
        let mut state = lock(&self.state);
        if state.closed {
            return 1;
        }
        let dropped = state.push(kind, frame, now, self.limit);
        drop(state);
        self.filled.notify_one();
        dropped
    }

    /// Notes the room's size. Only the latest is kept: an older one is of no use to anyone.
    pub(crate) fn set_room_size(&self, size: u32) {
        lock(&self.state).room_size = Some(size);
        self.filled.notify_one();
    }

    /// Takes out what is to be written next. What was taken out before counts as written.
    pub(crate) fn pop(&self, now: Instant) -> Option<Outgoing> {
        let mut state = lock(&self.state);
        state.writing = None;
        if let Some(size) = state.room_size.take() {
            return Some(Outgoing::RoomSize(size));
        }
        let frame = state.replies.pop().or_else(|| state.spreads.pop())?;
        let encoded = frame.encoded();
        let (bytes, payload) = (encoded.bytes.clone(), encoded.payload);
        state.writing = Some((now, encoded));
        Some(Outgoing::Frame { bytes, payload })
    }

    /// What was taken out is written.
    pub(crate) fn written(&self) {
        lock(&self.state).writing = None;
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
        state.writing = None;
        state.replies.clear() + state.spreads.clear()
    }

    /// Closes, and tells the connection's task to end; what it is writing counts as gone.
    #[must_use = "what is dropped is counted"]
    pub(crate) fn hang_up(&self) -> u64 {
        let dropped = self.close();
        self.hung_up.notify_one();
        dropped
    }

    /// Waits until the connection is to end. Safe to cancel; for one waiter.
    pub(crate) async fn hung_up(&self) {
        self.hung_up.notified().await;
    }

    /// Since when how many bytes are being written.
    pub(crate) fn writes(&self) -> Option<(Instant, usize)> {
        let state = lock(&self.state);
        let (since, encoded) = state.writing.as_ref()?;
        Some((*since, encoded.bytes.len()))
    }

    /// How many bytes wait, and since when each of their frames does.
    pub(crate) fn waits(&self) -> (usize, Vec<Instant>) {
        let state = lock(&self.state);
        let frames = state.replies.frames.iter().chain(&state.spreads.frames);
        let bytes = state.replies.bytes + state.spreads.bytes;
        (bytes, frames.map(|(since, _)| *since).collect())
    }

    /// Lets go of all frames that have waited since `instant` or longer; returns how many they
    /// were.
    #[must_use = "what is dropped is counted"]
    pub(crate) fn drop_older(&self, instant: Instant) -> u64 {
        let mut state = lock(&self.state);
        state.replies.drop_older(instant) + state.spreads.drop_older(instant)
    }

    fn is_empty(&self) -> bool {
        let state = lock(&self.state);
        state.room_size.is_none() && state.is_empty()
    }
}

impl State {
    fn is_empty(&self) -> bool {
        self.replies.frames.is_empty() && self.spreads.frames.is_empty()
    }

    fn bytes(&self) -> usize {
        let writing = self.writing.as_ref();
        let writing = writing.map_or(0, |(_, encoded)| encoded.bytes.len());
        self.replies.bytes + self.spreads.bytes + writing
    }

    fn push(&mut self, kind: LaneKind, frame: Arc<Frame>, now: Instant, limit: OutboxLimit) -> u64 {
        let mut dropped = 0;
        while !self.is_empty() && self.bytes() + frame.len() > limit.bytes {
            let gave_way = self.spreads.pop().or_else(|| match kind {
                LaneKind::Reply => self.replies.pop(),
                LaneKind::Spread => None,
            });
            dropped += 1;
            if gave_way.is_none() {
                // Gossip does not push out what somebody waits for.
                return dropped;
            }
        }
        let lane = match kind {
            LaneKind::Reply => &mut self.replies,
            LaneKind::Spread => &mut self.spreads,
        };
        while lane.frames.len() >= limit.frames && lane.pop().is_some() {
            dropped += 1;
        }
        lane.bytes += frame.len();
        lane.frames.push_back((now, frame));
        dropped
    }
}

/// First in, first out, with the time at which each came in.
#[derive(Default)]
struct Lane {
    frames: VecDeque<(Instant, Arc<Frame>)>,
    bytes: usize,
}

impl Lane {
    fn pop(&mut self) -> Option<Arc<Frame>> {
        let (_, frame) = self.frames.pop_front()?;
        self.bytes -= frame.len();
        if self.frames.is_empty() {
            // An idle connection holds no memory for its lanes.
            self.frames = VecDeque::new();
        }
        Some(frame)
    }

    fn drop_older(&mut self, instant: Instant) -> u64 {
        let mut dropped = 0;
        while self
            .frames
            .front()
            .is_some_and(|(since, _)| *since <= instant)
        {
            self.pop();
            dropped += 1;
        }
        dropped
    }

    fn clear(&mut self) -> u64 {
        self.bytes = 0;
        std::mem::take(&mut self.frames).len() as u64
    }
}

#[cfg(test)]
mod tests;
