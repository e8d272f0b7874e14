//! Who gets a frame, and who never does.

use std::collections::BTreeMap;
use std::time::Duration;

use election_envelope::{MAX_PAYLOAD, Notice};
use election_relay::Config;

use crate::support::{Client, Received, TestRelay, patient};

const EVERYONE: u8 = 255;

#[tokio::test]
async fn a_welcome_says_who_one_is_and_what_is_allowed() {
    let relay = TestRelay::start(Config::default()).await;
    let (_first, first) = Client::join(&relay, "room").await;
    let (_second, second) = Client::join(&relay, "room").await;
    assert_eq!((first.room_size, second.room_size), (1, 2));
    assert_ne!(first.handle, second.handle);
    assert_eq!(first.max_payload as usize, MAX_PAYLOAD);
    assert_eq!(first.heartbeat_seconds, 20);
}

#[tokio::test]
async fn a_frame_comes_as_it_was_sent_and_names_its_sender() {
    let relay = TestRelay::start(Config::default()).await;
    let (mut clients, handles) = Client::join_many(&relay, "room", 2).await;
    for payload in [vec![], vec![0x81], vec![7; MAX_PAYLOAD]] {
        clients[0].spread(1, &payload).await;
        assert_eq!(
            clients[1].receive().await,
            Received::Frame(handles[0], payload)
        );
    }
}

#[tokio::test]
async fn rooms_are_isolated() {
    let relay = TestRelay::start(patient()).await;
    let (mut here, _) = Client::join_many(&relay, "here", 3).await;
    let (mut there, _) = Client::join_many(&relay, "there", 2).await;
    for number in 0..50 {
        here[0].spread(EVERYONE, &[number]).await;
    }
    for client in &mut here[1..] {
        for number in 0..50 {
            assert_eq!(client.receive_payload().await, [number]);
        }
    }
    there[0].spread(EVERYONE, b"only this").await;
    assert_eq!(there[1].receive_payload().await, b"only this");
}

#[tokio::test]
async fn the_sender_is_never_chosen() {
    let relay = TestRelay::start(patient()).await;
    let (mut clients, _) = Client::join_many(&relay, "room", 3).await;
    for number in 0..=100 {
        clients[0].spread(EVERYONE, &[number]).await;
    }
    while clients[1].receive_payload().await != [100] {}
    clients[1].spread(EVERYONE, b"from another").await;
    assert_eq!(clients[0].receive_payload().await, b"from another");
}

#[tokio::test]
async fn a_lonely_sender_reaches_nobody_and_is_not_told_off() {
    let relay = TestRelay::start(patient()).await;
    let (mut first, _) = Client::join(&relay, "room").await;
    first.spread(EVERYONE, b"hello?").await;
    relay.until_health("frames_in", |frames| frames == 1).await;
    let (mut second, _) = Client::join(&relay, "room").await;
    second.spread(EVERYONE, b"hello").await;
    assert_eq!(first.receive_payload().await, b"hello");
}

#[tokio::test]
async fn a_fan_out_of_k_reaches_k_distinct_others() {
    const OTHERS: u8 = 7;
    let relay = TestRelay::start(patient()).await;
    let (mut clients, _) = Client::join_many(&relay, "room", usize::from(OTHERS) + 1).await;
    for fan_out in 1..=20 {
        clients[0].spread(fan_out, &[fan_out]).await;
    }
    clients[0].spread(EVERYONE, &[0]).await;
    let mut receivers: BTreeMap<u8, u8> = BTreeMap::new();
    for client in &mut clients[1..] {
        let mut previous = 0;
        loop {
            let fan_out = client.receive_payload().await[0];
            if fan_out == 0 {
                break;
            }
            assert!(fan_out > previous, "one client got a frame twice");
            previous = fan_out;
            *receivers.entry(fan_out).or_default() += 1;
        }
    }
    let expected = (1..=20)
        .map(|fan_out| (fan_out, fan_out.min(OTHERS)))
        .collect();
    assert_eq!(receivers, expected);
}

#[tokio::test]
async fn members_are_chosen_evenly() {
    const OTHERS: usize = 11;
    const SPREADS: u32 = 3_000;
    const FAN_OUT: u8 = 3;
    let relay = TestRelay::start(patient()).await;
    let (mut clients, _) = Client::join_many(&relay, "room", OTHERS + 1).await;
    let mut sender = clients.swap_remove(5);
    for _ in 0..SPREADS {
        sender.spread(FAN_OUT, b"x").await;
    }
    sender.spread(EVERYONE, b"end").await;
    let mut counts = Vec::new();
    for client in &mut clients {
        let mut count = 0_u32;
        while client.receive_payload().await == b"x" {
            count += 1;
        }
        counts.push(count);
    }
    assert_eq!(counts.iter().sum::<u32>(), SPREADS * u32::from(FAN_OUT));
    // Chi-square with 10 degrees of freedom exceeds 60 in fewer than one of ten million runs, and
    // three at once without replacement vary less than that.
    let expected = f64::from(SPREADS) * f64::from(FAN_OUT) / OTHERS as f64;
    let chi_square: f64 = counts
        .iter()
        .map(|&count| (f64::from(count) - expected).powi(2) / expected)
        .sum();
    assert!(chi_square < 60.0, "{chi_square}: {counts:?}");
}

#[tokio::test]
async fn a_reply_reaches_one_alone() {
    let relay = TestRelay::start(patient()).await;
    let (mut clients, handles) = Client::join_many(&relay, "room", 3).await;
    clients[1].reply(handles[0], b"for you").await;
    assert_eq!(
        clients[0].receive().await,
        Received::Frame(handles[1], b"for you".to_vec())
    );
    clients[1].spread(EVERYONE, b"for all").await;
    assert_eq!(clients[2].receive_payload().await, b"for all");
}

/// By this a page finds out that its line is silent.
#[tokio::test]
async fn a_reply_to_oneself_comes_back() {
    let relay = TestRelay::start(patient()).await;
    let (mut clients, handles) = Client::join_many(&relay, "room", 2).await;
    clients[0].reply(handles[0], b"anybody?").await;
    assert_eq!(clients[0].receive_payload().await, b"anybody?");
}

#[tokio::test]
async fn a_reply_to_one_who_left_comes_back_as_a_notice() {
    let relay = TestRelay::start(patient()).await;
    let (mut clients, handles) = Client::join_many(&relay, "room", 2).await;
    clients.pop().unwrap().leave().await;
    relay
        .until_health("connections", |connections| connections == 1)
        .await;
    clients[0].reply(handles[1], b"are you there").await;
    assert_eq!(
        clients[0].receive().await,
        Received::Notice(Notice::ReplyTargetGone { target: handles[1] })
    );
}

#[tokio::test]
async fn a_reply_does_not_leave_its_room() {
    let relay = TestRelay::start(patient()).await;
    let (mut here, _) = Client::join(&relay, "here").await;
    let (mut there, handles) = Client::join_many(&relay, "there", 2).await;
    here.reply(handles[0], b"from elsewhere").await;
    let target = handles[0];
    let gone = Received::Notice(Notice::ReplyTargetGone { target });
    assert_eq!(here.receive().await, gone);
    there[1].reply(handles[0], b"from here").await;
    assert_eq!(there[0].receive_payload().await, b"from here");
}

#[tokio::test]
async fn members_receive_how_many_they_are() {
    let relay = TestRelay::start(Config {
        announce_interval: Duration::from_millis(1),
        ..patient()
    })
    .await;
    let (mut first, _) = Client::join(&relay, "room").await;
    let (second, _) = Client::join(&relay, "room").await;
    let (_third, _) = Client::join(&relay, "room").await;
    first
        .receive_until(|received| *received == Received::Room(3))
        .await;
    second.leave().await;
    first
        .receive_until(|received| *received == Received::Room(2))
        .await;
}

#[tokio::test]
async fn a_heartbeat_comes_by_itself() {
    let relay = TestRelay::start(Config {
        heartbeat: Duration::from_secs(1),
        ..patient()
    })
    .await;
    let (mut client, welcome) = Client::join(&relay, "room").await;
    assert_eq!(welcome.heartbeat_seconds, 1);
    assert_eq!(client.receive_any().await, Received::Heartbeat);
}
