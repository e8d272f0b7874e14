//! How much memory a board of a thousand precincts takes: a tab holds one, whatever the poll's
//! size.

#![allow(clippy::unwrap_used)]
#![cfg(not(target_arch = "wasm32"))]

use std::collections::BTreeMap;

use ed25519_zebra::SigningKey;
use election_core::ballots::Return;
use election_core::board::Board;
use election_core::board::Claim;
use election_core::board::statement::{PrecinctState, Rules, Statement};
use election_core::ids::{PollId, PrecinctId};
use election_core::poll::method::Method;
use election_core::wire::envelope::voter_key;
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

const PRECINCTS: u16 = 1_000;

/// Bytes that the board takes when so many members of every precinct signed, version after version.
fn bytes_with(attestations: usize, members: &BTreeMap<PrecinctId, Vec<SigningKey>>) -> usize {
    let rules = Rules {
        poll: PollId([1; 32]),
        precincts: PRECINCTS,
        options: 3,
        method: Method::Single,
    };
    let before = ALLOCATED.current_usage();
    let mut board = Board::new(rules);
    for version in [900, 1_000] {
        for (&precinct, members) in members {
            let said = PrecinctState {
                precinct,
                total: Return {
                    counts: [version, 0, 0].into(),
                    ballots: version,
                    counted: version,
                    revoked: 0,
                    spoiled: 0,
                },
                fingerprint: [1; 32],
                log_entries: 1,
                log_fingerprint: [1; 32],
            };
            let statement = Statement::new(&rules, said).unwrap();
            for member in &members[..attestations] {
                let claim = Claim::sign(member, &rules, statement.clone()).unwrap();
                assert!(board.claim(claim));
            }
        }
    }
    board.take_changed();
    assert_eq!(board.total().total.ballots, 1_000 * u64::from(PRECINCTS));
    let bytes = ALLOCATED.current_usage() - before;
    println!("{PRECINCTS} precincts, {attestations} attestations each: {bytes} bytes");
    bytes
}

#[test]
fn a_board_of_a_thousand_precincts_fits_in_a_tab() {
    let rules = |voter| election_core::ids::Place::of(PollId([1; 32]), voter).precinct(PRECINCTS);
    let mut members: BTreeMap<PrecinctId, Vec<SigningKey>> = BTreeMap::new();
    let mut number = 0_u32;
    while members.len() < usize::from(PRECINCTS) || members.values().any(|of| of.len() < 16) {
        number += 1;
        let mut seed = [3; 32];
        seed[..4].copy_from_slice(&number.to_be_bytes());
        let key = SigningKey::from(seed);
        let of = members.entry(rules(voter_key(&key))).or_default();
        if of.len() < 16 {
            of.push(key);
        }
    }
    assert!(bytes_with(3, &members) < 700_000);
    assert!(bytes_with(16, &members) < 2_500_000);
}
