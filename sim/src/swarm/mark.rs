//! "Sometimes" marks: rare things that a run went through. A swarm whose seeds never meet one of
//! them proves nothing about it, so that the swarm says which it met.

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
    /// Somebody came who had not been there from the beginning, and at the end had as much as
    /// anybody, and something.
    LatecomerCaughtUp,
    /// The room was full of those who do not belong there.
    AmongStrangers,
    /// Strangers, loss and all that were there to the end.
    NotHealed,
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
    /// The chair's log had an entry at the end.
    Revoked,
    /// A barred voter's ballot was held at the end.
    Barred,
    /// The poll was closed at the end.
    Closed,
    /// It was closed, and open again at the end.
    Reopened,
    /// The chair's key was used in two places at once.
    TwoChairs,
    /// More waited for one thing than are held back.
    Crowded,
    /// A voter with two ballots under one number was found out.
    Spoiled,
    /// A forged signature was refused.
    ForgeryRefused,
    /// A frame that means nothing was refused.
    NonsenseRefused,

    /// The relay did not hand on what was spread to somebody.
    RelayWithheld,
    /// It said that a frame was from somebody else.
    RelayRelabelled,
    /// It made up how many are in a room.
    RelayMisnumbered,
    /// It said something again, perhaps in another room.
    RelayReplayed,
    /// A ballot of another precinct was refused.
    ForeignRefused,
    /// A disk lost something in the middle.
    DiskRotted,
    /// A voter did not vote, because the disk had lost their last ballot.
    LostBallotMissed,
    /// A disk came back as it had been earlier, and the voter voted again.
    BackupRestored,
    /// Somebody's clock was put forward by a minute or more.
    ClockJumped,
    /// Somebody came back with a clock that had been put back.
    ClockSetBack,
    /// A replica holds something of a kind that it does not know, made by a newer version.
    NewerVersion,
    /// Two replicas hold different voters, because there is no room for all.
    FullOfVoters,
    /// The chair was refused an entry, because there is no room for another in the log.
    LogFull,
    /// A voter was refused a change, because the poll allows no more.
    ChangesUsedUp,
    /// More than sixteen took part.
    ManyMembers,
    /// A poll of several precincts came to one total.
    PrecinctsAgreed,
    /// A replica of another precinct showed a return that several signed, and that stood.
    Attested,
    /// The chair struck a return.
    Struck,
    /// Somebody counted another precinct.
    Audited,
    /// A member of a precinct disputed what was claimed of it.
    Disputed,
    /// A false claim was on somebody's board.
    FalseClaimSeen,
}

impl Mark {
    /// All of them.
    pub const ALL: [Self; 54] = [
        Self::PartitionMet,
        Self::OneWayMet,
        Self::RelayOverflowed,
        Self::LongFreeze,
        Self::AllFrozen,
        Self::DiedForGood,
        Self::LatecomerCaughtUp,
        Self::AmongStrangers,
        Self::NotHealed,
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
        Self::Barred,
        Self::Closed,
        Self::Reopened,
        Self::TwoChairs,
        Self::Crowded,
        Self::Spoiled,
        Self::ForgeryRefused,
        Self::NonsenseRefused,
        Self::RelayWithheld,
        Self::RelayRelabelled,
        Self::RelayMisnumbered,
        Self::RelayReplayed,
        Self::ForeignRefused,
        Self::DiskRotted,
        Self::LostBallotMissed,
        Self::BackupRestored,
        Self::ClockJumped,
        Self::ClockSetBack,
        Self::NewerVersion,
        Self::FullOfVoters,
        Self::LogFull,
        Self::ChangesUsedUp,
        Self::ManyMembers,
        Self::PrecinctsAgreed,
        Self::Attested,
        Self::Struck,
        Self::Audited,
        Self::Disputed,
        Self::FalseClaimSeen,
    ];
}
