//! Rooms that are crowds, over real sockets: whoever has the link fills one with connections that
//! are silent, open sessions, or look like peers. Every vote arrives all the same, and every
//! newcomer gets the poll. How long that takes is printed (`cargo xtask bench relay`) and not
//! asserted: the times are core's tests' to hold, on a simulated clock.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ed25519_zebra::SigningKey;
use election_core::ids::{PollId, ReplicaId};
use election_core::poll::ballot::Ballot;
use election_core::poll::choice::Choice;
use election_core::poll::genesis::Genesis;
use election_core::poll::method::Method;
use election_core::poll::op::{Op, VerifiedGenesis};
use election_core::time::Millis;
use election_core::wire::envelope::{Signed, sign};
use election_core::wire::frame::{self, Digest, FrameWriter, Head, MessageRef, kind};
use election_core::wire::link::Link;
use election_core::wire::relay::{FromRelay, Notice, ToRelay};
use election_core::wire::sealed::Seal;
use futures_util::{SinkExt, StreamExt};
use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::programs::{Poll, run};
use crate::relay::Relay;
use crate::sample;

// What strangers do, shared with the simulated crowds, which use more of it.
#[path = "../../../core/tests/crowd/stranger.rs"]
#[allow(dead_code)]
mod stranger;

use stranger::{Common, Manner, Stranger};

type Socket = WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>;

const BALLOTS: usize = 1_000;
/// So many ballots fit into a frame.
const FRAME: usize = 400;

/// A poll in a room on a relay.
#[derive(Clone)]
struct PollOnRelay {
    address: SocketAddr,
    link: Link,
}

impl PollOnRelay {
    async fn connect(&self) -> Option<Socket> {
        let room = self.link.secret.room(self.link.poll);
        let url = format!("ws://{}/relay/{room}", self.address);
        connect_async(url).await.ok().map(|(socket, _)| socket)
    }

    fn seal(&self) -> Seal {
        self.link
            .secret
            .seal(self.link.poll, &self.link.secret.room(self.link.poll))
    }

    /// Somebody asks for the poll and says a thousand ballots to all who are there. Gives the
    /// genesis and one of the ballots.
    async fn fill(self) -> [Vec<u8>; 2] {
        let mut socket = self.connect().await.unwrap();
        let (seal, mut nonces) = (self.seal(), ChaCha8Rng::from_seed([3; 32]));
        let mut spread = async |socket: &mut Socket, kind, content: &[u8]| {
            let (replica, digest) = (ReplicaId(7), Digest::default());
            let mut frame = FrameWriter::new(Head { replica, digest });
            frame.put(kind, content);
            let payload = &seal.seal(&frame.into_bytes(), &mut nonces);
            let fan_out = 255;
            let message = ToRelay::Spread { fan_out, payload }.encode();
            socket.send(Message::Binary(message.into())).await.unwrap();
        };
        spread(&mut socket, kind::HELLO, &[]).await;
        let genesis = self.receive_genesis(&mut socket).await;
        let ballots: Vec<Vec<u8>> = (0..BALLOTS).map(|voter| ballot(&genesis, voter)).collect();
        for ops in ballots.chunks(FRAME) {
            spread(&mut socket, kind::OPS, &ops.concat()).await;
        }
        socket.close(None).await.unwrap();
        while let Some(Ok(_)) = socket.next().await {}
        [genesis.bytes().to_vec(), ballots[0].clone()]
    }

    async fn receive_genesis(&self, socket: &mut Socket) -> VerifiedGenesis {
        loop {
            let message = socket.next().await.unwrap().unwrap().into_data();
            let Ok(FromRelay::Frame { payload, .. }) = FromRelay::decode(&message) else {
                continue;
            };
            let plain = self.seal().open(payload).unwrap();
            let (_, mut messages) = frame::read_head(&plain).unwrap();
            while let Ok(Some(message)) = frame::next_message(&mut messages) {
                if let MessageRef::Ops { bytes, .. } = message {
                    let genesis = Signed::<Genesis>::decode(bytes, PollId::NONE, &()).unwrap();
                    return genesis.verify().unwrap();
                }
            }
        }
    }

    /// One stranger after the other on one connection after the other, for ever.
    async fn crowd(self, common: Arc<Mutex<Common>>, number: usize, start: Instant) {
        for seed in (number as u64..).step_by(1_000) {
            let Some(socket) = self.connect().await else {
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            let now = || Millis(1_000 + start.elapsed().as_millis() as u64);
            let mut stranger = Stranger::new(number, seed, now());
            let (mut sink, mut stream) = socket.split();
            let mut ticks = tokio::time::interval(Duration::from_millis(100));
            loop {
                let mut message = None;
                tokio::select! {
                    next = stream.next() => match next {
                        Some(Ok(next)) => message = Some(next.into_data()),
                        _ => break,
                    },
                    _ = ticks.tick() => {}
                }
                let said = {
                    let mut common = common.lock().unwrap();
                    if stranger.leaves(&common, now()) {
                        break;
                    }
                    match message.as_deref().map(FromRelay::decode) {
                        None => stranger.act(&common, now()),
                        Some(Ok(FromRelay::Frame { from, payload })) => {
                            common.replicas.insert(from);
                            stranger.hear(&mut common, from, payload)
                        }
                        Some(Ok(FromRelay::Notice(Notice::ReplyTargetGone { target }))) => {
                            common.replicas.remove(&target);
                            Vec::new()
                        }
                        Some(_) => Vec::new(),
                    }
                };
                for (to, payload) in said {
                    let payload = &payload;
                    let reply = ToRelay::Reply { to, payload }.encode();
                    if sink.send(Message::Binary(reply.into())).await.is_err() {
                        break;
                    }
                }
            }
        }
    }
}

fn ballot(genesis: &VerifiedGenesis, voter: usize) -> Vec<u8> {
    let mut key = [11; 32];
    key[..8].copy_from_slice(&(voter as u64).to_be_bytes());
    let choice = Choice::new(&[voter % 3], Method::Single, 3).unwrap();
    let ballot = Op::Ballot(Ballot::new(None, choice, genesis));
    let op = sign(&SigningKey::from(key), genesis.id().into(), ballot);
    op.bytes().to_vec()
}

/// One program holds a thousand ballots, in a crowd. Others come, vote and leave, one after the
/// other; and at last somebody who counts.
fn nobody_is_starved(manner: Manner, usual: usize, full: usize) {
    let relay = Relay::start();
    let poll = Poll::start(&relay.url(), &[]);
    let place = PollOnRelay {
        address: relay.address,
        link: Link::parse(&poll.link).unwrap(),
    };
    let [genesis, ballot] = relay.block_on(place.clone().fill());
    let before = Instant::now();
    assert_eq!(poll.tally()["ballots"], BALLOTS);
    let alone = before.elapsed();

    let common = Common {
        manner,
        seal: place.seal(),
        genesis,
        ballot,
        replicas: Default::default(),
        most: Digest::default(),
        stays: Millis(100),
    };
    let common = Arc::new(Mutex::new(common));
    let strangers = sample::of(usual, full);
    // On a thread of their own: it is the room that they are to hold up.
    let mut elsewhere = tokio::runtime::Builder::new_multi_thread();
    let elsewhere = elsewhere.worker_threads(1).enable_all().build().unwrap();
    for number in 0..strangers {
        let common = Arc::clone(&common);
        elsewhere.spawn(place.clone().crowd(common, number, Instant::now()));
    }
    std::thread::sleep(Duration::from_millis(500));
    let votes = sample::of(3, 20);
    let mut times: Vec<Duration> = Vec::new();
    for vote in 0..votes {
        let before = Instant::now();
        let cast = poll.vote(["Tea", "Coffee", "Water"][vote % 3], &[]).json();
        times.push(before.elapsed());
        assert!(cast["seen_by"].as_u64().unwrap() >= 1, "{cast}");
    }
    let before = Instant::now();
    // It waits for all to agree, which liars never do, and is right all the same.
    let tally = ["tally", &poll.link, "--json", "--settle", "300ms"];
    let tally = run(&[&tally[..], &["--wait", "20s"]].concat()).json();
    let counted = before.elapsed();
    assert_eq!(
        (&tally["ballots"], &tally["counted"]),
        (&(BALLOTS + votes).into(), &(BALLOTS + votes).into())
    );
    times.sort();
    println!(
        "{strangers} {manner:?}: to come with nothing, vote and be held by another {:.1} s at most, {:.1} s half of the time; \
         to come, count {BALLOTS} ballots and wait for agreement {:.1} s, without strangers {:.1} s",
        times[votes - 1].as_secs_f64(),
        times[votes / 2].as_secs_f64(),
        counted.as_secs_f64(),
        alone.as_secs_f64(),
    );
    elsewhere.shutdown_background();
}

#[test]
fn nobody_is_starved_by_two_hundred_silent_connections() {
    nobody_is_starved(Manner::Silent, 200, 200);
}

#[test]
fn nobody_is_starved_by_those_who_open_sessions_from_ever_new_connections() {
    nobody_is_starved(Manner::OpensSessionsAnew, 20, 50);
}

#[test]
fn nobody_is_starved_by_echoes() {
    nobody_is_starved(Manner::Echoes, 20, 50);
}

#[test]
fn nobody_is_starved_by_a_trickle() {
    nobody_is_starved(Manner::Trickles, 20, 50);
}
