//! The minute in which everybody votes, and what follows.

use std::collections::BTreeMap;
use std::rc::Rc;

use election_core::canvass::Statement;
use election_core::ids::{PrecinctId, ReplicaId};
use election_core::poll::choice::Choice;
use election_core::poll::genesis::Method;
use election_core::replica::io::Input as ReplicaInput;
use election_core::replica::tab::{Input, Tab};
use election_core::time::Millis;
use election_core::wire::frame::kind;
use election_core::wire::relay::Handle;

use super::cast::{self, Act, MINUTE, OPTIONS};
use super::model::Model;
use super::{Average, Outcome, Settings};
use crate::check::spec::{self, SpecOp, Tally};
use crate::network::Faults;
use crate::network::latency::Latency;
use crate::random::Random;
use crate::relay::Limits;
use crate::rooms::electorate::Electorate;
use crate::rooms::nobody::Nobody;
use crate::rooms::traffic::Traffic;
use crate::rooms::world::{Watch, World};
use crate::world;

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
    world: World,
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
    /// How often each tab that stands for its precinct has stated what it holds.
    stated: Vec<u64>,
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
        let mut world = World::new(in_world, settings.precincts, &mut random);
        let nobody = Nobody::new(&poll, &mut random);
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
        let mut minute = Self {
            model,
            stated: vec![0; world.len()],
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
            self.world.connect(tab, &mut |_, _, _| {});
        }
        while self.world.now() < MINUTE || !self.agenda.is_empty() && self.voted < self.voters {
            self.go_on();
            progress("votes", self.voted, self.voters);
        }
        for made in self.world.take_made() {
            let poll = self.electorate.poll();
            let decoded = spec::decode(&made.bytes, poll.id(), poll.genesis());
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
        let Some(tab) = self.world.tab_mut(index) else {
            return true;
        };
        let shown = match tab.council().map(|council| council.board()) {
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
        let mut stated: Vec<Stated> = Vec::new();
        let (world, times) = (&mut self.world, &mut self.stated);
        let stand_ins = match self.model {
            Model::WholePrecinct => self.measured,
            Model::Tabs | Model::Crowd => usize::MAX,
        };
        let watch: &mut Watch<'_> = &mut |index, tab, _| {
            if index >= stand_ins
                && let Some(council) = tab.council()
                && council.stats().proposed > times[index]
            {
                times[index] = council.stats().proposed;
                stated.extend(statement_of(tab));
            }
        };
        world.run_until(end, watch);
        for (precinct, statement) in stated {
            for claim in cast::attest(&self.electorate, precinct, &statement) {
                let at = end.after(Millis(self.random.between(ATTEST.0, ATTEST.1)));
                self.plan(at, Act::Claim(claim));
            }
        }
    }

    fn act(&mut self, act: Act) {
        let unwatched: &mut Watch<'_> = &mut |_, _, _| {};
        match act {
            Act::Vote { tab, option } => {
                let voted = self.world.act(tab, unwatched, |tab, now| {
                    let choice = Choice::new(&[option], Method::Single, OPTIONS).ok()?;
                    let cast = Input::Replica(ReplicaInput::Cast(choice));
                    tab.handle(cast, now).ok()
                });
                self.voted += u64::from(voted.flatten().is_some());
                self.last_vote = self.world.now();
            }
            Act::Ballots { tab, count, bytes } => {
                for packet in self.nobody.say(&[(kind::OPS, bytes)]) {
                    self.world.act(tab, unwatched, |tab, now| {
                        let frame = ReplicaInput::Frame {
                            from: Handle(u64::MAX),
                            payload: &packet,
                        };
                        tab.handle(Input::Replica(frame), now).ok()
                    });
                }
                self.voted += count;
                self.last_vote = self.world.now();
            }
            Act::Claim(bytes) => {
                for packet in self.nobody.say(&[(kind::CLAIMS, bytes)]) {
                    let packet = Rc::clone(&packet);
                    self.world.spread_by_nobody(None, OWN_FAN_OUT, &packet);
                }
            }
        }
    }

    /// What came of it.
    pub fn outcome(self, time_to_all: Option<Millis>) -> Outcome {
        let mut received = [Traffic::default(); 2];
        for tab in 0..self.measured {
            let one = self.world.received(tab);
            received = [received[0] + one.precinct, received[1] + one.council];
        }
        let replicas = self.world.len();
        let mut measured = self.world.into_tabs();
        measured.truncate(self.measured);
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
    let claims = tab.council()?.board()?.claims(precinct).iter();
    let own = claims.filter(|claim| claim.attestations().contains(tab.replica().voter()));
    let newest = own.max_by_key(|claim| claim.statement().version())?;
    Some((precinct, newest.statement().clone()))
}
