//! The kinds of mischief.

/// One kind of mischief.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mischief {
    /// Two or three ballots of its own under one number, each told to other members; or one of
    /// them, kept back until now.
    Equivocate,
    /// An op in the name of another voter, or of the chair, or of another poll: its signature is
    /// wrong. Whoever hears it hears no more of this connection, so it is told to a few only.
    ForgeSignature,
    /// A well signed op that the poll's rules refuse: a revocation that is not the chair's, an
    /// option that is not there, a number beyond the cap, another genesis.
    BreakRule,
    /// A valid ballot whose predecessor nobody has.
    Orphan,
    /// A ballot whose predecessor is kept back for a while, and more that wait for the same and
    /// follow nothing: more than are held back for one thing.
    Crowd,
    /// An op of a kind that nobody knows yet.
    UnknownKind,
    /// A frame that was heard earlier, again.
    Replay,
    /// Many frames of noise: not sealed, sealed and meaningless, cut off.
    FloodJunk,
    /// Valid ballots of many voters who were never here before.
    FloodBallots,
    /// Many messages of comparisons that nobody asked for.
    FloodSync,
    /// A digest that is not so: another root, any number of ops.
    LieInDigest,
    /// A frame in the name of another replica.
    Impersonate,
    /// A comparison is opened, and left.
    OpenAndGoSilent,
    /// A comparison that another opened is answered with anything.
    AnswerNonsense,
    /// A comparison that another opened is kept alive with pieces that bring nothing.
    Dawdle,
    /// A claim of a precinct that is not so, signed by several voters that it makes up. Nothing in
    /// a poll of one room.
    Claim,
}

impl Mischief {
    /// All kinds.
    pub const ALL: [Self; 16] = [
        Self::Equivocate,
        Self::ForgeSignature,
        Self::BreakRule,
        Self::Orphan,
        Self::Crowd,
        Self::UnknownKind,
        Self::Replay,
        Self::FloodJunk,
        Self::FloodBallots,
        Self::FloodSync,
        Self::LieInDigest,
        Self::Impersonate,
        Self::OpenAndGoSilent,
        Self::AnswerNonsense,
        Self::Dawdle,
        Self::Claim,
    ];
}
