//! Strangers in the room: bytes that are no frames, and frames that hold nothing good.

use std::net::SocketAddr;
use std::time::Duration;

use election_core::ids::{PrecinctId, ReplicaId};
use election_core::wire::frame::{Digest, FrameWriter, Head, kind};
use election_core::wire::link::{Link, Secret};
use election_core::wire::relay::{FromRelay, Handle, Notice, ToRelay};
use futures_util::{SinkExt, StreamExt};
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use serde_json::json;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

use crate::programs::{Poll, Running, run};
use crate::relay::Relay;

/// A ballot as it should be, but for its signature.
fn forged_ballot() -> Vec<u8> {
    let author =
        ed25519_zebra::VerificationKeyBytes::from(&ed25519_zebra::SigningKey::from([5; 32]));
    let author: [u8; 32] = author.into();
    [&b"EV\x01\x01\x22"[..], &author, &[0, 0], &[0; 64]].concat()
}

/// Frames from somebody who has the link, and sends what no replica would.
fn bad_frames(random: &mut ChaCha20Rng) -> Vec<Vec<u8>> {
    let digest = Digest {
        root: [7; 16],
        ops: 3,
    };
    let head = FrameWriter::new(Head {
        replica: ReplicaId(9),
        digest,
    })
    .into_bytes();
    let message =
        |kind: u8, content: &[u8]| [&head[..], &[kind, content.len() as u8], content].concat();
    let mut noise = vec![0; 3_000];
    random.fill_bytes(&mut noise);
    let ballot = forged_ballot();
    let mut frames = vec![
        Vec::new(),
        vec![0],
        noise,
        head.clone(),
        message(kind::OWN_OPS, &ballot),
        message(kind::OPS, &ballot[..ballot.len() / 2]),
        message(kind::HELLO, &[]),
        message(kind::SEEN, &[1; 31]),
        // A message and an op that claim to be far longer than they are.
        [&head[..], &[kind::OPS, 0xff, 0xff, 0xff, 0xff, 0x7f]].concat(),
        message(kind::OPS, b"EV\x01\x01\xff\x7f"),
    ];
    frames.extend((16..48).map(|kind| message(kind, &[0xff; 40])));
    frames
}

async fn disturb(address: SocketAddr, link: &Link, room: &str) {
    let mut random = ChaCha20Rng::from_seed([1; 32]);
    let (mut socket, _) = connect_async(format!("ws://{address}/relay/{room}"))
        .await
        .unwrap();
    let seal = link.secret.seal(link.poll, room);
    let other_poll = Secret([0; 16]).seal(link.poll, room);
    for frame in bad_frames(&mut random) {
        let sealed = seal.seal(&frame, &mut random);
        let elsewhere = other_poll.seal(&frame, &mut random);
        for payload in [&frame[..], &sealed, &sealed[..sealed.len() / 2], &elsewhere] {
            socket
                .send(Message::Binary(
                    ToRelay::Spread {
                        fan_out: 255,
                        payload,
                    }
                    .encode()
                    .into(),
                ))
                .await
                .unwrap();
        }
    }
    // The relay takes one message after the other: when it answers this one, it has passed all of
    // them on.
    let nobody = ToRelay::Reply {
        to: Handle(1),
        payload: b"hello",
    }
    .encode();
    socket.send(Message::Binary(nobody.into())).await.unwrap();
    loop {
        let message = socket.next().await.unwrap().unwrap();
        let target = Handle(1);
        let gone = FromRelay::Notice(Notice::ReplyTargetGone { target });
        if FromRelay::decode(&message.into_data()) == Ok(gone) {
            break;
        }
    }
    // It stays in the room as one that never answers, until the relay's end.
    tokio::spawn(async move {
        let _socket = socket;
        std::future::pending::<()>().await;
    });
}

#[test]
fn strangers_in_the_room_change_nothing() {
    let relay = Relay::start();
    let poll = Poll::start(&relay.url(), &[]);
    poll.vote("Tea", &[]).json();
    let before = poll.tally();
    let link = Link::parse(&poll.link).unwrap();
    let room = link.secret.room(link.poll);
    relay.block_on(disturb(relay.address, &link, &room));
    assert_eq!(poll.tally(), before);

    // While somebody comes and votes. Strangers who promise ops and send none cost a newcomer some
    // time.
    let voter = poll.start_vote("Coffee", &[]);
    for _ in 0..3 {
        relay.block_on(disturb(relay.address, &link, &room));
    }
    assert_eq!(
        voter.finish().json()["seen_by"],
        1,
        "only real replicas say that they have it"
    );
    assert_eq!(poll.counts(), (vec![1, 1, 0], [2, 2, 0, 0]));
    poll.maker.terminate();
    assert_eq!(poll.maker.finish().code, Some(0), "it was up all the time");
}

#[test]
fn strangers_in_a_precinct_and_in_the_council_change_nothing() {
    let relay = Relay::start();
    let poll = Poll::start(
        &relay.url(),
        &["--precinct", "North", "--precinct", "South"],
    );
    let vote = |choice, link: &str| {
        let vote = ["vote", link, "--json", "--stay", "--choice", choice];
        let voter = Running::start(&[&vote[..], &["--wait", "1m"]].concat());
        voter.json_line();
        voter
    };
    let _south = vote("Tea", &poll.precinct_links[1]);
    let link = Link::parse(&poll.link).unwrap();
    let council = link.secret.council_room(link.poll);
    let rooms = [0, 1].map(|index| link.secret.precinct_room(link.poll, PrecinctId(index)));
    for room in rooms.iter().chain([&council]) {
        relay.block_on(disturb(relay.address, &link, room));
    }
    // The first of its precinct, who has nobody else to ask for the poll than the council.
    let _north = vote("Coffee", &poll.precinct_links[0]);
    let mut last = (Vec::new(), [0; 4]);
    for _ in 0..20 {
        last = poll.counts();
        if last == (vec![1, 1, 0], [2, 2, 0, 0]) {
            return;
        }
    }
    panic!("still {last:?}");
}

/// Somebody with the link who says, over and over, that they hold something else, and never gives
/// it.
async fn disagree(address: SocketAddr, link: Link, room: String) {
    let mut random = ChaCha20Rng::from_seed([2; 32]);
    let (mut socket, _) = connect_async(format!("ws://{address}/relay/{room}"))
        .await
        .unwrap();
    let seal = link.secret.seal(link.poll, &room);
    let digest = Digest {
        root: [7; 16],
        ops: 3,
    };
    let head = FrameWriter::new(Head {
        replica: ReplicaId(9),
        digest,
    });
    let frame = head.into_bytes();
    loop {
        let payload = &seal.seal(&frame, &mut random);
        let spread = ToRelay::Spread {
            fan_out: 255,
            payload,
        };
        let sent = socket.send(Message::Binary(spread.encode().into())).await;
        if sent.is_err() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[test]
fn a_tally_says_that_replicas_disagree() {
    let relay = Relay::start();
    let poll = Poll::start(&relay.url(), &[]);
    poll.vote("Tea", &[]).json();
    let agreed = poll.tally();
    assert_eq!(
        (&agreed["replicas"], &agreed["agreeing"]),
        (&json!(2), &json!(2))
    );
    let link = Link::parse(&poll.link).unwrap();
    let room = link.secret.room(link.poll);
    relay.spawn(disagree(relay.address, link, room));
    let look = |command: &str, more: &[&str]| {
        let look = [command, &poll.link, "--settle", "200ms", "--wait", "3s"];
        run(&[&look[..], more].concat())
    };
    let tally = look("tally", &["--json"]);
    let shown = tally.json();
    assert_eq!(
        (&shown["replicas"], &shown["agreeing"]),
        (&json!(3), &json!(2))
    );
    assert_eq!(shown["counted"], 1);
    let text = look("tally", &[]);
    let words = "REPLICAS DISAGREE: 2 of 3 hold what is counted here";
    assert!(text.stdout.contains(words), "{}", text.stdout);
    // The same on standard error, also where a list of ballots is all that is printed.
    for told in [tally, text, look("ballots", &["--json"])] {
        let words = "of 3 replicas in reach, this one among them, 2 agreed";
        assert!(told.stderr.contains(words), "{}", told.stderr);
    }
}
