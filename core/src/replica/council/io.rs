//! What goes into a council and what comes out.

use std::collections::BTreeSet;

use crate::canvass::statement::StateId;
use crate::ids::{PrecinctId, VoterKey};
use crate::wire::relay::Handle;

use super::super::io::Destination;
use super::queue::Message;

/// One of the two rooms that a tab of a poll with precincts is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Channel {
    /// Its precinct's.
    Precinct = 0,
    /// The council's.
    Council = 1,
}

impl Channel {
    /// Both.
    pub const BOTH: [Self; 2] = [Self::Precinct, Self::Council];
}

/// What can happen to the connection to the council's room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input<'a> {
    /// The relay's WELCOME.
    Connected {
        /// How many connections the room has, this one included.
        room: u32,
    },
    /// The connection is gone, or was given up.
    Disconnected,
    /// The relay's ROOM.
    Room {
        /// How many connections the room has, this one included.
        size: u32,
    },
    /// The relay's FRAME.
    Frame {
        /// The sender's connection.
        from: Handle,
        /// The sealed frame.
        payload: &'a [u8],
    },
}

/// What a council wants done, or says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum Output {
    /// Hand a sealed frame to the relay, in the council's room.
    Send { to: Destination, bytes: Vec<u8> },
    /// Say this in the precinct's room, in the replica's frames.
    Say {
        to: Destination,
        messages: Vec<Message>,
    },
    /// Entries of the chair's log that came from that connection of the council's room, for the replica to take in.
    Entries { from: Handle, bytes: Vec<u8> },
    /// Something to show.
    Event(Event),
}

/// Something to show, that can be asked of the [board](super::Council::board) as well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// What is known of these precincts changed. Keep [`Council::board_bytes`](super::Council::board_bytes), at most every few
    /// seconds.
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
    /// Frames or messages, of both rooms, that break the layout, a cap or a rule: a claim that a voter of another precinct signed
    /// is one.
    pub malformed: u64,
    /// Claims and disputes, of both rooms, with a wrong signature.
    pub bad_signatures: u64,
    /// Frames and messages, of both rooms, of connections that sent a wrong signature earlier.
    pub muted: u64,
    /// Claims and disputes, of both rooms, that were known.
    pub known: u64,
    /// Claims and disputes, of both rooms, that were news.
    pub news: u64,
    /// Claims, disputes and ops, of both rooms, that were not passed on because too many waited; those who lack them ask.
    pub queue_dropped: u64,
    /// Summaries, of both rooms, and greetings of newcomers that were not answered because so many were just before.
    pub unanswered: u64,
    /// Statements proposed.
    pub proposed: u64,
    /// Statements attested.
    pub attested: u64,
    /// Statements disputed.
    pub disputed: u64,
}
