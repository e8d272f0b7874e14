//! What goes into a tab and what comes out.

use std::collections::BTreeSet;

use ed25519_zebra::SigningKey;

use crate::ids::{OpId, PollId, PrecinctId, ReturnId, StateId, VoterKey};
use crate::poll::choice::Choice;
use crate::poll::close::Status;
use crate::poll::method::BadChoice;
use crate::poll::op::VerifiedOp;
use crate::poll::reason::BadReason;
pub use crate::room::{Destination, Happened, RoomId};
use crate::time::Millis;
use crate::timing::Timing;
use crate::wire::envelope::voter_key;
use crate::wire::link::{Link, Secret};

/// What a replica is made of. It has no default: each part decides who somebody is or what they can
/// read.
pub struct Config {
    /// The poll, from its link.
    pub poll: PollId,
    /// What opens and closes the poll's frames, from its link.
    pub secret: Secret,
    /// The key that this replica votes with. One key must have one writer at a time, or its ballots
    /// are spoiled.
    pub voter: SigningKey,
    /// The chair's key, when this replica may revoke.
    pub chair: Option<SigningKey>,
    /// How many precincts the poll has, and which of them this is a replica of: see
    /// [`Link::precinct`](crate::wire::link::Link::precinct). `None` for a poll without precincts.
    /// A voter of another precinct cannot vote with it, which makes it an audit of this one.
    pub precinct: Option<(u16, PrecinctId)>,
    /// How fast things go, and how far.
    pub timing: Timing,
    /// What all of the replica's randomness follows from: nonces, samples, batch verification.
    /// Unpredictable in production, and another one at every start: a seed used twice would use
    /// nonces twice.
    pub seed: [u8; 32],
}

impl Config {
    /// For whoever opens a link to vote with that key, as fast as usual. The chair's key that the
    /// link may carry is left aside.
    #[must_use]
    pub fn of(link: &Link, voter: SigningKey, seed: [u8; 32]) -> Self {
        Self {
            poll: link.poll,
            secret: link.secret.clone(),
            precinct: link.precinct(voter_key(&voter)),
            voter,
            chair: None,
            timing: Timing::default(),
            seed,
        }
    }
}

/// Everything that can happen to a tab, none of which it refuses. See
/// [`Tab::handle`](super::tab::Tab::handle).
#[derive(Debug, Clone)]
pub enum Input<'a> {
    /// Something happened to the connection to a room. Nothing comes of it for a room that the tab
    /// does not [want](super::tab::Tab::rooms) to be in.
    Room {
        /// To which.
        room: RoomId,
        /// What.
        happened: Happened<'a>,
    },
    /// Ops that were persisted earlier, the genesis first and the rest in the order in which they
    /// were put out, at most [`super::MAX_RESTORE`] records at once. In another order, what comes
    /// long before something that it follows is lost. They are checked like any others: a disk is
    /// not more trustworthy than a network.
    Restore(&'a [Record]),
    /// The same from a store that holds nothing but ops of this poll whose signatures were checked
    /// before they were stored, under [`RULES`](crate::poll::RULES) as they are now: all but the
    /// signature is checked again. Ops that another tab of the same store put there meanwhile come
    /// in the same way, at any time.
    Reload(&'a [Record]),
    /// What [`Council::board_bytes`](super::council::Council::board_bytes) gave before this tab was
    /// loaded, before the genesis is here or after. What does not read, or is not signed as it
    /// says, is counted in the council's stats and left out. Nothing comes of it in a poll of one
    /// room.
    RestoreBoard(&'a [u8]),
    /// An op that was put out with `durable` set is on disk, and may leave.
    Persisted(OpId),
    /// It is not, and will not be: it is as if it had not been made.
    NotPersisted(OpId),
    /// A deadline has come (see [`Tab::next_deadline`](super::tab::Tab::next_deadline)), or may
    /// have.
    Wake,
    /// The person looks at the page again, or the network may have come back: exchange digests at
    /// once.
    Refresh,
}

/// What a person wants of a tab, which may refuse it. See [`Tab::ask`](super::tab::Tab::ask).
#[derive(Debug, Clone)]
pub enum Command {
    /// Vote, or change one's vote.
    Cast(Choice),
    /// As the chair, take a ballot out of the count.
    Revoke {
        /// Which.
        ballot: OpId,
        /// Why, for everybody to read.
        reason: String,
    },
    /// As the chair, take a voter out of the count: whoever holds that key, whatever they signed or
    /// will sign.
    Bar {
        /// Whom. Whether anybody saw a ballot of theirs is not looked at.
        voter: VoterKey,
        /// Why, for everybody to read.
        reason: String,
    },
    /// As the chair, close the poll, or open it again.
    SetStatus(Status),
    /// As the chair, take a return of a precinct out of the total, whoever signed it.
    Strike {
        /// Of which precinct.
        precinct: PrecinctId,
        /// What was stated of it. Whether anybody did is not looked at: the chair may know of it
        /// before this tab.
        return_id: ReturnId,
        /// Why, for everybody to read.
        reason: String,
    },
    /// Fetch another precinct's ballots and count them here. Nothing comes of it when that is under
    /// way.
    Audit(PrecinctId),
    /// End that: what was held is forgotten, and what is claimed of the precinct is shown again.
    EndAudit(PrecinctId),
}

/// Ops as they are persisted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// When this replica took it in, on the caller's clock. For showing, never for deciding.
    pub received: Millis,
    /// The op or the genesis; of a store that keeps several together, one after the other.
    pub bytes: Vec<u8>,
}

/// What a tab wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Hand a frame to the relay, in one of its rooms. Drop it when there is no connection to that.
    Send {
        /// In which room.
        room: RoomId,
        /// To whom.
        to: Destination,
        /// The sealed frame, at most [`crate::wire::relay::MAX_PAYLOAD`] bytes.
        bytes: Vec<u8>,
    },
    /// Write an op to disk.
    Persist {
        /// The key to write it under.
        id: OpId,
        /// What to write.
        record: Record,
        /// An op of one's own: write it through to the medium, then say [`Input::Persisted`]. Until
        /// then it does not leave, because a crash would use its sequence number twice.
        durable: bool,
    },
    /// Something to show.
    Event(Event),
}

/// Something to show. What is shown can always be asked for as well; events say that it changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The poll's definition is here: until now nothing could be shown or done.
    Opened,
    /// An op was delivered: it is part of the poll's state from now on.
    Delivered(Delivered),
    /// After an absence this replica agrees with another again, or has waited long enough.
    Rejoined {
        /// How long it was away.
        away: Millis,
        /// Ballots that came in since.
        ballots: u64,
        /// Revocations that came in since.
        revoked: u64,
        /// How many others have this replica's latest ballot, if that had not been sent when the
        /// connection came back.
        reached: Option<usize>,
    },
    /// A newcomer's stream, or a comparison, goes on: so many ops of so many.
    Syncing {
        /// Ops received in this session.
        received: u64,
        /// Ops expected, as the other replica counted them.
        total: u64,
    },
    /// A ballot of one's own has reached another stage: see [`super::Replica::own_vote`].
    VoteMoved,
    /// What is known of these precincts changed. Keep
    /// [`Council::board_bytes`](super::council::Council::board_bytes), at most every few seconds.
    BoardChanged(BTreeSet<PrecinctId>),
    /// A member of a precinct disputes what was stated of it.
    Disputed {
        /// Of which.
        precinct: PrecinctId,
        /// Which of its states.
        state: StateId,
        /// Who disputes it.
        by: VoterKey,
    },
}

/// A delivered op, for a log that people read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivered {
    /// The op.
    pub op: VerifiedOp,
    /// When this replica took it in.
    pub at: Millis,
    /// How it came.
    pub via: Via,
}

/// How an op came to this replica.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Via {
    /// It was made here.
    Own,
    /// From this replica's own disk.
    Restored,
    /// Pushed by another replica as news.
    Gossip,
    /// Fetched by comparing sets.
    Sync,
}

/// Why a replica does not do what its person asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no genesis yet.
    #[error("the poll is not here yet: it comes from the first open tab that is in reach")]
    NotOpen,
    /// The choice does not fit this poll.
    #[error(transparent)]
    Choice(#[from] BadChoice),
    /// The ballot says what the last one said.
    #[error("that is already your vote")]
    Unchanged,
    /// The voter has used up their sequence numbers.
    #[error("this vote was changed as often as the poll allows: {most} ballots at the most")]
    TooManyChanges {
        /// How many ballots a voter may sign.
        most: u32,
    },
    /// The voter's key is of another precinct.
    #[error("this key votes in another precinct: open the link of that one")]
    OtherPrecinct,
    /// No room for another voter.
    #[error("this replica holds as many voters as it can")]
    Full,
    /// An earlier op of one's own is not on disk yet.
    #[error("your last ballot is still being saved")]
    StillSaving,
    /// Not the chair.
    #[error("only the chair can do that: open the chair's link")]
    NotChair,
    /// The ballot to revoke is not here.
    #[error("there is no such ballot here")]
    NoSuchBallot,
    /// The ballot is revoked already.
    #[error("that ballot is revoked already")]
    AlreadyRevoked,
    /// The chair closed the poll.
    #[error("the chair has closed this poll: it takes no more ballots")]
    Closed,
    /// It is closed, or open, already.
    #[error("the poll is {} already", match .0 { Status::Open => "open", Status::Closed => "closed" })]
    AlreadySo(Status),
    /// It was closed and opened so often that it stays as it is.
    #[error("the poll was closed and opened too often to change that again")]
    TooManyStatuses,
    /// The chair barred the voter who votes here.
    #[error("the chair barred this voter: no ballot of theirs counts")]
    Barred,
    /// The voter is barred already.
    #[error("that voter is barred already")]
    AlreadyBarred,
    /// The precinct is not one of the poll's.
    #[error("this poll has no such precinct")]
    NoSuchPrecinct,
    /// This replica holds that precinct anyway.
    #[error("this is the precinct that you hold: its ballots are counted here already")]
    OwnPrecinct,
    /// As many audits as there may be are under way.
    #[error(
        "you are counting {} precincts already: stop one first",
        super::audit::MAX_AUDITS
    )]
    TooManyAudits,
    /// The return is struck already.
    #[error("that return is struck already")]
    AlreadyStruck,
    /// The reason cannot be given.
    #[error(transparent)]
    Reason(#[from] BadReason),
    /// The chair's log is full.
    #[error("the chair's log is full")]
    LogFull,
}
