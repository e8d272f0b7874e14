//! Kept seeds: what the swarm once found, as the shortest plan that still failed. A plan is written
//! out as data, because the plan that a seed draws changes when the drawing does.

#![cfg(not(target_arch = "wasm32"))]

use election_core::time::Millis;
use election_sim::network::latency::Latency;
use election_sim::network::loss::Loss;
use election_sim::pair::{When, Who};
use election_sim::swarm::draw::FOR_EVER;
use election_sim::swarm::log::Log;
use election_sim::swarm::plan::{Action, Plan, Subject};
use election_sim::swarm::rates::Rates;
use election_sim::swarm::run;
use election_sim::world::Clock;

/// Who broadcasts when: (milliseconds, member).
fn broadcasts(all: &[(u64, usize)]) -> Vec<(Millis, Action)> {
    let broadcast = |(at, member): &(u64, usize)| (Millis(*at), Action::Vote(*member, 0));
    all.iter().map(broadcast).collect()
}

fn goes_well(mut plan: Plan) -> Result<(), String> {
    plan.actions.sort_by_key(|(at, _)| *at);
    match run(&plan, Log::default()).failure {
        Some(failure) => Err(format!("{failure}\n{plan}")),
        None => Ok(()),
    }
}

#[test]
fn a_full_buffer_dropped_what_the_lamport_order_needed_next_and_nothing_moved_again()
-> Result<(), String> {
    let subject = Subject::Pair {
        who: Who::Gossip,
        when: When::Lamport,
        held_back: 24,
        patience: FOR_EVER,
        rates: Rates::default(),
    };
    let mut actions = broadcasts(&[
        (2_119, 1),
        (2_415, 1),
        (2_977, 0),
        (3_029, 1),
        (3_524, 1),
        (3_663, 0),
        (4_234, 2),
        (5_476, 1),
        (5_702, 1),
        (5_732, 0),
        (6_015, 1),
        (11_592, 2),
        (11_784, 0),
        (12_116, 0),
        (12_385, 1),
        (12_557, 2),
        (13_791, 0),
        (14_417, 0),
        (15_716, 0),
        (16_395, 1),
        (17_078, 2),
        (17_514, 0),
        (17_681, 0),
        (17_992, 2),
        (18_299, 0),
        (18_929, 1),
        (19_058, 2),
        (19_660, 0),
        (21_215, 1),
        (22_017, 1),
        (23_914, 2),
        (23_930, 2),
        (24_543, 2),
        (24_962, 2),
        (25_625, 2),
        (26_036, 2),
    ]);
    actions.push((Millis(330), Action::Leave(1)));
    goes_well(Plan {
        actions,
        ..Plan::quiet(752, subject, 3, Millis(26_037))
    })
}

#[test]
fn a_place_was_given_to_a_message_that_died_with_its_sender_and_nobody_doubted_the_leader()
-> Result<(), String> {
    let subject = Subject::Pair {
        who: Who::Gossip,
        when: When::Leader,
        held_back: 4_096,
        patience: Millis(1_560),
        rates: Rates::default(),
    };
    let mut actions = broadcasts(&[
        (53, 0),
        (133, 2),
        (185, 2),
        (660, 1),
        (793, 0),
        (938, 1),
        (1_091, 1),
        (1_421, 1),
        (1_596, 0),
        (2_075, 0),
        (2_250, 3),
        (2_501, 2),
        (2_590, 2),
        (2_748, 3),
        (2_824, 1),
        (3_037, 1),
        (3_795, 0),
        (3_934, 3),
        (3_987, 0),
        (4_803, 3),
        (5_171, 1),
        (5_792, 3),
        (9_555, 2),
    ]);
    actions.extend([
        (Millis(4_538), Action::Leave(0)),
        (Millis(5_161), Action::Leave(2)),
        (Millis(6_520), Action::Come(2)),
        (Millis(7_135), Action::Leave(3)),
    ]);
    let partitions = "437ms..9325ms:0+2|1+3,4067ms..6323ms:0+1+3|2,10232ms..20119ms:1|0+2+3";
    let mut plan = Plan::quiet(1_131, subject, 4, Millis(12_023));
    plan.clocks[3] = Clock {
        skew: Millis(86_959_548),
        rate: 1_072,
    };
    goes_well(Plan {
        latency: Latency::Uniform {
            low: Millis(94),
            high: Millis(556),
        },
        loss: Loss::Even(0.399_477_516_875_503_65),
        duplication: 0.143_447_897_140_426_27,
        partitions: partitions.parse().map_err(|error| format!("{error}"))?,
        actions,
        dead: vec![0, 1],
        ..plan
    })
}
