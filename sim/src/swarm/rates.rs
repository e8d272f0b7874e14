//! How fast the nodes of a pair pass on, gather, and compare. With the defaults and a group of ten
//! nearly every message goes to all at once, so that little is left to what comes later.

use core::fmt;

use election_core::broadcast::gossip;
use election_core::time::Millis;
use election_textbook::broadcast::{archive, node};

use crate::random::Random;

/// See the fields of [`gossip::Settings`], [`node::Settings`] and [`archive::Caps`] of these names.
/// What an archive may hold is not among them: what it forgets before others have it is lost for
/// good, and nothing says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    /// To how many others what came is passed on.
    pub fan_out: u8,
    /// To how many others one's own goes.
    pub own_fan_out: u8,
    /// How long what is passed on is gathered.
    pub tick: Millis,
    /// How long one's own is gathered.
    pub own_tick: Millis,
    /// The most messages that wait to be passed on.
    pub max_waiting: usize,
    /// How often the digest goes out.
    pub compare_every: Millis,
    /// For how long gossip explains a difference.
    pub grace: Millis,
    /// The most messages in one answer to a digest.
    pub answer_messages: usize,
}

impl Default for Rates {
    fn default() -> Self {
        let (gossip, node) = (gossip::Settings::default(), node::Settings::default());
        Self {
            fan_out: gossip.fan_out,
            own_fan_out: gossip.own_fan_out,
            tick: gossip.tick,
            own_tick: gossip.own_tick,
            max_waiting: gossip.max_waiting,
            compare_every: node.compare_every,
            grace: node.grace,
            answer_messages: node.archive.answer_messages,
        }
    }
}

impl Rates {
    /// The defaults now and then, else anything sensible.
    #[must_use]
    pub fn drawn(random: &mut Random) -> Self {
        let default = Self::default();
        if random.chance(0.2) {
            return default;
        }
        let fan_out = random.between(1, 4);
        Self {
            fan_out: fan_out as u8,
            own_fan_out: random.between(fan_out, 8) as u8,
            tick: Millis(random.below(201)),
            own_tick: Millis([0, random.below(201)][random.below(2) as usize]),
            max_waiting: [default.max_waiting, random.between(2, 32) as usize]
                [usize::from(random.chance(0.3))],
            compare_every: Millis(random.between(100, 2_000)),
            grace: Millis(random.below(501)),
            answer_messages: [default.answer_messages, random.between(4, 32) as usize]
                [usize::from(random.chance(0.3))],
        }
    }

    /// As the settings of gossip.
    #[must_use]
    pub fn gossip(&self) -> gossip::Settings {
        gossip::Settings {
            fan_out: self.fan_out,
            own_fan_out: self.own_fan_out,
            tick: self.tick,
            own_tick: self.own_tick,
            max_waiting: self.max_waiting,
            ..gossip::Settings::default()
        }
    }

    /// As the settings of a node.
    #[must_use]
    pub fn node(&self) -> node::Settings {
        node::Settings {
            compare_every: self.compare_every,
            grace: self.grace,
            archive: archive::Caps {
                answer_messages: self.answer_messages,
                ..archive::Caps::default()
            },
        }
    }
}

impl fmt::Display for Rates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "own to {} every {} ms, others' to {} every {} ms, {} waiting at most; compares every {} ms after {} ms, {} an answer",
            self.own_fan_out,
            self.own_tick.0,
            self.fan_out,
            self.tick.0,
            self.max_waiting,
            self.compare_every.0,
            self.grace.0,
            self.answer_messages
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_drawn_is_sensible_and_few_hear_it_at_once() {
        let mut random = Random::new(1);
        let drawn: Vec<_> = (0..200).map(|_| Rates::drawn(&mut random)).collect();
        assert!(drawn.iter().all(|rates| rates.fan_out >= 1
            && rates.own_fan_out >= rates.fan_out
            && rates.answer_messages >= 4
            && rates.compare_every >= Millis(100)));
        assert!(drawn.iter().any(|rates| rates.own_fan_out == 1));
        assert!(drawn.contains(&Rates::default()));
        let settings = drawn[0].gossip();
        assert_eq!(settings.max_waiting, drawn[0].max_waiting);
        assert_eq!(drawn[0].node().grace, drawn[0].grace);
    }
}
