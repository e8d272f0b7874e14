//! `relay.json`: what a replica and the relay say to each other.

use election_core::wire::relay::EnvelopeError;

use super::*;

#[test]
fn relay_envelopes() {
    let to = [
        (
            "SPREAD to 4",
            ToRelay::Spread {
                fan_out: 4,
                payload: b"abc",
            },
        ),
        (
            "REPLY",
            ToRelay::Reply {
                to: Handle(0x0102_0304_0506_0708),
                payload: b"abc",
            },
        ),
    ];
    let welcome = Welcome {
        handle: Handle(7),
        room_size: 3,
        max_payload: 65_600,
        heartbeat_seconds: 20,
    };
    let from = [
        ("WELCOME", FromRelay::Welcome(welcome)),
        (
            "FRAME",
            FromRelay::Frame {
                from: Handle(9),
                payload: b"abc",
            },
        ),
        ("ROOM", FromRelay::Room { size: 12 }),
        ("HEARTBEAT", FromRelay::Heartbeat),
    ];
    let notices = [
        (
            "NOTICE: the target of a REPLY is gone",
            Notice::ReplyTargetGone { target: Handle(9) },
        ),
        ("NOTICE: too large", Notice::PayloadTooLarge),
        ("NOTICE: too fast", Notice::TooFast),
        ("NOTICE: the relay stops", Notice::Stopping),
        ("NOTICE: the room is full", Notice::RoomFull),
        ("NOTICE: malformed", Notice::Malformed),
    ];
    let notices = notices.map(|(what, notice)| (what, FromRelay::Notice(notice)));
    let from = from.into_iter().chain(notices);
    let from = from.map(|(what, message)| {
        let bytes = message.encode();
        assert_eq!(FromRelay::decode(&bytes), Ok(message), "{what}");
        json!({ "what": what, "bytes": hex(&bytes) })
    });
    check(
        "relay.json",
        &json!({
            "to_relay": to.map(|(what, message)| json!({ "what": what, "bytes": hex(&message.encode()) })),
            "from_relay": from.collect::<Vec<_>>(),
            "refused_by_the_relay": refused_by_the_relay(),
            "passed_over_by_replicas": passed_over(),
            "no_relay_says": no_relay_says(),
        }),
    );
}

/// What is answered with NOTICE 6 and the connection's end.
fn refused_by_the_relay() -> Value {
    let cases = [
        ("no bytes", vec![]),
        ("an unknown type", vec![0x03, 4, b'a']),
        ("a type of the other direction", vec![0x85]),
        ("SPREAD without a fan-out", vec![0x01]),
        ("SPREAD to 0", vec![0x01, 0, b'a']),
        ("REPLY with half a handle", vec![0x02, 0, 0, 0, 7]),
    ];
    let cases = cases.map(|(why, bytes)| {
        assert!(ToRelay::decode(&bytes).is_err(), "{why}: accepted");
        json!({ "why": why, "bytes": hex(&bytes) })
    });
    cases.into_iter().collect()
}

/// What a later relay may say to a replica of today.
fn passed_over() -> Value {
    let cases = [
        ("an unknown type", vec![0x86, 1, 2, 3]),
        ("an unknown type without content", vec![0xff]),
        ("an unknown NOTICE", vec![0x84, 99]),
        ("an unknown NOTICE that says more", vec![0x84, 99, 1, 2, 3]),
    ];
    let cases = cases.map(|(what, bytes)| {
        let error = FromRelay::decode(&bytes).unwrap_err();
        assert!(
            matches!(
                error,
                EnvelopeError::UnknownType(_) | EnvelopeError::UnknownNotice(_)
            ),
            "{what}: {error}"
        );
        json!({ "what": what, "bytes": hex(&bytes) })
    });
    cases.into_iter().collect()
}

/// What shows that the other end is no relay of this version.
fn no_relay_says() -> Value {
    let welcome =
        |version: u8, more: &[u8]| [&[0x81, version][..], &[0; 8 + 4 + 4 + 2], more].concat();
    let cases = [
        ("no bytes", vec![]),
        ("WELCOME of version 1", welcome(1, &[])),
        ("WELCOME of version 3", welcome(3, &[])),
        ("WELCOME with a byte too many", welcome(2, &[0])),
        ("WELCOME that ends early", welcome(2, &[])[..19].to_vec()),
        ("FRAME with half a handle", vec![0x82, 0, 0, 0, 9]),
        ("ROOM with a byte too many", vec![0x83, 0, 0, 0, 12, 0]),
        ("NOTICE without a code", vec![0x84]),
        ("NOTICE 1 without a handle", vec![0x84, 1]),
        ("NOTICE 2 with a byte too many", vec![0x84, 2, 0]),
        ("HEARTBEAT with content", vec![0x85, 0]),
    ];
    assert!(
        FromRelay::decode(&welcome(2, &[])).is_ok(),
        "the cases differ in one thing only"
    );
    let cases = cases.map(|(why, bytes)| {
        assert!(FromRelay::decode(&bytes).is_err(), "{why}: accepted");
        json!({ "why": why, "bytes": hex(&bytes) })
    });
    cases.into_iter().collect()
}
