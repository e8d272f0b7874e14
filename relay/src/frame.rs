//! A frame on its way: encoded once, shared by all who get it, and counted for as long as any of
//! them has not got it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use election_envelope::{FromRelay, Handle};

/// What a frame takes beside its bytes, roughly: its place in memory and in an outbox.
const OVERHEAD: usize = 128;

/// What the frames of all connections take. A frame that several have counts once: that is what it
/// takes.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    in_outboxes: AtomicUsize,
    /// Also of those that have left the last outbox, and are being written.
    in_all: AtomicUsize,
}

impl Waiting {
    /// How many bytes wait in outboxes, and can be given up.
    pub(crate) fn bytes(&self) -> usize {
        self.in_outboxes.load(Ordering::Relaxed)
    }

    /// How many more bytes are being written: they go only when they are written, or their
    /// connection goes.
    pub(crate) fn in_writing(&self) -> usize {
        let in_all = self.in_all.load(Ordering::Relaxed);
        in_all.saturating_sub(self.bytes())
    }
}

/// A frame that waits in outboxes.
#[derive(Debug)]
pub(crate) struct Frame(Arc<Encoded>);

/// An encoded FRAME in its WebSocket frame, ready to be written as it is.
#[derive(Debug)]
pub(crate) struct Encoded {
    /// What is written.
    pub(crate) bytes: Bytes,
    /// Of those the payload's.
    pub(crate) payload: usize,
    waiting: Arc<Waiting>,
}

impl Frame {
    /// One allocation for all receivers. A copy, because the payload is a slice of a read buffer
    /// and would pin it.
    pub(crate) fn new(from: Handle, payload: &[u8], waiting: &Arc<Waiting>) -> Arc<Self> {
        let envelope = FromRelay::Frame { from, payload }.encode();
        let encoded = Encoded {
            bytes: websocket_frame(&envelope).into(),
            payload: payload.len(),
            waiting: Arc::clone(waiting),
        };
        let cost = encoded.cost();
        waiting.in_all.fetch_add(cost, Ordering::Relaxed);
        waiting.in_outboxes.fetch_add(cost, Ordering::Relaxed);
        Arc::new(Self(Arc::new(encoded)))
    }

    /// How many bytes are to be written.
    pub(crate) fn len(&self) -> usize {
        self.0.bytes.len()
    }

    /// What is to be written, which does not wait any more if this frame is in no other outbox.
    pub(crate) fn encoded(&self) -> Arc<Encoded> {
        Arc::clone(&self.0)
    }
}

impl Drop for Frame {
    fn drop(&mut self) {
        let in_outboxes = &self.0.waiting.in_outboxes;
        in_outboxes.fetch_sub(self.0.cost(), Ordering::Relaxed);
    }
}

impl Encoded {
    /// What it counts for, in bytes.
    fn cost(&self) -> usize {
        self.bytes.len() + OVERHEAD
    }
}

impl Drop for Encoded {
    fn drop(&mut self) {
        let in_all = &self.waiting.in_all;
        in_all.fetch_sub(self.cost(), Ordering::Relaxed);
    }
}

/// A binary message in one WebSocket frame without a mask, as servers send it (RFC 6455, section
/// 5.2).
pub(crate) fn websocket_frame(message: &[u8]) -> Vec<u8> {
    const FINAL_BINARY: u8 = 0x82;
    const LONGEST_HEADER: usize = 10;
    let mut bytes = Vec::with_capacity(LONGEST_HEADER + message.len());
    bytes.push(FINAL_BINARY);
    match (u8::try_from(message.len()), u16::try_from(message.len())) {
        (Ok(length @ 0..=125), _) => bytes.push(length),
        (_, Ok(length)) => {
            bytes.push(126);
            bytes.extend_from_slice(&length.to_be_bytes());
        }
        _ => {
            bytes.push(127);
            bytes.extend_from_slice(&(message.len() as u64).to_be_bytes());
        }
    }
    bytes.extend_from_slice(message);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_counts_once_until_the_last_who_holds_it_lets_go() {
        let waiting = Arc::default();
        let frame = Frame::new(Handle(1), &[7; 1000], &waiting);
        let held = [Arc::clone(&frame), Arc::clone(&frame)];
        // Payload, type and handle, header, and the overhead.
        assert_eq!(waiting.bytes(), 1000 + 9 + 4 + OVERHEAD);
        drop(frame);
        assert_eq!(waiting.bytes(), 1000 + 9 + 4 + OVERHEAD);
        let encoded = held[0].encoded();
        assert_eq!(waiting.in_writing(), 0);
        drop(held);
        assert_eq!(waiting.bytes(), 0);
        assert_eq!(waiting.in_writing(), 1000 + 9 + 4 + OVERHEAD);
        drop(encoded);
        assert_eq!(waiting.in_writing(), 0);
    }

    #[test]
    fn websocket_lengths_are_as_short_as_they_can_be() {
        let header = |length: usize| {
            let frame = websocket_frame(&vec![7; length]);
            assert_eq!(frame[frame.len() - length..], vec![7; length]);
            frame[..frame.len() - length].to_vec()
        };
        assert_eq!(header(0), [0x82, 0]);
        assert_eq!(header(125), [0x82, 125]);
        assert_eq!(header(126), [0x82, 126, 0, 126]);
        assert_eq!(header(65_535), [0x82, 126, 0xff, 0xff]);
        assert_eq!(header(65_536), [0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]);
    }
}
