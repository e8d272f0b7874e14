//! Stopping under load.

use std::time::Duration;

use election_envelope::Notice;
use election_relay::Config;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::support::{Client, Received, TestRelay, patient, soon};

#[tokio::test]
async fn a_stop_under_load_tells_everyone_and_ends() {
    let relay = TestRelay::start(patient()).await;
    let (mut idle, _) = Client::join(&relay, "quiet").await;
    let (busy, _) = Client::join_many(&relay, "busy", 8).await;
    let loads: Vec<_> = busy
        .into_iter()
        .map(|client| tokio::spawn(talk_until_closed(client)))
        .collect();
    relay
        .until_health("frames_out", |frames| frames > 100)
        .await;
    let address = relay.address;
    relay.stop.cancel();
    assert_eq!(idle.receive().await, Received::Notice(Notice::Stopping));
    assert_eq!(
        idle.receive().await,
        Received::Closed(Some(CloseCode::Away))
    );
    for load in loads {
        soon("a busy client is told", load).await.unwrap();
    }
    assert!(relay.ended().await.is_ok());
    assert!(TcpStream::connect(address).await.is_err());
}

/// Sends and receives in turn, until the relay hangs up.
async fn talk_until_closed(mut client: Client) {
    loop {
        client.spread(255, &[7; 1000]).await;
        if matches!(client.receive().await, Received::Closed(_)) {
            return;
        }
    }
}

#[tokio::test]
async fn a_stop_does_not_wait_for_those_who_never_read() {
    let stop_timeout = Duration::from_millis(100);
    let relay = TestRelay::start(Config {
        stop_timeout,
        ..patient()
    })
    .await;
    let (_stuck, _) = Client::join(&relay, "room").await;
    let (mut sender, _) = Client::join(&relay, "room").await;
    for _ in 0..400 {
        sender.spread(1, &[7; 60_000]).await;
    }
    relay.stop.cancel();
    assert!(relay.ended().await.is_ok());
}
