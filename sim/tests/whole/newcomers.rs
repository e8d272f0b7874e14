//! The poll's definition gets to the first tab of a precinct, from tabs of others.

use crate::hall::Hall;
use election_core::board::Grade;
use election_core::ids::PrecinctId;
use election_core::wire::frame::kind;

const SECOND: PrecinctId = PrecinctId(1);

/// A poll of three precincts whose chair alone is there.
fn chair_alone(seed: u64) -> Hall {
    let mut hall = Hall::new(seed, 3, 0);
    hall.open(PrecinctId(0));
    hall.run(1_000);
    hall
}

#[test]
fn the_first_tab_of_a_precinct_gets_the_poll_from_the_council() {
    for seed in 0..20 {
        let mut hall = chair_alone(seed);
        hall.lose(seed as u32 % 3 * 20);
        let first = hall.open_new(SECOND);
        hall.run(15_000);
        assert!(hall.replica(first).genesis().is_some(), "seed {seed}");
        hall.vote(first, 2).unwrap();
        hall.run(30_000);
        for client in [0, first] {
            let shown = hall.shown(client);
            assert_eq!(&*shown.total.counts, [0, 0, 1], "seed {seed}, tab {client}");
        }
        let own = &hall.shown(first).parts[usize::from(SECOND.0)];
        assert_eq!(own.shown.as_ref().unwrap().grade, Grade::Folded);
    }
}

#[test]
fn two_who_have_nothing_do_not_wait_for_each_other() {
    let mut hall = chair_alone(1);
    let first = [hall.open_new(SECOND), hall.open_new(SECOND)];
    hall.run(10_000);
    for client in first {
        assert!(hall.replica(client).genesis().is_some());
    }
}

#[test]
fn who_gets_the_poll_in_the_precinct_does_not_join_the_council_for_it() {
    let mut hall = Hall::new(2, 2, 0);
    for _ in 0..100 {
        hall.open(SECOND);
    }
    hall.run(5_000);
    let before = hall.in_council();
    let joined = (0..40).filter(|_| {
        let tab = hall.open_new(SECOND);
        hall.run(4_000);
        assert!(hall.replica(tab).genesis().is_some());
        hall.tab(tab).council().unwrap().room().is_some()
    });
    let joined = joined.count();
    // Eight of a hundred are chosen anyway, by the ids that they drew.
    assert!(joined <= 10, "{joined} of 40 joined, {before} were there");
}

#[test]
fn a_tab_whose_link_does_not_fit_the_poll_asks_no_more() {
    // The definition comes from the council, or from the chair in the precinct's room before the
    // council is asked: that is due no more then, or the tab would be woken for it without end.
    for precinct in [SECOND, PrecinctId(0)] {
        let mut hall = chair_alone(5);
        let tab = hall.open_misled(precinct);
        hall.run(10_000);
        assert!(hall.replica(tab).misfit().is_some());
        assert!(hall.tab(tab).rooms().count() == 1);
        let said = hall.stats(tab).frames_out;
        hall.run(60_000);
        assert_eq!(hall.stats(tab).frames_out, said);
    }
}

#[test]
fn nobody_can_pass_off_another_poll_as_this_one() {
    let mut hall = chair_alone(3);
    let other = Hall::new(4, 2, 1);
    // The chair is away, so that only what is put in is there.
    hall.disconnect(0);
    let first = hall.open_new(SECOND);
    hall.run(100);
    hall.say(first, 7, kind::OPS, other.poll.genesis().bytes());
    hall.say(first, 8, kind::OPS, &[0xff; 300]);
    hall.run(1_000);
    assert!(hall.replica(first).genesis().is_none());
    assert!(hall.replica(first).stats().malformed > 0);
    let genesis = hall.poll.genesis().bytes().to_vec();
    hall.say(first, 9, kind::OPS, &genesis);
    assert!(hall.replica(first).genesis().is_some());
}
