//! Which ballots a revocation affects: those of the voter whom it names, whatever came first.

#![allow(clippy::unwrap_used)]

mod network;

use ed25519_zebra::SigningKey;
use election_core::ballots::Return;
use election_core::ids::{OpId, PrecinctId, ReplicaId, VoterKey};
use election_core::poll::ballot::Ballot;
use election_core::poll::choice::Choice;
use election_core::poll::method::Method;
use election_core::poll::op::{Op, VerifiedOp};
use election_core::poll::revocation::RevokeBallot;
use election_core::poll::voter_draw::draw_voter;
use election_core::wire::envelope::sign;
use election_core::wire::frame::{Digest, FrameWriter, Head, kind};
use network::{CHAIR, Network};
use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;

fn ballot(network: &Network, voter: &SigningKey, option: usize) -> VerifiedOp {
    let choice = Choice::new(&[option], Method::Single, 3).unwrap();
    let ballot = Ballot::new(None, choice, &network.genesis);
    sign(voter, network.poll(), Op::Ballot(ballot))
}

/// The chair's first entry, which revokes that first ballot as one of `voter`.
fn revocation(network: &Network, voter: VoterKey, ballot: &VerifiedOp) -> VerifiedOp {
    let op = RevokeBallot {
        index: 0,
        voter,
        ballot: ballot.id(),
        reason: "voted twice".to_owned(),
    };
    let op = Op::RevokeBallot(Box::new(op));
    sign(&SigningKey::from(CHAIR), network.poll(), op)
}

/// What the one tab of a room makes of ops that come to it in this order, and which revocations it
/// delivered.
fn outcome(mut network: Network, ops: &[&VerifiedOp]) -> ([u8; 32], Return, Vec<OpId>) {
    network.open_tab();
    network.connect(0);
    network.run(1_000);
    for op in ops {
        let mut frame = FrameWriter::new(Head {
            replica: ReplicaId(1),
            digest: Digest::default(),
        });
        frame.put(kind::OPS, op.bytes());
        let seal = network.seal();
        let sealed = seal.seal(&frame.into_bytes(), &mut ChaCha8Rng::from_seed([3; 32]));
        network.inject(0, &sealed);
        // What was worked out before must not stand.
        let _ = network.tabs[0].tab.replica_mut().tally();
    }
    let replica = network.tabs[0].tab.replica_mut();
    let tally = replica.tally().unwrap().clone();
    let delivered = replica.log().map(VerifiedOp::id).collect();
    (replica.state_hash(), tally, delivered)
}

/// A revocation waits for nothing, so it can come before the ballot or after it.
#[test]
fn a_ballot_here_is_not_revoked_as_one_of_a_voter_of_another_precinct() {
    let room = || Network::of_precinct(1, 3, PrecinctId(1));
    let network = room();
    let voter_of = |precinct, seed| {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let drawn = draw_voter(network.poll(), 3, precinct, &mut random);
        drawn.unwrap()
    };
    let (own, foreign) = (voter_of(PrecinctId(1), 1), voter_of(PrecinctId(2), 2));
    let held = ballot(&network, &own, 0);
    let elsewhere = ballot(&network, &foreign, 0);
    let wrong = revocation(&network, elsewhere.author(), &held);

    let before = outcome(room(), &[&wrong, &held]);
    let after = outcome(room(), &[&held, &wrong]);
    assert_eq!(before, after);
    let (_, tally, delivered) = after;
    assert_eq!(delivered, [wrong.id()]);
    assert_eq!((tally.ballots, tally.counted, tally.revoked), (1, 1, 0));

    let right = revocation(&network, held.author(), &held);
    let before = outcome(room(), &[&right, &held]);
    let after = outcome(room(), &[&held, &right]);
    assert_eq!(before, after);
    let (_, tally, _) = after;
    assert_eq!((tally.ballots, tally.counted, tally.revoked), (1, 0, 1));
}

/// A slot that holds two ballots covers every larger id, another voter's too.
#[test]
fn a_ballot_is_not_revoked_as_the_third_of_somebody_elses_slot() {
    let network = Network::new(1);
    let key = |number| SigningKey::from([number; 32]);
    let twice = [1, 2].map(|option| ballot(&network, &key(200), option));
    let larger = |op: &VerifiedOp| twice.iter().all(|smaller| smaller.id() < op.id());
    let mut others = (1..200).map(|number| ballot(&network, &key(number), 0));
    let held = others.find(larger).unwrap();
    let wrong = revocation(&network, twice[0].author(), &held);

    let before = outcome(Network::new(1), &[&wrong, &twice[0], &twice[1], &held]);
    let after = outcome(Network::new(1), &[&held, &twice[1], &twice[0], &wrong]);
    assert_eq!(before, after);
    let (_, tally, delivered) = after;
    assert_eq!(delivered, [wrong.id()]);
    assert_eq!(
        (tally.counted, tally.revoked, tally.spoiled),
        (1, 0, 1),
        "the one ballot counts, and the two spoil each other"
    );
}
