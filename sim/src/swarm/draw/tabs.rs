//! Troubles that only tabs have: precincts, strangers, a relay that is not honest, worse disks and
//! clocks, newer versions, and too little room.

use election_core::time::Millis;

use crate::network::loss::Loss;
use crate::product::disk;
use crate::random::Random;
use crate::relay::dishonest::Dishonesty;
use crate::swarm::plan::{Action, Manner, Plan, Strangers, Subject};

/// Until what is claimed has stood for long enough, and what came of it has been seen.
const LINGER: Millis = Millis(150_000);
/// The most that a clock is set back, in ms: three hours.
const SET_BACK: u64 = 3 * 60 * 60 * 1_000;
/// The longest safety phase with strangers in the room.
const LONGEST_AMONG_STRANGERS: Millis = Millis(40_000);

/// Troubles that only tabs have: precincts, a relay that is not honest, worse disks and clocks, and
/// newer versions.
pub(super) fn troubles(plan: &mut Plan, honest: usize, random: &mut Random) {
    // Not among strangers: there some boards still differ when the run ends, and it is not known why.
    if plan.strangers.is_none() && random.chance(0.25) {
        in_precincts(plan, honest, random);
    }
    plan.dishonesty = dishonesty(honest, random);
    if !plan.heals && plan.precincts() > 1 {
        // Nothing is promised of claims to those who hear no disputes.
        plan.dishonesty.deprived.clear();
    } else if !plan.heals {
        // Where nobody ever hears what is spread, nobody can be replied to.
        let hears = (0..honest).find(|member| !plan.dead.contains(member));
        hears.map(|member| plan.dishonesty.deprived.remove(&member));
    }
    if random.chance(0.15) {
        plan.newer = (0..honest).filter(|_| random.chance(0.4)).collect();
    }
    let (rots, backs_up, set_back, jumps) = (
        random.chance(0.2),
        random.chance(0.2),
        random.chance(0.2),
        random.chance(0.2),
    );
    let mut more = Vec::new();
    for (at, action) in &mut plan.actions {
        let Action::Crash(member, loss, back) = action else {
            continue;
        };
        if rots && random.chance(0.5) {
            *loss = disk::Loss::Middle;
        } else if backs_up && random.chance(0.5) {
            *loss = disk::Loss::Backup;
            let earlier = Millis(random.below(at.0));
            more.push((earlier, Action::BackUp(*member)));
        }
        if set_back && random.chance(0.5) {
            *back = Millis(random.between(1, SET_BACK));
        }
    }
    if set_back {
        // Or there would be no time to go back to.
        for clock in &mut plan.clocks {
            clock.skew = clock.skew.after(Millis(10 * SET_BACK));
        }
    }
    for _ in 0..if jumps { random.between(1, 4) } else { 0 } {
        let at = Millis(random.below(plan.safety.0));
        let member = random.below(honest as u64) as usize;
        let most = [10_000, SET_BACK][random.below(2) as usize];
        let by = Millis(random.between(500, most));
        // All at once, as on one machine that slept.
        let members = match random.chance(0.3) {
            true => 0..honest,
            false => member..member + 1,
        };
        more.extend(members.map(|member| (at, Action::Jump(member, by))));
    }
    plan.actions.append(&mut more);
    plan.actions.sort_by_key(|(at, _)| *at);
    if random.chance(0.2) {
        little_room(plan, honest, random);
    }
}

/// Room for fewer voters, entries and changes than there are; sometimes just enough.
fn little_room(plan: &mut Plan, honest: usize, random: &mut Random) {
    if random.chance(0.7) {
        plan.capacity.registers = random.between(1, honest as u64) as usize;
    }
    if random.chance(0.7) {
        plan.capacity.entries = random.between(1, 3) as usize;
    }
    plan.capacity.unknown = random.between(1, 8) as usize;
    if random.chance(0.5) {
        plan.max_seq = random.below(4) as u32;
    }
}

/// In several precincts, and what is done in such polls.
fn in_precincts(plan: &mut Plan, honest: usize, random: &mut Random) {
    let most = (honest as u64 / 2).clamp(2, 5);
    let many = random.between(2, most) as u16;
    if let Subject::Product { precincts, .. } = &mut plan.subject {
        *precincts = many;
    }
    if random.chance(0.3) {
        plan.linger = LINGER;
    }
    let span = plan.safety.0;
    let mut add = |action, random: &mut Random| {
        let at = Millis(random.below(span));
        plan.actions.push((at, action));
    };
    let precinct = |random: &mut Random| random.below(u64::from(many)) as u16;
    for _ in 0..random.below(3) {
        add(Action::Strike(0, precinct(random)), random);
    }
    for _ in 0..random.below(4) {
        let member = random.below(honest as u64) as usize;
        add(Action::Audit(member, precinct(random)), random);
    }
    if random.chance(0.3) {
        for member in (0..honest)
            .filter(|_| random.chance(0.4))
            .collect::<Vec<_>>()
        {
            let at = random.below(span);
            let again = random.between(at, span - 1);
            plan.actions.push((Millis(at), Action::Shut(member, true)));
            plan.actions
                .push((Millis(again), Action::Shut(member, false)));
        }
    }
}

fn dishonesty(honest: usize, random: &mut Random) -> Dishonesty {
    let mut dishonesty = Dishonesty::default();
    if random.chance(0.15) {
        dishonesty.deprived = (0..honest).filter(|_| random.chance(0.4)).collect();
    }
    let mut sometimes = |most: f64| {
        if random.chance(0.1) {
            random.unit() * most
        } else {
            0.0
        }
    };
    dishonesty.relabelling = sometimes(0.3);
    dishonesty.resizing = sometimes(1.0);
    dishonesty.replaying = sometimes(0.3);
    dishonesty
}

/// A room full of those who do not belong there. Not in long plans, in which they would take all
/// the time.
pub(super) fn strangers(plan: &mut Plan, random: &mut Random) {
    let is_product = matches!(plan.subject, Subject::Product { .. });
    if !is_product || plan.safety >= LONGEST_AMONG_STRANGERS || !random.chance(0.2) {
        return;
    }
    let (manner, most) = [
        (Manner::Silent, 200),
        (Manner::OpenSessions, 20),
        (Manner::Forge, 5),
        (Manner::SendOrphans, 5),
    ][random.below(4) as usize];
    let count = random.between(most / 5, most) as usize;
    plan.strangers = Some(Strangers { manner, count });
    plan.heals = random.chance(0.5);
    if !plan.heals {
        let share = random.unit() * 0.2;
        plan.loss = Loss::even(share).unwrap_or(Loss::None);
    }
}
