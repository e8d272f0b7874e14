#![allow(clippy::unwrap_used)]

use super::*;

const WELCOME_BYTES: [u8; 20] = [
    0x81, 2, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 3, 0, 1, 0, 0x40, 0, 20,
];

fn from_relay() -> Vec<(Vec<u8>, FromRelay<'static>)> {
    let welcome = Welcome {
        handle: Handle(0x0102),
        room_size: 3,
        max_payload: 0x0001_0040,
        heartbeat_seconds: 20,
    };
    let mut all = vec![
        (WELCOME_BYTES.to_vec(), FromRelay::Welcome(welcome)),
        (
            vec![0x82, 0, 0, 0, 0, 0, 0, 0, 9, 7],
            FromRelay::Frame {
                from: Handle(9),
                payload: &[7],
            },
        ),
        (vec![0x83, 0, 0, 1, 0], FromRelay::Room { size: 256 }),
        (vec![0x85], FromRelay::Heartbeat),
    ];
    let target = Handle(0x0a0b);
    let gone = Notice::ReplyTargetGone { target };
    let bytes = vec![0x84, 1, 0, 0, 0, 0, 0, 0, 0x0a, 0x0b];
    all.push((bytes, FromRelay::Notice(gone)));
    let alone = [
        Notice::PayloadTooLarge,
        Notice::TooFast,
        Notice::Stopping,
        Notice::RoomFull,
        Notice::Malformed,
    ];
    for (code, notice) in (2..).zip(alone) {
        all.push((vec![0x84, code], FromRelay::Notice(notice)));
    }
    all
}

fn to_relay() -> Vec<(Vec<u8>, ToRelay<'static>)> {
    vec![
        (
            vec![1, 255, 7, 8],
            ToRelay::Spread {
                fan_out: 255,
                payload: &[7, 8],
            },
        ),
        (
            vec![1, 1],
            ToRelay::Spread {
                fan_out: 1,
                payload: &[],
            },
        ),
        (
            vec![2, 0, 0, 0, 0, 0, 0, 1, 0, 7],
            ToRelay::Reply {
                to: Handle(256),
                payload: &[7],
            },
        ),
    ]
}

#[test]
fn every_envelope_has_exactly_these_bytes() {
    for (bytes, envelope) in from_relay() {
        assert_eq!(envelope.encode(), bytes);
        assert_eq!(FromRelay::decode(&bytes), Ok(envelope));
    }
    for (bytes, envelope) in to_relay() {
        assert_eq!(envelope.encode(), bytes);
        assert_eq!(ToRelay::decode(&bytes), Ok(envelope));
    }
}

#[test]
fn what_decodes_encodes_back_to_itself() {
    let samples = from_relay().into_iter().map(|(bytes, _)| bytes);
    for sample in samples.chain(to_relay().into_iter().map(|(bytes, _)| bytes)) {
        for position in 0..sample.len() {
            for value in 0..=u8::MAX {
                let mut mutated = sample.clone();
                mutated[position] = value;
                if let Ok(envelope) = FromRelay::decode(&mutated) {
                    assert_eq!(envelope.encode(), mutated);
                }
                if let Ok(envelope) = ToRelay::decode(&mutated) {
                    assert_eq!(envelope.encode(), mutated);
                }
            }
        }
    }
}

#[test]
fn a_cut_or_padded_envelope_of_fixed_length_is_refused() {
    for (bytes, envelope) in from_relay() {
        if matches!(envelope, FromRelay::Frame { .. }) {
            continue;
        }
        for length in 0..bytes.len() {
            assert!(FromRelay::decode(&bytes[..length]).is_err());
        }
        let mut padded = bytes.clone();
        padded.push(0);
        assert!(FromRelay::decode(&padded).is_err());
    }
}

#[test]
fn each_refusal_says_why() {
    assert_eq!(ToRelay::decode(&[]), Err(EnvelopeError::Empty));
    assert_eq!(
        ToRelay::decode(&[0x81]),
        Err(EnvelopeError::UnknownType(0x81))
    );
    assert_eq!(ToRelay::decode(&[1, 0, 9]), Err(EnvelopeError::NoFanOut));
    assert_eq!(
        ToRelay::decode(&[1]),
        Err(EnvelopeError::WrongLength { kind: 1, length: 1 })
    );
    assert_eq!(
        ToRelay::decode(&[2, 0, 0]),
        Err(EnvelopeError::WrongLength { kind: 2, length: 3 })
    );
    for unknown in [&[0x84, 7][..], &[0x84, 7, 1, 2, 3]] {
        assert_eq!(
            FromRelay::decode(unknown),
            Err(EnvelopeError::UnknownNotice(7))
        );
    }
    let mut newer = WELCOME_BYTES.to_vec();
    newer[1] = 3;
    newer.push(0);
    assert_eq!(
        FromRelay::decode(&newer),
        Err(EnvelopeError::UnsupportedVersion(3))
    );
}

#[test]
fn the_payload_limit_is_exact() {
    let fits = vec![7; MAX_PAYLOAD];
    let too_long = vec![7; MAX_PAYLOAD + 1];
    for (payload, allowed) in [(&fits, true), (&too_long, false)] {
        let spread = ToRelay::Spread {
            fan_out: 1,
            payload,
        }
        .encode();
        let reply = ToRelay::Reply {
            to: Handle(1),
            payload,
        }
        .encode();
        let frame = FromRelay::Frame {
            from: Handle(1),
            payload,
        }
        .encode();
        assert_eq!(ToRelay::decode(&spread).is_ok(), allowed);
        assert_eq!(ToRelay::decode(&reply).is_ok(), allowed);
        assert_eq!(FromRelay::decode(&frame).is_ok(), allowed);
    }
}
