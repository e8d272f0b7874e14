//! Maelstrom's partition nemesis: `partition-package` of Jepsen's `nemesis/combined.clj`.
//!
//! It cuts the network, heals it, cuts it again in another way, and so on. The span between two of
//! these is drawn evenly from 0 to twice the interval of 10 s; the first cut comes at once.

use election_core::time::Millis;

use crate::network::partition::{Cuts, Partition, Partitions};
use crate::random::Random;

/// The mean span between cutting and healing, and between healing and cutting.
const INTERVAL: Millis = Millis(10_000);

/// What becomes of the network at what time, from 0 until it is healed for good at `end`; in the
/// order of time. For 4 to 32 nodes.
pub(super) fn cuts(nodes: usize, end: Millis, random: &mut Random) -> Vec<(Millis, Cuts)> {
    let mut changes = Vec::new();
    let mut at = Millis(0);
    let mut is_cut = false;
    while at < end {
        is_cut = !is_cut;
        let kind = is_cut.then(|| Kind::draw(random));
        let cuts = kind.map(|kind| kind.cut(&shuffled(nodes, random)));
        changes.push((at, cuts.unwrap_or_default()));
        at = at.after(Millis(random.below(2 * INTERVAL.0)));
    }
    changes.push((end, Cuts::default()));
    changes
}

/// A way to cut the network. Which node is where is drawn each time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// One node alone.
    One,
    /// Less than a third of the nodes, and the others.
    MinorityThird,
    /// Two halves.
    Halves,
    /// The nodes stand in a ring, and each hears the half of it that is nearest: all hear a
    /// majority, and no two the same. This is Jepsen's form for few nodes; for more it draws a
    /// graph with as many links, which news crosses faster.
    MajoritiesRing,
}

impl Kind {
    fn draw(random: &mut Random) -> Self {
        match random.below(4) {
            0 => Self::One,
            1 => Self::MinorityThird,
            2 => Self::Halves,
            _ => Self::MajoritiesRing,
        }
    }

    /// The network, cut that way, of nodes that stand in that order.
    fn cut(self, nodes: &[usize]) -> Cuts {
        let split = |at| {
            let (some, others) = nodes.split_at(at);
            vec![partition(some, others, false)]
        };
        let partitions = match self {
            Self::One => split(1),
            Self::MinorityThird => split((nodes.len() - 1) / 3),
            Self::Halves => split(nodes.len() / 2),
            Self::MajoritiesRing => {
                let reach = nodes.len() / 4; // to each side: with oneself, a majority of 25 is 13
                let deaf = |place: usize| {
                    let mut ring = nodes.to_vec();
                    ring.rotate_left(place);
                    let far = &ring[reach + 1..nodes.len() - reach];
                    partition(far, &ring[..1], true)
                };
                (0..nodes.len()).map(deaf).collect()
            }
        };
        // Every group has a member from 4 nodes on, each node is in one group of a partition, and
        // there are no more partitions than nodes.
        let cuts = Partitions(partitions).prepare(nodes.len());
        cuts.expect("4 to 32 nodes can be cut in each of these ways")
    }
}

/// What is in force for as long as nothing else is.
fn partition(some: &[usize], others: &[usize], one_way: bool) -> Partition {
    let group = |nodes: &[usize]| nodes.iter().map(|&node| node..=node).collect();
    Partition {
        from: Millis(0),
        until: Millis(u64::MAX),
        groups: vec![group(some), group(others)],
        one_way,
    }
}

/// R. A. Fisher, F. Yates, in D. Knuth's form: "The Art of Computer Programming", volume 2,
/// algorithm 3.4.2P.
fn shuffled(nodes: usize, random: &mut Random) -> Vec<usize> {
    let mut nodes: Vec<usize> = (0..nodes).collect();
    for place in (1..nodes.len()).rev() {
        nodes.swap(place, random.between(0, place as u64) as usize);
    }
    nodes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From how many others each of 25 nodes receives.
    fn senders(kind: Kind) -> Vec<usize> {
        let cuts = kind.cut(&shuffled(25, &mut Random::new(3)));
        let receives = |to: usize, from: usize| from != to && !cuts.blocks(from, to, Millis(7));
        let mut senders: Vec<usize> = (0..25)
            .map(|to| (0..25).filter(|from| receives(to, *from)).count())
            .collect();
        senders.sort_unstable();
        senders
    }

    #[test]
    fn each_way_cuts_as_many_off_as_jepsens() {
        assert_eq!(senders(Kind::One), [vec![0], vec![23; 24]].concat());
        assert_eq!(
            senders(Kind::MinorityThird),
            [vec![7; 8], vec![16; 17]].concat()
        );
        assert_eq!(senders(Kind::Halves), [vec![11; 12], vec![12; 13]].concat());
        assert_eq!(senders(Kind::MajoritiesRing), [12; 25]);
    }

    #[test]
    fn no_two_hear_the_same_majority_and_links_go_both_ways() {
        let cuts = Kind::MajoritiesRing.cut(&shuffled(25, &mut Random::new(3)));
        let blocks = |from, to| cuts.blocks(from, to, Millis(7));
        let majority = |to| {
            (0..25)
                .filter(|&from| !blocks(from, to))
                .collect::<Vec<_>>()
        };
        for (one, other) in (0..25).flat_map(|one| (0..one).map(move |other| (one, other))) {
            assert_ne!(majority(one), majority(other));
            assert_eq!(blocks(one, other), blocks(other, one));
        }
    }

    #[test]
    fn it_is_cut_at_once_whole_and_cut_in_turn_and_whole_in_the_end() {
        let (mut times, mut spans, mut whole_at_once) = (0, 0, 0);
        for seed in 0..200 {
            let changes = cuts(25, Millis(20_000), &mut Random::new(seed));
            assert_eq!(changes.first().map(|(at, _)| *at), Some(Millis(0)));
            assert_eq!(changes.last(), Some(&(Millis(20_000), Cuts::default())));
            let before_the_end = &changes[..changes.len() - 1];
            for (place, (_, cuts)) in before_the_end.iter().enumerate() {
                assert_eq!(*cuts == Cuts::default(), place % 2 == 1);
            }
            for pair in before_the_end.windows(2) {
                times += 1;
                spans += (pair[1].0 - pair[0].0).0;
            }
            whole_at_once += u32::from(changes[0].1 == Cuts::default());
        }
        assert_eq!(whole_at_once, 0);
        // Spans that end after the limit are not seen, so that the mean is somewhat below 10 s.
        assert!(
            (7_000..10_000).contains(&(spans / times)),
            "{spans} / {times}"
        );
    }
}
