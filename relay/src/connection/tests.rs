//! What takes time, on a clock that jumps: the other tests are over real sockets.

mod budget;
mod meter;
mod stuck;

use std::net::{IpAddr, Ipv4Addr};

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio_tungstenite::tungstenite::protocol::Role;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::config::Config;
use crate::relay::Relay;

type Client = WebSocketStream<DuplexStream>;

/// A client whose connection holds this many bytes that nobody has read.
async fn connect(relay: &Arc<Relay>, unread: usize) -> Client {
    let (near, far) = duplex(unread);
    let relay = Arc::clone(relay);
    let address = Address::of(IpAddr::V4(Ipv4Addr::LOCALHOST));
    tokio::spawn(async move {
        if let Some(room) = RoomName::parse("room") {
            serve_connection(&relay, far, address, room).await;
        }
    });
    WebSocketStream::from_raw_socket(near, Role::Client, None).await
}

fn relay() -> Arc<Relay> {
    Arc::new(Relay::new(Config::default(), CancellationToken::new()))
}

fn is(message: &Message, envelope: &FromRelay<'_>) -> bool {
    matches!(message, Message::Binary(bytes) if *bytes == envelope.encode())
}

#[tokio::test(start_paused = true)]
async fn a_heartbeat_is_never_later_than_announced() {
    let relay = relay();
    let mut client = connect(&relay, 64 * 1024).await;
    let welcome = client.next().await;
    assert!(matches!(welcome, Some(Ok(Message::Binary(_)))));
    let mut last = Instant::now();
    let mut beats = 0;
    while beats < 50 {
        match client.next().await {
            Some(Ok(message)) if is(&message, &FromRelay::Heartbeat) => beats += 1,
            Some(Ok(Message::Ping(_))) => continue,
            other => panic!("a heartbeat should come, not {other:?}"),
        }
        let pause = last.elapsed();
        assert!(
            pause <= relay.config.heartbeat + Duration::from_millis(2),
            "{pause:?}"
        );
        assert!(pause >= relay.config.heartbeat / 2, "{pause:?}");
        last = Instant::now();
    }
}

#[tokio::test(start_paused = true)]
async fn one_who_answers_no_ping_is_taken_for_dead() {
    let relay = relay();
    let began = Instant::now();
    let client = connect(&relay, 64 * 1024).await;
    // Reading the bytes and not the messages: the library would answer the pings.
    let mut stream = client.into_inner();
    let mut received = Vec::new();
    assert!(stream.read_to_end(&mut received).await.is_ok());
    let reason = b"no sign of life";
    assert!(
        received
            .windows(reason.len())
            .any(|window| window == reason)
    );
    assert!(began.elapsed() > 3 * relay.config.heartbeat);
    assert_eq!(relay.metrics.connections.get(), 0);
}

#[tokio::test(start_paused = true)]
async fn one_who_answers_pings_may_stay_silent_for_days() {
    let relay = relay();
    let mut client = connect(&relay, 64 * 1024).await;
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(3 * 24 * 60 * 60) {
        assert!(matches!(client.next().await, Some(Ok(_))));
    }
    assert_eq!(relay.metrics.connections.get(), 1);
}

#[tokio::test(start_paused = true)]
async fn one_who_does_not_read_is_dropped_and_what_waited_is_counted() {
    let relay = relay();
    let _stuck = connect(&relay, 1024).await;
    let mut sender = connect(&relay, 1024 * 1024).await;
    assert!(sender.next().await.is_some());
    let spread = ToRelay::Spread {
        fan_out: 1,
        payload: &[7; 1000],
    }
    .encode();
    for _ in 0..20 {
        assert!(
            sender
                .send(Message::Binary(spread.clone().into()))
                .await
                .is_ok()
        );
    }
    let began = Instant::now();
    while relay.metrics.connections.get() == 2 {
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "the stuck one is still here"
        );
        sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(relay.metrics.frames_in.get(), 20);
    assert!(relay.metrics.frames_dropped.get() > 0);
}

#[tokio::test(start_paused = true)]
async fn one_who_is_cut_off_in_the_middle_of_a_message_can_still_read_why() {
    const LENGTH: u64 = 1024 * 1024;
    let relay = relay();
    let stream = connect(&relay, 1024).await.into_inner();
    let (mut read, mut write) = tokio::io::split(stream);
    let mut message = vec![0x82, 0x80 | 127];
    message.extend_from_slice(&LENGTH.to_be_bytes());
    message.resize(message.len() + 4 + LENGTH as usize, 0);
    let mut received = Vec::new();
    let (sent, _) = tokio::join!(write.write_all(&message), read.read_to_end(&mut received));
    assert!(
        sent.is_ok(),
        "a socket closed in the middle would take the reason with it: {sent:?}"
    );
    let reason = b"the payload is too large";
    assert!(
        received
            .windows(reason.len())
            .any(|window| window == reason)
    );
}
