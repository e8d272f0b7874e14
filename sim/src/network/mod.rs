//! What happens to one packet on its way.
//!
//! [`latency`] (how long it takes), [`loss`] (whether it is lost, alone or in bursts),
//! [`partition`] (who cannot hear whom); duplicates and stragglers are drawn here. What queues,
//! queues at the relay ([`crate::relay`]).

mod duration;
pub mod latency;
pub mod loss;
pub mod partition;

use election_core::time::Millis;

use crate::random::Random;
use latency::Latency;
use loss::{Channel, Loss};
use partition::Cuts;

/// How bad the network is.
#[derive(Debug, Clone)]
pub struct Faults {
    /// How long a packet is under way.
    pub latency: Latency,
    /// Whether it gets there.
    pub loss: Loss,
    /// How likely a packet arrives a second time, after a delay of its own; 0 to 1.
    pub duplication: f64,
    /// How likely a packet is a straggler, which takes up to ten times as long and is overtaken; 0
    /// to 1.
    pub straggling: f64,
    /// Who cannot hear whom, and when.
    pub cuts: Cuts,
}

impl Faults {
    /// A network that only takes its time.
    #[must_use]
    pub fn none(latency: Latency) -> Self {
        Self {
            latency,
            loss: Loss::None,
            duplication: 0.0,
            straggling: 0.0,
            cuts: Cuts::default(),
        }
    }
}

/// What becomes of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It gets lost on the way.
    Lost,
    /// Its receiver cannot hear its sender now.
    Cut,
    /// It arrives after that span.
    Arrives(Millis),
    /// It arrives after that span, and once more after that one.
    Twice(Millis, Millis),
}

/// The network between the processes.
#[derive(Debug)]
pub struct Network {
    /// How bad it is. May change while it runs.
    pub faults: Faults,
    /// One channel for each sender: a burst takes out what one sends in a row.
    channels: Vec<Channel>,
    random: Random,
}

impl Network {
    /// A network whose draws follow from `random`.
    #[must_use]
    pub fn new(faults: Faults, random: Random) -> Self {
        Self {
            faults,
            channels: Vec::new(),
            random,
        }
    }

    /// What becomes of a packet that is sent now.
    pub fn fate(&mut self, from: usize, to: usize, now: Millis) -> Fate {
        let Faults {
            latency,
            loss,
            duplication,
            straggling,
            cuts,
        } = &self.faults;
        if cuts.blocks(from, to, now) {
            return Fate::Cut;
        }
        let random = &mut self.random;
        let lost = if let Loss::Bursts { .. } = loss {
            if self.channels.len() <= from {
                self.channels.resize(from + 1, Channel::default());
            }
            loss.loses(&mut self.channels[from], random)
        } else {
            loss.loses(&mut Channel::default(), random)
        };
        if lost {
            return Fate::Lost;
        }
        let mut span = latency.draw(random);
        if random.chance(*straggling) {
            span = Millis(span.0.saturating_mul(random.between(2, 10)));
        }
        if random.chance(*duplication) {
            return Fate::Twice(span, Millis(latency.draw(random).0.saturating_mul(2)));
        }
        Fate::Arrives(span)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fate_is_met_and_about_as_often_as_was_asked() {
        let faults = Faults {
            loss: Loss::Even(0.2),
            duplication: 0.1,
            straggling: 0.1,
            ..Faults::none(Latency::Constant(Millis(100)))
        };
        let mut network = Network::new(faults, Random::new(7));
        let (mut lost, mut twice, mut late) = (0, 0, 0);
        for _ in 0..10_000 {
            match network.fate(0, 1, Millis(0)) {
                Fate::Lost => lost += 1,
                Fate::Twice(..) => twice += 1,
                Fate::Arrives(span) => late += u32::from(span > Millis(100)),
                Fate::Cut => {}
            }
        }
        for (times, expected) in [(lost, 2_000), (twice, 800), (late, 720)] {
            assert!(
                (expected * 9 / 10..expected * 11 / 10).contains(&times),
                "{times} of {expected}"
            );
        }
    }

    #[test]
    fn who_is_cut_off_is_not_heard() -> Result<(), Box<dyn std::error::Error>> {
        let partitions: partition::Partitions = "1s..2s:0>1".parse()?;
        let faults = Faults {
            cuts: partitions.prepare(2)?,
            ..Faults::none(Latency::Constant(Millis(5)))
        };
        let mut network = Network::new(faults, Random::new(7));
        assert_eq!(network.fate(0, 1, Millis(1_500)), Fate::Cut);
        assert_eq!(network.fate(1, 0, Millis(1_500)), Fate::Arrives(Millis(5)));
        assert_eq!(network.fate(0, 1, Millis(2_500)), Fate::Arrives(Millis(5)));
        Ok(())
    }
}
