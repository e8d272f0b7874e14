//! Single transitions of a room.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::ids::PollId;
use crate::timing::Timing;
use crate::wire::link::Secret;

const HERE: &str = "here";

fn room(name: &str, seed: u8) -> Room {
    let timing = Timing::default();
    let seal = Secret([1; 16]).seal(PollId([2; 32]), name);
    Room::new((seal, [seed; 32]), timing.digests, timing.hello, 2)
}

fn connected(size: u32) -> Room {
    let mut room = room(HERE, 1);
    room.connect(Some(size));
    room
}

/// What it sends when it has nothing to say.
fn frame(room: &mut Room) -> Vec<u8> {
    let sent = room.send(&[Destination::Spread(1)], Digest::default(), &[]);
    sent.into_iter().next().unwrap().1
}

fn proven(to: &[Destination]) -> usize {
    let is_reply = |to: &&Destination| matches!(to, Destination::Reply(_));
    to.iter().filter(is_reply).count()
}

#[test]
fn a_frame_is_opened_by_another_in_the_same_room_only() {
    let (mut here, mut there) = (connected(2), room(HERE, 2));
    there.connect(Some(2));
    let payload = frame(&mut here);
    let received = there.receive(Handle(7), &payload).unwrap();
    assert_eq!(received.head.replica, here.replica());
    assert!(received.messages().is_empty());
    let mut elsewhere = room("elsewhere", 3);
    elsewhere.connect(Some(2));
    assert!(elsewhere.receive(Handle(7), &payload).is_none());
    assert_eq!(elsewhere.traffic.unsealed, 1);
    assert!(here.receive(Handle(7), &payload).is_none(), "it is its own");
    assert_eq!(there.traffic.bytes_in, payload.len() as u64);
}

#[test]
fn what_does_not_hold_together_is_counted_and_a_muted_connection_is_not_looked_at() {
    let mut room = connected(2);
    let seal = Secret([1; 16]).seal(PollId([2; 32]), HERE);
    let short = seal.seal(&[9], &mut room.random);
    assert!(room.receive(Handle(7), &short).is_none());
    assert_eq!(room.traffic.malformed, 1);
    room.peers.mute(Handle(7), Millis(0));
    assert!(room.receive(Handle(7), &short).is_none());
    assert_eq!((room.traffic.malformed, room.traffic.muted), (1, 1));
}

#[test]
fn without_a_connection_nothing_is_sent_or_received() {
    let (mut room, mut other) = (room(HERE, 1), connected(2));
    let payload = frame(&mut other);
    assert!(room.receive(Handle(7), &payload).is_none());
    let to = [Destination::Spread(3)];
    assert!(room.send(&to, Digest::default(), &[]).is_empty());
    assert_eq!(
        (room.resize(5), room.size(), room.others()),
        (None, None, 0)
    );
    assert!(!room.connect(Some(5)));
    assert_eq!((room.resize(6), room.others()), (Some(5), 5));
    assert_eq!(room.send(&to, Digest::default(), &[]).len(), 1);
    assert!(room.connect(None));
}

#[test]
fn half_of_a_spread_goes_to_proven_peers_unless_all_are_reached() {
    let mut room = connected(100);
    assert_eq!(room.choose(8, 4), [Destination::Spread(8)]);
    for peer in 0..10 {
        room.peers.prove(Handle(peer), Millis(1));
    }
    let to = room.choose(8, 4);
    assert_eq!((proven(&to), to[4]), (4, Destination::Spread(4)));
    room.resize(9);
    assert_eq!(room.choose(8, 4), [Destination::Spread(8)]);
}

#[test]
fn what_is_held_is_said_after_a_change_and_now_and_then() {
    let DigestTiming {
        heartbeat, quiet, ..
    } = Timing::default().digests;
    let mut room = connected(100);
    for peer in 0..10 {
        room.peers.prove(Handle(peer), Millis(0));
    }
    assert!(room.beat(heartbeat.most).is_none(), "nobody came or went");
    room.changed(Millis(0));
    room.changed(Millis(100));
    assert!(room.beat(quiet).is_none(), "the last change counts");
    let now = quiet.after(Millis(100));
    assert_eq!(room.beat(now).map(|to| proven(&to)), Some(4));
    assert!(room.beat(now.after(heartbeat.least - Millis(1))).is_none());
    let to = room.beat(now.after(heartbeat.most));
    assert_eq!(to.map(|to| proven(&to)), Some(1));
}

#[test]
fn whoever_is_silent_for_long_is_forgotten() {
    let timing = Timing::default().digests;
    let mut room = connected(3);
    let head = |replica: u64| Head {
        replica: ReplicaId(replica),
        digest: Digest::default(),
    };
    let ours = Digest::default();
    room.peers.receive(Handle(1), head(1), ours, Millis(0));
    room.peers.receive(Handle(2), head(2), ours, Millis(1_000));
    room.put_heartbeat_off(Millis(0));
    room.beat(timing.silence);
    let known: Vec<u64> = room.peers.iter().map(|(peer, _)| peer.0).collect();
    assert_eq!(known, [2]);
}

#[test]
fn another_connection_begins_anew() {
    let mut room = connected(100);
    let hello = Timing::default().hello;
    assert_eq!(room.greet(Millis(5)), [Destination::Spread(hello.first)]);
    assert_eq!(room.greeting.said(), 1);
    room.changed(Millis(5));
    room.peers.mute(Handle(3), Millis(5));
    room.peers.prove(Handle(4), Millis(5));
    room.connect(Some(50));
    assert_eq!((room.greeting.said(), room.timers.next()), (0, None));
    assert!(!room.peers.is_muted(Handle(3)));
    assert!(room.peers.proven().has(Handle(4)), "it may be here still");
    room.connect(None);
    room.changed(Millis(9));
    assert_eq!(room.timers.next(), None);
}

#[test]
fn a_peer_differs_from_when_it_first_did_until_it_does_not() {
    let mut peers = Peers::default();
    let digest = |ops: u64| Digest { root: [1; 16], ops };
    let says = |peers: &mut Peers, from: u64, replica: u64, ops: u64, now: u64| {
        let head = Head {
            replica: ReplicaId(replica),
            digest: digest(ops),
        };
        peers.receive(Handle(from), head, digest(5), Millis(now))
    };
    assert_eq!(says(&mut peers, 1, 11, 4, 100), Some(Millis(100)));
    assert_eq!(says(&mut peers, 1, 11, 6, 200), Some(Millis(100)));
    assert_eq!(says(&mut peers, 1, 11, 5, 300), None);
    assert_eq!(says(&mut peers, 1, 11, 4, 400), Some(Millis(400)));
    // One connection is one replica, whatever names it gives itself.
    says(&mut peers, 1, 12, 4, 500);
    let known: Vec<u64> = peers.iter().map(|(peer, _)| peer.0).collect();
    assert_eq!(known, [12]);
}

#[test]
fn the_others_and_the_muted_that_are_remembered_are_bounded() {
    let mut peers = Peers::default();
    for peer in 0..2 * peers::MAX_PEERS as u64 {
        let head = Head {
            replica: ReplicaId(peer),
            digest: Digest::default(),
        };
        peers.receive(Handle(peer), head, Digest::default(), Millis(peer));
    }
    assert_eq!(peers.iter().count(), peers::MAX_PEERS);
    assert_eq!(
        peers.iter().next().unwrap().0,
        ReplicaId(peers::MAX_PEERS as u64)
    );
    for peer in 0..=peers::MAX_MUTED as u64 {
        peers.mute(Handle(peer), Millis(peer));
    }
    assert!(!peers.is_muted(Handle(0)) && peers.is_muted(Handle(1)));
    // And not for ever: a relay may have said of them what was another's.
    let silence = Timing::default().digests.silence;
    peers.forget_silent(silence, silence.after(Millis(1)));
    assert!(!peers.is_muted(Handle(1)) && peers.is_muted(Handle(2)));
}
