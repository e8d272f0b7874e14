//! The shelf: replicated data types whose states only grow in their order, so that merging them in any order,
//! any number of times, gives the same. One small type a file.
//!
//! Read [`Join`] first, then [`two_phase_set`] (what may be removed, and never again added: the chair's
//! revocations) and [`register`] (one voter's ballots: the lattice that the product counts with).
//!
//! Source: M. Shapiro, N. Preguiça, C. Baquero, M. Zawirski, "A comprehensive study of Convergent and
//! Commutative Replicated Data Types", INRIA RR-7506, 2011.
//!
//! May depend on [`crate::ids`] only.

pub mod register;
pub mod two_phase_set;

/// A join-semilattice: states with a least upper bound.
///
/// `join` is associative, commutative and idempotent, and reports whether it changed `self`:
/// [`laws`] checks all of it for any type that has this trait.
pub trait Join {
    /// Becomes the least state that is at least both; true when that is another state than before.
    fn join(&mut self, other: &Self) -> bool;
}

/// The laws of [`Join`], for property tests: give it any three states.
#[cfg(test)]
pub mod laws {
    use super::Join;

    /// Panics with the law's name where one does not hold for these three states.
    pub fn hold<T: Join + Clone + PartialEq + core::fmt::Debug>(a: &T, b: &T, c: &T) {
        let joined = |x: &T, y: &T| {
            let mut out = x.clone();
            let changed = out.join(y);
            assert_eq!(changed, out != *x, "join says whether it changed the state");
            out
        };
        assert_eq!(joined(a, b), joined(b, a), "join is commutative");
        assert_eq!(
            joined(&joined(a, b), c),
            joined(a, &joined(b, c)),
            "join is associative"
        );
        assert_eq!(joined(a, a), *a, "join is idempotent");
        assert_eq!(
            joined(&joined(a, b), b),
            joined(a, b),
            "join reaches an upper bound"
        );
    }
}
