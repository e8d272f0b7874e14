//! The rooms of a council, and what is counted there.

/// One of the two rooms that a tab of a poll with precincts is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Channel {
    /// Its precinct's.
    Precinct = 0,
    /// The council's.
    Council = 1,
}

impl Channel {
    /// Both.
    pub(crate) const BOTH: [Self; 2] = [Self::Precinct, Self::Council];
}

/// What was counted since the start, in the council's room unless it says otherwise.
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
    /// Claims, disputes and the like, that came before the genesis.
    pub too_early: u64,
    /// Frames that do not open.
    pub unsealed: u64,
    /// Frames or messages, of both rooms, that break the layout, a cap or a rule: a claim that a
    /// voter of another precinct signed is one.
    pub malformed: u64,
    /// Claims and disputes, of both rooms, with a wrong signature.
    pub bad_signatures: u64,
    /// Frames and messages, of both rooms, of connections that sent a wrong signature earlier.
    pub muted: u64,
    /// Claims and disputes, of both rooms, that were known.
    pub known: u64,
    /// Claims and disputes, of both rooms, that were news.
    pub news: u64,
    /// Claims, disputes and ops, of both rooms, that were not passed on because too many waited;
    /// those who lack them ask.
    pub queue_dropped: u64,
    /// Summaries, of both rooms, and greetings of newcomers that were not answered because so many
    /// were just before.
    pub unanswered: u64,
    /// Statements proposed.
    pub proposed: u64,
    /// Statements attested.
    pub attested: u64,
    /// Statements disputed.
    pub disputed: u64,
}
