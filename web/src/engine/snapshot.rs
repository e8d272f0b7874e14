//! What the screens get: everything that is shown of one poll, as values, at one moment.

use std::rc::Rc;

use election_core::ballots::Return;
use election_core::board::Canvassed;
use election_core::board::precincts::Counters;
use election_core::ids::{OpId, PrecinctId, ReplicaId, ReturnId, VoterKey};
use election_core::poll::choice::Choice;
use election_core::poll::close::Status;
use election_core::poll::genesis::{Genesis, Holder};
use election_core::poll::verdict::Verdict;
use election_core::replica::council::io::Stats as CouncilStats;
use election_core::replica::view::{HeldBack, LinkMisfit, OwnVote, PeerView, Stats};
use election_core::time::Millis;

use super::activity::Entry;
use super::socket::Refusal;
use super::storage::StorageError;

/// One poll, as this tab has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// How far this tab is with opening the poll.
    pub stage: Stage,
    /// The poll's definition, once it is here.
    pub poll: Option<Rc<Genesis>>,
    /// Why the poll does not open although its definition came: the link is another poll's.
    pub misfit: Option<LinkMisfit>,
    /// This tab's precinct, in a poll with precincts. Its name is in the poll's definition.
    pub precinct: Option<PrecinctId>,
    /// The count, once there is a definition. In a poll with precincts: of this tab's own.
    pub tally: Option<Return>,
    /// What is known of all precincts; `None` in a poll without precincts, and while there is no
    /// definition.
    pub canvass: Option<Rc<Canvassing>>,
    /// This tab's own vote, if it has cast one.
    pub own: Option<Own>,
    /// Who votes here; `None` while opening.
    pub voter: Option<VoterKey>,
    /// Whether this tab can revoke.
    pub chair: bool,
    /// Who is one voter in this poll: the browser or a tab.
    pub holder: Holder,
    /// All voters of this browser in this poll and precinct; empty until the poll is here.
    pub voters: Rc<Vec<VoterHere>>,
    /// Whether the own vote was cast in this tab since it was loaded.
    pub cast_here: bool,
    /// Whether what the link brought, the chair's key included, was read back from the store.
    pub kept: bool,
    /// Why this tab has to be reloaded before it signs anything.
    pub reload_to_sign: Option<StorageError>,
    /// Whether a ballot that was cast here cannot be read: nothing is cast before it has come back.
    pub lacks_own: bool,
    /// How the relay is.
    pub connection: Connection,
    /// Ops received of ops expected, while fetching.
    pub syncing: Option<(u64, u64)>,
    /// What others say to what this tab holds.
    pub agree: Agreement,
    /// Why the relay does not let this tab in, if it said.
    pub refusal: Option<Refusal>,
    /// What two tabs compare; `None` while there is no definition.
    pub state_hash: Option<[u8; 32]>,
    /// What happened, oldest first.
    pub log: Rc<Vec<Entry>>,
    /// Revocations that are older than what the log has room for.
    pub older_revocations: u64,
    /// What came of the last absence, until it is dismissed.
    pub rejoined: Option<Rejoined>,
    /// Why this device does not save.
    pub unsaved: Option<StorageError>,
    /// Whether the key that votes here is in this device's store: then nothing is signed that is
    /// not saved.
    pub stored: bool,
    /// Whether the poll takes ballots.
    pub status: Status,
    /// How many ops are held that need a newer version of this program.
    pub unknown_ops: usize,
    /// Whether there is no room for another voter or another entry of the chair's log.
    pub full: bool,
    /// The ballots, when they were asked for.
    pub ballots: Option<Rc<BallotPage>>,
    /// The replica's inside, when it was asked for.
    pub inside: Option<Rc<Inside>>,
}

/// What others say to what is held here. Who was not heard from since the last change is none of
/// the first two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Agreement {
    /// How many hold exactly the same.
    pub agree: usize,
    /// How many hold something else, for longer than it takes an op to get around.
    pub differ: usize,
    /// How many there are.
    pub others: usize,
}

/// A voter of this browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VoterHere {
    /// Who.
    pub key: VoterKey,
    /// Whether a ballot of theirs is held here.
    pub voted: bool,
}

/// How far this tab is with opening a poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Finding out who it is, and reading what it holds.
    Opening,
    /// It has not got the poll's definition: that comes from another tab.
    Waiting,
    /// The poll is here.
    Open,
}

impl Stage {
    /// The stage of a tab that has `restored` all that it held before, or not yet, and has the
    /// poll's definition or not. Until the last of one's own ballots is read, nothing may be
    /// signed: it would take a number that is used.
    #[must_use]
    pub fn of(restored: bool, defined: bool) -> Self {
        match (restored, defined) {
            (false, _) => Self::Opening,
            (true, false) => Self::Waiting,
            (true, true) => Self::Open,
        }
    }
}

/// This tab's own vote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Own {
    /// How far it got, and whether it counts.
    pub vote: OwnVote,
    /// The chair's reason, if it is revoked.
    pub reason: Option<Rc<str>>,
}

/// How the relay is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connection {
    /// The person went offline.
    Off,
    /// Dialling for the first time.
    Connecting,
    /// Not to be had; another attempt comes by itself.
    Unreachable,
    /// In the poll's room.
    Up {
        /// How many others are there.
        others: u32,
    },
}

impl Connection {
    /// Whether a vote that is cast now waits for a connection.
    #[must_use]
    pub fn is_away(self) -> bool {
        matches!(self, Self::Off | Self::Unreachable)
    }
}

/// What came of an absence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rejoined {
    /// How long it was.
    pub away: Millis,
    /// Ballots that came in since.
    pub ballots: u64,
    /// Revocations that came in since.
    pub revoked: u64,
    /// How many others have this tab's vote, if it has one.
    pub reached: Option<usize>,
    /// Of how many other precincts another return is shown than before, and which is the first of
    /// them.
    pub returns: Option<(PrecinctId, usize)>,
}

/// What a tab of a poll with precincts knows of all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canvassing {
    /// What they add up to, and each of them, with its grade. A change of this tab's own precinct
    /// is in it a moment later than in [`Snapshot::tally`].
    pub canvassed: Rc<Canvassed>,
    /// Of each precinct, from 0, the return that counts, which is what the chair can strike; `None`
    /// where none does.
    pub returns: Rc<Vec<Option<ReturnId>>>,
    /// How many others are in the council's room; `None` when this tab is not.
    pub council: Option<u32>,
    /// The other precincts that this tab counts itself, in the order of their numbers.
    pub audits: Vec<AuditView>,
}

/// Another precinct that this tab counts itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditView {
    /// Which.
    pub precinct: PrecinctId,
    /// Whether all was fetched that somebody in its room has; from then on the canvass shows this
    /// tab's own count.
    pub complete: bool,
    /// Ballots of it that are here, with those that their voters changed.
    pub ballots: u64,
    /// Ops received of ops expected, while fetching.
    pub syncing: Option<(u64, u64)>,
    /// How many others are in its room; `None` without a connection to it.
    pub others: Option<u32>,
}

/// The newest ballots, for the chair's table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BallotPage {
    /// The newest first, then the one in hand if it is older.
    pub rows: Vec<BallotRow>,
    /// How many ballots there are.
    pub all: usize,
}

/// A ballot in the chair's table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BallotRow {
    /// The ballot.
    pub id: OpId,
    /// Whose.
    pub voter: VoterKey,
    /// Of which precinct, in a poll with precincts.
    pub precinct: Option<PrecinctId>,
    /// Its marks.
    pub choice: Choice,
    /// When it came here.
    pub at: Millis,
    /// Whether it counts.
    pub verdict: Verdict,
}

/// The replica's inside, for the inspector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inside {
    /// The running replica.
    pub replica: ReplicaId,
    /// The name of its set of ops in this browser.
    pub local: String,
    /// Ops held.
    pub ops: u64,
    /// What was counted since the start.
    pub stats: Stats,
    /// Frames dropped because too much waited to be sent.
    pub unsent: u64,
    /// Others that were heard of.
    pub peers: Vec<PeerView>,
    /// Ops that wait for others.
    pub held_back: Vec<HeldBack>,
    /// When this was looked at.
    pub at: Millis,
    /// What there is besides in a poll with precincts.
    pub canvass: Option<InsideCanvass>,
}

/// What a tab of a poll with precincts holds, and what it only knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InsideCanvass {
    /// The precincts that it holds in full: its own, then those that it counts.
    pub held: Vec<Held>,
    /// Claims of precincts' returns that it keeps.
    pub claims: usize,
    /// Signatures under them.
    pub attestations: usize,
    /// Disputes of them.
    pub disputes: usize,
    /// What waits to be passed on, in both rooms.
    pub queued: usize,
    /// What was not kept.
    pub counters: Counters,
    /// What was counted in the council since the start.
    pub council: CouncilStats,
}

/// A precinct that a tab holds in full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// Which.
    pub precinct: PrecinctId,
    /// Its ops, the chair's log among them.
    pub ops: u64,
    /// Its ballots, with those that their voters changed.
    pub ballots: u64,
}

impl Snapshot {
    /// What is shown before anything is known.
    #[must_use]
    pub fn opening() -> Self {
        Self {
            stage: Stage::Opening,
            poll: None,
            misfit: None,
            precinct: None,
            tally: None,
            canvass: None,
            own: None,
            voter: None,
            chair: false,
            holder: Holder::Browser,
            voters: Rc::default(),
            cast_here: false,
            kept: false,
            reload_to_sign: None,
            lacks_own: false,
            connection: Connection::Connecting,
            syncing: None,
            agree: Agreement::default(),
            refusal: None,
            state_hash: None,
            log: Rc::default(),
            older_revocations: 0,
            rejoined: None,
            unsaved: None,
            stored: false,
            status: Status::Open,
            unknown_ops: 0,
            full: false,
            ballots: None,
            inside: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_poll_is_open_only_when_all_that_was_held_is_read() {
        assert_eq!(Stage::of(false, false), Stage::Opening);
        assert_eq!(Stage::of(false, true), Stage::Opening);
        assert_eq!(Stage::of(true, false), Stage::Waiting);
        assert_eq!(Stage::of(true, true), Stage::Open);
    }
}
