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
        Verdict::Barred { by } => json!({ "barred by": by.to_string() }),
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
        "status": match replica.status() { Status::Open => "open", Status::Closed => "closed" },
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
    let revoke = |index, voter, ballot| revocation_of(&single, index, voter, ballot);
    let of_second = revoke(0, voter, &second);
    let of_first = revoke(0, voter, &first);
    let of_small = revoke(0, other, small);
    let of_large = revoke(0, other, large);
    let [late, again] = [40, 7].map(|index| revoke(index, other, middle));
    let misnamed = revoke(0, other, &first);
    let approve = |key, marked: &[usize]| ballot(&approval, key, None, marked);
    let of_version_2 = of_unknown_kind(&single, (2, 2), &of_second);
    let [barred, again_barred] = [40, 7].map(|index| bar_of(&single, index, voter));
    let spoiler_barred = bar_of(&single, 3, other);
    let close = set_status(&single, Status::Closed, 0, &[]);
    let reopen = set_status(&single, Status::Open, 1, &[&close]);
    let close_again = set_status(&single, Status::Closed, 1, &[&close]);
    let open_at_last = set_status(&single, Status::Open, 2, &[&reopen, &close_again]);
    let not_above = set_status(&single, Status::Closed, 2, &[&open_at_last]);
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
            "ops of unknown kinds are held and change nothing, a revocation of version 2 among them",
            &single,
            &[&first, &second, &of_version_2],
        ),
        case(
            "a revocation whose ballot is not here is held, and changes nothing yet",
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
            "a revocation of the third, which is not held, changes nothing",
            &single,
            &[small, middle, large, &of_large],
        ),
        case(
            "entries of equal and of other places all hold; of two that revoke one ballot the smaller id is named",
            &single,
            &[
                &first, &second, small, middle, &of_first, &of_small, &late, &again,
            ],
        ),
        case(
            "a revocation that names another voter is held, and the ballot counts",
            &single,
            &[small, middle, &first, &misnamed],
        ),
        case(
            "a barred voter: nothing counts, a later ballot neither; of two bars the smaller id is named",
            &single,
            &[&first, &second, &third, &barred, &again_barred],
        ),
        case(
            "a ballot that is revoked and whose voter is barred is revoked; the voter's others are barred",
            &single,
            &[&first, &second, &of_first, &barred],
        ),
        case(
            "two under one number whose voter is barred are barred, and counted among the spoiled",
            &single,
            &[small, middle, &spoiler_barred],
        ),
        case(
            "a closed poll: ballots count all the same",
            &single,
            &[&first, &close],
        ),
        case(
            "closed, and opened and closed again at one index: closed",
            &single,
            &[&close, &reopen, &close_again],
        ),
        case(
            "an entry that waits for both opens it",
            &single,
            &[&close, &reopen, &close_again, &open_at_last],
        ),
        case(
            "an entry waits for those that it names",
            &single,
            &[&close, &reopen, &open_at_last],
        ),
        case(
            "an entry whose index is not above those that it names is none",
            &single,
            &[&close, &reopen, &close_again, &open_at_last, &not_above],
        ),
        case(
            "a bar of a voter of whom no ballot is here is held, and changes nothing yet",
            &single,
            &[&first, &spoiler_barred],
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
