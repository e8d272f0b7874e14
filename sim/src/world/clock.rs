//! What a process's clock shows.

use election_core::time::Millis;

/// A process's own clock: `skew + rate / 1000 * time of the world`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    /// How far ahead it is at the start.
    pub skew: Millis,
    /// How fast it runs, in thousandths; at least 1.
    pub rate: u64,
}

impl Default for Clock {
    fn default() -> Self {
        Self {
            skew: Millis(0),
            rate: 1_000,
        }
    }
}

impl Clock {
    pub(super) fn local(self, world: Millis) -> Millis {
        Millis(self.skew.0 + world.0 * self.rate / 1_000)
    }

    /// The first moment of the world at which this clock shows at least that.
    pub(super) fn world(self, local: Millis) -> Millis {
        Millis(
            (local - self.skew)
                .0
                .saturating_mul(1_000)
                .div_ceil(self.rate),
        )
    }
}
