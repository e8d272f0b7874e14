//! A room of real replicas on a virtual clock, with a relay that does what the real one does:
//! SPREAD goes to random others, REPLY to one, nothing is stored. All of it follows from one seed.

#![allow(dead_code, clippy::unwrap_used)]

pub mod sample;

use std::collections::{BTreeMap, BTreeSet};

use ed25519_zebra::SigningKey;
use election_core::ids::{OpId, Place, PollId, PrecinctId};
use election_core::poll::choice::Choice;
use election_core::poll::genesis::{DEFAULT_MAX_SEQ, Genesis};
use election_core::poll::method::Method;
use election_core::poll::op::VerifiedGenesis;
use election_core::poll::precincts::Precincts;
use election_core::replica::io::{
    Command, Config, Destination, Happened, Input, Output, Record, Refusal, RoomId,
};
use election_core::replica::tab;
use election_core::time::Millis;
use election_core::wire::envelope::{sign, voter_key};
use election_core::wire::link::Secret;
use election_core::wire::relay::Handle;
use election_core::wire::sealed::Seal;
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use sha2::{Digest as _, Sha256};

/// One tab: a replica, its disk, and whether it is connected.
pub struct Tab {
    pub tab: tab::Tab,
    pub disk: BTreeMap<OpId, Record>,
    pub handle: Option<Handle>,
    voter: [u8; 32],
    chair: bool,
    starts: u8,
}

/// The faults of the network, in percent and milliseconds.
#[derive(Debug, Clone, Copy)]
pub struct Faults {
    pub loss: u64,
    pub duplication: u64,
    pub delay: u64,
}

pub struct Network {
    pub tabs: Vec<Tab>,
    pub now: Millis,
    pub faults: Faults,
    /// What every frame takes, beside the delay that is drawn.
    pub latency: u64,
    pub frames: u64,
    pub bytes: u64,
    pub genesis: VerifiedGenesis,
    /// Connections of the room that are no tabs: what comes to them is in `overheard`.
    pub strangers: BTreeSet<Handle>,
    /// To whom, from whom, what.
    pub overheard: Vec<(Handle, Handle, Vec<u8>)>,
    /// A tab of another room, and what seals for that: somebody with the link carries frames
    /// between the two.
    pub stray: Option<(usize, Seal)>,
    /// Of which precinct this is the room.
    precinct: Option<PrecinctId>,
    random: ChaCha8Rng,
    on_the_way: BTreeMap<(Millis, u64), (Handle, Handle, Vec<u8>)>,
    next: u64,
    trace: Sha256,
}

pub const CHAIR: [u8; 32] = [0xc4; 32];
pub const SECRET: Secret = Secret([5; 16]);

pub fn genesis(method: Method) -> VerifiedGenesis {
    genesis_with(method, Precincts::One)
}

pub fn genesis_with(method: Method, precincts: Precincts) -> VerifiedGenesis {
    let chair = SigningKey::from(CHAIR);
    let options = ["Bergen, by ferry", "Porto", "Stay here"];
    let genesis = Genesis::new(
        voter_key(&chair),
        "Where to?",
        &options,
        method,
        DEFAULT_MAX_SEQ,
    )
    .and_then(|genesis| genesis.with_precincts(precincts))
    .unwrap();
    sign(&chair, PollId::NONE, genesis)
}

/// What happens to the connection to the only room.
pub fn in_room(happened: Happened<'_>) -> Input<'_> {
    let room = RoomId::Precinct;
    Input::Room { room, happened }
}

impl Network {
    /// A room with nobody in it.
    pub fn new(seed: u64) -> Self {
        Self {
            tabs: Vec::new(),
            now: Millis(1_000),
            faults: Faults {
                loss: 0,
                duplication: 0,
                delay: 20,
            },
            latency: 0,
            frames: 0,
            bytes: 0,
            genesis: genesis(Method::Single),
            strangers: BTreeSet::new(),
            overheard: Vec::new(),
            stray: None,
            precinct: None,
            random: ChaCha8Rng::seed_from_u64(seed),
            on_the_way: BTreeMap::new(),
            next: 0,
            trace: Sha256::new(),
        }
    }

    /// The room of one precinct of so many, with nobody in it.
    pub fn of_precinct(seed: u64, precincts: u16, precinct: PrecinctId) -> Self {
        Self {
            genesis: genesis_with(Method::Single, Precincts::Automatic(precincts)),
            precinct: Some(precinct),
            ..Self::new(seed)
        }
    }

    /// What seals the frames of this room.
    pub fn seal(&self) -> Seal {
        let poll = self.poll();
        let room = self.precinct.map_or_else(
            || SECRET.room(poll),
            |precinct| SECRET.precinct_room(poll, precinct),
        );
        SECRET.seal(poll, &room)
    }

    pub fn poll(&self) -> PollId {
        self.genesis.id().into()
    }

    /// A tab that is not connected; tab 0 is the chair's, and makes the poll. Its voter is of the
    /// room's precinct.
    pub fn open_tab(&mut self) -> usize {
        let index = self.tabs.len();
        self.open_tab_as(self.voter(index as u64), index == 0)
    }

    /// A key for each number, of the room's precinct.
    pub fn voter(&self, number: u64) -> [u8; 32] {
        let precincts = self.genesis.precincts().count();
        (0..=u8::MAX)
            .map(|draw| {
                let mut voter = [7; 32];
                voter[..8].copy_from_slice(&number.to_be_bytes());
                voter[8] = voter[8].wrapping_add(draw);
                voter
            })
            .find(|voter| {
                let place = Place::of(self.poll(), voter_key(&SigningKey::from(*voter)));
                self.precinct
                    .is_none_or(|own| place.precinct(precincts) == own)
            })
            .unwrap()
    }

    pub fn open_tab_as(&mut self, voter: [u8; 32], chair: bool) -> usize {
        let index = self.tabs.len();
        let tab = self.new_tab(index, voter, chair, 0);
        self.tabs.push(Tab {
            tab,
            disk: BTreeMap::new(),
            handle: None,
            voter,
            chair,
            starts: 0,
        });
        if index == 0 {
            let record = Record {
                received: self.now,
                bytes: self.genesis.bytes().to_vec(),
            };
            self.tabs[0].disk.insert(self.genesis.id(), record.clone());
            self.input(0, Input::Restore(&[record]));
        }
        index
    }

    fn new_tab(&self, index: usize, voter: [u8; 32], chair: bool, starts: u8) -> tab::Tab {
        let mut seed = [starts; 32];
        seed[..8].copy_from_slice(&(index as u64).to_be_bytes());
        tab::Tab::new(Config {
            poll: self.poll(),
            secret: SECRET,
            voter: SigningKey::from(voter),
            chair: chair.then(|| SigningKey::from(CHAIR)),
            precinct: self
                .precinct
                .map(|precinct| (self.genesis.precincts().count(), precinct)),
            timing: Default::default(),
            seed,
        })
    }

    /// A tab's page is loaded again: what was persisted is all that is left.
    pub fn reload(&mut self, tab: usize) {
        self.disconnect(tab);
        let Tab { voter, chair, .. } = self.tabs[tab];
        self.tabs[tab].starts += 1;
        self.tabs[tab].tab = self.new_tab(tab, voter, chair, self.tabs[tab].starts);
        let genesis = self.tabs[tab].disk.get(&self.genesis.id()).cloned();
        if let Some(genesis) = genesis {
            self.input(tab, Input::Restore(&[genesis]));
            let rest: Vec<Record> = self.tabs[tab].disk.values().cloned().collect();
            for chunk in rest.chunks(election_core::replica::MAX_RESTORE) {
                self.input(tab, Input::Restore(chunk));
            }
        }
    }

    pub fn connect(&mut self, tab: usize) {
        self.tabs[tab].handle = Some(self.new_handle());
        let size = self.size();
        for other in self
            .online()
            .filter(|other| *other != tab)
            .collect::<Vec<_>>()
        {
            self.happened(other, Happened::Resized { size });
        }
        self.happened(tab, Happened::Connected { size });
    }

    pub fn disconnect(&mut self, tab: usize) {
        if self.tabs[tab].handle.take().is_none() {
            return;
        }
        self.announce();
        self.happened(tab, Happened::Disconnected);
    }

    fn new_handle(&mut self) -> Handle {
        self.next += 1;
        Handle(self.next)
    }

    fn size(&self) -> u32 {
        (self.online().count() + self.strangers.len()) as u32
    }

    /// Tells all tabs how many connections there are.
    pub fn announce(&mut self) {
        let size = self.size();
        for tab in self.online().collect::<Vec<_>>() {
            self.happened(tab, Happened::Resized { size });
        }
    }

    /// A connection that is no tab. The tabs learn of it with the next announcement.
    pub fn join(&mut self) -> Handle {
        let handle = self.new_handle();
        self.strangers.insert(handle);
        handle
    }

    pub fn vote(&mut self, tab: usize, option: usize) -> Result<(), Refusal> {
        let genesis = self.tabs[tab]
            .tab
            .replica()
            .genesis()
            .ok_or(Refusal::NotOpen)?;
        let choice = Choice::new(&[option], genesis.method(), genesis.options().len())?;
        self.ask(tab, Command::Cast(choice))
    }

    pub fn input(&mut self, tab: usize, input: Input<'_>) {
        self.tabs[tab].tab.handle(input, self.now);
        self.drain(tab);
    }

    pub fn happened(&mut self, tab: usize, happened: Happened<'_>) {
        self.input(tab, in_room(happened));
    }

    pub fn ask(&mut self, tab: usize, command: Command) -> Result<(), Refusal> {
        let result = self.tabs[tab].tab.ask(command, self.now);
        self.drain(tab);
        result
    }

    fn drain(&mut self, tab: usize) {
        while let Some(output) = self.tabs[tab].tab.poll_output() {
            self.trace.update((tab as u64).to_be_bytes());
            self.trace.update(self.now.0.to_be_bytes());
            self.trace.update(format!("{output:?}"));
            match output {
                Output::Send { to, bytes, .. } => self.send(tab, to, bytes),
                Output::Persist {
                    id,
                    record,
                    durable,
                } => {
                    self.tabs[tab].disk.insert(id, record);
                    if durable {
                        self.tabs[tab].tab.handle(Input::Persisted(id), self.now);
                    }
                }
                Output::Event(_) => {}
            }
        }
    }

    fn send(&mut self, tab: usize, to: Destination, bytes: Vec<u8>) {
        let Some(from) = self.tabs[tab].handle else {
            return;
        };
        let bytes = self.of_stray(tab, bytes, true);
        // Handles above are those of strangers, whose frames are injected and who say no more.
        if !self.carry(from, to, bytes)
            && let Destination::Reply(peer) = to
            && peer.0 <= self.next
        {
            let gone = in_room(Happened::PeerGone { peer });
            self.tabs[tab].tab.handle(gone, self.now);
        }
    }

    /// What the relay does with a frame; false when the target of a reply is gone.
    pub fn carry(&mut self, from: Handle, to: Destination, bytes: Vec<u8>) -> bool {
        self.frames += 1;
        self.bytes += bytes.len() as u64;
        let tabs = self.online().filter_map(|tab| self.tabs[tab].handle);
        let mut others: Vec<Handle> = tabs.chain(self.strangers.iter().copied()).collect();
        others.retain(|other| *other != from);
        match to {
            Destination::Reply(handle) => {
                others.retain(|other| *other == handle);
                if others.is_empty() {
                    return false;
                }
            }
            Destination::Spread(fan_out) => {
                while others.len() > usize::from(fan_out) {
                    let out = self.below(others.len() as u64) as usize;
                    others.swap_remove(out);
                }
            }
        }
        for other in others {
            let copies = 1 + u64::from(self.below(100) < self.faults.duplication);
            for _ in 0..copies {
                if self.below(100) < self.faults.loss {
                    continue;
                }
                let at = self.now.after(Millis(
                    self.latency + 1 + self.below(self.faults.delay.max(1)),
                ));
                self.next += 1;
                self.on_the_way
                    .insert((at, self.next), (from, other, bytes.clone()));
            }
        }
        true
    }

    /// Puts raw bytes into a tab, as a frame from a connection that is not a tab's.
    pub fn inject(&mut self, tab: usize, payload: &[u8]) {
        self.inject_from(tab, u64::MAX, payload);
    }

    /// As [`Network::inject`], from one of several such connections.
    pub fn inject_from(&mut self, tab: usize, from: u64, payload: &[u8]) {
        let from = Handle(from);
        self.happened(tab, Happened::Frame { from, payload });
    }

    /// Runs the clock for a while.
    pub fn run(&mut self, span: u64) {
        let end = self.now.after(Millis(span));
        loop {
            let frame = self.on_the_way.first_key_value().map(|((at, _), _)| *at);
            let wake = self
                .online()
                .filter_map(|tab| Some((self.tabs[tab].tab.next_deadline()?, tab)))
                .min();
            let next = [frame, wake.map(|(at, _)| at)].into_iter().flatten().min();
            let Some(next) = next.filter(|next| *next <= end) else {
                break;
            };
            self.now = self.now.max(next);
            match wake {
                Some((at, tab)) if frame.is_none_or(|frame| at < frame) => {
                    self.input(tab, Input::Wake);
                    let deadline = self.tabs[tab].tab.next_deadline();
                    assert!(
                        deadline.is_none_or(|later| later > at),
                        "a deadline that was met is gone"
                    );
                }
                _ => self.arrive(),
            }
        }
        self.now = end;
    }

    fn arrive(&mut self) {
        let Some((_, (from, to, bytes))) = self.on_the_way.pop_first() else {
            return;
        };
        let Some(tab) = self.tabs.iter().position(|tab| tab.handle == Some(to)) else {
            if self.strangers.contains(&to) {
                self.overheard.push((to, from, bytes));
            }
            return;
        };
        let payload = &self.of_stray(tab, bytes, false)[..];
        self.happened(tab, Happened::Frame { from, payload });
    }

    /// What a stray says, sealed for this room, or what it hears, sealed for its own.
    fn of_stray(&self, tab: usize, bytes: Vec<u8>, says: bool) -> Vec<u8> {
        let Some((stray, own)) = &self.stray else {
            return bytes;
        };
        let here = self.seal();
        let (from, to) = if says { (own, &here) } else { (&here, own) };
        match from.open(&bytes) {
            Ok(frame) if *stray == tab => {
                to.seal(&frame, &mut ChaCha8Rng::seed_from_u64(self.next))
            }
            _ => bytes,
        }
    }

    pub fn online(&self) -> impl Iterator<Item = usize> {
        (0..self.tabs.len()).filter(|tab| self.tabs[*tab].handle.is_some())
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.random.next_u64() % end
    }

    /// The hash of all outputs so far, of all tabs, with their times.
    pub fn trace(&self) -> String {
        data_encoding::HEXLOWER.encode(&self.trace.clone().finalize())
    }

    /// Panics unless all tabs show the same.
    pub fn assert_converged(&mut self) {
        let first = (
            self.tabs[0].tab.replica_mut().state_hash(),
            self.tabs[0].tab.replica_mut().tally(),
        );
        assert!(first.1.is_some());
        for tab in 1..self.tabs.len() {
            let replica = self.tabs[tab].tab.replica_mut();
            assert_eq!(
                (replica.state_hash(), replica.tally()),
                first,
                "tab {tab} differs from tab 0"
            );
        }
    }
}
