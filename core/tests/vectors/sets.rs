//! `sync.json` and `tree.json`: sets of ops, what they hash and add up to, and how two are
//! compared.

use std::collections::VecDeque;

use election_core::ballots::Branch;
use election_core::ballots::branch::{LOG, MAX_DEPTH, PRECINCT};
use election_core::sync::Sync;

use super::*;

/// The first ballot of a voter whose seed is 32 times the same byte.
fn of_byte(genesis: &VerifiedGenesis, voter: u8) -> VerifiedOp {
    ballot(genesis, [voter; 32], None, &[usize::from(voter % 3)])
}

/// The first ballot of a voter whose seed is a number in 32 bytes.
fn of_number(genesis: &VerifiedGenesis, voter: u32) -> VerifiedOp {
    let mut seed = [0; 32];
    seed[28..].copy_from_slice(&voter.to_be_bytes());
    ballot(genesis, seed, None, &[voter as usize % 3])
}

pub fn holding<'a>(
    genesis: &VerifiedGenesis,
    ops: impl IntoIterator<Item = &'a VerifiedOp>,
) -> BallotStore {
    let mut store = BallotStore::new(genesis.clone());
    ops.into_iter().for_each(|op| {
        store.insert(op.clone());
    });
    store
}

/// Reads a message's ops and takes them in; a newcomer gets the genesis first.
fn take_in(genesis: &VerifiedGenesis, store: &mut Option<BallotStore>, ops: &[u8]) {
    let mut ops = Reader::new(ops);
    if store.is_none() && !ops.is_empty() {
        let genesis = Signed::<Genesis>::read(&mut ops, PollId::NONE, &());
        *store = Some(BallotStore::new(genesis.unwrap().verify().unwrap()));
    }
    while !ops.is_empty() {
        let op = SignedOp::read(&mut ops, genesis.id().into(), genesis);
        store
            .as_mut()
            .unwrap()
            .insert(op.unwrap().verify().unwrap());
    }
}

/// All messages of one session between two replicas, in the order in which they are sent.
fn session(
    genesis: &VerifiedGenesis,
    opener: Option<BallotStore>,
    other: BallotStore,
) -> Vec<Value> {
    let mut held = [opener, Some(other)];
    let mut sides = [Sync::default(), Sync::default()];
    let theirs = held[1].as_ref().unwrap().len();
    let id = 0x0102_0304_0506_0708;
    let opening = sides[0].open(Handle(1), id, held[0].as_mut(), theirs, Millis(0));
    let mut said = Vec::new();
    let mut on_the_way: VecDeque<_> = opening.into_iter().map(|message| (0, message)).collect();
    while let Some((from, message)) = on_the_way.pop_front() {
        let mut body = Writer::new();
        message.encode(&mut body);
        said.push(json!({
            "from": if from == 0 { "opener" } else { "other" },
            "kind": message.kind(),
            "body": hex(body.as_bytes()),
        }));
        let to = 1 - from;
        let store = held[to].as_mut();
        let reaction = sides[to].receive(Handle(from as u64), message, store, Millis(0));
        take_in(genesis, &mut held[to], &reaction.ops.unwrap_or_default());
        on_the_way.extend(reaction.send.into_iter().map(|message| (to, message)));
    }
    let [opener, other] = held.map(|held| held.unwrap().root());
    assert_eq!(opener, other);
    said
}

/// Which messages are said, by kind.
fn kinds(messages: &[Value]) -> Vec<u64> {
    messages
        .iter()
        .map(|message| message["kind"].as_u64().unwrap())
        .collect()
}

#[test]
fn sessions() {
    let single = genesis(Method::Single);
    let few: Vec<_> = (0..120).map(|voter| of_byte(&single, voter)).collect();
    let many: Vec<_> = (0..600).map(|voter| of_number(&single, voter)).collect();
    let side_by_side = session(
        &single,
        Some(holding(&single, &few[..110])),
        holding(&single, &few[10..]),
    );
    let newcomer = session(&single, None, holding(&single, &few[..3]));
    // Every hundredth is missing on one side, and every hundredth of others on the other.
    let without = |rest: usize| {
        let held = many.iter().enumerate();
        let held = held.filter(move |(voter, _)| voter % 100 != rest);
        held.map(|(_, op)| op)
    };
    let deep = session(
        &single,
        Some(holding(&single, without(7))),
        holding(&single, without(50)),
    );
    let comparing = [0x10, 0x12, 0x12];
    assert!(
        kinds(&deep).starts_with(&comparing),
        "over several levels: {:?}",
        kinds(&deep)
    );
    let log = log_of(&single, &few, 24, 3);
    let logs = session(
        &single,
        Some(holding(
            &single,
            few.iter().chain(&log[..18]).chain(&log[24..]),
        )),
        holding(&single, few.iter().chain(&log[..24])),
    );
    check(
        "sync.json",
        &json!({
            "about": "voter n signs a first ballot for option n modulo 3, with a seed of 32 bytes n, or where it says so of 28 zeros and n as u32. All frames arrive, in the order in which they are sent",
            "genesis": hex(single.bytes()),
            "log": log.iter().map(|op| hex(op.bytes())).collect::<Vec<_>>(),
            "sessions": [
                {
                    "opener_holds": "voters 0 to 109",
                    "other_holds": "voters 10 to 119",
                    "messages": side_by_side,
                },
                {
                    "opener_holds": "nothing, not even the genesis",
                    "other_holds": "voters 0 to 2",
                    "messages": newcomer,
                },
                {
                    "opener_holds": "voters 0 to 599 but those whose last two digits are 07, seeds of 28 zeros and n as u32",
                    "other_holds": "voters 0 to 599 but those whose last two digits are 50, seeds of 28 zeros and n as u32",
                    "messages": deep,
                },
                {
                    "opener_holds": "voters 0 to 119, and of the log entries 0 to 17 and the last three ops, which are of an unknown kind",
                    "other_holds": "voters 0 to 119, and of the log entries 0 to 23",
                    "messages": logs,
                },
            ],
        }),
    );
}

/// So many `entries` that revoke the first of these first ballots, and ops of an unknown kind.
fn log_of(
    genesis: &VerifiedGenesis,
    ballots: &[VerifiedOp],
    entries: usize,
    unknown: u8,
) -> Vec<VerifiedOp> {
    let mut log: Vec<VerifiedOp> = Vec::new();
    let revoked = (0..).zip(&ballots[..entries]);
    log.extend(revoked.map(|(index, ballot)| revocation(genesis, index, ballot)));
    log.extend((0..unknown).map(|number| {
        let body = vec![number; 5].into();
        let op = Op::Unknown {
            kind: (200, 1),
            body,
        };
        sign(&SigningKey::from(OTHER), genesis.id().into(), op)
    }));
    log
}

#[test]
fn trees() {
    let single = genesis(Method::Single);
    let mut store = BallotStore::new(single.clone());
    let state = |store: &mut BallotStore, what: &str| {
        let total = store.total().clone();
        json!({
            "what": what,
            "ops": store.len(),
            "state_hash": hex(&store.root()),
            "counts": total.counts,
            "ballots": total.ballots,
            "counted": total.counted,
            "revoked": total.revoked,
            "spoiled": total.spoiled,
        })
    };
    let mut states = vec![state(&mut store, "no ops")];
    let mut ops = Vec::new();
    for voter in 0..100_u8 {
        let op = ballot(&single, [voter; 32], None, &[usize::from(voter % 3)]);
        ops.push(hex(op.bytes()));
        store.insert(op);
        if [0, 15, 16, 99].contains(&voter) {
            states.push(state(
                &mut store,
                &format!("the first {} ballots", u32::from(voter) + 1),
            ));
        }
    }
    let spoiling = ballot(&single, [5; 32], None, &[0]);
    let known = store
        .register(&VoterKey(spoiling.author().0))
        .unwrap()
        .top()[0]
        .id;
    let spoiling = if spoiling.id() == known {
        ballot(&single, [5; 32], None, &[1])
    } else {
        spoiling
    };
    let (what, op) = ("and a second ballot of voter 5's key at seq 0", spoiling);
    ops.push(hex(op.bytes()));
    store.insert(op);
    states.push(state(&mut store, what));
    let ballots: Vec<_> = (0..100).map(|voter| of_byte(&single, voter)).collect();
    for (number, op) in (1..).zip(log_of(&single, &ballots[7..], 20, 3)) {
        ops.push(hex(op.bytes()));
        store.insert(op);
        if [1, 16, 17, 20, 23].contains(&number) {
            let what = format!(
                "and {number} of these: 20 entries of the chair's log, then 3 ops of an unknown kind"
            );
            states.push(state(&mut store, &what));
        }
    }
    let branches = branches(&mut store);
    check(
        "tree.json",
        &json!({ "genesis": hex(single.bytes()), "ops": ops, "states": states, "branches_at_the_end": branches }),
    );
}

/// Branches of both sections, from the roots two levels down, and the way to one place.
fn branches(store: &mut BallotStore) -> Value {
    let mut all: Vec<Branch> = Vec::new();
    for section in [LOG, PRECINCT] {
        for levels in 0..3 {
            all.extend(Branch::root(section).below(levels));
        }
        let place = 0x89ab_cdef_0123_4567;
        all.extend((3..=5).map(|depth| Branch::around(section, depth, place)));
    }
    let held: Vec<_> = (0..100)
        .map(|voter| VoterKey(voter_key(&SigningKey::from([voter; 32])).0))
        .collect();
    let place = Place::of(store.poll(), held[5]).0;
    all.push(Branch::around(PRECINCT, MAX_DEPTH, place));
    let vectors = all.into_iter().map(|branch| {
        let total = store.branch_return(branch);
        json!({
            "section": branch.section(),
            "depth": branch.depth(),
            "prefix": format!("{:x}", branch.prefix()),
            "ops": store.ops_under(branch),
            "leaf": store.is_leaf(branch),
            "fingerprint": hex(&store.branch_fingerprint(branch)),
            "counts": total.counts,
            "counted": total.counted,
        })
    });
    vectors.collect()
}
