//! Health, handshakes and origins.

use election_relay::Config;

use crate::support::{Client, TestRelay, get, request, upgrade_request, upgrade_request_as_is};

#[tokio::test]
async fn health_counts_what_happens() {
    let relay = TestRelay::start(Config::default()).await;
    let (mut clients, _) = Client::join_many(&relay, "room", 3).await;
    let (_other, _) = Client::join(&relay, "another").await;
    clients[0].spread(2, b"12345").await;
    for client in &mut clients[1..] {
        client.receive_payload().await;
    }
    let answer = get(relay.address, "/healthz").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "application/json");
    let report: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    let expected = serde_json::json!({
        "status": "ok", "connections": 4, "rooms": 2, "waiting_bytes": 0, "frames_in": 1, "frames_out": 2, "frames_dropped": 0, "pauses": 0,
        "payload_bytes_in": 5, "payload_bytes_out": 10,
    });
    assert_eq!(report, expected);
}

#[tokio::test]
async fn the_handshake_is_the_one_of_the_rfc() {
    let relay = TestRelay::start(Config::default()).await;
    let answer = upgrade_request(relay.address, "/relay/room", "").await;
    assert_eq!(answer.status, 101);
    // The key and its answer are the example of RFC 6455, section 1.3.
    assert_eq!(
        answer.header("sec-websocket-accept"),
        "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    );
}

#[tokio::test]
async fn who_asks_for_no_websocket_is_told_what_this_is() {
    let relay = TestRelay::start(Config::default()).await;
    let answer = get(relay.address, "/relay/room").await;
    assert_eq!(answer.status, 426);
    assert_eq!(answer.header("sec-websocket-version"), "13");
    assert_eq!(answer.header("upgrade"), "websocket");
    assert!(answer.header("connection").contains("upgrade"));
    let old = "Upgrade: websocket\r\nConnection: close, upgrade\r\nSec-WebSocket-Version: 8\r\n";
    assert_eq!(request(relay.address, "/relay/room", old).await.status, 426);
}

#[tokio::test]
async fn a_bad_websocket_key_is_refused() {
    let relay = TestRelay::start(Config::default()).await;
    for key in [
        "",
        "Sec-WebSocket-Key: c2hvcnQ=\r\n",
        "Sec-WebSocket-Key: not base64\r\n",
    ] {
        let headers = format!(
            "Upgrade: websocket\r\nConnection: close, upgrade\r\nSec-WebSocket-Version: 13\r\n{key}"
        );
        assert_eq!(
            request(relay.address, "/relay/room", &headers).await.status,
            400,
            "{key}"
        );
    }
}

#[tokio::test]
async fn a_bad_room_name_is_refused() {
    let relay = TestRelay::start(Config::default()).await;
    let too_long = "x".repeat(65);
    for name in ["a.b", "a%20b", "%C3%A4", "%FF", &too_long] {
        assert_eq!(
            upgrade_request(relay.address, &format!("/relay/{name}"), "")
                .await
                .status,
            400,
            "{name}"
        );
    }
    let longest = "x".repeat(64);
    assert_eq!(
        upgrade_request(relay.address, &format!("/relay/{longest}"), "")
            .await
            .status,
        101
    );
}

#[tokio::test]
async fn pages_of_other_origins_may_not_connect() {
    let allowed_origins = vec!["https://polls.example.org".to_owned()];
    let relay = TestRelay::start(Config {
        allowed_origins,
        ..Config::default()
    })
    .await;
    let own = format!("http://{}", relay.address);
    let own_by_tls_proxy = format!("https://{}", relay.address);
    let cases = [
        ("https://evil.example", 403),
        ("null", 403),
        ("http://127.0.0.1", 403),
        (own.as_str(), 101),
        (own_by_tls_proxy.as_str(), 101),
        ("https://polls.example.org", 101),
    ];
    for (origin, status) in cases {
        let header = format!("Origin: {origin}\r\n");
        assert_eq!(
            upgrade_request(relay.address, "/relay/room", &header)
                .await
                .status,
            status,
            "{origin}"
        );
    }
}

#[tokio::test]
async fn a_head_without_end_is_refused() {
    let relay = TestRelay::start(Config::default()).await;
    let headers = format!("X-Long: {}\r\n", "x".repeat(15 * 1024));
    assert_eq!(
        request(relay.address, "/healthz", &headers).await.status,
        200
    );
    let headers: String = (0..70).map(|number| format!("X-{number}: x\r\n")).collect();
    assert_eq!(
        request(relay.address, "/healthz", &headers).await.status,
        431
    );
}

#[tokio::test]
async fn a_page_connects_whether_or_not_its_default_port_is_written() {
    let relay = TestRelay::start(Config::default()).await;
    let cases = [
        ("https://polls.example.org", "polls.example.org:443", 101),
        ("http://polls.example.org", "polls.example.org:80", 101),
        ("https://polls.example.org:443", "polls.example.org", 101),
        ("http://polls.example.org", "polls.example.org:443", 403),
    ];
    for (origin, host, status) in cases {
        let headers = format!("Host: {host}\r\nOrigin: {origin}\r\n");
        let answer = upgrade_request_as_is(relay.address, "/relay/room", &headers).await;
        assert_eq!(answer.status, status, "{origin} {host}");
    }
}

#[tokio::test]
async fn a_request_without_a_host_or_with_two_is_refused() {
    let relay = TestRelay::start(Config::default()).await;
    let one = "Host: a.example\r\n";
    for path in ["/", "/healthz", "/nothing.js", "/relay/room"] {
        for hosts in ["", &format!("{one}Host: b.example\r\n"), &one.repeat(2)] {
            let answer = upgrade_request_as_is(relay.address, path, hosts).await;
            assert_eq!(answer.status, 400, "{path} {hosts}");
        }
    }
    assert_eq!(
        upgrade_request_as_is(relay.address, "/healthz", one)
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn no_cache_keeps_what_went_wrong() {
    let relay = TestRelay::start(Config::default()).await;
    for (path, status) in [
        ("/nothing.js", 404),
        ("/relay/a.b", 400),
        ("/relay/room", 426),
        ("/healthz", 200),
    ] {
        let answer = get(relay.address, path).await;
        assert_eq!(answer.status, status);
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
    }
    let foreign = "Origin: https://evil.example\r\n";
    let answer = upgrade_request(relay.address, "/relay/room", foreign).await;
    assert_eq!(
        (answer.status, answer.header("cache-control")),
        (403, "no-store")
    );
}
