//! Replicas in a room: what people do with a poll, and what the design promises about it.

use crate::hall::{Hall, P};
use election_core::poll::close::Status;
use election_core::poll::verdict::Verdict;
use election_core::replica::io::{Command, Refusal};
use election_core::replica::view::{Explanation, Stage};
use election_core::wire::relay::Handle;
use election_sim::process::{Process, Room};

#[test]
fn newcomers_get_the_poll_from_the_tabs_that_are_there() {
    let mut hall = Hall::room(5);
    for tab in 0..5 {
        assert_eq!(
            hall.replica(tab).genesis().map(|genesis| genesis.title()),
            Some("A simulated poll")
        );
    }
    hall.assert_converged();
}

#[test]
fn a_vote_reaches_every_tab_and_its_voter_sees_how_far_it_got() {
    let mut hall = Hall::room(8);
    hall.vote(3, 1).unwrap();
    hall.run(300);
    for tab in 0..8 {
        assert_eq!(hall.counts(tab), [0, 1, 0], "tab {tab}");
    }
    hall.run(2_000);
    let vote = hall.replica(3).own_vote().unwrap();
    assert_eq!(vote.stage, Stage::SeenBy(7));
    assert_eq!(vote.verdict, Some(Verdict::Counted));
}

#[test]
fn in_a_small_room_everybody_hears_of_a_vote_from_its_voter() {
    // Within one hop, before anybody passes anything on.
    let told = |tabs: usize| {
        let mut hall = Hall::room(tabs);
        hall.vote(0, 1).unwrap();
        hall.run(25);
        (1..tabs)
            .filter(|tab| hall.counts(*tab) == [0, 1, 0])
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
    let mut hall = Hall::room(4);
    hall.vote(1, 0).unwrap();
    hall.run(1_000);
    assert_eq!(hall.vote(1, 0), Err(Refusal::Unchanged));
    hall.vote(1, 2).unwrap();
    hall.run(1_000);
    for tab in 0..4 {
        assert_eq!(hall.counts(tab), [0, 0, 1]);
        let tally = hall.replica_mut(tab).tally().unwrap();
        assert_eq!((tally.ballots, tally.counted), (2, 1));
    }
}

#[test]
fn an_op_that_is_not_on_disk_yet_does_not_leave_in_any_way() {
    let mut hall = Hall::room(3);
    hall.act(1, |tab, _| tab.disk_mut().stall(true));
    hall.vote(1, 2).unwrap();
    assert_eq!(hall.replica(1).own_vote().unwrap().stage, Stage::Saving);
    assert_eq!(hall.vote(1, 0), Err(Refusal::StillSaving));
    for tab in [0, 2] {
        hall.disconnect(tab);
    }
    let newcomer = hall.add(P[0]);
    hall.connect(newcomer);
    hall.run(10_000);
    assert!(hall.replica(newcomer).genesis().is_some());
    assert_eq!(hall.counts(newcomer), [0, 0, 0]);
    hall.act(1, |tab, now| {
        tab.disk_mut().stall(false);
        tab.wake(now);
    });
    hall.run(2_000);
    assert_eq!(hall.counts(newcomer), [0, 0, 1]);
}

#[test]
fn a_session_with_one_who_left_ends_at_the_first_reply_to_it() {
    let mut hall = Hall::empty(31, 1);
    hall.add(P[0]);
    hall.connect(0);
    let other = hall.add(P[0]);
    hall.connect(other);
    hall.vote(0, 0).unwrap();
    hall.run(3_000);
    hall.disconnect(other);
    let newcomer = hall.add(P[0]);
    hall.connect(newcomer);
    // The chair greets and leaves; then the newcomer's question finds nobody, and it asks the next
    // one.
    let before = hall.replica(0).stats().frames_in;
    hall.run_while(|hall| hall.replica(0).stats().frames_in == before);
    hall.disconnect(0);
    hall.run(100);
    let stats = hall.replica(newcomer).stats();
    assert_eq!((stats.frames_in, stats.syncs_failed), (1, 1));
    hall.connect(0);
    hall.run(2_500);
    assert!(hall.replica(newcomer).genesis().is_some());
}

#[test]
fn that_somebody_left_ends_no_session_with_another() {
    let mut hall = Hall::empty(32, 1);
    hall.add(P[0]);
    hall.vote(0, 0).unwrap();
    hall.connect(0);
    let newcomer = hall.add(P[0]);
    hall.connect(newcomer);
    let syncing = |hall: &mut Hall| {
        let peers = hall.replica_mut(newcomer).peers();
        peers.iter().any(|peer| peer.syncing)
    };
    hall.run_while(|hall| !syncing(hall));
    // The chair's connection is the first.
    for (peer, goes_on) in [(Handle(100), true), (Handle(0), false)] {
        hall.act(newcomer, |tab, now| tab.gone(Room(0), peer, now));
        assert_eq!(syncing(&mut hall), goes_on);
    }
}

#[test]
fn a_newcomer_fetches_the_poll_once() {
    let mut hall = Hall::room(6);
    for tab in 0..6 {
        hall.vote(tab, 0).unwrap();
    }
    hall.run(5_000);
    for _ in 0..5 {
        let newcomer = hall.add(P[0]);
        hall.connect(newcomer);
        hall.run(5_000);
        let stats = hall.replica(newcomer).stats();
        assert_eq!((hall.replica(newcomer).ops(), stats.duplicates), (6, 0));
    }
}

#[test]
fn a_replica_that_is_refused_does_not_ask_again_at_once() {
    let mut hall = Hall::empty(9, 1);
    hall.add(P[0]);
    hall.connect(0);
    for tab in 1..31 {
        hall.add(P[0]);
        hall.connect(tab);
    }
    let before = hall.frames();
    hall.run(1_000);
    assert!(
        hall.frames() - before < 31 * 30,
        "{} frames in a second",
        hall.frames() - before
    );
    hall.run(20_000);
    hall.assert_converged();
}

#[test]
fn of_a_barred_voter_nothing_counts_before_or_after() {
    let mut hall = Hall::room(4);
    hall.vote(1, 0).unwrap();
    hall.vote(2, 1).unwrap();
    hall.run(1_000);
    let voter = hall.replica(1).voter();
    let bar = |reason: &str| Command::Bar {
        voter,
        reason: reason.to_owned(),
    };
    assert_eq!(hall.ask(2, bar("no")), Err(Refusal::NotChair));
    assert!(matches!(hall.ask(0, bar("  ")), Err(Refusal::Reason(_))));
    // The voter does not know yet, and votes again.
    hall.ask(0, bar("not a member")).unwrap();
    assert_eq!(hall.ask(0, bar("again")), Err(Refusal::AlreadyBarred));
    hall.vote(1, 2).unwrap();
    let ballot = hall.replica(1).own_vote().unwrap().ballot;
    hall.run(1_000);
    for tab in 0..4 {
        assert_eq!(hall.counts(tab), [0, 1, 0]);
        let Explanation::Held {
            verdict: Some(Verdict::Barred { .. }),
            reason,
            ..
        } = hall.replica(tab).explain(ballot)
        else {
            panic!("tab {tab} does not say that its voter is barred")
        };
        assert_eq!(reason.as_deref(), Some("not a member"));
    }
    assert_eq!(hall.vote(1, 0), Err(Refusal::Barred));
}

#[test]
fn a_closed_poll_takes_no_ballots_and_counts_those_that_were_on_their_way() {
    let mut hall = Hall::room(4);
    hall.vote(1, 0).unwrap();
    hall.run(1_000);
    let (close, reopen) = (
        Command::SetStatus(Status::Closed),
        Command::SetStatus(Status::Open),
    );
    assert_eq!(hall.ask(2, close.clone()), Err(Refusal::NotChair));
    assert_eq!(
        hall.ask(0, reopen.clone()),
        Err(Refusal::AlreadySo(Status::Open))
    );
    hall.ask(0, close.clone()).unwrap();
    assert_eq!(
        hall.ask(0, close.clone()),
        Err(Refusal::AlreadySo(Status::Closed))
    );
    // Whoever has not heard of it votes.
    hall.vote(2, 1).unwrap();
    hall.run(1_000);
    for tab in 0..4 {
        assert_eq!(hall.replica(tab).status(), Status::Closed);
        assert_eq!(hall.counts(tab), [1, 1, 0]);
        assert_eq!(hall.vote(tab, 2), Err(Refusal::Closed));
    }
    hall.ask(0, reopen).unwrap();
    hall.run(1_000);
    hall.vote(3, 2).unwrap();
    hall.run(1_000);
    for tab in 0..4 {
        assert_eq!(hall.replica(tab).status(), Status::Open);
        assert_eq!(hall.counts(tab), [1, 1, 1]);
    }
    // So often, and no more.
    for turn in 2..128 {
        let status = [Status::Closed, Status::Open][turn % 2];
        hall.ask(0, Command::SetStatus(status)).unwrap();
        hall.run(10);
    }
    assert_eq!(hall.ask(0, close), Err(Refusal::TooManyStatuses));
    hall.run(1_000);
    hall.assert_converged();
}

#[test]
fn a_revoked_ballot_stops_counting_for_good_and_its_voter_can_vote_again() {
    let mut hall = Hall::room(4);
    hall.vote(1, 0).unwrap();
    hall.run(1_000);
    hall.vote(1, 1).unwrap();
    hall.run(1_000);
    let ballot = hall.replica(1).own_vote().unwrap().ballot;
    let revoke = |reason: &str| Command::Revoke {
        ballot,
        reason: reason.to_owned(),
    };
    assert_eq!(hall.ask(2, revoke("no")), Err(Refusal::NotChair));
    assert!(matches!(hall.ask(0, revoke("  ")), Err(Refusal::Reason(_))));
    hall.ask(0, revoke("voted twice")).unwrap();
    assert_eq!(hall.ask(0, revoke("again")), Err(Refusal::AlreadyRevoked));
    hall.run(1_000);
    for tab in 0..4 {
        assert_eq!(
            hall.counts(tab),
            [0, 0, 0],
            "no fall-back to the first ballot"
        );
        let Explanation::Held {
            verdict: Some(Verdict::Revoked { .. }),
            reason,
            ..
        } = hall.replica(tab).explain(ballot)
        else {
            panic!("tab {tab} does not say that it is revoked")
        };
        assert_eq!(reason.as_deref(), Some("voted twice"));
    }
    hall.vote(1, 1).unwrap();
    hall.run(1_000);
    for tab in 0..4 {
        let tally = hall.replica_mut(tab).tally().unwrap();
        assert_eq!((&*tally.counts, tally.revoked), (&[0, 1, 0][..], 1));
    }
    hall.assert_converged();
}

#[test]
fn one_key_in_two_tabs_spoils_the_ballot_and_a_higher_seq_heals_it() {
    let mut hall = Hall::room(3);
    let voter = hall.voter_of(P[0]);
    let copies = [hall.add_as(voter), hall.add_as(voter)];
    for copy in copies {
        hall.connect(copy);
    }
    hall.run(3_000);
    for copy in copies {
        hall.disconnect(copy);
        hall.vote(copy, copy - copies[0]).unwrap();
    }
    for copy in copies {
        hall.connect(copy);
    }
    hall.run(10_000);
    hall.assert_converged();
    let tally = hall.replica_mut(0).tally().unwrap();
    assert_eq!((tally.counted, tally.spoiled), (0, 1));
    assert!(matches!(
        hall.replica(copies[0]).own_vote().unwrap().verdict,
        Some(Verdict::Spoiled { .. })
    ));
    hall.vote(copies[0], 2).unwrap();
    hall.run(3_000);
    hall.assert_converged();
    let tally = hall.replica_mut(1).tally().unwrap();
    assert_eq!((&*tally.counts, tally.spoiled), (&[0, 0, 1][..], 0));
}

#[test]
fn a_quiet_room_stays_quiet() {
    let mut hall = Hall::room(10);
    for tab in 0..10 {
        hall.vote(tab, 0).unwrap();
    }
    hall.run(10_000);
    let before = hall.frames();
    hall.run(60_000);
    let per_tab_and_minute = (hall.frames() - before) / 10;
    assert!(
        per_tab_and_minute <= 20,
        "{per_tab_and_minute} frames a minute, only heartbeats are needed"
    );
}

#[test]
fn a_tab_that_may_not_vote_says_why() {
    let mut hall = Hall::empty(3, 1);
    let chair = hall.add(P[0]);
    let tab = hall.add(P[0]);
    assert_eq!(hall.vote(tab, 0), Err(Refusal::NotOpen));
    hall.connect(chair);
    hall.connect(tab);
    hall.run(2_000);
    for seq in 0..=63 {
        hall.vote(tab, seq % 2).unwrap();
        hall.run(100);
    }
    assert_eq!(hall.vote(tab, 2), Err(Refusal::TooManyChanges { most: 64 }));
}
