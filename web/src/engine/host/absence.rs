//! What came of an absence: the tab says what came into its own precinct, and the board what
//! changed in others.

use election_core::ids::{PrecinctId, ReturnId};
use election_core::time::Millis;

use crate::engine::snapshot::{Canvassing, Rejoined};

/// How long after an absence changes of other precincts are put down to it: they come by another
/// line than the ballots.
const WATCHED: Millis = Millis(30_000);

/// The last absence.
#[derive(Default)]
pub(super) struct Absence {
    /// Of each precinct the return that counted when it began; empty in a poll without precincts.
    before: Vec<Option<ReturnId>>,
    /// What came of it, until that is dismissed.
    rejoined: Option<Rejoined>,
    /// Until when changes are put down to it; `None` while it lasts.
    until: Option<Millis>,
}

impl Absence {
    /// It begins, or goes on: what the last one brought is past.
    pub fn begin(&mut self, shown: Option<&Canvassing>) {
        self.rejoined = None;
        let is_new = self.until.take().is_some() || self.before.is_empty();
        if let Some(shown) = shown.filter(|_| is_new) {
            self.before.clone_from(&shown.returns);
        }
    }

    /// It is over.
    pub fn end(&mut self, rejoined: Rejoined, now: Millis) {
        self.rejoined = Some(rejoined);
        self.until = Some(now.after(WATCHED));
    }

    /// The person read what came of it.
    pub fn dismiss(&mut self) {
        self.rejoined = None;
    }

    /// What came of it, as of now.
    pub fn rejoined(
        &mut self,
        shown: Option<&Canvassing>,
        own: Option<PrecinctId>,
        now: Millis,
    ) -> Option<Rejoined> {
        let rejoined = self.rejoined.as_mut()?;
        if let Some(shown) = shown.filter(|_| self.until.is_some_and(|until| now <= until)) {
            rejoined.returns = changed(&self.before, &shown.returns, own);
        }
        Some(*rejoined)
    }
}

/// How many other precincts have another return than before, and the first of them.
fn changed(
    before: &[Option<ReturnId>],
    shown: &[Option<ReturnId>],
    own: Option<PrecinctId>,
) -> Option<(PrecinctId, usize)> {
    let both = before.iter().zip(shown).zip(0..);
    let mut changed = both
        .filter(|((before, shown), _)| before != shown)
        .map(|(_, precinct)| PrecinctId(precinct))
        .filter(|precinct| own != Some(*precinct));
    let first = changed.next()?;
    Some((first, 1 + changed.count()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::rc::Rc;

    use election_core::ballots::Return;
    use election_core::board::Canvassed;

    use super::*;

    const OWN: Option<PrecinctId> = Some(PrecinctId(0));

    fn showing(returns: [u8; 3]) -> Canvassing {
        let returns = returns.map(|byte| (byte > 0).then_some(ReturnId([byte; 32])));
        Canvassing {
            canvassed: Rc::new(Canvassed {
                total: Return::empty(2),
                grade: None,
                parts: Vec::new(),
            }),
            returns: Rc::new(returns.into()),
            council: None,
            audits: Vec::new(),
        }
    }

    fn back() -> Rejoined {
        Rejoined {
            away: Millis(5_000),
            ballots: 0,
            revoked: 0,
            reached: None,
            returns: None,
        }
    }

    #[test]
    fn what_changed_in_other_precincts_is_counted() {
        let mut absence = Absence::default();
        absence.begin(Some(&showing([1, 1, 0])));
        // It goes on, with the own precinct's ballots cast meanwhile.
        absence.begin(Some(&showing([2, 1, 0])));
        assert_eq!(absence.rejoined(None, OWN, Millis(0)), None);
        absence.end(back(), Millis(1_000));
        let mut returns = |shown, at| {
            let rejoined = absence.rejoined(Some(&showing(shown)), OWN, Millis(at));
            rejoined.unwrap().returns
        };
        assert_eq!(returns([2, 1, 0], 1_000), None);
        assert_eq!(returns([2, 1, 1], 1_200), Some((PrecinctId(2), 1)));
        assert_eq!(returns([2, 2, 1], 31_000), Some((PrecinctId(1), 2)));
        // What comes later is no news of the absence.
        assert_eq!(returns([2, 1, 0], 31_001), Some((PrecinctId(1), 2)));
    }

    #[test]
    fn the_next_absence_begins_with_what_is_shown_then() {
        let mut absence = Absence::default();
        absence.begin(Some(&showing([1, 1, 1])));
        absence.end(back(), Millis(0));
        absence.begin(Some(&showing([1, 2, 2])));
        assert_eq!(absence.rejoined(None, OWN, Millis(0)), None, "it is past");
        absence.end(back(), Millis(60_000));
        let shown = showing([1, 2, 3]);
        let rejoined = absence.rejoined(Some(&shown), OWN, Millis(60_000));
        assert_eq!(rejoined.unwrap().returns, Some((PrecinctId(2), 1)));
        absence.dismiss();
        assert_eq!(absence.rejoined(Some(&shown), OWN, Millis(60_000)), None);
    }
}
