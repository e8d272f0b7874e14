//! `sync_scripts.json`: sessions with one side by hand: what is answered, and what ends a session.

use election_core::ballots::Branch;
use election_core::ballots::branch::{LOG, PRECINCT};
use election_core::sync::message::{Content, Description, Reason, Wish};
use election_core::sync::short::Shortener;
use election_core::sync::{Sync, SyncMessage};
use sha2::{Digest as _, Sha256};

use super::sets::holding;
use super::sync_bodies::SESSION;
use super::*;

/// One side of sessions by hand: what it holds, and what it says to the messages of another.
struct Script<'a> {
    genesis: &'a VerifiedGenesis,
    store: Option<BallotStore>,
    sync: Sync,
    steps: Vec<Value>,
}

/// A message as a vector; long bodies by their hash.
fn vector(message: &SyncMessage) -> Value {
    let mut body = Writer::new();
    message.encode(&mut body);
    let body = body.as_bytes();
    match body.len() {
        0..=4096 => json!({ "kind": message.kind(), "body": hex(body) }),
        length => {
            json!({ "kind": message.kind(), "length": length, "sha256": hex(&Sha256::digest(body)) })
        }
    }
}

impl<'a> Script<'a> {
    fn new(genesis: &'a VerifiedGenesis, store: Option<BallotStore>) -> Self {
        Self {
            genesis,
            store,
            sync: Sync::default(),
            steps: Vec::new(),
        }
    }

    /// Says a message to it, and writes down what it answers.
    fn says(&mut self, message: SyncMessage) -> Vec<SyncMessage> {
        let receives = vector(&message);
        let reaction = self
            .sync
            .receive(Handle(1), message, self.store.as_mut(), Millis(0));
        let mut ops = Reader::new(reaction.ops.as_deref().unwrap_or_default());
        while !ops.is_empty() {
            let op = SignedOp::read(&mut ops, self.genesis.id().into(), self.genesis);
            self.store
                .as_mut()
                .unwrap()
                .insert(op.unwrap().verify().unwrap());
        }
        let answers: Vec<_> = reaction.send.iter().map(vector).collect();
        self.steps
            .push(json!({ "receives": receives, "answers": answers }));
        reaction.send
    }

    fn end(self, what: &str, holds: &str) -> Value {
        json!({ "what": what, "holds": holds, "steps": self.steps })
    }
}

/// What one who holds these says of the roots: fingerprints, the log's as a whole.
fn opening(store: &mut BallotStore, levels: u8) -> SyncMessage {
    let short = Shortener::new(SESSION);
    let mut describe = |branch: Branch, levels: u8| {
        let parts = branch.below(levels);
        let fingerprints = parts.map(|part| short.fingerprint(&store.branch_fingerprint(part)));
        let fingerprints = fingerprints.collect();
        Description {
            branch,
            content: Content::Fingerprints {
                levels,
                fingerprints,
            },
        }
    };
    let about = vec![
        describe(Branch::root(LOG), 0),
        describe(Branch::root(PRECINCT), levels),
    ];
    SyncMessage::Open {
        session: SESSION,
        about,
    }
}

fn compare(session: u64, more: bool, about: Vec<Description>) -> SyncMessage {
    SyncMessage::Compare {
        session,
        more,
        about,
    }
}

fn scripts() -> Value {
    let single = genesis(Method::Single);
    let ballots: Vec<VerifiedOp> = (0..40_u8)
        .map(|voter| ballot(&single, [voter; 32], None, &[usize::from(voter % 3)]))
        .collect();
    let short = Shortener::new(SESSION);
    let root = Branch::root(PRECINCT);
    let held = || Some(holding(&single, &ballots[..20]));
    let holds = "voters 0 to 19";
    let list = |ops: &[VerifiedOp]| {
        let mut ids: Vec<_> = ops.iter().map(|op| short.id(op.id())).collect();
        ids.sort_unstable();
        Description {
            branch: root,
            content: Content::List(ids),
        }
    };
    let ops = |number: u32, last: bool, ops: &[VerifiedOp]| SyncMessage::Ops {
        session: SESSION,
        number,
        last,
        sent: ops.len() as u64,
        total: ops.len() as u64,
        bytes: ops.iter().flat_map(|op| op.bytes()).copied().collect(),
    };
    let want = |ids: Vec<u32>| {
        let wishes = vec![Wish { branch: root, ids }];
        SyncMessage::Want {
            session: SESSION,
            wishes,
        }
    };
    let ack = |number| SyncMessage::Ack {
        session: SESSION,
        number,
    };
    let open_same = || opening(&mut holding(&single, &ballots[10..30]), 0);
    let ids = |of: &[VerifiedOp]| {
        let mut ids: Vec<_> = of.iter().map(|op| short.id(op.id())).collect();
        ids.sort_unstable();
        ids
    };
    let mut all = Vec::new();

    let mut script = Script::new(&single, held());
    script.says(open_same());
    script.says(want(ids(&ballots[..10])));
    script.says(compare(SESSION, true, Vec::new()));
    script.says(ops(0, true, &ballots[20..30]));
    let last = script.says(compare(SESSION, false, Vec::new()));
    assert!(matches!(last[..], [SyncMessage::Close { .. }]));
    all.push(script.end("more keeps a session open that would be done", holds));

    let mut script = Script::new(&single, held());
    script.says(open_same());
    script.says(want(vec![1, 2, 3, short.id(ballots[35].id())]));
    script.says(compare(SESSION, false, Vec::new()));
    all.push(script.end(
        "a Want of what was never listed brings nothing, and breaks no rule",
        holds,
    ));

    let mut script = Script::new(&single, held());
    script.says(open_same());
    script.says(ops(0, false, &ballots[20..22]));
    script.says(ops(5, false, &ballots[22..24]));
    script.says(ops(6, true, &ballots[24..30]));
    script.says(compare(SESSION, false, vec![list(&ballots[10..30])]));
    all.push(script.end(
        "Ops whose numbers leave a gap are taken, and answered",
        holds,
    ));

    // Voters 18 and 61 have ballots whose short ids are equal in this session.
    let unlucky = 63_655;
    let there = ballot(&single, [61; 32], None, &[1]);
    let id = |op: &VerifiedOp| Shortener::new(unlucky).id(op.id());
    assert_eq!(id(&there), id(&ballots[18]));
    let mut script = Script::new(&single, held());
    let content = Content::List(vec![id(&there)]);
    script.says(SyncMessage::Open {
        session: unlucky,
        about: vec![Description {
            branch: root,
            content,
        }],
    });
    all.push(script.end(
        "equal short ids, of voter 18's ballot here and voter 61's there: neither is asked for or sent. The session's id is 63655",
        holds,
    ));

    let mut broken = |what: &str, before: Vec<SyncMessage>, last: SyncMessage| {
        let mut script = Script::new(&single, held());
        script.says(open_same());
        before
            .into_iter()
            .for_each(|message| drop(script.says(message)));
        let answers = script.says(last);
        assert!(
            matches!(&answers[..], [SyncMessage::Close { .. }]),
            "{what}: {answers:?}"
        );
        // Whatever comes now is of a session that is over.
        script.says(ack(0));
        script.says(SyncMessage::Close {
            session: SESSION,
            reason: Reason::Done,
        });
        all.push(script.end(what, holds));
    };
    broken(
        "a second Want in one turn",
        vec![want(vec![1])],
        want(vec![2]),
    );
    broken("Ops without ops", vec![], ops(0, false, &[]));
    broken(
        "Ops with the number of the last",
        vec![ops(3, false, &ballots[20..22])],
        ops(3, false, &ballots[22..24]),
    );
    broken(
        "Ops with the highest number there is",
        vec![],
        ops(u32::MAX, false, &ballots[20..22]),
    );
    broken("an Ack of Ops that were not sent", vec![], ack(0));
    broken(
        "a message of another session",
        vec![],
        compare(SESSION + 1, false, Vec::new()),
    );

    let many: Vec<_> = (0..=255_u8)
        .flat_map(|voter| {
            let first = ballot(&single, [voter; 32], None, &[0]);
            let second = ballot(&single, [voter; 32], Some((0, first.id())), &[1]);
            let third = ballot(&single, [voter; 32], Some((1, second.id())), &[2]);
            [first, second, third]
        })
        .collect();
    let of_many = "of voters 0 to 255 three ballots each, for options 0, 1, 2, the later ones after the one before";
    let mut script = Script::new(&single, Some(holding(&single, &many)));
    assert_eq!(
        script
            .says(SyncMessage::OpenEmpty { session: SESSION })
            .len(),
        2
    );
    script.says(ack(0));
    all.push(script.end(
        "two Ops messages at first, and eight once one was answered",
        of_many,
    ));

    let mut script = Script::new(&single, Some(holding(&single, &many)));
    script.says(SyncMessage::OpenEmpty { session: SESSION });
    let out_of_turn = script.says(compare(SESSION, false, Vec::new()));
    assert!(matches!(out_of_turn[..], [SyncMessage::Close { .. }]));
    all.push(script.end(
        "Compare out of turn: the other has not sent all of its Ops",
        of_many,
    ));

    let mut script = Script::new(&single, None);
    script.says(open_same());
    script.says(compare(SESSION, false, Vec::new()));
    all.push(script.end(
        "there is no poll to compare with",
        "nothing, not even the genesis",
    ));
    all.into()
}

#[test]
fn sync_scripts() {
    check(
        "sync_scripts.json",
        &json!({
            "about": "the session's id is 0x0102030405060708 where no other is named. Voter n signs a first ballot for option n modulo 3, with a seed of 32 bytes n. All messages come from one connection at once; bodies over 4096 bytes are named by their SHA-256",
            "genesis": hex(genesis(Method::Single).bytes()),
            "scripts": scripts(),
        }),
    );
}
