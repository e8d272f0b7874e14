//! A poll's tabs in the world of many rooms, all connected: what these tests do to them, and what
//! they look at.

use std::rc::Rc;

use ed25519_zebra::SigningKey;
use election_core::board::{Board, Canvassed, Rules};
use election_core::ids::{OpId, PrecinctId, ReplicaId, ReturnId};
use election_core::poll::ballot::Ballot;
use election_core::poll::choice::Choice;
use election_core::poll::method::Method;
use election_core::poll::op::{Op, VerifiedOp};
use election_core::poll::precincts::Precincts;
use election_core::replica::Replica;
use election_core::replica::council::io::Stats;
use election_core::replica::io::{Command, Event, Record, Refusal, RoomId};
use election_core::replica::tab;
use election_core::time::Millis;
use election_core::wire::envelope::sign;
use election_core::wire::frame::{Digest, FrameWriter, Head};
use election_core::wire::relay::Handle;
use election_sim::check::spec::{self, Tally};
use election_sim::network::Faults;
use election_sim::network::latency::Latency;
use election_sim::network::loss::Loss;
use election_sim::network::partition::{Cuts, Partitions};
use election_sim::process::{Process, Room};
use election_sim::product::disk;
use election_sim::product::note::Note;
use election_sim::product::poll::Poll;
use election_sim::product::tab::Tab;
use election_sim::random::Random;
use election_sim::relay::Limits;
use election_sim::world::{Clock, Settings, Watch, World};
use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;

pub const OPTIONS: usize = 3;
pub const P: [PrecinctId; 3] = [PrecinctId(0), PrecinctId(1), PrecinctId(2)];
/// How often a voter may change their vote.
const MAX_SEQ: u32 = 63;

pub struct Hall {
    pub world: World<Tab>,
    pub poll: Rc<Poll>,
    pub random: Random,
    told: Told,
    /// The number of the next voter.
    next: u64,
}

/// What tabs told their pages, and all ops that they signed.
#[derive(Default)]
struct Told {
    events: Vec<Vec<Event>>,
    made: Vec<Box<[u8]>>,
}

impl Watch<Tab> for Told {
    fn note(&mut self, process: usize, note: Note, _now: Millis) {
        match note {
            Note::Made { bytes, .. } => self.made.push(bytes),
            Note::Told(event) => self.events[process].push(event),
        }
    }
}

/// The same, and looks at every tab after whatever happened to it.
struct Looking<'a>(&'a mut Told, &'a mut dyn FnMut(&tab::Tab));

impl Watch<Tab> for Looking<'_> {
    fn note(&mut self, process: usize, note: Note, now: Millis) {
        self.0.note(process, note, now);
    }

    fn settled(&mut self, _index: usize, tab: &Tab, _now: Millis) {
        (self.1)(tab.tab());
    }
}

/// The definition of a poll of so many precincts; 1 is a poll of one room.
pub fn poll(precincts: u16, random: &mut Random) -> Poll {
    let precincts = match precincts {
        1 => Precincts::One,
        many => Precincts::Automatic(many),
    };
    Poll::of_precincts(OPTIONS, Method::Single, MAX_SEQ, precincts, random).unwrap()
}

impl Hall {
    /// Of so many precincts; 1 is a poll of one room. Nobody is there.
    pub fn empty(seed: u64, precincts: u16) -> Self {
        let mut random = Random::new(seed);
        let poll = Rc::new(poll(precincts, &mut random));
        let latency = Latency::Uniform {
            low: Millis(1),
            high: Millis(20),
        };
        let settings = Settings {
            faults: Faults::none(latency),
            relay: Some(Limits::default()),
        };
        Self {
            world: World::new(settings, &mut random),
            poll,
            random,
            told: Told::default(),
            next: 0,
        }
    }

    /// With so many tabs in each precinct; the first is the chair's.
    pub fn new(seed: u64, precincts: u16, tabs: usize) -> Self {
        let mut hall = Self::empty(seed, precincts);
        for precinct in 0..precincts {
            for _ in 0..tabs {
                hall.open(PrecinctId(precinct));
            }
        }
        hall
    }

    /// A poll of one room with so many tabs, which have had time to get it.
    pub fn room(tabs: usize) -> Self {
        let mut hall = Self::empty(1, 1);
        for _ in 0..tabs {
            hall.open_new(P[0]);
        }
        hall.run(5_000);
        hall
    }

    /// A voter of that precinct who was not here before.
    pub fn voter_of(&mut self, precinct: PrecinctId) -> u64 {
        let mut voters = self.next..;
        let voter = voters.find(|voter| self.poll.precinct_of(*voter) == precinct);
        self.next = voters.start;
        voter.unwrap()
    }

    /// That one's key.
    pub fn key_of(&mut self, precinct: PrecinctId) -> SigningKey {
        let voter = self.voter_of(precinct);
        self.poll.voter(voter)
    }

    /// A tab of a new voter of that precinct, with the poll's definition on its disk, connected.
    pub fn open(&mut self, precinct: PrecinctId) -> usize {
        let tab = self.add(precinct);
        if tab > 0 {
            self.act(tab, |tab, now| tab.open(now));
        }
        self.connect(tab);
        tab
    }

    /// The same with nothing but the link.
    pub fn open_new(&mut self, precinct: PrecinctId) -> usize {
        let tab = self.add(precinct);
        self.connect(tab);
        tab
    }

    /// The same with a link that says another number of precincts than the poll has.
    pub fn open_misled(&mut self, precinct: PrecinctId) -> usize {
        let tab = self.add(precinct);
        let (precincts, mut random) = (self.poll.precincts() + 1, self.random.branch());
        self.act(tab, |tab, _| tab.misled(precincts, &mut random));
        self.connect(tab);
        tab
    }

    /// The same, not connected; the first is the chair's, who has the poll.
    pub fn add(&mut self, precinct: PrecinctId) -> usize {
        let voter = self.voter_of(precinct);
        self.add_as(voter)
    }

    /// The same of that voter.
    pub fn add_as(&mut self, voter: u64) -> usize {
        let (poll, random) = (self.poll.clone(), &mut self.random);
        let settings = disk::Settings {
            slowest_write: 0,
            ..disk::Settings::default()
        };
        let tab = match self.world.is_empty() {
            true => Tab::second_chair(poll, voter, settings, random),
            false => Tab::newcomer(poll, voter, settings, random),
        };
        self.told.events.push(Vec::new());
        let index = self.world.add(tab, Clock::default());
        if index == 0 {
            self.act(0, |tab, now| tab.open(now));
        }
        index
    }

    /// Its page is loaded again: what its disk holds is all that is left. It is not connected.
    pub fn reload(&mut self, index: usize) {
        self.disconnect(index);
        self.world.restart(index);
        let mut random = self.random.branch();
        self.act(index, |tab, now| {
            *tab = tab.restart(disk::Loss::Nothing, now, &mut random);
        });
    }

    pub fn connect(&mut self, tab: usize) {
        self.world.connect(tab, &mut self.told);
    }

    pub fn disconnect(&mut self, tab: usize) {
        self.world.disconnect(tab, &mut self.told);
    }

    pub fn act<R>(&mut self, tab: usize, action: impl FnOnce(&mut Tab, Millis) -> R) -> R {
        self.world.act(tab, &mut self.told, action)
    }

    pub fn run(&mut self, span: u64) {
        let end = self.world.now().after(Millis(span));
        self.world.run_until(end, &mut self.told);
    }

    pub fn run_and_watch(&mut self, span: u64, look: &mut dyn FnMut(&tab::Tab)) {
        let end = self.world.now().after(Millis(span));
        let mut looking = Looking(&mut self.told, look);
        self.world.run_until(end, &mut looking);
    }

    /// Runs until something is no longer so, which must be within a minute.
    pub fn run_while(&mut self, holds: impl Fn(&mut Self) -> bool) {
        let end = self.world.now().after(Millis(60_000));
        while holds(self) {
            assert!(self.world.now() < end, "it stays so");
            self.run(1);
        }
    }

    /// So many percent of what is sent are lost from now on.
    pub fn lose(&mut self, percent: u32) {
        self.world.faults().loss = Loss::Even(f64::from(percent) / 100.0);
    }

    /// Who cannot hear whom, and when; as the command line has it.
    pub fn cut(&mut self, partitions: &str) {
        let partitions: Partitions = partitions.parse().unwrap();
        self.world.faults().cuts = partitions.prepare(self.world.len()).unwrap();
    }

    pub fn heal(&mut self) {
        self.world.faults().cuts = Cuts::default();
    }

    pub fn ask(&mut self, tab: usize, command: Command) -> Result<(), Refusal> {
        self.act(tab, |tab, now| tab.ask(command, now))
    }

    pub fn vote(&mut self, tab: usize, option: usize) -> Result<(), Refusal> {
        let choice = Choice::new(&[option], Method::Single, OPTIONS).unwrap();
        self.ask(tab, Command::Cast(choice))
    }

    /// The chair revokes the latest ballot of a tab of its own precinct.
    pub fn revoke(&mut self, tab: usize) {
        let ballot = self.ballot_of(tab);
        let reason = "voted twice".to_owned();
        self.ask(0, Command::Revoke { ballot, reason }).unwrap();
    }

    /// The chair strikes a return.
    pub fn strike(&mut self, precinct: PrecinctId, return_id: ReturnId) {
        let strike = Command::Strike {
            precinct,
            return_id,
            reason: "nobody there can reproduce it".to_owned(),
        };
        self.ask(0, strike).unwrap();
    }

    /// Whether the tabs of a precinct can get into the council's room.
    pub fn let_speak(&mut self, precinct: PrecinctId, may: bool) {
        for tab in self.of(precinct) {
            self.act(tab, |tab, now| tab.let_into(RoomId::Council, may, now));
        }
    }

    /// The tabs of a precinct.
    pub fn of(&self, precinct: PrecinctId) -> Vec<usize> {
        let all = 0..self.world.len();
        let here = all.filter(|tab| self.world.process(*tab).precinct() == precinct);
        here.collect()
    }

    pub fn in_council(&self) -> usize {
        self.world.members(self.poll.council())
    }

    pub fn tab(&self, index: usize) -> &tab::Tab {
        self.world.process(index).tab()
    }

    pub fn replica(&self, index: usize) -> &Replica {
        self.tab(index).replica()
    }

    pub fn replica_mut(&mut self, index: usize) -> &mut Replica {
        self.world.process_mut(index).replica_mut()
    }

    pub fn ballot_of(&self, tab: usize) -> OpId {
        self.replica(tab).own_vote().unwrap().ballot
    }

    pub fn key(&self, tab: usize) -> SigningKey {
        self.poll.voter(self.world.process(tab).voter())
    }

    pub fn records(&self, tab: usize) -> Vec<Record> {
        self.world.process(tab).disk().records().cloned().collect()
    }

    /// What that tab told its page, in all.
    pub fn events(&self, tab: usize) -> &[Event] {
        &self.told.events[tab]
    }

    pub fn board(&self, tab: usize) -> &Board {
        self.tab(tab).council().unwrap().board().unwrap()
    }

    /// What a tab shows of all precincts.
    pub fn shown(&self, tab: usize) -> Canvassed {
        self.board(tab).total()
    }

    /// What a tab counted in the council.
    pub fn stats(&self, tab: usize) -> Stats {
        self.tab(tab).council().unwrap().stats()
    }

    /// How many frames the replicas of all tabs have said in their precincts' rooms.
    pub fn frames(&self) -> u64 {
        let all = 0..self.world.len();
        all.map(|tab| self.replica(tab).stats().frames_out).sum()
    }

    pub fn rules(&self) -> Rules {
        Rules::of(self.poll.genesis())
    }

    /// The connection of one who comes into a precinct's room, and does nothing at all.
    pub fn stranger(&mut self, precinct: PrecinctId) -> Handle {
        let stranger = self.open_new(precinct);
        self.world.freeze(stranger, Millis(u64::MAX));
        self.world.handle(stranger).unwrap()
    }

    /// What a tab counts for each option.
    pub fn counts(&mut self, tab: usize) -> Vec<u64> {
        self.replica_mut(tab).tally().unwrap().counts.to_vec()
    }

    /// That voter's first ballot.
    pub fn ballot(&self, voter: &SigningKey, option: usize) -> VerifiedOp {
        self.ballot_after(voter, None, option)
    }

    /// That voter's ballot after another.
    pub fn ballot_after(
        &self,
        voter: &SigningKey,
        prev: Option<(u32, OpId)>,
        option: usize,
    ) -> VerifiedOp {
        let choice = Choice::new(&[option], Method::Single, OPTIONS).unwrap();
        let ballot = Ballot::new(prev, choice, self.poll.genesis());
        sign(voter, self.poll.id(), Op::Ballot(ballot))
    }

    /// A message with the link, of whoever has that name, for that room.
    pub fn frame(&mut self, room: Room, name: u64, kind: u8, content: &[u8]) -> Rc<[u8]> {
        let mut frame = FrameWriter::new(Head {
            replica: ReplicaId(name),
            digest: Digest::default(),
        });
        frame.put(kind, content);
        self.sealed(room, &frame.into_bytes())
    }

    /// Those bytes as a frame of that room.
    pub fn sealed(&mut self, room: Room, plain: &[u8]) -> Rc<[u8]> {
        let mut nonces = ChaCha8Rng::seed_from_u64(self.random.draw());
        self.poll.seal(room).seal(plain, &mut nonces).into()
    }

    /// Says something to a tab in the council's room, with the link and from a connection that is
    /// nobody's.
    pub fn say(&mut self, tab: usize, from: u64, kind: u8, content: &[u8]) {
        let council = self.poll.council();
        let frame = self.frame(council, from, kind, content);
        self.put(tab, council, from, frame);
    }

    /// Says something to all in the council's or in a precinct's room, from a connection that is
    /// nobody's.
    pub fn tell_all(&mut self, room: Option<PrecinctId>, kind: u8, content: &[u8]) {
        let council = self.poll.council();
        let room = room.map_or(council, |precinct| Room(precinct.0));
        let frame = self.frame(room, 7, kind, content);
        let told = &mut self.told;
        self.world.spread_by_nobody(room, u8::MAX, &frame, told);
    }

    /// Gives a tab a frame from a connection that is nobody's.
    pub fn put(&mut self, tab: usize, room: Room, from: u64, frame: Rc<[u8]>) {
        self.put_from(tab, room, Handle(u64::MAX - from), frame);
    }

    /// The same from that connection.
    pub fn put_from(&mut self, tab: usize, room: Room, from: Handle, frame: Rc<[u8]>) {
        self.act(tab, |tab, now| tab.receive(room, from, frame, now));
    }

    /// Panics unless all tabs show the same.
    pub fn assert_converged(&mut self) {
        let shown = |hall: &mut Self, tab| {
            let replica = hall.replica_mut(tab);
            (replica.state_hash(), replica.tally())
        };
        let first = shown(self, 0);
        assert!(first.1.is_some());
        for tab in 1..self.world.len() {
            assert_eq!(shown(self, tab), first, "tab {tab} differs from tab 0");
        }
    }

    /// What the specification makes of all that tabs signed so far.
    pub fn tally(&mut self) -> Tally {
        let (id, genesis) = (self.poll.id(), self.poll.genesis());
        let made = self.told.made.iter();
        let ops: Vec<_> = made
            .filter_map(|bytes| spec::decode(bytes, id, genesis))
            .collect();
        spec::fold(&spec::deliverable(&ops), OPTIONS)
    }
}
