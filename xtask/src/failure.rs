//! What went wrong, and what the person can do about it.

use std::fmt;

/// The result of every step.
pub type Outcome<T> = Result<T, Failure>;

/// A step that did not work, with the way out.
#[derive(Debug, Clone)]
pub struct Failure {
    what: String,
    by_hand: String,
}

impl Failure {
    /// `what` happened; `by_hand` is what the person should do now.
    pub fn new(what: impl Into<String>, by_hand: impl Into<String>) -> Self {
        Failure {
            what: what.into(),
            by_hand: by_hand.into(),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}\n  to do: {}", self.what, self.by_hand)
    }
}
