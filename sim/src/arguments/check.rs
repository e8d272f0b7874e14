//! What is refused before anything runs, because arguments do not go together.

use election_sim::network::partition::BadPartition;
use election_sim::pair::When;

use super::{Command, OP_EVERY, Run, WhenName, WhoName};

/// The most that can take part in eager broadcast.
const MAX_EAGER: usize = 10_000;
/// The most members of a total order.
const MAX_MEMBERS: usize = 1_000;
/// The most of the product's replicas.
const MAX_TABS: usize = 1_000;
/// How many votes there may be for each of them. A voter has 256, and who votes is drawn.
const VOTES_EACH: usize = 128;
/// The most memory that a run may need, in gigabytes, by the measured sizes below.
const MAX_GIGABYTES: u64 = 12;
/// What a replica takes, in bytes.
const REPLICA_SIZE: u64 = 4_000;
/// What an op takes in each replica that has it.
const DELIVERY_SIZE: u64 = 256;
/// What a vector clock in it takes for each sender.
const CLOCK_ENTRY_SIZE: u64 = 10;
/// What an eager copy takes while it is under way.
const COPY_SIZE: u64 = 100;

/// Arguments that do not go together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadArguments {
    /// Too many for n² copies.
    #[error(
        "eager sends n² copies of every op, {} with {replicas} replicas; give 10000 replicas or fewer, or run with gossip",
        .replicas.saturating_mul(*.replicas)
    )]
    TooManyForEager {
        /// How many were asked for.
        replicas: usize,
    },
    /// Too many for an order that hears from all.
    #[error(
        "{when} has a fixed group, whose every member must be heard from; give --replicas 1000 or fewer instead of {replicas}"
    )]
    TooManyMembers {
        /// The order's name on the command line.
        when: &'static str,
        /// How many were asked for.
        replicas: usize,
    },
    /// Too many for signatures and sealed frames.
    #[error(
        "every one of the product's replicas checks every signature; give --replicas {MAX_TABS} or fewer instead of {replicas}"
    )]
    TooManyTabs {
        /// How many were asked for.
        replicas: usize,
    },
    /// More votes than a poll allows.
    #[error(
        "{ops} votes of {replicas} voters are too many, because a voter has 256; give {VOTES_EACH} for each at most"
    )]
    TooManyVotes {
        /// How many were asked for.
        ops: usize,
        /// Of how many voters.
        replicas: usize,
    },
    /// More than there are others.
    #[error(
        "a fan-out of {fan_out} needs more than {fan_out} replicas, and there are {replicas}; give --fanout {} or less",
        .replicas.saturating_sub(1)
    )]
    FanOut {
        /// What was asked for.
        fan_out: u8,
        /// How many there are.
        replicas: usize,
    },
    /// Too much to hold.
    #[error(
        "that run would need about {gigabytes} GB of memory, and {MAX_GIGABYTES} are the most; give fewer replicas or ops"
    )]
    TooLarge {
        /// How much it would need.
        gigabytes: u64,
    },
    /// A log of many runs.
    #[error("--log shows one run; give --seeds 1 with it, and the seed with --from")]
    LogOfMany,
    /// The partitions do not fit the replicas.
    #[error(transparent)]
    Partition(#[from] BadPartition),
}

impl Command {
    /// Checks what no argument shows alone.
    ///
    /// # Errors
    /// [`BadArguments`]
    pub fn check(&self) -> Result<(), BadArguments> {
        match self {
            Self::Run(run) => run.check(),
            Self::Swarm(swarm) if swarm.log && swarm.seeds > 1 => Err(BadArguments::LogOfMany),
            Self::Swarm(_) | Self::Scale(_) | Self::Glomers(_) => Ok(()),
            Self::Compare(compare) => compare.replicas.iter().try_for_each(|&n| fits_eager(n)),
        }
    }
}

impl Run {
    fn check(&self) -> Result<(), BadArguments> {
        let replicas = self.replicas;
        if self.product && replicas > MAX_TABS {
            return Err(BadArguments::TooManyTabs { replicas });
        }
        if self.product && self.ops > replicas.saturating_mul(VOTES_EACH) {
            let ops = self.ops;
            return Err(BadArguments::TooManyVotes { ops, replicas });
        }
        if self.who == WhoName::Eager {
            fits_eager(replicas)?;
        }
        if When::from(self.when).has_members() && replicas > MAX_MEMBERS {
            let when = match self.when {
                WhenName::Leader => "leader",
                _ => "lamport",
            };
            return Err(BadArguments::TooManyMembers { when, replicas });
        }
        if let Some(fan_out) = self.fanout
            && usize::from(fan_out) >= replicas
        {
            return Err(BadArguments::FanOut { fan_out, replicas });
        }
        let gigabytes = self.gigabytes();
        if gigabytes > MAX_GIGABYTES {
            return Err(BadArguments::TooLarge { gigabytes });
        }
        if let Some(partitions) = &self.partition {
            partitions.prepare(replicas)?;
        }
        Ok(())
    }
}

impl Run {
    /// About how much memory it takes.
    fn gigabytes(&self) -> u64 {
        let (replicas, ops) = (self.replicas as u64, self.ops as u64);
        let clock = match self.when {
            WhenName::Causal => ops.min(replicas) * CLOCK_ENTRY_SIZE,
            _ => 0,
        };
        let held = (replicas * ops).saturating_mul(DELIVERY_SIZE + clock);
        let under_way = match self.who {
            WhoName::Gossip => 0,
            WhoName::Eager => {
                let ops = ops.min(self.latency.mean().0 / OP_EVERY.0 + 1);
                replicas * replicas * ops * COPY_SIZE
            }
        };
        let bytes = held.saturating_add(under_way) + replicas * REPLICA_SIZE;
        bytes.div_ceil(1_000_000_000)
    }
}

fn fits_eager(replicas: usize) -> Result<(), BadArguments> {
    if replicas > MAX_EAGER {
        return Err(BadArguments::TooManyForEager { replicas });
    }
    Ok(())
}
