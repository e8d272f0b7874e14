//! Two replicas that are full, each with voters whom the other has no room for: they go on with all
//! that both can take.

#![allow(clippy::unwrap_used)]

use std::collections::VecDeque;

use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;

use super::io::{Command, Config, Destination, Happened, Input, Output, Record, RoomId};
use super::tab::Tab;
use crate::ballots::testing::{Poll, key, room_for};
use crate::ids::{OpId, ReplicaId};
use crate::poll::choice::Choice;
use crate::poll::method::Method;
use crate::poll::op::{Op, VerifiedOp};
use crate::time::Millis;
use crate::timing::Timing;
use crate::wire::frame::{Digest, FrameWriter, Head};
use crate::wire::link::Secret;
use crate::wire::relay::Handle;

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
/// How many voters each of them has room for.
const ROOM: u32 = 200;
/// The voters of the two tabs, whose first ballots both hold.
const VOTERS: [u32; 2] = [150, 160];
/// Two other voters whose ballots both hold.
const REVOKED: [u32; 2] = [170, 180];
/// The handles of connections that say a digest and nothing else.
const SILENT: core::ops::Range<u64> = 10..15;

/// A room of two, the first with the chair's key. A frame takes 30 ms.
struct Two {
    poll: Poll,
    tabs: [Tab; 2],
    now: Millis,
    /// When, to whom, what.
    under_way: VecDeque<(Millis, usize, Vec<u8>)>,
    /// All frames are lost, and nobody is told.
    is_cut: bool,
}

impl Two {
    /// Voters 0 to 199 vote where the first is, 100 to 299 where the second is: as many as they
    /// have room for, and of the chair's log so many entries.
    fn full(entries: usize) -> Self {
        Self::of([0, 100], ROOM, entries)
    }

    /// So many voters vote where each is, from these on.
    fn of(first: [u32; 2], voters: u32, entries: usize) -> Self {
        let poll = Poll::new();
        let tab = |index: usize| {
            Tab::new(Config {
                poll: poll.genesis.id().into(),
                secret: Secret([5; 16]),
                voter: key(VOTERS[index] + 1),
                chair: Some(key(0)),
                precinct: None,
                timing: Timing {
                    capacity: room_for(ROOM as usize, entries),
                    ..Timing::default()
                },
                seed: [index as u8; 32],
            })
        };
        let mut two = Self {
            tabs: [tab(0), tab(1)],
            poll,
            now: Millis(SECOND),
            under_way: VecDeque::new(),
            is_cut: false,
        };
        for (index, first) in first.into_iter().enumerate() {
            two.restore(index, two.poll.genesis.bytes().to_vec());
            for voter in first..first + voters {
                two.restore(index, two.first_ballot(voter).bytes().to_vec());
            }
        }
        two
    }

    fn connect(&mut self) {
        for index in 0..2 {
            self.happened(index, Happened::Connected { size: 2 });
        }
    }

    fn first_ballot(&self, voter: u32) -> VerifiedOp {
        self.poll.ballot(voter, 0, 1)
    }

    /// The chair's first entry, which revokes the first ballot of that voter.
    fn revocation(&self, voter: u32) -> VerifiedOp {
        let ballot = self.first_ballot(voter);
        self.poll.revoke(0, ballot.author(), ballot.id())
    }

    fn restore(&mut self, index: usize, bytes: Vec<u8>) {
        let received = self.now;
        self.input(index, Input::Restore(&[Record { received, bytes }]));
    }

    fn vote(&mut self, index: usize, option: usize) {
        let choice = Choice::new(&[option], Method::Approval, 3).unwrap();
        self.ask(index, Command::Cast(choice));
    }

    fn ask(&mut self, index: usize, command: Command) {
        self.tabs[index].ask(command, self.now).unwrap();
        self.drain(index);
    }

    fn happened(&mut self, index: usize, happened: Happened<'_>) {
        let room = RoomId::Precinct;
        self.input(index, Input::Room { room, happened });
    }

    fn input(&mut self, index: usize, input: Input<'_>) {
        self.tabs[index].handle(input, self.now);
        self.drain(index);
    }

    fn drain(&mut self, index: usize) {
        while let Some(output) = self.tabs[index].poll_output() {
            match output {
                Output::Send { bytes, to, .. } => {
                    let is_lost = match to {
                        Destination::Reply(peer) if SILENT.contains(&peer.0) => true,
                        Destination::Reply(peer) => {
                            assert_eq!(peer, Handle(1 - index as u64));
                            self.is_cut
                        }
                        Destination::Spread(_) => self.is_cut,
                    };
                    if !is_lost {
                        let at = self.now.after(Millis(30));
                        self.under_way.push_back((at, 1 - index, bytes));
                    }
                }
                Output::Persist { id, durable, .. } if durable => {
                    self.tabs[index].handle(Input::Persisted(id), self.now);
                }
                Output::Persist { .. } | Output::Event(_) => {}
            }
        }
    }

    fn run(&mut self, span: u64) {
        let end = self.now.after(Millis(span));
        loop {
            let frame = self.under_way.front().map(|(at, _, _)| *at);
            let wakes = (0..2).filter_map(|index| {
                let deadline = self.tabs[index].next_deadline()?;
                Some((deadline, index))
            });
            let wake = wakes.min();
            let next = frame.into_iter().chain(wake.map(|(at, _)| at)).min();
            let Some(next) = next.filter(|next| *next <= end) else {
                break;
            };
            self.now = self.now.max(next);
            match wake {
                Some((at, index)) if frame.is_none_or(|frame| at < frame) => {
                    self.input(index, Input::Wake);
                }
                _ => {
                    let (_, index, payload) = self.under_way.pop_front().unwrap();
                    let from = Handle(1 - index as u64);
                    let payload = &payload;
                    self.happened(index, Happened::Frame { from, payload });
                }
            }
        }
        self.now = end;
    }

    /// Runs for so many seconds, in each of which every silent connection says to both that it
    /// holds something else.
    fn run_among_the_silent(&mut self, seconds: u64) {
        for _ in 0..seconds {
            for from in SILENT {
                let digest = Digest {
                    root: [from as u8; 16],
                    ops: 1_000,
                };
                let replica = ReplicaId(from);
                let plain = FrameWriter::new(Head { replica, digest }).into_bytes();
                let poll = self.poll.genesis.id().into();
                let secret = Secret([5; 16]);
                let seal = secret.seal(poll, &secret.room(poll));
                let payload = &seal.seal(&plain, &mut ChaCha8Rng::from_seed([3; 32]));
                for index in 0..2 {
                    let from = Handle(from);
                    self.happened(index, Happened::Frame { from, payload });
                }
            }
            self.run(SECOND);
        }
    }

    /// How many comparisons went through or did not, since the start.
    fn comparisons(&self) -> u64 {
        let stats = self.tabs.each_ref().map(|tab| tab.replica().stats());
        stats
            .map(|stats| stats.syncs + stats.syncs_failed)
            .iter()
            .sum()
    }

    /// Of whom each holds a ballot that the voter cast later than the first.
    fn changes(&self) -> [Vec<u32>; 2] {
        let changed = |tab: &Tab| {
            let has_changed = |voter: &u32| {
                let key = self.first_ballot(*voter).author();
                let mut ballots = tab.replica().ballots();
                ballots.any(|(of, ballot, _)| of == key && ballot.seq > 0)
            };
            VOTERS.into_iter().filter(has_changed).collect()
        };
        self.tabs.each_ref().map(changed)
    }

    /// Which ballots each holds as revoked.
    fn revoked(&self) -> [Vec<OpId>; 2] {
        let revoked = |tab: &Tab| {
            let mut ballots: Vec<OpId> = Vec::new();
            for op in tab.replica().log() {
                if let Op::RevokeBallot(what) = &**op {
                    ballots.push(what.ballot);
                }
            }
            ballots.sort();
            ballots
        };
        self.tabs.each_ref().map(revoked)
    }

    /// Each pauses for 32 to 64 s, where it would be 1 to 2 s; both count each comparison.
    fn assert_seldom_compare(&mut self) {
        let before = self.comparisons();
        self.run(10 * MINUTE);
        let since = self.comparisons() - before;
        assert!((10..=80).contains(&since), "{since} in ten minutes");
    }

    /// Each has its own voters and no others.
    fn assert_full(&self) {
        for (tab, first) in self.tabs.iter().zip([0, 100]) {
            let store = &tab.replica().open.as_ref().unwrap().state.store;
            assert_eq!(store.voters(), ROOM as usize);
            for voter in first..first + ROOM {
                let key = self.first_ballot(voter).author();
                assert!(store.register(&key).is_some(), "voter {voter}");
            }
        }
    }
}

#[test]
fn two_that_are_full_stop_comparing_only_what_neither_can_take() {
    let mut two = Two::full(10);
    two.connect();
    two.run(5 * MINUTE);
    two.assert_seldom_compare();
    two.assert_full();

    // What is said at once arrives at once.
    two.vote(0, 1);
    two.run(SECOND);
    assert_eq!(two.changes(), [[VOTERS[0]], [VOTERS[0]]]);

    // What nobody heard of is found.
    two.is_cut = true;
    two.vote(1, 2);
    let ballot = two.first_ballot(REVOKED[0]).id();
    let reason = "voted twice".to_owned();
    two.ask(0, Command::Revoke { ballot, reason });
    two.run(20 * SECOND);
    assert_eq!(two.changes(), [vec![VOTERS[0]], VOTERS.into()]);
    assert_eq!(two.revoked(), [vec![ballot], vec![]]);
    two.is_cut = false;
    two.run(2 * MINUTE);
    assert_eq!(two.changes(), [VOTERS, VOTERS]);
    assert_eq!(two.revoked(), [[ballot], [ballot]]);
    two.assert_full();
}

#[test]
fn two_whose_logs_are_full_too_still_tell_each_other_of_changes() {
    let mut two = Two::full(1);
    for (index, voter) in REVOKED.into_iter().enumerate() {
        let entry = two.revocation(voter);
        two.restore(index, entry.bytes().to_vec());
    }
    two.connect();
    two.run(5 * MINUTE);
    two.assert_seldom_compare();
    two.is_cut = true;
    two.vote(0, 1);
    two.vote(1, 2);
    two.run(20 * SECOND);
    two.is_cut = false;
    two.run(2 * MINUTE);
    assert_eq!(two.changes(), [VOTERS, VOTERS]);
    // Of the two entries the one with the smaller id.
    let first = REVOKED
        .into_iter()
        .min_by_key(|voter| two.revocation(*voter).id());
    let kept = two.first_ballot(first.unwrap()).id();
    assert_eq!(two.revoked(), [[kept], [kept]]);
    two.assert_full();
}

#[test]
fn an_entry_that_has_to_go_for_another_is_seen_by_nobody() {
    let mut two = Two::of([0, 0], ROOM, 1);
    two.connect();
    two.run(SECOND);
    two.is_cut = true;
    for index in 0..2 {
        let ballot = two.first_ballot(index as u32).id();
        let reason = "voted twice".to_owned();
        two.ask(index, Command::Revoke { ballot, reason });
    }
    let entries = two.tabs.each_ref().map(|tab| {
        let mut entries = tab.replica().log();
        entries.next().unwrap().id()
    });
    two.is_cut = false;
    two.run(2 * MINUTE);
    let kept = *entries.iter().min().unwrap();
    for (tab, own) in two.tabs.iter().zip(entries) {
        let log: Vec<OpId> = tab.replica().log().map(VerifiedOp::id).collect();
        assert_eq!(log, [kept]);
        assert_eq!(tab.replica().seen_by(own), usize::from(own == kept));
    }
}

#[test]
fn entries_about_voters_without_room_hold_nothing_up() {
    let mut two = Two::full(10);
    two.connect();
    two.run(SECOND);
    let ballots = [20, REVOKED[0]].map(|voter| two.first_ballot(voter).id());
    for ballot in ballots {
        let reason = "voted twice".to_owned();
        two.ask(0, Command::Revoke { ballot, reason });
    }
    two.run(2 * MINUTE);
    let mut both = ballots.to_vec();
    both.sort();
    assert_eq!(two.revoked(), [both.clone(), both]);
}

#[test]
fn a_ballot_waits_for_another_only_while_there_is_room_for_its_voter() {
    let mut two = Two::of([0, 100], ROOM - 1, 10);
    let second = two.poll.ballot(20, 1, 1);
    two.restore(1, second.bytes().to_vec());
    assert_eq!(two.tabs[1].replica().held_back().len(), 1);
    let last = two.first_ballot(99 + ROOM);
    two.restore(1, last.bytes().to_vec());
    assert_eq!(two.tabs[1].replica().held_back().len(), 0);
}

#[test]
fn the_silent_do_not_keep_two_that_are_full_from_comparing() {
    let mut two = Two::of([0, 0], ROOM, 10);
    two.connect();
    // Each has brought the other something.
    for index in 0..2 {
        two.vote(index, 1);
        two.run(SECOND);
    }
    assert_eq!(two.changes(), [VOTERS, VOTERS]);
    two.run_among_the_silent(5 * 60);
    for round in 0..4 {
        two.is_cut = true;
        two.vote(1, round % 3);
        two.run_among_the_silent(5);
        let [one, other] = two
            .tabs
            .each_mut()
            .map(|tab| tab.replica_mut().state_hash());
        assert_ne!(one, other);
        two.is_cut = false;
        two.run_among_the_silent(15);
        let [one, other] = two
            .tabs
            .each_mut()
            .map(|tab| tab.replica_mut().state_hash());
        assert_eq!(one, other, "round {round}");
    }
}
