//! What a session costs.

use super::*;

/// The sizes that docs and README name. Everything here is a function of the ops, so the figures are exact.
#[test]
fn few_differences_among_many_ballots_cost_few_bytes_and_trips() {
    const ALL: u32 = 100_000;
    let poll = Poll::new();
    let ops: Vec<_> = (0..ALL + 1_000)
        .map(|voter| poll.ballot(voter, 0, 1))
        .collect();
    let (common, extra) = ops.split_at(ALL as usize);
    let base = poll.canvass_of(common);
    let measure = |mine: &[VerifiedOp], theirs: &[VerifiedOp]| {
        let with = |ops: &[VerifiedOp]| {
            let mut canvass = base.clone();
            for op in ops {
                canvass.insert(op.clone());
            }
            Side::new(Some(canvass))
        };
        let (mut a, mut b) = (with(mine), with(theirs));
        let first = a.open(0x5eed, &b);
        let cost = converse(&mut a, &mut b, first);
        assert_in_sync(&mut a, &mut b);
        (cost.bytes, cost.trips)
    };
    // Each side has half of them, only the opener has them, only the other has them.
    let expected = [
        (1, [(1_492, 4), (1_528, 5), (1_492, 4)]),
        (10, [(4_826, 5), (4_865, 5), (4_731, 4)]),
        (100, [(19_643, 7), (20_134, 7), (19_068, 6)]),
        (1_000, [(165_500, 7), (170_216, 9), (160_749, 8)]),
    ];
    for (n, costs) in expected {
        let (half, whole) = (&extra[..n / 2], &extra[..n]);
        let measured = [
            measure(half, &whole[n / 2..]),
            measure(whole, &[]),
            measure(&[], whole),
        ];
        assert_eq!(measured, costs, "{n} differing");
        // The goal: 100 ballots that differ take at most 25 kB and four round trips.
        assert!(
            n != 100
                || measured
                    .iter()
                    .all(|(bytes, trips)| *bytes <= 25_000 && *trips <= 8)
        );
    }
}
