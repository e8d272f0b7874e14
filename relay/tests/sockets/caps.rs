//! What is full stays at its size.

use election_envelope::Notice;
use election_relay::Config;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::support::{Client, Received, TestRelay, get, patient};

async fn is_turned_away(relay: &TestRelay, room: &str) {
    let mut client = Client::connect(relay, room).await;
    assert_eq!(client.receive().await, Received::Notice(Notice::RoomFull));
    assert_eq!(
        client.receive().await,
        Received::Closed(Some(CloseCode::Again))
    );
}

#[tokio::test]
async fn a_full_room_turns_away_until_somebody_leaves() {
    let relay = TestRelay::start(Config {
        max_room_size: 2,
        ..patient()
    })
    .await;
    let (mut clients, _) = Client::join_many(&relay, "room", 2).await;
    is_turned_away(&relay, "room").await;
    let (_elsewhere, _) = Client::join(&relay, "another").await;
    clients.pop().unwrap().leave().await;
    relay
        .until_health("connections", |connections| connections == 2)
        .await;
    let (_newcomer, welcome) = Client::join(&relay, "room").await;
    assert_eq!(welcome.room_size, 2);
}

/// The time that this takes is the limiter's to give: see its own tests.
#[tokio::test]
async fn five_hundred_tabs_behind_one_address_are_in_one_room_by_default() {
    let relay = TestRelay::start(Config {
        proxies: vec!["127.0.0.1/32".parse().unwrap()],
        ..Config::default()
    })
    .await;
    let mut tabs = tokio::task::JoinSet::new();
    for _ in 0..500 {
        let address = relay.address;
        tabs.spawn(async move {
            let school = Some("203.0.113.7");
            let mut tab = Client::connect_from((0, 1), address, "room", None, school).await;
            tab.welcome().await;
            tab
        });
    }
    let tabs = tabs.join_all().await;
    assert_eq!(relay.health("connections").await, 500);
    drop(tabs);
}

#[tokio::test]
async fn no_room_is_opened_beyond_the_cap() {
    let relay = TestRelay::start(Config {
        max_rooms: 1,
        ..patient()
    })
    .await;
    let (only, _) = Client::join(&relay, "one").await;
    is_turned_away(&relay, "two").await;
    assert_eq!(relay.health("rooms").await, 1);
    only.leave().await;
    relay.until_health("rooms", |rooms| rooms == 0).await;
    let (_client, _) = Client::join(&relay, "two").await;
}

#[tokio::test]
async fn no_socket_is_served_beyond_the_cap() {
    let relay = TestRelay::start(Config {
        max_connections: 2,
        ..patient()
    })
    .await;
    let (mut clients, _) = Client::join_many(&relay, "room", 2).await;
    assert_eq!(get_status_or_nothing(&relay).await, None);
    clients.pop().unwrap().leave().await;
    crate::support::soon("a socket is free again", async {
        while get_status_or_nothing(&relay).await != Some(200) {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    })
    .await;
    assert_eq!(get(relay.address, "/healthz").await.status, 200);
}

/// The status of `/healthz`; None if the socket is closed on us, with or without a 503.
async fn get_status_or_nothing(relay: &TestRelay) -> Option<u16> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(relay.address).await.ok()?;
    let head = "GET /healthz HTTP/1.1\r\nHost: relay\r\nConnection: close\r\n\r\n";
    stream.write_all(head.as_bytes()).await.ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.ok()?;
    let status = answer.split(' ').nth(1)?.parse().ok()?;
    (status != 503).then_some(status)
}
