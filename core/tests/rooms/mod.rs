//! A poll of several precincts as real tabs on a virtual clock: a room for each precinct, and the council's, behind a relay that
//! does what the real one does. All of it follows from one seed.
//!
//! In `membership`, who is in which room; in [`nine`], three precincts of three tabs each.

#![allow(dead_code, clippy::unwrap_used)]

mod membership;
pub mod nine;

use std::collections::BTreeMap;

use ed25519_zebra::SigningKey;
use election_core::canvass::{Board, Canvassed};
use election_core::ids::{OpId, PollId, PrecinctId, ReplicaId, ReturnId};
use election_core::poll::choice::Choice;
use election_core::poll::genesis::Method;
use election_core::poll::op::VerifiedGenesis;
use election_core::poll::precincts::Precincts;
use election_core::poll::voter_draw::draw_voter;
use election_core::replica::council::io as council;
use election_core::replica::io::{Config, Destination, Input as ReplicaInput, Record, Refusal};
use election_core::replica::tab::{Input, Output, Room, Tab};
use election_core::time::Millis;
use election_core::wire::frame::{Digest, FrameWriter, Head};
use election_core::wire::relay::Handle;
use election_core::wire::sealed::Seal;
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use sha2::{Digest as _, Sha256};

use crate::network::{CHAIR, SECRET, genesis_with};

/// The number of a relay's room: a precinct's, or the council's.
pub const COUNCIL: u16 = u16::MAX;

/// One tab, its disk, and its connections.
pub struct Client {
    pub tab: Tab,
    pub precinct: PrecinctId,
    pub voter: SigningKey,
    pub disk: BTreeMap<OpId, Record>,
    pub events: Vec<council::Event>,
    /// Whether it connects to the council's room when it wants to.
    pub may_speak: bool,
    handles: BTreeMap<Room, Handle>,
}

pub struct Poll {
    pub clients: Vec<Client>,
    pub genesis: VerifiedGenesis,
    pub now: Millis,
    /// In percent.
    pub loss: u64,
    /// Frames and bytes handed to the relay, by room as the sender sees it.
    pub sent: BTreeMap<Room, (u64, u64)>,
    precincts: u16,
    random: ChaCha8Rng,
    on_the_way: BTreeMap<(Millis, u64), (Handle, Handle, Vec<u8>)>,
    next: u64,
    trace: Sha256,
}

impl Poll {
    /// A poll of so many precincts with so many tabs each, all connected. The first is the chair's.
    pub fn new(seed: u64, precincts: u16, tabs: usize) -> Self {
        let mut poll = Self {
            clients: Vec::new(),
            genesis: genesis_with(Method::Single, Precincts::Automatic(precincts)),
            now: Millis(1_000),
            loss: 0,
            sent: BTreeMap::new(),
            precincts,
            random: ChaCha8Rng::seed_from_u64(seed),
            on_the_way: BTreeMap::new(),
            next: 0,
            trace: Sha256::new(),
        };
        for precinct in 0..precincts {
            for _ in 0..tabs {
                poll.open_tab(PrecinctId(precinct));
            }
        }
        poll
    }

    pub fn id(&self) -> PollId {
        self.genesis.id().into()
    }

    pub fn key_of(&mut self, precinct: PrecinctId) -> SigningKey {
        let mut random = rand_chacha::ChaCha20Rng::seed_from_u64(self.random.next_u64());
        let drawn = draw_voter(self.id(), self.precincts, precinct, &mut random);
        drawn.unwrap().voter
    }

    /// A tab of a new voter of that precinct, with the genesis on its disk, connected.
    pub fn open_tab(&mut self, precinct: PrecinctId) -> usize {
        let voter = self.key_of(precinct);
        self.open_tab_as(precinct, voter)
    }

    /// The same with a key, which may be of another precinct's voter: then it is an audit.
    pub fn open_tab_as(&mut self, precinct: PrecinctId, voter: SigningKey) -> usize {
        let index = self.push_tab(precinct, voter);
        let record = Record {
            received: self.now,
            bytes: self.genesis.bytes().to_vec(),
        };
        self.replica(index, ReplicaInput::Restore(&[record]));
        self.connect(index, Room::Precinct);
        index
    }

    /// A tab of a new voter of that precinct, with nothing but the link, connected.
    pub fn open_new_tab(&mut self, precinct: PrecinctId) -> usize {
        let voter = self.key_of(precinct);
        let index = self.push_tab(precinct, voter);
        self.connect(index, Room::Precinct);
        index
    }

    /// The same with a link that says another number of precincts than the poll has.
    pub fn open_misfit_tab(&mut self, precinct: PrecinctId) -> usize {
        let voter = self.key_of(precinct);
        self.precincts += 1;
        let index = self.push_tab(precinct, voter);
        self.precincts -= 1;
        self.connect(index, Room::Precinct);
        index
    }

    fn push_tab(&mut self, precinct: PrecinctId, voter: SigningKey) -> usize {
        let index = self.clients.len();
        let tab = self.new_tab(index, precinct, voter);
        self.clients.push(Client {
            tab,
            precinct,
            voter,
            disk: BTreeMap::new(),
            events: Vec::new(),
            may_speak: true,
            handles: BTreeMap::new(),
        });
        index
    }

    fn new_tab(&mut self, index: usize, precinct: PrecinctId, voter: SigningKey) -> Tab {
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&self.random.next_u64().to_be_bytes());
        Tab::new(Config {
            poll: self.id(),
            secret: SECRET,
            voter,
            chair: (index == 0).then(|| SigningKey::from(CHAIR)),
            precinct: Some((self.precincts, precinct)),
            seed,
        })
    }

    /// A tab's page is loaded again: what was persisted is all that is left, and it is not connected yet.
    pub fn reload(&mut self, client: usize) {
        let Client {
            precinct,
            voter,
            may_speak,
            ..
        } = self.clients[client];
        self.close(client);
        self.clients[client].may_speak = may_speak;
        self.clients[client].tab = self.new_tab(client, precinct, voter);
        let genesis = Record {
            received: self.now,
            bytes: self.genesis.bytes().to_vec(),
        };
        let rest = self.clients[client].disk.values().cloned();
        let records: Vec<Record> = [genesis].into_iter().chain(rest).collect();
        self.replica(client, ReplicaInput::Restore(&records));
    }

    pub fn of(&self, precinct: PrecinctId) -> Vec<usize> {
        let all = 0..self.clients.len();
        all.filter(|client| self.clients[*client].precinct == precinct)
            .collect()
    }

    /// A tab begins to audit a precinct, and connects to its room.
    pub fn audit(&mut self, client: usize, precinct: PrecinctId) -> Result<(), Refusal> {
        let tab = &mut self.clients[client].tab;
        tab.audit(precinct, self.now)?;
        self.drain(client);
        Ok(())
    }

    pub fn end_audit(&mut self, client: usize, precinct: PrecinctId) {
        let tab = &mut self.clients[client].tab;
        tab.end_audit(precinct, self.now);
        self.drain(client);
    }

    pub fn vote(&mut self, client: usize, option: usize) {
        let choice = Choice::new(&[option], Method::Single, 3).unwrap();
        self.replica(client, ReplicaInput::Cast(choice));
    }

    /// The chair revokes the latest ballot of a tab of its own precinct.
    pub fn revoke(&mut self, client: usize) {
        let ballot = self.clients[client]
            .tab
            .replica()
            .own_vote()
            .unwrap()
            .ballot;
        let reason = "voted twice";
        self.replica(0, ReplicaInput::Revoke { ballot, reason });
    }

    /// The chair strikes a return.
    pub fn strike(&mut self, precinct: PrecinctId, return_id: ReturnId) {
        let reason = "nobody there can reproduce it";
        let strike = ReplicaInput::Strike {
            precinct,
            return_id,
            reason,
        };
        self.replica(0, strike);
    }

    pub fn replica(&mut self, client: usize, input: ReplicaInput<'_>) {
        let tab = &mut self.clients[client].tab;
        tab.handle(Input::Replica(input), self.now).unwrap();
        self.drain(client);
    }

    pub fn council(&mut self, client: usize, input: council::Input<'_>) {
        let tab = &mut self.clients[client].tab;
        tab.handle(Input::Council(input), self.now).unwrap();
        self.drain(client);
    }

    fn drain(&mut self, client: usize) {
        while let Some(output) = self.clients[client].tab.poll_output() {
            self.trace.update((client as u64).to_be_bytes());
            self.trace.update(format!("{:?} {output:?}", self.now));
            match output {
                Output::Send { room, to, bytes } => self.send(client, room, to, &bytes),
                Output::Persist {
                    id,
                    record,
                    durable,
                } => {
                    self.clients[client].disk.insert(id, record);
                    if durable {
                        let input = Input::Replica(ReplicaInput::Persisted(id));
                        let tab = &mut self.clients[client].tab;
                        tab.handle(input, self.now).unwrap();
                    }
                }
                Output::Event(_) => {}
                Output::Council(event) => self.clients[client].events.push(event),
            }
        }
        self.heed(client);
    }

    /// Connects a tab to the council and to what it audits, or takes it away, as it wants.
    fn heed(&mut self, client: usize) {
        let Client {
            tab,
            may_speak,
            handles,
            ..
        } = &self.clients[client];
        let mut wanted = Vec::new();
        if *may_speak {
            wanted.extend(tab.wants_council().then_some(Room::Council));
            wanted.extend(tab.audits().map(|audit| Room::Audit(audit.precinct())));
        }
        let gone = handles.keys().copied();
        let gone = gone.filter(|room| *room != Room::Precinct && !wanted.contains(room));
        let gone: Vec<Room> = gone.collect();
        wanted.retain(|room| !handles.contains_key(room));
        for room in gone {
            self.disconnect(client, room);
        }
        for room in wanted {
            // What it was told meanwhile may have led there already.
            if !self.clients[client].handles.contains_key(&room) {
                self.connect(client, room);
            }
        }
    }

    fn send(&mut self, client: usize, room: Room, to: Destination, bytes: &[u8]) {
        let Some(from) = self.clients[client].handles.get(&room).copied() else {
            return;
        };
        let (frames, total) = self.sent.entry(room).or_default();
        *frames += 1;
        *total += bytes.len() as u64;
        let members = self.members(self.number_of(client, room));
        let mut others: Vec<Handle> = members.into_iter().map(|(_, _, handle)| handle).collect();
        others.retain(|other| *other != from);
        match to {
            Destination::Reply(handle) => {
                others.retain(|other| *other == handle);
                // Handles above are those of strangers, whose frames are injected and who say no more.
                if others.is_empty() && handle.0 <= self.next {
                    self.tell_gone(client, room, handle);
                }
            }
            Destination::Spread(fan_out) => {
                while others.len() > usize::from(fan_out) {
                    let out = self.random.next_u64() % others.len() as u64;
                    others.swap_remove(out as usize);
                }
            }
        }
        for other in others {
            if self.random.next_u64() % 100 < self.loss {
                continue;
            }
            let at = self.now.after(Millis(1 + self.random.next_u64() % 20));
            self.next += 1;
            self.on_the_way
                .insert((at, self.next), (from, other, bytes.to_vec()));
        }
    }

    fn tell_gone(&mut self, client: usize, room: Room, peer: Handle) {
        let gone = ReplicaInput::PeerGone { peer };
        let gone = match room {
            Room::Precinct => Input::Replica(gone),
            Room::Audit(precinct) => Input::Audited(precinct, gone),
            // The council waits for nobody in particular.
            Room::Council => return,
        };
        self.clients[client].tab.handle(gone, self.now).unwrap();
    }

    /// Says something to a tab in the council's room, with the link and from a connection that is nobody's.
    pub fn say(&mut self, client: usize, from: u64, kind: u8, content: &[u8]) {
        let digest = Digest::default();
        let replica = ReplicaId(from);
        let mut frame = FrameWriter::new(Head { replica, digest });
        frame.put(kind, content);
        let seal = Seal::new(&SECRET.seal_key(self.id()));
        let mut nonces = ChaCha8Rng::seed_from_u64(self.random.next_u64());
        let sealed = seal.seal(&frame.into_bytes(), &mut nonces);
        self.inject(client, from, &sealed);
    }

    /// Puts a frame into the council's connection of a tab, from a connection that is nobody's.
    pub fn inject(&mut self, client: usize, from: u64, payload: &[u8]) {
        let from = Handle(u64::MAX - from);
        self.council(client, council::Input::Frame { from, payload });
    }

    pub fn run(&mut self, span: u64) {
        let end = self.now.after(Millis(span));
        loop {
            let frame = self.on_the_way.first_key_value().map(|((at, _), _)| *at);
            let wakes = (0..self.clients.len())
                .filter_map(|client| Some((self.clients[client].tab.next_deadline()?, client)));
            let wake = wakes.min();
            let next = [frame, wake.map(|(at, _)| at)].into_iter().flatten().min();
            let Some(next) = next.filter(|next| *next <= end) else {
                break;
            };
            self.now = self.now.max(next);
            match wake {
                Some((at, client)) if frame.is_none_or(|frame| at < frame) => {
                    self.replica(client, ReplicaInput::Wake);
                    let deadline = self.clients[client].tab.next_deadline();
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
        let arrived = self.clients.iter().enumerate().find_map(|(index, client)| {
            let mut handles = client.handles.iter();
            let (room, _) = handles.find(|(_, handle)| **handle == to)?;
            Some((index, *room))
        });
        if let Some((client, room)) = arrived {
            let payload = &bytes[..];
            self.tell(client, room, ReplicaInput::Frame { from, payload });
        }
    }

    pub fn board(&self, client: usize) -> &Board {
        let council = self.clients[client].tab.council().unwrap();
        council.board().unwrap()
    }

    /// What a tab shows of all precincts.
    pub fn shown(&self, client: usize) -> Canvassed {
        self.board(client).total()
    }

    /// What a tab counted in the council.
    pub fn stats(&self, client: usize) -> council::Stats {
        self.clients[client].tab.council().unwrap().stats()
    }

    /// The hash of all outputs so far, of all tabs, with their times.
    pub fn trace(&self) -> String {
        data_encoding::HEXLOWER.encode(&self.trace.clone().finalize())
    }
}
