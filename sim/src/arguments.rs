//! The command line. In [`family`], the names of the broadcast family; in [`check`], what is
//! refused before anything runs, also because of the [`memory`] it would take.

mod check;
mod family;
mod memory;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use election_core::time::Millis;
use election_sim::network::latency::Latency;
use election_sim::network::loss::Loss;
use election_sim::network::partition::Partitions;
use election_sim::pair::{When, Who};
use election_sim::workload::glomers::profile::Profile;

pub use check::BadArguments;

/// The span between two ops of a run: a hundred a second.
pub const OP_EVERY: Millis = Millis(10);
/// To how many others gossip passes an op on, unless it is said.
const FAN_OUT: u8 = 4;
/// The most replicas of one run.
const MAX_REPLICAS: usize = 1_000_000;
/// The most ops of one run.
const MAX_OPS: usize = 1_000_000;
/// The most voters of one run.
const MAX_VOTERS: usize = 1_000_000;
/// The most precincts of a poll.
const MAX_PRECINCTS: usize = 4_096;
/// The most seeds of one run.
const MAX_SEEDS: usize = 1_000_000;
/// The widest fan-out: 255 means all.
const MAX_FAN_OUT: u8 = 254;

const EXIT_CODES: &str = "\
Exit codes:
  0  fine
  1  a violation was found, or the replicas did not converge, or the result could not be written
  2  bad usage or bad input; nothing was run

Results go to standard output, everything else to standard error. All of a run follows from its seed.";

/// Many replicas of Election Voter on a simulated network, on a virtual clock.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100, after_help = EXIT_CODES, after_long_help = EXIT_CODES)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Write exactly one JSON document to standard output
    #[arg(long, global = true)]
    pub json: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Broadcast ops over one pair of the family, until every replica has delivered them
    Run(Run),
    /// Many seeds, each of which draws everything that can go wrong; prints those that found a
    /// violation
    Swarm(Swarm),
    /// Broadcast one op in a large group: coverage after push, rounds and copies a node to reach
    /// all; or, with --voters, let a whole poll vote, in one room or in precincts
    Scale(Scale),
    /// The broadcast workload of fly.io's Gossip Glomers, counted as Maelstrom counts it
    Glomers(Glomers),
    /// Eager against gossip by number of replicas: messages, redundancy, time to all
    Compare(Compare),
}

/// Broadcast ops over one pair of the family.
#[derive(Debug, Args)]
pub struct Run {
    /// How many replicas, 2 to 1000000; eager 10000, leader and lamport 1000
    #[arg(long, value_name = "N", default_value = "100", value_parser = replicas)]
    pub replicas: usize,
    /// How many ops, each broadcast by a random replica, a hundred a second; 1 to 1000000
    #[arg(long, value_name = "M", default_value = "100", value_parser = ops)]
    pub ops: usize,
    /// To how many random others gossip passes an op on, and to twice as many at its sender; 1 to
    /// 254, and fewer than there are replicas. Eager sends to all [default: 4, or all others where
    /// these are fewer]
    #[arg(long, value_name = "K", value_parser = fan_out)]
    pub fanout: Option<u8>,
    /// How much the network loses.
    #[command(flatten)]
    pub loss: LossArgument,
    /// How long a packet is under way: 100ms, uniform:20ms..80ms or exponential:50ms; 1ms to 10m
    #[arg(
        long,
        value_name = "SPEC",
        default_value = "100ms",
        allow_hyphen_values = true
    )]
    pub latency: Latency,
    /// Who does not hear whom, and when: 5s..15s:0-3|4-9; one way 5s..15s:0-3>4-9, where what 0-3
    /// send does not reach 4-9. Several with commas between; who is in no group is in one more;
    /// healed by 60m [default: nobody]
    #[arg(long, value_name = "SPEC", allow_hyphen_values = true)]
    pub partition: Option<Partitions>,
    /// Who gets a message
    #[arg(long, value_parser = family::who(), default_value = "gossip")]
    pub who: Who,
    /// When it is delivered
    #[arg(long, value_parser = family::when(), default_value = "unordered")]
    pub when: When,
    /// Run the product's replicas, which vote, in the place of a pair; at most 1000
    #[arg(long, conflicts_with_all = ["who", "when"])]
    pub product: bool,
    /// Write a line for each event to standard error, the last 100000 of them
    #[arg(long)]
    pub log: bool,
    /// What everything follows from.
    #[command(flatten)]
    pub seed: SeedArgument,
}

impl Run {
    /// To how many others gossip passes an op on.
    pub fn fan_out(&self) -> u8 {
        let others = u8::try_from(self.replicas - 1).unwrap_or(u8::MAX);
        self.fanout.unwrap_or(FAN_OUT.min(others))
    }
}

/// Many seeds, each of which draws everything.
#[derive(Debug, Args)]
pub struct Swarm {
    /// How many seeds, 1 to 1000000
    #[arg(long, value_name = "N", default_value = "200", value_parser = seeds)]
    pub seeds: u64,
    /// The first of them
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub from: u64,
    /// Write a line for each event to standard error, and the shortest run that fails alike; with
    /// --seeds 1
    #[arg(long)]
    pub log: bool,
}

/// Broadcast one op in a large group, or let a whole poll vote.
#[derive(Debug, Args)]
#[command(long_about = "\
Broadcast one op in a large group: coverage after push, rounds and copies a node to reach all.

With --voters, the product's tabs: everybody connects and votes within one minute, and the run goes on until every tab \
shows the exact tally of the poll. What is counted is what is handed to one tab until then, on average, which with one \
vote a tab is what a vote costs; and the heap of the largest tab. Where memory does not allow a tab for each voter, \
`model` says what was run instead: one precinct whole, which is measured, and of each other precinct one tab, which \
holds its ballots, with seven other members who attest what it states; or, of one room, sixteen replicas that hold all \
ballots.")]
pub struct Scale {
    /// How many replicas, 2 to 1000000
    #[arg(long, value_name = "N", default_value = "1000", value_parser = replicas)]
    pub replicas: usize,
    /// Let so many vote, 10 to 1000000, at least 10 a precinct; with --plot several, with commas
    /// between
    #[arg(
        long,
        value_name = "V",
        value_delimiter = ',',
        value_parser = voters,
        conflicts_with_all = ["replicas", "loss"]
    )]
    pub voters: Vec<u64>,
    /// In how many precincts they vote, 1 to 4096; 1 is a poll of one room
    #[arg(long, value_name = "G", default_value = "1", value_parser = precincts, requires = "voters")]
    pub precincts: u16,
    /// Run each of --voters in one room and in precincts of 1000, and draw both as SVG into this
    /// file
    #[arg(
        long,
        value_name = "FILE",
        requires = "voters",
        conflicts_with = "precincts"
    )]
    pub plot: Option<PathBuf>,
    /// How much the network loses, as for run [default: one run without loss, one with 20 %]
    #[arg(long, value_name = "P", allow_hyphen_values = true)]
    pub loss: Option<Loss>,
    /// What everything follows from.
    #[command(flatten)]
    pub seed: SeedArgument,
}

/// The Gossip Glomers workload.
#[derive(Debug, Args)]
#[command(long_about = "\
The broadcast workload of fly.io's Gossip Glomers, counted as Maelstrom counts it.

25 nodes, 20 s, 100 client operations a second, half of them reads, 100 ms between nodes. Exit code 1 if an element was \
lost or came twice.")]
pub struct Glomers {
    /// What the nodes are tuned for: fast or thrifty
    #[arg(long, value_name = "PROFILE")]
    pub profile: Profile,
    /// How many seeds, one run each; 1 to 1000000
    #[arg(long, value_name = "N", default_value = "20", value_parser = seeds)]
    pub seeds: u64,
    /// The first of them
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub from: u64,
    /// How much the network loses.
    #[command(flatten)]
    pub loss: LossArgument,
    /// Cut the network in two now and then
    #[arg(long)]
    pub partition: bool,
}

/// Eager against gossip.
#[derive(Debug, Args)]
pub struct Compare {
    /// The numbers of replicas, each 2 to 10000, with commas between
    #[arg(
        long,
        value_name = "N,N,…",
        value_delimiter = ',',
        default_value = "10,30,100,300,1000,3000",
        value_parser = replicas
    )]
    pub replicas: Vec<usize>,
    /// How much the network loses.
    #[command(flatten)]
    pub loss: LossArgument,
    /// Draw it as SVG into this file too
    #[arg(long, value_name = "FILE")]
    pub plot: Option<PathBuf>,
    /// What everything follows from.
    #[command(flatten)]
    pub seed: SeedArgument,
}

/// How much the network loses.
#[derive(Debug, Args)]
pub struct LossArgument {
    /// How much the network loses: 0.2, 20%, or in bursts of 8 packets on average bursts:20%:8
    #[arg(
        long,
        value_name = "P",
        default_value = "0",
        allow_hyphen_values = true
    )]
    pub loss: Loss,
}

/// The seed of one run.
#[derive(Debug, Args)]
pub struct SeedArgument {
    /// What everything follows from
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
}

fn replicas(text: &str) -> Result<usize, String> {
    in_range(text, 2, MAX_REPLICAS, "replicas")
}

fn voters(text: &str) -> Result<u64, String> {
    in_range(text, 10, MAX_VOTERS, "voters").map(|voters| voters as u64)
}

fn precincts(text: &str) -> Result<u16, String> {
    let precincts = in_range(text, 1, MAX_PRECINCTS, "precincts")?;
    u16::try_from(precincts).map_err(|error| error.to_string())
}

fn ops(text: &str) -> Result<usize, String> {
    in_range(text, 1, MAX_OPS, "ops")
}

fn seeds(text: &str) -> Result<u64, String> {
    in_range(text, 1, MAX_SEEDS, "seeds").map(|seeds| seeds as u64)
}

fn fan_out(text: &str) -> Result<u8, String> {
    let fan_out = in_range(text, 1, usize::from(MAX_FAN_OUT), "others")?;
    u8::try_from(fan_out).map_err(|error| error.to_string())
}

fn in_range(text: &str, least: usize, most: usize, what: &str) -> Result<usize, String> {
    let number = text.parse().ok();
    number
        .filter(|number| (least..=most).contains(number))
        .ok_or_else(|| format!("give {least} to {most} {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_holds_together() {
        Arguments::command().debug_assert();
    }
}
