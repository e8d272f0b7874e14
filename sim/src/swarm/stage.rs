//! The two phases of a run, whatever takes part.

use std::collections::{BTreeMap, BTreeSet};

use election_core::time::Millis;

use super::mark::Mark;
use super::plan::{Action, Plan};
use crate::network::loss::Loss;
use crate::network::{Faults, partition::Cuts};
use crate::process::Process;
use crate::random::Random;
use crate::relay::Limits;
use crate::world::{Settings, Watch, World};

/// How long the living have to agree once all is well. A session that somebody keeps alive takes up to two minutes.
pub const LIVENESS: Millis = Millis(400_000);
/// How often it is looked whether they do.
const LOOK_EVERY: Millis = Millis(2_000);
/// For so many looks in a row they have to agree before the run is over.
const LOOKS: u32 = 3;

/// What is done to members, and how it is seen that they agree.
pub trait Director<P: Process>: Watch<P> {
    /// It votes, or broadcasts.
    fn vote(&mut self, world: &mut World<P>, member: usize, option: usize);
    /// It revokes a ballot, if it can.
    fn revoke(&mut self, _world: &mut World<P>, _member: usize) {}
    /// It starts again from its disk. It is not in the room.
    fn crash(&mut self, _world: &mut World<P>, _member: usize, _lose_last_writes: bool) {}
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
        // A plan's partitions name members of the room only: what is drawn or shrunk can be prepared.
        cuts: plan.partitions.prepare(plan.members).unwrap_or_default(),
    };
    let relay = Some(plan.relay);
    World::new(Settings { faults, relay }, random)
}

/// Whether that member is there to the end.
#[must_use]
pub fn lives(plan: &Plan, member: usize) -> bool {
    !plan.dead.contains(&member)
}

/// Both phases. Gives how long the living had to agree.
pub fn run<P: Process>(
    plan: &Plan,
    world: &mut World<P>,
    director: &mut impl Director<P>,
) -> Millis {
    for member in 0..plan.members {
        if !plan.latecomers.contains(&member) {
            world.connect(member, director);
        }
    }
    for (at, action) in &plan.actions {
        world.run_until(*at, director);
        act(world, director, *action);
    }
    world.run_until(plan.safety, director);
    heal(plan, world, director);
    let start = world.now();
    let mut looks = 0;
    while looks < LOOKS && world.now() - start < LIVENESS {
        world.run_until(world.now().after(LOOK_EVERY), director);
        looks = if director.agree(world) { looks + 1 } else { 0 };
    }
    world.now() - start
}

fn act<P: Process>(world: &mut World<P>, director: &mut impl Director<P>, action: Action) {
    let frozen = world.is_frozen(action.member());
    match action {
        Action::Vote(member, option) if !frozen => director.vote(world, member, option),
        Action::Revoke(member) if !frozen => director.revoke(world, member),
        Action::Vote(..) | Action::Revoke(_) => {}
        Action::Leave(member) => world.disconnect(member, director),
        Action::Come(member) => world.connect(member, director),
        Action::Freeze(member, span) => world.freeze(member, world.now().after(span)),
        Action::Crash(member, lose_last_writes) => {
            world.disconnect(member, director);
            director.crash(world, member, lose_last_writes);
        }
    }
}

/// The network is well from now on; the dead are gone and the others come back, those too that slept.
fn heal<P: Process>(plan: &Plan, world: &mut World<P>, director: &mut impl Director<P>) {
    let faults = world.faults();
    faults.loss = Loss::None;
    faults.duplication = 0.0;
    faults.straggling = 0.0;
    faults.cuts = Cuts::default();
    world.set_relay(Some(Limits::default()));
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

/// The marks that follow from the plan and from what the world counted.
#[must_use]
pub fn marks<P: Process>(plan: &Plan, world: &World<P>) -> BTreeSet<Mark> {
    let counters = world.counters();
    let (one_way, both): (Vec<_>, Vec<_>) = plan.partitions.0.iter().partition(|cut| cut.one_way);
    let long = |action: &Action| matches!(action, Action::Freeze(_, span) if span.0 >= 60_000);
    let mut frozen_at: BTreeMap<Millis, BTreeSet<usize>> = BTreeMap::new();
    for (at, action) in &plan.actions {
        if let Action::Freeze(member, _) = action {
            frozen_at.entry(*at).or_default().insert(*member);
        }
    }
    let mut frozen = frozen_at.values();
    let met = [
        (
            frozen.any(|all| all.len() == plan.honest()),
            Mark::AllFrozen,
        ),
        (counters.cut > 0 && one_way.is_empty(), Mark::PartitionMet),
        (counters.cut > 0 && both.is_empty(), Mark::OneWayMet),
        (counters.overflowed > 0, Mark::RelayOverflowed),
        (!plan.dead.is_empty(), Mark::DiedForGood),
        (
            plan.actions.iter().any(|(_, action)| long(action)),
            Mark::LongFreeze,
        ),
    ];
    let met = met.into_iter().filter(|(met, _)| *met);
    met.map(|(_, mark)| mark).collect()
}
