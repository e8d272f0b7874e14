//! Readers that stop in the middle of a write.

use super::*;

const BUDGET: usize = 1024 * 1024;
/// What is spread in the other room.
const FRAME: usize = 8 * 1024;
const LONG: Duration = Duration::from_secs(60 * 60);

/// Nobody is dropped for being stuck, except by the budget.
fn patient() -> Arc<Relay> {
    let config = Config {
        outbox_budget: BUDGET,
        write_timeout: LONG,
        heartbeat: LONG,
        ..Config::default()
    };
    Arc::new(Relay::new(config, CancellationToken::new()))
}

async fn connect_from(relay: &Arc<Relay>, last: u8, name: &'static str, unread: usize) -> Client {
    let (near, far) = duplex(unread);
    let relay = Arc::clone(relay);
    let address = Address::of(IpAddr::V4(Ipv4Addr::new(192, 0, 2, last)));
    tokio::spawn(async move {
        if let Some(room) = RoomName::parse(name) {
            serve_connection(&relay, far, address, room).await;
        }
    });
    let mut client = WebSocketStream::from_raw_socket(near, Role::Client, None).await;
    assert!(client.next().await.is_some(), "a welcome should come");
    client
}

async fn spread(client: &mut Client, payload: &[u8]) {
    let spread = ToRelay::Spread {
        fan_out: 1,
        payload,
    };
    let message = Message::Binary(spread.encode().into());
    assert!(client.send(message).await.is_ok());
}

async fn until(holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < LONG / 2, "it never holds");
        sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn who_is_stuck_in_writes_does_not_keep_other_rooms_from_their_frames() {
    const STUCK: u64 = 60;
    let relay = patient();
    let mut stuck = Vec::new();
    for _ in 0..STUCK {
        stuck.push(connect_from(&relay, 1, "stuck", 1024).await);
    }
    let mut filler = connect_from(&relay, 1, "stuck", 1024 * 1024).await;
    let mut sender = connect_from(&relay, 2, "room", 1024 * 1024).await;
    let mut reader = connect_from(&relay, 3, "room", 1024 * 1024).await;
    for number in 0..100_u8 {
        // Far more than the budget, to readers that are stuck with the first that they get. The
        // short ones take what the long ones leave of it.
        for kib in [50, 50, 50, 5, 5, 5] {
            spread(&mut filler, &vec![7; kib * 1024]).await;
        }
        let taken = relay.metrics.frames_in.get();
        spread(&mut sender, &[number; FRAME]).await;
        until(|| relay.metrics.frames_in.get() > taken).await;
        loop {
            let received = timeout(LONG / 2, reader.next()).await;
            let Ok(Some(Ok(Message::Binary(bytes)))) = received else {
                panic!("frame {number} never came: {received:?}");
            };
            if let Ok(FromRelay::Frame { payload, .. }) = FromRelay::decode(&bytes) {
                assert_eq!(payload, [number; FRAME]);
                break;
            }
        }
        let waiting = &relay.rooms.waiting;
        assert!(waiting.bytes() <= BUDGET);
        assert!(waiting.bytes() + waiting.in_writing() <= BUDGET + BUDGET / 2);
    }
    assert!(
        relay.metrics.connections.get() < STUCK,
        "nobody was hung up on"
    );
    assert!(
        relay.metrics.connections.get() >= 10,
        "too many were hung up on"
    );
    drop((stuck, filler, sender, reader));
    until(|| relay.metrics.connections.get() == 0).await;
    assert_eq!(relay.rooms.waiting.bytes(), 0);
    assert_eq!(relay.rooms.waiting.in_writing(), 0);
}
