//! "Sometimes" marks: rare things that a run went through. A swarm whose seeds never meet one of them proves nothing about
//! it, so that the swarm says which it met.

/// Something rare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mark {
    /// A packet met a partition that cuts both ways.
    PartitionMet,
    /// A packet met a partition that cuts one way only.
    OneWayMet,
    /// The relay dropped a frame.
    RelayOverflowed,
    /// A member slept for a minute or more, and then woke by itself, in the room.
    LongFreeze,
    /// All members were frozen at once.
    AllFrozen,
    /// Somebody was gone for good at the end.
    DiedForGood,
    /// Somebody came who had not been there from the beginning, and at the end had as much as anybody, and something.
    LatecomerCaughtUp,
    /// Something was held back.
    HeldBack,
    /// Something was dropped from a full hold-back buffer.
    HeldBackDropped,
    /// Something was not passed on, because too much waited for that.
    GossipDropped,

    /// A leader was replaced.
    LeaderChanged,
    /// A later epoch gave a place away again.
    OrderForked,
    /// A total order waited for a dead member, and said so.
    WaitedForTheDead,
    /// An order asked its replica not to broadcast more for now.
    BroadcastRefused,

    /// A crash lost writes that were not on the medium yet.
    CrashLostWrites,
    /// A replica crashed with an op of its own on the way to the disk.
    CrashWhileSaving,
    /// A comparison of two sets went through.
    Compared,
    /// A comparison was given up.
    ComparisonFailed,
    /// An absence was summed up.
    Rejoined,
    /// A comparison brought hundreds of ops, in more than one frame.
    LargePoll,
    /// A vote was changed.
    VoteChanged,
    /// Somebody voted while they were not in the room.
    VotedAway,
    /// A revoked ballot was held at the end.
    Revoked,
    /// The chair's key was used in two places at once.
    LogForked,
    /// More waited for one thing than are held back.
    Crowded,
    /// A voter with two ballots under one number was found out.
    Spoiled,
    /// A forged signature was refused.
    ForgeryRefused,
    /// A frame that means nothing was refused.
    NonsenseRefused,
}

impl Mark {
    /// All of them.
    pub const ALL: [Self; 28] = [
        Self::PartitionMet,
        Self::OneWayMet,
        Self::RelayOverflowed,
        Self::LongFreeze,
        Self::AllFrozen,
        Self::DiedForGood,
        Self::LatecomerCaughtUp,
        Self::HeldBack,
        Self::HeldBackDropped,
        Self::GossipDropped,
        Self::LeaderChanged,
        Self::OrderForked,
        Self::WaitedForTheDead,
        Self::BroadcastRefused,
        Self::CrashLostWrites,
        Self::CrashWhileSaving,
        Self::Compared,
        Self::ComparisonFailed,
        Self::Rejoined,
        Self::LargePoll,
        Self::VoteChanged,
        Self::VotedAway,
        Self::Revoked,
        Self::LogForked,
        Self::Crowded,
        Self::Spoiled,
        Self::ForgeryRefused,
        Self::NonsenseRefused,
    ];
}
