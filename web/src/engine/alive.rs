//! Whether a connection is alive: what was received on it, and what was asked.

use election_core::time::Millis;

/// How long a relay may take to answer a dial, before it has said how often it gives a sign of
/// life.
const DIALLING: Millis = Millis(15_000);
/// How long silence may last after a probe, and a dial for which somebody waits. Silence shows
/// within five seconds of what set the probe off.
const ANSWER: Millis = Millis(4_000);

/// What is known of that.
#[derive(Debug)]
pub struct Alive {
    /// When something came in last; at first, when it was dialled.
    received: Millis,
    /// Longer silence means that the connection is dead, whatever the browser thinks.
    patience: Millis,
    /// The number of the latest probe.
    asked: u32,
    /// Until when something has to come in, for as long as what was asked last is not answered.
    by: Option<Millis>,
}

impl Alive {
    /// It is being dialled since then.
    #[must_use]
    pub fn dialled(now: Millis) -> Self {
        Self {
            received: now,
            patience: DIALLING,
            asked: 0,
            by: None,
        }
    }

    /// The relay has answered the dial, and gives a sign of life at least that often.
    pub fn welcomed(&mut self, heartbeat_seconds: u16) {
        self.patience = Millis(u64::from(heartbeat_seconds.max(5)) * 2_500);
        self.by = None;
    }

    /// Something came in.
    pub fn received(&mut self, now: Millis) {
        self.received = now;
        // It may have been on its way before the line went dead, so it is no answer. A relay with
        // much to say comes to that too.
        self.by = self.by.map(|_| now.after(ANSWER));
    }

    /// Asks for a sign of life, by a probe with that in it. Each asks anew: what answers an earlier
    /// one says nothing of what happened since.
    #[must_use]
    pub fn ask(&mut self, now: Millis) -> [u8; 4] {
        self.asked = self.asked.wrapping_add(1);
        self.by = self.by.or(Some(now.after(ANSWER)));
        self.asked.to_be_bytes()
    }

    /// A probe came back.
    pub fn answered(&mut self, probe: &[u8]) {
        if probe == self.asked.to_be_bytes() {
            self.by = None;
        }
    }

    /// Somebody waits for the dial to be answered: a line that does not carry it has to give way to
    /// another attempt.
    pub fn hurry(&mut self) {
        self.by = Some(self.received.after(ANSWER));
    }

    /// When it counts as dead, if nothing comes in until then.
    #[must_use]
    pub fn dead_at(&self) -> Millis {
        let silent = self.received.after(self.patience);
        self.by.map_or(silent, |by| by.min(silent))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn up(at: u64) -> Alive {
        let mut alive = Alive::dialled(Millis(at));
        alive.received(Millis(at));
        alive.welcomed(20);
        alive
    }

    #[test]
    fn silence_is_borne_for_less_long_when_somebody_asks() {
        let mut alive = up(1_000);
        assert_eq!(alive.dead_at(), Millis(51_000));
        let probe = alive.ask(Millis(2_000));
        assert_eq!(alive.dead_at(), Millis(6_000));
        // Asking again does not put it off.
        let _ = alive.ask(Millis(5_000));
        assert_eq!(alive.dead_at(), Millis(6_000));
        let again = alive.ask(Millis(5_500));
        alive.received(Millis(5_900));
        alive.answered(&probe);
        assert_eq!(alive.dead_at(), Millis(9_900));
        alive.received(Millis(6_000));
        alive.answered(&again);
        assert_eq!(alive.dead_at(), Millis(56_000));
    }

    #[test]
    fn what_was_on_its_way_before_the_question_is_no_answer_to_it() {
        let mut alive = up(0);
        let before = alive.ask(Millis(1_000));
        // Here the line goes dead, and the browser hints at it.
        let _ = alive.ask(Millis(1_010));
        alive.received(Millis(1_020));
        alive.answered(&before);
        assert_eq!(alive.dead_at(), Millis(5_020));
        alive.received(Millis(1_030));
        assert_eq!(alive.dead_at(), Millis(5_030));
    }

    #[test]
    fn a_dial_that_is_not_answered_gives_way_to_whoever_waits() {
        let mut alive = Alive::dialled(Millis(0));
        assert_eq!(alive.dead_at(), Millis(15_000));
        // However often they ask: on a slow line each new attempt would begin again.
        for _ in 0..2 {
            alive.hurry();
            assert_eq!(alive.dead_at(), Millis(4_000));
        }
        // The welcome ends the hurry with the dial.
        alive.received(Millis(3_000));
        alive.welcomed(20);
        assert_eq!(alive.dead_at(), Millis(53_000));
    }
}
