use super::*;

fn outcome(set: &SetFull) -> Outcome {
    set.outcomes()
        .next()
        .map_or(Outcome::NeverRead, |(_, outcome)| outcome)
}

/// An element 1 that was added at 100, acknowledged at 200, and is in those of the reads, given by
/// when they began and were answered, in that order, for which that is said.
fn set(reads: &[(u64, u64, bool)]) -> SetFull {
    let mut set = SetFull::default();
    let mut events = vec![(100, 0, None), (200, 1, None)];
    for (read, (began, answered, _)) in reads.iter().enumerate() {
        events.push((*began, 2, Some(read)));
        events.push((*answered, 3, Some(read)));
    }
    events.sort_unstable();
    let mut open = BTreeMap::new();
    for (at, what, read) in events {
        let now = Millis(at);
        match (what, read) {
            (0, _) => set.add(1, now),
            (1, _) => set.added(1, now),
            (2, Some(read)) => {
                open.insert(read, set.read(now));
            }
            (_, Some(read)) => {
                let values = reads[read].2.then_some(1);
                set.answered(open[&read], values, now);
            }
            _ => {}
        }
    }
    set
}

const fn stable(latency: u64) -> Outcome {
    Outcome::Stable {
        latency: Millis(latency),
    }
}

const fn lost(latency: u64) -> Outcome {
    Outcome::Lost {
        latency: Millis(latency),
    }
}

#[test]
fn what_is_read_at_once_is_stable_at_once() {
    assert_eq!(outcome(&set(&[(300, 301, true)])), stable(0));
    // A read that began before the add was acknowledged need not have it.
    assert_eq!(
        outcome(&set(&[(150, 301, false), (302, 303, true)])),
        stable(0)
    );
}

#[test]
fn what_some_reads_lack_is_stable_after_the_last_of_them_began() {
    let reads = [(300, 301, true), (450, 900, false), (500, 501, true)];
    assert_eq!(outcome(&set(&reads)), stable(250));
    // Answered last does not mean last: what counts is which began last.
    let reads = [(450, 900, true), (300, 990, false)];
    assert_eq!(outcome(&set(&reads)), stable(100));
}

#[test]
fn an_early_read_makes_it_known_before_it_is_acknowledged() {
    // Answered at 120: known from then on, so that the read at 180 comes 60 ms too early.
    let reads = [(110, 120, true), (180, 190, false), (300, 301, true)];
    assert_eq!(outcome(&set(&reads)), stable(60));
}

#[test]
fn what_the_last_read_lacks_is_lost() {
    assert_eq!(outcome(&set(&[(300, 301, false)])), lost(0));
    let reads = [(350, 360, true), (400, 410, false)];
    assert_eq!(outcome(&set(&reads)), lost(150));
    let summary = set(&reads).summary();
    assert_eq!((summary.stable, &summary.lost[..]), (0, &[1][..]));
    assert_eq!(summary.stable_latency, None);
    let violation = Violation::ElementLost {
        element: 1,
        lost: 1,
    };
    assert_eq!(summary.violation(), Some(violation));
}

#[test]
fn what_no_read_tells_of_is_neither() {
    assert_eq!(outcome(&set(&[])), Outcome::NeverRead);
    // The only read without it began before it was known.
    assert_eq!(outcome(&set(&[(150, 300, false)])), Outcome::NeverRead);
    // Answered before the add began: not about this element.
    assert_eq!(outcome(&set(&[(10, 20, false)])), Outcome::NeverRead);
    // Never acknowledged and never seen: it need not exist.
    let mut set = SetFull::default();
    set.add(7, Millis(0));
    let read = set.read(Millis(10));
    set.answered(read, [], Millis(11));
    set.added(8, Millis(12));
    let summary = set.summary();
    assert_eq!((summary.attempts, &summary.never_read[..]), (1, &[7][..]));
    assert_eq!(summary.violation(), None);
}

#[test]
fn within_a_millisecond_the_order_of_the_calls_counts() {
    let mut set = SetFull::default();
    let now = Millis(5);
    set.add(1, now);
    let early = set.read(now);
    set.added(1, now);
    set.answered(early, [], now);
    assert_eq!(outcome(&set), Outcome::NeverRead);
    let late = set.read(now);
    set.answered(late, [], now);
    assert_eq!(outcome(&set), lost(0));
}

#[test]
fn an_element_is_in_a_read_once() {
    let mut set = SetFull::default();
    set.add(4, Millis(0));
    for values in [vec![4, 4, 4], vec![4, 4], vec![4]] {
        let read = set.read(Millis(1));
        set.answered(read, values, Millis(2));
    }
    let summary = set.summary();
    assert_eq!(summary.duplicates, [(4, 3)].into());
    let violation = Violation::ElementTwice {
        element: 4,
        times: 3,
    };
    assert_eq!(summary.violation(), Some(violation));
}

#[test]
fn quantiles_are_jepsens() {
    assert_eq!(Quantiles::of(Vec::new()), None);
    let of = |count: u64| Quantiles::of((0..count).rev().map(Millis).collect());
    let quantiles = |values: [u64; 5]| {
        let [min, p50, p95, p99, max] = values.map(Millis);
        Some(Quantiles {
            min,
            p50,
            p95,
            p99,
            max,
        })
    };
    assert_eq!(of(1), quantiles([0, 0, 0, 0, 0]));
    assert_eq!(of(2), quantiles([0, 1, 1, 1, 1]));
    assert_eq!(of(5), quantiles([0, 2, 4, 4, 4]));
    assert_eq!(of(1_000), quantiles([0, 500, 950, 990, 999]));
}

#[test]
fn a_summary_counts_all_kinds() {
    // Elements 0 to 9 are added at 0; the read that begins at 100 * n has all below n.
    let mut set = SetFull::default();
    for element in 0..10 {
        set.add(element, Millis(0));
        set.added(element, Millis(0));
    }
    for at in 0..10 {
        let read = set.read(Millis(100 * at));
        set.answered(read, 0..at, Millis(100 * at + 1));
    }
    let summary = set.summary();
    assert_eq!((summary.attempts, summary.stable), (10, 9));
    assert_eq!(summary.lost, [9]);
    // The one of 0 is in all reads but the first, which began at once.
    assert_eq!(summary.stale, (1..9).collect::<Vec<_>>());
    let latency = summary.stable_latency;
    let latency = latency.map(|q| [q.min, q.p50, q.p95, q.p99, q.max].map(|q| q.0));
    assert_eq!(latency, Some([0, 400, 800, 800, 800]));
}
