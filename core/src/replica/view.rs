//! What a replica can be asked. All of it is derived; asking changes nothing that others see.

use crate::ids::{OpId, ReplicaId, VoterKey};
use crate::poll::choice::Choice;
use crate::poll::op::VerifiedOp;
use crate::poll::verdict::Verdict;
use crate::time::Millis;

/// This replica's own vote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnVote {
    /// The latest ballot that was signed here.
    pub ballot: OpId,
    /// Its number.
    pub seq: u32,
    /// Its marks.
    pub choice: Choice,
    /// How far it got.
    pub stage: Stage,
    /// Whether it counts; `None` while it is being saved.
    pub verdict: Option<Verdict>,
}

/// How far a ballot of one's own got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Signed, and on its way to this device's disk.
    Saving,
    /// On disk, and not sent yet.
    Saved,
    /// Handed to the relay.
    Sent,
    /// So many other replicas say that they have it. Nobody can check what they say. A tab that was
    /// loaded again is another replica, so no more are counted than were in the room at once.
    SeenBy(usize),
}

/// Why an op counts or does not: the answer to "why?".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Explanation {
    /// This replica does not have it.
    NotHere,
    /// It came before something that it follows, and waits for that.
    HeldBack {
        /// What it waits for.
        waits_for: Dependency,
    },
    /// The poll's definition.
    Genesis,
    /// It is held.
    Held {
        /// It.
        op: VerifiedOp,
        /// Whether it counts, of a ballot.
        verdict: Option<Verdict>,
        /// The chair's reason, where an entry of the log decides that.
        reason: Option<String>,
    },
}

/// What an op may have to wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dependency {
    /// A ballot waits for another of its voter.
    Ballot {
        /// Whose.
        voter: VoterKey,
        /// Its number.
        seq: u32,
    },
    /// An entry that closes or opens the poll waits for another such.
    Entry(OpId),
}

/// Another replica, as far as it was heard of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerView {
    /// Which.
    pub replica: ReplicaId,
    /// When its last frame came.
    pub received: Millis,
    /// Whether its last digest equals this replica's.
    pub agrees: bool,
    /// Whether it said so again, for longer than gossip explains, that it holds something else. Who
    /// was not heard from since the last change here neither agrees nor differs.
    pub differs: bool,
    /// How many ops it holds, as it says.
    pub ops: u64,
    /// Whether the two are comparing their sets right now.
    pub syncing: bool,
}

/// The poll's genesis came, and the poll is another than the link says: nothing of it is taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "this link does not fit its poll, which has another number of precincts: ask for the link again"
)]
pub struct LinkMisfit;

/// What was counted since the start. Everything that is dropped is counted somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stats {
    /// Frames handed out.
    pub frames_out: u64,
    /// Bytes of them, sealed.
    pub bytes_out: u64,
    /// Frames taken in.
    pub frames_in: u64,
    /// Bytes of them, sealed.
    pub bytes_in: u64,
    /// Frames that do not open: another poll's, or not a frame at all.
    pub unsealed: u64,
    /// Frames or messages that break the layout or a cap.
    pub malformed: u64,
    /// Ops that break the layout, a cap or a rule.
    pub invalid_ops: u64,
    /// Ops whose signature is wrong.
    pub bad_signatures: u64,
    /// Frames from connections that sent a wrong signature earlier.
    pub muted: u64,
    /// Ops that were here already.
    pub duplicates: u64,
    /// Ballots of voters of another precinct than this replica's, which are kept there.
    pub foreign: u64,
    /// Ops that there was no room for.
    pub full: u64,
    /// Ops that wait for another and were dropped: to make room, or because too many such came.
    pub held_dropped: u64,
    /// Ops not passed on because too many waited; comparing sets brings them.
    pub gossip_dropped: u64,
    /// Comparisons that ended well.
    pub syncs: u64,
    /// Comparisons that were given up.
    pub syncs_failed: u64,
}

/// An op that is held back, and for what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldBack {
    /// The op.
    pub id: OpId,
    /// What it waits for.
    pub waits_for: Dependency,
}
