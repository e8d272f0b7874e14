//! What is done with what others say: cheap checks first, signatures last, then the board.

use crate::ballots::BallotStore;
use crate::board::claim::{self, SignedClaim};
use crate::board::dispute::{self, SignedDispute};
use crate::board::summary::{Known, Summary};
use crate::board::{Board, Claim, Dispute};
use crate::broadcast::Origin;
use crate::ids::{PrecinctId, ReplicaId};
use crate::time::Millis;
use crate::timers::Timer;
use crate::wire::bytes::{DecodeError, Reader};
use crate::wire::frame::{self, Digest, Head, MessageRef, kind};
use crate::wire::relay::Handle;

use super::super::io::{Destination, Happened};
use super::Council;
use super::io::Channel;
use super::log::LogPoints;
use super::news::gather;
use super::talk::summary_message;

impl Council {
    /// Takes what happened to the connection to the council's room.
    pub(in super::super) fn on_happened(
        &mut self,
        happened: Happened<'_>,
        store: Option<&mut BallotStore>,
        now: Millis,
    ) {
        match happened {
            Happened::Connected { size } => {
                self.room.connect(Some(size));
                self.talks[Channel::Council as usize].reset();
                if let Some(store) = store {
                    self.ask_around(Channel::Council, store, now);
                    self.review(now);
                } else {
                    self.room.timers.set(Timer::Hello, now);
                }
            }
            Happened::Disconnected => {
                self.room.connect(None);
                self.talks[Channel::Council as usize].reset();
                self.restart_standing(now);
                self.review(now);
            }
            Happened::Resized { size } => {
                self.room.resize(size);
            }
            Happened::Frame { from, payload } => self.on_frame(from, payload, store, now),
            Happened::PeerGone { peer } => self.room.peers.forget(peer),
        }
    }

    /// Is told how many connections the room of one's own precinct has.
    pub(in super::super) fn precinct_room(
        &mut self,
        size: Option<u32>,
        store: Option<&mut BallotStore>,
        now: Millis,
    ) {
        let before = core::mem::replace(&mut self.precinct_size, size);
        if before.is_some() == size.is_some() {
            return;
        }
        self.talks[Channel::Precinct as usize].reset();
        self.boards.clear();
        self.begin_anew();
        self.restart_standing(now);
        match store {
            Some(store) if size.is_some() => self.ask_around(Channel::Precinct, store, now),
            Some(_) => {}
            None => self.seek_soon(size, now),
        }
        self.review(now);
    }

    fn on_frame(
        &mut self,
        from: Handle,
        payload: &[u8],
        mut store: Option<&mut BallotStore>,
        now: Millis,
    ) {
        let Some(frame) = self.room.receive(from, payload) else {
            return;
        };
        let (head, mut messages) = (frame.head, frame.messages());
        loop {
            match frame::next_message(&mut messages) {
                Ok(Some(MessageRef::Council { kind, content })) => {
                    let Some(store) = store.as_deref_mut() else {
                        self.stats.too_early += 1;
                        continue;
                    };
                    let said = (from, head.replica, kind, content);
                    self.on_message(Channel::Council, said, store, now);
                }
                Ok(Some(MessageRef::Ops { bytes, .. })) => {
                    let bytes = bytes.to_vec();
                    self.entries.push((from, bytes));
                }
                Ok(Some(MessageRef::Hello)) if head.digest == Digest::default() => {
                    self.on_newcomer(from, store.as_deref(), now);
                }
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(_) => {
                    self.stats.malformed += 1;
                    break;
                }
            }
        }
        if let Some(store) = store {
            self.on_digest(Channel::Council, from, head, store, now);
        }
    }

    /// Sends the poll's definition to one who has not got it.
    fn on_newcomer(&mut self, from: Handle, store: Option<&BallotStore>, now: Millis) {
        let Some(store) = store else { return };
        if self.may_answer(Channel::Council, now) {
            let genesis = store.genesis_op().bytes().to_vec();
            self.reply(Channel::Council, from, vec![(kind::OPS, genesis)]);
        }
    }

    /// Whether one more is answered in this second who asks for far more than it says.
    fn may_answer(&mut self, channel: Channel, now: Millis) -> bool {
        let answers = match channel {
            Channel::Precinct => &mut self.board_answers,
            Channel::Council => &mut self.room.answers,
        };
        let may = answers.take(1, now) > 0;
        self.stats.unanswered += u64::from(!may);
        may
    }

    /// Takes one message: of which connection and replica, of which type, and what.
    pub(in super::super) fn on_message(
        &mut self,
        channel: Channel,
        (from, replica, kind, content): (Handle, ReplicaId, u8, &[u8]),
        store: &mut BallotStore,
        now: Millis,
    ) {
        if self.peers(channel).is_muted(from) {
            self.stats.muted += 1;
            return;
        }
        let taken = match kind {
            kind::CLAIMS => self.on_claims(channel, from, content, now),
            kind::DISPUTES => self.on_disputes(channel, from, content, now),
            kind::SUMMARY => self.on_summary(channel, from, content, store, now),
            kind::BOARD if channel == Channel::Precinct => read_digest(content).map(|digest| {
                self.on_digest(channel, from, Head { replica, digest }, store, now);
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
            Ok(board.news_of(claim))
        };
        let (claims, fault) = self.read_all(content, read);
        let (claims, wrong) = claim::verify_until_wrong(claims, &mut self.room.random);
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
        let (disputes, wrong) = dispute::verify_until_wrong(disputes, &mut self.room.random);
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
        self.stats.news += news as u64;
        self.stats.bad_signatures += u64::from(wrong);
        if wrong {
            self.peers(channel).mute(from, now);
        }
        if news > 0 {
            self.peers(channel).prove(from, now);
            self.talks[channel as usize].brought(now);
        }
    }

    /// Receives no more from a connection of the council's room for a while: an entry that it sent
    /// was signed wrongly.
    pub(in super::super) fn mute(&mut self, from: Handle, now: Millis) {
        self.room.peers.mute(from, now);
    }

    /// A connection of the council's room brought an entry that was lacking.
    pub(in super::super) fn prove(&mut self, from: Handle, now: Millis) {
        self.room.peers.prove(from, now);
    }

    /// A connection of the precinct's room is gone.
    pub(in super::super) fn forget_in_precinct(&mut self, peer: Handle) {
        self.boards.forget(peer);
    }

    /// Sends another what it lacks, and asks for what is not here if it asked.
    fn on_summary(
        &mut self,
        channel: Channel,
        from: Handle,
        content: &[u8],
        store: &BallotStore,
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
        if !self.may_answer(channel, now) {
            return Ok(());
        }
        let Some(board) = &self.board else {
            return Ok(());
        };
        let precincts = u64::from(board.rules().precincts);
        let start = rand_core::Rng::next_u64(&mut self.room.random) % precincts;
        let news = board.newer_than(&summary, PrecinctId(start as u16), self.timing.answer);
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
            let entries = points.missing_from(store, self.timing.log_answer);
            if !entries.is_empty() {
                messages.push((kind::OPS, entries));
            }
        }
        if asks {
            let ours = board.summary();
            if points.head() != self.log || summary != ours {
                messages.push(summary_message(&ours, store, false));
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
        store: &BallotStore,
        now: Millis,
    ) {
        let Some(ours) = self.digest() else {
            return;
        };
        let differs_since = self.peers(channel).receive(from, head, ours, now);
        let talk = &mut self.talks[channel as usize];
        match differs_since {
            None => talk.caught_up(),
            // They have no poll yet, and will ask.
            Some(_) if head.digest == Digest::default() => {}
            Some(since) if talk.may_ask(now - since, now) => {
                self.ask(channel, &[Destination::Reply(from)], store, now);
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
