//! `refused.json`: ops and geneses that must not be accepted.

use super::*;

#[test]
fn what_must_be_refused() {
    let single = genesis(Method::Single);
    let poll = PollId::from(single.id());
    let good = ballot(&single, VOTER, None, &[1]);
    let changed = |at: usize, to: u8| {
        let mut bytes = good.bytes().to_vec();
        bytes[at] = to;
        bytes
    };
    let mut long_length = good.bytes().to_vec();
    long_length.splice(4..5, [0xa2, 0x00]);
    let last = good.bytes().len() - 1;
    let cases = [
        ("no bytes", vec![]),
        ("half an envelope", good.bytes()[..50].to_vec()),
        ("one byte too many", [good.bytes(), &[0]].concat()),
        ("wrong magic", changed(0, b'X')),
        ("a length that is not in its shortest form", long_length),
        (
            "a huge declared length",
            [b"EV\x01\x01".as_slice(), &[0xff; 9], &[1]].concat(),
        ),
        ("a wrong signature", changed(last, good.bytes()[last] ^ 1)),
        (
            "another author under the same signature",
            changed(5, good.bytes()[5] ^ 1),
        ),
        (
            "a ballot of another poll",
            ballot(&genesis(Method::Approval), VOTER, None, &[1])
                .bytes()
                .to_vec(),
        ),
        (
            "a mark for an option that is not there",
            envelope(VOTER, poll, (1, 1), &[0, 3]),
        ),
        (
            "a seq over the genesis's cap",
            envelope(VOTER, poll, (1, 1), &[&[64][..], &[9; 32], &[1]].concat()),
        ),
        (
            "a prev at seq 0",
            envelope(VOTER, poll, (1, 1), &[&[0][..], &[9; 32], &[1]].concat()),
        ),
        ("no prev at seq 1", envelope(VOTER, poll, (1, 1), &[1, 1])),
        ("a revocation by somebody else", {
            let op = revocation(&single, 0, &good);
            envelope(
                OTHER,
                poll,
                (2, 3),
                &op.bytes()[2 + 2 + 2 + 32..op.bytes().len() - 64],
            )
        }),
        ("a bar by somebody else", {
            let op = bar_of(&single, 0, good.author());
            envelope(
                OTHER,
                poll,
                (3, 1),
                &op.bytes()[2 + 2 + 1 + 32..op.bytes().len() - 64],
            )
        }),
        (
            "an entry that closes the poll, by somebody else",
            envelope(OTHER, poll, (7, 1), &[0, 0]),
        ),
        (
            "an entry that waits for the same twice",
            envelope(CHAIR, poll, (7, 1), &[&[1, 2][..], &[9; 64]].concat()),
        ),
        (
            "an entry that waits for 17",
            envelope(
                CHAIR,
                poll,
                (8, 1),
                &[vec![1, 17], (0..17).flat_map(|tip| [tip; 32]).collect()].concat(),
            ),
        ),
        (
            "a bar without a reason",
            envelope(CHAIR, poll, (3, 1), &[&[0][..], &[9; 32], &[0]].concat()),
        ),
        ("a second genesis", single.bytes().to_vec()),
    ];
    let cases = cases.map(|(why, bytes)| {
        let refused = match SignedOp::decode(&bytes, poll, &single) {
            Ok(op) => op.verify().is_err(),
            Err(_) => true,
        };
        assert!(refused, "{why}: accepted");
        json!({ "why": why, "bytes": hex(&bytes) })
    });
    let genesis_of = |body: &[u8]| {
        let op = sign(
            &SigningKey::from(CHAIR),
            PollId::NONE,
            Op::Unknown {
                kind: (0, 3),
                body: body.into(),
            },
        );
        op.bytes().to_vec()
    };
    let geneses = [
        (
            "no title",
            genesis_of(b"\x00\x01\x3f\x00\x02\x01a\x01b\x01"),
        ),
        ("one option", genesis_of(b"\x01t\x01\x3f\x00\x01\x01a\x01")),
        (
            "two options of one name",
            genesis_of(b"\x01t\x01\x3f\x00\x02\x01a\x01a\x01"),
        ),
        (
            "white space around a name",
            genesis_of(b"\x01t\x01\x3f\x00\x02\x02 a\x01b\x01"),
        ),
        (
            "a line break in a name",
            genesis_of(b"\x01t\x01\x3f\x00\x02\x03a\nc\x01b\x01"),
        ),
        (
            "an unknown method",
            genesis_of(b"\x01t\x09\x3f\x00\x02\x01a\x01b\x01"),
        ),
        (
            "65 options",
            genesis_of(b"\x01t\x01\x3f\x00\x41\x01a\x01b\x01"),
        ),
        (
            "an option of 10,000 bytes",
            genesis_of(b"\x01t\x01\x3f\x00\x02\x90\x4ea\x01b\x01"),
        ),
        (
            "a holder that is neither browser nor tab",
            genesis_of(b"\x01t\x01\x3f\x02\x02\x01a\x01b\x01"),
        ),
        (
            "a highest seq of 256",
            genesis_of(b"\x01t\x01\x80\x02\x00\x02\x01a\x01b\x01"),
        ),
    ];
    let good_one = genesis_of(b"\x01t\x01\x3f\x00\x02\x01a\x01b\x01");
    assert!(
        Signed::<Genesis>::decode(&good_one, PollId::NONE, &()).is_ok(),
        "the cases differ in one thing only"
    );
    let geneses = geneses.map(|(why, bytes)| {
        assert!(
            Signed::<Genesis>::decode(&bytes, PollId::NONE, &()).is_err(),
            "{why}: accepted"
        );
        json!({ "why": why, "bytes": hex(&bytes) })
    });
    check(
        "refused.json",
        &json!({ "poll": poll.to_string(), "ops": cases, "geneses": geneses }),
    );
}
