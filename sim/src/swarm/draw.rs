//! What a seed draws: the subject, the network, and every rate. Each kind of trouble is left out of
//! some plans, because a run full of it may hide what a quiet one shows. (A. Groce et al., "Swarm
//! testing", ISSTA 2012.)

mod tabs;

use election_core::poll::method::Method;
use election_core::time::Millis;

use super::plan::{Action, Plan, Subject};
use super::rates::Rates;
use crate::network::latency::Latency;
use crate::network::loss::Loss;
use crate::network::partition::{Partition, Partitions};
use crate::pair::{When, Who};
use crate::product::disk;
use crate::random::Random;
use crate::relay::Limits;
use crate::world::Clock;

/// How many options the polls have.
pub const OPTIONS: usize = 4;
/// How many ballots are in a large poll before the run, at least and at most: they do not come in
/// one frame.
const LARGE: (u64, u64) = (600, 750);
/// What tells the stream of what only tabs have from the others.
const MORE: u64 = 0x7ab5;
/// How long the safety phase is, at least and at most, when somebody sleeps through much of it: as
/// long as anybody sleeps at all, so that it ends before all are woken.
const LONG: (u64, u64) = (300_000, 360_000);
/// Patience that never ends within a run: the leader stays.
pub const FOR_EVER: Millis = Millis(100_000_000);

/// The plan of that seed.
#[must_use]
pub fn plan(seed: u64) -> Plan {
    let mut random = Random::new(seed);
    let random = &mut random;
    let mut more = Random::new(seed.rotate_left(32) ^ MORE);
    let subject = subject(random);
    let (attackers, settled) = match subject {
        Subject::Product {
            attackers, settled, ..
        } => (attackers, settled),
        Subject::Pair { .. } => (0, 0),
    };
    let is_product = matches!(subject, Subject::Product { .. });
    let honest = match random.below(20) {
        _ if settled > 100 => random.between(3, 5), // each checks every signature
        0 => random.between(11, 16),
        _ if is_product => random.between(3, 8),
        _ => random.between(3, 10),
    } as usize;
    let many = is_product && settled == 0 && more.chance(0.03);
    let honest = if many {
        more.between(17, 64 - attackers as u64) as usize
    } else {
        honest
    };
    let members = honest + attackers;
    let is_long = settled == 0 && honest <= 6 && random.chance(0.08);
    let longest = if random.chance(0.05) { 120_000 } else { 40_000 };
    let safety = Millis(if is_long {
        random.between(LONG.0, LONG.1)
    } else {
        random.between(10_000, longest)
    });
    let mut plan = Plan {
        latency: latency(random),
        loss: loss(random),
        duplication: sometimes(random, 0.3),
        straggling: sometimes(random, 0.3),
        partitions: partitions(members, safety, random),
        relay: relay(random),
        clocks: clocks(members, random),
        ..Plan::quiet(seed, subject, members, safety)
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
    tabs::strangers(&mut plan, &mut Random::new(!seed));
    if is_product {
        tabs::troubles(&mut plan, honest, &mut more);
    }
    plan
}

fn subject(random: &mut Random) -> Subject {
    if random.chance(0.5) {
        return Subject::Product {
            method: Method::ALL[random.below(Method::ALL.len() as u64) as usize],
            attackers: [0, 0, 0, 1, 1, 1, 2][random.below(7) as usize],
            chairs: 1 + usize::from(random.chance(0.4)),
            precincts: 1,
            settled: match random.below(15) {
                0 => random.between(LARGE.0, LARGE.1),
                1 | 2 => random.between(1, 100),
                _ => 0,
            } as usize,
        };
    }
    let who = if random.chance(0.3) {
        Who::Eager
    } else {
        Who::Gossip
    };
    let when = match random.below(4) {
        // What these two do when somebody is gone is rare otherwise.
        0 if random.chance(0.5) => When::Leader,
        0 => When::Lamport,
        _ => When::ALL[random.below(When::ALL.len() as u64) as usize],
    };
    // In a buffer that is far smaller than the group, one order of all takes hours.
    let least = if when == When::Lamport { 24 } else { 6 };
    let patience = if random.chance(if when == When::Leader { 0.2 } else { 0.5 }) {
        FOR_EVER
    } else {
        Millis(random.between(1_000, 5_000))
    };
    Subject::Pair {
        who,
        when,
        held_back: [least, least, 24, 256, 4_096][random.below(5) as usize],
        patience,
        rates: Rates::drawn(random),
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
    let most = if random.chance(0.2) { 0.7 } else { 0.4 };
    let share = random.unit() * most;
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
        frames: random.between(1, 64) as usize,
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
    let is_long = plan.safety.0 >= LONG.0;
    let most = if is_long { 10 } else { most };
    for _ in 0..random.between(3, most) {
        let at = random.below(plan.safety.0);
        vote(at, random.below(honest as u64), random);
    }
    if !is_product && random.chance(0.5) {
        // A burst, from which buffers overflow.
        let (start, member) = (random.below(plan.safety.0), random.below(honest as u64));
        for _ in 0..random.between(20, 60) {
            vote(start + random.below(100), member, random);
        }
    }
    if is_product && random.chance(0.7) {
        let chairs = match plan.subject {
            Subject::Product { chairs, .. } => chairs as u64,
            Subject::Pair { .. } => 1,
        };
        for _ in 0..random.between(1, 5 * chairs) {
            let at = Millis(random.below(plan.safety.0));
            let chair = random.below(chairs) as usize;
            plan.actions.push((at, Action::Revoke(chair)));
        }
    }
}

fn troubles(plan: &mut Plan, honest: usize, random: &mut Random) {
    let is_product = matches!(plan.subject, Subject::Product { .. });
    let kinds: Vec<u64> = (0..3).filter(|_| random.chance(0.6)).collect();
    for _ in 0..random.below(12) {
        let at = Millis(random.below(plan.safety.0));
        let member = random.below(honest as u64) as usize;
        let away = random.between(10, 15_000);
        let back = at.after(Millis(away));
        if let Some(kind) = random.pick(&kinds) {
            if random.chance(0.4) {
                // A vote just before it happens, or while somebody is away.
                let early = random.below(3_000);
                let vote_at = if random.chance(0.5) {
                    Millis(at.0.saturating_sub(early))
                } else {
                    at.after(Millis(random.below(away)))
                };
                let option = random.below(OPTIONS as u64) as usize;
                plan.actions.push((vote_at, Action::Vote(member, option)));
            }
            match kind {
                0 => {
                    plan.actions.push((at, Action::Leave(member)));
                    plan.actions.push((back, Action::Come(member)));
                }
                1 => {
                    let span = Millis(random.between(100, 300_000));
                    plan.actions.push((at, Action::Freeze(member, span)));
                }
                _ if is_product => crash(plan, at, back, member, random),
                _ => comes_and_goes(plan, at, back, member, random),
            }
        }
    }
    if plan.safety.0 >= LONG.0 {
        long_sleeps(plan, honest, random);
    }
    let led = matches!(
        plan.subject,
        Subject::Pair {
            when: When::Leader,
            ..
        }
    );
    if led && random.chance(0.5) {
        // The first leader is away while the others have something to say.
        let at = random.below(plan.safety.0);
        let back = at + random.between(1_000, 15_000);
        plan.actions.push((Millis(at), Action::Leave(0)));
        plan.actions.push((Millis(back), Action::Come(0)));
        for _ in 0..random.between(3, 20) {
            let vote = Action::Vote(random.below(honest as u64) as usize, 0);
            plan.actions.push((Millis(random.between(at, back)), vote));
        }
    }
    let end = plan.safety;
    plan.actions.retain(|(at, _)| *at < end);
    if random.chance(0.06) {
        all_freeze(plan, honest, random);
    }
}

/// Everybody's lid is closed for about a minute. When they are opened again, some cannot hear
/// others, who vote: whatever was due meanwhile has to be done late, or nobody ever learns of it.
fn all_freeze(plan: &mut Plan, honest: usize, random: &mut Random) {
    let at = Millis(random.below(plan.safety.0));
    let span = random.between(40_000, 70_000);
    let awake = at.after(Millis(span + 1_000));
    plan.safety = plan.safety.max(awake).after(Millis(15_000));
    for member in 0..honest {
        let span = Millis(span + random.below(1_000));
        plan.actions.push((at, Action::Freeze(member, span)));
    }
    for _ in 0..3 {
        let vote_at = awake.after(Millis(random.below(15_000)));
        let member = random.below(honest as u64) as usize;
        let option = random.below(OPTIONS as u64) as usize;
        plan.actions.push((vote_at, Action::Vote(member, option)));
    }
    let one = random.below(honest as u64) as usize;
    let others = (0..plan.members).filter(|other| *other != one);
    plan.partitions.0.push(Partition {
        from: at,
        until: plan.safety,
        groups: vec![vec![one..=one], others.map(|other| other..=other).collect()],
        one_way: false,
    });
}

/// One or two sleep for minutes, and wake while there is time left, into a room that went on
/// without them.
fn long_sleeps(plan: &mut Plan, honest: usize, random: &mut Random) {
    for _ in 0..random.between(1, 2) {
        let at = random.below(plan.safety.0 / 4);
        let span = random.between(60_000, plan.safety.0 / 2);
        let member = random.below(honest as u64) as usize;
        let freeze = Action::Freeze(member, Millis(span));
        plan.actions.push((Millis(at), freeze));
        let vote_at = Millis(random.between(at, at + span));
        let voter = random.below(honest as u64) as usize;
        let option = random.below(OPTIONS as u64) as usize;
        plan.actions.push((vote_at, Action::Vote(voter, option)));
    }
}

/// A node whose connection is not to be relied on. It does not crash: see [`Action::Crash`].
fn comes_and_goes(plan: &mut Plan, at: Millis, back: Millis, member: usize, random: &mut Random) {
    let mut again = at;
    for _ in 0..random.between(2, 4) {
        plan.actions.push((again, Action::Leave(member)));
        again = again.after(Millis(random.between(1, 1_000)));
        plan.actions.push((again, Action::Come(member)));
        again = again.after(Millis(random.between(1, 1_000)));
    }
    plan.actions.push((back.max(again), Action::Come(member)));
}

/// A page that is loaded again, sometimes several times in a row before it is back.
fn crash(plan: &mut Plan, at: Millis, back: Millis, member: usize, random: &mut Random) {
    let times = if random.chance(0.2) {
        random.between(2, 4)
    } else {
        1
    };
    if random.chance(0.5) {
        // A vote may still be on its way to the disk then; and the next one is not to be mistaken
        // for it.
        let soon = Millis(at.0.saturating_sub(random.below(1_500)));
        let late = back.after(Millis(random.between(1, 5_000)));
        for at in [soon, late] {
            let option = random.below(OPTIONS as u64) as usize;
            plan.actions.push((at, Action::Vote(member, option)));
        }
    }
    let mut again = at;
    for _ in 0..times {
        let loss = if random.chance(0.5) {
            disk::Loss::LastWrites
        } else {
            disk::Loss::Nothing
        };
        let crash = Action::Crash(member, loss, Millis(0));
        plan.actions.push((again, crash));
        if random.chance(0.5) {
            plan.actions.push((again, Action::Come(member)));
        }
        again = again.after(Millis(random.between(1, 2_000)));
    }
    plan.actions.push((back.max(again), Action::Come(member)));
}

/// At least two stay.
fn dead(honest: usize, random: &mut Random) -> Vec<usize> {
    let most = if random.chance(0.4) {
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
