//! About how much memory a run takes, by sizes that were measured; rather too much than too little.

use election_core::time::Millis;
use election_sim::pair::{When, Who};

use super::{OP_EVERY, Run};

/// The most memory that a run may need, in gigabytes.
pub const MAX_GIGABYTES: u64 = 12;
/// What a replica takes, in bytes.
const REPLICA_SIZE: f64 = 4_000.0;
/// What one of the product's takes.
const TAB_SIZE: f64 = 20_000.0;
/// What an op takes in each replica that has it.
const DELIVERY_SIZE: f64 = 256.0;
/// The same in the product's.
const TAB_DELIVERY_SIZE: f64 = 500.0;
/// What a vector clock takes for each sender that it knows.
const CLOCK_ENTRY_SIZE: f64 = 27.0;
/// What a copy takes while it is under way.
const COPY_SIZE: f64 = 100.0;

impl Run {
    /// About how much memory it takes.
    pub fn gigabytes(&self) -> u64 {
        let (replicas, ops) = (self.replicas as f64, self.ops as f64);
        let (replica, delivery) = if self.product {
            (TAB_SIZE, TAB_DELIVERY_SIZE)
        } else {
            (REPLICA_SIZE, DELIVERY_SIZE + self.clock_size())
        };
        let held = replicas * (replica + ops * delivery);
        let under_way = self.spreading() * replicas * self.copies_each() * COPY_SIZE;
        // A float never overflows here: the greatest is about 1e24 bytes.
        ((held + under_way) / 1e9).ceil() as u64
    }

    /// What the vector clock of an op takes on average: ops of random senders know more and more of
    /// them.
    fn clock_size(&self) -> f64 {
        if self.when != When::Causal {
            return 0.0;
        }
        let (senders, each) = (self.replicas as f64, self.ops as f64 / self.replicas as f64);
        let known = senders * (1.0 - (1.0 - (-each).exp()) / each);
        known * CLOCK_ENTRY_SIZE
    }

    /// How many messages have copies under way at once: ops, and with Lamport times each replica's
    /// heartbeat of a round.
    fn spreading(&self) -> f64 {
        let Millis(latency) = self.latency.mean();
        let ops = (self.ops as u64).min(latency / OP_EVERY.0 + 1);
        let heartbeats = match self.when {
            When::Lamport if !self.product => self.replicas,
            _ => 0,
        };
        ops as f64 + heartbeats as f64
    }

    /// How many copies of a message a replica sends.
    fn copies_each(&self) -> f64 {
        match self.who {
            Who::Eager if !self.product => self.replicas as f64,
            _ => f64::from(self.fan_out()),
        }
    }
}
