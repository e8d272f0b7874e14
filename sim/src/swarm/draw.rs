//! What a seed draws: the subject, the network, and every rate. Each kind of trouble is left out of some plans, because a
//! run full of it may hide what a quiet one shows. (A. Groce et al., "Swarm testing", ISSTA 2012.)

use election_core::poll::genesis::Method;
use election_core::time::Millis;

use super::plan::{Action, Plan, Subject};
use crate::network::latency::Latency;
use crate::network::loss::Loss;
use crate::network::partition::{Partition, Partitions};
use crate::pair::{When, Who};
use crate::random::Random;
use crate::relay::Limits;
use crate::world::Clock;

/// How many options the polls have.
pub const OPTIONS: usize = 4;
/// Patience that never ends within a run: the leader stays.
pub const FOR_EVER: Millis = Millis(100_000_000);

/// The plan of that seed.
#[must_use]
pub fn plan(seed: u64) -> Plan {
    let mut random = Random::new(seed);
    let random = &mut random;
    let subject = subject(random);
    let attacked = matches!(subject, Subject::Product { attacked: true, .. });
    let members = random.between(3, 10) as usize + usize::from(attacked);
    let honest = members - usize::from(attacked);
    let safety = Millis(random.between(10_000, 40_000));
    let mut plan = Plan {
        seed,
        subject,
        members,
        latency: latency(random),
        loss: loss(random),
        duplication: sometimes(random, 0.3),
        straggling: sometimes(random, 0.3),
        partitions: partitions(members, safety, random),
        relay: relay(random),
        clocks: clocks(members, random),
        safety,
        actions: Vec::new(),
        latecomers: Vec::new(),
        dead: Vec::new(),
    };
    let fixed_group = matches!(subject, Subject::Pair { when, .. } if when.has_members());
    for member in 1..honest {
        // Member 0 has the poll, so it is there.
        if !fixed_group && random.chance(0.15) {
            plan.latecomers.push(member);
            let at = Millis(random.below(safety.0));
            plan.actions.push((at, Action::Come(member)));
        }
    }
    votes(&mut plan, honest, random);
    troubles(&mut plan, honest, random);
    plan.actions.sort_by_key(|(at, _)| *at);
    plan.dead = dead(honest, random);
    if let Subject::Pair { held_back, .. } = &mut plan.subject
        && fixed_group
        && !plan.dead.is_empty()
    {
        // Who waits for the dead for ever holds back everything that is said: it has to fit.
        *held_back = 4_096;
    }
    plan
}

fn subject(random: &mut Random) -> Subject {
    if random.chance(0.5) {
        return Subject::Product {
            method: if random.chance(0.5) {
                Method::Single
            } else {
                Method::Approval
            },
            attacked: random.chance(0.5),
        };
    }
    let who = if random.chance(0.3) {
        Who::Eager
    } else {
        Who::Gossip
    };
    let when = When::ALL[random.below(When::ALL.len() as u64) as usize];
    let patience = if random.chance(0.5) {
        FOR_EVER
    } else {
        Millis(random.between(1_000, 5_000))
    };
    Subject::Pair {
        who,
        when,
        held_back: [24, 256, 4_096][random.below(3) as usize],
        patience,
    }
}

/// Nothing half of the time, else anything up to that.
fn sometimes(random: &mut Random, most: f64) -> f64 {
    if random.chance(0.5) {
        random.unit() * most
    } else {
        0.0
    }
}

fn latency(random: &mut Random) -> Latency {
    match random.below(3) {
        0 => Latency::Constant(Millis(random.between(1, 200))),
        1 => {
            let low = random.between(1, 100);
            let high = low + random.below(500);
            Latency::Uniform {
                low: Millis(low),
                high: Millis(high),
            }
        }
        _ => Latency::Exponential {
            mean: Millis(random.between(5, 200)),
        },
    }
}

fn loss(random: &mut Random) -> Loss {
    let share = random.unit() * 0.4;
    match random.below(3) {
        0 => Loss::None,
        1 => Loss::even(share).unwrap_or(Loss::None),
        _ => Loss::bursts(share, 2.0 + random.unit() * 30.0).unwrap_or(Loss::None),
    }
}

fn relay(random: &mut Random) -> Limits {
    if random.chance(0.5) {
        return Limits::default();
    }
    Limits {
        frames: random.between(4, 64) as usize,
        bytes: random.between(70_000, 300_000) as usize,
        bytes_per_milli: random.between(5, 500),
    }
}

fn clocks(members: usize, random: &mut Random) -> Vec<Clock> {
    let off = random.chance(0.5);
    let clock = |_| {
        if off && random.chance(0.5) {
            Clock {
                skew: Millis(random.below(100_000_000)),
                rate: random.between(900, 1_100),
            }
        } else {
            Clock::default()
        }
    };
    (0..members).map(clock).collect()
}

fn partitions(members: usize, safety: Millis, random: &mut Random) -> Partitions {
    let count = random.below(4);
    let one = |_| {
        let from = random.below(safety.0);
        let until = from + random.between(500, safety.0);
        let (mut these, mut those) = (Vec::new(), Vec::new());
        for member in 0..members {
            let side = if random.chance(0.5) {
                &mut these
            } else {
                &mut those
            };
            side.push(member..=member);
        }
        let one_way = random.chance(0.3);
        let groups = vec![these, those];
        let nobody = groups.iter().any(Vec::is_empty);
        (!nobody).then_some(Partition {
            from: Millis(from),
            until: Millis(until),
            groups,
            one_way,
        })
    };
    Partitions((0..count).filter_map(one).collect())
}

fn votes(plan: &mut Plan, honest: usize, random: &mut Random) {
    let is_product = matches!(plan.subject, Subject::Product { .. });
    let most = if is_product { 30 } else { 80 };
    let mut vote = |at: u64, member: u64, random: &mut Random| {
        let option = random.below(OPTIONS as u64) as usize;
        let vote = Action::Vote(member as usize, option);
        plan.actions.push((Millis(at), vote));
    };
    for _ in 0..random.between(3, most) {
        let at = random.below(plan.safety.0);
        vote(at, random.below(honest as u64), random);
    }
    if !is_product && random.chance(0.3) {
        // A burst, from which buffers overflow.
        let (start, member) = (random.below(plan.safety.0), random.below(honest as u64));
        for _ in 0..random.between(20, 60) {
            vote(start + random.below(100), member, random);
        }
    }
    if is_product && random.chance(0.7) {
        for _ in 0..random.between(1, 5) {
            let at = Millis(random.below(plan.safety.0));
            plan.actions.push((at, Action::Revoke(0)));
        }
    }
}

fn troubles(plan: &mut Plan, honest: usize, random: &mut Random) {
    let kinds: Vec<u64> = (0..3).filter(|_| random.chance(0.6)).collect();
    for _ in 0..random.below(12) {
        let at = Millis(random.below(plan.safety.0));
        let member = random.below(honest as u64) as usize;
        let back = at.after(Millis(random.between(10, 15_000)));
        match random.pick(&kinds) {
            Some(0) => {
                plan.actions.push((at, Action::Leave(member)));
                plan.actions.push((back, Action::Come(member)));
            }
            Some(1) => plan.actions.push((
                at,
                Action::Freeze(member, Millis(random.between(100, 300_000))),
            )),
            Some(_) => {
                plan.actions
                    .push((at, Action::Crash(member, random.chance(0.5))));
                plan.actions.push((back, Action::Come(member)));
            }
            None => {}
        }
    }
    let end = plan.safety;
    plan.actions.retain(|(at, _)| *at < end);
}

/// At least two stay.
fn dead(honest: usize, random: &mut Random) -> Vec<usize> {
    let most = if random.chance(0.5) {
        0
    } else {
        (honest - 2).min(3)
    };
    let mut dead = Vec::new();
    for member in 0..honest {
        if dead.len() < most && random.chance(0.3) {
            dead.push(member);
        }
    }
    dead
}
