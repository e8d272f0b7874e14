//! Whatever comes in is refused or means what it says; nothing panics, nothing is lost, everything
//! dropped is counted.

#![allow(clippy::unwrap_used)]
#![cfg(not(target_arch = "wasm32"))]

mod network;

use ed25519_zebra::SigningKey;
use election_core::ids::{OpId, PollId, ReplicaId};
use election_core::poll::ballot::Ballot;
use election_core::poll::choice::Choice;
use election_core::poll::method::Method;
use election_core::poll::op::{Op, SignedOp, VerifiedOp};
use election_core::replica::io::Input;
use election_core::replica::view::{Explanation, Stats};
use election_core::wire::bytes::Reader;
use election_core::wire::envelope::{RawOp, sign, verify_all, verify_until_wrong};
use election_core::wire::frame::{Digest, FrameWriter, Head, kind};
use election_core::wire::sealed::Seal;
use network::{Network, sample};
use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;

fn ballot(network: &Network, key: u8, prev: Option<(u32, OpId)>, option: usize) -> VerifiedOp {
    let choice = Choice::new(&[option], Method::Single, 3).unwrap();
    let ballot = Ballot::new(prev, choice, &network.genesis);
    sign(
        &SigningKey::from([key; 32]),
        network.poll(),
        Op::Ballot(ballot),
    )
}

/// A sealed frame with one message, as somebody with the link could send it.
fn frame(network: &Network, kind: u8, content: &[u8]) -> Vec<u8> {
    let mut writer = FrameWriter::new(Head {
        replica: ReplicaId(1),
        digest: Digest {
            root: [1; 16],
            ops: 1,
        },
    });
    writer.put(kind, content);
    seal(network, &writer.into_bytes())
}

fn seal(network: &Network, plain: &[u8]) -> Vec<u8> {
    network
        .seal()
        .seal(plain, &mut ChaCha8Rng::from_seed([3; 32]))
}

/// A room with the chair's tab alone.
fn chair() -> Network {
    let mut network = Network::new(4);
    network.open_tab();
    network.connect(0);
    network
}

/// What a tab that holds nothing but the poll counts after taking in these bytes as ops.
fn stats_after(ops: &[u8]) -> Stats {
    let mut network = chair();
    let frame = frame(&network, kind::OPS, ops);
    network.inject(0, &frame);
    network.tabs[0].tab.replica().stats()
}

#[test]
fn each_kind_of_bad_op_is_counted_under_its_name() {
    let network = chair();
    let good = ballot(&network, 1, None, 0);
    let mut wrong = good.bytes().to_vec();
    *wrong.last_mut().unwrap() ^= 1;
    assert_eq!(stats_after(&wrong).bad_signatures, 1);
    assert_eq!(stats_after(&good.bytes()[..40]).malformed, 1);
    assert_eq!(
        stats_after(b"EV\x01\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01").malformed,
        1
    );
    assert_eq!(
        stats_after(&[good.bytes(), good.bytes()].concat()).bad_signatures,
        0
    );
    let over_the_cap = Op::Unknown {
        kind: (1, 1),
        body: [&[64][..], &[9; 32], &[1]].concat().into(),
    };
    let over_the_cap = sign(&SigningKey::from([1; 32]), network.poll(), over_the_cap);
    assert_eq!(stats_after(over_the_cap.bytes()).invalid_ops, 1);
    let no_such_option = Op::Unknown {
        kind: (1, 1),
        body: [0, 3].into(),
    };
    let no_such_option = sign(&SigningKey::from([1; 32]), network.poll(), no_such_option);
    assert_eq!(stats_after(no_such_option.bytes()).invalid_ops, 1);
    let elsewhere = Op::Unknown {
        kind: (1, 1),
        body: [0, 1].into(),
    };
    let elsewhere = sign(&SigningKey::from([1; 32]), PollId([8; 32]), elsewhere);
    assert_eq!(
        stats_after(elsewhere.bytes()).bad_signatures,
        1,
        "another poll's op"
    );
}

#[test]
fn frames_that_do_not_open_are_counted() {
    let mut network = chair();
    network.inject(0, b"");
    network.inject(0, &[0; 1_000]);
    let other_room =
        Seal::new(&[9; 32], "another room").seal(b"hello", &mut ChaCha8Rng::from_seed([3; 32]));
    network.inject(0, &other_room);
    assert_eq!(network.tabs[0].tab.replica().stats().unsealed, 3);
    let other_version = seal(&network, &[9; 40]);
    network.inject(0, &other_version);
    let huge_length = seal(
        &network,
        &[&[1][..], &[7; 25], &[2, 0xff, 0xff, 0xff, 0xff, 0x7f]].concat(),
    );
    network.inject(0, &huge_length);
    assert_eq!(network.tabs[0].tab.replica().stats().malformed, 2);
}

#[test]
fn a_batch_ends_at_the_first_wrong_signature_and_its_sender_is_heard_no_more() {
    let mut network = chair();
    let mut bytes = Vec::new();
    for key in 1..=50 {
        let mut op = ballot(&network, key, None, 0).bytes().to_vec();
        if key == 20 {
            *op.last_mut().unwrap() ^= 1;
        }
        bytes.extend(op);
    }
    let bad_frame = frame(&network, kind::OPS, &bytes);
    network.inject(0, &bad_frame);
    assert_eq!(
        network.tabs[0].tab.replica().ops(),
        19,
        "the ballots before it are in, the others come by comparing sets"
    );
    let more = ballot(&network, 99, None, 0);
    let from_the_same = frame(&network, kind::OPS, more.bytes());
    network.inject(0, &from_the_same);
    let stats = network.tabs[0].tab.replica().stats();
    assert_eq!((stats.bad_signatures, stats.muted), (1, 1));
}

#[test]
fn a_ballot_whose_prev_is_not_there_is_held_back_says_so_and_follows_when_it_comes() {
    let mut network = chair();
    let first = ballot(&network, 1, None, 0);
    let second = ballot(&network, 1, Some((0, first.id())), 2);
    let late = frame(&network, kind::OPS, second.bytes());
    network.inject(0, &late);
    assert_eq!(network.tabs[0].tab.replica().ops(), 0);
    let [held] = &network.tabs[0].tab.replica().held_back()[..] else {
        panic!("it is not held back")
    };
    assert_eq!(held.id, second.id());
    assert!(matches!(
        network.tabs[0].tab.replica().explain(second.id()),
        Explanation::HeldBack { .. }
    ));
    let early = frame(&network, kind::OPS, first.bytes());
    network.inject(0, &early);
    assert_eq!(
        &*network.tabs[0].tab.replica_mut().tally().unwrap().counts,
        [0, 0, 1]
    );
    assert!(network.tabs[0].tab.replica().held_back().is_empty());
}

#[test]
fn a_third_ballot_under_one_seq_cannot_split_replicas_that_saw_others_first() {
    let mut network = chair();
    let mut three: Vec<_> = (0..3)
        .map(|option| ballot(&network, 1, None, option))
        .collect();
    three.sort_by_key(VerifiedOp::id);
    let next = ballot(&network, 1, Some((0, three[2].id())), 1);
    network.open_tab();
    network.connect(1);
    network.run(3_000);
    // They do not hear each other.
    network.faults.loss = 100;
    let orders: [&[&VerifiedOp]; 2] = [&[&three[0], &three[1], &next], &[&three[2], &next]];
    for (tab, ops) in orders.iter().enumerate() {
        for op in *ops {
            let frame = frame(&network, kind::OPS, op.bytes());
            network.inject(tab, &frame);
        }
    }
    for tab in 0..2 {
        assert_eq!(
            &*network.tabs[tab].tab.replica_mut().tally().unwrap().counts,
            [0, 1, 0],
            "tab {tab}"
        );
    }
    network.faults.loss = 0;
    network.run(10_000);
    network.assert_converged();
}

#[test]
fn an_op_of_a_later_version_is_kept_passed_on_and_not_counted() {
    let mut network = chair();
    let op = Op::Unknown {
        kind: (9, 1),
        body: b"a seal, perhaps".to_vec().into(),
    };
    let op = sign(&SigningKey::from([1; 32]), network.poll(), op);
    let frame = frame(&network, kind::OPS, op.bytes());
    network.inject(0, &frame);
    let held = Explanation::Held {
        op: op.clone(),
        verdict: None,
        reason: None,
    };
    assert_eq!(network.tabs[0].tab.replica().explain(op.id()), held);
    network.open_tab();
    network.connect(1);
    network.run(5_000);
    assert_eq!(network.tabs[1].tab.replica().unknown_ops(), 1);
    network.assert_converged();
}

#[test]
fn a_disk_that_was_tampered_with_is_not_believed() {
    let mut network = chair();
    network.vote(0, 1).unwrap();
    let genesis = network.genesis.id();
    for (id, record) in &mut network.tabs[0].disk {
        if *id != genesis {
            *record.bytes.last_mut().unwrap() ^= 1;
        }
    }
    network.reload(0);
    let replica = network.tabs[0].tab.replica();
    assert_eq!((replica.ops(), replica.stats().bad_signatures), (0, 1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(sample::of(64, 5_000)))]

    #[test]
    fn a_mutated_op_is_refused_or_means_the_same(
        at in 0..135_usize, flip in 1..=255_u8, cut in proptest::option::of(0..135_usize),
    ) {
        let network = Network::new(1);
        let first = ballot(&network, 1, None, 0);
        let op = ballot(&network, 1, Some((0, first.id())), 1);
        let mut bytes = op.bytes().to_vec();
        bytes[at] ^= flip;
        bytes.truncate(cut.unwrap_or(bytes.len()));
        if let Ok(read) = SignedOp::decode(&bytes, network.poll(), &network.genesis)
            && let Ok(read) = read.verify()
        {
            prop_assert_eq!(read.id(), op.id());
        }
    }

    #[test]
    fn whatever_reads_as_an_envelope_is_its_only_encoding(
        kind: u8, version: u8, body in proptest::collection::vec(any::<u8>(), 0..300), key: u8,
    ) {
        let op = Op::Unknown { kind: (kind, version), body: body.into() };
        let signed = sign(&SigningKey::from([key; 32]), PollId([1; 32]), op);
        let mut reader = Reader::new(signed.bytes());
        prop_assert!(RawOp::read(&mut reader).is_ok());
        prop_assert!(reader.is_empty());
        for end in 0..signed.bytes().len() {
            prop_assert!(RawOp::read(&mut Reader::new(&signed.bytes()[..end])).is_err());
        }
    }

    #[test]
    fn random_frames_do_nothing_and_never_panic(
        kind: u8, content in proptest::collection::vec(any::<u8>(), 0..500), plain in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let mut network = chair();
        let before = network.tabs[0].tab.replica_mut().state_hash();
        let message = frame(&network, kind, &content);
        let noise = seal(&network, &plain);
        for payload in [&plain, &message, &noise] {
            network.inject(0, payload);
        }
        network.run(30_000);
        prop_assert_eq!(network.tabs[0].tab.replica_mut().state_hash(), before);
        network.vote(0, 1).unwrap();
        prop_assert_eq!(network.tabs[0].tab.replica().ops(), 1);
    }

    #[test]
    fn batches_and_single_checks_agree(
        count in 0..70_usize, places in proptest::collection::btree_set(0..70_usize, 0..6), seed: u64,
    ) {
        let wrong: Vec<usize> = places.range(..count).copied().collect();
        assert_batches_and_single_checks_agree(count, &wrong, seed);
    }
}

/// So many ops, at those places with a wrong signature, in order.
fn assert_batches_and_single_checks_agree(count: usize, wrong: &[usize], seed: u64) {
    let network = Network::new(1);
    let op = |index: usize| {
        let mut prev = [9; 32];
        prev[..8].copy_from_slice(&index.to_be_bytes());
        let op = ballot(&network, index as u8, Some((0, OpId(prev))), index % 3);
        let mut bytes = op.bytes().to_vec();
        if wrong.contains(&index) {
            let at = bytes.len() - 1 - index % 64;
            bytes[at] ^= 1;
        }
        SignedOp::decode(&bytes, network.poll(), &network.genesis).unwrap()
    };
    let ops: Vec<SignedOp> = (0..count).map(op).collect();
    let one_by_one: Vec<Option<OpId>> = ops
        .iter()
        .map(|op| op.clone().verify().ok().map(|op| op.id()))
        .collect();
    let ids = |ops: &[VerifiedOp]| ops.iter().map(VerifiedOp::id).collect::<Vec<_>>();
    let before: Vec<_> = one_by_one.iter().copied().map_while(|id| id).collect();
    let first = wrong.first().copied();
    assert_eq!(before.len(), first.unwrap_or(count));
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let (until_wrong, is_wrong) = verify_until_wrong(ops.clone(), &mut random);
    assert_eq!((ids(&until_wrong), is_wrong), (before, first.is_some()));
    let (together, bad) = verify_all(ops, &mut random);
    let right: Vec<_> = one_by_one.into_iter().flatten().collect();
    assert_eq!((ids(&together), bad), (right, wrong.len()));
}

/// As many as are looked through in three parts.
#[test]
fn batches_and_single_checks_of_a_long_message_agree() {
    for wrong in [&[][..], &[639], &[640, 1_000], &[1_299]] {
        assert_batches_and_single_checks_agree(1_300, wrong, 7);
    }
}

#[test]
fn strangers_who_never_answer_cannot_keep_a_newcomer_from_the_poll() {
    let mut network = chair();
    network.vote(0, 1).unwrap();
    network.open_tab();
    network.connect(1);
    // Two that claim to hold much, before the chair's tab is heard.
    for replica in 1..=2 {
        let head = Head {
            replica: ReplicaId(replica),
            digest: Digest {
                root: [9; 16],
                ops: 1_000_000,
            },
        };
        let claim = seal(&network, &FrameWriter::new(head).into_bytes());
        network.inject_from(1, replica + 1_000_000, &claim);
    }
    network.run(8_000);
    assert_eq!(network.tabs[1].tab.replica().ops(), 1);
}

#[test]
fn one_frame_of_many_openings_is_answered_like_one_opening() {
    let mut network = chair();
    for voter in 1..=200 {
        let op = ballot(&network, voter, None, 0);
        let frame = frame(&network, kind::OPS, op.bytes());
        network.inject(0, &frame);
    }
    network.run(2_000);
    let openings = |count: u64| {
        let mut writer = FrameWriter::new(Head {
            replica: ReplicaId(1),
            digest: Digest::default(),
        });
        for session in 0..count {
            writer.put(0x11, &session.to_be_bytes());
        }
        writer.into_bytes()
    };
    let answer = |network: &mut Network, frame: &[u8]| {
        let before = network.tabs[0].tab.replica().stats().bytes_out;
        let sealed = seal(network, frame);
        network.inject(0, &sealed);
        network.tabs[0].tab.replica().stats().bytes_out - before
    };
    let one = answer(&mut network, &openings(1));
    network.run(20_000);
    let many = answer(&mut network, &openings(600));
    assert!(many <= one, "one opening: {one} bytes, 600: {many}");
}

#[test]
fn many_ballots_that_wait_for_one_thing_are_few_in_the_buffer() {
    let mut network = chair();
    let mut crowd = Vec::new();
    for made_up in 0..400_u16 {
        let mut prev = [9; 32];
        prev[..2].copy_from_slice(&made_up.to_be_bytes());
        crowd.extend(ballot(&network, 1, Some((0, OpId(prev))), 0).bytes());
    }
    let crowd = frame(&network, kind::OPS, &crowd);
    network.inject(0, &crowd);
    assert!(network.tabs[0].tab.replica().held_back().len() <= 16);
    let first = ballot(&network, 1, None, 0);
    let honest = ballot(&network, 1, Some((0, first.id())), 2);
    for op in [&honest, &first] {
        let frame = frame(&network, kind::OPS, op.bytes());
        network.inject(0, &frame);
    }
    assert_eq!(
        &*network.tabs[0].tab.replica_mut().tally().unwrap().counts,
        [0, 0, 1]
    );
}

/// More than can be held back, again and again, and one honest one among them.
#[test]
fn ballots_that_follow_nothing_are_not_checked_anew_for_ever() {
    let mut network = chair();
    let mut bytes = Vec::new();
    let mut orphan = |number: u16, wrong: bool| {
        let mut prev = [9; 32];
        prev[..2].copy_from_slice(&number.to_be_bytes());
        let op = ballot(&network, (number % 251) as u8, Some((0, OpId(prev))), 0);
        bytes.extend(op.bytes());
        if wrong {
            *bytes.last_mut().unwrap() ^= 1;
        }
    };
    // Their signatures are not looked at any more, or the sender would be muted.
    (0..1_024).for_each(|number| orphan(number, false));
    (1_024..1_500).for_each(|number| orphan(number, true));
    for chunk in bytes.chunks(135 * 300) {
        let frame = frame(&network, kind::OPS, chunk);
        network.inject(0, &frame);
    }
    let stats = network.tabs[0].tab.replica().stats();
    assert_eq!(
        (stats.bad_signatures, stats.muted, stats.malformed),
        (0, 0, 0)
    );
    assert!(stats.held_dropped >= 476, "{stats:?}");
    // What does not wait is taken in all the same, and what it brings along with it.
    let first = ballot(&network, 252, None, 0);
    let second = ballot(&network, 252, Some((0, first.id())), 2);
    let both = frame(
        &network,
        kind::OPS,
        &[first.bytes(), second.bytes()].concat(),
    );
    network.inject(0, &both);
    assert_eq!(
        &*network.tabs[0].tab.replica_mut().tally().unwrap().counts,
        [0, 0, 1]
    );
}

#[test]
fn restoring_twice_changes_nothing() {
    let mut network = chair();
    network.vote(0, 1).unwrap();
    let records: Vec<_> = network.tabs[0].disk.values().cloned().collect();
    let before = network.tabs[0].tab.replica_mut().state_hash();
    network.input(0, Input::Restore(&records));
    assert_eq!(network.tabs[0].tab.replica_mut().state_hash(), before);
}
