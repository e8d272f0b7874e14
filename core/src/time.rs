//! Time as the replica is told it. The core owns no clock: every input comes with a `now`.

use core::ops::Sub;

/// A point on the caller's monotonic clock, or a span of it, in milliseconds. Only differences mean
/// anything; nothing that decides a result depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Millis(pub u64);

impl Millis {
    /// This point, `span` later; stops at the end of time instead of wrapping.
    #[must_use]
    pub const fn after(self, span: Millis) -> Millis {
        Millis(self.0.saturating_add(span.0))
    }
}

impl Sub for Millis {
    type Output = Millis;

    /// The span since `earlier`; zero when the clock went backwards.
    fn sub(self, earlier: Millis) -> Millis {
        Millis(self.0.saturating_sub(earlier.0))
    }
}
