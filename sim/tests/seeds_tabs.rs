//! Plans that the swarm found to fail with the tab that ships, shrunk, and kept for good.

#![cfg(not(target_arch = "wasm32"))]

use election_core::poll::method::Method;
use election_core::time::Millis;
use election_sim::swarm;
use election_sim::swarm::log::Log;
use election_sim::swarm::plan::{Action, Plan, Subject};

/// So many tabs in so many precincts on a network without troubles, the first of them the chair's.
fn quiet(members: usize, precincts: u16, safety: u64) -> Plan {
    let subject = Subject::Product {
        method: Method::Single,
        attackers: 0,
        chairs: 1,
        settled: 0,
        precincts,
    };
    Plan::quiet(1, subject, members, Millis(safety))
}

fn assert_passes(plan: &Plan) {
    let failure = swarm::run(plan, Log::default()).failure;
    assert!(failure.is_none(), "{failure:?}\n{plan}");
}

/// The chair struck a return before its members had stated it, and one that a sleeping member did
/// not know. Neither signs what is struck, so that what they had signed before, of fewer ballots,
/// was shown everywhere else from then on.
#[test]
fn what_is_struck_does_not_bring_back_what_was_claimed_before_it() {
    let mut plan = quiet(3, 2, 10_482);
    plan.actions = vec![
        (Millis(10_169), Action::Vote(2, 0)),
        (Millis(10_481), Action::Strike(0, 0)),
    ];
    assert_passes(&plan);

    let mut plan = quiet(4, 2, 250_822);
    plan.actions = vec![
        (Millis(221_494), Action::Vote(3, 3)),
        (Millis(224_367), Action::Freeze(3, Millis(145_604))),
        (Millis(250_821), Action::Strike(0, 1)),
    ];
    assert_passes(&plan);
}
