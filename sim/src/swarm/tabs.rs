//! Runs of the product's replica, judged by what must hold for a poll: here on the way, in
//! `verdict` at the end.

mod boards;
mod cast;
mod deliveries;
mod marks;
mod room;
mod verdict;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use election_core::board::Canvassed;
use election_core::ids::{OpId, PrecinctId, ReplicaId, VoterKey};
use election_core::poll::close::Status;
use election_core::poll::op::{Op, VerifiedOp};
use election_core::poll::precincts::Precincts;
use election_core::replica::Replica;
use election_core::replica::io::{Command, Delivered, Event, Refusal, RoomId, Via};
use election_core::time::Millis;
use election_core::timing::Timing;
use election_core::wire::envelope::voter_key;

use deliveries::Deliveries;

use super::Judged;
use super::claims::Holders;
use super::draw::OPTIONS;
use super::log::Log;
use super::mark::Mark;
use super::plan::{Action, Plan, Subject};
use super::stage::{self, Director};
use crate::check::Violation;
use crate::check::spec::{self, ValidOp};
use crate::product::disk::Loss;
use crate::product::member::Member;
use crate::product::note::Note;
use crate::product::poll::Poll;
use crate::product::tab::{NoVote, Tab};
use crate::random::Random;
use crate::world::{Happening, Watch, World};

/// How many frames an attacker may still send when the network has healed.
const LAST_FRAMES: u32 = 60;

/// Runs it.
#[must_use]
pub(crate) fn run(plan: &Plan, log: &mut Log) -> Judged {
    let Subject::Product {
        method, precincts, ..
    } = plan.subject
    else {
        return Judged::default();
    };
    let mut random = Random::new(plan.seed);
    let mut world = stage::world(plan, &mut random);
    let in_precincts = match precincts {
        1 => Precincts::One,
        many => Precincts::Automatic(many),
    };
    let timing = Timing {
        capacity: plan.capacity,
        ..Timing::default()
    };
    let made = Poll::of_precincts(OPTIONS, method, plan.max_seq, in_precincts, &mut random);
    let poll = match made {
        Ok(poll) => Rc::new(poll.at_pace(timing)),
        Err(bad) => unreachable!("{OPTIONS} options make a poll: {bad}"),
    };
    let honest = plan.honest();
    let voters: Vec<u64> = (0..plan.members)
        .map(|member| cast::voter(plan, &poll, member))
        .collect();
    cast::populate(plan, &poll, &voters, &mut world, &mut random);
    let mut honest_voters = vec![BTreeSet::new(); usize::from(precincts)];
    for member in 0..honest {
        let key = voter_key(&poll.voter(voters[member]));
        honest_voters[plan.precinct(member)].insert(key);
    }
    let living = (0..honest).filter(|member| stage::lives(plan, *member));
    let mut judge = Judge {
        plan,
        honest_voters,
        living: living.collect(),
        poll,
        random,
        holders: Holders::default(),
        seen: BTreeMap::new(),
        delivered: (0..plan.members).map(|_| Deliveries::default()).collect(),
        made: BTreeMap::new(),
        of_attacker: BTreeSet::new(),
        doubled: BTreeSet::new(),
        lossy: BTreeSet::new(),
        precincts: BTreeMap::new(),
        owed: BTreeMap::new(),
        healed_at: None,
        had_poll: None,
        first: None,
        marks: BTreeSet::new(),
        log,
    };
    let course = stage::run(plan, &mut world, &mut judge);
    let first = judge.first.take();
    let violation = first.or_else(|| judge.verdict(&mut world, course.had));
    judge.look_back(&mut world, &course);
    Judged {
        violation,
        marks: judge.marks,
        counters: *world.counters(),
    }
}

struct Judge<'a> {
    plan: &'a Plan,
    poll: Rc<Poll>,
    /// By precinct, those who sign no number twice.
    honest_voters: Vec<BTreeSet<VoterKey>>,
    /// The tabs that are there to the end.
    living: Vec<usize>,
    random: Random,
    holders: Holders,
    /// The ops that were ever delivered, by their bytes, as the specification sees them.
    seen: BTreeMap<Box<[u8]>, ValidOp>,
    /// What each tab has delivered since it started.
    delivered: Vec<Deliveries>,
    /// The ops that tabs made, by their maker.
    made: BTreeMap<OpId, usize>,
    of_attacker: BTreeSet<OpId>,
    /// The tabs whose disk came back as it had been earlier: another device with the same key.
    doubled: BTreeSet<usize>,
    /// The precincts of which a disk lost what nobody else may have.
    lossy: BTreeSet<usize>,
    /// The precincts of the ballots that were delivered.
    precincts: BTreeMap<OpId, usize>,
    /// When the network healed.
    healed_at: Option<Millis>,
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

/// The entries of the chair's log.
fn log(replica: &Replica) -> impl Iterator<Item = OpId> {
    replica.log().map(VerifiedOp::id)
}

/// What a tab shows of all precincts; `None` in a poll of one room, and without the poll.
fn shown(tab: &Tab) -> Option<Canvassed> {
    Some(tab.tab().council()?.board()?.total())
}

fn ops(replica: &Replica) -> BTreeSet<OpId> {
    let ballots = replica.ballots().map(|(_, ballot, _)| ballot.id);
    ballots.chain(log(replica)).collect()
}

impl Judge<'_> {
    fn delivered(&mut self, member: usize, delivered: &Delivered) {
        self.holders.delivered(member, delivered.op.id());
        let bytes = delivered.op.bytes();
        if !self.seen.contains_key(bytes)
            && let Some(op) = spec::known(&delivered.op)
        {
            self.seen.insert(bytes.into(), op);
        }
        let precinct = self.plan.precinct(member);
        if matches!(&*delivered.op, Op::Ballot(_)) {
            self.precincts.insert(delivered.op.id(), precinct);
        }
        let (honest, of_attacker) = (&self.honest_voters[precinct], &self.of_attacker);
        let violation = self.delivered[member].add(member, delivered, honest, of_attacker);
        self.first = self.first.take().or(violation);
        if matches!(&*delivered.op, Op::Ballot(ballot) if ballot.seq > 0)
            && delivered.via == Via::Own
        {
            self.marks.insert(Mark::VoteChanged);
        }
    }

    fn has_liars(&self) -> bool {
        let plan = self.plan;
        // What a relay says again, it may say as from somebody else.
        let lies = plan.dishonesty.relabelling + plan.dishonesty.replaying > 0.0;
        plan.honest() < plan.members || plan.strangers.is_some() || lies
    }

    /// That tab is another device of its voter's from now on. Two of its ballots may have one
    /// number.
    fn double(&mut self, member: usize, voter: VoterKey) {
        self.doubled.insert(member);
        self.honest_voters[self.plan.precinct(member)].remove(&voter);
        let of_attacker = &mut self.of_attacker;
        self.made.retain(|op, maker| {
            let stays = *maker != member;
            if !stays {
                of_attacker.insert(*op);
            }
            stays
        });
    }

    /// Asks every tab how many others have its ops. Where there is an attacker, it may say that it
    /// has what it has not.
    fn hear_claims(&mut self, world: &World<Member>) {
        if self.has_liars() || self.first.is_some() {
            return;
        }
        let mut of: BTreeMap<usize, Vec<&OpId>> = BTreeMap::new();
        for (op, maker) in &self.made {
            of.entry(*maker).or_default().push(op);
        }
        self.first = of.into_iter().find_map(|(member, ops)| {
            let tab = tab_of(world, member)?;
            self.holders
                .violation((member, self.plan.precinct(member)), tab.replica(), ops)
        });
    }
}

impl Watch<Member> for Judge<'_> {
    fn note(&mut self, member: usize, note: Note, now: Millis) {
        match note {
            Note::Made { id, .. } => {
                self.log.line(now, member, format_args!("makes {id:?}"));
                if self.plan.is_attacker(member) || self.doubled.contains(&member) {
                    self.of_attacker.insert(id);
                } else {
                    self.made.insert(id, member);
                }
            }
            Note::Told(Event::Delivered(delivered)) => {
                let Delivered { op, via, .. } = &delivered;
                self.log
                    .line(now, member, format_args!("delivers {via:?}: {op:?}"));
                self.delivered(member, &delivered);
            }
            Note::Told(Event::Opened) => self.log.line(now, member, "has the poll"),
            Note::Told(Event::Rejoined { .. }) => {
                self.marks.insert(Mark::Rejoined);
                self.log.line(now, member, "sums up an absence");
            }
            Note::Told(_) => {}
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
                let not_kept = tab.do_something_new(now);
                let not_kept = not_kept.map(|op| (tab.replica().id(), op));
                (held_back, not_kept, tab.vote(option, now).err())
            })
        });
        if let Some((held_back, not_kept, refused)) = refused {
            // Where there is little room, those with the smallest ids are kept.
            if let Some((replica, op)) = not_kept.filter(|_| !self.plan.is_tight()) {
                let not_kept = Violation::NewerNotKept { replica, op };
                self.first.get_or_insert(not_kept);
            }
            if held_back {
                self.marks.insert(Mark::HeldBack);
            }
            match refused {
                None if is_away => drop(self.marks.insert(Mark::VotedAway)),
                None => {}
                Some(refusal) => {
                    match refusal {
                        NoVote::Lost => drop(self.marks.insert(Mark::LostBallotMissed)),
                        NoVote::Refused(Refusal::TooManyChanges { .. }) => {
                            self.marks.insert(Mark::ChangesUsedUp);
                        }
                        NoVote::Refused(_) => {}
                    }
                    self.log.line(world.now(), member, refusal);
                }
            }
        }
        self.hear_claims(world);
        self.judge_peers(world);
    }

    fn act(&mut self, world: &mut World<Member>, action: Action) {
        let mut random = self.random.branch();
        let member = action.member();
        let refused = world.act(member, self, |process, now| {
            let tab = process.tab_mut()?;
            act(tab, action, now, &mut random).err()
        });
        match (refused, action) {
            (Some(refusal), _) => {
                if refusal == Refusal::LogFull {
                    self.marks.insert(Mark::LogFull);
                }
                self.log.line(world.now(), member, refusal);
            }
            (None, Action::Audit(_, precinct)) => {
                self.holders.audited(usize::from(precinct));
                self.marks.insert(Mark::Audited);
            }
            (None, _) => {}
        }
    }

    fn crash(&mut self, world: &mut World<Member>, member: usize, loss: Loss) {
        let Some(tab) = tab_of(world, member) else {
            return;
        };
        let disk = tab.disk();
        if disk.next_deadline().is_some() {
            self.marks.insert(Mark::CrashWhileSaving);
        }
        let before = disk.records().count();
        if loss == Loss::Backup && disk.is_backed_up() {
            self.double(member, tab.replica().voter());
        }
        self.log.line(world.now(), member, "crashes");
        self.delivered[member] = Deliveries::default();
        self.holders.crashed(member);
        let mut random = self.random.branch();
        world.restart(member);
        world.act(member, self, |process, now| {
            process.restart(loss, now, &mut random);
        });
        let Some(tab) = tab_of(world, member) else {
            return;
        };
        if tab.disk().records().count() >= before {
            return;
        }
        let mark = match loss {
            Loss::Nothing | Loss::LastWrites => Mark::CrashLostWrites,
            Loss::Backup => Mark::BackupRestored,
            Loss::Middle => Mark::DiskRotted,
        };
        self.marks.insert(mark);
        if matches!(loss, Loss::Middle | Loss::Backup) {
            // What nobody else has is gone, and what follows it.
            let kept = ops(tab.replica());
            self.made
                .retain(|op, maker| *maker != member || kept.contains(op));
            self.lossy.insert(self.plan.precinct(member));
        }
    }

    fn healed(&mut self, world: &mut World<Member>) {
        self.healed_at = Some(world.now());
        for member in 0..self.plan.members {
            if let Some(attacker) = world.process_mut(member).attacker_mut() {
                attacker.limit(LAST_FRAMES);
            }
        }
        for (op, maker) in &self.made {
            if let Some(tab) = tab_of(world, *maker).filter(|_| self.living.contains(maker)) {
                // What its maker has no room for, others need not have.
                if !tab.replica().is_full() {
                    self.owed.insert(*op, tab.replica().id());
                }
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
        self.judge_boards(world);
        self.judge_peers(world);
        let mut spoiled = false;
        let mut roots = vec![BTreeSet::new(); usize::from(self.plan.precincts())];
        for member in &self.living {
            if let Some(tab) = world.process_mut(*member).tab_mut() {
                let replica = tab.replica_mut();
                roots[self.plan.precinct(*member)].insert(replica.state_hash());
                spoiled |= replica.tally().is_some_and(|tally| tally.spoiled > 0);
            }
        }
        if spoiled {
            self.marks.insert(Mark::Spoiled);
        }
        let precincts = (0..).zip(roots);
        let mut differing = precincts.filter(|(_, roots)| roots.len() > 1);
        let all_agree = differing.all(|(precinct, _)| {
            self.plan.is_tight() && self.lacking(world, precinct, Millis(0)).is_none()
        });
        all_agree && self.logs_agree(world) && self.board_differs(world).is_none()
    }
}

/// Of 256 ballots that the chair takes out, so many are by voters whom it bars instead.
const BARS: u8 = 64;
/// At so many others it closes the poll, or opens it again.
const CLOSES: u8 = 24;

/// Does to a tab what is peculiar to tabs.
fn act(tab: &mut Tab, action: Action, now: Millis, random: &mut Random) -> Result<(), Refusal> {
    let command = match action {
        Action::Revoke(_) => {
            let (voter, ballot) = tab.some_ballot(random).ok_or(Refusal::NoSuchBallot)?;
            let reason = "drawn by lot".to_owned();
            // By the ballot's name, so that plans of before stay what they were.
            let lot = ballot.0[0];
            if lot < BARS {
                Command::Bar { voter, reason }
            } else if lot < BARS + CLOSES {
                Command::SetStatus(match tab.replica().status() {
                    Status::Open => Status::Closed,
                    Status::Closed => Status::Open,
                })
            } else {
                Command::Revoke { ballot, reason }
            }
        }
        Action::Strike(_, precinct) => {
            let precinct = PrecinctId(precinct);
            let board = tab.tab().council().and_then(|council| council.board());
            let return_id = board.and_then(|board| board.return_id(precinct));
            Command::Strike {
                precinct,
                return_id: return_id.ok_or(Refusal::NoSuchPrecinct)?,
                reason: "the hall was not open".to_owned(),
            }
        }
        Action::Audit(_, precinct) => {
            let precinct = PrecinctId(precinct);
            let mut audits = tab.tab().audits();
            if audits.any(|audit| audit.precinct() == precinct) {
                Command::EndAudit(precinct)
            } else {
                Command::Audit(precinct)
            }
        }
        Action::Shut(_, shut) => {
            tab.let_into(RoomId::Council, !shut, now);
            return Ok(());
        }
        Action::BackUp(_) => {
            tab.back_up();
            return Ok(());
        }
        _ => return Ok(()),
    };
    tab.ask(command, now)
}
