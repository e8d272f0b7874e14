//! The relay as the real one is: it sends a SPREAD to that many distinct random others of the room, a REPLY to one
//! connection, and keeps for a slow reader two bounded lanes that drop their oldest. It stores nothing else.

use std::collections::VecDeque;

use crate::random::Random;

/// How much waits for one reader, and how fast it reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The most frames in each lane.
    pub frames: usize,
    /// The most bytes in each lane. A single frame is taken even if it is longer.
    pub bytes: usize,
    /// How many bytes a reader takes in a millisecond, at least 1.
    pub bytes_per_milli: u64,
}

impl Default for Limits {
    /// The real relay's lanes, and a reader with 10 Mbit/s.
    fn default() -> Self {
        Self {
            frames: 256,
            bytes: 1024 * 1024,
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
    lanes: [(VecDeque<(usize, F)>, usize); 2],
    /// Whether a frame is being written.
    pub writing: bool,
}

impl<F> Default for Outbox<F> {
    fn default() -> Self {
        Self {
            lanes: [(VecDeque::new(), 0), (VecDeque::new(), 0)],
            writing: false,
        }
    }
}

impl<F> Outbox<F> {
    /// Puts a frame of that size in; gives how many had to go for it.
    pub fn push(&mut self, limits: &Limits, lane: Lane, size: usize, frame: F) -> u64 {
        let (frames, bytes) = &mut self.lanes[lane as usize];
        let mut dropped = 0;
        while frames.len() >= limits.frames || *bytes + size > limits.bytes {
            let Some((size, _)) = frames.pop_front() else {
                break;
            };
            *bytes -= size;
            dropped += 1;
        }
        *bytes += size;
        frames.push_back((size, frame));
        dropped
    }

    /// The frame that is written next, with its size.
    pub fn pop(&mut self) -> Option<(usize, F)> {
        for (frames, bytes) in &mut self.lanes {
            if let Some((size, frame)) = frames.pop_front() {
                *bytes -= size;
                return Some((size, frame));
            }
        }
        None
    }
}

/// Fills `chosen` with up to `count` distinct members, never the one at place `sender`; all others if that is no more.
pub fn sample(
    members: &[u32],
    sender: usize,
    count: usize,
    random: &mut Random,
    chosen: &mut Vec<u32>,
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
    fn a_full_lane_drops_its_oldest_and_replies_go_first() {
        let limits = Limits {
            frames: 2,
            bytes: 10,
            bytes_per_milli: 1,
        };
        let mut outbox = Outbox::default();
        assert_eq!(outbox.push(&limits, Lane::Spread, 1, "s1"), 0);
        assert_eq!(outbox.push(&limits, Lane::Spread, 1, "s2"), 0);
        assert_eq!(outbox.push(&limits, Lane::Spread, 1, "s3"), 1);
        assert_eq!(outbox.push(&limits, Lane::Reply, 6, "r1"), 0);
        assert_eq!(outbox.push(&limits, Lane::Reply, 6, "r2"), 1);
        assert_eq!(outbox.push(&limits, Lane::Reply, 99, "r3"), 1);
        let out: Vec<_> = std::iter::from_fn(|| outbox.pop()).collect();
        assert_eq!(out, [(99, "r3"), (1, "s2"), (1, "s3")]);
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
