//! Hello: who is here? Said on coming, and again, more widely each time, until it led somewhere.
//!
//! A room is a crowd that anybody can make. Of those who are asked at random, all may be silent; so
//! each time four times as many are asked, up to all that one frame of the relay's reaches. Whoever
//! asks the whole room pays for that: a newcomer may ask so many others in a while, and beyond that
//! as few as at first.

use crate::time::Millis;
use crate::timing::{HelloTiming, Span};

use super::bucket::Bucket;

/// How widely to say Hello.
#[derive(Debug)]
pub(crate) struct Greeting {
    timing: HelloTiming,
    /// How often it was said since this replica came, or somebody else did.
    said: u32,
    allowance: Bucket,
}

impl Greeting {
    pub(crate) fn new(timing: HelloTiming) -> Self {
        Self {
            timing,
            said: 0,
            allowance: Bucket::new(timing.allowance, timing.allowed_a_second),
        }
    }

    /// How often it was said since it was begun.
    pub(crate) fn said(&self) -> u32 {
        self.said
    }

    /// As narrowly as at first.
    pub(crate) fn begin(&mut self) {
        self.said = 0;
    }

    /// It is said: to so many, of so many others, and again after such a span.
    pub(super) fn say(&mut self, others: usize, now: Millis) -> (u8, Span) {
        let HelloTiming { first, wider, .. } = self.timing;
        let wanted = u64::from(first) << (2 * self.said.min(wider));
        let wanted = wanted.min(255).min(others as u64);
        let width = wanted.min(self.allowance.level(now)).max(u64::from(first));
        self.allowance.drain(width);
        self.said += 1;
        let again = if self.said > wider {
            self.timing.seldom
        } else {
            self.timing.again
        };
        (width as u8, again)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timing::Timing;

    #[test]
    fn hello_widens_and_does_not_go_to_all_for_ever() {
        let hello = Timing::default().hello;
        let mut greeting = Greeting::new(hello);
        let now = Millis(9_000);
        let widths = [(); 6].map(|()| greeting.say(1_000, now).0);
        assert_eq!(widths, [4, 16, 64, 255, 61, 4]);
        assert_eq!(greeting.say(1_000, now.after(Millis(5_000))).0, 40);
        assert_eq!(greeting.said(), 7);
        let mut greeting = Greeting {
            said: 9,
            ..Greeting::new(hello)
        };
        assert_eq!(greeting.say(30, now), (30, hello.seldom));
        greeting.begin();
        assert_eq!(greeting.say(30, now), (4, hello.again));
    }
}
