//! Runs of a pair of the broadcast family, judged by the textbook's oracles.

use std::collections::{BTreeMap, BTreeSet};

use election_core::broadcast::causal::Caps;
use election_core::ids::ReplicaId;
use election_core::time::Millis;
use election_textbook::broadcast::{Order, Spread};

use super::Judged;
use super::draw::FOR_EVER;
use super::log::Log;
use super::mark::Mark;
use super::plan::{Plan, Subject};
use super::stage::{self, Course, Director};
use crate::check::history::History;
use crate::check::lost::{self, HeldBack, Owed};
use crate::check::order::{self, Promise, promise_of};
use crate::pair::{Entry, Pair, Probe, Settings, Told, When, WithPair, with_pair};
use crate::random::Random;
use crate::world::{Happening, Watch, World};

/// Runs it.
#[must_use]
pub(crate) fn run(plan: &Plan, log: &mut Log) -> Judged {
    let Subject::Pair {
        who,
        when,
        held_back,
        patience,
        rates,
    } = plan.subject
    else {
        return Judged::default();
    };
    let settings = Settings {
        held_back: Caps {
            messages: held_back,
            ..Caps::default()
        },
        patience,
        gossip: rates.gossip(),
        node: rates.node(),
        ..Settings::default()
    };
    let members: Vec<ReplicaId> = (0..plan.members).map(name).collect();
    let run = Run { plan, when, log };
    with_pair(who, when, settings, &members, run)
}

fn name(member: usize) -> ReplicaId {
    ReplicaId(member as u64 + 1)
}

struct Run<'a> {
    plan: &'a Plan,
    when: When,
    log: &'a mut Log,
}

impl WithPair for Run<'_> {
    type Result = Judged;

    fn with<S: Spread<O::Message>, O: Order<Entry> + Probe>(
        self,
        make: impl Fn(ReplicaId) -> Pair<S, O>,
    ) -> Judged {
        let Self { plan, when, log } = self;
        let mut world = stage::world(plan, &mut Random::new(plan.seed));
        let mut history = History::default();
        for (member, clock) in plan.clocks.iter().enumerate() {
            world.add(make(name(member)), *clock);
            if plan.latecomers.contains(&member) {
                history.joined_late(name(member));
            } else {
                history.joined(name(member));
            }
        }
        let living = (0..plan.members).filter(|member| stage::lives(plan, *member));
        let mut judge = Judge {
            plan,
            when,
            living: living.collect(),
            history,
            marks: BTreeSet::new(),
            log,
        };
        let course = stage::run(plan, &mut world, &mut judge);
        let violation = order::violation(&judge.history, judge.promise(&world))
            .or_else(|| judge.lost(&world, &mut BTreeSet::new()));
        judge.look_back(&world, &course);
        Judged {
            violation,
            marks: judge.marks,
            counters: *world.counters(),
        }
    }
}

struct Judge<'a> {
    plan: &'a Plan,
    when: When,
    living: Vec<usize>,
    history: History,
    marks: BTreeSet<Mark>,
    log: &'a mut Log,
}

impl Judge<'_> {
    fn patience(&self) -> Millis {
        match self.plan.subject {
            Subject::Pair { patience, .. } => patience,
            Subject::Product { .. } => FOR_EVER,
        }
    }

    /// Where the leader was replaced, one order is not promised; no member may have seen that, the
    /// dead included.
    fn promise<S: Spread<O::Message>, O: Order<Entry> + Probe>(
        &self,
        world: &World<Pair<S, O>>,
    ) -> Promise {
        let replaced = |member| world.process(member).order().epoch() > 0;
        if self.when == When::Leader && (0..self.plan.members).any(replaced) {
            Promise::Once
        } else {
            promise_of(self.when)
        }
    }

    /// Whether one who is dead may hold up the living.
    fn may_wait_for_the_dead(&self) -> bool {
        match self.when {
            When::Lamport => !self.plan.dead.is_empty(),
            When::Leader => self.patience() == FOR_EVER && self.plan.dead.contains(&0),
            _ => false,
        }
    }

    fn lost<S: Spread<O::Message>, O: Order<Entry> + Probe>(
        &self,
        world: &World<Pair<S, O>>,
        marks: &mut BTreeSet<Mark>,
    ) -> Option<crate::check::Violation> {
        let alive = self.living.iter().map(|member| name(*member)).collect();
        if !self.may_wait_for_the_dead() {
            return lost::violation(&self.history, &alive, Owed::Everything);
        }
        let held_by = |member: &usize| {
            let held = world.process(*member).order().held_back();
            (name(*member), held.into_iter().collect::<BTreeMap<_, _>>())
        };
        let held: HeldBack = self.living.iter().map(held_by).collect();
        if held.values().any(|held| !held.is_empty()) {
            marks.insert(Mark::WaitedForTheDead);
        }
        lost::violation(&self.history, &alive, Owed::UnlessWaitingForTheDead(&held))
    }

    fn look_back<S: Spread<O::Message>, O: Order<Entry> + Probe>(
        &mut self,
        world: &World<Pair<S, O>>,
        course: &Course,
    ) {
        let mut marks = stage::marks(self.plan, world, course);
        self.lost(world, &mut marks);
        for member in 0..self.plan.members {
            let dropped = world.process(member).dropped();
            let order = world.process(member).order();
            let met = [
                (order.dropped() > 0, Mark::HeldBackDropped),
                // An archive has room for all of a run, so that the rest is what waited to be
                // passed on.
                (dropped > order.dropped(), Mark::GossipDropped),
                (order.epoch() > 0, Mark::LeaderChanged),
                (order.forks() > 0, Mark::OrderForked),
            ];
            marks.extend(met.iter().filter(|(met, _)| *met).map(|(_, mark)| *mark));
        }
        let delivered = |member: &usize| self.history.deliveries(name(*member)).len();
        let most = self.living.iter().map(delivered).max().unwrap_or(0);
        let mut late = self.living.iter();
        let caught_up =
            |member: &usize| self.plan.latecomers.contains(member) && delivered(member) == most;
        if most > 0 && late.any(caught_up) {
            marks.insert(Mark::LatecomerCaughtUp);
        }
        self.marks.append(&mut marks);
    }
}

impl<S: Spread<O::Message>, O: Order<Entry> + Probe> Watch<Pair<S, O>> for Judge<'_> {
    fn note(&mut self, member: usize, note: Told, now: Millis) {
        match note {
            Told::Broadcast(id) => {
                self.log.line(now, member, format_args!("broadcasts {id}"));
                self.history.broadcast(id, now);
            }
            Told::Delivered(id) => {
                self.log.line(now, member, format_args!("delivers {id}"));
                self.history.delivered(name(member), id);
            }
        }
    }

    fn happened(&mut self, happening: &Happening<'_, Pair<S, O>>, now: Millis) {
        self.log.happened(happening, now);
    }
}

impl<S: Spread<O::Message>, O: Order<Entry> + Probe> Director<Pair<S, O>> for Judge<'_> {
    fn vote(&mut self, world: &mut World<Pair<S, O>>, member: usize, _option: usize) {
        if !world.process(member).order().held_back().is_empty() {
            self.marks.insert(Mark::HeldBack);
        }
        if let Err(refusal) = world.act(member, self, |pair, now| pair.broadcast(now)) {
            self.log.line(world.now(), member, refusal);
            self.marks.insert(Mark::BroadcastRefused);
        }
    }

    fn agree(&mut self, world: &mut World<Pair<S, O>>) -> bool {
        self.lost(world, &mut BTreeSet::new()).is_none()
    }
}
