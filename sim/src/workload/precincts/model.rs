//! What is run, where not every voter can be a tab.

use std::fmt;

/// The most voters that are all tabs.
pub const MAX_TABS: u64 = 1_000;
/// The most voters of a precinct, where one precinct is run whole: each of its tabs holds all their
/// ballots.
pub const MAX_WHOLE_PRECINCT: u64 = 1_500;
/// The fewest voters a precinct, on average: a precinct of nobody shows nothing.
pub const LEAST_A_PRECINCT: u64 = 10;
/// The most voters in one room: each replica holds the ballots of all.
pub const MAX_ONE_ROOM: u64 = 100_000;
/// How many replicas stand for all of a crowd.
pub const CROWD_REPLICAS: usize = 16;

/// See the [module](self).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Model {
    /// Every voter is a tab.
    Tabs,
    /// The first precinct is whole: every voter of it is a tab, and these are measured. Of every
    /// other precinct there is one tab, which holds the precinct's ballots and speaks for it, and
    /// seven other members attest what it states.
    WholePrecinct,
    /// One room that says it has as many connections as voters. Sixteen of them are replicas, which
    /// hold all ballots. Each ballot comes to one of them, and they pass it on as they would to all
    /// others.
    Crowd,
}

impl Model {
    /// The one for so many voters in so many precincts.
    #[must_use]
    pub fn of(voters: u64, precincts: u16) -> Self {
        match (voters, precincts) {
            (..=MAX_TABS, _) => Self::Tabs,
            (_, 1) => Self::Crowd,
            _ => Self::WholePrecinct,
        }
    }
}

impl fmt::Display for Model {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Tabs => "tabs",
            Self::WholePrecinct => "whole precinct + stand-ins",
            Self::Crowd => "16 full replicas of a room of all",
        })
    }
}
