//! What is read is metered, whatever it completes. On a clock that jumps: without a meter no time
//! passes at all.

use super::*;

/// Sends bytes as fast as they are taken; returns how long that took on the clock.
async fn time_to_send(bytes: &[u8]) -> Duration {
    let relay = relay();
    let mut stream = connect(&relay, 4 * 1024).await.into_inner();
    let began = Instant::now();
    assert!(stream.write_all(bytes).await.is_ok());
    assert_eq!(relay.metrics.connections.get(), 1);
    began.elapsed()
}

/// A frame as clients send it, with a mask that changes nothing.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first, 0x80 | 127];
    frame.extend_from_slice(&(payload.len() as u64).to_be_bytes());
    frame.extend_from_slice(&[0; 4]);
    frame.extend_from_slice(payload);
    frame
}

/// The same without a payload.
fn empty(first: u8) -> [u8; 6] {
    [first, 0x80, 0, 0, 0, 0]
}

#[tokio::test(start_paused = true)]
async fn fragments_of_no_length_are_read_at_the_rate_of_frames() {
    // 4,000 at once, and 4,000 a second.
    let mut bytes = empty(0x02).to_vec();
    bytes.extend_from_slice(&empty(0x00).repeat(24_000));
    let took = time_to_send(&bytes).await;
    assert!(took >= Duration::from_secs(4), "{took:?}");
    assert!(took <= Duration::from_secs(6), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn control_frames_are_read_at_the_rate_of_frames() {
    let took = time_to_send(&empty(0x8a).repeat(24_000)).await;
    assert!(took >= Duration::from_secs(4), "{took:?}");
    assert!(took <= Duration::from_secs(6), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn long_messages_to_nobody_are_read_at_the_rate_of_bytes() {
    // 32 MiB at once, and 16 MiB a second.
    let mut payload = vec![0; MAX_PAYLOAD];
    payload[0] = 0x01;
    payload[1] = 0x01;
    let message = frame(0x82, &payload);
    let took = time_to_send(&message.repeat(1024)).await;
    assert!(took >= Duration::from_millis(1_900), "{took:?}");
    assert!(took <= Duration::from_millis(2_200), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_connection_at_an_ordinary_rate_does_not_wait() {
    let mut bytes = Vec::new();
    for _ in 0..400 {
        bytes.extend_from_slice(&frame(0x82, b"\x01\x01payload"));
    }
    assert_eq!(time_to_send(&bytes).await, Duration::ZERO);
}
