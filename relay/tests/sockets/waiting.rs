//! Readers that stop: what they cost, and that others do not pay for them.

use std::time::Duration;

use election_envelope::Handle;
use election_relay::{Config, parse_proxy};

use crate::support::{Client, Received, TestRelay, patient};

const KIB: usize = 1024;
/// As long as a frame of ops is, see docs/protocol.md.
const FRAME: usize = 31 * KIB;
/// What the system keeps for a reader that stops, doubled by Linux.
const SMALL: u32 = 4 * 1024;

/// The default bounds of what waits, and no others.
fn bounded() -> Config {
    let Config {
        outbox,
        outbox_budget,
        ..
    } = Config::default();
    Config {
        outbox,
        outbox_budget,
        // Loopback stands for several addresses.
        proxies: vec![parse_proxy("192.0.2.1").unwrap()],
        max_connections_per_address: 1_000,
        max_room_size_per_address: 1_000,
        // Nobody is hung up on while a busy machine gets through this.
        write_timeout: Duration::from_secs(600),
        ..patient()
    }
}

async fn join(relay: &TestRelay, from: (u8, u8), buffer: Option<u32>) -> (Client, Handle) {
    let mut client = Client::connect_from(from, relay.address, "room", buffer, None).await;
    let handle = client.welcome().await;
    (client, handle)
}

/// A frame with a number, of which the rest is filling.
fn numbered(number: u32) -> Vec<u8> {
    let mut payload = vec![7; FRAME];
    payload[..4].copy_from_slice(&number.to_be_bytes());
    payload
}

fn number_of(payload: &[u8]) -> u32 {
    u32::from_be_bytes(payload[..4].try_into().unwrap())
}

#[tokio::test]
async fn one_that_stops_costs_at_most_256_kib_and_loses_no_window_of_a_comparison() {
    let relay = TestRelay::start(bounded()).await;
    let (mut sender, _) = join(&relay, (0, 1), None).await;
    let (mut stopped, to) = join(&relay, (0, 2), Some(SMALL)).await;
    let window = 6;
    for number in 0..window {
        sender.reply(to, &numbered(number)).await;
    }
    relay
        .until_health("frames_in", |frames| frames == u64::from(window))
        .await;
    for number in 0..window {
        assert_eq!(number_of(&stopped.receive_payload().await), number);
    }

    let many = 40;
    for number in 0..many {
        sender.reply(to, &numbered(number)).await;
    }
    sender.reply(to, b"the last").await;
    relay
        .until_health("frames_in", |frames| frames == u64::from(window + many + 1))
        .await;
    let mut held = 0;
    loop {
        match stopped.receive().await {
            Received::Frame(_, payload) if payload == b"the last" => break,
            Received::Frame(_, payload) => held += payload.len(),
            other => panic!("a frame should come, not {other:?}"),
        }
    }
    // Among them what its own system kept: twice what was asked for, and the segment that found it
    // full.
    let own = 2 * SMALL as usize + 64 * KIB;
    assert!(held >= 5 * FRAME, "{held} bytes");
    assert!(held <= 256 * KIB + own, "{held} bytes");
    assert!(relay.health("frames_dropped").await > 0);
}

#[tokio::test]
async fn seven_hundred_that_stop_do_not_cost_a_newcomer_its_stream() {
    for addresses in [1, 100] {
        let relay = TestRelay::start(bounded()).await;
        let (mut holder, _) = join(&relay, (9, 1), None).await;
        let mut stopped = Vec::new();
        for number in 0..700_u16 {
            let from = (1, 1 + (number % addresses) as u8);
            stopped.push(join(&relay, from, Some(SMALL)).await);
        }
        // Three frames each wait in the relay beyond what the systems keep.
        for _ in 0..5 {
            for (_, to) in &stopped {
                holder.reply(*to, &numbered(0)).await;
            }
        }
        let budget = Config::default().outbox_budget as u64;
        relay
            .until_health("waiting_bytes", |bytes| bytes > budget / 2)
            .await;

        let (mut newcomer, to) = join(&relay, (9, 2), None).await;
        let mut next = 0;
        let mut fillers = stopped.iter().cycle();
        for number in 0..300 {
            holder.reply(to, &numbered(number)).await;
            for (_, stopped) in fillers.by_ref().take(3) {
                holder.reply(*stopped, &numbered(0)).await;
            }
            // A window of six, as a comparison has.
            if number >= 5 {
                assert_eq!(number_of(&newcomer.receive_payload().await), next);
                next += 1;
            }
        }
        while next < 300 {
            assert_eq!(number_of(&newcomer.receive_payload().await), next);
            next += 1;
        }
        let waiting = relay.health("waiting_bytes").await;
        assert!(waiting <= budget, "{waiting} bytes wait");
        assert!(
            waiting >= budget / 2,
            "{waiting} bytes wait: too few to show anything"
        );
    }
}

#[tokio::test]
async fn one_address_fills_neither_a_room_nor_the_relay() {
    let relay = TestRelay::start(Config {
        max_room_size_per_address: 3,
        max_connections_per_address: 5,
        ..bounded()
    })
    .await;
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(join(&relay, (1, 1), None).await);
    }
    let mut fourth = Client::connect_from((1, 1), relay.address, "room", None, None).await;
    let full = Received::Notice(election_envelope::Notice::RoomFull);
    assert_eq!(fourth.receive().await, full);
    assert!(matches!(fourth.receive().await, Received::Closed(Some(_))));
    drop(fourth);
    // Another address, and this one in another room.
    held.push(join(&relay, (1, 2), None).await);
    for room in ["a", "b"] {
        let mut other = Client::connect_from((1, 1), relay.address, room, None, None).await;
        let handle = other.welcome().await;
        held.push((other, handle));
    }
    let sixth = tokio::net::TcpSocket::new_v4().unwrap();
    sixth
        .bind((std::net::Ipv4Addr::new(127, 0, 1, 1), 0).into())
        .unwrap();
    let mut sixth = sixth.connect(relay.address).await.unwrap();
    let mut answer = String::new();
    let read = tokio::io::AsyncReadExt::read_to_string(&mut sixth, &mut answer);
    crate::support::soon("it is turned away", read)
        .await
        .unwrap();
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    assert!(answer.ends_with("\r\ntoo many connections of this address\n"));
}
