//! Polls with precincts when things go wrong: partitions, precincts that dwindle, members who lie.

use std::collections::BTreeSet;

use crate::hall::{Hall, OPTIONS, P};
use crate::nine::bytes_of;
use ed25519_zebra::SigningKey;
use election_core::ballots::BallotStore;
use election_core::ballots::returns::Return;
use election_core::board::statement::PrecinctState;
use election_core::board::{Claim, Dispute, Grade, Statement};
use election_core::ids::{PrecinctId, ReplicaId};
use election_core::replica::io::Command;
use election_core::replica::tab::Tab;
use election_core::time::Millis;
use election_core::wire::bytes::Writer;
use election_core::wire::envelope::voter_key;
use election_core::wire::frame::kind;
use election_sim::check::spec;
use election_sim::network::latency::Latency;

/// Tabs of a precinct.
const TABS: usize = 4;
/// So long after the last change everything has come everywhere, and has stood for long enough.
const SETTLED: u64 = 150_000;

/// Three precincts of four tabs each, on a network that loses some, perhaps with partitions.
fn twelve(seed: u64, partitions: Option<&str>) -> Hall {
    let mut hall = Hall::new(seed, 3, TABS);
    hall.lose(5);
    hall.world.faults().latency = Latency::Constant(Millis(50));
    if let Some(partitions) = partitions {
        hall.cut(partitions);
    }
    hall
}

/// Four votes for the first option and so on.
fn everybody_votes(hall: &mut Hall) {
    for tab in 0..3 * TABS {
        hall.vote(tab, tab % OPTIONS).unwrap();
        hall.run(100);
    }
}

/// All these tabs show the specification's total, with no precinct missing, and each precinct
/// folded or attested.
fn assert_exact(hall: &mut Hall, tabs: impl IntoIterator<Item = usize>) {
    let tally = hall.tally();
    for tab in tabs {
        let shown = hall.shown(tab);
        let differs = spec::compare(ReplicaId(tab as u64), &tally, &shown.total);
        assert_eq!(differs, None, "tab {tab}");
        assert_eq!(shown.missing().count(), 0, "tab {tab}");
        assert!(shown.grade > Some(Grade::Claimed), "tab {tab}: {shown:?}");
    }
}

#[test]
fn precincts_that_were_cut_off_from_each_other_come_to_one_total() {
    for seed in 0..6 {
        // The council is cut in three as well.
        let mut hall = twelve(seed, Some("5s..60s:0-3|4-7|8-11"));
        hall.run(10_000);
        everybody_votes(&mut hall);
        hall.run(30_000);
        for tab in 0..12 {
            let own = PrecinctId((tab / TABS) as u16);
            let shown = hall.shown(tab);
            let of_own = shown.parts[usize::from(own.0)].shown.as_ref().unwrap();
            assert_eq!(of_own.total.counted, TABS as u64, "seed {seed}, tab {tab}");
            assert!(shown.total.counted < 12, "seed {seed}: they cannot know");
        }
        hall.run(SETTLED);
        assert_exact(&mut hall, 0..12);
        assert_eq!(hall.shown(0).total.counted, 12);
    }
}

#[test]
fn a_precinct_without_the_council_goes_on_and_is_heard_when_it_is_back() {
    for seed in 10..14 {
        let mut hall = twelve(seed, None);
        hall.run(5_000);
        everybody_votes(&mut hall);
        hall.run(20_000);
        hall.let_speak(P[2], false);
        hall.vote(8, 0).unwrap();
        hall.vote(0, 2).unwrap();
        hall.run(30_000);
        let here = hall.shown(8).total.counts;
        assert_ne!(here, hall.shown(0).total.counts, "seed {seed}");
        hall.let_speak(P[2], true);
        hall.run(SETTLED);
        assert_exact(&mut hall, 0..12);
    }
}

#[test]
fn the_last_tab_of_a_precinct_keeps_it_and_goes_on() {
    for seed in 20..24 {
        let mut hall = twelve(seed, None);
        hall.run(5_000);
        everybody_votes(&mut hall);
        hall.run(20_000);
        for tab in 9..12 {
            hall.disconnect(tab);
        }
        hall.run(SETTLED);
        assert_exact(&mut hall, 0..9);

        // What it alone says is shown, as claimed.
        hall.vote(8, 1).unwrap();
        hall.run(SETTLED);
        let tally = hall.tally();
        for tab in 0..8 {
            let shown = hall.shown(tab);
            assert_eq!(&*shown.total.counts, tally.counts, "seed {seed}");
            assert_eq!(shown.grade, Some(Grade::Claimed), "seed {seed}, tab {tab}");
        }
        // A newcomer gets the ballots from it, and signs as well.
        let newcomer = hall.open(P[2]);
        hall.run(SETTLED);
        assert_exact(&mut hall, (0..9).chain([newcomer]));
    }
}

#[test]
fn a_revocation_a_bar_and_a_strike_cross_a_partition() {
    for seed in 30..34 {
        let mut hall = twelve(seed, Some("20s..120s:0-7|8-11"));
        hall.run(5_000);
        everybody_votes(&mut hall);
        hall.run(10_000);
        let revoked = hall.ballot_of(1);
        hall.run(5_000);
        // Of the chair's own precinct, while precinct 2 cannot hear it.
        let reason = "voted twice".to_owned();
        let ballot = revoked;
        hall.ask(0, Command::Revoke { ballot, reason }).unwrap();
        // And whoever voted in a precinct that can hear it.
        let voter = hall.replica(5).voter();
        let reason = "not a member".to_owned();
        hall.ask(0, Command::Bar { voter, reason }).unwrap();
        // And what precinct 2 states, until it has other ballots.
        let return_id = hall.board(0).return_id(P[2]).unwrap();
        let strike = Command::Strike {
            precinct: P[2],
            return_id,
            reason: "the hall was not open".to_owned(),
        };
        hall.ask(0, strike).unwrap();
        hall.run(40_000);
        let shown = hall.shown(0);
        assert_eq!((shown.total.revoked, shown.parts[2].struck), (1, 1));
        assert!(shown.parts[2].shown.is_none(), "seed {seed}: struck");
        assert_eq!(hall.shown(9).total.revoked, 0, "seed {seed}: cut off");

        hall.run(60_000 + SETTLED);
        for tab in 0..12 {
            let part = &hall.shown(tab).parts[2];
            assert_eq!(
                (&part.shown, part.struck),
                (&None, 1),
                "seed {seed}, tab {tab}"
            );
        }
        hall.vote(8, 0).unwrap();
        hall.run(SETTLED);
        assert_exact(&mut hall, 0..12);
        for tab in 0..12 {
            let shown = hall.shown(tab);
            assert_eq!((shown.total.revoked, shown.parts[2].struck), (1, 1));
            assert_eq!(hall.tab(tab).replica().log().count(), 3);
        }
    }
}

#[test]
fn a_ballot_in_another_precincts_room_is_refused_and_counted() {
    let mut got = 0;
    for seed in 40..44 {
        let mut hall = twelve(seed, None);
        hall.run(5_000);
        everybody_votes(&mut hall);
        let voter = hall.key_of(P[1]);
        let stray = hall.ballot(&voter, 0).bytes().to_vec();
        hall.tell_all(Some(P[0]), kind::OPS, &stray);
        hall.run(SETTLED);
        let refused = |tab: &usize| hall.tab(*tab).replica().stats().foreign == 1;
        got += (0..TABS).filter(refused).count();
        assert!((0..TABS).all(|tab| hall.tab(tab).replica().ops() == TABS as u64));
        assert_exact(&mut hall, 0..12);
    }
    // Some frames are lost.
    assert!(got > 4 * TABS * 3 / 4, "{got}");
}

/// What some keys of a precinct sign that nobody holds: what is claimed of it here, changed.
fn lie(
    hall: &Hall,
    keys: &[SigningKey],
    change: impl Fn(&mut PrecinctState),
) -> (Return, Vec<Claim>) {
    let mut said: PrecinctState = (**hall.board(0).claims(P[1])[0].statement()).clone();
    change(&mut said);
    let total = said.total.clone();
    let statement = Statement::new(&hall.rules(), said).unwrap();
    let sign = |key: &SigningKey| Claim::sign(key, &hall.rules(), statement.clone()).unwrap();
    (total, keys.iter().map(sign).collect())
}

/// No tab of another precinct may ever show one of these as more than claimed, nor a total that has
/// it in it.
fn assert_claimed_at_most(tab: &Tab, forged: &BTreeSet<Vec<u64>>) -> bool {
    let Some(board) = tab.council().and_then(|council| council.board()) else {
        return false;
    };
    let shown = board.total();
    let Some(part) = &shown.parts[1].shown else {
        return false;
    };
    if !forged.contains(&part.total.counts.to_vec()) {
        return false;
    }
    assert_eq!(part.grade, Grade::Claimed);
    assert_eq!(shown.grade, Some(Grade::Claimed));
    true
}

#[test]
fn what_liars_forge_inflate_replay_and_attest_is_never_shown_above_claimed() {
    for seed in 50..54 {
        let mut hall = twelve(seed, None);
        hall.run(5_000);
        for tab in 0..12 {
            hall.vote(tab, tab % 3).unwrap();
        }
        hall.run(15_000);
        let old = hall.board(0).claims(P[1])[0].clone();
        hall.vote(4, 2).unwrap();
        hall.run(15_000);

        let liars: Vec<SigningKey> = (0..4).map(|_| hall.key_of(P[1])).collect();
        let forge = |said: &mut PrecinctState| {
            said.total.counts = [TABS as u64, 0, 0].into();
        };
        let inflate = |said: &mut PrecinctState| {
            said.total.ballots += 100;
            said.total.counted += 100;
            said.total.counts[0] += 100;
        };
        let (forged, forgery) = lie(&hall, &liars, forge);
        let (inflated, inflation) = lie(&hall, &liars[..3], inflate);
        let lies = [forged, inflated].map(|total| total.counts.to_vec());
        let lies = BTreeSet::from(lies);
        let mut shown = 0;
        for _ in 0..8 {
            // Everybody hears all of it, again and again, in both rooms.
            hall.tell_all(None, kind::CLAIMS, &bytes_of(&forgery));
            hall.tell_all(Some(P[2]), kind::CLAIMS, &bytes_of(&inflation));
            hall.tell_all(None, kind::CLAIMS, &bytes_of(std::slice::from_ref(&old)));
            // Of precinct 2, by voters of precinct 1.
            let statement = hall.board(0).claims(P[2])[0].statement().clone();
            let mut foreign = Writer::new();
            statement.encode(&mut foreign);
            foreign.varint(1);
            foreign.put(&voter_key(&liars[0]).0);
            foreign.put(&[0; 64]);
            hall.tell_all(None, kind::CLAIMS, &foreign.into_bytes());
            hall.run_and_watch(20_000, &mut |tab| {
                shown += u32::from(assert_claimed_at_most(tab, &lies));
            });
        }
        assert!(
            shown > 0,
            "seed {seed}: the lie was seen, or this shows nothing"
        );
        // It was disputed, and the truth is back.
        let mut settled = 0;
        hall.run_and_watch(SETTLED, &mut |tab| {
            settled += u32::from(assert_claimed_at_most(tab, &lies));
        });
        assert_exact(&mut hall, 0..12);
        for tab in 0..12 {
            let counts = hall.shown(tab).parts[1].shown.clone().unwrap().total.counts;
            assert!(!lies.contains(&counts.to_vec()), "seed {seed}, tab {tab}");
        }
        let malformed = |tab| hall.tab(tab).council().unwrap().stats().malformed;
        assert!(
            (0..12).any(|tab| malformed(tab) > 0),
            "foreign claims count"
        );
    }
}

#[test]
fn disputing_what_is_true_takes_its_grade_and_an_audit_gives_it_back() {
    for seed in 60..63 {
        let mut hall = twelve(seed, None);
        hall.run(5_000);
        everybody_votes(&mut hall);
        hall.run(SETTLED);
        assert_exact(&mut hall, 0..12);
        let state = hall.board(0).claims(P[1])[0].statement().state();
        let genesis = hall.poll.genesis().clone();
        let mut nothing = BallotStore::of_precinct(genesis, P[1]);
        let liar = hall.key_of(P[1]);
        let dispute = Dispute::sign(&liar, &hall.rules(), state, &mut nothing).unwrap();
        let mut writer = Writer::new();
        dispute.encode(&mut writer);
        hall.tell_all(None, kind::DISPUTES, &writer.into_bytes());
        hall.run(SETTLED);
        let tally = hall.tally();
        for tab in (0..4).chain(8..12) {
            let shown = hall.shown(tab);
            assert_eq!(&*shown.total.counts, tally.counts, "seed {seed}, tab {tab}");
            let part = shown.parts[1].shown.as_ref().unwrap();
            assert_eq!((part.grade, part.disputes), (Grade::Claimed, 1));
        }
        hall.ask(0, Command::Audit(P[1])).unwrap();
        hall.run(30_000);
        let part = hall.shown(0).parts[1].shown.clone().unwrap();
        assert_eq!(
            (part.grade, part.total.counted),
            (Grade::Folded, TABS as u64)
        );
    }
}
