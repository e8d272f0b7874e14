//! Claims that wait for others: they are shown once they can be, and nobody can keep tabs busy with them.

#![allow(clippy::unwrap_used)]

mod network;
mod rooms;

use ed25519_zebra::SigningKey;
use election_core::canvass::fingerprint::Fingerprint;
use election_core::canvass::returns::Return;
use election_core::canvass::statement::PrecinctState;
use election_core::canvass::{Claim, Rules, Statement};
use election_core::ids::{OpId, PrecinctId};
use election_core::wire::bytes::Writer;
use election_core::wire::frame::kind;
use rooms::Poll;

/// A poll of so many precincts, of whose first so many tabs are there.
fn first_precinct(seed: u64, precincts: u16, tabs: usize) -> Poll {
    let mut poll = Poll::new(seed, precincts, 0);
    for _ in 0..tabs {
        poll.open_tab(PrecinctId(0));
    }
    poll.run(5_000);
    poll
}

/// A claim of a precinct with so many ballots.
fn claim(poll: &Poll, by: SigningKey, precinct: u16, ballots: u64, after: &[(u16, u64)]) -> Claim {
    let rules = Rules::of(&poll.genesis);
    let mut fingerprint: Fingerprint = [1; 32];
    fingerprint[..8].copy_from_slice(&ballots.to_be_bytes());
    let said = PrecinctState {
        precinct: PrecinctId(precinct),
        total: Return {
            counts: [ballots, 0, 0].into(),
            ballots,
            counted: ballots,
            revoked: 0,
            spoiled: 0,
        },
        fingerprint,
        log_entries: 0,
        log_head: OpId([0; 32]),
    };
    let after = after
        .iter()
        .map(|(of, version)| (PrecinctId(*of), *version));
    let statement = Statement::new(&rules, said, after.collect()).unwrap();
    Claim::sign(&by, &rules, statement).unwrap()
}

fn say(poll: &mut Poll, client: usize, claims: &[Claim]) {
    let mut writer = Writer::new();
    claims.iter().for_each(|claim| claim.encode(&mut writer));
    poll.say(client, 1, kind::CLAIMS, writer.as_bytes());
}

#[test]
fn claims_that_wait_for_each_other_and_for_another_are_shown_when_that_comes_late() {
    let mut poll = first_precinct(1, 4, 1);
    let keys = [0, 1, 2, 3].map(|precinct| poll.key_of(PrecinctId(precinct)));
    let one = claim(&poll, keys[1], 1, 5, &[(2, 7)]);
    let other = claim(&poll, keys[2], 2, 9, &[(1, 5), (3, 4)]);
    let last = claim(&poll, keys[3], 3, 4, &[]);
    say(&mut poll, 0, &[one, other]);
    poll.run(5_000);
    assert_eq!(poll.board(0).version(PrecinctId(1)), None);
    say(&mut poll, 0, &[last]);
    poll.run(5_000);
    let shown = [1, 2, 3].map(|precinct| poll.board(0).version(PrecinctId(precinct)));
    assert_eq!(shown, [Some(5), Some(9), Some(4)]);
    assert_eq!(poll.board(0).waiting().count(), 0);
}

#[test]
fn claims_that_wait_for_ever_do_not_go_round_for_ever() {
    let mut poll = first_precinct(2, 300, 3);
    let mallory = poll.key_of(PrecinctId(1));
    let others: Vec<(u16, u64)> = (40..296).map(|of| (of, 1_000_000_000)).collect();
    // More than may wait, with all their bytes.
    let flood: Vec<Claim> = (1..=900)
        .map(|ballots| claim(&poll, mallory, 1, ballots, &others))
        .collect();
    for claims in flood.chunks(30) {
        say(&mut poll, 0, claims);
        poll.run(250);
    }
    poll.run(5_000);
    assert!(poll.board(0).counters().dropped > 0);
    let news = |poll: &Poll| {
        (0..3)
            .map(|client| poll.stats(client).news)
            .collect::<Vec<_>>()
    };
    let before = news(&poll);
    poll.run(5_000);
    assert_eq!(news(&poll), before);
}
