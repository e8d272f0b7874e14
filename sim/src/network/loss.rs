//! Which packets are lost.

use core::fmt;
use core::str::FromStr;

use crate::random::Random;

/// The longest mean burst that may be asked for, in packets.
pub const MAX_BURST: f64 = 10_000.0;

/// The law by which packets are lost. Written `0.2` or `20%`, and `bursts:20%:8` for bursts of 8
/// packets on average.
///
/// Bursts follow the two-state chain of E. N. Gilbert, "Capacity of a burst-noise channel", Bell
/// System Technical Journal 39, 1960, in its simplest form: a channel is good and loses nothing, or
/// bad and loses everything, and may change before each packet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Loss {
    /// Nothing is lost.
    None,
    /// Each packet is lost with that probability, from 0 to less than 1, whatever became of the
    /// others.
    Even(f64),
    /// Packets of one channel are lost in a row. Make it with [`Loss::bursts`].
    Bursts {
        /// The share lost in the long run, from 0 to less than 1.
        share: f64,
        /// The mean length of a burst in packets, 1 to [`MAX_BURST`].
        length: f64,
    },
}

/// What [`Loss::Bursts`] remembers of one channel: of each sender, or of each link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Channel {
    /// No packet yet.
    #[default]
    Fresh,
    /// The last packet got through.
    Good,
    /// The last packet was lost.
    Bad,
}

/// A loss that cannot be.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BadLoss {
    /// Not a number, nor a percentage, nor bursts.
    #[error("loss `{0}` is not a share; give 0.2, 20% or bursts:20%:8")]
    Unknown(String),
    /// All of it, or more.
    #[error("with a loss of {} nothing ever arrives; give less than 100 %", percent(*.0))]
    Everything(f64),
    /// Less than nothing.
    #[error("a loss of {} is less than nothing; give 0 % or more", percent(*.0))]
    Negative(f64),
    /// Bursts of less than a packet, or of too many.
    #[error("bursts of {0} packets are out of range; give 1 to 10000")]
    BurstLength(f64),
    /// So much cannot be lost in bursts so short, because a packet gets through between two of
    /// them.
    #[error(
        "a loss of {} in bursts needs bursts of {least:.1} packets or more, because a packet gets through between two",
        percent(*.share)
    )]
    BurstsTooShort {
        /// The share asked for.
        share: f64,
        /// The least mean length that loses it.
        least: f64,
    },
}

fn percent(share: f64) -> String {
    format!("{} %", (share * 1e6).round() / 1e4)
}

impl Loss {
    /// Every packet with that probability.
    ///
    /// # Errors
    /// When the share is below 0, or 1 or more.
    pub fn even(share: f64) -> Result<Self, BadLoss> {
        let share = in_range(share)?;
        Ok(if share > 0.0 {
            Self::Even(share)
        } else {
            Self::None
        })
    }

    /// That share in the long run, in bursts of so many packets on average.
    ///
    /// # Errors
    /// When the share is below 0, or 1 or more; when the length is out of range, or too short for
    /// the share.
    pub fn bursts(share: f64, length: f64) -> Result<Self, BadLoss> {
        let share = in_range(share)?;
        if !(1.0..=MAX_BURST).contains(&length) {
            return Err(BadLoss::BurstLength(length));
        }
        let least = share / (1.0 - share);
        if length < least {
            return Err(BadLoss::BurstsTooShort { share, least });
        }
        Ok(if share > 0.0 {
            Self::Bursts { share, length }
        } else {
            Self::None
        })
    }

    /// The share lost in the long run.
    #[must_use]
    pub fn share(&self) -> f64 {
        match *self {
            Self::None => 0.0,
            Self::Even(share) | Self::Bursts { share, .. } => share,
        }
    }

    /// Whether the next packet of that channel is lost.
    pub fn loses(&self, channel: &mut Channel, random: &mut Random) -> bool {
        let (share, length) = match *self {
            Self::None => return false,
            Self::Even(share) => return random.chance(share),
            Self::Bursts { share, length } => (share, length),
        };
        // A bad channel mends with probability 1/length, so that bursts last `length` on average; a
        // good one fails as often as keeps the chain at `share` in the long run, which is also
        // where it starts.
        let bad = match channel {
            Channel::Fresh => random.chance(share),
            Channel::Good => random.chance(share / (1.0 - share) / length),
            Channel::Bad => !random.chance(1.0 / length),
        };
        *channel = if bad { Channel::Bad } else { Channel::Good };
        bad
    }
}

fn in_range(share: f64) -> Result<f64, BadLoss> {
    if share < 0.0 {
        Err(BadLoss::Negative(share))
    } else if share < 1.0 {
        Ok(share)
    } else {
        Err(BadLoss::Everything(share))
    }
}

impl FromStr for Loss {
    type Err = BadLoss;

    fn from_str(text: &str) -> Result<Self, BadLoss> {
        let unknown = || BadLoss::Unknown(text.to_owned());
        let Some(bursts) = text.strip_prefix("bursts:") else {
            return Self::even(parse_share(text).ok_or_else(unknown)?);
        };
        let (share, length) = bursts.split_once(':').ok_or_else(unknown)?;
        let share = parse_share(share).ok_or_else(unknown)?;
        let length = parse_number(length).ok_or_else(unknown)?;
        Self::bursts(share, length)
    }
}

fn parse_share(text: &str) -> Option<f64> {
    match text.strip_suffix('%') {
        Some(percent) => Some(parse_number(percent.trim_end())? / 100.0),
        None => parse_number(text),
    }
}

/// `f64::from_str` also takes `nan` and `inf`, which nobody means here.
fn parse_number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

impl fmt::Display for Loss {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::None => formatter.write_str("0"),
            Self::Even(share) => write!(formatter, "{share}"),
            Self::Bursts { share, length } => write!(formatter, "bursts:{share}:{length}"),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// The fate of many packets of one channel.
    fn fates(text: &str) -> Vec<bool> {
        let loss: Loss = text.parse().unwrap();
        let (mut channel, mut random) = (Channel::default(), Random::new(11));
        (0..400_000)
            .map(|_| loss.loses(&mut channel, &mut random))
            .collect()
    }

    fn share(fates: &[bool]) -> f64 {
        fates.iter().filter(|&&lost| lost).count() as f64 / fates.len() as f64
    }

    /// The mean number of packets lost in a row.
    fn burst(fates: &[bool]) -> f64 {
        let bursts: Vec<usize> = fates
            .split(|lost| !lost)
            .map(<[bool]>::len)
            .filter(|&length| length > 0)
            .collect();
        bursts.iter().sum::<usize>() as f64 / bursts.len() as f64
    }

    #[test]
    fn nothing_is_lost_without_loss() {
        assert_eq!(share(&fates("0")), 0.0);
        assert_eq!("0%".parse(), Ok(Loss::None));
        assert_eq!("bursts:0:8".parse(), Ok(Loss::None));
    }

    #[test]
    fn an_even_loss_loses_its_share_in_short_bursts() {
        let fates = fates("20%");
        assert!((share(&fates) - 0.2).abs() < 0.005);
        assert!((burst(&fates) - 1.0 / 0.8).abs() < 0.05);
    }

    #[test]
    fn bursts_lose_their_share_in_their_length() {
        for (text, lost, length) in [
            ("bursts:20%:8", 0.2, 8.0),
            ("bursts:0.05:30", 0.05, 30.0),
            ("bursts:60%:2", 0.6, 2.0),
        ] {
            let fates = fates(text);
            let (share, burst) = (share(&fates), burst(&fates));
            assert!((share / lost - 1.0).abs() < 0.07, "{text}: share {share}");
            assert!(
                (burst / length - 1.0).abs() < 0.07,
                "{text}: bursts of {burst}"
            );
        }
    }

    #[test]
    fn the_first_packet_of_a_channel_is_lost_as_often_as_any() {
        let (loss, mut random) = (Loss::bursts(0.2, 50.0).unwrap(), Random::new(3));
        let lost = (0..50_000)
            .filter(|_| loss.loses(&mut Channel::default(), &mut random))
            .count();
        assert!((lost as f64 / 50_000.0 - 0.2).abs() < 0.01);
    }

    #[test]
    fn what_is_written_is_read_as_the_same() {
        for text in ["0", "0.2", "0.005", "bursts:0.2:8", "bursts:0.25:2.5"] {
            assert_eq!(text.parse::<Loss>().unwrap().to_string(), text);
        }
        assert_eq!("20%".parse(), Ok(Loss::Even(0.2)));
        assert_eq!("20 %".parse(), Ok(Loss::Even(0.2)));
    }

    #[test]
    fn nonsense_is_refused_with_what_to_give() {
        let everything = "with a loss of 100 % nothing ever arrives; give less than 100 %";
        let unknown = |text| format!("loss `{text}` is not a share; give 0.2, 20% or bursts:20%:8");
        for (text, message) in [
            ("1", everything.to_owned()),
            ("100%", everything.to_owned()),
            ("bursts:1:8", everything.to_owned()),
            (
                "250%",
                "with a loss of 250 % nothing ever arrives; give less than 100 %".to_owned(),
            ),
            (
                "-10%",
                "a loss of -10 % is less than nothing; give 0 % or more".to_owned(),
            ),
            ("", unknown("")),
            ("some", unknown("some")),
            ("NaN", unknown("NaN")),
            ("bursts:20%", unknown("bursts:20%")),
            ("bursts:20%:long", unknown("bursts:20%:long")),
            (
                "bursts:20%:0.5",
                "bursts of 0.5 packets are out of range; give 1 to 10000".to_owned(),
            ),
            (
                "bursts:20%:10001",
                "bursts of 10001 packets are out of range; give 1 to 10000".to_owned(),
            ),
            (
                "bursts:90%:4",
                "a loss of 90 % in bursts needs bursts of 9.0 packets or more, because a packet gets through between two"
                    .to_owned(),
            ),
        ] {
            let error = text.parse::<Loss>().unwrap_err();
            assert_eq!(error.to_string(), message);
        }
    }
}
