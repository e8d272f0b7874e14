//! Replicas in a room: what people do with a poll, and what the design promises about it.

#![allow(clippy::unwrap_used)]

mod network;

use election_core::poll::register::Standing;
use election_core::replica::io::{Event, Input, Refusal};
use election_core::replica::view::{Explanation, Stage};
use election_core::wire::relay::Handle;
use network::{Faults, Network};

fn room(tabs: usize) -> Network {
    let mut network = Network::new(1);
    for tab in 0..tabs {
        network.open_tab();
        network.connect(tab);
    }
    network.run(5_000);
    network
}

fn counts(network: &mut Network, tab: usize) -> Vec<u64> {
    network.tabs[tab].replica.tally().unwrap().counts.to_vec()
}

#[test]
fn newcomers_get_the_poll_from_the_tabs_that_are_there() {
    let mut network = room(5);
    for tab in 0..5 {
        assert_eq!(
            network.tabs[tab]
                .replica
                .genesis()
                .map(|genesis| genesis.title()),
            Some("Where to?")
        );
    }
    network.assert_converged();
}

#[test]
fn a_vote_reaches_every_tab_and_its_voter_sees_how_far_it_got() {
    let mut network = room(8);
    network.vote(3, 1).unwrap();
    network.run(300);
    for tab in 0..8 {
        assert_eq!(counts(&mut network, tab), [0, 1, 0], "tab {tab}");
    }
    network.run(2_000);
    let vote = network.tabs[3].replica.own_vote().unwrap();
    assert_eq!(vote.stage, Stage::SeenBy(7));
    assert_eq!(vote.standing, Some(Standing::Counted));
}

#[test]
fn in_a_small_room_everybody_hears_of_a_vote_from_its_voter() {
    // Within one hop, before anybody passes anything on.
    let told = |tabs: usize| {
        let mut network = room(tabs);
        network.vote(0, 1).unwrap();
        network.run(25);
        (1..tabs)
            .filter(|tab| counts(&mut network, *tab) == [0, 1, 0])
            .count()
    };
    for tabs in [2, 10, 17] {
        assert_eq!(told(tabs), tabs - 1, "a room of {tabs}");
    }
    for tabs in [18, 40] {
        assert_eq!(told(tabs), 8, "a room of {tabs}");
    }
}

#[test]
fn a_changed_vote_replaces_the_first_everywhere() {
    let mut network = room(4);
    network.vote(1, 0).unwrap();
    network.run(1_000);
    assert_eq!(network.vote(1, 0), Err(Refusal::Unchanged));
    network.vote(1, 2).unwrap();
    network.run(1_000);
    for tab in 0..4 {
        assert_eq!(counts(&mut network, tab), [0, 0, 1]);
        let tally = network.tabs[tab].replica.tally().unwrap();
        assert_eq!((tally.ballots, tally.counted), (2, 1));
    }
}

#[test]
fn a_vote_cast_offline_merges_when_its_tab_comes_back_and_one_message_sums_up() {
    let mut network = room(6);
    network.disconnect(2);
    network.vote(2, 0).unwrap();
    assert_eq!(
        network.tabs[2].replica.own_vote().unwrap().stage,
        Stage::Saved
    );
    for tab in [1, 3, 4] {
        network.vote(tab, 1).unwrap();
    }
    network.run(60_000);
    let ballot = network.tabs[0].replica.ballots().next().unwrap().1.id;
    network
        .input(
            0,
            Input::Revoke {
                ballot,
                reason: "asked for it",
            },
        )
        .unwrap();
    network.run(2_000);
    network.connect(2);
    network.run(10_000);
    network.assert_converged();
    assert_eq!(counts(&mut network, 2), [1, 2, 0]);
    let rejoined: Vec<_> = network.tabs[2]
        .events
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
        let mut network = Network::new(seed);
        for tab in 0..5 {
            network.open_tab();
            network.connect(tab);
        }
        network.run(5_000);
        for tab in [1, 2] {
            network.disconnect(tab);
        }
        for tab in [0, 3, 4] {
            network.vote(tab, 1).unwrap();
        }
        network.run(30_000);
        for tab in [1, 2] {
            network.connect(tab);
        }
        network.run(15_000);
        network.assert_converged();
        for tab in [1, 2] {
            let came_in: Vec<u64> = network.tabs[tab]
                .events
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
    let mut network = room(3);
    network.vote(1, 0).unwrap();
    network.run(3_000);
    for _ in 0..3 {
        network.reload(2);
        network.connect(2);
        network.run(5_000);
    }
    assert_eq!(
        network.tabs[1].replica.own_vote().unwrap().stage,
        Stage::SeenBy(2)
    );
}

#[test]
fn an_absence_says_nothing_of_a_vote_that_had_been_sent_before() {
    let mut network = room(3);
    network.vote(1, 0).unwrap();
    network.run(3_000);
    network.disconnect(1);
    network.run(10_000);
    network.connect(1);
    network.run(10_000);
    assert!(
        network.tabs[1]
            .events
            .iter()
            .any(|event| matches!(event, Event::Rejoined { reached: None, .. }))
    );
}

/// A line may be silent for a while before anybody notices: what was said into it is not sent.
#[test]
fn what_was_said_into_a_silent_line_is_sent_again() {
    let mut network = room(3);
    network.faults.loss = 100;
    network.vote(1, 0).unwrap();
    network.run(500);
    let stage = |network: &mut Network| network.tabs[1].replica.own_vote().unwrap().stage;
    assert_eq!(stage(&mut network), Stage::Sent);
    network.disconnect(1);
    assert_eq!(stage(&mut network), Stage::Saved, "nobody has it");
    network.faults.loss = 0;
    network.connect(1);
    network.run(2_000);
    assert_eq!(stage(&mut network), Stage::SeenBy(2));
    // Seen is seen.
    network.disconnect(1);
    assert_eq!(stage(&mut network), Stage::SeenBy(2));
}

#[test]
fn a_connection_that_flaps_is_summed_up_once_and_in_full() {
    let mut network = room(4);
    network.disconnect(1);
    for tab in [0, 2, 3] {
        network.vote(tab, 0).unwrap();
    }
    network.run(10_000);
    network.connect(1);
    network.run(300);
    network.disconnect(1);
    network.run(300);
    network.connect(1);
    network.run(15_000);
    let rejoined: Vec<_> = network.tabs[1]
        .events
        .iter()
        .filter(|event| matches!(event, Event::Rejoined { .. }))
        .collect();
    assert!(
        matches!(rejoined[..], [Event::Rejoined { ballots: 3, .. }]),
        "{rejoined:?}"
    );
}

#[test]
fn an_op_that_is_not_on_disk_yet_does_not_leave_in_any_way() {
    let mut network = room(3);
    network.tabs[1].slow_disk = true;
    network.vote(1, 2).unwrap();
    assert_eq!(
        network.tabs[1].replica.own_vote().unwrap().stage,
        Stage::Saving
    );
    assert_eq!(network.vote(1, 0), Err(Refusal::StillSaving));
    for tab in [0, 2] {
        network.disconnect(tab);
    }
    let newcomer = network.open_tab();
    network.connect(newcomer);
    network.run(10_000);
    assert!(network.tabs[newcomer].replica.genesis().is_some());
    assert_eq!(counts(&mut network, newcomer), [0, 0, 0]);
    network.disk_catches_up(1);
    network.run(2_000);
    assert_eq!(counts(&mut network, newcomer), [0, 0, 1]);
}

#[test]
fn a_session_with_one_who_left_ends_at_the_first_reply_to_it() {
    let mut network = Network::new(31);
    network.open_tab();
    network.connect(0);
    let other = network.open_tab();
    network.connect(other);
    network.vote(0, 0).unwrap();
    network.run(3_000);
    network.disconnect(other);
    let newcomer = network.open_tab();
    network.connect(newcomer);
    // The chair greets and leaves; then the newcomer's question finds nobody, and it asks the next one.
    let before = network.tabs[0].replica.stats().frames_in;
    network.run_while(|network| network.tabs[0].replica.stats().frames_in == before);
    network.disconnect(0);
    network.run(100);
    let stats = network.tabs[newcomer].replica.stats();
    assert_eq!((stats.frames_in, stats.syncs_failed), (1, 1));
    network.connect(0);
    network.run(2_500);
    assert!(network.tabs[newcomer].replica.genesis().is_some());
}

#[test]
fn that_somebody_left_ends_no_session_with_another() {
    let mut network = Network::new(32);
    network.open_tab();
    network.vote(0, 0).unwrap();
    network.connect(0);
    let newcomer = network.open_tab();
    network.connect(newcomer);
    let syncing = |network: &mut Network| {
        let peers = network.tabs[newcomer].replica.peers();
        peers.iter().any(|peer| peer.syncing)
    };
    network.run_while(|network| !syncing(network));
    let handle = network.tabs[0].handle.unwrap();
    for (peer, goes_on) in [(Handle(handle.0 + 100), true), (handle, false)] {
        network.input(newcomer, Input::PeerGone { peer }).unwrap();
        assert_eq!(syncing(&mut network), goes_on);
    }
}

#[test]
fn a_newcomer_fetches_the_poll_once() {
    let mut network = room(6);
    for tab in 0..6 {
        network.vote(tab, 0).unwrap();
    }
    network.run(5_000);
    for _ in 0..5 {
        let newcomer = network.open_tab();
        network.connect(newcomer);
        network.run(5_000);
        let stats = network.tabs[newcomer].replica.stats();
        assert_eq!(
            (network.tabs[newcomer].replica.ops(), stats.duplicates),
            (6, 0)
        );
    }
}

#[test]
fn a_replica_that_is_refused_does_not_ask_again_at_once() {
    let mut network = Network::new(9);
    network.open_tab();
    network.connect(0);
    for tab in 1..31 {
        network.open_tab();
        network.connect(tab);
    }
    let before = network.frames;
    network.run(1_000);
    assert!(
        network.frames - before < 31 * 30,
        "{} frames in a second",
        network.frames - before
    );
    network.run(20_000);
    network.assert_converged();
}

#[test]
fn when_the_relay_stops_everybody_goes_on_alone_and_all_merges_when_it_is_back() {
    let mut network = room(5);
    for tab in 0..5 {
        network.disconnect(tab);
        network.vote(tab, tab % 3).unwrap();
    }
    network.run(120_000);
    for tab in 0..5 {
        network.connect(tab);
    }
    network.run(10_000);
    network.assert_converged();
    assert_eq!(counts(&mut network, 4), [2, 2, 1]);
}

#[test]
fn a_revoked_ballot_stops_counting_for_good_and_its_voter_can_vote_again() {
    let mut network = room(4);
    network.vote(1, 0).unwrap();
    network.run(1_000);
    network.vote(1, 1).unwrap();
    network.run(1_000);
    let ballot = network.tabs[1].replica.own_vote().unwrap().ballot;
    let revoke = |reason| Input::Revoke { ballot, reason };
    assert_eq!(network.input(2, revoke("no")), Err(Refusal::NotChair));
    assert!(matches!(
        network.input(0, revoke("  ")),
        Err(Refusal::Reason(_))
    ));
    network.input(0, revoke("voted twice")).unwrap();
    assert_eq!(
        network.input(0, revoke("again")),
        Err(Refusal::AlreadyRevoked)
    );
    network.run(1_000);
    for tab in 0..4 {
        assert_eq!(
            counts(&mut network, tab),
            [0, 0, 0],
            "no fall-back to the first ballot"
        );
        let Explanation::Ballot {
            standing: Standing::Revoked { .. },
            reason,
            ..
        } = network.tabs[tab].replica.explain(ballot)
        else {
            panic!("tab {tab} does not say that it is revoked")
        };
        assert_eq!(reason.as_deref(), Some("voted twice"));
    }
    network.vote(1, 1).unwrap();
    network.run(1_000);
    for tab in 0..4 {
        let tally = network.tabs[tab].replica.tally().unwrap();
        assert_eq!((&*tally.counts, tally.revoked), (&[0, 1, 0][..], 1));
    }
    network.assert_converged();
}

#[test]
fn a_reloaded_tab_is_the_same_voter_with_the_relay_down_too() {
    let mut network = room(3);
    network.vote(1, 2).unwrap();
    network.run(1_000);
    network.reload(1);
    let vote = network.tabs[1].replica.own_vote().unwrap();
    assert_eq!((vote.seq, vote.stage), (0, Stage::Saved));
    assert_eq!(counts(&mut network, 1), [0, 0, 1]);
    network.vote(1, 0).unwrap();
    network.connect(1);
    network.run(3_000);
    network.assert_converged();
    assert_eq!(counts(&mut network, 0), [1, 0, 0]);
}

#[test]
fn the_last_tab_brings_the_whole_poll_back() {
    let mut network = room(5);
    for tab in 0..5 {
        network.vote(tab, 1).unwrap();
    }
    network.run(3_000);
    for tab in 0..4 {
        network.disconnect(tab);
    }
    let newcomer = network.open_tab();
    network.connect(newcomer);
    network.run(3_000);
    assert_eq!(counts(&mut network, newcomer), [0, 5, 0]);
}

#[test]
fn one_key_in_two_tabs_spoils_the_ballot_and_a_higher_seq_heals_it() {
    let mut network = room(3);
    let copies = [
        network.open_tab_as([9; 32], false),
        network.open_tab_as([9; 32], false),
    ];
    for copy in copies {
        network.connect(copy);
    }
    network.run(3_000);
    for copy in copies {
        network.disconnect(copy);
        network.vote(copy, copy - copies[0]).unwrap();
    }
    for copy in copies {
        network.connect(copy);
    }
    network.run(10_000);
    network.assert_converged();
    let tally = network.tabs[0].replica.tally().unwrap();
    assert_eq!((tally.counted, tally.spoiled), (0, 1));
    assert!(matches!(
        network.tabs[copies[0]].replica.own_vote().unwrap().standing,
        Some(Standing::Spoiled { .. })
    ));
    network.vote(copies[0], 2).unwrap();
    network.run(3_000);
    network.assert_converged();
    let tally = network.tabs[1].replica.tally().unwrap();
    assert_eq!((&*tally.counts, tally.spoiled), (&[0, 0, 1][..], 0));
}

#[test]
fn a_partition_heals_and_a_lossy_network_still_converges() {
    let mut network = room(8);
    network.faults = Faults {
        loss: 20,
        duplication: 20,
        delay: 200,
    };
    network.group = vec![0, 0, 0, 0, 1, 1, 1, 1];
    for tab in 0..8 {
        network.vote(tab, tab % 2).unwrap();
    }
    network.run(20_000);
    assert_ne!(
        network.tabs[0].replica.state_hash(),
        network.tabs[7].replica.state_hash()
    );
    network.group = vec![0; 8];
    network.run(60_000);
    network.assert_converged();
    assert_eq!(counts(&mut network, 7), [4, 4, 0]);
}

#[test]
fn a_quiet_room_stays_quiet() {
    let mut network = room(10);
    for tab in 0..10 {
        network.vote(tab, 0).unwrap();
    }
    network.run(10_000);
    let before = network.frames;
    network.run(60_000);
    let per_tab_and_minute = (network.frames - before) / 10;
    assert!(
        per_tab_and_minute <= 20,
        "{per_tab_and_minute} frames a minute, only heartbeats are needed"
    );
}

#[test]
fn a_tab_that_may_not_vote_says_why() {
    let mut network = Network::new(3);
    let chair = network.open_tab();
    let tab = network.open_tab();
    assert_eq!(network.vote(tab, 0), Err(Refusal::NotOpen));
    network.connect(chair);
    network.connect(tab);
    network.run(2_000);
    for seq in 0..=63 {
        network.vote(tab, seq % 2).unwrap();
        network.run(100);
    }
    assert_eq!(
        network.vote(tab, 2),
        Err(Refusal::TooManyChanges { most: 64 })
    );
}
