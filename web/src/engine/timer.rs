//! The one timer that a replica needs.

use election_core::time::Millis;
use gloo_timers::callback::Timeout;

use super::clock;

/// Calls back once when a deadline has come. Arming it again replaces the deadline.
#[derive(Default)]
pub struct Timer {
    armed: Option<(Millis, Timeout)>,
}

impl Timer {
    /// Calls `wake` at `deadline`, or never for `None`.
    ///
    /// Browsers throttle timers of hidden tabs, down to once a minute, so what is due is looked at
    /// whenever a message comes as well. A deadline that is armed already is not armed again.
    pub fn arm(&mut self, deadline: Option<Millis>, wake: impl FnOnce() + 'static) {
        match deadline {
            None => self.armed = None,
            Some(deadline)
                if self
                    .armed
                    .as_ref()
                    .is_some_and(|&(armed, _)| armed == deadline) => {}
            Some(deadline) => {
                // A deadline in the far future is looked at again in an hour: setTimeout takes 31
                // bits.
                let wait = (deadline - clock::now()).0.min(3_600_000) as u32;
                self.armed = Some((deadline, Timeout::new(wait, wake)));
            }
        }
    }

    /// Forgets the deadline because it has come.
    pub fn fired(&mut self) {
        self.armed = None;
    }
}
