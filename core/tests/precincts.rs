//! Replicas of one precinct each: what they hold, what they refuse, and what they make of the
//! chair's log.

#![allow(clippy::unwrap_used)]

mod network;

use ed25519_zebra::SigningKey;
use election_core::ballots::branch::PRECINCT;
use election_core::ballots::fingerprint::Item;
use election_core::ballots::{BallotStore, Branch, Inserted, fingerprint};
use election_core::ids::{OpId, PrecinctId, ReplicaId};
use election_core::poll::ballot::Ballot;
use election_core::poll::choice::Choice;
use election_core::poll::method::Method;
use election_core::poll::op::{Op, VerifiedOp};
use election_core::poll::precincts::Precincts;
use election_core::poll::revocation::RevokeBallot;
use election_core::poll::voter_draw::draw_voter;
use election_core::replica::io::{Command, Config, Input, Record, Refusal};
use election_core::replica::tab::Tab;
use election_core::replica::view::{Explanation, LinkMisfit};
use election_core::time::Millis;
use election_core::wire::envelope::sign;
use election_core::wire::frame::{Digest, FrameWriter, Head, kind};
use network::{CHAIR, Network, SECRET, genesis_with};
use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;

const HERE: PrecinctId = PrecinctId(1);
const ELSEWHERE: PrecinctId = PrecinctId(2);

/// The room of precinct 1 of 3, with so many tabs; the first is the chair's, who votes here too.
fn room(tabs: usize) -> Network {
    let mut network = Network::of_precinct(1, 3, HERE);
    for tab in 0..tabs {
        network.open_tab();
        network.connect(tab);
    }
    network.run(5_000);
    network
}

/// A key of a precinct of three, another for each seed.
fn voter_of(network: &Network, precinct: PrecinctId, seed: u64) -> SigningKey {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    draw_voter(network.poll(), 3, precinct, &mut random).unwrap()
}

fn ballot(network: &Network, voter: &SigningKey, option: usize) -> VerifiedOp {
    let choice = Choice::new(&[option], Method::Single, 3).unwrap();
    let ballot = Ballot::new(None, choice, &network.genesis);
    sign(voter, network.poll(), Op::Ballot(ballot))
}

/// The chair's entry of that place, which revokes that first ballot.
fn revocation(network: &Network, index: u32, ballot: &VerifiedOp) -> VerifiedOp {
    let op = RevokeBallot {
        index,
        voter: ballot.author(),
        ballot: ballot.id(),
        reason: "voted twice".to_owned(),
    };
    let op = Op::RevokeBallot(Box::new(op));
    sign(&SigningKey::from(CHAIR), network.poll(), op)
}

/// Gives a tab these ops as news.
fn gossip(network: &mut Network, tab: usize, ops: &[&VerifiedOp]) {
    let bytes: Vec<u8> = ops.iter().flat_map(|op| op.bytes()).copied().collect();
    inject(network, tab, kind::OPS, &bytes);
}

/// Gives a tab a message from a connection that is nobody's.
fn inject(network: &mut Network, tab: usize, kind: u8, content: &[u8]) {
    let mut frame = FrameWriter::new(Head {
        replica: ReplicaId(1),
        digest: Digest::default(),
    });
    frame.put(kind, content);
    let seal = network.seal();
    let sealed = seal.seal(&frame.into_bytes(), &mut ChaCha8Rng::from_seed([3; 32]));
    network.inject(tab, &sealed);
}

#[test]
fn replicas_of_one_precinct_converge_like_a_poll_of_one_room() {
    let mut network = room(6);
    network.disconnect(5);
    for tab in 0..6 {
        network.vote(tab, tab % 3).unwrap();
    }
    network.run(20_000);
    network.connect(5);
    network.run(10_000);
    network.assert_converged();
    let replica = network.tabs[5].tab.replica_mut();
    assert_eq!(replica.precinct(), Some(HERE));
    assert_eq!(&*replica.tally().unwrap().counts, [2, 2, 2]);
    network.reload(3);
    network.connect(3);
    network.run(5_000);
    network.assert_converged();
}

#[test]
fn a_replica_whose_link_names_another_number_of_precincts_does_not_open_the_poll() {
    let one = genesis_with(Method::Single, Precincts::One);
    let three = genesis_with(Method::Single, Precincts::Automatic(3));
    let cases = [
        (&one, None, true),
        (&one, Some((3, HERE)), false),
        (&three, None, false),
        (&three, Some((2, HERE)), false),
        (&three, Some((4, HERE)), false),
        (&three, Some((3, PrecinctId(3))), false),
        (&three, Some((3, HERE)), true),
    ];
    for (genesis, precinct, fits) in cases {
        let mut tab = Tab::new(Config {
            poll: genesis.id().into(),
            secret: SECRET,
            voter: SigningKey::from([1; 32]),
            chair: None,
            precinct,
            timing: Default::default(),
            seed: [1; 32],
        });
        let record = Record {
            received: Millis(0),
            bytes: genesis.bytes().to_vec(),
        };
        tab.handle(Input::Restore(&[record]), Millis(0));
        let replica = tab.replica();
        assert_eq!(replica.genesis().is_some(), fits, "{precinct:?}");
        assert_eq!(
            replica.misfit(),
            (!fits).then_some(LinkMisfit),
            "{precinct:?}"
        );
        assert_eq!(replica.stats().invalid_ops, u64::from(!fits));
    }
}

#[test]
fn a_foreign_ballot_is_refused_and_counted_however_it_comes() {
    let mut network = room(1);
    let foreign = ballot(&network, &voter_of(&network, ELSEWHERE, 1), 0);
    let own = ballot(&network, &voter_of(&network, HERE, 2), 0);
    gossip(&mut network, 0, &[&foreign, &own]);
    assert_eq!(network.tabs[0].tab.replica().stats().foreign, 1);
    assert_eq!(network.tabs[0].tab.replica().ops(), 1);

    // With a wrong signature it is foreign all the same: nobody looks at the signature.
    let mut forged = foreign.bytes().to_vec();
    *forged.last_mut().unwrap() ^= 1;
    inject(&mut network, 0, kind::OPS, &forged);
    let stats = network.tabs[0].tab.replica().stats();
    assert_eq!((stats.foreign, stats.bad_signatures), (2, 0));

    // As its sender's own, it is not answered as seen.
    let before = stats.frames_out;
    inject(&mut network, 0, kind::OWN_OPS, foreign.bytes());
    let stats = network.tabs[0].tab.replica().stats();
    assert_eq!((stats.foreign, stats.frames_out), (3, before));

    let record = Record {
        received: Millis(0),
        bytes: foreign.bytes().to_vec(),
    };
    network.input(0, Input::Restore(&[record]));
    assert_eq!(network.tabs[0].tab.replica().stats().foreign, 4);

    assert_eq!(network.tabs[0].tab.replica().ops(), 1);
    assert_eq!(
        network.tabs[0].tab.replica_mut().tally().unwrap().ballots,
        1
    );
    assert_eq!(
        network.tabs[0].tab.replica().explain(foreign.id()),
        Explanation::NotHere
    );
    assert!(network.tabs[0].tab.replica().held_back().is_empty());
    assert!(!network.tabs[0].disk.contains_key(&foreign.id()));
}

#[test]
fn a_foreign_ballot_is_refused_in_a_session_too() {
    let mut network = room(1);
    network.open_tab();
    // The second is a tab of another precinct, which somebody with the link has brought into this
    // room.
    let name = SECRET.precinct_room(network.poll(), ELSEWHERE);
    network.stray = Some((1, SECRET.seal(network.poll(), &name)));
    network.tabs[1].tab = Tab::new(Config {
        poll: network.poll(),
        secret: SECRET,
        voter: voter_of(&network, ELSEWHERE, 1),
        chair: None,
        precinct: Some((3, ELSEWHERE)),
        timing: Default::default(),
        seed: [9; 32],
    });
    let genesis = network.tabs[0].disk[&network.genesis.id()].clone();
    network.input(1, Input::Restore(&[genesis]));
    for tab in 0..2 {
        network.vote(tab, tab).unwrap();
    }
    network.connect(1);
    network.run(60_000);
    for tab in 0..2 {
        let replica = network.tabs[tab].tab.replica();
        assert_eq!(replica.ops(), 1);
        assert!(replica.stats().foreign > 0, "tab {tab}");
        assert_eq!(replica.stats().bad_signatures, 0);
    }
    // They compare again and again, at the pace at which anybody compares.
    assert!(network.frames < 600, "{} frames", network.frames);
}

#[test]
fn a_revocation_waits_neither_for_the_log_nor_for_its_ballot() {
    let mut network = room(1);
    let foreign = ballot(&network, &voter_of(&network, ELSEWHERE, 1), 0);
    let own = ballot(&network, &voter_of(&network, HERE, 2), 0);
    let first = revocation(&network, 0, &foreign);
    let second = revocation(&network, 1, &own);
    let third = revocation(&network, 2, &foreign);
    let entries = |network: &Network| -> Vec<OpId> {
        let replica = network.tabs[0].tab.replica();
        replica.log().map(VerifiedOp::id).collect()
    };

    gossip(&mut network, 0, &[&third, &second]);
    assert_eq!(entries(&network), [second.id(), third.id()]);
    gossip(&mut network, 0, &[&first]);
    assert_eq!(entries(&network), [first.id(), second.id(), third.id()]);
    assert!(network.tabs[0].tab.replica().held_back().is_empty());

    gossip(&mut network, 0, &[&own]);
    let tally = network.tabs[0].tab.replica_mut().tally().unwrap();
    assert_eq!((tally.ballots, tally.counted, tally.revoked), (1, 0, 1));

    // What came as the log alone goes to others by comparing sets.
    network.open_tab();
    network.connect(1);
    network.run(5_000);
    network.assert_converged();
}

#[test]
fn an_audit_gets_the_state_of_a_precinct_and_cannot_vote_in_it() {
    let mut network = room(4);
    for tab in 0..4 {
        network.vote(tab, 1).unwrap();
    }
    let revoked = network.tabs[2].tab.replica().own_vote().unwrap().ballot;
    let revoke = Command::Revoke {
        ballot: revoked,
        reason: "asked for it".to_owned(),
    };
    network.run(1_000);
    network.ask(0, revoke).unwrap();
    let auditor = voter_of(&network, ELSEWHERE, 1).to_bytes();
    let audit = network.open_tab_as(auditor, false);
    network.connect(audit);
    network.run(5_000);
    network.assert_converged();
    assert_eq!(network.vote(audit, 0), Err(Refusal::OtherPrecinct));
    let tally = network.tabs[audit].tab.replica_mut().tally().unwrap();
    assert_eq!((tally.ballots, tally.counted, tally.revoked), (4, 3, 1));
    network.vote(2, 2).unwrap();
    network.run(1_000);
    network.assert_converged();
}

/// A poll of three precincts, and 90 ballots of it.
fn ninety_ballots() -> (Network, Vec<VerifiedOp>) {
    let network = Network::of_precinct(1, 3, HERE);
    let voter = |number: u8| SigningKey::from([number; 32]);
    let ops = (0..90).map(|number| ballot(&network, &voter(number), usize::from(number % 3)));
    let ops = ops.collect();
    (network, ops)
}

#[test]
fn the_returns_of_all_precincts_add_up_to_that_of_the_poll() {
    let (network, ballots) = ninety_ballots();
    let mut whole = BallotStore::new(network.genesis.clone());
    let precincts = (0..3).map(PrecinctId);
    let mut precincts: Vec<_> = precincts
        .map(|precinct| BallotStore::of_precinct(network.genesis.clone(), precinct))
        .collect();
    let revocation = revocation(&network, 0, &ballots[7]);
    for op in ballots.iter().chain([&revocation]) {
        assert_eq!(whole.insert(op.clone()), Inserted::Added);
        let inserted = precincts.iter_mut().map(|precinct| {
            let held = precinct.holds(op.claim());
            let inserted = precinct.insert(op.clone());
            assert_eq!(held, inserted == Inserted::Foreign);
            inserted == Inserted::Added
        });
        let holders = inserted.filter(|added| *added).count();
        assert_eq!(holders, if op.id() == revocation.id() { 3 } else { 1 });
    }
    let mut sum = election_core::ballots::Return::empty(3);
    for precinct in &mut precincts {
        sum.add(precinct.total());
    }
    assert_eq!(whole.total(), &sum);
    assert_eq!((sum.ballots, sum.counted, sum.revoked), (90, 89, 1));
}

#[test]
fn the_tree_of_a_precinct_has_its_ballots_at_their_places_within_it() {
    let (network, ballots) = ninety_ballots();
    let mut store = BallotStore::of_precinct(network.genesis.clone(), HERE);
    let mut items = Vec::new();
    for op in ballots {
        let (place, owner, id) = (op.place(), op.author().0, op.id());
        if store.insert(op) == Inserted::Added {
            assert_eq!(place.precinct(3), HERE);
            let place = place.within(3).0;
            items.push(Item { place, owner, id });
        }
    }
    items.sort_unstable();
    assert!(items.len() > 16, "more than a leaf");
    let root = Branch::root(PRECINCT);
    assert_eq!(
        store.branch_fingerprint(root),
        fingerprint::of(root, &items)
    );
    let walked: Vec<_> = store.walk(root, None).map(|step| step.id).collect();
    let expected: Vec<_> = items.iter().map(|item| item.id).collect();
    assert_eq!(walked, expected);
}
