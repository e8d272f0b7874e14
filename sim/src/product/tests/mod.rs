#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::rc::Rc;

use election_core::ids::OpId;
use election_core::poll::method::Method;
use election_core::poll::op::VerifiedOp;
use election_core::poll::verdict::Verdict;
use election_core::replica::Replica;
use election_core::replica::io::{Command, Refusal};
use election_core::replica::view::{Stage, Stats};
use election_core::time::Millis;

use super::attacker::Attacker;
use super::attacker::mischief::Mischief;
use super::disk::{Loss, Settings};
use super::member::Member;
use super::note::Note;
use super::poll::Poll;
use super::tab::{NoVote, Tab};
use crate::network::Faults;
use crate::network::latency::Latency;
use crate::network::partition::{Partition, Partitions};
use crate::process::Process;
use crate::random::Random;
use crate::relay::Limits;
use crate::world::{self, Clock, Watch, World};

const QUICK: Settings = Settings {
    slowest_write: 0,
    flushed_after: 1_000,
    keeps: true,
};
const SLOW: Settings = Settings {
    slowest_write: 30,
    flushed_after: 1_000,
    keeps: true,
};

#[derive(Default)]
struct Notes(Vec<(usize, Note)>);

impl Watch<Member> for Notes {
    fn note(&mut self, process: usize, note: Note, _now: Millis) {
        self.0.push((process, note));
    }
}

struct Scene {
    world: World<Member>,
    notes: Notes,
    poll: Rc<Poll>,
    random: Random,
    disk: Settings,
}

impl Scene {
    fn new(seed: u64, disk: Settings) -> Self {
        let mut random = Random::new(seed);
        let poll = Rc::new(Poll::new(3, Method::Single, 63, &mut random).unwrap());
        let latency = Latency::Uniform {
            low: Millis(1),
            high: Millis(40),
        };
        let settings = world::Settings {
            faults: Faults::none(latency),
            relay: Some(Limits::default()),
        };
        Self {
            world: World::new(settings, &mut random),
            notes: Notes::default(),
            poll,
            random,
            disk,
        }
    }

    /// A tab, the first of them the chair's, in the room.
    fn tab(&mut self) -> usize {
        let (poll, disk, random) = (self.poll.clone(), self.disk, &mut self.random);
        let tab = match self.world.len() {
            0 => Tab::chair(poll, 0, disk, random, self.world.now()),
            voter => Tab::newcomer(poll, voter as u64, disk, random),
        };
        self.enter(Member::Tab(Box::new(tab)))
    }

    fn attacker(&mut self) -> usize {
        let attacker = Attacker::new(self.poll.clone(), 666, &mut self.random);
        self.enter(Member::Attacker(Box::new(attacker)))
    }

    fn enter(&mut self, member: Member) -> usize {
        let index = self.world.add(member, Clock::default());
        self.connect(index);
        index
    }

    fn connect(&mut self, index: usize) {
        self.world.connect(index, &mut self.notes);
    }

    fn run(&mut self, span: u64) {
        let end = self.world.now().after(Millis(span));
        self.world.run_until(end, &mut self.notes);
    }

    fn vote(&mut self, tab: usize, option: usize) -> Result<(), NoVote> {
        self.world.act(tab, &mut self.notes, |member, now| {
            member.tab_mut().unwrap().vote(option, now)
        })
    }

    fn revoke_some(&mut self) {
        let random = &mut self.random;
        self.world.act(0, &mut self.notes, |member, now| {
            let tab = member.tab_mut().unwrap();
            let ballot = tab.some_ballot(random);
            let reason = "It was not meant so".to_owned();
            ballot.map(|(_, ballot)| tab.ask(Command::Revoke { ballot, reason }, now))
        });
    }

    fn restart(&mut self, tab: usize, lose_last_writes: bool) {
        let loss = [Loss::Nothing, Loss::LastWrites][usize::from(lose_last_writes)];
        self.world.disconnect(tab, &mut self.notes);
        let random = &mut self.random;
        self.world.act(tab, &mut self.notes, |member, now| {
            member.restart(loss, now, random);
        });
    }

    fn replica(&mut self, tab: usize) -> &mut Replica {
        let tab = self.world.process_mut(tab).tab_mut();
        tab.unwrap().replica_mut()
    }

    fn villain(&mut self, index: usize) -> &mut Attacker {
        self.world.process_mut(index).attacker_mut().unwrap()
    }

    fn tabs(&self) -> Vec<usize> {
        let all = 0..self.world.len();
        all.filter(|index| self.world.process(*index).tab().is_some())
            .collect()
    }

    fn made(&self, by: usize) -> BTreeSet<OpId> {
        let notes = self.notes.0.iter();
        notes
            .filter_map(|(index, note)| match note {
                Note::Made { id, .. } if *index == by => Some(*id),
                _ => None,
            })
            .collect()
    }

    /// All tabs show the same, every op that a tab made is there, and no tab's voter ever signed a
    /// number twice.
    fn assert_agreement(&mut self, seed: u64) {
        let tabs = self.tabs();
        let first = (self.replica(0).state_hash(), self.replica(0).tally());
        for tab in tabs.iter().copied() {
            let now = (self.replica(tab).state_hash(), self.replica(tab).tally());
            assert_eq!(now, first, "seed {seed}: tab {tab} differs from tab 0");
            let voter = self.replica(tab).voter();
            let own = |(by, _, verdict): &(_, _, Verdict)| {
                *by == voter && matches!(verdict, Verdict::Spoiled { .. })
            };
            let spoiled = self.replica(0).ballots().filter(own).count();
            assert_eq!(spoiled, 0, "seed {seed}: tab {tab} used a number twice");
            let held: BTreeSet<OpId> = self.replica(0).ballots().map(|(_, b, _)| b.id).collect();
            let revoked: BTreeSet<OpId> = self.replica(0).log().map(VerifiedOp::id).collect();
            for id in self.made(tab) {
                assert!(
                    held.contains(&id) || revoked.contains(&id),
                    "seed {seed}: {id} of tab {tab} is lost"
                );
            }
        }
    }
}

fn attacked(seed: u64) -> (Scene, usize) {
    let mut scene = Scene::new(seed, SLOW);
    for _ in 0..3 {
        scene.tab();
    }
    scene.run(3_000);
    let attacker = scene.attacker();
    for round in 0..60 {
        let tab = scene.random.below(3) as usize;
        if round % 5 == 0 {
            let option = scene.random.below(3) as usize;
            let _ = scene.vote(tab, option);
        }
        if round % 20 == 7 {
            scene.revoke_some();
        }
        if round % 15 == 3 {
            scene.restart(tab, round % 2 == 0);
            scene.connect(tab);
        }
        scene.run(1_000);
    }
    (scene, attacker)
}

#[test]
fn three_tabs_outlive_an_attacker_and_every_mischief_happens() {
    let mut did = [0; Mischief::ALL.len()];
    let mut dropped = Stats::default();
    let mut caught = 0;
    for seed in 0..12 {
        let (mut scene, attacker) = attacked(seed);
        let villain = scene.villain(attacker);
        for (total, mischief) in did.iter_mut().zip(Mischief::ALL) {
            *total += villain.did(mischief);
        }
        let voter = villain.voter();
        villain.limit(0);
        scene.run(60_000);
        scene.assert_agreement(seed);
        let spoiled = |(by, _, verdict): (_, _, Verdict)| {
            by == voter && matches!(verdict, Verdict::Spoiled { .. })
        };
        caught += u32::from(scene.replica(0).ballots().any(spoiled));
        for tab in scene.tabs() {
            let stats = scene.replica(tab).stats();
            dropped.unsealed += stats.unsealed;
            dropped.malformed += stats.malformed;
            dropped.invalid_ops += stats.invalid_ops;
            dropped.bad_signatures += stats.bad_signatures;
            dropped.muted += stats.muted;
            dropped.duplicates += stats.duplicates;
            dropped.syncs_failed += stats.syncs_failed;
            assert!(scene.replica(tab).held_back().len() < 200);
            assert!(scene.replica(tab).peers().len() < 300);
        }
        assert!(
            scene.world.counters().sent < 20_000,
            "{}",
            scene.world.counters().sent
        );
    }
    assert!(
        caught >= 6,
        "{caught} of 12 were caught with two ballots of one number"
    );
    for (times, mischief) in did.iter().zip(Mischief::ALL) {
        // There are no precincts here of which something could be claimed.
        assert!(
            mischief == Mischief::Claim || *times > 0,
            "{mischief:?} never happened"
        );
    }
    for (what, count) in [
        ("unsealed", dropped.unsealed),
        ("malformed", dropped.malformed),
        ("invalid", dropped.invalid_ops),
        ("wrongly signed", dropped.bad_signatures),
        ("muted", dropped.muted),
        ("twice", dropped.duplicates),
        ("failed comparisons", dropped.syncs_failed),
    ] {
        assert!(count > 0, "nothing was counted as {what}");
    }
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let [(a, _), (b, _)] = [attacked(5), attacked(5)];
    assert_eq!(a.world.counters(), b.world.counters());
    assert!(a.notes.0 == b.notes.0);
}

#[test]
fn what_a_crash_took_comes_back_and_no_number_is_used_twice() {
    for seed in 0..30 {
        let mut scene = Scene::new(seed, SLOW);
        for _ in 0..3 {
            scene.tab();
        }
        scene.run(3_000);
        for round in 0..12 {
            for tab in 0..3 {
                let _ = scene.vote(tab, (round + tab) % 3);
            }
            let pause = scene.random.below(60);
            scene.run(pause);
            let tab = scene.random.below(3) as usize;
            scene.restart(tab, true);
            scene.connect(tab);
            scene.run(2_000);
        }
        scene.run(20_000);
        scene.assert_agreement(seed);
    }
}

#[test]
fn a_crash_before_the_acknowledgement_keeps_the_ballot_or_not_and_nobody_had_it() {
    let mut kept = BTreeSet::new();
    for seed in 0..20 {
        for lose in [false, true] {
            let mut scene = Scene::new(seed, SLOW);
            scene.tab();
            let tab = scene.tab();
            scene.run(5_000);
            scene.vote(tab, 1).unwrap();
            let stage = scene.replica(tab).own_vote().map(|vote| vote.stage);
            if stage != Some(Stage::Saving) {
                continue; // The draw was 0 ms.
            }
            scene.restart(tab, lose);
            let made = scene.made(tab);
            kept.insert((lose, made.len()));
            assert_eq!(scene.replica(tab).ops(), made.len() as u64);
            assert_eq!(scene.replica(0).ops(), 0, "it left before it was safe");
            scene.connect(tab);
            let vote_again = scene.vote(tab, 1);
            assert_eq!(vote_again.is_ok(), made.is_empty());
            scene.run(5_000);
            assert_eq!(scene.replica(0).ops(), 1);
            scene.assert_agreement(seed);
        }
    }
    let all = [(false, 0), (false, 1), (true, 0), (true, 1)];
    assert_eq!(kept, all.into());
}

#[test]
fn relaxed_writes_survive_when_they_are_old_and_a_disk_without_a_genesis_makes_a_newcomer() {
    let (mut lost, mut survived) = (0, 0);
    for seed in 0..10 {
        let mut scene = Scene::new(seed, QUICK);
        scene.tab();
        scene.vote(0, 2).unwrap();
        let tab = scene.tab();
        assert_eq!(scene.vote(tab, 0), Err(NoVote::Refused(Refusal::NotOpen)));
        scene.run(400);
        assert!(scene.replica(tab).genesis().is_some());
        scene.restart(tab, true);
        match scene.replica(tab).genesis() {
            Some(_) => survived += 1,
            None => lost += 1,
        }
        scene.connect(tab);
        scene.run(6_000);
        assert_eq!(scene.replica(tab).ops(), 1);
        scene.restart(tab, true);
        assert_eq!(scene.replica(tab).ops(), 1, "it was there for long enough");
        // Until it hears from somebody, it agrees with nobody; then it is as before.
        scene.connect(tab);
        scene.run(10_000);
        scene.assert_agreement(seed);
    }
    assert!(lost > 0 && survived > 0, "{lost} {survived}");
}

#[test]
fn a_quick_disk_answers_at_once_and_a_slow_one_is_a_deadline() {
    let mut random = Random::new(1);
    let poll = Rc::new(Poll::new(2, Method::Approval, 3, &mut random).unwrap());
    let now = Millis(5);
    let mut quick = Tab::chair(poll.clone(), 0, QUICK, &mut random, now);
    quick.approve(&[0, 1], now).unwrap();
    assert_eq!(quick.replica().own_vote().unwrap().stage, Stage::Saved);
    let mut slow = Tab::chair(poll, 1, SLOW, &mut random, now);
    while slow.disk().next_deadline().is_none_or(|due| due == now) {
        let option = usize::from(slow.replica().ops() % 2 == 1);
        slow.vote(option, now).unwrap();
    }
    assert_eq!(slow.replica().own_vote().unwrap().stage, Stage::Saving);
    let due = slow.next_deadline().unwrap();
    slow.wake(due);
    assert_eq!(slow.replica().own_vote().unwrap().stage, Stage::Saved);
    assert_eq!(slow.next_deadline(), None);
}

impl Scene {
    fn dawdler(&mut self) {
        let index = self.attacker();
        self.villain(index).specialise(&[Mischief::Dawdle]);
        self.villain(index).limit(100_000);
    }

    /// How long something takes to be so, in ms, at most ten minutes.
    fn until(&mut self, mut is_so: impl FnMut(&mut Self) -> bool) -> u64 {
        let start = self.world.now();
        while !is_so(self) && (self.world.now() - start).0 < 600_000 {
            self.run(500);
        }
        (self.world.now() - start).0
    }
}

/// How long two halves that could not hear each other take to agree after they can, in ms.
fn healing(seed: u64) -> u64 {
    let mut scene = Scene::new(seed, QUICK);
    for _ in 0..6 {
        scene.tab();
    }
    scene.run(5_000);
    scene.dawdler();
    scene.dawdler();
    let cut = "5s..25s:0-2+6|3-5+7".parse::<Partition>().unwrap();
    scene.world.faults().cuts = Partitions(vec![cut]).prepare(8).unwrap();
    for tab in 0..6 {
        scene.vote(tab, tab % 3).unwrap();
    }
    scene.run(20_000);
    scene.until(|scene| {
        let hashes: BTreeSet<_> = (0..6).map(|tab| scene.replica(tab).state_hash()).collect();
        hashes.len() == 1
    })
}

/// How long a newcomer waits for the poll among four tabs, in ms.
fn opening(seed: u64) -> u64 {
    let mut scene = Scene::new(seed, QUICK);
    for _ in 0..4 {
        scene.tab();
    }
    scene.run(10_000);
    scene.dawdler();
    scene.dawdler();
    scene.run(2_000);
    let newcomer = scene.tab();
    scene.until(|scene| scene.replica(newcomer).genesis().is_some())
}

/// It took two halves a hundred seconds to heal when two attackers, one in each, kept their
/// sessions to themselves with bytes that were no ops.
#[test]
fn who_dawdles_does_not_keep_others_from_comparing() {
    for seed in 0..10 {
        let (healed, opened) = (healing(seed), opening(seed));
        assert!(healed <= 20_000, "seed {seed}: healed after {healed} ms");
        assert!(opened <= 10_000, "seed {seed}: opened after {opened} ms");
    }
}
