//! More bytes than a connection may have forwarded: they wait, and nobody else does.

use election_envelope::Notice;
use election_relay::{Config, RateLimit};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::support::{Client, Received, TestRelay, patient, soon};

const KIB: usize = 1024;

fn forwarding(bytes_per_second: usize) -> Config {
    Config {
        forward: RateLimit {
            per_second: bytes_per_second as u64,
            burst: 64 * KIB as u64,
        },
        ..patient()
    }
}

#[tokio::test]
async fn all_that_is_above_the_budget_arrives() {
    let relay = TestRelay::start(forwarding(32 * 1024 * KIB)).await;
    let (mut clients, _) = Client::join_many(&relay, "room", 3).await;
    let mut sender = clients.remove(0);
    // More than all the buffers on the way hold: the sender is held up, too.
    let count = 200_u8;
    let sending = tokio::spawn(async move {
        for number in 0..count {
            sender.spread(2, &vec![number; 60 * KIB]).await;
        }
        sender
    });
    for number in 0..count {
        for client in &mut clients {
            let payload = client.receive_payload().await;
            assert_eq!(payload.len(), 60 * KIB);
            assert!(payload.iter().all(|byte| *byte == number));
        }
    }
    soon("everything is sent", sending).await.unwrap();
    assert_eq!(relay.health("frames_dropped").await, 0);
    assert!(relay.health("pauses").await > 0);
}

#[tokio::test]
async fn a_relay_stops_while_a_connection_waits() {
    let relay = TestRelay::start(forwarding(64 * KIB)).await;
    // One frame to all of them is a minute's worth: longer than this test waits for anything.
    let (mut clients, _) = Client::join_many(&relay, "room", 64).await;
    for _ in 0..3 {
        clients[0].spread(255, &vec![7; 64 * KIB]).await;
    }
    relay.until_health("pauses", |pauses| pauses == 1).await;
    assert_eq!(relay.health("frames_in").await, 1);
    clients[1].spread(1, b"nobody else waits").await;
    relay.until_health("frames_in", |frames| frames == 2).await;
    relay.stop.cancel();
    // What was forwarded to it before the stop may come first.
    let stopping = Received::Notice(Notice::Stopping);
    clients[0]
        .receive_until(|received| *received == stopping)
        .await;
    assert_eq!(
        clients[0].receive().await,
        Received::Closed(Some(CloseCode::Away))
    );
    drop(clients);
    assert!(relay.ended().await.is_ok());
}
