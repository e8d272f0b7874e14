//! How long a packet is under way.

use core::fmt;
use core::str::FromStr;

use election_core::time::Millis;

use super::duration;
use crate::random::Random;

/// The longest that may be asked for: ten minutes.
pub const MAX_LATENCY: Millis = Millis(10 * 60 * 1_000);
/// The tail of the exponential is cut here, in means: it is reached once in 485 million draws, and
/// an end lets queues be sized.
const LONGEST_IN_MEANS: u64 = 20;

/// The law that each packet's time under way is drawn from. Written `100ms` (or `constant:100ms`),
/// `uniform:20ms..80ms`, `exponential:50ms`; units `ms`, `s`, `m`.
///
/// No packet takes less than 1 ms: an answer that took no time could be answered for ever in one
/// instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Latency {
    /// Always the same.
    Constant(Millis),
    /// Any whole number of milliseconds from `low` to `high`, both included, equally likely.
    Uniform {
        /// The shortest.
        low: Millis,
        /// The longest.
        high: Millis,
    },
    /// Many short ones and a long tail: what overtakes most.
    Exponential {
        /// The average.
        mean: Millis,
    },
}

/// A latency that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadLatency {
    /// Not one of the three laws.
    #[error(
        "latency `{0}` is not known; give 100ms, constant:100ms, uniform:20ms..80ms or exponential:50ms"
    )]
    Unknown(String),
    /// Not a time.
    #[error("latency: {0}")]
    NotATime(String),
    /// Shorter than a millisecond, or longer than [`MAX_LATENCY`].
    #[error("a latency of {} is out of range; give 1ms to 10m", duration::format(*.0))]
    OutOfRange(Millis),
    /// A range whose end comes first.
    #[error("latency {}..{} ends before it starts", duration::format(*.low), duration::format(*.high))]
    Backwards {
        /// Its start.
        low: Millis,
        /// Its end.
        high: Millis,
    },
}

impl Latency {
    /// One packet's time under way: at least 1 ms, and at most [`Latency::longest`].
    pub fn draw(&self, random: &mut Random) -> Millis {
        let drawn = match *self {
            Self::Constant(latency) => latency.0,
            Self::Uniform { low, high } => random.between(low.0, high.0),
            Self::Exponential { mean } => {
                // The inverse of the distribution function; `1 - unit` is above 0, so the logarithm
                // is finite.
                let means = -(1.0 - random.unit()).ln();
                (means * mean.0 as f64).round() as u64
            }
        };
        Millis(drawn.clamp(1, self.longest().0))
    }

    /// What it takes on average, in whole milliseconds.
    #[must_use]
    pub fn mean(&self) -> Millis {
        match *self {
            Self::Constant(latency) | Self::Exponential { mean: latency } => latency,
            Self::Uniform { low, high } => Millis(low.0.midpoint(high.0)),
        }
    }

    /// The longest that [`Latency::draw`] gives.
    #[must_use]
    pub fn longest(&self) -> Millis {
        let longest = match *self {
            Self::Constant(latency) => latency.0,
            Self::Uniform { high, .. } => high.0,
            Self::Exponential { mean } => mean.0.saturating_mul(LONGEST_IN_MEANS),
        };
        Millis(longest.max(1))
    }
}

impl FromStr for Latency {
    type Err = BadLatency;

    fn from_str(text: &str) -> Result<Self, BadLatency> {
        let (law, rest) = text.split_once(':').unwrap_or(("constant", text));
        match law {
            "constant" => Ok(Self::Constant(in_range(rest)?)),
            "exponential" => Ok(Self::Exponential {
                mean: in_range(rest)?,
            }),
            "uniform" => {
                let (low, high) = rest
                    .split_once("..")
                    .ok_or_else(|| BadLatency::Unknown(text.to_owned()))?;
                let (low, high) = (in_range(low)?, in_range(high)?);
                if low > high {
                    return Err(BadLatency::Backwards { low, high });
                }
                Ok(Self::Uniform { low, high })
            }
            _ => Err(BadLatency::Unknown(text.to_owned())),
        }
    }
}

fn in_range(text: &str) -> Result<Millis, BadLatency> {
    let latency = duration::parse(text).map_err(BadLatency::NotATime)?;
    if latency < Millis(1) || latency > MAX_LATENCY {
        return Err(BadLatency::OutOfRange(latency));
    }
    Ok(latency)
}

impl fmt::Display for Latency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Constant(latency) => formatter.write_str(&duration::format(latency)),
            Self::Uniform { low, high } => {
                let (low, high) = (duration::format(low), duration::format(high));
                write!(formatter, "uniform:{low}..{high}")
            }
            Self::Exponential { mean } => {
                write!(formatter, "exponential:{}", duration::format(mean))
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const DRAWS: usize = 100_000;

    fn draws(text: &str) -> Vec<u64> {
        let (latency, mut random) = (text.parse::<Latency>().unwrap(), Random::new(7));
        (0..DRAWS).map(|_| latency.draw(&mut random).0).collect()
    }

    fn mean(draws: &[u64]) -> f64 {
        draws.iter().sum::<u64>() as f64 / draws.len() as f64
    }

    #[test]
    fn a_constant_is_constant() {
        assert!(draws("100ms").iter().all(|&drawn| drawn == 100));
    }

    #[test]
    fn a_uniform_one_reaches_both_ends_and_no_further() {
        let draws = draws("uniform:20ms..80ms");
        assert_eq!(draws.iter().min(), Some(&20));
        assert_eq!(draws.iter().max(), Some(&80));
        assert!((mean(&draws) - 50.0).abs() < 0.5);
    }

    #[test]
    fn an_exponential_one_has_its_mean_and_its_quantiles() {
        let mut draws = draws("exponential:50ms");
        assert!((mean(&draws) - 50.0).abs() < 1.0, "{}", mean(&draws));
        draws.sort_unstable();
        // The median is ln 2 means, the 95th percentile ln 20.
        assert!((draws[DRAWS / 2] as f64 - 50.0 * 2.0_f64.ln()).abs() < 2.0);
        assert!((draws[DRAWS * 95 / 100] as f64 - 50.0 * 20.0_f64.ln()).abs() < 5.0);
    }

    #[test]
    fn no_packet_takes_no_time_and_none_takes_for_ever() {
        assert_eq!(draws("exponential:1ms").iter().min(), Some(&1));
        assert!(draws("exponential:1ms").iter().all(|&drawn| drawn <= 20));
        let none = Latency::Constant(Millis(0));
        assert_eq!(none.draw(&mut Random::new(1)), Millis(1));
    }

    #[test]
    fn what_is_written_is_read_as_the_same() {
        for text in [
            "100ms",
            "uniform:20ms..80ms",
            "uniform:1s..1s",
            "exponential:50ms",
            "10m",
        ] {
            assert_eq!(text.parse::<Latency>().unwrap().to_string(), text);
        }
        assert_eq!(
            "constant:1s".parse(),
            Ok(Latency::Constant(Millis(1_000))),
            "the long way of writing it"
        );
    }

    #[test]
    fn nonsense_is_refused_with_what_to_give() {
        for (text, message) in [
            (
                "gamma:3ms",
                "latency `gamma:3ms` is not known; give 100ms, constant:100ms, uniform:20ms..80ms or exponential:50ms",
            ),
            (
                "uniform:20ms",
                "latency `uniform:20ms` is not known; give 100ms, constant:100ms, uniform:20ms..80ms or exponential:50ms",
            ),
            (
                "100",
                "latency: `100` has no unit; give ms, s or m, such as 500ms",
            ),
            (
                "-5ms",
                "latency: `-5ms` is not a whole number of ms, s or m, such as 500ms",
            ),
            ("0ms", "a latency of 0ms is out of range; give 1ms to 10m"),
            (
                "exponential:11m",
                "a latency of 11m is out of range; give 1ms to 10m",
            ),
            (
                "uniform:80ms..20ms",
                "latency 80ms..20ms ends before it starts",
            ),
        ] {
            let error = text.parse::<Latency>().unwrap_err();
            assert_eq!(error.to_string(), message);
        }
    }
}
