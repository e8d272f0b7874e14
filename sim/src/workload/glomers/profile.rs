//! Two settings of gossip and anti-entropy: as fast as 22 messages an operation allow, and as thrifty as 1.6 s allow.

use core::fmt;
use core::str::FromStr;

use election_core::broadcast::eager::ALL;
use election_core::broadcast::{gossip, node};
use election_core::time::Millis;
use serde::Serialize;

use crate::pair;

/// How the nodes spread what they are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// Soon everywhere.
    Fast,
    /// With few messages.
    Thrifty,
}

/// A profile that there is not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("profile `{0}` is not known; give fast or thrifty")]
pub struct UnknownProfile(String);

impl FromStr for Profile {
    type Err = UnknownProfile;

    fn from_str(text: &str) -> Result<Self, UnknownProfile> {
        match text {
            "fast" => Ok(Self::Fast),
            "thrifty" => Ok(Self::Thrifty),
            _ => Err(UnknownProfile(text.to_owned())),
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Fast => "fast",
            Self::Thrifty => "thrifty",
        })
    }
}

/// What a run without faults must not exceed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Goals {
    /// Messages between nodes for each operation.
    pub msgs_per_op: f64,
    /// The median of the stable latency, in milliseconds.
    pub p50: u64,
    /// The largest stable latency, in milliseconds.
    pub max: u64,
}

impl Profile {
    /// What a run without faults must not exceed.
    #[must_use]
    pub fn goals(self) -> Goals {
        match self {
            Self::Fast => Goals {
                msgs_per_op: 22.0,
                p50: 280,
                max: 560,
            },
            Self::Thrifty => Goals {
                msgs_per_op: 6.0,
                p50: 650,
                max: 1_600,
            },
        }
    }

    /// The settings of each node.
    #[must_use]
    pub fn settings(self) -> pair::Settings {
        let (gossip, node) = match self {
            Self::Fast => (
                gossip::Settings {
                    fan_out: 1,
                    own_fan_out: ALL,
                    tick: Millis(200),
                    ..gossip::Settings::default()
                },
                node::Settings {
                    compare_every: Millis(500),
                    grace: Millis(300),
                    ..node::Settings::default()
                },
            ),
            Self::Thrifty => (
                gossip::Settings {
                    fan_out: 0,
                    own_fan_out: ALL,
                    own_tick: Millis(580),
                    ..gossip::Settings::default()
                },
                node::Settings {
                    compare_every: Millis(3_000),
                    grace: Millis(1_000),
                    ..node::Settings::default()
                },
            ),
        };
        pair::Settings {
            gossip,
            node,
            ..pair::Settings::default()
        }
    }
}
