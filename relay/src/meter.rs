//! What a connection is read, metered by bytes and by frames, whatever they complete.
//!
//! `rate_limit` judges messages, and a message may never be complete: a client can send fragments of no
//! length for ever, and each costs the relay work. So frames are counted below the WebSocket
//! library, which tells of whole messages only. Whoever is above the limit is read later, and loses
//! nothing.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

use crate::bucket::Bucket;
use crate::config::{Config, RateLimit};

/// Frames may be read at this many times the rate of messages. Twice what counts as a flood, so
/// that a flood of whole messages is still seen as one.
const FRAMES_PER_MESSAGE: u64 = 20;
/// However low the rate of messages. One read may bring 700 frames: at fewer a second the pause
/// after it would be so long that `rate_limit` took it for the end of a flood.
const LEAST_FRAMES_PER_SECOND: u64 = 4_000;

/// A stream that is read at a limited speed. Writing is not limited.
pub(crate) struct Metered<S> {
    stream: S,
    bytes: Bucket,
    frames: Bucket,
    scanner: FrameScanner,
    /// Nothing is read before. In a box: most connections never wait, and then it takes no memory.
    pause: Option<Pin<Box<Sleep>>>,
}

impl<S> Metered<S> {
    /// A stream of which nothing was read yet; its next byte begins a frame.
    pub(crate) fn new(stream: S, config: &Config, now: Instant) -> Self {
        let frames_per_second =
            LEAST_FRAMES_PER_SECOND.max(FRAMES_PER_MESSAGE * u64::from(config.messages.per_second));
        let frames = RateLimit {
            per_second: frames_per_second,
            burst: frames_per_second.max(u64::from(config.messages.burst)),
        };
        Self {
            stream,
            bytes: Bucket::new(config.read, now.into_std()),
            frames: Bucket::new(frames, now.into_std()),
            scanner: FrameScanner::default(),
            pause: None,
        }
    }

    fn pay(&mut self, read: &[u8]) {
        let now = Instant::now();
        let for_bytes = self.bytes.pay(read.len() as u64, now.into_std());
        let for_frames = self.frames.pay(self.scanner.count(read), now.into_std());
        let pause = for_bytes.max(for_frames);
        if !pause.is_zero() {
            self.pause = Some(Box::pin(sleep_until(now + pause)));
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Metered<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Some(pause) = &mut self.pause {
            ready!(pause.as_mut().poll(context));
            self.pause = None;
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        if let Some(read) = buffer
            .filled()
            .get(before..)
            .filter(|read| !read.is_empty())
        {
            self.pay(read);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Metered<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// Counts the frames of a WebSocket stream (RFC 6455, section 5.2) as their headers pass by. What
/// is no WebSocket is counted somehow: the library ends the connection.
#[derive(Default)]
struct FrameScanner {
    /// Bytes of the current header that have passed.
    passed: u8,
    /// Whether the current frame is masked, once its second byte has passed.
    masked: bool,
    /// Bytes that the header has in all, without its mask; known after the second.
    header: u8,
    /// The length that the header has named so far.
    length: u64,
    /// Bytes of mask and payload that are still to pass.
    skip: u64,
}

impl FrameScanner {
    /// How many headers end within these bytes.
    fn count(&mut self, mut bytes: &[u8]) -> u64 {
        let mut frames = 0;
        while let Some((&byte, rest)) = bytes.split_first() {
            if self.skip > 0 {
                let skipped = usize::try_from(self.skip)
                    .unwrap_or(usize::MAX)
                    .min(bytes.len());
                self.skip -= skipped as u64;
                bytes = bytes.get(skipped..).unwrap_or_default();
                continue;
            }
            bytes = rest;
            frames += u64::from(self.header_ends_with(byte));
        }
        frames
    }

    fn header_ends_with(&mut self, byte: u8) -> bool {
        self.passed += 1;
        match self.passed {
            1 => return false,
            2 => {
                self.masked = byte & 0x80 != 0;
                (self.header, self.length) = match byte & 0x7f {
                    126 => (4, 0),
                    127 => (10, 0),
                    length => (2, u64::from(length)),
                };
            }
            _ => self.length = (self.length << 8) | u64::from(byte),
        }
        if self.passed < self.header {
            return false;
        }
        let mask = if self.masked { 4 } else { 0 };
        self.skip = self.length.saturating_add(mask);
        self.passed = 0;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Masked frames of these lengths, one after the other.
    fn frames(lengths: &[usize]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for &length in lengths {
            bytes.push(0x02);
            match length {
                0..=125 => bytes.push(0x80 | length as u8),
                126..=0xffff => {
                    bytes.push(0x80 | 126);
                    bytes.extend_from_slice(&(length as u16).to_be_bytes());
                }
                _ => {
                    bytes.push(0x80 | 127);
                    bytes.extend_from_slice(&(length as u64).to_be_bytes());
                }
            }
            bytes.resize(bytes.len() + 4 + length, 0xff);
        }
        bytes
    }

    #[test]
    fn each_frame_is_counted_once_however_it_is_cut() {
        let bytes = frames(&[0, 0, 1, 125, 126, 65_535, 65_536, 0, 5, 0]);
        for piece in [1, 2, 3, 7, 4096, bytes.len()] {
            let mut scanner = FrameScanner::default();
            let counted: u64 = bytes.chunks(piece).map(|piece| scanner.count(piece)).sum();
            assert_eq!(counted, 10, "in pieces of {piece}");
        }
    }

    #[test]
    fn a_frame_without_a_mask_and_one_of_impossible_length_are_counted_too() {
        let mut scanner = FrameScanner::default();
        assert_eq!(scanner.count(&[0x89, 0, 0x89, 0]), 2);
        assert_eq!(scanner.count(&[0x82, 0xff]), 0);
        assert_eq!(scanner.count(&[0xff; 100]), 1);
        assert_eq!(scanner.count(&[0; 100]), 0);
    }
}
