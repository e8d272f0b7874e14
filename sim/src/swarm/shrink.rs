//! The shortest plan that still fails in the same way.
//!
//! Pieces of the plan are taken out, large ones first, as long as the run still fails with the same
//! kind of failure: the delta debugging of A. Zeller, R. Hildebrandt, "Simplifying and isolating
//! failure-inducing input", IEEE TSE 28(2), 2002, in its simple, greedy form.

use election_core::ballots::capacity::Capacity;
use election_core::time::Millis;

use super::log::Log;
use super::plan::{Plan, Subject};
use super::rates::Rates;
use crate::network::latency::Latency;
use crate::network::loss::Loss;
use crate::relay::Limits;
use crate::world::Clock;

/// The most runs that are spent on it.
pub const MAX_RUNS: usize = 400;

/// Shrinks a plan that fails with that kind of failure. `fails` says how a plan fails, if it does.
#[must_use]
pub fn shrink(
    plan: &Plan,
    kind: &str,
    mut fails: impl FnMut(&Plan) -> Option<&'static str>,
) -> Plan {
    let mut shortest = plan.clone();
    let mut runs = 0;
    let mut still_fails = |candidate: &Plan, runs: &mut usize| {
        *runs += 1;
        fails(candidate) == Some(kind)
    };
    loop {
        let before = shortest.clone();
        for candidate in simpler(&shortest.clone()) {
            // Each was made from the plan before the ones ahead of it were taken, so only the
            // change counts.
            let candidate = candidate(&shortest);
            if candidate != shortest && runs < MAX_RUNS && still_fails(&candidate, &mut runs) {
                shortest = candidate;
            }
        }
        let mut size = shortest.actions.len().div_ceil(2);
        while size > 0 {
            let mut start = 0;
            while start < shortest.actions.len() && runs < MAX_RUNS {
                let mut candidate = shortest.clone();
                let end = (start + size).min(candidate.actions.len());
                candidate.actions.drain(start..end);
                if still_fails(&candidate, &mut runs) {
                    shortest = candidate;
                } else {
                    start += size;
                }
            }
            size /= 2;
        }
        if shortest == before || runs >= MAX_RUNS {
            return shortest;
        }
    }
}

type Change = Box<dyn Fn(&Plan) -> Plan>;

/// Changes that make a plan simpler.
fn simpler(plan: &Plan) -> Vec<Change> {
    fn change(of: impl Fn(&mut Plan) + 'static) -> Change {
        Box::new(move |plan| {
            let mut plan = plan.clone();
            of(&mut plan);
            plan
        })
    }
    let mut changes = vec![
        change(|plan| plan.loss = Loss::None),
        change(|plan| plan.duplication = 0.0),
        change(|plan| plan.straggling = 0.0),
        change(|plan| plan.relay = Limits::default()),
        change(|plan| plan.dishonesty.deprived.clear()),
        change(|plan| plan.dishonesty.relabelling = 0.0),
        change(|plan| plan.dishonesty.resizing = 0.0),
        change(|plan| plan.dishonesty.replaying = 0.0),
        change(|plan| plan.linger = Millis(0)),
        change(|plan| plan.newer.clear()),
        change(|plan| plan.capacity = Capacity::default()),
        change(|plan| plan.clocks = vec![Clock::default(); plan.members]),
        change(|plan| plan.latency = Latency::Constant(Millis(10))),
        change(|plan| plan.partitions.0.clear()),
        change(|plan| plan.dead.clear()),
        change(|plan| plan.strangers = None),
        change(|plan| plan.heals = true),
        change(|plan| {
            if let Some(strangers) = &mut plan.strangers {
                strangers.count = strangers.count.div_ceil(2);
            }
        }),
        change(|plan| {
            if let Subject::Product { attackers, .. } = &mut plan.subject
                && *attackers > 0
            {
                *attackers -= 1;
                remove_member(plan, plan.members - 1);
            }
        }),
        change(|plan| {
            if let Subject::Product { chairs, .. } = &mut plan.subject {
                *chairs = 1;
            }
        }),
        change(|plan| {
            if let Subject::Product { settled, .. } = &mut plan.subject {
                *settled = 0;
            }
        }),
        change(|plan| {
            if let Subject::Product { precincts, .. } = &mut plan.subject {
                *precincts = 1;
            }
        }),
        change(|plan| {
            if let Subject::Pair { rates, .. } = &mut plan.subject {
                *rates = Rates::default();
            }
        }),
        change(|plan| {
            plan.safety = plan
                .actions
                .last()
                .map_or(Millis(1), |(at, _)| at.after(Millis(1)))
        }),
    ];
    for place in (0..plan.partitions.0.len()).rev() {
        changes.push(change(move |plan| {
            if place < plan.partitions.0.len() {
                plan.partitions.0.remove(place);
            }
        }));
    }
    for member in (1..plan.members).rev() {
        changes.push(change(move |plan| {
            // Partitions name members by their number, so that only a plan without them can do
            // without one of these.
            if plan.members > 2
                && member < plan.members
                && !plan.is_attacker(member)
                && plan.partitions.0.is_empty()
            {
                remove_member(plan, member);
            }
        }));
        changes.push(change(move |plan| plan.dead.retain(|dead| *dead != member)));
        changes.push(change(move |plan| {
            plan.latecomers.retain(|late| *late != member);
        }));
    }
    changes
}

fn remove_member(plan: &mut Plan, member: usize) {
    let moved = |other: usize| other - usize::from(other > member);
    plan.members -= 1;
    plan.clocks.remove(member);
    for list in [&mut plan.dead, &mut plan.latecomers, &mut plan.newer] {
        list.retain(|other| *other != member);
        list.iter_mut().for_each(|other| *other = moved(*other));
    }
    plan.actions.retain(|(_, action)| action.member() != member);
    for (_, action) in &mut plan.actions {
        let other = action.member_mut();
        *other = moved(*other);
    }
    let deprived = &plan.dishonesty.deprived;
    let others = deprived.iter().filter(|other| **other != member);
    plan.dishonesty.deprived = others.map(|other| moved(*other)).collect();
}

/// Shrinks a plan by running it.
#[must_use]
pub fn by_running(plan: &Plan, kind: &str) -> Plan {
    shrink(plan, kind, |candidate| {
        super::run(candidate, Log::default())
            .failure
            .map(|failure| failure.kind())
    })
}

#[cfg(test)]
mod tests {
    use super::super::draw;
    use super::super::plan::Action;
    use super::*;

    #[test]
    fn what_does_not_matter_goes_and_what_does_stays() {
        let plan = (0..100)
            .map(draw::plan)
            .find(|plan| {
                let freezes =
                    |(_, action): &(Millis, Action)| matches!(action, Action::Freeze(2, _));
                plan.actions.iter().any(freezes) && plan.members > 4 && plan.loss != Loss::None
            })
            .unwrap_or_else(|| unreachable!("such a plan is among the first hundred"));
        let mut runs = 0;
        let fails = |plan: &Plan| {
            runs += 1;
            let freezes = |(_, action): &(Millis, Action)| matches!(action, Action::Freeze(..));
            let fails = plan.loss != Loss::None && plan.actions.iter().any(freezes);
            fails.then_some("made-up")
        };
        let shortest = shrink(&plan, "made-up", fails);
        assert_eq!(shortest.actions.len(), 1);
        assert!(matches!(shortest.actions[0].1, Action::Freeze(..)));
        assert_ne!(shortest.loss, Loss::None);
        assert_eq!(shortest.members, 2);
        assert!(shortest.partitions.0.is_empty() && shortest.dead.is_empty());
        assert!(runs <= MAX_RUNS);
    }
}
