//! A tab: the product's, with its disk, as a process that does what every shell does.

use std::collections::{BTreeSet, VecDeque};
use std::rc::Rc;

use election_core::ids::{OpId, PrecinctId, VoterKey};
use election_core::poll::choice::Choice;
use election_core::poll::op::VerifiedOp;
use election_core::poll::verdict::Verdict;
use election_core::replica::io::{
    Command, Config, Destination, Event, Happened, Input, Output as Wanted, Record, Refusal, RoomId,
};
use election_core::replica::view::Explanation;
use election_core::replica::{MAX_RESTORE, Replica, tab};
use election_core::time::Millis;
use election_core::wire::relay::Handle;

use super::disk::{Disk, Loss, Settings};
use super::newer::Newer;
use super::note::Note;
use super::poll::Poll;
use super::{Output, Packet};
use crate::process::{Process, Room};
use crate::random::Random;

/// Why a person's vote is not cast.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoVote {
    /// The tab refuses it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The disk lost a ballot of this voter's, whose number must not be used again.
    #[error("an earlier ballot is gone from this disk, and has not come back from others yet")]
    Lost,
}

/// A tab and its disk. See the [module](self).
pub struct Tab {
    poll: Rc<Poll>,
    voter: u64,
    precinct: PrecinctId,
    chair: bool,
    tab: tab::Tab,
    disk: Disk,
    /// The number after that of the ballot that is on its way to the disk.
    next: u32,
    /// The rooms that it is in.
    inside: BTreeSet<RoomId>,
    /// Those that it cannot get into, whatever it wants.
    shut: BTreeSet<RoomId>,
    newer: Option<Newer>,
    outputs: VecDeque<Output>,
}

impl Tab {
    /// The tab of the poll's voter of that number, who was given the link and has nothing else yet.
    #[must_use]
    pub fn newcomer(poll: Rc<Poll>, voter: u64, settings: Settings, random: &mut Random) -> Self {
        let disk = Disk::new(settings, random.branch());
        Self::start(poll, voter, false, disk, random)
    }

    /// The tab of a voter who was given the chair's link: another place at which the chair's key is
    /// used.
    #[must_use]
    pub fn second_chair(
        poll: Rc<Poll>,
        voter: u64,
        settings: Settings,
        random: &mut Random,
    ) -> Self {
        let disk = Disk::new(settings, random.branch());
        Self::start(poll, voter, true, disk, random)
    }

    /// The tab in which the poll was made: it holds the genesis and the chair's key, and votes as
    /// that voter.
    #[must_use]
    pub fn chair(
        poll: Rc<Poll>,
        voter: u64,
        settings: Settings,
        random: &mut Random,
        now: Millis,
    ) -> Self {
        let mut tab = Self::second_chair(poll, voter, settings, random);
        tab.open(now);
        tab
    }

    /// It has the poll's definition on its disk.
    pub fn open(&mut self, now: Millis) {
        let genesis = self.poll.genesis();
        let (id, bytes) = (genesis.id(), genesis.bytes().to_vec());
        for records in self.install([(id, bytes)], now).chunks(MAX_RESTORE) {
            self.input(Input::Restore(records), now);
        }
    }

    /// These ops were in the poll before the simulation began: this tab has them on its disk.
    pub fn begin_with(&mut self, ops: impl IntoIterator<Item = VerifiedOp>, now: Millis) {
        let ops = ops.into_iter().map(|op| (op.id(), op.bytes().to_vec()));
        // Their type says that their signatures are right.
        for records in self.install(ops, now).chunks(MAX_RESTORE) {
            self.input(Input::Reload(records), now);
        }
    }

    fn install(
        &mut self,
        ops: impl IntoIterator<Item = (OpId, Vec<u8>)>,
        now: Millis,
    ) -> Vec<Record> {
        let mut records = Vec::new();
        for (id, bytes) in ops {
            let record = Record {
                received: now,
                bytes,
            };
            self.disk.install(id, record.clone(), now);
            records.push(record);
        }
        records
    }

    /// The page is loaded again after it ended without warning: what its disk kept is all that is
    /// left. Another replica of the same voter, not connected, which takes this one's place. See
    /// [`Disk::crash`].
    #[must_use]
    pub fn restart(&mut self, loss: Loss, now: Millis, random: &mut Random) -> Self {
        let (unacknowledged, disk) = self.disk.clone().crash(loss, now, random);
        let mut tab = Self::start(self.poll.clone(), self.voter, self.chair, disk, random);
        // What was on its way to the disk and got there is part of the poll now.
        for (id, record) in unacknowledged {
            tab.made(id, record.bytes);
        }
        tab.shut.clone_from(&self.shut);
        tab.newer = self.newer.take();
        let records: Vec<Record> = tab.disk.records().cloned().collect();
        for chunk in records.chunks(MAX_RESTORE) {
            tab.input(Input::Restore(chunk), now);
        }
        if let Some(board) = tab.disk.board().map(<[u8]>::to_vec) {
            tab.input(Input::RestoreBoard(&board), now);
        }
        tab
    }

    /// The person was given a link that says another number of precincts than the poll has.
    pub fn misled(&mut self, precincts: u16, random: &mut Random) {
        let config = Self::config(&self.poll, self.voter, self.chair, precincts, random);
        self.tab = tab::Tab::new(config);
    }

    fn config(poll: &Poll, voter: u64, chair: bool, precincts: u16, random: &mut Random) -> Config {
        let precinct = poll.precinct_of(voter);
        Config {
            poll: poll.id(),
            secret: poll.secret().clone(),
            voter: poll.voter(voter),
            chair: chair.then(|| poll.chair()),
            precinct: (precincts > 1).then_some((precincts, precinct)),
            timing: poll.timing(),
            seed: random.bytes(),
        }
    }

    fn start(poll: Rc<Poll>, voter: u64, chair: bool, disk: Disk, random: &mut Random) -> Self {
        let precinct = poll.precinct_of(voter);
        let config = Self::config(&poll, voter, chair, poll.precincts(), random);
        Self {
            tab: tab::Tab::new(config),
            poll,
            voter,
            precinct,
            chair,
            disk,
            next: 0,
            inside: BTreeSet::new(),
            shut: BTreeSet::new(),
            newer: None,
            outputs: VecDeque::new(),
        }
    }

    /// The person votes for that option, counted from 0, and for no other.
    ///
    /// # Errors
    /// [`NoVote`].
    pub fn vote(&mut self, option: usize, now: Millis) -> Result<(), NoVote> {
        self.approve(&[option], now)
    }

    /// The person marks those options, counted from 0.
    ///
    /// # Errors
    /// [`NoVote`].
    pub fn approve(&mut self, options: &[usize], now: Millis) -> Result<(), NoVote> {
        let genesis = self.poll.genesis();
        let choice = Choice::new(options, genesis.method(), genesis.options().len());
        let choice = choice.map_err(Refusal::from)?;
        self.settle(now);
        let here = self.replica().own_vote().map_or(0, |vote| vote.seq + 1);
        // A number outlives its ballot.
        if here < self.disk.number() {
            return Err(NoVote::Lost);
        }
        self.next = here + 1;
        let asked = self.ask(Command::Cast(choice), now);
        self.next = 0;
        Ok(asked?)
    }

    /// The person wants something.
    ///
    /// # Errors
    /// The tab's [`Refusal`].
    pub fn ask(&mut self, command: Command, now: Millis) -> Result<(), Refusal> {
        self.settle(now);
        let result = self.tab.ask(command, now);
        self.settle(now);
        self.come_and_go();
        result
    }

    /// One of the ballots that are here and not revoked, and whose it is. Looks through all.
    pub fn some_ballot(&self, random: &mut Random) -> Option<(VoterKey, OpId)> {
        let ballots = self.replica().ballots();
        let unrevoked = ballots.filter(|(.., verdict)| !matches!(verdict, Verdict::Revoked { .. }));
        let ballots: Vec<_> = unrevoked
            .map(|(voter, ballot, _)| (voter, ballot.id))
            .collect();
        random.pick(&ballots).copied()
    }

    /// The person looks at the page again, or the network may be back.
    pub fn refresh(&mut self, now: Millis) {
        self.input(Input::Refresh, now);
    }

    /// Whether it can get into that room; if not, it leaves it.
    pub fn let_into(&mut self, room: RoomId, may: bool, now: Millis) {
        if may {
            self.shut.remove(&room);
        } else {
            self.shut.insert(room);
        }
        self.settle(now);
        self.come_and_go();
    }

    /// What is on the disk now is kept elsewhere, to come back with [`Loss::Backup`].
    pub fn back_up(&mut self) {
        self.disk.back_up();
    }

    /// It is of a newer version from now on, and says what the others do not know.
    pub fn is_newer(&mut self, random: &mut Random) {
        self.newer = Some(Newer::new(self.poll.clone(), random));
    }

    /// Its person does what only a newer version can; nothing comes of it with this one, nor without
    /// a connection, on which it comes. Gives what that made if it was not kept.
    pub fn do_something_new(&mut self, now: Millis) -> Option<OpId> {
        self.replica().room()?;
        let home = self.home();
        let (op, frame) = self.newer.as_mut()?.op(home, self.voter);
        let happened = Happened::Frame {
            from: Handle(u64::MAX),
            payload: &frame,
        };
        let room = RoomId::Precinct;
        self.input(Input::Room { room, happened }, now);
        let replica = self.replica();
        let is_held = matches!(replica.explain(op), Explanation::Held { .. });
        (replica.genesis().is_some() && !is_held).then_some(op)
    }

    /// The number of this tab's voter.
    #[must_use]
    pub fn voter(&self) -> u64 {
        self.voter
    }

    /// Its voter's precinct; 0 in a poll of one room.
    #[must_use]
    pub fn precinct(&self) -> PrecinctId {
        self.precinct
    }

    /// Whether it has the chair's key.
    #[must_use]
    pub fn is_chair(&self) -> bool {
        self.chair
    }

    /// The tab that the product ships.
    #[must_use]
    pub fn tab(&self) -> &tab::Tab {
        &self.tab
    }

    /// The same, of which only that is left.
    #[must_use]
    pub fn into_tab(self) -> tab::Tab {
        self.tab
    }

    /// The replica.
    #[must_use]
    pub fn replica(&self) -> &Replica {
        self.tab.replica()
    }

    /// The replica, for what it works out when asked. Inputs go through the tab.
    pub fn replica_mut(&mut self) -> &mut Replica {
        self.tab.replica_mut()
    }

    /// The disk.
    #[must_use]
    pub fn disk(&self) -> &Disk {
        &self.disk
    }

    /// The disk, to be stalled.
    pub fn disk_mut(&mut self) -> &mut Disk {
        &mut self.disk
    }

    /// Something happens to it.
    pub fn input(&mut self, input: Input<'_>, now: Millis) {
        self.settle(now);
        self.tab.handle(input, now);
        self.settle(now);
        self.come_and_go();
    }

    fn happened(&mut self, room: Room, happened: Happened<'_>, now: Millis) {
        let room = self.known_as(room);
        self.input(Input::Room { room, happened }, now);
    }

    /// What that room is to this tab.
    fn known_as(&self, room: Room) -> RoomId {
        match room {
            room if room == self.home() => RoomId::Precinct,
            room if room == self.poll.council() => RoomId::Council,
            Room(precinct) => RoomId::Audit(PrecinctId(precinct)),
        }
    }

    fn room(&self, room: RoomId) -> Room {
        match room {
            RoomId::Precinct => self.home(),
            RoomId::Council => self.poll.council(),
            RoomId::Audit(precinct) => Room(precinct.0),
        }
    }

    /// Does what the tab wants done, and tells it what the disk has done by now.
    fn settle(&mut self, now: Millis) {
        self.drain(now);
        while let Some((id, record)) = self.disk.acknowledge(now) {
            self.made(id, record.bytes);
            self.tab.handle(Input::Persisted(id), now);
            self.drain(now);
        }
    }

    /// Asks for the rooms that it wants to be in, and leaves the others. Without a network there
    /// are none.
    fn come_and_go(&mut self) {
        if self.poll.precincts() == 1 || !self.inside.contains(&RoomId::Precinct) {
            return;
        }
        let wanted: BTreeSet<RoomId> = self
            .tab
            .rooms()
            .filter(|room| !self.shut.contains(room))
            .collect();
        for room in self.inside.difference(&wanted) {
            if *room != RoomId::Precinct {
                self.outputs.push_back(Output::Leave(self.room(*room)));
            }
        }
        for room in wanted.difference(&self.inside) {
            self.outputs.push_back(Output::Enter(self.room(*room)));
        }
    }

    fn drain(&mut self, now: Millis) {
        while let Some(wanted) = self.tab.poll_output() {
            let output = match wanted {
                Wanted::Send { room, to, bytes } => match (self.room(room), to) {
                    (room, Destination::Spread(fan_out)) => {
                        Output::Spread(room, fan_out, self.packed(room, bytes))
                    }
                    (room, Destination::Reply(handle)) => {
                        Output::Reply(room, handle, self.packed(room, bytes))
                    }
                },
                Wanted::Persist {
                    id,
                    record,
                    durable,
                } => {
                    let number = if durable { self.next } else { 0 };
                    self.disk.put(id, record, durable, number, now);
                    continue;
                }
                Wanted::Event(event) => {
                    if matches!(event, Event::BoardChanged(_))
                        && let Some(council) = self.tab.council()
                        && self.disk.wants_board(now)
                    {
                        self.disk.put_board(council.board_bytes(), now);
                    }
                    Output::Note(Note::Told(event))
                }
            };
            self.outputs.push_back(output);
        }
    }

    fn packed(&mut self, room: Room, bytes: Vec<u8>) -> Packet {
        match &mut self.newer {
            Some(newer) => newer.say_more(room, bytes),
            None => bytes.into(),
        }
    }

    fn made(&mut self, id: OpId, bytes: Vec<u8>) {
        let bytes = bytes.into();
        self.outputs
            .push_back(Output::Note(Note::Made { id, bytes }));
    }
}

impl Process for Tab {
    type Packet = Packet;
    type Note = Note;

    fn size(packet: &Packet) -> usize {
        packet.len()
    }

    fn home(&self) -> Room {
        Room(self.precinct.0)
    }

    fn connected(&mut self, room: Room, size: u32, now: Millis) {
        self.inside.insert(self.known_as(room));
        self.happened(room, Happened::Connected { size }, now);
    }

    fn disconnected(&mut self, room: Room, now: Millis) {
        self.inside.remove(&self.known_as(room));
        self.happened(room, Happened::Disconnected, now);
    }

    fn resized(&mut self, room: Room, size: u32, now: Millis) {
        self.happened(room, Happened::Resized { size }, now);
    }

    fn gone(&mut self, room: Room, target: Handle, now: Millis) {
        self.happened(room, Happened::PeerGone { peer: target }, now);
    }

    fn receive(&mut self, room: Room, from: Handle, packet: Packet, now: Millis) {
        let payload = &packet[..];
        self.happened(room, Happened::Frame { from, payload }, now);
    }

    fn wake(&mut self, now: Millis) {
        self.input(Input::Wake, now);
    }

    fn next_deadline(&self) -> Option<Millis> {
        let deadlines = [self.tab.next_deadline(), self.disk.next_deadline()];
        deadlines.into_iter().flatten().min()
    }

    fn next_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }
}
