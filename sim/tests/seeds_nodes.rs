//! Plans that the swarm found to fail with a pair of the broadcast family, shrunk, and kept for
//! good.

#![cfg(not(target_arch = "wasm32"))]

use election_core::time::Millis;
use election_sim::network::partition::{Partition, Partitions};
use election_sim::pair::{When, Who};
use election_sim::swarm;
use election_sim::swarm::draw::FOR_EVER;
use election_sim::swarm::log::Log;
use election_sim::swarm::plan::{Action, Plan, Subject};
use election_sim::swarm::rates::Rates;

/// A quiet room, in which nothing is done yet.
fn quiet(who: Who, when: When, members: usize, safety: u64) -> Plan {
    let subject = Subject::Pair {
        who,
        when,
        held_back: 24,
        patience: FOR_EVER,
        rates: Rates::default(),
    };
    Plan::quiet(1, subject, members, Millis(safety))
}

fn assert_passes(plan: &Plan) {
    let failure = swarm::run(plan, Log::default()).failure;
    assert!(failure.is_none(), "{failure:?}\n{plan}");
}

/// Member 0 says one thing while it is out of the room, which comes to nobody; then another, which
/// comes to member 1 only; then it is gone for good. The two that live could not see that they
/// differ: up to the gap they are the same.
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
                // Where messages name what they come after, these are named instead of what is
                // missing.
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

/// A plan that the swarm found under that seed, made short, with the smallest hold-back buffer.
fn shrunk(seed: u64, who: Who, when: When, members: usize, rates: Rates, safety: u64) -> Plan {
    let mut plan = quiet(who, when, members, safety);
    plan.seed = seed;
    if let Subject::Pair {
        held_back,
        rates: of_plan,
        ..
    } = &mut plan.subject
    {
        (*held_back, *of_plan) = (6, rates);
    }
    plan
}

fn votes<const N: usize>(plan: &mut Plan, votes: [(u64, usize); N]) {
    let vote = |(at, member)| (Millis(at), Action::Vote(member, 0));
    plan.actions = votes.map(vote).into();
}

/// An answer that has room for fewer messages than there are senders brought the same ones each
/// time, all of which had to wait for one that it did not bring, and pushed that one out of the
/// smallest buffer.
#[test]
fn an_answer_does_not_begin_with_the_same_sender_each_time() {
    let rates = Rates {
        own_fan_out: 7,
        own_tick: Millis(159),
        fan_out: 2,
        tick: Millis(99),
        compare_every: Millis(1_614),
        grace: Millis(431),
        answer_messages: 4,
        ..Rates::default()
    };
    let mut plan = shrunk(60_002_211, Who::Gossip, When::Causal, 10, rates, 23_533);
    if let Subject::Pair { patience, .. } = &mut plan.subject {
        *patience = Millis(1_094);
    }
    let sides = |members: [usize; 5]| members.map(|member| member..=member).into();
    plan.partitions = Partitions(vec![Partition {
        from: Millis(2_552),
        until: Millis(21_248),
        groups: vec![sides([0, 1, 2, 6, 9]), sides([3, 4, 5, 7, 8])],
        one_way: false,
    }]);
    votes(
        &mut plan,
        [
            (13_158, 5),
            (13_372, 9),
            (13_572, 6),
            (14_100, 2),
            (14_405, 0),
            (15_492, 2),
            (15_682, 2),
            (16_467, 0),
            (16_480, 6),
            (19_958, 1),
            (20_552, 5),
            (21_450, 1),
            (23_360, 7),
            (23_532, 1),
        ],
    );
    assert_passes(&plan);

    let rates = Rates {
        own_fan_out: 7,
        own_tick: Millis(35),
        fan_out: 3,
        tick: Millis(95),
        compare_every: Millis(1_911),
        grace: Millis(440),
        answer_messages: 5,
        ..Rates::default()
    };
    let mut plan = shrunk(60_005_536, Who::Gossip, When::CausalNamed, 7, rates, 29_750);
    plan.latecomers = vec![5];
    votes(
        &mut plan,
        [
            (8_158, 6),
            (10_114, 0),
            (10_297, 3),
            (13_011, 2),
            (13_565, 1),
            (15_329, 4),
            (15_358, 1),
            (16_278, 4),
            (17_567, 3),
            (18_365, 4),
            (21_496, 2),
            (21_503, 0),
        ],
    );
    assert_passes(&plan);
}

/// One who was away had no room for a message of the leader's, because it holds those with lower
/// numbers that wait for their places: and those came in what the leader sent next. An answer
/// brought the first message of each sender that it lacked, whatever sender it began with, and so
/// never that one.
#[test]
fn an_answer_does_not_bring_the_first_message_of_each_sender_for_ever() {
    let rates = Rates {
        compare_every: Millis(805),
        grace: Millis(15),
        answer_messages: 8,
        ..Rates::default()
    };
    let mut plan = shrunk(50_002_885, Who::Eager, When::Leader, 9, rates, 24_699);
    votes(
        &mut plan,
        [
            (15_835, 2),
            (17_812, 0),
            (18_031, 1),
            (19_069, 7),
            (19_275, 2),
            (19_456, 1),
            (20_108, 4),
            (20_190, 6),
            (20_711, 5),
            (21_610, 5),
            (22_001, 7),
            (22_164, 6),
            (22_709, 8),
            (24_425, 3),
            (24_698, 4),
        ],
    );
    plan.actions.insert(0, (Millis(15_006), Action::Leave(3)));
    assert_passes(&plan);
}

/// Of few messages that may wait to be passed on, all were others' heartbeats whenever this one's
/// own was due: nobody heard from it.
#[test]
fn what_is_passed_on_does_not_keep_ones_own_from_leaving() {
    let mut plan = quiet(Who::Gossip, When::Lamport, 5, 10_982);
    plan.seed = 212_088;
    if let Subject::Pair { rates, .. } = &mut plan.subject {
        *rates = Rates {
            own_fan_out: 8,
            own_tick: Millis(0),
            fan_out: 3,
            tick: Millis(95),
            max_waiting: 3,
            compare_every: Millis(1_133),
            grace: Millis(159),
            answer_messages: 10,
        };
    }
    votes(&mut plan, [(10_981, 2)]);
    plan.actions.insert(0, (Millis(10_356), Action::Leave(0)));
    assert_passes(&plan);
}
