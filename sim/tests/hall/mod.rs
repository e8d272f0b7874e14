//! A poll of three precincts with four tabs each, in the world of many rooms.

#![allow(clippy::unwrap_used)]

use std::rc::Rc;

use ed25519_zebra::SigningKey;
use election_core::canvass::{Board, Canvassed, Claim, Grade, Rules};
use election_core::ids::{OpId, PrecinctId, ReplicaId};
use election_core::poll::choice::Choice;
use election_core::poll::genesis::Method;
use election_core::poll::op::Op;
use election_core::poll::precincts::Precincts;
use election_core::replica::io::Input as ReplicaInput;
use election_core::replica::tab::{Input, Tab};
use election_core::time::Millis;
use election_core::wire::bytes::Writer;
use election_sim::check::spec::{self, Tally};
use election_sim::network::latency::Latency;
use election_sim::network::partition::Partitions;
use election_sim::network::{Faults, loss::Loss};
use election_sim::product::poll::Poll;
use election_sim::random::Random;
use election_sim::relay::Limits;
use election_sim::rooms::electorate::Electorate;
use election_sim::rooms::nobody::Nobody;
use election_sim::rooms::world::World;
use election_sim::world::Settings;

pub const OPTIONS: usize = 3;
pub const P: [PrecinctId; 3] = [PrecinctId(0), PrecinctId(1), PrecinctId(2)];
/// Tabs of a precinct.
pub const TABS: usize = 4;
/// So long after the last change everything has come everywhere, and has stood for long enough.
pub const SETTLED: u64 = 150_000;

pub struct Hall {
    pub world: World,
    pub electorate: Electorate,
    pub random: Random,
    nobody: Nobody,
    ops: Vec<spec::ValidOp>,
}

impl Hall {
    /// All tabs are connected; the first is the chair's.
    pub fn new(seed: u64, partition: Option<&str>) -> Self {
        let mut random = Random::new(seed);
        let precincts = Precincts::Automatic(3);
        let poll = Poll::of_precincts(OPTIONS, Method::Single, 9, precincts, &mut random);
        let poll = Rc::new(poll.unwrap());
        let cuts = partition.map(|text| text.parse::<Partitions>().unwrap());
        let faults = Faults {
            loss: Loss::Even(0.05),
            cuts: cuts.map_or_else(Default::default, |cuts| cuts.prepare(3 * TABS).unwrap()),
            ..Faults::none(Latency::Constant(Millis(50)))
        };
        let settings = Settings {
            faults,
            relay: Some(Limits::default()),
        };
        let world = World::new(settings, 3, &mut random);
        let nobody = Nobody::new(&poll, &mut random);
        let electorate = Electorate::new(poll, 60, &mut |_| {});
        let mut hall = Self {
            world,
            electorate,
            random,
            nobody,
            ops: Vec::new(),
        };
        for (precinct, nth) in P.into_iter().flat_map(|p| (0..TABS).map(move |n| (p, n))) {
            hall.open(precinct, nth);
        }
        hall
    }

    /// A tab of a precinct's voter of that place in the electorate, connected.
    pub fn open(&mut self, precinct: PrecinctId, nth: usize) -> usize {
        let voter = self.electorate.of(precinct)[nth];
        let chair = self.world.is_empty();
        let tab = self
            .electorate
            .tab(voter, precinct, chair, &mut self.random);
        let index = self.world.add(tab);
        self.world.connect(index, &mut |_, _, _| {});
        index
    }

    /// A voter of a precinct who has no tab.
    pub fn stranger(&self, precinct: PrecinctId, nth: usize) -> SigningKey {
        let voter = self.electorate.of(precinct)[TABS + nth];
        self.electorate.poll().voter(voter)
    }

    pub fn rules(&self) -> Rules {
        Rules::of(self.electorate.poll().genesis())
    }

    pub fn run(&mut self, span: u64) {
        self.run_and_watch(span, &mut |_, _, _| {});
    }

    pub fn run_and_watch(&mut self, span: u64, watch: &mut dyn FnMut(usize, &Tab, Millis)) {
        let end = self.world.now().after(Millis(span));
        self.world.run_until(end, watch);
    }

    pub fn tell(&mut self, tab: usize, input: ReplicaInput<'_>) {
        let told = |tab: &mut Tab, now| tab.handle(Input::Replica(input), now);
        self.world
            .act(tab, &mut |_, _, _| {}, told)
            .unwrap()
            .unwrap();
    }

    pub fn vote(&mut self, tab: usize, option: usize) {
        let choice = Choice::new(&[option], Method::Single, OPTIONS).unwrap();
        self.tell(tab, ReplicaInput::Cast(choice));
    }

    /// Everybody who has a tab votes: four votes for the first option and so on.
    pub fn everybody_votes(&mut self) {
        for tab in 0..3 * TABS {
            self.vote(tab, tab % OPTIONS);
            self.run(100);
        }
    }

    pub fn ballot_of(&self, tab: usize) -> OpId {
        self.tab(tab).replica().own_vote().unwrap().ballot
    }

    pub fn tab(&self, index: usize) -> &Tab {
        self.world.tab(index).unwrap()
    }

    pub fn board(&self, index: usize) -> &Board {
        self.tab(index).council().unwrap().board().unwrap()
    }

    pub fn shown(&self, index: usize) -> Canvassed {
        self.board(index).total()
    }

    /// What is said by somebody without a tab, in the council or in a precinct's room, to all.
    pub fn say(&mut self, room: Option<PrecinctId>, kind: u8, content: Vec<u8>) {
        for packet in self.nobody.say(&[(kind, content)]) {
            self.world.spread_by_nobody(room, u8::MAX, &packet);
        }
    }

    /// What the specification makes of all that tabs signed so far.
    pub fn tally(&mut self) -> Tally {
        let poll = self.electorate.poll().clone();
        for made in self.world.take_made() {
            self.ops
                .extend(spec::decode(&made.bytes, poll.id(), poll.genesis()));
        }
        spec::fold(&spec::deliverable(&self.ops), OPTIONS)
    }

    /// All these tabs show the specification's total, with no precinct missing, and each precinct folded or attested.
    pub fn assert_exact(&mut self, tabs: impl IntoIterator<Item = usize>) {
        let tally = self.tally();
        for tab in tabs {
            let shown = self.shown(tab);
            let differs = spec::compare(ReplicaId(tab as u64), &tally, &shown.total);
            assert_eq!(differs, None, "tab {tab}");
            assert_eq!(shown.missing().count(), 0, "tab {tab}");
            assert!(shown.grade > Some(Grade::Claimed), "tab {tab}: {shown:?}");
        }
    }
}

pub fn bytes_of(claims: &[Claim]) -> Vec<u8> {
    let mut writer = Writer::new();
    claims.iter().for_each(|claim| claim.encode(&mut writer));
    writer.into_bytes()
}

/// The ballot of a voter without a tab.
pub fn ballot(hall: &Hall, precinct: PrecinctId, nth: usize, option: usize) -> Vec<u8> {
    let voter = hall.electorate.of(precinct)[TABS + nth];
    let op = hall.electorate.ballot(voter, option).unwrap();
    assert!(matches!(&*op, Op::Ballot(_)));
    op.bytes().to_vec()
}
