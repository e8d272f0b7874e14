//! A plan: everything that goes into one run, as data. What is not in it follows from its seed.

use core::fmt;

use election_core::ballots::capacity::Capacity;
use election_core::poll::method::Method;
use election_core::time::Millis;

use super::rates::Rates;
use crate::network::latency::Latency;
use crate::network::loss;
use crate::network::partition::Partitions;
use crate::pair::{When, Who};
use crate::product::disk::Loss;
use crate::relay::Limits;
use crate::relay::dishonest::Dishonesty;
use crate::world::Clock;

/// How often a voter may change their vote, mostly.
const MAX_SEQ: u32 = 100;

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
        /// How many ballots are in the poll before the run begins, at most.
        settled: usize,
        /// How many precincts the poll has. The members belong to them in turn.
        precincts: u16,
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

/// Connections that have the link and are no replicas, beside the members of the room: they are
/// there from the beginning, and do what they do without end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Strangers {
    /// What they do.
    pub manner: Manner,
    /// How many they are.
    pub count: usize,
}

/// What strangers do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Nothing.
    Silent,
    /// Open comparisons, say no more, and come back under other handles.
    OpenSessions,
    /// Send ops with wrong signatures, and come back under other handles because nobody listens to
    /// them for long.
    Forge,
    /// Send valid ballots that follow what there is not.
    SendOrphans,
}

/// One thing that is done to one member of the room, by its index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// It votes for that option, or changes its vote; a pair broadcasts.
    Vote(usize, usize),
    /// The chair revokes some ballot, or bars its voter; or closes the poll, or opens it.
    Revoke(usize),
    /// The chair strikes what is stated of that precinct.
    Strike(usize, u16),
    /// It counts another precinct; or no longer, if it does.
    Audit(usize, u16),
    /// It cannot get into the council's room from now on; or can again.
    Shut(usize, bool),
    /// It leaves the room, and keeps what it has.
    Leave(usize),
    /// It comes into the room, the first time or again.
    Come(usize),
    /// It does nothing for so long.
    Freeze(usize, Millis),
    /// Its clock is put forward by so much.
    Jump(usize, Millis),
    /// What its disk holds is kept elsewhere.
    BackUp(usize),
    /// It ends without warning and starts again from what its disk kept, not in the room, with its
    /// clock put back by so much. A node of a pair only leaves: it keeps what it has, as if its
    /// archive were its disk, because one that starts again with nothing is another node, as a
    /// latecomer is. None is drawn for it.
    Crash(usize, Loss, Millis),
}

impl Action {
    /// Who it is done to.
    #[must_use]
    pub const fn member(mut self) -> usize {
        *self.member_mut()
    }

    /// The same, to be changed.
    pub const fn member_mut(&mut self) -> &mut usize {
        match self {
            Self::Vote(member, _)
            | Self::Revoke(member)
            | Self::Strike(member, _)
            | Self::Audit(member, _)
            | Self::Shut(member, _)
            | Self::Leave(member)
            | Self::Come(member)
            | Self::Freeze(member, _)
            | Self::Jump(member, _)
            | Self::BackUp(member)
            | Self::Crash(member, ..) => member,
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
    pub loss: loss::Loss,
    /// How likely a packet arrives twice.
    pub duplication: f64,
    /// How likely a packet is overtaken.
    pub straggling: f64,
    /// Who cannot hear whom.
    pub partitions: Partitions,
    /// The relay's queues.
    pub relay: Limits,
    /// What the relay does that it should not. Among tabs only: to a node of a pair a connection is
    /// a name.
    pub dishonesty: Dishonesty,
    /// The members' clocks.
    pub clocks: Vec<Clock>,
    /// How long the safety phase takes. Then the network heals, and who is not dead comes back.
    pub safety: Millis,
    /// How long those who agree are looked at, at least, because some of what they show has to have
    /// stood for long.
    pub linger: Millis,
    /// What is done, in the order of time.
    pub actions: Vec<(Millis, Action)>,
    /// Who is not there from the beginning, but comes with their first [`Action::Come`].
    pub latecomers: Vec<usize>,
    /// Who is gone for good when the network heals.
    pub dead: Vec<usize>,
    /// Who runs a newer version of the program; tabs only.
    pub newer: Vec<usize>,
    /// How much a tab holds.
    pub capacity: Capacity,
    /// The highest number of a voter's ballots; of tabs only.
    pub max_seq: u32,
    /// Who fills the room; among tabs only.
    pub strangers: Option<Strangers>,
    /// Whether the end of the safety phase is the end of what gets lost, comes twice or is
    /// overtaken too, and of the strangers. Partitions, sleep and slow readers end then in any
    /// case, and so does what the relay should not do, but for what it withholds and what sizes it
    /// makes up.
    pub heals: bool,
}

impl Plan {
    /// So many members on a network without troubles, who do nothing.
    #[must_use]
    pub fn quiet(seed: u64, subject: Subject, members: usize, safety: Millis) -> Self {
        Self {
            seed,
            subject,
            members,
            latency: Latency::Constant(Millis(10)),
            loss: loss::Loss::None,
            duplication: 0.0,
            straggling: 0.0,
            partitions: Partitions::default(),
            relay: Limits::default(),
            dishonesty: Dishonesty::default(),
            clocks: vec![Clock::default(); members],
            safety,
            linger: Millis(0),
            actions: Vec::new(),
            latecomers: Vec::new(),
            dead: Vec::new(),
            newer: Vec::new(),
            capacity: Capacity::default(),
            max_seq: MAX_SEQ,
            strangers: None,
            heals: true,
        }
    }

    /// Whether there may be no room for all that is said.
    #[must_use]
    pub fn is_tight(&self) -> bool {
        self.capacity != Capacity::default()
    }

    /// How many precincts there are; 1 in polls of one room and among pairs.
    #[must_use]
    pub const fn precincts(&self) -> u16 {
        match self.subject {
            Subject::Product { precincts, .. } => precincts,
            Subject::Pair { .. } => 1,
        }
    }

    /// To which of them a member belongs.
    #[must_use]
    pub const fn precinct(&self, member: usize) -> usize {
        member % self.precincts() as usize
    }

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
                precincts,
            } => writeln!(
                f,
                "{} tabs in {precincts} precincts, {method:?}, the last {attackers} attackers, the first {chairs} with the chair's key, {settled} ballots before",
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
        if self.dishonesty != Dishonesty::default() {
            writeln!(f, "the relay: {:?}", self.dishonesty)?;
        }
        if self.is_tight() {
            writeln!(f, "{:?}", self.capacity)?;
        }
        if self.max_seq != MAX_SEQ {
            writeln!(f, "{} ballots a voter at most", self.max_seq + 1)?;
        }
        if !self.newer.is_empty() {
            writeln!(f, "of a newer version: {:?}", self.newer)?;
        }
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
        if let Some(Strangers { manner, count }) = self.strangers {
            writeln!(f, "strangers: {count}, {manner:?}")?;
        }
        let heals =
            ["what is cut heals, all else goes on", "the network heals"][usize::from(self.heals)];
        writeln!(f, "{:>8} ms  {heals}", self.safety.0)?;
        if self.linger > Millis(0) {
            writeln!(f, "looked at for {} ms", self.linger.0)?;
        }
        if !self.dead.is_empty() {
            writeln!(f, "gone for good then: {:?}", self.dead)?;
        }
        Ok(())
    }
}
