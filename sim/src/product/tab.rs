//! A tab: the product's replica with its disk, as a process.

use std::collections::VecDeque;
use std::rc::Rc;

use election_core::ids::OpId;
use election_core::poll::choice::Choice;
use election_core::poll::op::VerifiedOp;
use election_core::poll::register::Standing;
use election_core::replica::io::{
    Config, Destination, Event, Input, Output as Wanted, Record, Refusal,
};
use election_core::replica::{MAX_RESTORE, Replica};
use election_core::time::Millis;
use election_core::wire::relay::Handle;

use super::disk::{Disk, Settings};
use super::note::Note;
use super::poll::Poll;
use super::{Output, Packet};
use crate::process::Process;
use crate::random::Random;

/// A replica and its disk. See the [module](self).
pub struct Tab {
    poll: Rc<Poll>,
    voter: u64,
    chair: bool,
    replica: Replica,
    disk: Disk,
    outputs: VecDeque<Output>,
}

impl Tab {
    /// The tab of the poll's voter of that number, who was given the link and has nothing else yet.
    #[must_use]
    pub fn newcomer(poll: Rc<Poll>, voter: u64, settings: Settings, random: &mut Random) -> Self {
        let disk = Disk::new(settings, random.branch());
        Self::start(poll, voter, false, disk, random)
    }

    /// The tab in which the poll was made: it holds the genesis and the chair's key, and votes as that voter.
    #[must_use]
    pub fn chair(
        poll: Rc<Poll>,
        voter: u64,
        settings: Settings,
        random: &mut Random,
        now: Millis,
    ) -> Self {
        let mut disk = Disk::new(settings, random.branch());
        let genesis = poll.genesis();
        let record = Record {
            received: now,
            bytes: genesis.bytes().to_vec(),
        };
        disk.install(genesis.id(), record, now);
        let mut tab = Self::start(poll, voter, true, disk, random);
        tab.restore(now);
        tab
    }

    /// The tab of a voter who was given the chair's link: another place at which the chair's key is used.
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

    /// These ops were in the poll before the simulation began: this tab has them on its disk.
    pub fn begin_with(&mut self, ops: impl IntoIterator<Item = VerifiedOp>, now: Millis) {
        let mut records = Vec::new();
        for op in ops {
            let bytes = op.bytes().to_vec();
            let record = Record {
                received: now,
                bytes,
            };
            self.disk.install(op.id(), record.clone(), now);
            records.push(record);
        }
        for chunk in records.chunks(MAX_RESTORE) {
            self.input(Input::Restore(chunk), now);
        }
    }

    /// The page is loaded again after it ended without warning: what its disk kept is all that is left. Another replica
    /// of the same voter, not connected, which takes this one's place. See [`Disk::crash`].
    #[must_use]
    pub fn restart(&self, lose_last_writes: bool, now: Millis, random: &mut Random) -> Self {
        let (unheard, disk) = self.disk.clone().crash(lose_last_writes, now, random);
        let mut tab = Self::start(self.poll.clone(), self.voter, self.chair, disk, random);
        // What was on its way to the disk and got there is part of the poll now.
        for (id, record) in unheard {
            tab.made(id, record.bytes);
        }
        tab.restore(now);
        tab
    }

    fn start(poll: Rc<Poll>, voter: u64, chair: bool, disk: Disk, random: &mut Random) -> Self {
        let replica = Replica::new(Config {
            poll: poll.id(),
            secret: poll.secret().clone(),
            voter: poll.voter(voter),
            chair: chair.then(|| poll.chair()),
            precinct: None,
            seed: random.bytes(),
        });
        Self {
            poll,
            voter,
            chair,
            replica,
            disk,
            outputs: VecDeque::new(),
        }
    }

    fn restore(&mut self, now: Millis) {
        let records: Vec<Record> = self.disk.records().cloned().collect();
        for chunk in records.chunks(MAX_RESTORE) {
            self.input(Input::Restore(chunk), now);
        }
    }

    /// The person votes for that option, counted from 0, and for no other.
    ///
    /// # Errors
    /// The replica's [`Refusal`].
    pub fn vote(&mut self, option: usize, now: Millis) -> Result<(), Refusal> {
        self.approve(&[option], now)
    }

    /// The person marks those options, counted from 0.
    ///
    /// # Errors
    /// The replica's [`Refusal`].
    pub fn approve(&mut self, options: &[usize], now: Millis) -> Result<(), Refusal> {
        let genesis = self.poll.genesis();
        let choice = Choice::new(options, genesis.method(), genesis.options().len())?;
        self.ask(Input::Cast(choice), now)
    }

    /// The chair takes a ballot out of the count.
    ///
    /// # Errors
    /// The replica's [`Refusal`].
    pub fn revoke(&mut self, ballot: OpId, reason: &str, now: Millis) -> Result<(), Refusal> {
        self.ask(Input::Revoke { ballot, reason }, now)
    }

    /// One of the ballots that are here and not revoked. Looks through all.
    pub fn some_ballot(&self, random: &mut Random) -> Option<OpId> {
        let ballots = self.replica.ballots();
        let standing =
            ballots.filter(|(.., standing)| !matches!(standing, Standing::Revoked { .. }));
        let ids: Vec<OpId> = standing.map(|(_, ballot, _)| ballot.id).collect();
        random.pick(&ids).copied()
    }

    /// The person looks at the page again, or the network may be back.
    pub fn refresh(&mut self, now: Millis) {
        self.input(Input::Refresh, now);
    }

    /// The number of this tab's voter.
    #[must_use]
    pub fn voter(&self) -> u64 {
        self.voter
    }

    /// Whether it has the chair's key.
    #[must_use]
    pub fn is_chair(&self) -> bool {
        self.chair
    }

    /// The replica.
    #[must_use]
    pub fn replica(&self) -> &Replica {
        &self.replica
    }

    /// The replica, for what it works out when asked. Inputs go through the tab.
    pub fn replica_mut(&mut self) -> &mut Replica {
        &mut self.replica
    }

    /// The disk.
    #[must_use]
    pub fn disk(&self) -> &Disk {
        &self.disk
    }

    /// An input that is never refused.
    fn input(&mut self, input: Input<'_>, now: Millis) {
        let result = self.ask(input, now);
        debug_assert!(result.is_ok(), "only votes and revocations are refused");
    }

    fn ask(&mut self, input: Input<'_>, now: Millis) -> Result<(), Refusal> {
        self.settle(now);
        let result = self.replica.handle(input, now);
        self.settle(now);
        result
    }

    /// Does what the replica wants done, and tells it what the disk has done by now.
    fn settle(&mut self, now: Millis) {
        self.drain(now);
        while let Some((id, record)) = self.disk.acknowledge(now) {
            self.made(id, record.bytes);
            let result = self.replica.handle(Input::Persisted(id), now);
            debug_assert!(result.is_ok(), "only votes and revocations are refused");
            self.drain(now);
        }
    }

    fn drain(&mut self, now: Millis) {
        while let Some(wanted) = self.replica.poll_output() {
            let output = match wanted {
                Wanted::Send { to, bytes } => match to {
                    Destination::Spread(fan_out) => Output::Spread(fan_out, bytes.into()),
                    Destination::Reply(handle) => Output::Reply(handle, bytes.into()),
                },
                Wanted::Persist {
                    id,
                    record,
                    durable,
                } => {
                    self.disk.put(id, record, durable, now);
                    continue;
                }
                Wanted::Event(event) => match event {
                    Event::Opened => Output::Note(Note::Opened),
                    Event::Delivered(delivered) => Output::Note(Note::Delivered(delivered)),
                    Event::Rejoined { .. } => Output::Note(Note::Rejoined),
                    Event::Syncing { .. } | Event::VoteMoved => continue,
                },
            };
            self.outputs.push_back(output);
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

    fn connected(&mut self, room: u32, now: Millis) {
        self.input(Input::Connected { room }, now);
    }

    fn disconnected(&mut self, now: Millis) {
        self.input(Input::Disconnected, now);
    }

    fn room(&mut self, size: u32, now: Millis) {
        self.input(Input::Room { size }, now);
    }

    fn gone(&mut self, target: Handle, now: Millis) {
        self.input(Input::PeerGone { peer: target }, now);
    }

    fn receive(&mut self, from: Handle, packet: Packet, now: Millis) {
        let payload = &packet[..];
        self.input(Input::Frame { from, payload }, now);
    }

    fn wake(&mut self, now: Millis) {
        self.input(Input::Wake, now);
    }

    fn next_deadline(&self) -> Option<Millis> {
        let deadlines = [self.replica.next_deadline(), self.disk.next_deadline()];
        deadlines.into_iter().flatten().min()
    }

    fn next_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }
}
