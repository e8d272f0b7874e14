//! Whether a run went as it must: textbook oracles over what the run wrote down.
//!
//! A checker is a pure function of what happened. How ops are decoded and their signatures verified
//! is core's own code; the judging shares none with what it judges. Each gives the first
//! [`Violation`] that it finds, if any.
//!
//! Of the broadcast family: [`history`] (what a run writes down), [`order`] (once, FIFO, causal,
//! total), [`lost`] (every message that is owed was delivered). Of the product: [`agreement`] (one
//! set, one state hash, one tally), [`spec`] (the tally is what the short specification
//! [`spec::fold`] makes of the whole set of ops). Of the Gossip Glomers workload: [`set_full`]
//! (Jepsen's checker of that name).

pub mod agreement;
pub mod history;
pub mod lost;
pub mod order;
pub mod set_full;
pub mod spec;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

use core::fmt;

use election_core::ids::{OpId, PrecinctId, ReplicaId, VoterKey};
use election_core::poll::close::Status;
use election_core::time::Millis;
use election_textbook::broadcast::MessageId;

/// What can be lost: a message of the broadcast family, or an op of the product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Item {
    /// Of the family.
    Message(MessageId),
    /// Of the product.
    Op(OpId),
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message(id) => write!(f, "message {id}"),
            Self::Op(id) => write!(f, "op {id}"),
        }
    }
}

/// What a run did that it must not do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// Something that a live replica has, or made, never came to another.
    #[error("{item}, which live replica {holder} took in, never came to live replica {replica}")]
    OpLost {
        /// Where it is missing.
        replica: ReplicaId,
        /// What is missing.
        item: Item,
        /// Who delivered it or made it.
        holder: ReplicaId,
    },
    /// What a live replica has, or made, is held by no live replica at the end.
    #[error("op {op}, which live replica {holder} took in, is held by no live replica at the end")]
    HeldByNobody {
        /// What is missing.
        op: OpId,
        /// Who delivered it or made it.
        holder: ReplicaId,
    },
    /// Two messages were broadcast under one id.
    #[error("replica {} broadcast two messages under the id {message}", message.sender)]
    BroadcastTwice {
        /// The id.
        message: MessageId,
    },
    /// One message was delivered more than once.
    #[error("replica {replica} delivered message {message} again; it was to be delivered once")]
    DeliveredTwice {
        /// Where.
        replica: ReplicaId,
        /// What.
        message: MessageId,
    },
    /// A message came out of nowhere.
    #[error("replica {replica} delivered message {message}, which nobody broadcast")]
    DeliveredNeverSent {
        /// Where.
        replica: ReplicaId,
        /// What.
        message: MessageId,
    },
    /// One sender's messages were not delivered in the order in which they were broadcast.
    #[error("replica {replica} delivered message {message}; its sender's next was {expected}")]
    FifoBroken {
        /// Where.
        replica: ReplicaId,
        /// What was delivered.
        message: MessageId,
        /// What was to be delivered first.
        expected: MessageId,
    },
    /// A message was delivered before one that its sender had delivered when it broadcast it.
    #[error(
        "replica {replica} delivered message {message} before {expected}, which it comes after"
    )]
    CausalBroken {
        /// Where.
        replica: ReplicaId,
        /// What was delivered.
        message: MessageId,
        /// What was to be delivered first.
        expected: MessageId,
    },
    /// A message was delivered before one that it names.
    #[error("replica {replica} delivered message {message} before {expected}, which it names")]
    NamedBroken {
        /// Where.
        replica: ReplicaId,
        /// What was delivered.
        message: MessageId,
        /// What was to be delivered first.
        expected: MessageId,
    },
    /// There is no one order in which all deliver.
    #[error(
        "replica {replica} delivered message {message} before {expected}, which by what {other} delivered comes first"
    )]
    TotalBroken {
        /// Where.
        replica: ReplicaId,
        /// What was delivered.
        message: MessageId,
        /// What was to be delivered first.
        expected: MessageId,
        /// Where it was.
        other: ReplicaId,
    },
    /// A replica does not show of a precinct what its ballots add up to.
    #[error("{replica} shows of precinct {}: {shown}; it is: {expected}", precinct.0)]
    BoardDiffers {
        /// Where.
        replica: ReplicaId,
        /// Of which precinct.
        precinct: PrecinctId,
        /// What is shown.
        shown: String,
        /// What those show who hold it.
        expected: String,
    },
    /// A replica shows something as attested that no member of the precinct signed who keeps to the
    /// rules.
    #[error("{replica} shows as attested of precinct {} what liars alone have signed", precinct.0)]
    LiarsAttested {
        /// Where.
        replica: ReplicaId,
        /// Of which precinct.
        precinct: PrecinctId,
    },
    /// Two replicas hold the same ops and have two state hashes.
    #[error("replicas {replica} and {other} hold the same {ops} ops and have two state hashes")]
    StateDiffers {
        /// The one.
        replica: ReplicaId,
        /// The other.
        other: ReplicaId,
        /// How many ops each holds.
        ops: usize,
    },
    /// Two replicas hold the same ops and show two results.
    #[error(
        "replica {replica} shows {is} as {figure}, but {other}, which holds the same ops, {expected}"
    )]
    TallyDiffers {
        /// The one.
        replica: ReplicaId,
        /// The other.
        other: ReplicaId,
        /// What is different, in words.
        figure: String,
        /// What the one shows.
        is: u64,
        /// What the other shows.
        expected: u64,
    },
    /// A replica shows another result than the specification makes of the same ops.
    #[error("replica {replica} shows {is} as {figure}; by the specification it is {expected}")]
    SpecDiffers {
        /// Where.
        replica: ReplicaId,
        /// What is different, in words.
        figure: String,
        /// What the replica shows.
        is: u64,
        /// What the specification makes of the same ops.
        expected: u64,
    },
    /// A replica takes a closed poll to be open, or the other way round.
    #[error(
        "replica {replica} says that the poll is {is:?}; by the specification it is {expected:?}"
    )]
    StatusDiffers {
        /// Where.
        replica: ReplicaId,
        /// What the replica says.
        is: Status,
        /// What the specification makes of the same ops.
        expected: Status,
    },
    /// Two live replicas hold two sets of ops when they had time enough to hold one.
    #[error(
        "replica {replica} still lacks op {op} after {} ms, and {other} holds it",
        after.0
    )]
    NotConverged {
        /// Who lacks it.
        replica: ReplicaId,
        /// Who holds it.
        other: ReplicaId,
        /// The op.
        op: OpId,
        /// How long they had.
        after: Millis,
    },
    /// A message is not delivered, and nothing says which dead member it waits for.
    #[error(
        "message {message} is not delivered at replica {replica}, which names no dead member that it waits for"
    )]
    Silent {
        /// Where.
        replica: ReplicaId,
        /// What.
        message: MessageId,
    },
    /// A voter who keeps to the rules signed two ballots under one number.
    #[error("voter {voter} signed two ballots under number {seq}, and keeps to the rules")]
    SignedTwice {
        /// Who.
        voter: VoterKey,
        /// Which number.
        seq: u32,
    },
    /// One op was delivered more than once by a replica since it started.
    #[error("member {member} delivered op {op} again; it was to be delivered once")]
    OpDeliveredTwice {
        /// Where.
        member: usize,
        /// Which op.
        op: OpId,
    },
    /// The ballots of a voter who keeps to the rules were not delivered in the order of their
    /// numbers.
    #[error(
        "member {member} delivered ballot {ballot}, number {seq} of its voter, when {expected} was next"
    )]
    BallotOutOfOrder {
        /// Where.
        member: usize,
        /// Which ballot.
        ballot: OpId,
        /// Its number.
        seq: u32,
        /// The number that was to be delivered first.
        expected: u32,
    },
    /// A replica holds an op that its disk does not have: a crash would lose it for good.
    #[error("replica {replica} holds op {op}, and never wrote it to its disk")]
    NotSaved {
        /// Where.
        replica: ReplicaId,
        /// Which op.
        op: OpId,
    },
    /// A replica says of an op of its own that more have it than ever had it.
    #[error("replica {replica} says that {claimed} others have its op {op}; {holders} ever had it")]
    SeenByNobody {
        /// Where.
        replica: ReplicaId,
        /// Which op.
        op: OpId,
        /// How many it says.
        claimed: usize,
        /// How many others ever delivered it.
        holders: usize,
    },
    /// A replica took one for a peer that was never in its room.
    #[error("{replica} counts {peer} among its peers, which was never in its room")]
    PeerElsewhere {
        /// Where.
        replica: ReplicaId,
        /// Who was in another.
        peer: ReplicaId,
    },
    /// A replica did not keep what a newer version made.
    #[error("{replica} did not keep {op}, which a newer version made")]
    NewerNotKept {
        /// Where.
        replica: ReplicaId,
        /// What.
        op: OpId,
    },
    /// Packets led to ever more packets.
    #[error("{sent} packets were sent, and there was no end to it")]
    Storm {
        /// How many, when the run was cut short.
        sent: u64,
    },
    /// An element of a set is known to have been added, and the last reads do not have it.
    #[error("element {element} was added, and the last reads do not have it; {lost} are lost")]
    ElementLost {
        /// The first of them.
        element: u64,
        /// How many there are.
        lost: usize,
    },
    /// A read of a set has one element more than once.
    #[error("a read has element {element} {times} times; it was to be there once")]
    ElementTwice {
        /// Which.
        element: u64,
        /// How often, at most, in one read.
        times: usize,
    },
}

impl Violation {
    /// A short name of what kind it is: two violations of one kind may well have one cause. It
    /// never changes.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::OpLost { .. } | Self::HeldByNobody { .. } => "op-lost",
            Self::BroadcastTwice { .. } => "broadcast-twice",
            Self::DeliveredTwice { .. } => "delivered-twice",
            Self::DeliveredNeverSent { .. } => "delivered-never-sent",
            Self::FifoBroken { .. } => "fifo-broken",
            Self::CausalBroken { .. } => "causal-broken",
            Self::NamedBroken { .. } => "named-broken",
            Self::TotalBroken { .. } => "total-broken",
            Self::StateDiffers { .. } => "state-differs",
            Self::TallyDiffers { .. } => "tally-differs",
            Self::SpecDiffers { .. } => "spec-differs",
            Self::StatusDiffers { .. } => "status-differs",
            Self::BoardDiffers { .. } => "board-differs",
            Self::LiarsAttested { .. } => "liars-attested",
            Self::NotConverged { .. } => "not-converged",
            Self::Silent { .. } => "silent",
            Self::SignedTwice { .. } => "signed-twice",
            Self::OpDeliveredTwice { .. } => "op-delivered-twice",
            Self::BallotOutOfOrder { .. } => "ballot-out-of-order",
            Self::NotSaved { .. } => "not-saved",
            Self::SeenByNobody { .. } => "seen-by-nobody",
            Self::PeerElsewhere { .. } => "peer-elsewhere",
            Self::NewerNotKept { .. } => "newer-not-kept",
            Self::Storm { .. } => "storm",
            Self::ElementLost { .. } => "element-lost",
            Self::ElementTwice { .. } => "element-twice",
        }
    }
}
