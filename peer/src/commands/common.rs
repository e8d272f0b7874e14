//! What several commands take.

use std::time::Duration;

use clap::Args;

use super::values::{duration, free_text};

/// What all commands take.
#[derive(Debug, Args)]
pub struct Common {
    /// Where the relay is, http(s):// or ws(s):// [default: the link's own origin, else
    /// http://127.0.0.1:8080]
    #[arg(long, global = true, value_name = "URL", allow_hyphen_values = true)]
    pub relay: Option<String>,
    /// Write exactly one JSON document to standard output
    #[arg(long, global = true)]
    pub json: bool,
    /// How long to wait for the relay, for the poll and for others, such as 500ms, 10s or 1m
    #[arg(long, global = true, value_name = "DURATION", default_value = "10s", allow_hyphen_values = true, value_parser = duration)]
    pub wait: Duration,
}

/// How long things must stand still, and what comes after the result.
#[derive(Debug, Args)]
pub struct Finish {
    /// How long to let things settle, such as 500ms, 2s or 1m; in a poll with precincts 2s without
    /// news are enough, and a longer time is only for what was sent to get around, and for a tally
    /// to see claims attested
    #[arg(long, value_name = "DURATION", default_value = "2s", allow_hyphen_values = true, value_parser = duration)]
    pub settle: Duration,
    /// Stay up after the result, as a replica for others to fetch from, until Ctrl-C or SIGTERM; in
    /// a poll with precincts it also signs what its own precinct returns
    #[arg(long)]
    pub stay: bool,
}

/// Which precinct, in a poll that has them.
#[derive(Debug, Args)]
pub struct Where {
    /// Which precinct, by its name or its number, counted from 1 [default: the link's, else that of
    /// the key, which without a voter file is drawn at random]
    #[arg(long, value_name = "NAME|NUMBER", allow_hyphen_values = true, value_parser = free_text)]
    pub precinct: Option<String>,
}
