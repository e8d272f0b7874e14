//! A tab that kept its board shows all precincts when it is loaded again without a network.

use crate::hall::Hall;
use election_core::board::Grade;
use election_core::ids::PrecinctId;
use election_core::replica::council::disk::MAX_STORED;
use election_core::replica::io::{Config, Input, Record};
use election_core::replica::tab::Tab;
use election_core::time::Millis;

const P: [PrecinctId; 3] = [PrecinctId(0), PrecinctId(1), PrecinctId(2)];

/// Three precincts of three tabs each, who all voted, some of them twice.
fn votes(seed: u64) -> Hall {
    let mut hall = Hall::new(seed, 3, 3);
    hall.run(3_000);
    for client in 0..9 {
        hall.vote(client, client % 3).unwrap();
    }
    hall.run(20_000);
    for client in [1, 4, 7] {
        hall.vote(client, 0).unwrap();
        hall.run(15_000);
    }
    hall.run(100_000);
    hall
}

fn stored(hall: &Hall, client: usize) -> Vec<u8> {
    let council = hall.tab(client).council().unwrap();
    council.board_bytes()
}

fn records(hall: &Hall, client: usize) -> Vec<Record> {
    hall.records(client)
}

/// That tab loaded again, with nothing from its disk yet.
fn bare(hall: &Hall, client: usize) -> Tab {
    Tab::new(Config {
        poll: hall.poll.id(),
        secret: hall.poll.secret().clone(),
        voter: hall.key(client),
        chair: None,
        precinct: Some((3, hall.world.process(client).precinct())),
        timing: Default::default(),
        seed: [9; 32],
    })
}

fn restore(tab: &mut Tab, records: &[Record], now: Millis) {
    tab.handle(Input::Restore(records), now);
}

fn wake(tab: &mut Tab, now: Millis) {
    tab.handle(Input::Wake, now);
}

#[test]
fn without_a_network_all_precincts_are_shown_as_they_were_and_none_as_attested() {
    let hall = votes(1);
    let bytes = stored(&hall, 4);
    let before = hall.shown(4);
    assert_eq!(before.grade, Some(Grade::Attested(3)));
    let later = hall.world.now().after(Millis(5_000));
    for board_first in [true, false] {
        let mut tab = bare(&hall, 4);
        if board_first {
            tab.handle(Input::RestoreBoard(&bytes), hall.world.now());
        }
        restore(&mut tab, &records(&hall, 4), hall.world.now());
        if !board_first {
            wake(&mut tab, later);
            let missing = tab.council().unwrap().board().unwrap().total();
            assert_eq!(missing.missing().collect::<Vec<_>>(), [P[0], P[2]]);
            tab.handle(Input::RestoreBoard(&bytes), later);
        }
        wake(&mut tab, later.after(Millis(5_000)));
        let council = tab.council().unwrap();
        let board = council.board().unwrap();
        assert_eq!(board.digest(), hall.board(4).digest());
        let shown = board.total();
        assert_eq!(shown.total, before.total);
        assert_eq!(shown.missing().count(), 0);
        for (part, old) in shown.parts.iter().zip(&before.parts) {
            let (part, old) = (part.shown.as_ref().unwrap(), old.shown.as_ref().unwrap());
            assert_eq!(part.total, old.total);
            assert_eq!(part.attestations, old.attestations);
        }
        // What is attested must have stood where a dispute would be heard.
        assert_eq!(shown.grade, Some(Grade::Claimed));
        assert_eq!(shown.parts[1].shown.as_ref().unwrap().grade, Grade::Folded);
        // It is news to nobody.
        assert_eq!(council.waiting(), 0);
        assert_eq!((council.stats().malformed, council.stats().news), (0, 0));
        // And as good as what it came from.
        assert_eq!(council.board_bytes(), bytes);
    }
}

#[test]
fn a_tab_that_restored_its_board_goes_on_with_the_others() {
    for seed in 2..6 {
        let mut hall = votes(seed);
        let bytes = stored(&hall, 4);
        hall.reload(4);
        hall.vote(8, 1).unwrap();
        hall.run(15_000);
        hall.act(4, |tab, now| tab.input(Input::RestoreBoard(&bytes), now));
        assert_eq!(hall.shown(4).missing().count(), 0);
        assert_ne!(hall.shown(4).total, hall.shown(0).total);
        hall.connect(4);
        hall.run(120_000);
        assert_eq!(hall.shown(4).total, hall.shown(0).total);
        assert_eq!(hall.shown(4).grade, Some(Grade::Attested(3)));
        assert!((0..9).all(|client| hall.stats(client).disputed == 0));
    }
}

#[test]
fn what_was_struck_meanwhile_is_not_shown_from_disk() {
    let mut hall = votes(3);
    let bytes = stored(&hall, 4);
    let return_id = hall.board(4).claims(P[2])[0].statement().return_id();
    hall.strike(P[2], return_id);
    hall.run(10_000);
    hall.reload(4);
    for _ in 0..2 {
        hall.act(4, |tab, now| tab.input(Input::RestoreBoard(&bytes), now));
        let shown = hall.shown(4);
        assert!(shown.parts[0].shown.is_some());
        assert!(shown.parts[2].shown.is_none());
    }
    let mut tab = bare(&hall, 4);
    tab.handle(Input::RestoreBoard(&bytes), hall.world.now());
    restore(&mut tab, &records(&hall, 4), hall.world.now());
    wake(&mut tab, hall.world.now().after(Millis(5_000)));
    let board = tab.council().unwrap().board().unwrap();
    assert!(board.total().parts[2].shown.is_none());
}

#[test]
fn what_does_not_read_or_is_not_signed_is_counted_and_left_out() {
    let hall = votes(4);
    let bytes = stored(&hall, 4);
    let digest = hall.board(4).digest();
    let faults = |bytes: &[u8]| {
        let mut tab = bare(&hall, 4);
        restore(&mut tab, &records(&hall, 4)[..1], hall.world.now());
        tab.handle(Input::RestoreBoard(bytes), hall.world.now());
        wake(&mut tab, hall.world.now().after(Millis(5_000)));
        let council = tab.council().unwrap();
        let stats = council.stats();
        let same = council.board().unwrap().digest() == digest;
        (stats.malformed, stats.bad_signatures, same)
    };
    assert_eq!(faults(&bytes), (0, 0, true));
    assert_eq!(faults(&[]), (0, 0, false));
    for length in (1..bytes.len()).step_by(41) {
        let (malformed, bad, same) = faults(&bytes[..length]);
        // The version alone is a board on which nothing stands.
        assert_eq!((malformed, bad), (u64::from(length > 1), 0), "{length}");
        assert!(!same);
    }
    for at in (0..bytes.len()).step_by(41) {
        let mut bytes = bytes.clone();
        bytes[at] ^= 0x10;
        let (malformed, bad, same) = faults(&bytes);
        assert!(malformed + bad > 0 && !same, "{at}");
    }
    assert_eq!(faults(&vec![1; MAX_STORED + 1]), (1, 0, false));

    // Another poll's, in which other keys vote.
    let other = {
        let other = Hall::new(5, 2, 1);
        let mut tab = Tab::new(Config {
            poll: other.poll.id(),
            secret: hall.poll.secret().clone(),
            voter: other.key(0),
            chair: None,
            precinct: Some((2, P[0])),
            timing: Default::default(),
            seed: [9; 32],
        });
        restore(&mut tab, &records(&other, 0), other.world.now());
        tab.handle(Input::RestoreBoard(&bytes), other.world.now());
        let council = tab.council().unwrap();
        assert!(council.board().unwrap().claims(P[0]).is_empty());
        council.stats()
    };
    assert!(other.malformed + other.bad_signatures > 0);
}
