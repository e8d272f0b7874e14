//! `sync_bodies.json`: bodies that are no sync messages, and bodies that look odd and are.

use election_core::ballots::Branch;
use election_core::sync::SyncMessage;
use election_core::sync::message::{Content, Description};

use super::*;

pub const SESSION: u64 = 0x0102_0304_0506_0708;

/// A body: the session's id, and what follows.
fn body(rest: &[u8]) -> Vec<u8> {
    [&SESSION.to_be_bytes()[..], rest].concat()
}

fn decode(kind: u8, body: &[u8]) -> Option<SyncMessage> {
    SyncMessage::decode(kind, &mut Reader::new(body)).ok()
}

fn refused() -> Value {
    let cases = [
        (
            "seven bytes of a session's id",
            0x11,
            SESSION.to_be_bytes()[..7].to_vec(),
        ),
        ("there is no kind 0x17", 0x17, body(&[])),
        ("OpenEmpty with a byte too many", 0x11, body(&[0])),
        ("more is 2", 0x12, body(&[2])),
        ("Compare without more", 0x12, body(&[])),
        ("half a group's head", 0x10, body(&[1, 0])),
        ("a group of no branches", 0x10, body(&[1, 0, 0, 0])),
        ("section 2", 0x10, body(&[2, 0, 255, 1, 0, 0])),
        ("depth 33", 0x10, body(&[1, 33, 255, 1, 0, 0])),
        ("form 7", 0x10, body(&[1, 0, 7, 1, 0, 0])),
        (
            "form 2 at depth 31",
            0x10,
            body(&[&[1, 31, 2, 1, 0][..], &[0; 64]].concat()),
        ),
        ("prefix 1 at depth 0", 0x10, body(&[1, 0, 255, 1, 1, 0])),
        (
            "prefix 4 at depth 1",
            0x10,
            body(&[1, 1, 255, 2, 3, 0, 0, 0]),
        ),
        (
            "a prefix over 64 bits",
            0x10,
            body(&[&[1, 32, 255, 2][..], &[0xff; 9], &[1, 0, 0, 0]].concat()),
        ),
        (
            "a gap that is not in its shortest form",
            0x10,
            body(&[1, 1, 255, 1, 0x81, 0, 0]),
        ),
        (
            "a list of one id that is not there",
            0x10,
            body(&[1, 0, 255, 1, 0, 1, 0, 0, 0]),
        ),
        (
            "the ids of a list descend",
            0x10,
            body(&[1, 0, 255, 1, 0, 2, 0, 0, 0, 9, 0, 0, 0, 8]),
        ),
        (
            "three fingerprints of form 1",
            0x10,
            body(&[&[1, 0, 1, 1, 0][..], &[7; 12]].concat()),
        ),
        (
            "a branch and a part of it",
            0x10,
            body(&[1, 0, 255, 1, 0, 0, 1, 1, 255, 1, 2, 0]),
        ),
        (
            "one branch twice",
            0x10,
            body(&[1, 1, 255, 1, 2, 0, 1, 1, 0, 1, 2, 0, 0, 0, 9]),
        ),
        ("a wish of form 0", 0x13, body(&[1, 0, 0, 1, 0, 0, 0, 0, 9])),
        ("a wish without ids", 0x13, body(&[1, 0, 255, 1, 0, 0])),
        ("Ops without last", 0x14, body(&[0])),
        ("Ops with a last of 2", 0x14, body(&[0, 2, 1, 1, b'E'])),
        (
            "Ops with a number over 32 bits",
            0x14,
            body(&[0x80, 0x80, 0x80, 0x80, 0x10, 1, 1, 1, b'E']),
        ),
        ("Ack with a byte too many", 0x15, body(&[0, 0])),
        ("Close for reason 5", 0x16, body(&[5])),
    ];
    let cases = cases.map(|(why, kind, body)| {
        assert_eq!(decode(kind, &body), None, "{why}: accepted");
        json!({ "why": why, "kind": kind, "body": hex(&body) })
    });
    cases.into_iter().collect()
}

/// What a message says of each branch, in its order.
fn branches(message: &SyncMessage) -> Value {
    let of = |branch: Branch| {
        (
            branch.section(),
            branch.depth(),
            format!("{:x}", branch.prefix()),
        )
    };
    let all: Vec<_> = match message {
        SyncMessage::Open { about, .. } | SyncMessage::Compare { about, .. } => about
            .iter()
            .map(|Description { branch, content }| match content {
                Content::Fingerprints {
                    levels,
                    fingerprints,
                } => (of(*branch), *levels, fingerprints),
                Content::List(ids) => (of(*branch), 255, ids),
            })
            .collect(),
        SyncMessage::Want { wishes, .. } => wishes
            .iter()
            .map(|wish| (of(wish.branch), 255, &wish.ids))
            .collect(),
        _ => Vec::new(),
    };
    let all = all.into_iter().map(|((section, depth, prefix), form, numbers)| {
        json!({ "section": section, "depth": depth, "prefix": prefix, "form": form, "numbers": numbers })
    });
    all.collect()
}

fn accepted() -> Value {
    let last = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1];
    let cases = [
        ("Open that describes nothing", 0x10, body(&[])),
        (
            "Compare with more, that describes nothing",
            0x12,
            body(&[1]),
        ),
        (
            "gaps: branches 1, 2 and 5 of depth 2, each a list of one id",
            0x12,
            body(&[
                0, 1, 2, 255, 3, 1, 1, 0, 0, 0, 7, 0, 1, 0, 0, 0, 8, 2, 1, 0, 0, 0, 9,
            ]),
        ),
        (
            "a list with one id twice: two ops whose short ids are equal",
            0x12,
            body(&[0, 1, 0, 255, 1, 0, 2, 0, 0, 0, 7, 0, 0, 0, 7]),
        ),
        (
            "groups in any order of sections, depths and prefixes",
            0x12,
            body(&[
                0, 1, 1, 0, 1, 3, 0, 0, 0, 7, 1, 1, 0, 1, 0, 0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 0, 0, 0,
            ]),
        ),
        (
            "two groups that could be one",
            0x12,
            body(&[0, 1, 1, 255, 1, 0, 0, 1, 1, 255, 1, 1, 0]),
        ),
        (
            "the last branch of depth 32, which no gap can follow",
            0x13,
            body(&[&[0, 32, 255, 1][..], &last, &[1, 0, 0, 0, 7]].concat()),
        ),
        (
            "form 1 at depth 31",
            0x12,
            body(&[&[0, 1, 31, 1, 1, 0][..], &[7; 16]].concat()),
        ),
        ("Want that wishes nothing", 0x13, body(&[])),
        (
            "Ops without ops, which ends the session",
            0x14,
            body(&[0, 1, 0, 0]),
        ),
    ];
    let cases = cases.map(|(what, kind, body)| {
        let message = decode(kind, &body);
        let message = message.unwrap_or_else(|| panic!("{what}: refused"));
        json!({ "what": what, "kind": kind, "body": hex(&body), "branches": branches(&message) })
    });
    cases.into_iter().collect()
}

#[test]
fn sync_bodies() {
    check(
        "sync_bodies.json",
        &json!({
            "about": "bodies of sync messages without kind and length; the session's id is 0x0102030405060708",
            "refused": refused(),
            "accepted": accepted(),
        }),
    );
}
