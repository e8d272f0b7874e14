//! `sync.json` and `tree.json`: sets of ops, what they hash and add up to, and how two are compared.

use std::collections::VecDeque;

use election_core::sync::Sync;

use super::*;

/// All messages of one session between two replicas, and what each held.
#[test]
fn sessions() {
    let single = genesis(Method::Single);
    let all: Vec<VerifiedOp> = (0..120_u8)
        .map(|voter| ballot(&single, [voter; 32], None, &[usize::from(voter % 3)]))
        .collect();
    let holding = |ops: &[VerifiedOp]| {
        let mut canvass = Canvass::new(single.clone());
        ops.iter().for_each(|op| {
            canvass.insert(op.clone());
        });
        canvass
    };
    let session = |mut opener: Option<Canvass>, mut other: Canvass| {
        let mut sides = [Sync::new(), Sync::new()];
        let opening = sides[0].open(
            Handle(1),
            0x0102_0304_0506_0708,
            opener.as_mut(),
            other.len(),
            Millis(0),
        );
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
            let canvass = if to == 0 {
                opener.as_mut()
            } else {
                Some(&mut other)
            };
            let reaction = sides[to].receive(Handle(from as u64), message, canvass, Millis(0));
            let mut ops = Reader::new(reaction.ops.as_deref().unwrap_or_default());
            if to == 0 && opener.is_none() && !ops.is_empty() {
                let genesis = Signed::<Genesis>::read(&mut ops, PollId::NONE, &())
                    .unwrap()
                    .verify()
                    .unwrap();
                opener = Some(Canvass::new(genesis));
            }
            while !ops.is_empty() {
                let op = SignedOp::read(&mut ops, single.id().into(), &single)
                    .unwrap()
                    .verify()
                    .unwrap();
                if to == 0 {
                    opener.as_mut().unwrap().insert(op)
                } else {
                    other.insert(op)
                };
            }
            on_the_way.extend(reaction.send.into_iter().map(|message| (to, message)));
        }
        assert_eq!(opener.unwrap().root(), other.root());
        said
    };
    check(
        "sync.json",
        &json!({
            "about": "the ops are the first 120 of tree.json's kind: voter n signs with a seed of 32 bytes n, for option n modulo 3",
            "genesis": hex(single.bytes()),
            "sessions": [
                {
                    "opener_holds": "voters 0 to 109",
                    "other_holds": "voters 10 to 119",
                    "messages": session(Some(holding(&all[..110])), holding(&all[10..])),
                },
                {
                    "opener_holds": "nothing, not even the genesis",
                    "other_holds": "voters 0 to 2",
                    "messages": session(None, holding(&all[..3])),
                },
            ],
        }),
    );
}

#[test]
fn trees() {
    let single = genesis(Method::Single);
    let mut canvass = Canvass::new(single.clone());
    let state = |canvass: &mut Canvass, what: &str| {
        let total = canvass.total().clone();
        json!({
            "what": what,
            "ops": canvass.len(),
            "state_hash": hex(&canvass.root()),
            "counts": total.counts,
            "ballots": total.ballots,
            "counted": total.counted,
            "revoked": total.revoked,
            "spoiled": total.spoiled,
        })
    };
    let mut states = vec![state(&mut canvass, "no ops")];
    let mut ops = Vec::new();
    for voter in 0..100_u8 {
        let op = ballot(&single, [voter; 32], None, &[usize::from(voter % 3)]);
        ops.push(hex(op.bytes()));
        canvass.insert(op);
        if [0, 15, 16, 99].contains(&voter) {
            states.push(state(
                &mut canvass,
                &format!("the first {} ballots", u32::from(voter) + 1),
            ));
        }
    }
    let spoiling = ballot(&single, [5; 32], None, &[0]);
    let known = canvass
        .register(&VoterKey(spoiling.author().0))
        .unwrap()
        .top()[0]
        .id;
    let spoiling = if spoiling.id() == known {
        ballot(&single, [5; 32], None, &[1])
    } else {
        spoiling
    };
    let revoked = canvass
        .register(&voter_key(&SigningKey::from([7; 32])))
        .unwrap()
        .top()[0]
        .id;
    let revoked_ballot = ballot(&single, [7; 32], None, &[1]);
    assert_eq!(revoked_ballot.id(), revoked);
    let revoking = revocation(
        &single,
        LogLink {
            index: 0,
            prev: None,
        },
        &revoked_ballot,
        0,
    );
    for (op, what) in [
        (spoiling, "and a second ballot of voter 5's key at seq 0"),
        (revoking, "and a revocation"),
    ] {
        ops.push(hex(op.bytes()));
        canvass.insert(op);
        states.push(state(&mut canvass, what));
    }
    check(
        "tree.json",
        &json!({ "genesis": hex(single.bytes()), "ops": ops, "states": states }),
    );
}
