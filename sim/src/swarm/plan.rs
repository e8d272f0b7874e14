//! A plan: everything that goes into one run, as data. What is not in it follows from its seed.

use core::fmt;

use election_core::poll::genesis::Method;
use election_core::time::Millis;

use super::rates::Rates;
use crate::network::latency::Latency;
use crate::network::loss::Loss;
use crate::network::partition::Partitions;
use crate::pair::{When, Who};
use crate::relay::Limits;
use crate::world::Clock;

/// What takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// The product's replica.
    Product {
        /// How votes are counted.
        method: Method,
        /// How many of the last members of the room are attackers.
        attackers: usize,
        /// How many of the first members of the room have the chair's key; at least 1.
        chairs: usize,
        /// How many ballots are in the poll before the run begins.
        settled: usize,
    },
    /// A pair of the broadcast family.
    Pair {
        /// Who gets a message.
        who: Who,
        /// When it is delivered.
        when: When,
        /// How many messages may be held back.
        held_back: usize,
        /// How long a message may be without a place before the leader is suspected.
        patience: Millis,
        /// How fast its nodes pass on and compare.
        rates: Rates,
    },
}

/// One thing that is done to one member of the room, by its index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// It votes for that option, or changes its vote; a pair broadcasts.
    Vote(usize, usize),
    /// The chair revokes some ballot.
    Revoke(usize),
    /// It leaves the room, and keeps what it has.
    Leave(usize),
    /// It comes into the room, the first time or again.
    Come(usize),
    /// It does nothing for so long.
    Freeze(usize, Millis),
    /// It ends without warning and starts again from its disk, not in the room. `true`: the last writes are lost. A node of
    /// a pair only leaves: it keeps what it has, as if its archive were its disk, because one that starts again with nothing
    /// is another node, as a latecomer is. None is drawn for it.
    Crash(usize, bool),
}

impl Action {
    /// Who it is done to.
    #[must_use]
    pub const fn member(self) -> usize {
        match self {
            Self::Vote(member, _)
            | Self::Revoke(member)
            | Self::Leave(member)
            | Self::Come(member)
            | Self::Freeze(member, _)
            | Self::Crash(member, _) => member,
        }
    }
}

/// See the [module](self).
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// All chance follows from it.
    pub seed: u64,
    /// What takes part.
    pub subject: Subject,
    /// How many members the room has, the attacker among them.
    pub members: usize,
    /// The network's delays.
    pub latency: Latency,
    /// What it loses.
    pub loss: Loss,
    /// How likely a packet arrives twice.
    pub duplication: f64,
    /// How likely a packet is overtaken.
    pub straggling: f64,
    /// Who cannot hear whom.
    pub partitions: Partitions,
    /// The relay's queues.
    pub relay: Limits,
    /// The members' clocks.
    pub clocks: Vec<Clock>,
    /// How long the safety phase takes. Then the network heals, and who is not dead comes back.
    pub safety: Millis,
    /// What is done, in the order of time.
    pub actions: Vec<(Millis, Action)>,
    /// Who is not there from the beginning, but comes with their first [`Action::Come`].
    pub latecomers: Vec<usize>,
    /// Who is gone for good when the network heals.
    pub dead: Vec<usize>,
}

impl Plan {
    /// How many members of the room keep to the rules: the first ones.
    #[must_use]
    pub fn honest(&self) -> usize {
        match self.subject {
            Subject::Product { attackers, .. } => self.members.saturating_sub(attackers),
            Subject::Pair { .. } => self.members,
        }
    }

    /// Whether that member is an attacker.
    #[must_use]
    pub fn is_attacker(&self, member: usize) -> bool {
        member >= self.honest()
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.subject {
            Subject::Product {
                method,
                attackers,
                chairs,
                settled,
            } => writeln!(
                f,
                "{} tabs, {method:?}, the last {attackers} attackers, the first {chairs} with the chair's key, {settled} ballots before",
                self.members
            )?,
            Subject::Pair {
                who,
                when,
                held_back,
                patience,
                rates,
            } => writeln!(
                f,
                "{} nodes, {who:?}, {when:?}, {held_back} held back at most, patience {} ms\n{rates}",
                self.members, patience.0
            )?,
        }
        writeln!(
            f,
            "latency {}, loss {}, {:.0} % twice, {:.0} % overtaken, lanes of {} frames, {} bytes/ms",
            self.latency,
            self.loss,
            self.duplication * 100.0,
            self.straggling * 100.0,
            self.relay.frames,
            self.relay.bytes_per_milli
        )?;
        if !self.partitions.0.is_empty() {
            writeln!(f, "partitions {}", self.partitions)?;
        }
        for (member, clock) in self.clocks.iter().enumerate() {
            if *clock != Clock::default() {
                let (skew, rate) = (clock.skew.0, clock.rate);
                writeln!(f, "clock of {member}: {skew} ms ahead, {rate} ‰ fast")?;
            }
        }
        if !self.latecomers.is_empty() {
            writeln!(f, "not there from the beginning: {:?}", self.latecomers)?;
        }
        for (at, action) in &self.actions {
            writeln!(f, "{:>8} ms  {action:?}", at.0)?;
        }
        writeln!(f, "{:>8} ms  the network heals", self.safety.0)?;
        if !self.dead.is_empty() {
            writeln!(f, "gone for good then: {:?}", self.dead)?;
        }
        Ok(())
    }
}
