//! Above the budget of bytes: what waits, and what does not.

use super::*;
use crate::config::{OutboxLimit, RateLimit};

const SECOND: Duration = Duration::from_secs(1);
/// What [`slow_relay`] forwards in a second.
const PER_SECOND: usize = 64 * 1024;

/// Beats every second; forwards one second's worth at once, and as much a second; a lane holds
/// whatever a test sends.
fn slow_relay() -> Arc<Relay> {
    let config = Config {
        heartbeat: SECOND,
        forward: RateLimit {
            per_second: PER_SECOND as u64,
            burst: PER_SECOND as u64,
        },
        outbox: OutboxLimit {
            frames: 10_000,
            bytes: 100 * 1024 * 1024,
        },
        ..Config::default()
    };
    Arc::new(Relay::new(config, CancellationToken::new()))
}

async fn join(relay: &Arc<Relay>) -> (Client, Handle) {
    let mut client = connect(relay, 16 * 1024 * 1024).await;
    if let Some(Ok(Message::Binary(bytes))) = client.next().await
        && let Ok(FromRelay::Welcome(welcome)) = FromRelay::decode(&bytes)
    {
        return (client, welcome.handle);
    }
    panic!("a welcome should come first");
}

async fn join_many(relay: &Arc<Relay>, count: usize) -> Vec<Client> {
    let mut clients = Vec::new();
    for _ in 0..count {
        clients.push(join(relay).await.0);
    }
    clients
}

async fn spread(client: &mut Client, payload: &[u8]) {
    let fan_out = 255;
    let envelope = ToRelay::Spread { fan_out, payload }.encode();
    assert!(client.send(Message::Binary(envelope.into())).await.is_ok());
}

/// The next payload, and how many heartbeats came before it.
async fn receive_payload(client: &mut Client) -> (Vec<u8>, u32) {
    let mut beats = 0;
    let began = Instant::now();
    loop {
        // On this clock heartbeats alone would keep a hopeless test going for ever.
        assert!(began.elapsed() < 60 * SECOND, "no frame comes");
        match client.next().await {
            Some(Ok(Message::Ping(_))) => {}
            Some(Ok(message)) if is(&message, &FromRelay::Heartbeat) => beats += 1,
            Some(Ok(Message::Binary(bytes))) => match FromRelay::decode(&bytes) {
                Ok(FromRelay::Frame { payload, .. }) => return (payload.to_vec(), beats),
                other => panic!("a frame should come, not {other:?}"),
            },
            other => panic!("a frame should come, not {other:?}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_above_the_budget_arrives_in_order_and_at_the_rate() {
    let relay = slow_relay();
    let (mut sender, _) = join(&relay).await;
    let mut receivers = join_many(&relay, 2).await;
    let began = Instant::now();
    for number in 0..8 {
        spread(&mut sender, &[number; PER_SECOND]).await;
    }
    assert_eq!(began.elapsed(), Duration::ZERO);
    for number in 0..8 {
        for receiver in &mut receivers {
            assert_eq!(receive_payload(receiver).await.0, [number; PER_SECOND]);
        }
        // Each costs two seconds, of which the burst pays one once.
        let due = match number {
            0 => Duration::ZERO,
            later => u32::from(later) * 2 * SECOND - SECOND,
        };
        let late = began.elapsed().checked_sub(due);
        assert!(
            late.is_some_and(|late| late < SECOND / 10),
            "frame {number} came after {:?}",
            began.elapsed()
        );
    }
    assert_eq!(relay.metrics.frames_dropped.get(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_reply_counts_once_however_many_there_are() {
    let relay = slow_relay();
    let (mut sender, _) = join(&relay).await;
    let (mut target, to) = join(&relay).await;
    let _others = join_many(&relay, 2).await;
    for pauses in [0, 1] {
        let reply = ToRelay::Reply {
            to,
            payload: &[7; PER_SECOND],
        };
        let message = Message::Binary(reply.encode().into());
        assert!(sender.send(message).await.is_ok());
        assert_eq!(receive_payload(&mut target).await.0, [7; PER_SECOND]);
        assert_eq!(relay.metrics.pauses.get(), pauses);
    }
}

#[tokio::test(start_paused = true)]
async fn who_waits_still_receives_is_not_taken_for_dead_and_slows_nobody() {
    let relay = slow_relay();
    let (mut sender, _) = join(&relay).await;
    let mut others = join_many(&relay, 10).await;
    spread(&mut sender, &[1; PER_SECOND]).await;
    spread(&mut sender, b"at last").await;
    for other in &mut others {
        assert_eq!(receive_payload(other).await.0, [1; PER_SECOND]);
    }
    // A pause of nine heartbeats, of which three would be a silence.
    let began = Instant::now();
    spread(&mut others[0], b"meanwhile").await;
    assert_eq!(receive_payload(&mut sender).await.0, b"meanwhile");
    for other in &mut others[1..] {
        assert_eq!(receive_payload(other).await.0, b"meanwhile");
    }
    assert!(began.elapsed() < SECOND / 10, "{:?}", began.elapsed());
    assert_eq!(relay.metrics.pauses.get(), 1);
    let echo = tokio::spawn(async move {
        let (received, _) = receive_payload(&mut others[0]).await;
        spread(&mut others[0], &received).await;
        others
    });
    let (echoed, beats) = receive_payload(&mut sender).await;
    assert_eq!(echoed, b"at last");
    assert!(beats >= 8, "{beats} heartbeats");
    assert!(began.elapsed() > 8 * SECOND, "{:?}", began.elapsed());
    assert!(echo.await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn small_frames_that_had_to_wait_are_not_taken_for_a_rush() {
    let relay = slow_relay();
    let (mut sender, _) = join(&relay).await;
    let mut others = join_many(&relay, 10).await;
    spread(&mut sender, &[1; PER_SECOND]).await;
    // More than a burst, but no more than nine seconds allow.
    let count = 3 * relay.config.messages.burst;
    for number in 0..count {
        spread(&mut sender, &number.to_be_bytes()).await;
    }
    assert_eq!(receive_payload(&mut others[0]).await.0, [1; PER_SECOND]);
    for number in 0..count {
        assert_eq!(
            receive_payload(&mut others[0]).await.0,
            number.to_be_bytes(),
            "frame {number}"
        );
    }
    assert_eq!(relay.metrics.frames_dropped.get(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_stop_does_not_wait_for_the_budget() {
    let relay = slow_relay();
    let (mut sender, _) = join(&relay).await;
    let (mut other, _) = join(&relay).await;
    for _ in 0..10 {
        spread(&mut sender, &[1; PER_SECOND]).await;
    }
    for _ in 0..2 {
        assert_eq!(receive_payload(&mut other).await.0, [1; PER_SECOND]);
    }
    assert_eq!(relay.metrics.pauses.get(), 1);
    relay.stop.cancel();
    let closing = async {
        loop {
            match sender.next().await {
                Some(Ok(message)) if is(&message, &FromRelay::Notice(Notice::Stopping)) => break,
                Some(Ok(_)) => {}
                other => panic!("a notice should come, not {other:?}"),
            }
        }
        assert!(matches!(sender.next().await, Some(Ok(Message::Close(_)))));
    };
    let told = timeout(SECOND / 10, closing).await;
    assert!(told.is_ok(), "it should be told at once");
}
