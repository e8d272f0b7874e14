//! What a session costs.

use super::*;

const ALL: usize = 100_000;

pub(super) static BALLOTS: LazyLock<(Poll, Vec<VerifiedOp>)> = LazyLock::new(|| {
    let poll = Poll::new();
    let ops = (0..ALL as u32 + 1_000).map(|voter| poll.ballot(voter, 0, 1));
    let ops = ops.collect();
    (poll, ops)
});

/// The sizes that docs and README name. Everything here is a function of the ops, so the figures
/// are exact.
#[test]
fn few_differences_among_many_ballots_cost_few_bytes_and_trips() {
    let (poll, ops) = &*BALLOTS;
    let (common, extra) = ops.split_at(ALL);
    let base = poll.store_of(common);
    let measure = |mine: &[VerifiedOp], theirs: &[VerifiedOp]| {
        let with = |ops: &[VerifiedOp]| {
            let mut store = base.clone();
            for op in ops {
                store.insert(op.clone());
            }
            Side::new(Some(store))
        };
        let (mut a, mut b) = (with(mine), with(theirs));
        let first = a.open(0x5eed, &b);
        let cost = converse(&mut a, &mut b, first);
        assert_in_sync(&mut a, &mut b);
        (cost.bytes, cost.trips)
    };
    // Each side has half of them, only the opener has them, only the other has them.
    let expected = [
        (1, [(1_480, 4), (1_516, 5), (1_480, 4)]),
        (10, [(4_786, 5), (4_826, 5), (4_694, 4)]),
        (100, [(19_361, 7), (19_872, 7), (18_847, 6)]),
        (1_000, [(165_370, 9), (170_314, 11), (160_411, 10)]),
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

#[test]
fn what_does_not_fit_in_one_turn_is_asked_in_the_next() {
    let (poll, ops) = &*BALLOTS;
    let (mut a, mut b) = (
        Side::new(Some(poll.store_of(&ops[..40_000]))),
        Side::new(Some(poll.store_of(&ops[20_000..60_000]))),
    );
    let first = a.open(0x5eed, &b);
    let cost = converse(&mut a, &mut b, first);
    assert_in_sync(&mut a, &mut b);
    assert_eq!(a.store.as_ref().map(BallotStore::len), Some(60_000));
    assert!(cost.deferring > 0, "{cost:?}");
    // The 40,000 ballots themselves take 4,120,000.
    assert!(cost.bytes < 4_500_000, "{cost:?}");
}

/// Ten ids are listed, and the other holds too many ops to compare a list with.
#[test]
fn a_short_list_is_answered_with_a_closer_look() {
    let (poll, ops) = &*BALLOTS;
    let (mut a, mut b) = (
        Side::new(Some(poll.store_of(&ops[..10]))),
        Side::new(Some(poll.store_of(&ops[5..20_000]))),
    );
    let first = a.open(0x5eed, &b);
    let cost = converse(&mut a, &mut b, first);
    assert_in_sync(&mut a, &mut b);
    // The 19,995 ballots themselves take 2,059,485.
    assert!(cost.bytes < 2_075_000, "{cost:?}");
}
