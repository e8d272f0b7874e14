//! The two phases of a run, whatever takes part.

use std::collections::{BTreeMap, BTreeSet};

use election_core::time::Millis;

use super::mark::Mark;
use super::plan::{Action, Plan, Subject};
use crate::network::loss::Loss;
use crate::network::{Faults, partition::Cuts};
use crate::process::Process;
use crate::product::disk;
use crate::random::Random;
use crate::relay::Limits;
use crate::relay::dishonest::Dishonesty;
use crate::world::{Settings, Watch, World};

/// How long the living have to agree once all is well. A session that somebody keeps alive takes up
/// to two minutes.
pub const LIVENESS: Millis = Millis(400_000);
/// The same for a pair: with the smallest buffers and the shortest answers, of many messages few at
/// a time can be delivered.
pub const LIVENESS_OF_PAIRS: Millis = Millis(2_000_000);
/// The same of tabs that have too little room: where comparing brought nothing for long, they pause
/// for up to a minute.
pub const LIVENESS_OF_FULL: Millis = Millis(1_200_000);
/// How often it is looked whether they do.
const LOOK_EVERY: Millis = Millis(2_000);
/// For so many looks in a row they have to agree before the run is over.
const LOOKS: u32 = 3;
/// A long sleep.
pub const LONG: Millis = Millis(60_000);

/// The most packets of a run. No plan needs a tenth of them: where more are sent, packets lead to
/// ever more packets.
pub const MOST_SENT: u64 = 2_000_000;

/// What is done to members, and how it is seen that they agree.
pub trait Director<P: Process>: Watch<P> {
    /// It votes, or broadcasts.
    fn vote(&mut self, world: &mut World<P>, member: usize, option: usize);
    /// Somebody does, or something is done to them, that is peculiar to such processes.
    fn act(&mut self, _world: &mut World<P>, _action: Action) {}
    /// It starts again from its disk. It is not in the room.
    fn crash(&mut self, _world: &mut World<P>, _member: usize, _loss: disk::Loss) {}
    /// The network has just healed.
    fn healed(&mut self, _world: &mut World<P>) {}
    /// Whether the living agree.
    fn agree(&mut self, world: &mut World<P>) -> bool;
}

/// The world of a plan, still empty.
#[must_use]
pub fn world<P: Process>(plan: &Plan, random: &mut Random) -> World<P> {
    let faults = Faults {
        latency: plan.latency,
        loss: plan.loss,
        duplication: plan.duplication,
        straggling: plan.straggling,
        // A plan's partitions name members of the room only: what is drawn or shrunk can be
        // prepared.
        cuts: plan.partitions.prepare(everybody(plan)).unwrap_or_default(),
    };
    let relay = Some(plan.relay);
    let mut world = World::new(Settings { faults, relay }, random);
    world.dishonesty().clone_from(&plan.dishonesty);
    world
}

/// How many connections there are, the strangers last.
#[must_use]
pub fn everybody(plan: &Plan) -> usize {
    plan.members + plan.strangers.map_or(0, |strangers| strangers.count)
}

/// Whether that member is there to the end.
#[must_use]
pub fn lives(plan: &Plan, member: usize) -> bool {
    !plan.dead.contains(&member)
}

/// How a run went, whatever took part.
#[derive(Debug, Clone, Copy)]
pub struct Course {
    /// How long the living had to agree.
    pub had: Millis,
    /// Whether a member slept for [`LONG`] or more and woke by itself, in the room.
    pub slept_long: bool,
}

/// Who sleeps, since when and until when.
#[derive(Debug, Default)]
struct Sleepers(BTreeMap<usize, (Millis, Millis)>);

impl Sleepers {
    fn sleeps(&mut self, member: usize, now: Millis, until: Millis) {
        let (_, end) = self.0.entry(member).or_insert((now, until));
        *end = until.max(*end);
    }

    /// It is no longer its own sleep that ends.
    fn crashed(&mut self, member: usize) {
        self.0.remove(&member);
    }

    /// Forgets whoever is awake, and says whether one of them slept for long and is in the room. To
    /// be called before anybody comes or goes.
    fn woke_late(&mut self, now: Millis, is_connected: impl Fn(usize) -> bool) -> bool {
        let mut late = false;
        self.0.retain(|member, (since, until)| {
            let awake = *until <= now;
            late |= awake && *until - *since >= LONG && is_connected(*member);
            !awake
        });
        late
    }
}

/// Both phases.
pub fn run<P: Process>(
    plan: &Plan,
    world: &mut World<P>,
    director: &mut impl Director<P>,
) -> Course {
    let mut sleepers = Sleepers::default();
    let mut slept_long = false;
    for member in 0..world.len() {
        if !plan.latecomers.contains(&member) {
            world.connect(member, director);
        }
    }
    for (at, action) in &plan.actions {
        run_until(world, *at, director);
        slept_long |= sleepers.woke_late(world.now(), |member| world.is_connected(member));
        act(world, director, *action);
        match *action {
            Action::Freeze(member, span) => {
                sleepers.sleeps(member, world.now(), world.now().after(span));
            }
            Action::Crash(member, ..) => sleepers.crashed(member),
            _ => {}
        }
    }
    run_until(world, plan.safety, director);
    slept_long |= sleepers.woke_late(world.now(), |member| world.is_connected(member));
    heal(plan, world, director);
    let start = world.now();
    let most = match plan.subject {
        Subject::Product { .. } if plan.is_tight() => LIVENESS_OF_FULL,
        Subject::Product { .. } => LIVENESS,
        Subject::Pair { .. } => LIVENESS_OF_PAIRS,
    };
    let mut looks = 0;
    let lingers = |world: &World<P>| world.now() - start < plan.linger;
    while (looks < LOOKS || lingers(world))
        && world.now() - start < most
        && world.counters().sent <= MOST_SENT
    {
        let next_look = world.now().after(LOOK_EVERY);
        run_until(world, next_look, director);
        looks = if director.agree(world) { looks + 1 } else { 0 };
    }
    Course {
        had: world.now() - start,
        slept_long,
    }
}

/// Lets everything happen until then; in a storm, until there is no doubt that it is one.
fn run_until<P: Process>(world: &mut World<P>, end: Millis, director: &mut impl Director<P>) {
    while world.counters().sent <= MOST_SENT {
        if !world.step(end, director) {
            // Nothing is left to happen: only the time goes on.
            world.run_until(end, director);
            return;
        }
    }
}

fn act<P: Process>(world: &mut World<P>, director: &mut impl Director<P>, action: Action) {
    let frozen = world.is_frozen(action.member());
    match action {
        Action::Vote(member, option) if !frozen => director.vote(world, member, option),
        Action::Revoke(_) | Action::Strike(..) | Action::Audit(..) if !frozen => {
            director.act(world, action);
        }
        Action::Vote(..) | Action::Revoke(_) | Action::Strike(..) | Action::Audit(..) => {}
        Action::Shut(..) | Action::BackUp(_) => director.act(world, action),
        Action::Leave(member) => world.disconnect(member, director),
        Action::Come(member) => world.connect(member, director),
        Action::Freeze(member, span) => world.freeze(member, world.now().after(span)),
        Action::Jump(member, by) => world.jump(member, by),
        Action::Crash(member, loss, back) => {
            world.disconnect(member, director);
            world.set_back(member, back);
            director.crash(world, member, loss);
        }
    }
}

/// The network is well from now on, if it heals, and the strangers are gone; the dead are gone and
/// the others come back, those too that slept.
fn heal<P: Process>(plan: &Plan, world: &mut World<P>, director: &mut impl Director<P>) {
    let faults = world.faults();
    faults.cuts = Cuts::default();
    if plan.heals {
        faults.loss = Loss::None;
        faults.duplication = 0.0;
        faults.straggling = 0.0;
        for stranger in plan.members..world.len() {
            world.disconnect(stranger, director);
        }
    }
    world.set_relay(Some(Limits::default()));
    let dishonesty = std::mem::take(world.dishonesty());
    if !plan.heals {
        *world.dishonesty() = Dishonesty {
            deprived: dishonesty.deprived,
            resizing: dishonesty.resizing,
            ..Dishonesty::default()
        };
    }
    world.announce_all();
    // Who was lied to about who is who meets the honest relay under other handles.
    if plan.dishonesty.relabelling > 0.0 {
        for member in 0..world.len() {
            world.disconnect(member, director);
        }
        for stranger in plan.members..world.len() {
            if !plan.heals {
                world.connect(stranger, director);
            }
        }
    }
    for member in 0..plan.members {
        if !lives(plan, member) {
            world.disconnect(member, director);
            world.freeze(member, Millis(u64::MAX));
        } else if world.is_frozen(member) {
            world.disconnect(member, director);
            world.thaw(member);
        }
    }
    director.healed(world);
    for member in (0..plan.members).filter(|member| lives(plan, *member)) {
        world.connect(member, director);
    }
}

/// The marks that follow from the plan, from what the world counted, and from the course of the
/// run.
#[must_use]
pub fn marks<P: Process>(plan: &Plan, world: &World<P>, course: &Course) -> BTreeSet<Mark> {
    let counters = world.counters();
    let (one_way, both): (Vec<_>, Vec<_>) = plan.partitions.0.iter().partition(|cut| cut.one_way);
    let mut frozen_at: BTreeMap<Millis, BTreeSet<usize>> = BTreeMap::new();
    for (at, action) in &plan.actions {
        if let Action::Freeze(member, _) = action {
            frozen_at.entry(*at).or_default().insert(*member);
        }
    }
    let mut frozen = frozen_at.values();
    let jumps = |(_, action): &(_, Action)| match action {
        Action::Jump(_, by) => *by >= LONG,
        _ => false,
    };
    let goes_back = |(_, action): &(_, Action)| match action {
        Action::Crash(.., back) => *back > Millis(0),
        _ => false,
    };
    let met = [
        (
            frozen.any(|all| all.len() == plan.honest()),
            Mark::AllFrozen,
        ),
        (counters.cut > 0 && one_way.is_empty(), Mark::PartitionMet),
        (counters.cut > 0 && both.is_empty(), Mark::OneWayMet),
        (counters.overflowed > 0, Mark::RelayOverflowed),
        (!plan.dead.is_empty(), Mark::DiedForGood),
        (course.slept_long, Mark::LongFreeze),
        (plan.strangers.is_some(), Mark::AmongStrangers),
        (!plan.heals, Mark::NotHealed),
        (counters.withheld > 0, Mark::RelayWithheld),
        (counters.relabelled > 0, Mark::RelayRelabelled),
        (counters.resized > 0, Mark::RelayMisnumbered),
        (counters.replayed > 0, Mark::RelayReplayed),
        (plan.honest() > 16, Mark::ManyMembers),
        (plan.actions.iter().any(jumps), Mark::ClockJumped),
        (plan.actions.iter().any(goes_back), Mark::ClockSetBack),
    ];
    let met = met.into_iter().filter(|(met, _)| *met);
    met.map(|(_, mark)| mark).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_sleep_ends_by_itself_and_in_the_room() {
        let asleep = || {
            let mut sleepers = Sleepers::default();
            sleepers.sleeps(1, Millis(0), Millis(40_000));
            sleepers.sleeps(1, Millis(30_000), Millis(70_000));
            sleepers
        };
        assert!(!asleep().woke_late(Millis(69_999), |_| true));
        assert!(asleep().woke_late(Millis(70_000), |member| member == 1));
        assert!(!asleep().woke_late(Millis(70_000), |_| false));
        let mut crashed = asleep();
        crashed.crashed(1);
        assert!(!crashed.woke_late(Millis(70_000), |_| true));
        let mut short = Sleepers::default();
        short.sleeps(1, Millis(0), Millis(59_999));
        assert!(!short.woke_late(Millis(60_000), |_| true));
        let mut once = asleep();
        assert!(once.woke_late(Millis(80_000), |_| true));
        assert!(!once.woke_late(Millis(90_000), |_| true), "told already");
    }
}
