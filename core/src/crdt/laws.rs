//! The laws of [`Join`](super::Join), for property tests: one line for each member of the shelf.

use core::fmt::Debug;

use super::Join;

/// Adds the tests that any [`Join`] must pass, given a strategy for its states.
///
/// The states are drawn freely, and need not come from one history: a lattice has a least upper
/// bound for any two.
macro_rules! laws_of {
    ($states:expr) => {
        proptest::proptest! {
            #[test]
            fn the_laws_hold(a in $states, b in $states, c in $states) {
                $crate::crdt::laws::hold(&a, &b, &c);
            }

            #[test]
            fn replicas_converge(
                replicas in proptest::collection::vec($states, 1..5),
                meetings in $crate::crdt::laws::meetings(),
            ) {
                $crate::crdt::laws::converge(&replicas, &meetings);
            }
        }
    };
}
pub(crate) use laws_of;

fn joined<T: Join + Clone + PartialEq + Debug>(left: &T, right: &T) -> T {
    let mut out = left.clone();
    let changed = out.join(right);
    assert_eq!(
        changed,
        out != *left,
        "join says whether it changed the state"
    );
    out
}

/// Panics with the law's name where one does not hold for these three states.
pub fn hold<T: Join + Clone + PartialEq + Debug>(a: &T, b: &T, c: &T) {
    let both = joined(a, b);
    assert_eq!(both, joined(b, a), "join is commutative");
    assert_eq!(
        joined(&both, c),
        joined(a, &joined(b, c)),
        "join is associative"
    );
    assert_eq!(joined(a, a), *a, "join is idempotent");
    assert_eq!(joined(&both, b), both, "join reaches an upper bound");

    let delta = b.delta_since(a);
    assert_eq!(joined(a, &delta), both, "a delta is as good as the whole");
    let more = joined(a, c);
    assert_eq!(
        joined(&more, &delta),
        joined(&more, b),
        "a delta is as good as the whole to whoever knows more"
    );
    assert_eq!(joined(b, &delta), *b, "a delta says nothing new");
    assert_eq!(
        delta.delta_since(a),
        delta,
        "a delta has nothing that is known"
    );
    assert_eq!(
        b.delta_since(&both),
        a.delta_since(a),
        "of what is wholly known, the delta is nothing"
    );
}

/// A meeting of two replicas: who tells whom, and whether only what the other lacks.
pub type Meeting = (usize, usize, bool);

/// Any meetings, repeated ones too.
pub fn meetings() -> impl proptest::strategy::Strategy<Value = Vec<Meeting>> {
    use proptest::prelude::any;
    proptest::collection::vec((0..4_usize, 0..4_usize, any::<bool>()), 0..12)
}

/// Panics unless replicas that met in any order, and then were each told by everyone, are equal.
pub fn converge<T: Join + Clone + PartialEq + Debug>(start: &[T], meetings: &[Meeting]) {
    let count = start.len();
    let mut replicas = start.to_vec();
    let everyone_in_turn =
        (0..count).flat_map(|from| (0..count).map(move |to| (from, to, from % 2 == 0)));
    for (from, to, delta) in meetings.iter().copied().chain(everyone_in_turn) {
        let (from, to) = (replicas[from % count].clone(), &mut replicas[to % count]);
        if delta {
            to.join(&from.delta_since(&to.clone()));
        } else {
            to.join(&from);
        }
    }
    let everything = start[1..]
        .iter()
        .fold(start[0].clone(), |all, one| joined(&all, one));
    for replica in &replicas {
        assert_eq!(
            *replica, everything,
            "replicas that were told everything are equal"
        );
    }
}
