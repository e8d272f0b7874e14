//! Plans that the swarm found to fail with a pair of the broadcast family, shrunk, and kept for good.

#![cfg(not(target_arch = "wasm32"))]

use election_core::time::Millis;
use election_sim::network::latency::Latency;
use election_sim::network::loss::Loss;
use election_sim::network::partition::{Partition, Partitions};
use election_sim::pair::{When, Who};
use election_sim::relay::Limits;
use election_sim::swarm;
use election_sim::swarm::draw::FOR_EVER;
use election_sim::swarm::log::Log;
use election_sim::swarm::plan::{Action, Plan, Subject};
use election_sim::swarm::rates::Rates;
use election_sim::world::Clock;

/// A quiet room, in which nothing is done yet.
fn quiet(who: Who, when: When, members: usize, safety: u64) -> Plan {
    Plan {
        seed: 1,
        subject: Subject::Pair {
            who,
            when,
            held_back: 24,
            patience: FOR_EVER,
            rates: Rates::default(),
        },
        members,
        latency: Latency::Constant(Millis(10)),
        loss: Loss::None,
        duplication: 0.0,
        straggling: 0.0,
        partitions: Partitions(Vec::new()),
        relay: Limits::default(),
        clocks: vec![Clock::default(); members],
        safety: Millis(safety),
        actions: Vec::new(),
        latecomers: Vec::new(),
        dead: Vec::new(),
    }
}

fn assert_passes(plan: &Plan) {
    let failure = swarm::run(plan, Log::default()).failure;
    assert!(failure.is_none(), "{failure:?}\n{plan}");
}

/// Member 0 says one thing while it is out of the room, which comes to nobody; then another, which comes to member 1
/// only; then it is gone for good. The two that live could not see that they differ: up to the gap they are the same.
#[test]
fn what_is_beyond_the_gap_of_one_who_is_gone_comes_to_all_who_live() {
    for when in [When::Unordered, When::CausalNamed] {
        for who in [Who::Eager, Who::Gossip] {
            let mut plan = quiet(who, when, 3, 1_300);
            let vote = |member| Action::Vote(member, 0);
            let actions = [
                (1_000, Action::Leave(0)),
                (1_010, vote(0)),
                (1_020, Action::Come(0)),
                // Where messages name what they come after, these are named instead of what is missing.
                (1_030, vote(1)),
                (1_031, vote(1)),
                (1_200, vote(0)),
            ];
            plan.actions = actions.map(|(at, action)| (Millis(at), action)).into();
            plan.partitions = Partitions(vec![Partition {
                from: Millis(1_150),
                until: Millis(2_000),
                groups: vec![vec![0..=1], vec![2..=2]],
                one_way: false,
            }]);
            plan.dead = vec![0];
            assert_passes(&plan);
        }
    }
}
