//! What a bad client costs: itself, and nobody else.

use std::time::Duration;

use election_envelope::{MAX_PAYLOAD, Notice, ToRelay};
use election_relay::{Config, MessageRateLimit, OutboxLimit};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};

use crate::support::{Client, Received, TestRelay, patient, soon};

/// Two good clients talk before and after a third one misbehaves, and the third is told this.
async fn is_cut_off(message: Message, notice: Notice, code: CloseCode) {
    let relay = TestRelay::start(Config::default()).await;
    let (mut good, _) = Client::join_many(&relay, "room", 2).await;
    let (mut bad, _) = Client::join(&relay, "room").await;
    bad.send(message).await;
    assert_eq!(bad.receive().await, Received::Notice(notice));
    assert_eq!(bad.receive().await, Received::Closed(Some(code)));
    relay
        .until_health("connections", |connections| connections == 2)
        .await;
    good[0].spread(255, b"still here").await;
    assert_eq!(good[1].receive_payload().await, b"still here");
}

#[tokio::test]
async fn a_text_message_is_refused() {
    is_cut_off(
        Message::Text("hello".into()),
        Notice::Malformed,
        CloseCode::Unsupported,
    )
    .await;
}

#[tokio::test]
async fn what_is_no_envelope_is_refused() {
    let samples: [&[u8]; 5] = [b"", b"\x00", b"\x01", b"\x01\x00payload", b"\x02\x00\x00"];
    for sample in samples {
        is_cut_off(
            Message::Binary(sample.to_vec().into()),
            Notice::Malformed,
            CloseCode::Invalid,
        )
        .await;
    }
}

#[tokio::test]
async fn a_payload_one_byte_too_long_is_refused() {
    let payload = vec![7; MAX_PAYLOAD + 1];
    let spread = ToRelay::Spread {
        fan_out: 1,
        payload: &payload,
    }
    .encode();
    is_cut_off(
        Message::Binary(spread.into()),
        Notice::PayloadTooLarge,
        CloseCode::Size,
    )
    .await;
}

#[tokio::test]
async fn a_message_of_many_megabytes_is_refused_before_it_is_read() {
    let message = Message::Binary(vec![1; 32 * 1024 * 1024].into());
    is_cut_off(message, Notice::PayloadTooLarge, CloseCode::Size).await;
}

#[tokio::test]
async fn a_message_in_many_small_pieces_is_refused_as_well() {
    let relay = TestRelay::start(Config::default()).await;
    let (mut bad, _) = Client::join(&relay, "room").await;
    let mut kind = OpCode::Data(Data::Binary);
    for _ in 0..70 {
        bad.send(Message::Frame(Frame::message(vec![1; 1000], kind, false)))
            .await;
        kind = OpCode::Data(Data::Continue);
    }
    assert_eq!(
        bad.receive().await,
        Received::Notice(Notice::PayloadTooLarge)
    );
    assert_eq!(bad.receive().await, Received::Closed(Some(CloseCode::Size)));
}

#[tokio::test]
async fn a_relay_with_a_smaller_limit_says_so_and_keeps_to_it() {
    let relay = TestRelay::start(Config {
        max_payload: 100,
        ..patient()
    })
    .await;
    let (mut client, welcome) = Client::join(&relay, "room").await;
    assert_eq!(welcome.max_payload, 100);
    client.spread(1, &[7; 101]).await;
    assert_eq!(
        client.receive().await,
        Received::Notice(Notice::PayloadTooLarge)
    );
}

#[tokio::test]
async fn bytes_that_are_no_websocket_are_refused() {
    let relay = TestRelay::start(Config::default()).await;
    let (mut good, _) = Client::join_many(&relay, "room", 2).await;
    let (bad, _) = Client::join(&relay, "room").await;
    let mut stream = bad.socket.into_inner();
    // A frame without the mask that every client must use.
    stream.write_all(&[0x82, 0x01, 0x00]).await.unwrap();
    let mut rest = Vec::new();
    let _ = soon("the relay hangs up", stream.read_to_end(&mut rest)).await;
    let code = u16::from(CloseCode::Protocol).to_be_bytes();
    assert!(rest.windows(2).any(|window| window == code), "{rest:?}");
    relay
        .until_health("connections", |connections| connections == 2)
        .await;
    good[0].spread(255, b"still here").await;
    assert_eq!(good[1].receive_payload().await, b"still here");
}

#[tokio::test]
async fn one_who_vanishes_without_a_word_leaves_the_room() {
    let relay = TestRelay::start(Config::default()).await;
    let (mut good, _) = Client::join(&relay, "room").await;
    let (bad, _) = Client::join(&relay, "room").await;
    drop(bad);
    good.receive_until(|received| *received == Received::Room(1))
        .await;
}

#[tokio::test]
async fn a_slow_reader_loses_frames_and_the_others_do_not() {
    let outbox = OutboxLimit {
        frames: 8,
        bytes: 1024 * 1024,
    };
    let relay = TestRelay::start(Config {
        outbox,
        ..patient()
    })
    .await;
    // It joins, and never reads again.
    let (_slow, _) = Client::join(&relay, "room").await;
    let (mut good, _) = Client::join_many(&relay, "room", 2).await;
    let mut payload = vec![0; 32 * 1024];
    let mut sent = 0_u32;
    while relay.health("frames_dropped").await == 0 {
        assert!(sent < 10_000, "no socket buffers 320 MB");
        for _ in 0..50 {
            payload[..4].copy_from_slice(&sent.to_be_bytes());
            good[0].spread(2, &payload).await;
            // In lock-step, so that this reader is never behind.
            assert_eq!(good[1].receive_payload().await[..4], sent.to_be_bytes());
            sent += 1;
        }
    }
}

#[tokio::test]
async fn one_who_never_reads_is_cut_off_in_the_end() {
    let relay = TestRelay::start(Config {
        write_timeout: Duration::from_millis(100),
        ..patient()
    })
    .await;
    let (_stuck, _) = Client::join(&relay, "room").await;
    let (mut sender, _) = Client::join(&relay, "room").await;
    let payload = vec![0; MAX_PAYLOAD];
    soon("the stuck one is cut off", async {
        while relay.health("connections").await == 2 {
            for _ in 0..20 {
                sender.spread(1, &payload).await;
            }
        }
    })
    .await;
    assert_eq!(relay.health("connections").await, 1);
}

#[tokio::test]
async fn a_stalled_handshake_is_closed() {
    let relay = TestRelay::start(Config {
        handshake_timeout: Duration::from_millis(100),
        ..patient()
    })
    .await;
    for start in ["", "GET /relay/room HTTP/1.1\r\nHost: x\r\nUpgr"] {
        let mut stream = TcpStream::connect(relay.address).await.unwrap();
        stream.write_all(start.as_bytes()).await.unwrap();
        let mut rest = Vec::new();
        // The end may be orderly or not; what counts is that it comes.
        let _ = soon("the relay hangs up", stream.read_to_end(&mut rest)).await;
        assert!(!rest.starts_with(b"HTTP/1.1 101"));
    }
    let (client, _) = Client::join(&relay, "room").await;
    client.leave().await;
}

#[tokio::test]
async fn what_comes_too_fast_is_dropped_and_its_sender_told() {
    let messages = MessageRateLimit {
        per_second: 1,
        burst: 3,
        flood_seconds: 1_000,
    };
    let relay = TestRelay::start(Config {
        messages,
        ..patient()
    })
    .await;
    let (mut clients, _) = Client::join_many(&relay, "room", 2).await;
    let sent = 100;
    for number in 0..sent {
        clients[0].spread(1, &[number]).await;
    }
    assert_eq!(
        clients[0].receive().await,
        Received::Notice(Notice::TooFast)
    );
    for number in 0..3 {
        assert_eq!(clients[1].receive_payload().await, [number]);
    }
    soon("every frame is judged", async {
        while relay.health("frames_in").await + relay.health("frames_dropped").await
            < u64::from(sent)
        {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    assert_eq!(relay.health("connections").await, 2);
}

#[tokio::test]
async fn a_flood_is_cut_off() {
    let messages = MessageRateLimit {
        per_second: 1,
        burst: 1,
        flood_seconds: 1,
    };
    let relay = TestRelay::start(Config {
        messages,
        ..patient()
    })
    .await;
    let (mut flooder, _) = Client::join(&relay, "room").await;
    soon("the flood is cut off", async {
        while relay.health("connections").await == 1 {
            for _ in 0..50 {
                flooder.spread(1, b"x").await;
            }
        }
    })
    .await;
    // Notices of the first second come before the end; the close may be lost in the flood.
    flooder
        .receive_until(|received| matches!(received, Received::Closed(_)))
        .await;
}
