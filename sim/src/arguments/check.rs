//! What is refused before anything runs, because arguments do not go together.

use election_sim::network::partition::BadPartition;
use election_sim::pair::Who;
use election_sim::workload::precincts::model::{
    LEAST_A_PRECINCT, MAX_ONE_ROOM, MAX_TABS as MAX_TABS_TO_VOTE, MAX_WHOLE_PRECINCT,
};

use super::memory::MAX_GIGABYTES;
use super::{Command, Run, Scale, family};

/// The most that can take part in eager broadcast.
const MAX_EAGER: usize = 10_000;
/// The most members of a total order.
const MAX_MEMBERS: usize = 1_000;
/// The most of the product's replicas.
const MAX_TABS: usize = 1_000;
/// How many votes there may be for each of them. A voter has 256, and who votes is drawn.
const VOTES_EACH: usize = 128;
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
    /// Several numbers of voters, and one run.
    #[error("one run has one number of voters; give --plot FILE to run several")]
    SeveralVoters,
    /// Precincts of nobody.
    #[error(
        "{voters} voters in {precincts} precincts leave some with nobody; give {LEAST_A_PRECINCT} voters a precinct at least"
    )]
    TooFewVoters {
        /// How many were asked for.
        voters: u64,
        /// In how many precincts.
        precincts: u16,
    },
    /// Too many for replicas that hold the ballots of all.
    #[error(
        "in one room every replica holds the ballots of all; give {MAX_ONE_ROOM} voters or fewer instead of {voters}, or precincts"
    )]
    TooManyInOneRoom {
        /// How many were asked for.
        voters: u64,
    },
    /// A precinct that is too large to be run whole.
    #[error(
        "a precinct of {} voters is run whole, and each of its tabs holds all of its ballots; give {least} precincts or more",
        voters / u64::from(*.precincts)
    )]
    TooFewPrecincts {
        /// How many voters were asked for.
        voters: u64,
        /// In how many precincts.
        precincts: u16,
        /// How many precincts will do.
        least: u64,
    },
    /// Seeds beyond the last one.
    #[error(
        "{seeds} seeds from {from} on go beyond {}, which is the last one; give fewer, or a smaller --from",
        u64::MAX
    )]
    TooManySeeds {
        /// The first of them.
        from: u64,
        /// How many were asked for.
        seeds: u64,
    },
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
            Self::Swarm(swarm) => are_seeds(swarm.from, swarm.seeds),
            Self::Glomers(glomers) => are_seeds(glomers.from, glomers.seeds),
            Self::Scale(scale) => scale.check(),
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
        if self.who == Who::Eager {
            fits_eager(replicas)?;
        }
        if self.when.has_members() && replicas > MAX_MEMBERS {
            let when = family::name(self.when);
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

impl Scale {
    fn check(&self) -> Result<(), BadArguments> {
        if self.plot.is_some() {
            return Ok(());
        }
        match self.voters[..] {
            [] => Ok(()),
            [voters] => fits_precincts(voters, self.precincts),
            _ => Err(BadArguments::SeveralVoters),
        }
    }
}

fn fits_precincts(voters: u64, precincts: u16) -> Result<(), BadArguments> {
    if precincts == 1 {
        return match voters {
            ..=MAX_ONE_ROOM => Ok(()),
            _ => Err(BadArguments::TooManyInOneRoom { voters }),
        };
    }
    if voters < LEAST_A_PRECINCT * u64::from(precincts) {
        return Err(BadArguments::TooFewVoters { voters, precincts });
    }
    if voters > MAX_TABS_TO_VOTE && voters > MAX_WHOLE_PRECINCT * u64::from(precincts) {
        let least = voters.div_ceil(MAX_WHOLE_PRECINCT);
        return Err(BadArguments::TooFewPrecincts {
            voters,
            precincts,
            least,
        });
    }
    Ok(())
}

/// So that `from + number` is a seed for each number below `seeds`.
fn are_seeds(from: u64, seeds: u64) -> Result<(), BadArguments> {
    let last = from.checked_add(seeds.saturating_sub(1));
    last.map(|_| ())
        .ok_or(BadArguments::TooManySeeds { from, seeds })
}

fn fits_eager(replicas: usize) -> Result<(), BadArguments> {
    if replicas > MAX_EAGER {
        return Err(BadArguments::TooManyForEager { replicas });
    }
    Ok(())
}
