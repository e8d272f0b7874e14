//! `counting.json`: sets of ops, which of them are delivered, why each ballot counts or does not,
//! and what they add up to.

use election_core::poll::verdict::Verdict;
use election_core::replica::Replica;
use election_core::replica::io::{Config, Input, Record};
use election_core::replica::tab::Tab;

use super::*;

/// A tab that was given these ops, each by itself, in this order.
fn given<'a>(genesis: &'a VerifiedGenesis, ops: impl Iterator<Item = &'a VerifiedOp>) -> Tab {
    let mut tab = Tab::new(Config {
        poll: genesis.id().into(),
        secret: Secret([5; 16]),
        voter: SigningKey::from(OTHER),
        chair: None,
        precinct: None,
        timing: Default::default(),
        seed: [6; 32],
    });
    for bytes in [genesis.bytes()]
        .into_iter()
        .chain(ops.map(VerifiedOp::bytes))
    {
        let record = Record {
            received: Millis(0),
            bytes: bytes.to_vec(),
        };
        tab.handle(Input::Restore(&[record]), Millis(0));
    }
    tab
}

fn verdict(verdict: Verdict) -> Value {
    match verdict {
        Verdict::Counted => json!("counted"),
        Verdict::Replaced { by } => json!({ "replaced by": by.to_string() }),
        Verdict::Spoiled { with } => json!({ "spoiled with": with.to_string() }),
        Verdict::Revoked { by } => json!({ "revoked by": by.to_string() }),
    }
}

/// All that a replica makes of a set.
fn outcome(replica: &mut Replica) -> Value {
    let total = replica.tally().unwrap().clone();
    let mut ballots = serde_json::Map::new();
    for (_, ballot, why) in replica.ballots() {
        ballots.insert(ballot.id.to_string(), verdict(why));
    }
    let log: Vec<_> = replica.log().map(|op| op.id().to_string()).collect();
    let mut waiting: Vec<_> = replica
        .held_back()
        .into_iter()
        .map(|held| held.id)
        .collect();
    waiting.sort_unstable();
    let waiting: Vec<_> = waiting.iter().map(OpId::to_string).collect();
    json!({
        "ballots": ballots,
        "log": log,
        "log_forked": replica.log_state().forked,
        "held_back": waiting,
        "return": {
            "counts": total.counts,
            "ballots": total.ballots,
            "counted": total.counted,
            "revoked": total.revoked,
            "spoiled": total.spoiled,
        },
        "ops": replica.ops(),
        "state_hash": hex(&replica.state_hash()),
    })
}

/// One set: the same comes of it forwards, backwards, and from the middle on.
fn case(what: &str, genesis: &VerifiedGenesis, ops: &[&VerifiedOp]) -> Value {
    let expected = outcome(given(genesis, ops.iter().copied()).replica_mut());
    let backwards = ops.iter().rev().copied();
    let turned = ops
        .iter()
        .cycle()
        .skip(ops.len() / 2)
        .take(ops.len())
        .copied();
    assert_eq!(
        outcome(given(genesis, backwards).replica_mut()),
        expected,
        "{what}: backwards"
    );
    assert_eq!(
        outcome(given(genesis, turned).replica_mut()),
        expected,
        "{what}: from the middle on"
    );
    let ops: Vec<_> = ops.iter().map(|op| hex(op.bytes())).collect();
    json!({ "what": what, "genesis": hex(genesis.bytes()), "ops": ops, "outcome": expected })
}

/// The chair's entry after `after`, which revokes that ballot of that seq as one of `voter`.
fn entry(
    genesis: &VerifiedGenesis,
    after: Option<(u32, &VerifiedOp)>,
    voter: VoterKey,
    (seq, ballot): (u32, &VerifiedOp),
) -> VerifiedOp {
    let link = LogLink {
        index: after.map_or(0, |(index, _)| index + 1),
        prev: after.map(|(_, op)| op.id()),
    };
    revocation_of(genesis, link, voter, (seq, ballot))
}

#[test]
fn what_counts() {
    let single = genesis(Method::Single);
    let approval = genesis(Method::Approval);
    let vote = |key: [u8; 32], prev: Option<(u32, &VerifiedOp)>, option: usize| {
        ballot(
            &single,
            key,
            prev.map(|(seq, op)| (seq, op.id())),
            &[option],
        )
    };
    let first = vote(VOTER, None, 0);
    let second = vote(VOTER, Some((0, &first)), 1);
    let third = vote(VOTER, Some((1, &second)), 2);
    // Three under one number, by id.
    let mut three = [0, 1, 2].map(|option| vote(OTHER, None, option));
    three.sort_by_key(VerifiedOp::id);
    let [small, middle, large] = &three;
    let after_large = vote(OTHER, Some((0, large)), 0);
    let voter = first.author();
    let other = small.author();
    let revoke = |after, voter, what| entry(&single, after, voter, what);
    let of_second = revoke(None, voter, (1, &second));
    let of_first = revoke(None, voter, (0, &first));
    let of_small = revoke(None, other, (0, small));
    let of_large = revoke(None, other, (0, large));
    let mut fork = [&of_first, &of_small];
    fork.sort_by_key(|op| op.id());
    let after_fork = revoke(Some((0, fork[0])), voter, (1, &second));
    let after_other = revoke(Some((0, fork[1])), other, (0, middle));
    // A ballot whose id is larger than the two that the other voter's slot keeps, so that the slot
    // covers it.
    let mut voters = (0..=255).map(|seed| vote([seed; 32], None, 1));
    let covered = voters
        .find(|op| op.id() > middle.id() && op.author() != other)
        .unwrap();
    let misnamed = revoke(None, other, (0, &covered));
    let misplaced = revoke(None, voter, (0, &second));
    // A voter whose second ballot has a larger id than both that the first slot keeps.
    let twice_then_again = |seed: u8| {
        let [one, two] = [0, 2].map(|option| vote([seed; 32], None, option));
        let again = vote([seed; 32], Some((0, &one)), 1);
        (one.id() < again.id() && two.id() < again.id()).then_some([one, two, again])
    };
    let [one, two, again] = (0..=255).find_map(twice_then_again).unwrap();
    let still_revoked = revoke(None, one.author(), (0, &again));
    let approve = |key, marked: &[usize]| ballot(&approval, key, None, marked);
    let of_version_1 = of_unknown_kind(&single, (2, 1), &of_second);
    let cases = [
        case(
            "approval: each mark counts one, each ballot once",
            &approval,
            &[
                &approve(VOTER, &[0, 2]),
                &approve(OTHER, &[2]),
                &approve([0x44; 32], &[0, 1, 2]),
            ],
        ),
        case(
            "a voter's highest number counts",
            &single,
            &[&first, &second, &third],
        ),
        case(
            "of a chain, what comes after a gap waits",
            &single,
            &[&first, &third],
        ),
        case(
            "the highest is revoked: nothing of the voter counts",
            &single,
            &[&first, &second, &of_second],
        ),
        case(
            "a replaced ballot is revoked: the later one counts",
            &single,
            &[&first, &second, &of_first],
        ),
        case(
            "a higher number than the revoked one counts, and the revoked one stays revoked",
            &single,
            &[&first, &second, &third, &of_second],
        ),
        case(
            "ops of unknown kinds are held and change nothing, a revocation of version 1 among them",
            &single,
            &[&first, &second, &of_version_1],
        ),
        case(
            "a revocation whose ballot is not here waits",
            &single,
            &[&first, &of_second],
        ),
        case(
            "two under one number spoil each other",
            &single,
            &[small, middle],
        ),
        case(
            "of three under one number the one with the largest id is not held",
            &single,
            &[small, middle, large],
        ),
        case(
            "a ballot that names the third as the one before it is delivered, and heals",
            &single,
            &[small, middle, large, &after_large],
        ),
        case(
            "one of two that spoil each other is revoked: it is revoked, the other stays spoiled",
            &single,
            &[small, middle, &of_small],
        ),
        case(
            "a revocation of the third is delivered, since its slot covers it, and changes nothing",
            &single,
            &[small, middle, large, &of_large],
        ),
        case(
            "a fork of the chair's log: both branches count, and so do entries after either",
            &single,
            &[
                &first,
                &second,
                small,
                middle,
                &of_first,
                &of_small,
                &after_fork,
                &after_other,
            ],
        ),
        case(
            "a revocation that names another voter, whose slot covers that id: delivered, and the ballot counts",
            &single,
            &[small, middle, &covered, &misnamed],
        ),
        case(
            "a revocation that names another number of the voter waits as long as that slot does not cover the id",
            &single,
            &[&first, &second, &misplaced],
        ),
        case(
            "and once it does, the ballot is revoked whatever its own number",
            &single,
            &[&one, &two, &again, &still_revoked],
        ),
    ];
    check(
        "counting.json",
        &json!({
            "about": "whatever the order in which the ops of a case come, the outcome is the same",
            "cases": cases,
        }),
    );
}
