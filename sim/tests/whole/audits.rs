//! Audits: a tab fetches other precincts' ballots and counts them itself, whatever is claimed of
//! them.

use crate::hall::Hall;
use ed25519_zebra::SigningKey;
use election_core::board::statement::PrecinctState;
use election_core::board::{Claim, Grade, Statement};
use election_core::ids::{PrecinctId, ReplicaId};
use election_core::poll::op::Op;
use election_core::poll::revocation::RevokeBallot;
use election_core::replica::audit::{Audit, MAX_AUDITS};
use election_core::replica::io::{Command, Config, Input, Record, Refusal};
use election_core::replica::tab::Tab;
use election_core::time::Millis;
use election_core::wire::bytes::Writer;
use election_core::wire::envelope::{sign, voter_key};
use election_core::wire::frame::{Digest, FrameWriter, Head, kind};
use election_core::wire::link::Secret;
use election_sim::process::{Process, Room};
use election_sim::random::Random;

const P: [PrecinctId; 3] = [PrecinctId(0), PrecinctId(1), PrecinctId(2)];

/// Three precincts of three tabs each, in each of which every option gets one vote, and has stood
/// for long enough.
fn nine_votes(seed: u64, loss: u32) -> Hall {
    let mut hall = Hall::new(seed, 3, 3);
    hall.lose(loss);
    hall.run(3_000);
    for client in 0..9 {
        hall.vote(client, client % 3).unwrap();
    }
    hall.run(130_000);
    hall
}

fn audit_of(hall: &Hall, client: usize, precinct: PrecinctId) -> Option<&Audit> {
    let mut audits = hall.tab(client).audits();
    audits.find(|audit| audit.precinct() == precinct)
}

fn is_complete(hall: &Hall, client: usize, precinct: PrecinctId) -> bool {
    audit_of(hall, client, precinct).unwrap().is_complete()
}

/// What a tab shows of a precinct: its counts and grade.
fn part(hall: &Hall, client: usize, precinct: PrecinctId) -> Option<(Vec<u64>, Grade)> {
    let shown = hall.shown(client);
    let part = shown.parts[usize::from(precinct.0)].shown.as_ref()?;
    Some((part.total.counts.to_vec(), part.grade))
}

/// Claims of one signature each, by these keys, that say the same of a precinct, which is not so.
fn lie(
    hall: &Hall,
    precinct: PrecinctId,
    keys: &[SigningKey],
    change: impl Fn(&mut PrecinctState),
) -> Vec<u8> {
    let rules = hall.rules();
    let mut said: PrecinctState = (**hall.board(0).claims(precinct)[0].statement()).clone();
    change(&mut said);
    let statement = Statement::new(&rules, said).unwrap();
    let mut writer = Writer::new();
    for key in keys {
        let claim = Claim::sign(key, &rules, statement.clone()).unwrap();
        claim.encode(&mut writer);
    }
    writer.into_bytes()
}

#[test]
fn who_audits_all_other_precincts_trusts_nobody_for_the_total() {
    let mut hall = nine_votes(1, 20);
    assert_eq!(hall.shown(0).grade, Some(Grade::Attested(3)));
    hall.ask(0, Command::Audit(P[1])).unwrap();
    hall.ask(0, Command::Audit(P[2])).unwrap();
    // The same again changes nothing.
    hall.ask(0, Command::Audit(P[2])).unwrap();
    assert_eq!(hall.tab(0).audits().count(), 2);
    hall.run(20_000);
    assert!(is_complete(&hall, 0, P[1]) && is_complete(&hall, 0, P[2]));
    let shown = hall.shown(0);
    assert_eq!(shown.grade, Some(Grade::Folded));
    assert_eq!(&*shown.total.counts, [3, 3, 3]);
    assert_eq!(hall.shown(1).grade, Some(Grade::Attested(3)));

    // What is voted later is counted as it comes, before anybody states it.
    hall.lose(0);
    hall.vote(8, 0).unwrap();
    hall.run(1_000);
    assert_eq!(&*hall.shown(0).total.counts, [4, 3, 2]);
    assert_eq!(hall.shown(0).grade, Some(Grade::Folded));
    assert_eq!(&*hall.shown(1).total.counts, [3, 3, 3]);

    hall.run(20_000);
    for client in 0..9 {
        assert_eq!(&*hall.shown(client).total.counts, [4, 3, 2]);
        assert_eq!(hall.stats(client).malformed, 0);
        assert_eq!(hall.stats(client).disputed, 0);
        assert_eq!(hall.replica(client).stats().malformed, 0);
    }
    // Nothing of it is on the auditor's disk but its own precinct: three ballots and the definition.
    assert_eq!(hall.records(0).len(), 4);
}

#[test]
fn an_audit_that_is_ended_is_forgotten_and_the_claims_are_shown_again() {
    let mut hall = nine_votes(2, 0);
    hall.ask(0, Command::Audit(P[1])).unwrap();
    hall.run(10_000);
    assert_eq!(part(&hall, 0, P[1]), Some((vec![1, 1, 1], Grade::Folded)));
    assert_eq!(hall.replica(3).room(), Some(4));

    hall.ask(0, Command::EndAudit(P[1])).unwrap();
    assert!(audit_of(&hall, 0, P[1]).is_none());
    hall.run(1_000);
    assert_eq!(hall.replica(3).room(), Some(3));
    assert_eq!(
        part(&hall, 0, P[1]),
        Some((vec![1, 1, 1], Grade::Attested(3)))
    );
    // What still comes for it is nobody's, and an end without a beginning is none.
    hall.act(0, |tab, now| {
        tab.connected(Room(P[1].0), 4, now);
        tab.disconnected(Room(P[1].0), now);
    });
    assert!(audit_of(&hall, 0, P[1]).is_none());
    hall.ask(0, Command::EndAudit(P[1])).unwrap();
    hall.run(5_000);

    // Another one begins anew.
    hall.ask(0, Command::Audit(P[1])).unwrap();
    assert_eq!(audit_of(&hall, 0, P[1]).unwrap().replica().ops(), 0);
    assert!(!is_complete(&hall, 0, P[1]));
    hall.run(10_000);
    assert!(is_complete(&hall, 0, P[1]));
}

#[test]
fn what_somebody_makes_up_gives_way_to_the_count_of_whoever_audits() {
    let mut hall = nine_votes(3, 10);
    let keys = [hall.key_of(P[1]), hall.key_of(P[1]), hall.key_of(P[1])];
    let lies = lie(&hall, P[1], &keys, |said| {
        said.total.ballots += 10;
        said.total.counted += 10;
        said.total.counts[0] += 10;
    });
    hall.ask(0, Command::Audit(P[1])).unwrap();
    hall.say(0, 1, kind::CLAIMS, &lies);
    assert_eq!(part(&hall, 0, P[1]).unwrap().0, [11, 1, 1]);
    hall.run(10_000);
    assert_eq!(part(&hall, 0, P[1]), Some((vec![1, 1, 1], Grade::Folded)));
    // The others still believe it, until a member disputes it.
    assert_eq!(part(&hall, 7, P[1]).unwrap().0, [11, 1, 1]);

    // What comes later does not get through to the auditor at all.
    let more = lie(&hall, P[1], &keys, |said| {
        said.total.ballots += 500;
        said.total.counted += 500;
        said.total.counts[1] += 500;
    });
    hall.say(0, 1, kind::CLAIMS, &more);
    assert_eq!(part(&hall, 0, P[1]), Some((vec![1, 1, 1], Grade::Folded)));
}

#[test]
fn audits_that_cannot_be_are_refused_with_what_to_do() {
    let mut hall = Hall::new(4, 7, 1);
    let refused = |hall: &mut Hall, precinct| {
        hall.ask(0, Command::Audit(PrecinctId(precinct)))
            .unwrap_err()
    };
    assert_eq!(refused(&mut hall, 0), Refusal::OwnPrecinct);
    assert_eq!(refused(&mut hall, 7), Refusal::NoSuchPrecinct);
    for precinct in 1..=MAX_AUDITS as u16 {
        hall.ask(0, Command::Audit(PrecinctId(precinct))).unwrap();
    }
    assert_eq!(refused(&mut hall, 5), Refusal::TooManyAudits);
    assert_eq!(
        Refusal::TooManyAudits.to_string(),
        "you are counting 4 precincts already: stop one first"
    );
    hall.ask(0, Command::EndAudit(PrecinctId(2))).unwrap();
    hall.ask(0, Command::Audit(PrecinctId(5))).unwrap();
    let audited = hall.tab(0).audits().map(Audit::precinct);
    assert_eq!(
        audited.collect::<Vec<_>>(),
        [1, 3, 4, 5].map(PrecinctId).to_vec()
    );

    let new_tab = |poll, precinct| {
        Tab::new(Config {
            poll,
            secret: Secret([5; 16]),
            voter: SigningKey::from([1; 32]),
            chair: None,
            precinct,
            timing: Default::default(),
            seed: [4; 32],
        })
    };
    let mut early = new_tab(hall.poll.id(), Some((7, P[0])));
    let early = early.ask(Command::Audit(P[1]), Millis(0));
    assert_eq!(early, Err(Refusal::NotOpen));

    let other = crate::hall::poll(1, &mut Random::new(1));
    let genesis = other.genesis();
    let mut one_room = new_tab(genesis.id().into(), None);
    let records = [Record {
        received: Millis(0),
        bytes: genesis.bytes().to_vec(),
    }];
    one_room.handle(Input::Restore(&records), Millis(0));
    assert_eq!(
        one_room.ask(Command::Audit(P[0]), Millis(0)),
        Err(Refusal::NoSuchPrecinct)
    );
}

#[test]
fn a_precinct_that_lost_all_its_tabs_gets_its_ballots_back_from_an_auditor() {
    let mut hall = nine_votes(6, 0);
    hall.ask(0, Command::Audit(P[2])).unwrap();
    hall.run(20_000);
    assert!(is_complete(&hall, 0, P[2]));
    for client in 6..9 {
        hall.disconnect(client);
    }
    hall.run(5_000);
    // Nobody is there; what is held is shown on.
    assert_eq!(part(&hall, 0, P[2]), Some((vec![1, 1, 1], Grade::Folded)));

    let first = hall.open_new(P[2]);
    hall.run(20_000);
    assert_eq!(hall.replica(first).ops(), 3);
    let second = hall.open_new(P[2]);
    hall.vote(first, 2).unwrap();
    hall.run(30_000);
    assert_eq!(part(&hall, 0, P[2]), Some((vec![1, 1, 2], Grade::Folded)));
    // Two of the precinct say so, and everybody believes them.
    for client in (0..6).chain([first, second]) {
        assert_eq!(&*hall.shown(client).total.counts, [3, 3, 4], "{client}");
    }
}

#[test]
fn an_audit_where_nobody_of_the_precinct_is_stays_incomplete_and_the_claims_are_shown() {
    let mut hall = nine_votes(7, 0);
    for client in 6..9 {
        hall.disconnect(client);
    }
    // Two who look, and find each other.
    hall.ask(0, Command::Audit(P[2])).unwrap();
    hall.ask(3, Command::Audit(P[2])).unwrap();
    hall.run(60_000);
    for client in [0, 3] {
        let audit = audit_of(&hall, client, P[2]).unwrap();
        assert_eq!(audit.replica().room(), Some(2));
        assert!(!audit.is_complete());
        assert_eq!(
            part(&hall, client, P[2]),
            Some((vec![1, 1, 1], Grade::Attested(3)))
        );
    }
    // One of the precinct comes back, and both find what they looked for.
    hall.reload(6);
    hall.connect(6);
    hall.run(20_000);
    for client in [0, 3] {
        assert_eq!(
            part(&hall, client, P[2]),
            Some((vec![1, 1, 1], Grade::Folded))
        );
    }
}

#[test]
fn a_precinct_without_ballots_is_audited_too() {
    let mut hall = Hall::new(8, 2, 2);
    hall.run(10_000);
    hall.ask(0, Command::Audit(P[1])).unwrap();
    hall.run(10_000);
    assert_eq!(part(&hall, 0, P[1]), Some((vec![0, 0, 0], Grade::Folded)));
}

#[test]
fn the_chair_revokes_a_ballot_that_only_an_audit_of_its_tab_holds() {
    let mut hall = nine_votes(9, 10);
    let ballot = |hall: &Hall| hall.replica(8).own_vote().unwrap().ballot;
    let ballot = ballot(&hall);
    let revoke = |hall: &mut Hall| {
        let reason = "voted twice".to_owned();
        let revoke = Command::Revoke { ballot, reason };
        hall.ask(0, revoke)
    };
    assert_eq!(revoke(&mut hall), Err(Refusal::NoSuchBallot));
    hall.ask(0, Command::Audit(P[2])).unwrap();
    hall.run(20_000);

    // Nobody of the precinct is in reach when it is done.
    hall.let_speak(P[2], false);
    for client in 6..9 {
        hall.disconnect(client);
    }
    hall.act(0, |tab, _| tab.disk_mut().stall(true));
    revoke(&mut hall).unwrap();
    // Not before it is on disk.
    assert_eq!(hall.replica(0).log().count(), 0);
    hall.act(0, |tab, now| {
        tab.disk_mut().stall(false);
        tab.wake(now);
    });
    hall.run(20_000);
    assert_eq!(part(&hall, 0, P[2]), Some((vec![1, 1, 0], Grade::Folded)));
    // The others know of the entry, and not what it does to a precinct that they do not hold.
    for client in 1..6 {
        let replica = hall.replica(client);
        assert_eq!(replica.log().count(), 1, "{client}");
        assert_eq!(&*hall.shown(client).total.counts, [3, 3, 3]);
    }
    for client in 6..9 {
        assert_eq!(hall.replica(client).log().count(), 0);
    }
    assert_eq!(revoke(&mut hall), Err(Refusal::AlreadyRevoked));

    for client in 6..9 {
        hall.connect(client);
    }
    hall.let_speak(P[2], true);
    hall.run(60_000);
    for client in 0..9 {
        let shown = hall.shown(client);
        assert_eq!(&*shown.total.counts, [3, 3, 2], "{client}");
        assert_eq!(shown.total.revoked, 1);
    }
}

#[test]
fn an_entry_of_the_chairs_log_that_an_audit_hears_of_reaches_everybody_and_the_other_way_round() {
    let mut hall = nine_votes(10, 0);
    hall.ask(3, Command::Audit(P[2])).unwrap();
    hall.run(10_000);
    hall.let_speak(P[2], false);
    // By the chair's key, elsewhere, and told only to a tab of the precinct that nobody but the
    // auditor has a way to, in that precinct's room.
    let ballot = hall.replica(8).own_vote().unwrap();
    let entry = RevokeBallot {
        index: 0,
        voter: voter_key(&hall.key(8)),
        ballot: ballot.ballot,
        reason: "voted twice".to_owned(),
    };
    let entry = Op::RevokeBallot(Box::new(entry));
    let entry = sign(&hall.poll.chair(), hall.poll.id(), entry);
    let room = Room(P[2].0);
    let frame = hall.frame(room, 1, kind::OPS, entry.bytes());
    hall.put(8, room, 1, frame);
    hall.run(20_000);
    let entries = |hall: &Hall, client: usize| {
        let replica = hall.replica(client);
        replica.log().count()
    };
    assert!((0..9).all(|client| entries(&hall, client) == 1));
    assert_eq!(hall.records(3).len(), 5);

    // Of precinct 0, which the precinct that is cut off hears of by the audit.
    hall.revoke(0);
    hall.run(20_000);
    assert!((0..9).all(|client| entries(&hall, client) == 2));
    let audit = audit_of(&hall, 3, P[2]).unwrap();
    assert_eq!(audit.replica().log().count(), 2);

    // An audit that begins later has them all from the start.
    hall.ask(3, Command::Audit(P[0])).unwrap();
    let audit = audit_of(&hall, 3, P[0]).unwrap();
    assert_eq!(
        audit.replica().ops() + audit.replica().held_back().len() as u64,
        2
    );
    hall.run(10_000);
    assert_eq!(part(&hall, 3, P[0]), Some((vec![0, 1, 1], Grade::Folded)));
}

#[test]
fn who_says_to_hold_more_than_there_is_holds_an_audit_up_for_a_while_only() {
    let mut hall = nine_votes(11, 0);
    let stranger = hall.stranger(P[1]);
    // What it said when it came is heard.
    hall.run(100);
    hall.ask(0, Command::Audit(P[1])).unwrap();
    let digest = Digest {
        root: [7; 16],
        ops: 1_000_000,
    };
    let head = Head {
        replica: ReplicaId(7),
        digest,
    };
    let room = Room(P[1].0);
    let frame = hall.sealed(room, &FrameWriter::new(head).into_bytes());
    hall.put_from(0, room, stranger, frame);
    hall.run(7_000);
    assert_eq!(audit_of(&hall, 0, P[1]).unwrap().replica().ops(), 3);
    assert!(!is_complete(&hall, 0, P[1]));
    hall.run(2_000);
    assert!(is_complete(&hall, 0, P[1]));
}

#[test]
fn a_frame_opens_in_the_room_that_it_was_sealed_for_only() {
    let mut hall = nine_votes(11, 0);
    hall.ask(0, Command::Audit(P[1])).unwrap();
    hall.run(10_000);
    // Whoever carries frames brings what is said in each room into all rooms of a tab.
    let rooms = [Room(P[0].0), hall.poll.council(), Room(P[1].0)];
    let said = FrameWriter::new(Head {
        replica: ReplicaId(7),
        digest: Digest {
            root: [9; 16],
            ops: 1,
        },
    });
    let said = said.into_bytes();
    let opened = |tab: &Tab| {
        let audit = tab.audits().next().unwrap().replica();
        let council = tab.council().unwrap().stats();
        let stats = [tab.replica().stats(), audit.stats()];
        let unsealed = stats.map(|stats| (stats.frames_in, stats.unsealed));
        [
            unsealed[0],
            (council.frames_in, council.unsealed),
            unsealed[1],
        ]
    };
    for of in 0..rooms.len() {
        let frame = hall.sealed(rooms[of], &said);
        for (into, room) in rooms.into_iter().enumerate() {
            let before = opened(hall.tab(0));
            hall.put(0, room, 7, frame.clone());
            let after = opened(hall.tab(0));
            assert_eq!(after[into].0, before[into].0 + 1);
            let unopened = u64::from(of != into);
            assert_eq!(after[into].1 - before[into].1, unopened, "{of} in {into}");
        }
    }
}
