//! A frame on its way: encoded once, shared by all who get it, and counted for as long as any of them has not got it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use election_core::wire::relay::{FromRelay, Handle};

/// What a frame takes beside its bytes, roughly: its place in memory and in an outbox.
const OVERHEAD: usize = 128;

/// How many bytes wait in all outboxes together. A frame that waits in several counts once: that is what it takes.
#[derive(Debug, Default)]
pub(crate) struct Waiting(AtomicUsize);

impl Waiting {
    /// The number now.
    pub(crate) fn bytes(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// An encoded FRAME in its WebSocket frame, ready to be written as it is.
#[derive(Debug)]
pub(crate) struct Frame {
    bytes: Vec<u8>,
    /// Of those the payload's.
    pub(crate) payload: usize,
    waiting: Arc<Waiting>,
}

impl Frame {
    /// One allocation for all receivers. A copy, because the payload is a slice of a read buffer and would pin it.
    pub(crate) fn new(from: Handle, payload: &[u8], waiting: &Arc<Waiting>) -> Arc<Self> {
        let envelope = FromRelay::Frame { from, payload }.encode();
        let frame = Self {
            bytes: websocket_frame(&envelope),
            payload: payload.len(),
            waiting: Arc::clone(waiting),
        };
        waiting.0.fetch_add(frame.cost(), Ordering::Relaxed);
        Arc::new(frame)
    }

    /// What is written.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What it counts for, in bytes.
    pub(crate) fn cost(&self) -> usize {
        self.bytes.len() + OVERHEAD
    }
}

impl Drop for Frame {
    fn drop(&mut self) {
        self.waiting.0.fetch_sub(self.cost(), Ordering::Relaxed);
    }
}

/// A binary message in one WebSocket frame without a mask, as servers send it (RFC 6455, section 5.2).
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
        drop(held);
        assert_eq!(waiting.bytes(), 0);
    }

    #[test]
    fn lengths_are_as_short_as_they_can_be() {
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
