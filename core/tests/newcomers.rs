//! The poll's definition gets to the first tab of a precinct, from tabs of others.

#![allow(clippy::unwrap_used)]

mod network;
mod rooms;

use election_core::canvass::Grade;
use election_core::ids::PrecinctId;
use election_core::wire::frame::kind;
use rooms::Poll;

const SECOND: PrecinctId = PrecinctId(1);

/// A poll of three precincts whose chair alone is there.
fn chair_alone(seed: u64) -> Poll {
    let mut poll = Poll::new(seed, 3, 0);
    poll.open_tab(PrecinctId(0));
    poll.run(1_000);
    poll
}

#[test]
fn the_first_tab_of_a_precinct_gets_the_poll_from_the_council() {
    for seed in 0..20 {
        let mut poll = chair_alone(seed);
        poll.loss = seed % 3 * 20;
        let first = poll.open_new_tab(SECOND);
        poll.run(15_000);
        assert!(
            poll.clients[first].tab.replica().genesis().is_some(),
            "seed {seed}"
        );
        poll.vote(first, 2);
        poll.run(30_000);
        for client in [0, first] {
            let shown = poll.shown(client);
            assert_eq!(&*shown.total.counts, [0, 0, 1], "seed {seed}, tab {client}");
        }
        let own = &poll.shown(first).parts[usize::from(SECOND.0)];
        assert_eq!(own.shown.as_ref().unwrap().grade, Grade::Folded);
    }
}

#[test]
fn two_who_have_nothing_do_not_wait_for_each_other() {
    let mut poll = chair_alone(1);
    let first = [poll.open_new_tab(SECOND), poll.open_new_tab(SECOND)];
    poll.run(10_000);
    for client in first {
        assert!(poll.clients[client].tab.replica().genesis().is_some());
    }
}

#[test]
fn who_gets_the_poll_in_the_precinct_does_not_join_the_council_for_it() {
    let mut poll = Poll::new(2, 2, 0);
    for _ in 0..100 {
        poll.open_tab(SECOND);
    }
    poll.run(5_000);
    let before = poll.in_council();
    let joined = (0..40).filter(|_| {
        let tab = poll.open_new_tab(SECOND);
        poll.run(4_000);
        assert!(poll.clients[tab].tab.replica().genesis().is_some());
        poll.clients[tab].tab.council().unwrap().room().is_some()
    });
    let joined = joined.count();
    // Eight of a hundred are chosen anyway, by the ids that they drew.
    assert!(joined <= 10, "{joined} of 40 joined, {before} were there");
}

#[test]
fn a_tab_whose_link_does_not_fit_the_poll_asks_no_more() {
    // The definition comes from the council, or from the chair in the precinct's room before the council is asked: that is due no more
    // then, or the tab would be woken for it without end.
    for precinct in [SECOND, PrecinctId(0)] {
        let mut poll = chair_alone(5);
        let tab = poll.open_misfit_tab(precinct);
        poll.run(10_000);
        assert!(poll.clients[tab].tab.replica().misfit().is_some());
        assert!(!poll.clients[tab].tab.wants_council());
        let said = poll.stats(tab).frames_out;
        poll.run(60_000);
        assert_eq!(poll.stats(tab).frames_out, said);
    }
}

#[test]
fn nobody_can_pass_off_another_poll_as_this_one() {
    let mut poll = chair_alone(3);
    let other = Poll::new(4, 2, 1);
    // The chair is away, so that only what is put in is there.
    poll.close(0);
    let first = poll.open_new_tab(SECOND);
    poll.run(100);
    poll.say(first, 7, kind::OPS, other.genesis.bytes());
    poll.say(first, 8, kind::OPS, &[0xff; 300]);
    poll.run(1_000);
    assert!(poll.clients[first].tab.replica().genesis().is_none());
    assert!(poll.clients[first].tab.replica().stats().malformed > 0);
    let genesis = poll.genesis.bytes().to_vec();
    poll.say(first, 9, kind::OPS, &genesis);
    assert!(poll.clients[first].tab.replica().genesis().is_some());
}
