//! `council.json`: what two tabs tell each other in the council's room, and in a precinct's.

use super::claims::{members_of, poll};
use super::*;
use election_core::board::statement::PrecinctState;
use election_core::board::{Claim, Dispute, Rules, Statement};
use election_core::ids::{PrecinctId, ReturnId};
use election_core::poll::strike::StrikeReturn;
use election_core::replica::io::{Config, Destination, Happened, Input, Output, Record, RoomId};
use election_core::replica::tab::Tab;
use election_core::wire::frame::{MessageRef, next_message, read_head};
use sha2::{Digest as _, Sha256};

const SECRET: Secret = Secret([5; 16]);

/// What is said in a frame: who may hear it, its head, and its messages.
struct Said {
    to: Destination,
    head: Head,
    messages: Vec<(u8, Vec<u8>)>,
}

impl Said {
    fn message(&self, kind: u8) -> &[u8] {
        let mut messages = self.messages.iter();
        let (_, content) = messages.find(|(of, _)| *of == kind).unwrap();
        content
    }

    fn vector(&self) -> Value {
        let messages = self.messages.iter();
        let messages: Vec<Value> = messages
            .map(|(kind, content)| json!({ "type": kind, "content": hex(content) }))
            .collect();
        let digest = json!({ "root": hex(&self.head.digest.root), "ops": self.head.digest.ops });
        json!({ "digest": digest, "messages": messages })
    }
}

/// A tab of precinct 0 with the genesis and those entries of the log on its disk.
fn tab(genesis: &VerifiedGenesis, log: &[VerifiedOp]) -> Tab {
    let rules = Rules::of(genesis);
    let mut tab = Tab::new(Config {
        poll: rules.poll,
        secret: SECRET,
        voter: members_of(&rules, PrecinctId(0)).next().unwrap(),
        chair: None,
        precinct: Some((rules.precincts, PrecinctId(0))),
        timing: Default::default(),
        seed: [6; 32],
    });
    let bytes = [genesis.bytes()]
        .into_iter()
        .chain(log.iter().map(VerifiedOp::bytes));
    let records: Vec<Record> = bytes
        .map(|bytes| Record {
            received: Millis(0),
            bytes: bytes.to_vec(),
        })
        .collect();
    give(&mut tab, Input::Restore(&records));
    tab
}

/// What a tab says at once when that happens.
fn give(tab: &mut Tab, input: Input<'_>) -> Vec<Said> {
    let poll = tab.replica().poll();
    tab.handle(input, Millis(10_000));
    let outputs = core::iter::from_fn(|| tab.poll_output());
    let said = outputs.filter_map(|output| match output {
        Output::Send { room, to, bytes } => Some((room, to, bytes)),
        _ => None,
    });
    let said: Vec<_> = said.collect();
    let said = said.into_iter();
    said.map(|(room, to, bytes)| {
        let seal = SECRET.seal(poll, &tab.room_name(room));
        let plain = seal.open(&bytes).unwrap();
        let (head, mut reader) = read_head(&plain).unwrap();
        let mut messages = Vec::new();
        while let Some(message) = next_message(&mut reader).unwrap() {
            messages.push(match message {
                MessageRef::Hello => (kind::HELLO, Vec::new()),
                MessageRef::Ops { own, bytes } => {
                    let kind = if own { kind::OWN_OPS } else { kind::OPS };
                    (kind, bytes.to_vec())
                }
                MessageRef::Council { kind, content } => (kind, content.to_vec()),
                other => panic!("{other:?}"),
            });
        }
        Said { to, head, messages }
    })
    .collect()
}

/// What a tab answers in the council's room to a message of a tab that has just come.
fn answer(tab: &mut Tab, kind: u8, content: &[u8]) -> Vec<Said> {
    let mut frame = FrameWriter::new(Head {
        replica: ReplicaId(9),
        digest: Digest::default(),
    });
    frame.put(kind, content);
    let seal = SECRET.seal(
        tab.replica().poll(),
        &SECRET.council_room(tab.replica().poll()),
    );
    let payload = seal.seal(&frame.into_bytes(), &mut ChaCha8Rng::from_seed([7; 32]));
    let frame = Happened::Frame {
        from: Handle(9),
        payload: &payload,
    };
    give(tab, in_room(RoomId::Council, frame))
}

fn in_room(room: RoomId, happened: Happened<'_>) -> Input<'_> {
    Input::Room { room, happened }
}

fn join(tab: &mut Tab) -> Said {
    let connected = Happened::Connected { size: 2 };
    let mut said = give(tab, in_room(RoomId::Council, connected));
    assert!(matches!(said[0].to, Destination::Spread(_)));
    said.remove(0)
}

#[test]
fn what_is_said_in_the_council() {
    let genesis = poll();
    let rules = Rules::of(&genesis);
    let precinct = PrecinctId(1);
    let members: Vec<_> = members_of(&rules, precinct).take(5).collect();
    let holding = |voters: usize| {
        let mut store = BallotStore::of_precinct(genesis.clone(), precinct);
        for member in &members[..voters] {
            let choice = Choice::new(&[1], Method::Single, 2).unwrap();
            let ballot = Op::Ballot(Ballot::new(None, choice, &genesis));
            store.insert(sign(member, rules.poll, ballot));
        }
        store
    };
    let said = PrecinctState::of(&mut holding(5)).unwrap();
    let statement = Statement::new(&rules, said).unwrap();
    let mut claim = Claim::sign(&members[0], &rules, statement.clone()).unwrap();
    claim.unite(&Claim::sign(&members[1], &rules, statement.clone()).unwrap());
    let dispute = Dispute::sign(&members[2], &rules, statement.state(), &mut holding(4)).unwrap();
    let bytes = |encode: &dyn Fn(&mut Writer)| {
        let mut writer = Writer::new();
        encode(&mut writer);
        writer.into_bytes()
    };
    let claims = bytes(&|writer| claim.encode(writer));
    let disputes = bytes(&|writer| dispute.encode(writer));
    let strike = |index: u32| {
        let strike = StrikeReturn {
            index,
            precinct: PrecinctId(2),
            return_id: ReturnId([index as u8; 32]),
            reason: "the hall has 40 seats".to_owned(),
        };
        let op = Op::StrikeReturn(Box::new(strike));
        sign(&SigningKey::from(CHAIR), rules.poll, op)
    };
    let log: Vec<VerifiedOp> = (0..5).map(strike).collect();

    let mut newcomer = tab(&genesis, &[]);
    let asks = join(&mut newcomer);
    let mut knows = tab(&genesis, &log);
    join(&mut knows);
    for (kind, content) in [(kind::CLAIMS, &claims), (kind::DISPUTES, &disputes)] {
        answer(&mut knows, kind, content);
    }
    let answers = answer(&mut knows, kind::SUMMARY, asks.message(kind::SUMMARY));
    let [answered] = &answers[..] else {
        panic!("one frame");
    };
    let kinds: Vec<u8> = answered.messages.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(
        kinds,
        [kind::DISPUTES, kind::CLAIMS, kind::OPS, kind::SUMMARY]
    );
    assert_eq!(answered.message(kind::CLAIMS), claims);
    assert_eq!(answered.message(kind::DISPUTES), disputes);
    let ops: Vec<u8> = log.iter().flat_map(|op| op.bytes().to_vec()).collect();
    assert_eq!(answered.message(kind::OPS), ops);

    // The points of the log and the digest, made from docs/protocol.md alone.
    let hash_of = |entries: usize| {
        let ids: Vec<u8> = log[..entries].iter().flat_map(|op| op.id().0).collect();
        Sha256::digest(&ids)[..8].to_vec()
    };
    let mut points = vec![0, 4];
    for entries in [5, 4, 2] {
        points.push(entries as u8);
        points.extend(hash_of(entries));
    }
    points[1] = 3;
    assert!(answered.message(kind::SUMMARY).starts_with(&points));
    let mut of_claims = Vec::from(statement.state().0);
    of_claims.push(2);
    let signers = claim.attestations().as_slice();
    signers
        .iter()
        .for_each(|signer| of_claims.extend(signer.key().0));
    of_claims.push(0xff);
    of_claims.extend(dispute.by().0);
    let of_precinct = &Sha256::digest(&of_claims)[..16];
    let board = Sha256::digest([&[0; 16], of_precinct, &[0; 16]].concat());
    let root = Sha256::digest([&board[..16], &hash_of(5)].concat());
    assert_eq!(answered.head.digest.root, root[..16]);
    assert_eq!(answered.head.digest.ops, 5);

    // The newcomer takes all of it in, and both know the same.
    for (kind, content) in &answered.messages {
        answer(&mut newcomer, *kind, content);
    }
    assert_eq!(join(&mut newcomer).head.digest, answered.head.digest);

    // In the precinct's room the same digest goes with every frame.
    let connected = in_room(RoomId::Precinct, Happened::Connected { size: 2 });
    let hello = give(&mut knows, connected);
    let is_hello = |said: &&Said| said.messages.contains(&(kind::HELLO, Vec::new()));
    let hello = hello.iter().find(is_hello);
    let board = hello.unwrap().message(kind::BOARD);
    assert_eq!(board, [&root[..16], &[5]].concat());

    check(
        "council.json",
        &json!({
            "genesis": hex(genesis.bytes()),
            "poll": rules.poll.to_string(),
            "log": log.iter().map(|op| hex(op.bytes())).collect::<Vec<_>>(),
            "claims": hex(&claims),
            "disputes": hex(&disputes),
            "newcomer_asks": asks.vector(),
            "who_knows_all_of_it_answers": answered.vector(),
            "board_in_the_precincts_room": hex(board),
        }),
    );
}
