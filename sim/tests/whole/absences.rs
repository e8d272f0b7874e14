//! Tabs that were away, are loaded again, or are cut off, and come back.

use crate::hall::{Hall, P};
use election_core::replica::io::{Command, Event};
use election_core::replica::view::Stage;
use election_core::time::Millis;
use election_sim::network::latency::Latency;

#[test]
fn a_vote_cast_offline_merges_when_its_tab_comes_back_and_one_message_sums_up() {
    let mut hall = Hall::room(6);
    hall.disconnect(2);
    hall.vote(2, 0).unwrap();
    assert_eq!(hall.replica(2).own_vote().unwrap().stage, Stage::Saved);
    for tab in [1, 3, 4] {
        hall.vote(tab, 1).unwrap();
    }
    hall.run(60_000);
    let ballot = hall.replica(0).ballots().next().unwrap().1.id;
    hall.ask(
        0,
        Command::Revoke {
            ballot,
            reason: "asked for it".to_owned(),
        },
    )
    .unwrap();
    hall.run(2_000);
    hall.connect(2);
    hall.run(10_000);
    hall.assert_converged();
    assert_eq!(hall.counts(2), [1, 2, 0]);
    let rejoined: Vec<_> = hall
        .events(2)
        .iter()
        .filter(|event| matches!(event, Event::Rejoined { .. }))
        .collect();
    let [
        Event::Rejoined {
            away,
            ballots: 3,
            revoked: 1,
            reached: Some(5),
        },
    ] = rejoined[..]
    else {
        panic!("{rejoined:?}")
    };
    assert_eq!(away.0, 62_000);
}

#[test]
fn those_who_were_away_together_do_not_take_each_other_for_the_whole_room() {
    for seed in 0..20 {
        let mut hall = Hall::empty(seed, 1);
        for tab in 0..5 {
            hall.add(P[0]);
            hall.connect(tab);
        }
        hall.run(5_000);
        for tab in [1, 2] {
            hall.disconnect(tab);
        }
        for tab in [0, 3, 4] {
            hall.vote(tab, 1).unwrap();
        }
        hall.run(30_000);
        for tab in [1, 2] {
            hall.connect(tab);
        }
        hall.run(15_000);
        hall.assert_converged();
        for tab in [1, 2] {
            let came_in: Vec<u64> = hall
                .events(tab)
                .iter()
                .filter_map(|event| {
                    if let Event::Rejoined { ballots, .. } = event {
                        Some(*ballots)
                    } else {
                        None
                    }
                })
                .collect();
            assert_eq!(came_in, [3], "seed {seed}, tab {tab}");
        }
    }
}

#[test]
fn a_tab_that_is_loaded_again_is_not_counted_as_one_more_who_has_seen_a_vote() {
    let mut hall = Hall::room(3);
    hall.vote(1, 0).unwrap();
    hall.run(3_000);
    for _ in 0..3 {
        hall.reload(2);
        hall.connect(2);
        hall.run(5_000);
    }
    assert_eq!(hall.replica(1).own_vote().unwrap().stage, Stage::SeenBy(2));
}

#[test]
fn an_absence_says_nothing_of_a_vote_that_had_been_sent_before() {
    let mut hall = Hall::room(3);
    hall.vote(1, 0).unwrap();
    hall.run(3_000);
    hall.disconnect(1);
    hall.run(10_000);
    hall.connect(1);
    hall.run(10_000);
    assert!(
        hall.events(1)
            .iter()
            .any(|event| matches!(event, Event::Rejoined { reached: None, .. }))
    );
}

/// A line may be silent for a while before anybody notices: what was said into it is not sent.
#[test]
fn what_was_said_into_a_silent_line_is_sent_again() {
    let mut hall = Hall::room(3);
    hall.lose(100);
    hall.vote(1, 0).unwrap();
    hall.run(500);
    let stage = |hall: &mut Hall| hall.replica(1).own_vote().unwrap().stage;
    assert_eq!(stage(&mut hall), Stage::Sent);
    hall.disconnect(1);
    assert_eq!(stage(&mut hall), Stage::Saved, "nobody has it");
    hall.lose(0);
    hall.connect(1);
    hall.run(2_000);
    assert_eq!(stage(&mut hall), Stage::SeenBy(2));
    // Seen is seen.
    hall.disconnect(1);
    assert_eq!(stage(&mut hall), Stage::SeenBy(2));
}

#[test]
fn a_connection_that_flaps_is_summed_up_once_and_in_full() {
    let mut hall = Hall::room(4);
    hall.disconnect(1);
    for tab in [0, 2, 3] {
        hall.vote(tab, 0).unwrap();
    }
    hall.run(10_000);
    hall.connect(1);
    hall.run(300);
    hall.disconnect(1);
    hall.run(300);
    hall.connect(1);
    hall.run(15_000);
    let rejoined: Vec<_> = hall
        .events(1)
        .iter()
        .filter(|event| matches!(event, Event::Rejoined { .. }))
        .collect();
    assert!(
        matches!(rejoined[..], [Event::Rejoined { ballots: 3, .. }]),
        "{rejoined:?}"
    );
}

#[test]
fn when_the_relay_stops_everybody_goes_on_alone_and_all_merges_when_it_is_back() {
    let mut hall = Hall::room(5);
    for tab in 0..5 {
        hall.disconnect(tab);
        hall.vote(tab, tab % 3).unwrap();
    }
    hall.run(120_000);
    for tab in 0..5 {
        hall.connect(tab);
    }
    hall.run(10_000);
    hall.assert_converged();
    assert_eq!(hall.counts(4), [2, 2, 1]);
}

#[test]
fn a_reloaded_tab_is_the_same_voter_with_the_relay_down_too() {
    let mut hall = Hall::room(3);
    hall.vote(1, 2).unwrap();
    hall.run(1_000);
    hall.reload(1);
    let vote = hall.replica(1).own_vote().unwrap();
    assert_eq!((vote.seq, vote.stage), (0, Stage::Saved));
    assert_eq!(hall.counts(1), [0, 0, 1]);
    hall.vote(1, 0).unwrap();
    hall.connect(1);
    hall.run(3_000);
    hall.assert_converged();
    assert_eq!(hall.counts(0), [1, 0, 0]);
}

#[test]
fn the_last_tab_brings_the_whole_poll_back() {
    let mut hall = Hall::room(5);
    for tab in 0..5 {
        hall.vote(tab, 1).unwrap();
    }
    hall.run(3_000);
    for tab in 0..4 {
        hall.disconnect(tab);
    }
    let newcomer = hall.add(P[0]);
    hall.connect(newcomer);
    hall.run(3_000);
    assert_eq!(hall.counts(newcomer), [0, 5, 0]);
}

#[test]
fn a_partition_heals_and_a_lossy_network_still_converges() {
    let mut hall = Hall::room(8);
    hall.lose(20);
    let faults = hall.world.faults();
    faults.duplication = 0.2;
    faults.latency = Latency::Uniform {
        low: Millis(1),
        high: Millis(200),
    };
    hall.cut("0ms..1000s:0-3|4-7");
    for tab in 0..8 {
        hall.vote(tab, tab % 2).unwrap();
    }
    hall.run(20_000);
    assert_ne!(
        hall.replica_mut(0).state_hash(),
        hall.replica_mut(7).state_hash()
    );
    hall.heal();
    hall.run(60_000);
    hall.assert_converged();
    assert_eq!(hall.counts(7), [4, 4, 0]);
}
