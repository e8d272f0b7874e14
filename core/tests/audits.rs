//! Audits: a tab fetches other precincts' ballots and counts them itself, whatever is claimed of them.

#![allow(clippy::unwrap_used)]

mod network;
mod rooms;

use ed25519_zebra::SigningKey;
use election_core::canvass::statement::PrecinctState;
use election_core::canvass::{Claim, Grade, Rules, Statement};
use election_core::ids::{PrecinctId, ReplicaId};
use election_core::poll::choice::Choice;
use election_core::poll::genesis::Method;
use election_core::poll::log::LogLink;
use election_core::poll::op::Op;
use election_core::poll::revocation::RevokeBallot;
use election_core::replica::audit::{Audit, MAX_AUDITS};
use election_core::replica::io::{Config, Input as ReplicaInput, Record, Refusal};
use election_core::replica::tab::{Input, Room, Tab};
use election_core::time::Millis;
use election_core::wire::bytes::Writer;
use election_core::wire::envelope::{sign, voter_key};
use election_core::wire::frame::{Digest, FrameWriter, Head, kind};
use election_core::wire::relay::Handle;
use election_core::wire::sealed::Seal;
use network::{CHAIR, SECRET};
use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;
use rooms::Poll;

const P: [PrecinctId; 3] = [PrecinctId(0), PrecinctId(1), PrecinctId(2)];

/// Three precincts of three tabs each, in each of which every option gets one vote, and has stood for long enough.
fn nine_votes(seed: u64, loss: u64) -> Poll {
    let mut poll = Poll::new(seed, 3, 3);
    poll.loss = loss;
    poll.run(3_000);
    for client in 0..9 {
        poll.vote(client, client % 3);
    }
    poll.run(130_000);
    poll
}

fn audit_of(poll: &Poll, client: usize, precinct: PrecinctId) -> Option<&Audit> {
    let mut audits = poll.clients[client].tab.audits();
    audits.find(|audit| audit.precinct() == precinct)
}

fn is_complete(poll: &Poll, client: usize, precinct: PrecinctId) -> bool {
    audit_of(poll, client, precinct).unwrap().is_complete()
}

/// What a tab shows of a precinct: its counts and grade.
fn part(poll: &Poll, client: usize, precinct: PrecinctId) -> Option<(Vec<u64>, Grade)> {
    let shown = poll.shown(client);
    let part = shown.parts[usize::from(precinct.0)].shown.as_ref()?;
    Some((part.total.counts.to_vec(), part.grade))
}

/// Claims of one signature each, by these keys, that say the same of a precinct, which is not so.
fn lie(
    poll: &Poll,
    precinct: PrecinctId,
    keys: &[SigningKey],
    change: impl Fn(&mut PrecinctState),
) -> Vec<u8> {
    let rules = Rules::of(&poll.genesis);
    let mut said: PrecinctState = (**poll.board(0).claims(precinct)[0].statement()).clone();
    change(&mut said);
    let statement = Statement::new(&rules, said, Vec::new()).unwrap();
    let mut writer = Writer::new();
    for key in keys {
        let claim = Claim::sign(key, &rules, statement.clone()).unwrap();
        claim.encode(&mut writer);
    }
    writer.into_bytes()
}

#[test]
fn who_audits_all_other_precincts_trusts_nobody_for_the_total() {
    let mut poll = nine_votes(1, 20);
    assert_eq!(poll.shown(0).grade, Some(Grade::Attested(3)));
    poll.audit(0, P[1]).unwrap();
    poll.audit(0, P[2]).unwrap();
    // The same again changes nothing.
    poll.audit(0, P[2]).unwrap();
    assert_eq!(poll.clients[0].tab.audits().count(), 2);
    poll.run(20_000);
    assert!(is_complete(&poll, 0, P[1]) && is_complete(&poll, 0, P[2]));
    let shown = poll.shown(0);
    assert_eq!(shown.grade, Some(Grade::Folded));
    assert_eq!(&*shown.total.counts, [3, 3, 3]);
    assert_eq!(poll.shown(1).grade, Some(Grade::Attested(3)));

    // What is voted later is counted as it comes, before anybody states it.
    poll.loss = 0;
    poll.vote(8, 0);
    poll.run(1_000);
    assert_eq!(&*poll.shown(0).total.counts, [4, 3, 2]);
    assert_eq!(poll.shown(0).grade, Some(Grade::Folded));
    assert_eq!(&*poll.shown(1).total.counts, [3, 3, 3]);

    poll.run(20_000);
    for client in 0..9 {
        assert_eq!(&*poll.shown(client).total.counts, [4, 3, 2]);
        assert_eq!(poll.stats(client).malformed, 0);
        assert_eq!(poll.stats(client).disputed, 0);
        assert_eq!(poll.clients[client].tab.replica().stats().malformed, 0);
    }
    // Nothing of it is on the auditor's disk but its own precinct: three ballots, and no genesis, which was there.
    assert_eq!(poll.clients[0].disk.len(), 3);
}

#[test]
fn an_audit_that_is_ended_is_forgotten_and_the_claims_are_shown_again() {
    let mut poll = nine_votes(2, 0);
    poll.audit(0, P[1]).unwrap();
    poll.run(10_000);
    assert_eq!(part(&poll, 0, P[1]), Some((vec![1, 1, 1], Grade::Folded)));
    assert_eq!(poll.clients[3].tab.replica().room(), Some(4));

    poll.end_audit(0, P[1]);
    assert!(audit_of(&poll, 0, P[1]).is_none());
    assert_eq!(poll.clients[3].tab.replica().room(), Some(3));
    assert_eq!(
        part(&poll, 0, P[1]),
        Some((vec![1, 1, 1], Grade::Attested(3)))
    );
    // What still comes for it is nobody's, and an end without a beginning is none.
    let gone = Input::Audited(P[1], ReplicaInput::Connected { room: 4 });
    poll.clients[0].tab.handle(gone, poll.now).unwrap();
    assert!(poll.clients[0].tab.poll_output().is_none());
    poll.end_audit(0, P[1]);
    poll.run(5_000);

    // Another one begins anew.
    poll.audit(0, P[1]).unwrap();
    assert_eq!(audit_of(&poll, 0, P[1]).unwrap().replica().ops(), 0);
    assert!(!is_complete(&poll, 0, P[1]));
    poll.run(10_000);
    assert!(is_complete(&poll, 0, P[1]));
}

#[test]
fn what_somebody_makes_up_gives_way_to_the_count_of_whoever_audits() {
    let mut poll = nine_votes(3, 10);
    let keys = [poll.key_of(P[1]), poll.key_of(P[1]), poll.key_of(P[1])];
    let lies = lie(&poll, P[1], &keys, |said| {
        said.total.ballots += 10;
        said.total.counted += 10;
        said.total.counts[0] += 10;
    });
    poll.audit(0, P[1]).unwrap();
    poll.say(0, 1, kind::CLAIMS, &lies);
    assert_eq!(part(&poll, 0, P[1]).unwrap().0, [11, 1, 1]);
    poll.run(10_000);
    assert_eq!(part(&poll, 0, P[1]), Some((vec![1, 1, 1], Grade::Folded)));
    // The others still believe it, until a member disputes it.
    assert_eq!(part(&poll, 7, P[1]).unwrap().0, [11, 1, 1]);

    // What comes later does not get through to the auditor at all.
    let more = lie(&poll, P[1], &keys, |said| {
        said.total.ballots += 500;
        said.total.counted += 500;
        said.total.counts[1] += 500;
    });
    poll.say(0, 1, kind::CLAIMS, &more);
    assert_eq!(part(&poll, 0, P[1]), Some((vec![1, 1, 1], Grade::Folded)));
}

#[test]
fn audits_that_cannot_be_are_refused_with_what_to_do() {
    let mut poll = Poll::new(4, 7, 1);
    let refused = |poll: &mut Poll, precinct| poll.audit(0, PrecinctId(precinct)).unwrap_err();
    assert_eq!(refused(&mut poll, 0), Refusal::OwnPrecinct);
    assert_eq!(refused(&mut poll, 7), Refusal::NoSuchPrecinct);
    for precinct in 1..=MAX_AUDITS as u16 {
        poll.audit(0, PrecinctId(precinct)).unwrap();
    }
    assert_eq!(refused(&mut poll, 5), Refusal::TooManyAudits);
    assert_eq!(
        Refusal::TooManyAudits.to_string(),
        "you are counting 4 precincts already: stop one first"
    );
    poll.end_audit(0, PrecinctId(2));
    poll.audit(0, PrecinctId(5)).unwrap();
    let audited = poll.clients[0].tab.audits().map(Audit::precinct);
    assert_eq!(
        audited.collect::<Vec<_>>(),
        [1, 3, 4, 5].map(PrecinctId).to_vec()
    );

    let new_tab = |poll, precinct| {
        Tab::new(Config {
            poll,
            secret: SECRET,
            voter: SigningKey::from([1; 32]),
            chair: None,
            precinct,
            seed: [4; 32],
        })
    };
    let early = new_tab(poll.id(), Some((7, P[0]))).audit(P[1], Millis(0));
    assert_eq!(early, Err(Refusal::NotOpen));

    let genesis = network::genesis(Method::Single);
    let mut one_room = new_tab(genesis.id().into(), None);
    let records = [Record {
        received: Millis(0),
        bytes: genesis.bytes().to_vec(),
    }];
    let restore = Input::Replica(ReplicaInput::Restore(&records));
    one_room.handle(restore, Millis(0)).unwrap();
    assert_eq!(
        one_room.audit(P[0], Millis(0)),
        Err(Refusal::NoSuchPrecinct)
    );
}

#[test]
fn an_audit_never_votes() {
    let mut poll = nine_votes(5, 0);
    poll.audit(0, P[1]).unwrap();
    poll.run(10_000);
    let choice = Choice::new(&[0], Method::Single, 3).unwrap();
    let cast = Input::Audited(P[1], ReplicaInput::Cast(choice));
    poll.clients[0].tab.handle(cast, poll.now).unwrap();
    poll.run(10_000);
    assert_eq!(audit_of(&poll, 0, P[1]).unwrap().replica().ops(), 3);
    assert_eq!(&*poll.shown(4).total.counts, [3, 3, 3]);
}

#[test]
fn a_precinct_that_lost_all_its_tabs_gets_its_ballots_back_from_an_auditor() {
    let mut poll = nine_votes(6, 0);
    poll.audit(0, P[2]).unwrap();
    poll.run(20_000);
    assert!(is_complete(&poll, 0, P[2]));
    for client in 6..9 {
        poll.close(client);
    }
    poll.run(5_000);
    // Nobody is there; what is held is shown on.
    assert_eq!(part(&poll, 0, P[2]), Some((vec![1, 1, 1], Grade::Folded)));

    let first = poll.open_new_tab(P[2]);
    poll.run(20_000);
    assert_eq!(poll.clients[first].tab.replica().ops(), 3);
    let second = poll.open_new_tab(P[2]);
    poll.vote(first, 2);
    poll.run(30_000);
    assert_eq!(part(&poll, 0, P[2]), Some((vec![1, 1, 2], Grade::Folded)));
    // Two of the precinct say so, and everybody believes them.
    for client in (0..6).chain([first, second]) {
        assert_eq!(&*poll.shown(client).total.counts, [3, 3, 4], "{client}");
    }
}

#[test]
fn an_audit_where_nobody_of_the_precinct_is_stays_incomplete_and_the_claims_are_shown() {
    let mut poll = nine_votes(7, 0);
    for client in 6..9 {
        poll.close(client);
    }
    // Two who look, and find each other.
    poll.audit(0, P[2]).unwrap();
    poll.audit(3, P[2]).unwrap();
    poll.run(60_000);
    for client in [0, 3] {
        let audit = audit_of(&poll, client, P[2]).unwrap();
        assert_eq!(audit.replica().room(), Some(2));
        assert!(!audit.is_complete());
        assert_eq!(
            part(&poll, client, P[2]),
            Some((vec![1, 1, 1], Grade::Attested(3)))
        );
    }
    // One of the precinct comes back, and both find what they looked for.
    poll.reload(6);
    poll.connect(6, Room::Precinct);
    poll.run(20_000);
    for client in [0, 3] {
        assert_eq!(
            part(&poll, client, P[2]),
            Some((vec![1, 1, 1], Grade::Folded))
        );
    }
}

#[test]
fn a_precinct_without_ballots_is_audited_too() {
    let mut poll = Poll::new(8, 2, 2);
    poll.run(10_000);
    poll.audit(0, P[1]).unwrap();
    poll.run(10_000);
    assert_eq!(part(&poll, 0, P[1]), Some((vec![0, 0, 0], Grade::Folded)));
}

#[test]
fn the_chair_revokes_a_ballot_that_only_an_audit_of_its_tab_holds() {
    let mut poll = nine_votes(9, 10);
    let ballot = |poll: &Poll| poll.clients[8].tab.replica().own_vote().unwrap().ballot;
    let ballot = ballot(&poll);
    let revoke = |poll: &mut Poll| {
        let reason = "voted twice";
        let input = Input::Replica(ReplicaInput::Revoke { ballot, reason });
        poll.clients[0].tab.handle(input, poll.now)
    };
    assert_eq!(revoke(&mut poll), Err(Refusal::NoSuchBallot));
    poll.audit(0, P[2]).unwrap();
    poll.run(20_000);

    // Nobody of the precinct is in reach when it is done.
    poll.cut_off(P[2], true);
    for client in 6..9 {
        poll.disconnect(client, Room::Precinct);
    }
    revoke(&mut poll).unwrap();
    // Not before it is on disk.
    assert_eq!(poll.clients[0].tab.replica().revocations().count(), 0);
    let disk = poll.clients[0].disk.len();
    poll.replica(0, ReplicaInput::Wake);
    assert_eq!(poll.clients[0].disk.len(), disk + 1);
    poll.run(20_000);
    assert_eq!(part(&poll, 0, P[2]), Some((vec![1, 1, 0], Grade::Folded)));
    // The others know of the entry, and not what it does to a precinct that they do not hold.
    for client in 1..6 {
        let replica = poll.clients[client].tab.replica();
        assert_eq!(replica.revocations().count(), 1, "{client}");
        assert_eq!(&*poll.shown(client).total.counts, [3, 3, 3]);
    }
    for client in 6..9 {
        assert_eq!(poll.clients[client].tab.replica().revocations().count(), 0);
    }
    assert_eq!(revoke(&mut poll), Err(Refusal::AlreadyRevoked));

    for client in 6..9 {
        poll.connect(client, Room::Precinct);
    }
    poll.cut_off(P[2], false);
    poll.run(60_000);
    for client in 0..9 {
        let shown = poll.shown(client);
        assert_eq!(&*shown.total.counts, [3, 3, 2], "{client}");
        assert_eq!(shown.total.revoked, 1);
    }
}

#[test]
fn an_entry_of_the_chairs_log_that_an_audit_hears_of_reaches_everybody_and_the_other_way_round() {
    let mut poll = nine_votes(10, 0);
    poll.audit(3, P[2]).unwrap();
    poll.run(10_000);
    poll.cut_off(P[2], true);
    // By the chair's key, elsewhere, and told only to a tab of the precinct that nobody but the auditor has a way to.
    let ballot = poll.clients[8].tab.replica().own_vote().unwrap();
    let entry = RevokeBallot {
        link: LogLink {
            index: 0,
            prev: None,
        },
        voter: voter_key(&poll.clients[8].voter),
        seq: ballot.seq,
        ballot: ballot.ballot,
        reason: "voted twice".to_owned(),
    };
    let entry = Op::RevokeBallot(Box::new(entry));
    let entry = sign(&SigningKey::from(CHAIR), poll.id(), entry);
    poll.say(8, 1, kind::OPS, entry.bytes());
    poll.run(20_000);
    let entries = |poll: &Poll, client: usize| {
        let replica = poll.clients[client].tab.replica();
        replica.revocations().count()
    };
    assert!((0..9).all(|client| entries(&poll, client) == 1));
    assert_eq!(poll.clients[3].disk.len(), 4);

    // Of precinct 0, which the precinct that is cut off hears of by the audit.
    poll.revoke(0);
    poll.run(20_000);
    assert!((0..9).all(|client| entries(&poll, client) == 2));
    let audit = audit_of(&poll, 3, P[2]).unwrap();
    assert_eq!(audit.replica().revocations().count(), 2);

    // An audit that begins later has them all from the start.
    poll.audit(3, P[0]).unwrap();
    let audit = audit_of(&poll, 3, P[0]).unwrap();
    assert_eq!(
        audit.replica().ops() + audit.replica().held_back().len() as u64,
        2
    );
    poll.run(10_000);
    assert_eq!(part(&poll, 3, P[0]), Some((vec![0, 1, 1], Grade::Folded)));
}

#[test]
fn what_an_auditor_states_does_not_wait_for_what_nobody_else_can_know() {
    let mut poll = nine_votes(12, 0);
    poll.audit(0, P[2]).unwrap();
    poll.run(10_000);
    // The auditor counts what the precinct cannot state.
    poll.cut_off(P[2], true);
    poll.vote(8, 0);
    poll.run(5_000);
    assert_eq!(part(&poll, 0, P[2]), Some((vec![2, 1, 0], Grade::Folded)));
    poll.vote(0, 1);
    poll.run(110_000);
    assert_eq!(poll.board(3).waiting().count(), 0);
    assert_eq!(
        part(&poll, 3, P[0]),
        Some((vec![0, 2, 1], Grade::Attested(3)))
    );
}

#[test]
fn who_says_to_hold_more_than_there_is_holds_an_audit_up_for_a_while_only() {
    let mut poll = nine_votes(11, 0);
    poll.audit(0, P[1]).unwrap();
    let digest = Digest {
        root: [7; 16],
        ops: 1_000_000,
    };
    let head = Head {
        replica: ReplicaId(7),
        digest,
    };
    let frame = FrameWriter::new(head).into_bytes();
    let seal = Seal::new(&SECRET.seal_key(poll.id()));
    let payload = seal.seal(&frame, &mut ChaCha8Rng::from_seed([3; 32]));
    let from = Handle(u64::MAX);
    let frame = ReplicaInput::Frame {
        from,
        payload: &payload,
    };
    poll.clients[0]
        .tab
        .handle(Input::Audited(P[1], frame), poll.now)
        .unwrap();
    poll.run(7_000);
    assert_eq!(audit_of(&poll, 0, P[1]).unwrap().replica().ops(), 3);
    assert!(!is_complete(&poll, 0, P[1]));
    poll.run(2_000);
    assert!(is_complete(&poll, 0, P[1]));
}
