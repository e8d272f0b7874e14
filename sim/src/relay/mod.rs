//! The relay as the real one is: it sends a SPREAD to that many distinct random others of the room,
//! a REPLY to one connection, and keeps for a slow reader two lanes with one bound, of which the
//! spread one gives way first, its oldest first. It stores nothing else.
//!
//! The real one's budget for all outboxes together is left out: no room that is simulated comes
//! near it. In [`dishonest`], what a relay can do that the real one does not.

pub mod dishonest;

use std::collections::VecDeque;

use crate::random::Random;

/// How much waits for one reader, and how fast it reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The most frames in each lane.
    pub frames: usize,
    /// The most bytes in both lanes together. A single frame is taken even if it is longer.
    pub bytes: usize,
    /// How many bytes a reader takes in a millisecond, at least 1.
    pub bytes_per_milli: u64,
}

impl Default for Limits {
    /// The real relay's outbox, and a reader with 10 Mbit/s.
    fn default() -> Self {
        Self {
            frames: 256,
            bytes: 190 * 1024,
            bytes_per_milli: 1_250,
        }
    }
}

/// Which lane a frame takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// To this connection alone. Goes first.
    Reply,
    /// To some of the room.
    Spread,
}

/// What waits for one reader.
#[derive(Debug)]
pub struct Outbox<F> {
    /// By lane: the frames with their sizes.
    lanes: [VecDeque<(usize, F)>; 2],
    bytes: usize,
    /// The size of the frame that is being written: it takes memory until then.
    writing: Option<usize>,
}

impl<F> Default for Outbox<F> {
    fn default() -> Self {
        Self {
            lanes: [VecDeque::new(), VecDeque::new()],
            bytes: 0,
            writing: None,
        }
    }
}

impl<F> Outbox<F> {
    /// Puts a frame of that size in; gives how many had to go for it. It may be among them itself:
    /// what is spread does not push out what somebody waits for.
    pub fn push(&mut self, limits: &Limits, lane: Lane, size: usize, frame: F) -> u64 {
        let mut dropped = 0;
        let writing = self.writing.unwrap_or(0);
        while !self.is_empty() && self.bytes + writing + size > limits.bytes {
            let gave_way = self.drop_oldest(Lane::Spread)
                || lane == Lane::Reply && self.drop_oldest(Lane::Reply);
            dropped += 1;
            if !gave_way {
                return dropped;
            }
        }
        while self.lanes[lane as usize].len() >= limits.frames && self.drop_oldest(lane) {
            dropped += 1;
        }
        self.bytes += size;
        self.lanes[lane as usize].push_back((size, frame));
        dropped
    }

    fn drop_oldest(&mut self, lane: Lane) -> bool {
        let oldest = self.lanes[lane as usize].pop_front();
        self.bytes -= oldest.as_ref().map_or(0, |(size, _)| *size);
        oldest.is_some()
    }

    fn is_empty(&self) -> bool {
        self.lanes.iter().all(VecDeque::is_empty)
    }

    /// The frame that is written next, with its size, which counts until it is
    /// [written](Self::written).
    pub fn pop(&mut self) -> Option<(usize, F)> {
        let (size, frame) = self.lanes.iter_mut().find_map(VecDeque::pop_front)?;
        self.bytes -= size;
        self.writing = Some(size);
        Some((size, frame))
    }

    /// The reader takes nothing, as if an empty frame were being written.
    pub fn stop(&mut self) {
        self.writing = Some(0);
    }

    /// Whether a frame is being written.
    pub fn is_writing(&self) -> bool {
        self.writing.is_some()
    }

    /// The frame that was taken out is written.
    pub fn written(&mut self) {
        self.writing = None;
    }
}

/// Fills `chosen` with up to `count` distinct members, never the one at place `sender`; all others
/// if that is no more.
pub fn sample<M: Copy + PartialEq>(
    members: &[M],
    sender: usize,
    count: usize,
    random: &mut Random,
    chosen: &mut Vec<M>,
) {
    chosen.clear();
    let others = members.len().saturating_sub(1);
    let other = |place: usize| members[place + usize::from(place >= sender)];
    if count >= others {
        chosen.extend((0..others).map(other));
    } else if count * 2 > others {
        // Most of them: leave some out.
        chosen.extend((0..others).map(other));
        while chosen.len() > count {
            let out = random.below(chosen.len() as u64) as usize;
            chosen.swap_remove(out);
        }
    } else {
        while chosen.len() < count {
            let member = other(random.below(others as u64) as usize);
            if !chosen.contains(&member) {
                chosen.push(member);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_outbox_drops_its_oldest_of_what_was_spread_first_and_replies_go_first() {
        let limits = Limits {
            frames: 2,
            bytes: 10,
            bytes_per_milli: 1,
        };
        let mut outbox = Outbox::default();
        assert_eq!(outbox.push(&limits, Lane::Spread, 1, "s1"), 0);
        assert_eq!(outbox.push(&limits, Lane::Spread, 1, "s2"), 0);
        assert_eq!(outbox.push(&limits, Lane::Spread, 1, "s3"), 1, "frames");
        assert_eq!(outbox.push(&limits, Lane::Reply, 8, "r1"), 0);
        assert_eq!(outbox.push(&limits, Lane::Reply, 1, "r2"), 1, "s2");
        assert_eq!(outbox.push(&limits, Lane::Spread, 2, "s4"), 2, "s3 and s4");
        assert_eq!(outbox.push(&limits, Lane::Reply, 99, "r3"), 2, "r1 and r2");
        assert_eq!(outbox.push(&limits, Lane::Spread, 1, "s5"), 1);
        assert_eq!((outbox.pop(), outbox.pop()), (Some((99, "r3")), None));
        assert_eq!(
            outbox.push(&limits, Lane::Reply, 1, "r3'"),
            0,
            "one is taken"
        );
        assert_eq!(
            outbox.push(&limits, Lane::Spread, 1, "s5'"),
            1,
            "r3 takes all"
        );
        outbox.written();
        assert_eq!(outbox.pop(), Some((1, "r3'")));
        assert_eq!(outbox.push(&limits, Lane::Spread, 1, "s6"), 0);
        assert_eq!(outbox.push(&limits, Lane::Reply, 1, "r4"), 0);
        let out: Vec<_> = std::iter::from_fn(|| outbox.pop()).collect();
        assert_eq!(out, [(1, "r4"), (1, "s6")]);
    }

    #[test]
    fn everybody_else_is_chosen_as_often_and_nobody_twice() {
        let members: Vec<u32> = (100..110).collect();
        for count in [1, 3, 4, 6, 8] {
            let (mut random, mut chosen) = (Random::new(1), Vec::new());
            let mut times = [0_u32; 10];
            for _ in 0..9_000 {
                sample(&members, 7, count, &mut random, &mut chosen);
                let mut distinct = chosen.clone();
                distinct.sort_unstable();
                distinct.dedup();
                assert_eq!(distinct.len(), count);
                for member in &chosen {
                    times[*member as usize - 100] += 1;
                }
            }
            assert_eq!(times[7], 0, "the sender");
            let expected = 1_000.0 * count as f64;
            let others = times.iter().enumerate().filter(|(place, _)| *place != 7);
            let square: f64 = others
                .map(|(_, times)| (f64::from(*times) - expected).powi(2) / expected)
                .sum();
            assert!(square < 26.1, "{count}: chi-square {square}"); // 8 degrees of freedom, 0.1 %
        }
    }

    #[test]
    fn a_small_room_is_sent_everything() {
        let (mut random, mut chosen) = (Random::new(1), Vec::new());
        sample(&[5, 6, 7], 1, 255, &mut random, &mut chosen);
        assert_eq!(chosen, [5, 7]);
        sample(&[5], 0, 4, &mut random, &mut chosen);
        assert!(chosen.is_empty());
    }
}
