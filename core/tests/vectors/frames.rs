//! `frames.json` and `sealed.json`: what replicas say, and the box around it.

use election_core::wire::frame::{MessageRef, next_message, read_head};

use super::*;

#[test]
fn frames_and_seals() {
    let single = genesis(Method::Single);
    let op = ballot(&single, VOTER, None, &[2]);
    let head = Head {
        replica: ReplicaId(0x0123_4567_89ab_cdef),
        digest: Digest {
            root: [0xaa; 16],
            ops: 300,
        },
    };
    let frame = |messages: &[(u8, &[u8])]| {
        let mut writer = FrameWriter::new(head);
        for (kind, content) in messages {
            writer.put(*kind, content);
        }
        writer.into_bytes()
    };
    let hello = frame(&[(kind::HELLO, &[])]);
    let vote = frame(&[(kind::OWN_OPS, op.bytes())]);
    check(
        "frames.json",
        &json!({
            "replica": head.replica.to_string(),
            "digest": { "root": hex(&head.digest.root), "ops": head.digest.ops },
            "frames": [
                { "what": "a digest only", "bytes": hex(&frame(&[])) },
                { "what": "Hello", "bytes": hex(&hello) },
                { "what": "OwnOps with one ballot", "bytes": hex(&vote) },
                { "what": "Seen, and Ops", "bytes": hex(&frame(&[(kind::SEEN, &op.id().0), (kind::OPS, op.bytes())])) },
            ],
            "refused_heads": refused_heads(&hello),
            "in_part": in_part(&frame(&[]), op.bytes()),
        }),
    );
    let key = [0x77; 32];
    let room = "00112233445566778899aabbccddeeff";
    let seal = Seal::new(&key, room);
    let sealed = seal.seal(&hello, &mut ChaCha8Rng::from_seed([1; 32]));
    assert_eq!(seal.open(&sealed).unwrap(), hello);
    check(
        "sealed.json",
        &json!({
            "key": hex(&key),
            "room": room,
            "nonce": hex(&sealed[..24]),
            "frame": hex(&hello),
            "sealed": hex(&sealed),
            "refused": refused_boxes(&key, room, &sealed),
        }),
    );
}

/// Boxes that do not open with the key, in the room.
fn refused_boxes(key: &[u8; 32], room: &str, sealed: &[u8]) -> Value {
    let changed = |at: usize| {
        let mut bytes = sealed.to_vec();
        bytes[at] ^= 1;
        bytes
    };
    let by = |seal: Seal| seal.seal(b"a frame", &mut ChaCha8Rng::from_seed([2; 32]));
    let other_key = by(Seal::new(&[0x78; 32], room));
    let other_room = by(Seal::new(key, "ffeeddccbbaa99887766554433221100"));
    let no_room = by(Seal::new(key, ""));
    let cases = [
        ("nothing", vec![]),
        ("half a nonce", sealed[..12].to_vec()),
        ("a nonce and nothing", sealed[..24].to_vec()),
        ("a nonce and less than a tag", sealed[..39].to_vec()),
        (
            "its last byte is missing",
            sealed[..sealed.len() - 1].to_vec(),
        ),
        ("a byte too many", [sealed, &[0]].concat()),
        ("the nonce is another", changed(0)),
        ("a byte of the frame is another", changed(24)),
        ("a byte of the tag is another", changed(sealed.len() - 1)),
        ("sealed with another key", other_key),
        ("sealed for another room", other_room),
        ("sealed without a room's name", no_room),
    ];
    let cases = cases.map(|(why, bytes)| {
        assert!(Seal::new(key, room).open(&bytes).is_err(), "{why}: opened");
        json!({ "why": why, "sealed": hex(&bytes) })
    });
    cases.into_iter().collect()
}

/// Frames of which nothing is read: `good` says Hello.
fn refused_heads(good: &[u8]) -> Value {
    let version = [&[2], &good[1..]].concat();
    let number = [&good[..25], &[0x80, 0x00], &good[27..]].concat();
    let cases = [
        ("no bytes", vec![]),
        ("of version 2", version),
        ("it ends within the digest's root", good[..20].to_vec()),
        ("without the number of ops", good[..25].to_vec()),
        ("a number of ops that is not in its shortest form", number),
        (
            "a number of ops over 64 bits",
            [&good[..25], &[0xff; 9], &[2]].concat(),
        ),
    ];
    let cases = cases.map(|(why, bytes)| {
        assert!(read_head(&bytes).is_err(), "{why}: accepted");
        json!({ "why": why, "bytes": hex(&bytes) })
    });
    cases.into_iter().collect()
}

/// The types of the messages that are read of a frame, and whether the rest holds together.
fn read(bytes: &[u8]) -> (Vec<u8>, bool) {
    let (_, mut reader) = read_head(bytes).unwrap();
    let mut types = Vec::new();
    loop {
        match next_message(&mut reader) {
            Ok(Some(message)) => types.push(match message {
                MessageRef::Hello => kind::HELLO,
                MessageRef::Ops { own: true, .. } => kind::OWN_OPS,
                MessageRef::Ops { own: false, .. } => kind::OPS,
                MessageRef::Seen(_) => kind::SEEN,
                MessageRef::Sync { kind, .. } | MessageRef::Council { kind, .. } => kind,
            }),
            Ok(None) => return (types, true),
            Err(_) => return (types, false),
        }
    }
}

/// Frames of which some messages are passed over, or only the first are read.
fn in_part(head: &[u8], op: &[u8]) -> Value {
    let hello = [kind::HELLO, 0];
    let frame = |messages: &[&[u8]]| [head, &messages.concat()].concat();
    let cases = [
        (
            "a message of an unknown type, and Hello",
            frame(&[&[9, 2, 7, 7], &hello]),
            &[1][..],
        ),
        (
            "Hello, and a message that is longer than the frame",
            frame(&[&hello, &[2, 9, 0]]),
            &[1],
        ),
        (
            "Hello, and a length that is not in its shortest form",
            frame(&[&hello, &[2, 0x81, 0, 0]]),
            &[1],
        ),
        (
            "Hello, and a length over the cap",
            frame(&[&hello, &[9, 0x81, 0xfe, 0x03]]),
            &[1],
        ),
        (
            "Hello, and a type without a length",
            frame(&[&hello, &[2]]),
            &[1],
        ),
        (
            "Hello with content, and another",
            frame(&[&[kind::HELLO, 1, 0], &hello]),
            &[],
        ),
        (
            "Hello, and Seen of 31 bytes",
            frame(&[&hello, &[kind::SEEN, 31], &[0; 31]]),
            &[1],
        ),
        (
            "Seen of no ids, and Hello",
            frame(&[&[kind::SEEN, 0], &hello]),
            &[4, 1],
        ),
        (
            "Ops with an op and a half: the message is read, and the first op stands",
            frame(&[&[kind::OPS, 153], &[1], op, &op[..50]]),
            &[2],
        ),
    ];
    let cases = cases.map(|(what, bytes, types)| {
        let (read, whole) = read(&bytes);
        assert_eq!(read, types, "{what}");
        json!({ "what": what, "bytes": hex(&bytes), "types_read": types, "whole": whole })
    });
    cases.into_iter().collect()
}
