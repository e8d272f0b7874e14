//! What is done with what others say: cheap checks first, signatures last, then the board.

use crate::broadcast::Origin;
use crate::canvass::claim::{self, SignedClaim};
use crate::canvass::dispute::{self, SignedDispute};
use crate::canvass::summary::{Known, Summary};
use crate::canvass::{Board, Canvass, Claim, Dispute};
use crate::ids::{PrecinctId, ReplicaId};
use crate::time::Millis;
use crate::wire::bytes::{DecodeError, Reader};
use crate::wire::frame::{self, Digest, Head, MessageRef, kind};
use crate::wire::relay::Handle;

use super::super::io::Destination;
use super::Council;
use super::io::{Channel, Input, Output};
use super::log::LogPoints;
use super::queue::gather;
use super::room::summary_message;

/// The most bytes of claims and disputes in one answer; what is left out comes with the next.
const ANSWER: usize = 48 * 1024;
/// A board on which more claims wait is behind, and asks more often for what they wait for.
const BEHIND: usize = 32;
/// The most bytes of the chair's log in one answer.
const LOG_ANSWER: usize = 32 * 1024;

impl Council {
    /// Takes what happened to the connection to the council's room.
    pub(in super::super) fn on_input(
        &mut self,
        input: Input<'_>,
        canvass: Option<&mut Canvass>,
        now: Millis,
    ) {
        let council = &mut self.rooms[Channel::Council as usize];
        match input {
            Input::Connected { room } => {
                council.reset(Some(room));
                if let Some(canvass) = canvass {
                    self.ask_around(Channel::Council, canvass, now);
                    self.review(now);
                } else {
                    self.newcomer.council_room(true, now);
                }
            }
            Input::Disconnected => {
                council.reset(None);
                self.restart_standing(now);
                self.newcomer.council_room(false, now);
                self.review(now);
            }
            Input::Room { size } => council.size = council.size.map(|_| size),
            Input::Frame { from, payload } => self.on_frame(from, payload, canvass, now),
        }
    }

    /// Is told how many connections the room of one's own precinct has.
    pub(in super::super) fn precinct_room(
        &mut self,
        size: Option<u32>,
        canvass: Option<&mut Canvass>,
        now: Millis,
    ) {
        let room = &mut self.rooms[Channel::Precinct as usize];
        if room.size.is_some() == size.is_some() {
            room.size = size;
            return;
        }
        room.reset(size);
        self.member.forget_doubts();
        self.forget_loneliness();
        self.restart_standing(now);
        match canvass {
            Some(canvass) if size.is_some() => self.ask_around(Channel::Precinct, canvass, now),
            Some(_) => {}
            None => self.newcomer.precinct_room(size, now),
        }
        self.review(now);
    }

    fn on_frame(
        &mut self,
        from: Handle,
        payload: &[u8],
        mut canvass: Option<&mut Canvass>,
        now: Millis,
    ) {
        self.stats.frames_in += 1;
        self.stats.bytes_in += payload.len() as u64;
        if self.rooms[Channel::Council as usize].peers.is_muted(from) {
            self.stats.muted += 1;
            return;
        }
        let Ok(plain) = self.seal.open(payload) else {
            self.stats.unsealed += 1;
            return;
        };
        let Ok((head, mut messages)) = frame::read_head(&plain) else {
            self.stats.malformed += 1;
            return;
        };
        if head.replica == self.id {
            return;
        }
        loop {
            match frame::next_message(&mut messages) {
                Ok(Some(MessageRef::Council { kind, content })) => {
                    let Some(canvass) = canvass.as_deref_mut() else {
                        self.stats.too_early += 1;
                        continue;
                    };
                    let said = (from, head.replica, kind, content);
                    self.on_message(Channel::Council, said, canvass, now);
                }
                Ok(Some(MessageRef::Ops { bytes, .. })) => {
                    let bytes = bytes.to_vec();
                    self.outputs.push_back(Output::Entries { from, bytes });
                }
                Ok(Some(MessageRef::Hello)) if head.digest == Digest::default() => {
                    self.on_newcomer(from, canvass.as_deref(), now);
                }
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(_) => {
                    self.stats.malformed += 1;
                    break;
                }
            }
        }
        if let Some(canvass) = canvass {
            self.on_digest(Channel::Council, from, head, canvass, now);
        }
    }

    /// Sends the poll's definition to one who has not got it.
    fn on_newcomer(&mut self, from: Handle, canvass: Option<&Canvass>, now: Millis) {
        let Some(canvass) = canvass else { return };
        if self.rooms[Channel::Council as usize].may_answer(now) {
            let genesis = canvass.genesis_op().bytes().to_vec();
            self.reply(Channel::Council, from, vec![(kind::OPS, genesis)]);
        } else {
            self.stats.unanswered += 1;
        }
    }

    /// Takes one message: of which connection and replica, of which type, and what.
    pub(in super::super) fn on_message(
        &mut self,
        channel: Channel,
        (from, replica, kind, content): (Handle, ReplicaId, u8, &[u8]),
        canvass: &mut Canvass,
        now: Millis,
    ) {
        if self.rooms[channel as usize].peers.is_muted(from) {
            self.stats.muted += 1;
            return;
        }
        let taken = match kind {
            kind::CLAIMS => self.on_claims(channel, from, content, now),
            kind::DISPUTES => self.on_disputes(channel, from, content, now),
            kind::SUMMARY => self.on_summary(channel, from, content, canvass, now),
            kind::BOARD if channel == Channel::Precinct => read_digest(content).map(|digest| {
                self.on_digest(channel, from, Head { replica, digest }, canvass, now);
            }),
            // Of a newer version.
            _ => Ok(()),
        };
        self.stats.malformed += u64::from(taken.is_err());
        self.settle(now);
    }

    fn on_claims(
        &mut self,
        channel: Channel,
        from: Handle,
        content: &[u8],
        now: Millis,
    ) -> Result<(), DecodeError> {
        let read = |board: &Board, reader: &mut Reader<'_>| {
            let claim = SignedClaim::read(reader, board.rules())?;
            Ok((!board.knows(&claim)).then(|| board.without_known(claim)))
        };
        let (claims, fault) = self.read_all(content, read);
        let (claims, wrong) = claim::verify_until_wrong(claims, &mut self.random);
        let take = |claim| self.take_claim(claim, Origin::Forwarded, now);
        let news = claims.into_iter().map(take).filter(|news| *news).count();
        self.took(channel, from, news, wrong, now);
        fault
    }

    fn on_disputes(
        &mut self,
        channel: Channel,
        from: Handle,
        content: &[u8],
        now: Millis,
    ) -> Result<(), DecodeError> {
        let read = |board: &Board, reader: &mut Reader<'_>| {
            let dispute = SignedDispute::read(reader, board.rules())?;
            Ok((!board.knows_dispute(&dispute)).then_some(dispute))
        };
        let (disputes, fault) = self.read_all(content, read);
        let (disputes, wrong) = dispute::verify_until_wrong(disputes, &mut self.random);
        let take = |dispute| self.take_dispute(dispute, Origin::Forwarded, now);
        let news = disputes.into_iter().map(take).filter(|news| *news).count();
        self.took(channel, from, news, wrong, now);
        fault
    }

    /// All things of a message that are not known, up to the first that does not hold together.
    pub(super) fn read_all<T>(
        &mut self,
        content: &[u8],
        read: impl Fn(&Board, &mut Reader<'_>) -> Result<Option<T>, DecodeError>,
    ) -> (Vec<T>, Result<(), DecodeError>) {
        let mut things = Vec::new();
        let Some(board) = &self.board else {
            return (things, Ok(()));
        };
        let mut reader = Reader::new(content);
        while !reader.is_empty() {
            match read(board, &mut reader) {
                Ok(Some(thing)) => things.push(thing),
                Ok(None) => self.stats.known += 1,
                Err(fault) => return (things, Err(fault)),
            }
        }
        (things, Ok(()))
    }

    fn took(&mut self, channel: Channel, from: Handle, news: usize, wrong: bool, now: Millis) {
        let room = &mut self.rooms[channel as usize];
        self.stats.news += news as u64;
        self.stats.bad_signatures += u64::from(wrong);
        if wrong {
            room.peers.mute(from);
        }
        if news > 0 {
            let behind = self
                .board
                .as_ref()
                .is_some_and(|board| board.waits() > BEHIND);
            room.brought(behind, now);
        }
    }

    /// Hears no more of a connection of the council's room: an entry that it sent was signed wrongly.
    pub(in super::super) fn mute(&mut self, from: Handle) {
        self.rooms[Channel::Council as usize].peers.mute(from);
    }

    /// Sends another what it lacks, and asks for what is not here if it asked.
    fn on_summary(
        &mut self,
        channel: Channel,
        from: Handle,
        content: &[u8],
        canvass: &Canvass,
        now: Millis,
    ) -> Result<(), DecodeError> {
        let Some(board) = &self.board else {
            return Ok(());
        };
        let mut reader = Reader::new(content);
        let asks = match reader.byte()? {
            0 => false,
            1 => true,
            _ => return Err(DecodeError::Invalid("a summary asks or does not")),
        };
        let points = LogPoints::read(&mut reader)?;
        let summary = Summary::read(&mut reader, board.rules())?;
        reader.end()?;
        if !self.rooms[channel as usize].may_answer(now) {
            self.stats.unanswered += 1;
            return Ok(());
        }
        let precincts = u64::from(board.rules().precincts);
        let start = rand_core::Rng::next_u64(&mut self.random) % precincts;
        let news = board.newer_than(&summary, PrecinctId(start as u16), ANSWER);
        let disputes = news.iter().filter_map(|known| match known {
            Known::Dispute(dispute) => Some(*dispute),
            Known::Claim(_) => None,
        });
        let claims = news.iter().filter_map(|known| match known {
            Known::Claim(claim) => Some(*claim),
            Known::Dispute(_) => None,
        });
        let mut messages = Vec::new();
        gather(kind::DISPUTES, disputes, Dispute::encode, &mut messages);
        gather(kind::CLAIMS, claims, Claim::encode, &mut messages);
        if channel == Channel::Council && points.head() != self.log {
            let entries = points.missing_from(canvass, LOG_ANSWER);
            if !entries.is_empty() {
                messages.push((kind::OPS, entries));
            }
        }
        if asks {
            let ours = board.summary();
            if points.head() != self.log || summary != ours {
                messages.push(summary_message(&ours, canvass, false));
            }
        }
        self.reply(channel, from, messages);
        Ok(())
    }

    /// Compares what another says that it knows with what is known here.
    fn on_digest(
        &mut self,
        channel: Channel,
        from: Handle,
        head: Head,
        canvass: &Canvass,
        now: Millis,
    ) {
        let Some(ours) = self.digest() else {
            return;
        };
        let room = &mut self.rooms[channel as usize];
        match room.peers.heard(from, head, ours, now) {
            None => room.caught_up(),
            // They have no poll yet, and will ask.
            Some(_) if head.digest == Digest::default() => {}
            Some(since) if room.may_ask(channel, now - since, now) => {
                self.ask(channel, Destination::Reply(from), canvass, now);
            }
            Some(_) => {}
        }
    }
}

fn read_digest(content: &[u8]) -> Result<Digest, DecodeError> {
    let mut reader = Reader::new(content);
    let root = reader.array()?;
    let ops = reader.varint("a digest's number of entries", u64::MAX)?;
    reader.end()?;
    Ok(Digest { root, ops })
}
