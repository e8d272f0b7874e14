//! The minute in which everybody votes, and what follows.

use std::collections::BTreeMap;

use election_core::board::Statement;
use election_core::ids::{PrecinctId, ReplicaId};
use election_core::replica::io::{Happened, Input, RoomId};
use election_core::time::Millis;
use election_core::wire::frame::kind;
use election_core::wire::relay::Handle;

use super::cast::{self, Act, MINUTE};
use super::model::Model;
use super::traffic::Traffic;
use super::{Average, Outcome, Settings};
use crate::check::spec::{self, SpecOp, Tally};
use crate::network::Faults;
use crate::network::latency::Latency;
use crate::process::{Process, Room};
use crate::product::electorate::Electorate;
use crate::product::nobody::Nobody;
use crate::product::note::Note;
use crate::product::tab::Tab;
use crate::random::Random;
use crate::relay::Limits;
use crate::world::{self, Happening, Watch, World};

/// How long a frame is under way.
const LATENCY: Latency = Latency::Constant(Millis(50));
/// How often is looked whether all is done.
const LOOK: Millis = Millis(50);
/// After the last vote, it is given up after so long.
const PATIENCE: Millis = Millis(30 * 60_000);
/// When the other members of a precinct attest what one stated, at the earliest and at the latest.
const ATTEST: (u64, u64) = (100, 600);
/// To how many others goes what one made oneself.
const OWN_FAN_OUT: u8 = 8;

/// See the [module](self).
pub struct Minute {
    model: Model,
    world: World<Tab>,
    electorate: Electorate,
    random: Random,
    nobody: Nobody,
    /// The tabs that are measured come first.
    measured: usize,
    agenda: BTreeMap<(Millis, u64), Act>,
    acts: u64,
    ops: Vec<SpecOp>,
    voted: u64,
    voters: u64,
    last_vote: Millis,
    seen: Seen,
}

/// What is written down on the way.
struct Seen {
    council: Room,
    /// What was handed to each tab, in its precinct's room and in the council's.
    received: Vec<[Traffic; 2]>,
    /// The ops that tabs made.
    made: Vec<Box<[u8]>>,
    /// The tabs from there on stand for their precincts.
    stand_ins: usize,
    /// How often each of them has stated what it holds.
    times: Vec<u64>,
    /// What they stated since this was taken last.
    stated: Vec<Stated>,
}

impl Watch<Tab> for Seen {
    fn note(&mut self, _process: usize, note: Note, _now: Millis) {
        if let Note::Made { bytes, .. } = note {
            self.made.push(bytes);
        }
    }

    fn happened(&mut self, happening: &Happening<'_, Tab>, _now: Millis) {
        if let Happening::Sent {
            to, room, packet, ..
        } = happening
        {
            self.received[*to][usize::from(*room == self.council)].count(packet.len());
        }
    }

    fn settled(&mut self, index: usize, tab: &Tab, _now: Millis) {
        if index >= self.stand_ins
            && let Some(council) = tab.tab().council()
            && council.stats().proposed > self.times[index]
        {
            self.times[index] = council.stats().proposed;
            self.stated.extend(statement_of(tab));
        }
    }
}

/// A statement that a tab made for its precinct.
type Stated = (PrecinctId, Statement);

impl Minute {
    /// Everybody is there, and nobody is connected.
    pub fn new(settings: &Settings, progress: &mut dyn FnMut(&str, u64, u64)) -> Self {
        let mut random = Random::new(settings.seed);
        let poll = cast::poll(settings, &mut random);
        let model = settings.model;
        let in_world = world::Settings {
            faults: Faults::none(LATENCY),
            relay: Some(Limits::default()),
        };
        let mut world = World::new(in_world, &mut random);
        let nobody = Nobody::new(poll.clone(), &mut random);
        let voters = settings.voters;
        let electorate = Electorate::new(poll, voters, &mut |n| progress("keys", n, voters));
        let mut ops = Vec::new();
        let signed = &mut |n| progress("signatures", n, voters);
        let (measured, acts) = cast::fill(
            &mut world,
            model,
            &electorate,
            &mut random,
            &mut ops,
            signed,
        );
        let seen = Seen {
            council: electorate.poll().council(),
            received: vec![Default::default(); world.len()],
            made: Vec::new(),
            stand_ins: match model {
                Model::WholePrecinct => measured,
                Model::Tabs | Model::Crowd => usize::MAX,
            },
            times: vec![0; world.len()],
            stated: Vec::new(),
        };
        let mut minute = Self {
            model,
            seen,
            world,
            electorate,
            random,
            nobody,
            measured,
            agenda: BTreeMap::new(),
            acts: 0,
            ops,
            voted: 0,
            voters,
            last_vote: Millis(0),
        };
        for (at, act) in acts {
            minute.plan(at, act);
        }
        minute
    }

    fn plan(&mut self, at: Millis, act: Act) {
        self.acts += 1;
        self.agenda.insert((at, self.acts), act);
    }

    /// Everybody connects, and votes.
    pub fn vote(&mut self, progress: &mut dyn FnMut(&str, u64, u64)) {
        for tab in 0..self.world.len() {
            self.world.connect(tab, &mut self.seen);
        }
        while self.world.now() < MINUTE || !self.agenda.is_empty() && self.voted < self.voters {
            self.go_on();
            progress("votes", self.voted, self.voters);
        }
        for made in std::mem::take(&mut self.seen.made) {
            let poll = self.electorate.poll();
            let decoded = spec::decode(&made, poll.id(), poll.genesis());
            self.ops.extend(decoded.map(|op| op.op));
        }
    }

    /// What was signed in all.
    pub fn ops(&self) -> &[SpecOp] {
        &self.ops
    }

    /// Goes on until every tab shows that; gives how long that took since the last vote.
    pub fn wait_for(
        &mut self,
        tally: &Tally,
        progress: &mut dyn FnMut(&str, u64, u64),
    ) -> Option<Millis> {
        let all = self.world.len();
        let mut first_behind = 0;
        while self.world.now() < self.last_vote.after(PATIENCE) {
            while first_behind < all && self.shows(first_behind, tally) {
                first_behind += 1;
            }
            if first_behind == all {
                // What showed it once may have been told something else since.
                let behind = (0..all).find(|tab| !self.shows(*tab, tally));
                match behind {
                    None => return Some(self.world.now() - self.last_vote),
                    Some(tab) => first_behind = tab,
                }
            }
            let seconds = (self.world.now() - self.last_vote).0 / 1_000;
            let stage = format!("tabs done {seconds} s after the last vote");
            progress(&stage, first_behind as u64, all as u64);
            self.go_on();
        }
        None
    }

    fn shows(&mut self, index: usize, tally: &Tally) -> bool {
        let tab = self.world.process_mut(index);
        let shown = match tab.tab().council().map(|council| council.board()) {
            None => tab.replica_mut().tally(),
            Some(board) => board
                .map(|board| board.total())
                .filter(|total| total.missing().next().is_none())
                .map(|total| total.total),
        };
        shown.is_some_and(|shown| spec::compare(ReplicaId(0), tally, &shown).is_none())
    }

    /// Lets a little time pass.
    fn go_on(&mut self) {
        let end = self.world.now().after(LOOK);
        while let Some(entry) = self
            .agenda
            .first_entry()
            .filter(|entry| entry.key().0 <= end)
        {
            let ((at, _), act) = entry.remove_entry();
            self.run_until(at);
            self.act(act);
        }
        self.run_until(end);
    }

    fn run_until(&mut self, end: Millis) {
        self.world.run_until(end, &mut self.seen);
        let stated = std::mem::take(&mut self.seen.stated);
        for (precinct, statement) in stated {
            for claim in cast::attest(&self.electorate, precinct, &statement) {
                let at = end.after(Millis(self.random.between(ATTEST.0, ATTEST.1)));
                self.plan(at, Act::Claim(claim));
            }
        }
    }

    fn act(&mut self, act: Act) {
        let seen = &mut self.seen;
        match act {
            Act::Vote { tab, option } => {
                let voted = self
                    .world
                    .act(tab, seen, |tab, now| tab.vote(option, now).is_ok());
                self.voted += u64::from(voted);
                self.last_vote = self.world.now();
            }
            Act::Ballots { tab, count, bytes } => {
                let home = self.world.process(tab).home();
                for packet in self.nobody.say(home, &[(kind::OPS, bytes)]) {
                    self.world.act(tab, seen, |tab, now| {
                        let happened = Happened::Frame {
                            from: Handle(u64::MAX),
                            payload: &packet,
                        };
                        let room = RoomId::Precinct;
                        tab.input(Input::Room { room, happened }, now);
                    });
                }
                self.voted += count;
                self.last_vote = self.world.now();
            }
            Act::Claim(bytes) => {
                let council = seen.council;
                for packet in self.nobody.say(council, &[(kind::CLAIMS, bytes)]) {
                    self.world
                        .spread_by_nobody(council, OWN_FAN_OUT, &packet, seen);
                }
            }
        }
    }

    /// What came of it.
    pub fn outcome(self, time_to_all: Option<Millis>) -> Outcome {
        let mut received = [Traffic::default(); 2];
        for [precinct, council] in &self.seen.received[..self.measured] {
            received = [received[0] + *precinct, received[1] + *council];
        }
        let replicas = self.world.len();
        let mut measured = self.world.into_processes();
        measured.truncate(self.measured);
        let measured = measured.into_iter().map(Tab::into_tab).collect();
        Outcome {
            model: self.model,
            replicas,
            exact: time_to_all.is_some(),
            time_to_all,
            received: received.map(|all| Average::of(all, self.measured)),
            measured,
        }
    }
}

/// The newest statement that a tab signed of its precinct.
fn statement_of(tab: &Tab) -> Option<Stated> {
    let precinct = tab.replica().precinct()?;
    let claims = tab.tab().council()?.board()?.claims(precinct).iter();
    let own = claims.filter(|claim| claim.attestations().contains(tab.replica().voter()));
    let newest = own.max_by_key(|claim| claim.statement().version())?;
    Some((precinct, newest.statement().clone()))
}
