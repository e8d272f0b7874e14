//! Runs of the product's replica, judged by what must hold for a poll: here on the way, in `verdict` at the end.

mod deliveries;
mod verdict;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use election_core::ids::{OpId, ReplicaId, VoterKey};
use election_core::poll::ballot::Ballot;
use election_core::poll::choice::Choice;
use election_core::poll::op::{Op, VerifiedOp};
use election_core::replica::Replica;
use election_core::replica::io::{Delivered, Via, What};
use election_core::time::Millis;
use election_core::wire::envelope::{sign, voter_key};

use deliveries::Deliveries;

use super::Judged;
use super::claims::Holders;
use super::draw::OPTIONS;
use super::log::Log;
use super::mark::Mark;
use super::plan::{Plan, Subject};
use super::stage::{self, Course, Director};
use crate::check::Violation;
use crate::product::attacker::Attacker;
use crate::product::disk;
use crate::product::member::Member;
use crate::product::note::Note;
use crate::product::poll::Poll;
use crate::product::tab::Tab;
use crate::random::Random;
use crate::world::{Happening, Watch, World};

/// How many frames an attacker may still send when the network has healed.
const LAST_FRAMES: u32 = 60;
/// How often a voter may change their vote.
const MAX_SEQ: u32 = 100;
/// The voters who voted before the run have numbers from there on.
const SETTLED: u64 = 1_000;
/// So many ops do not come in one frame.
const LARGE: u64 = 600;

/// Runs it.
#[must_use]
pub(crate) fn run(plan: &Plan, log: &mut Log) -> Judged {
    let Subject::Product {
        method,
        chairs,
        settled,
        ..
    } = plan.subject
    else {
        return Judged::default();
    };
    let mut random = Random::new(plan.seed);
    let mut world = stage::world(plan, &mut random);
    let poll = match Poll::new(OPTIONS, method, MAX_SEQ, &mut random) {
        Ok(poll) => Rc::new(poll),
        Err(bad) => unreachable!("{OPTIONS} options make a poll: {bad}"),
    };
    let honest = plan.honest();
    for (member, clock) in plan.clocks.iter().enumerate() {
        let disk = disk::Settings {
            slowest_write: [0, 5, 2_000][random.below(3) as usize],
            ..disk::Settings::default()
        };
        let voter = member as u64;
        let process = if member >= honest {
            Member::Attacker(Box::new(Attacker::new(poll.clone(), voter, &mut random)))
        } else if member == 0 {
            let mut tab = Tab::chair(poll.clone(), voter, disk, &mut random, Millis(0));
            tab.begin_with((0..settled).filter_map(|n| ballot(&poll, n)), Millis(0));
            Member::Tab(Box::new(tab))
        } else if member < chairs {
            let tab = Tab::second_chair(poll.clone(), voter, disk, &mut random);
            Member::Tab(Box::new(tab))
        } else {
            let tab = Tab::newcomer(poll.clone(), voter, disk, &mut random);
            Member::Tab(Box::new(tab))
        };
        world.add(process, *clock);
    }
    let voters = (0..honest).map(|voter| voter_key(&poll.voter(voter as u64)));
    let living = (0..honest).filter(|member| stage::lives(plan, *member));
    let mut judge = Judge {
        plan,
        honest_voters: voters.collect(),
        living: living.collect(),
        poll,
        random,
        holders: Holders::default(),
        delivered: (0..plan.members).map(|_| Deliveries::default()).collect(),
        made: BTreeMap::new(),
        of_attacker: BTreeSet::new(),
        owed: BTreeMap::new(),
        had_poll: None,
        first: None,
        marks: BTreeSet::new(),
        log,
    };
    let course = stage::run(plan, &mut world, &mut judge);
    let first = judge.first.take();
    let violation = first.or_else(|| judge.verdict(&mut world, course.had));
    judge.look_back(&world, &course);
    Judged {
        violation,
        marks: judge.marks,
        counters: *world.counters(),
    }
}

/// The ballot of the voter of that number among those who voted before the run.
fn ballot(poll: &Poll, number: usize) -> Option<VerifiedOp> {
    let genesis = poll.genesis();
    let choice = Choice::new(&[number % OPTIONS], genesis.method(), OPTIONS).ok()?;
    let key = poll.voter(SETTLED + number as u64);
    let ballot = Ballot::new(None, choice, genesis);
    Some(sign(&key, poll.id(), Op::Ballot(ballot)))
}

struct Judge<'a> {
    plan: &'a Plan,
    poll: Rc<Poll>,
    honest_voters: BTreeSet<VoterKey>,
    /// The tabs that are there to the end.
    living: Vec<usize>,
    random: Random,
    holders: Holders,
    /// What each tab has delivered since it started.
    delivered: Vec<Deliveries>,
    /// The ops that tabs made, by their maker.
    made: BTreeMap<OpId, usize>,
    of_attacker: BTreeSet<OpId>,
    /// What may not be gone at the end, each with one who had it.
    owed: BTreeMap<OpId, ReplicaId>,
    /// One of the living who had the poll when the network healed.
    had_poll: Option<ReplicaId>,
    /// The first thing that went wrong on the way.
    first: Option<Violation>,
    marks: BTreeSet<Mark>,
    log: &'a mut Log,
}

fn tab_of(world: &World<Member>, member: usize) -> Option<&Tab> {
    world.process(member).tab()
}

fn ops(replica: &Replica) -> BTreeSet<OpId> {
    let ballots = replica.ballots().map(|(_, ballot, _)| ballot.id);
    let revocations = replica.revocations().map(|(id, _)| id);
    ballots.chain(revocations).collect()
}

impl Judge<'_> {
    fn delivered(&mut self, member: usize, delivered: &Delivered) {
        self.holders.delivered(member, delivered.id);
        let (honest, of_attacker) = (&self.honest_voters, &self.of_attacker);
        let violation = self.delivered[member].add(member, delivered, honest, of_attacker);
        self.first = self.first.take().or(violation);
        if matches!(delivered.what, What::Ballot { seq, .. } if seq > 0)
            && delivered.via == Via::Own
        {
            self.marks.insert(Mark::VoteChanged);
        }
    }

    /// Asks every tab how many others have its ops. Where there is an attacker, it may say that it has what it has not.
    fn hear_claims(&mut self, world: &World<Member>) {
        if self.plan.honest() < self.plan.members || self.first.is_some() {
            return;
        }
        let mut of: BTreeMap<usize, Vec<&OpId>> = BTreeMap::new();
        for (op, maker) in &self.made {
            of.entry(*maker).or_default().push(op);
        }
        self.first = of.into_iter().find_map(|(member, ops)| {
            let tab = tab_of(world, member)?;
            self.holders.violation(member, tab.replica(), ops)
        });
    }

    fn look_back(&mut self, world: &World<Member>, course: &Course) {
        let mut marks = stage::marks(self.plan, world, course);
        let living = self
            .living
            .iter()
            .filter_map(|member| tab_of(world, *member));
        let most = living.map(|tab| tab.replica().ops()).max().unwrap_or(0);
        for member in self.living.clone() {
            let Some(replica) = tab_of(world, member).map(Tab::replica) else {
                continue;
            };
            let stats = replica.stats();
            let came_late = self.plan.latecomers.contains(&member);
            let met = [
                (stats.syncs > 0, Mark::Compared),
                (stats.syncs_failed > 0, Mark::ComparisonFailed),
                (stats.bad_signatures > 0, Mark::ForgeryRefused),
                (stats.malformed > 0, Mark::NonsenseRefused),
                (replica.revocations().next().is_some(), Mark::Revoked),
                (
                    member > 0 && stats.syncs > 0 && replica.ops() > LARGE,
                    Mark::LargePoll,
                ),
                (replica.log_forked(), Mark::LogForked),
                (stats.held_dropped > 0, Mark::Crowded),
                (
                    came_late && most > 0 && replica.ops() == most,
                    Mark::LatecomerCaughtUp,
                ),
            ];
            marks.extend(met.iter().filter(|(met, _)| *met).map(|(_, mark)| *mark));
        }
        self.marks.append(&mut marks);
    }
}

impl Watch<Member> for Judge<'_> {
    fn note(&mut self, member: usize, note: Note, now: Millis) {
        match note {
            Note::Made { id, .. } => {
                self.log.line(now, member, format_args!("makes {id:?}"));
                if self.plan.is_attacker(member) {
                    self.of_attacker.insert(id);
                } else {
                    self.made.insert(id, member);
                }
            }
            Note::Delivered(delivered) => {
                let Delivered { id, via, what, .. } = &delivered;
                self.log.line(
                    now,
                    member,
                    format_args!("delivers {id:?}, {via:?}: {what:?}"),
                );
                self.delivered(member, &delivered);
            }
            Note::Opened => self.log.line(now, member, "has the poll"),
            Note::Rejoined => {
                self.marks.insert(Mark::Rejoined);
                self.log.line(now, member, "sums up an absence");
            }
        }
    }

    fn happened(&mut self, happening: &Happening<'_, Member>, now: Millis) {
        self.log.happened(happening, now);
    }
}

impl Director<Member> for Judge<'_> {
    fn vote(&mut self, world: &mut World<Member>, member: usize, option: usize) {
        let is_away = !world.is_connected(member);
        let refused = world.act(member, self, |process, now| {
            process.tab_mut().map(|tab| {
                let held_back = !tab.replica().held_back().is_empty();
                (held_back, tab.vote(option, now).err())
            })
        });
        if let Some((held_back, refused)) = refused {
            if held_back {
                self.marks.insert(Mark::HeldBack);
            }
            if let Some(refusal) = refused {
                self.log.line(world.now(), member, refusal);
            } else if is_away {
                self.marks.insert(Mark::VotedAway);
            }
        }
        self.hear_claims(world);
    }

    fn revoke(&mut self, world: &mut World<Member>, member: usize) {
        let mut random = self.random.branch();
        let refused = world.act(member, self, |process, now| {
            let tab = process.tab_mut()?;
            let ballot = tab.some_ballot(&mut random)?;
            tab.revoke(ballot, "drawn by lot", now).err()
        });
        if let Some(refusal) = refused {
            self.log.line(world.now(), member, refusal);
        }
    }

    fn crash(&mut self, world: &mut World<Member>, member: usize, lose_last_writes: bool) {
        let Some(tab) = tab_of(world, member) else {
            return;
        };
        if tab.disk().next_deadline().is_some() {
            self.marks.insert(Mark::CrashWhileSaving);
        }
        let before = tab.disk().records().count();
        self.log.line(world.now(), member, "crashes");
        self.delivered[member] = Deliveries::default();
        self.holders.crashed(member);
        let mut random = self.random.branch();
        world.restart(member);
        world.act(member, self, |process, now| {
            process.restart(lose_last_writes, now, &mut random);
        });
        let after = tab_of(world, member).map_or(0, |tab| tab.disk().records().count());
        if after < before {
            self.marks.insert(Mark::CrashLostWrites);
        }
    }

    fn healed(&mut self, world: &mut World<Member>) {
        for member in 0..world.len() {
            if let Some(attacker) = world.process_mut(member).attacker_mut() {
                attacker.limit(LAST_FRAMES);
            }
        }
        for (op, maker) in &self.made {
            if let Some(tab) = tab_of(world, *maker).filter(|_| self.living.contains(maker)) {
                self.owed.insert(*op, tab.replica().id());
            }
        }
        for tab in self
            .living
            .iter()
            .filter_map(|member| tab_of(world, *member))
        {
            if tab.replica().genesis().is_some() {
                self.had_poll.get_or_insert(tab.replica().id());
            }
            let all = ops(tab.replica()).into_iter();
            let honest = all.filter(|op| !self.of_attacker.contains(op));
            self.owed.extend(honest.map(|op| (op, tab.replica().id())));
        }
    }

    fn agree(&mut self, world: &mut World<Member>) -> bool {
        self.hear_claims(world);
        let mut spoiled = false;
        let mut roots = BTreeSet::new();
        for member in &self.living {
            if let Some(tab) = world.process_mut(*member).tab_mut() {
                let replica = tab.replica_mut();
                roots.insert(replica.state_hash());
                spoiled |= replica.tally().is_some_and(|tally| tally.spoiled > 0);
            }
        }
        if spoiled {
            self.marks.insert(Mark::Spoiled);
        }
        roots.len() == 1
    }
}
