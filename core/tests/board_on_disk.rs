//! A tab that kept its board shows all precincts when it is loaded again without a network.

#![allow(clippy::unwrap_used)]

mod network;
mod rooms;

use election_core::canvass::Grade;
use election_core::ids::PrecinctId;
use election_core::replica::council::disk::MAX_STORED;
use election_core::replica::io::{Config, Input as ReplicaInput, Record};
use election_core::replica::tab::{Input, Room, Tab};
use election_core::time::Millis;
use network::SECRET;
use rooms::Poll;

const P: [PrecinctId; 3] = [PrecinctId(0), PrecinctId(1), PrecinctId(2)];

/// Three precincts of three tabs each, who all voted, some of them twice, so that statements come after others.
fn votes(seed: u64) -> Poll {
    let mut poll = Poll::new(seed, 3, 3);
    poll.run(3_000);
    for client in 0..9 {
        poll.vote(client, client % 3);
    }
    poll.run(20_000);
    for client in [1, 4, 7] {
        poll.vote(client, 0);
        poll.run(15_000);
    }
    poll.run(100_000);
    poll
}

fn stored(poll: &Poll, client: usize) -> Vec<u8> {
    let council = poll.clients[client].tab.council().unwrap();
    council.board_bytes()
}

fn records(poll: &Poll, client: usize) -> Vec<Record> {
    let genesis = Record {
        received: poll.now,
        bytes: poll.genesis.bytes().to_vec(),
    };
    let rest = poll.clients[client].disk.values().cloned();
    [genesis].into_iter().chain(rest).collect()
}

/// That tab loaded again, with nothing from its disk yet.
fn bare(poll: &Poll, client: usize) -> Tab {
    Tab::new(Config {
        poll: poll.id(),
        secret: SECRET,
        voter: poll.clients[client].voter,
        chair: None,
        precinct: Some((3, poll.clients[client].precinct)),
        seed: [9; 32],
    })
}

fn restore(tab: &mut Tab, records: &[Record], now: Millis) {
    let input = Input::Replica(ReplicaInput::Restore(records));
    tab.handle(input, now).unwrap();
}

fn wake(tab: &mut Tab, now: Millis) {
    tab.handle(Input::Replica(ReplicaInput::Wake), now).unwrap();
}

#[test]
fn without_a_network_all_precincts_are_shown_as_they_were_and_none_as_attested() {
    let poll = votes(1);
    let bytes = stored(&poll, 4);
    let before = poll.shown(4);
    assert_eq!(before.grade, Some(Grade::Attested(3)));
    let later = poll.now.after(Millis(5_000));
    for board_first in [true, false] {
        let mut tab = bare(&poll, 4);
        if board_first {
            tab.restore_board(&bytes, poll.now);
        }
        restore(&mut tab, &records(&poll, 4), poll.now);
        if !board_first {
            wake(&mut tab, later);
            let missing = tab.council().unwrap().board().unwrap().total();
            assert_eq!(missing.missing().collect::<Vec<_>>(), [P[0], P[2]]);
            tab.restore_board(&bytes, later);
        }
        wake(&mut tab, later.after(Millis(5_000)));
        let council = tab.council().unwrap();
        let board = council.board().unwrap();
        assert_eq!(board.digest(), poll.board(4).digest());
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
    // In some of them claims wait for each other.
    for seed in 2..6 {
        let mut poll = votes(seed);
        let bytes = stored(&poll, 4);
        poll.reload(4);
        poll.vote(8, 1);
        poll.run(15_000);
        poll.clients[4].tab.restore_board(&bytes, poll.now);
        assert_eq!(poll.shown(4).missing().count(), 0);
        assert_ne!(poll.shown(4).total, poll.shown(0).total);
        poll.connect(4, Room::Precinct);
        poll.run(120_000);
        assert_eq!(poll.shown(4).total, poll.shown(0).total);
        assert_eq!(poll.shown(4).grade, Some(Grade::Attested(3)));
        assert!((0..9).all(|client| poll.stats(client).disputed == 0));
    }
}

#[test]
fn what_was_struck_meanwhile_is_not_shown_from_disk() {
    let mut poll = votes(3);
    let bytes = stored(&poll, 4);
    let return_id = poll.board(4).claims(P[2])[0]
        .statement()
        .return_id(poll.id());
    poll.strike(P[2], return_id);
    poll.run(10_000);
    poll.reload(4);
    for _ in 0..2 {
        poll.clients[4].tab.restore_board(&bytes, poll.now);
        let shown = poll.shown(4);
        assert!(shown.parts[0].shown.is_some());
        assert!(shown.parts[2].shown.is_none());
    }
    let mut tab = bare(&poll, 4);
    tab.restore_board(&bytes, poll.now);
    restore(&mut tab, &records(&poll, 4), poll.now);
    wake(&mut tab, poll.now.after(Millis(5_000)));
    let board = tab.council().unwrap().board().unwrap();
    assert!(board.total().parts[2].shown.is_none());
}

#[test]
fn what_does_not_read_or_is_not_signed_is_counted_and_left_out() {
    let poll = votes(4);
    let bytes = stored(&poll, 4);
    let digest = poll.board(4).digest();
    let faults = |bytes: &[u8]| {
        let mut tab = bare(&poll, 4);
        restore(&mut tab, &records(&poll, 4)[..1], poll.now);
        tab.restore_board(bytes, poll.now);
        wake(&mut tab, poll.now.after(Millis(5_000)));
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
        let other = Poll::new(5, 2, 1);
        let mut tab = Tab::new(Config {
            poll: other.id(),
            secret: SECRET,
            voter: other.clients[0].voter,
            chair: None,
            precinct: Some((2, P[0])),
            seed: [9; 32],
        });
        restore(&mut tab, &records(&other, 0), other.now);
        tab.restore_board(&bytes, other.now);
        let council = tab.council().unwrap();
        assert!(council.board().unwrap().claims(P[0]).is_empty());
        council.stats()
    };
    assert!(other.malformed + other.bad_signatures > 0);
}
