//! `signatures.json`: signatures on which Ed25519 libraries differ, as ballots that ZIP 215 accepts
//! or refuses.
//!
//! They are made here from the group's own arithmetic. Of a small-order author, and of a sum of a
//! key and a point of small order, nobody needs a secret that does not exist: the cofactor takes
//! such points out of the equation.

use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT as BASE, EIGHT_TORSION};
use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::IsIdentity;
use election_core::wire::envelope::{DOMAIN, verify_all};
use sha2::{Digest as _, Sha512};

use super::*;

/// The order of the group's large part, in little-endian bytes.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

fn point(bytes: [u8; 32]) -> Option<EdwardsPoint> {
    CompressedEdwardsY(bytes).decompress()
}

/// 2^255 - 19 + `y`, in little-endian bytes: `y` as no encoder would write it. `y` is below 19.
fn not_reduced(y: u8, sign: bool) -> [u8; 32] {
    let mut bytes = [0xff; 32];
    bytes[0] = 0xed + y;
    bytes[31] = if sign { 0xff } else { 0x7f };
    bytes
}

/// A number of 256 bits and the group's order added up.
fn plus_order(mut bytes: [u8; 32]) -> [u8; 32] {
    let mut carry = 0;
    for (byte, order) in bytes.iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(order) + carry;
        *byte = sum as u8;
        carry = sum >> 8;
    }
    bytes
}

/// A first ballot for option 1 by any author at all, without its signature.
fn unsigned(author: [u8; 32]) -> Vec<u8> {
    [&b"EV\x01\x01\x22"[..], &author, &[0, 1]].concat()
}

fn message(poll: PollId, author: [u8; 32]) -> Vec<u8> {
    [DOMAIN, &poll.0, &unsigned(author)].concat()
}

/// The hash of RFC 8032 as a scalar: of what is sent as R and as the author, byte by byte.
fn challenge(poll: PollId, author: [u8; 32], r: [u8; 32]) -> Scalar {
    let hash = Sha512::new()
        .chain_update(r)
        .chain_update(author)
        .chain_update(message(poll, author))
        .finalize();
    Scalar::from_bytes_mod_order_wide(&hash.into())
}

/// One ballot's author and signature.
#[derive(Clone, Copy)]
struct Case {
    author: [u8; 32],
    r: [u8; 32],
    s: [u8; 32],
}

impl Case {
    /// By a point of small order, with another as R: whatever is signed, S = 0 fits.
    fn of_small_order(author: [u8; 32], r: [u8; 32]) -> Self {
        assert!(
            [author, r]
                .iter()
                .all(|bytes| point(*bytes).unwrap().is_small_order())
        );
        Self {
            author,
            r,
            s: [0; 32],
        }
    }

    /// By `secret`, with `of_author` and `of_r` added to the key and to R.
    fn by(secret: Scalar, poll: PollId, of_author: EdwardsPoint, of_r: EdwardsPoint) -> Self {
        let nonce = Scalar::from(1_234_567_u64);
        let author = (BASE * secret + of_author).compress().0;
        let r = (BASE * nonce + of_r).compress().0;
        let s = nonce + challenge(poll, author, r) * secret;
        Self {
            author,
            r,
            s: s.to_bytes(),
        }
    }

    fn ballot(self) -> Vec<u8> {
        [&unsigned(self.author)[..], &self.r, &self.s].concat()
    }

    /// Whether it holds without the cofactor too, as many libraries want it.
    fn holds_without_cofactor(self, poll: PollId) -> bool {
        let (author, r) = (point(self.author).unwrap(), point(self.r).unwrap());
        let s = Scalar::from_bytes_mod_order(self.s);
        (BASE * s - author * challenge(poll, self.author, self.r) - r).is_identity()
    }
}

#[test]
fn signatures() {
    let genesis = genesis(Method::Single);
    let poll = PollId::from(genesis.id());
    let secret = Scalar::from(20_260_101_u64);
    let none = EdwardsPoint::default();
    // The eight points of small order, as they are written: 0 is the identity, 4 has order 2, 2 and
    // 6 have order 4.
    let small = EIGHT_TORSION.map(|point| point.compress().0);
    let (order_2, order_4, order_8) = (EIGHT_TORSION[4], EIGHT_TORSION[2], EIGHT_TORSION[1]);
    let identity = small[0];
    let negative = |mut bytes: [u8; 32]| {
        bytes[31] ^= 0x80;
        bytes
    };
    let good = Case::by(secret, poll, none, none);
    let small_order = Case::of_small_order;
    let accepted = [
        ("an ordinary signature", good),
        (
            "author of order 8, R of order 8, S is 0",
            small_order(small[1], small[7]),
        ),
        (
            "author and R are the identity, S is 0",
            small_order(identity, identity),
        ),
        (
            "author of order 2, R of order 4, S is 0",
            small_order(small[4], small[2]),
        ),
        (
            "the author's y is p + 1, the identity's, not reduced",
            small_order(not_reduced(1, false), small[1]),
        ),
        (
            "the y of R is p, that of a point of order 4, not reduced",
            small_order(small[1], not_reduced(0, false)),
        ),
        (
            "the y of R is p and its sign bit is set",
            small_order(small[1], not_reduced(0, true)),
        ),
        (
            "the author is the identity with the sign bit of an x of 0",
            small_order(negative(identity), identity),
        ),
        (
            "R is the point of order 2 with the sign bit of an x of 0",
            small_order(small[3], negative(small[4])),
        ),
        (
            "an ordinary key, a point of order 8 added to R: holds with the cofactor only",
            Case::by(secret, poll, none, order_8),
        ),
        (
            "an ordinary key, a point of order 2 added to R: holds with the cofactor only",
            Case::by(secret, poll, none, order_2),
        ),
        (
            "a point of order 8 added to the key: holds with the cofactor only",
            Case::by(secret, poll, order_8, none),
        ),
        (
            "points of order 4 and 8 added to the key and to R: holds with the cofactor only",
            Case::by(secret, poll, order_4, order_8),
        ),
    ];
    let of_small_order = small_order(small[1], small[7]);
    let off_curve = core::array::from_fn(|at| if at == 0 { 2 } else { 0 });
    assert!(point(off_curve).is_none());
    let canonical = Case::by(secret, poll, none, none);
    let refused = [
        (
            "S is S + L, not reduced",
            Case {
                s: plus_order(good.s),
                ..good
            },
        ),
        (
            "S is L in place of 0, by an author of small order",
            Case {
                s: ORDER,
                ..of_small_order
            },
        ),
        (
            "S has its highest bit set",
            Case {
                s: negative(good.s),
                ..good
            },
        ),
        (
            "the author is no point of the curve",
            Case {
                author: off_curve,
                ..of_small_order
            },
        ),
        (
            "R is no point of the curve",
            Case {
                r: off_curve,
                ..of_small_order
            },
        ),
        (
            "S is 1 where 0 would fit, by an author of small order",
            Case {
                s: Scalar::ONE.to_bytes(),
                ..of_small_order
            },
        ),
        (
            "the base point is added to R",
            Case {
                r: (point(canonical.r).unwrap() + BASE).compress().0,
                ..canonical
            },
        ),
        (
            "R is of another sign",
            Case {
                r: negative(canonical.r),
                ..canonical
            },
        ),
    ];
    let decode = |case: Case| SignedOp::decode(&case.ballot(), poll, &genesis).unwrap();
    let mut random = ChaCha8Rng::seed_from_u64(5);
    let vector = |what: &str, case: Case| {
        json!({
            "what": what,
            "op": hex(&case.ballot()),
            "author": hex(&case.author),
            "message": hex(&message(poll, case.author)),
            "signature": hex(&[case.r, case.s].concat()),
        })
    };
    let together = accepted.iter().map(|(_, case)| decode(*case)).collect();
    assert_eq!(verify_all(together, &mut random).0.len(), accepted.len());
    let accepted = accepted.map(|(what, case)| {
        assert!(decode(case).verify().is_ok(), "{what}: refused");
        assert_eq!(
            verify_all(vec![decode(case)], &mut random).1,
            0,
            "{what}: refused in a batch"
        );
        let cofactored = what.ends_with("with the cofactor only");
        assert!(!cofactored || !case.holds_without_cofactor(poll), "{what}");
        vector(what, case)
    });
    let refused = refused.map(|(what, case)| {
        assert!(decode(case).verify().is_err(), "{what}: accepted");
        let beside = vec![decode(good), decode(case)];
        assert!(
            verify_all(beside, &mut random).0.len() < 2,
            "{what}: accepted in a batch"
        );
        vector(what, case)
    });
    check(
        "signatures.json",
        &json!({
            "about": "first ballots of the single choice poll of ops.json, for option 1; all differ in author and signature only",
            "source": "made by core/tests/vectors/signatures.rs; the rules are https://zips.z.cash/zip-0215",
            "genesis": hex(genesis.bytes()),
            "poll": poll.to_string(),
            "accepted": accepted,
            "refused": refused,
        }),
    );
}
