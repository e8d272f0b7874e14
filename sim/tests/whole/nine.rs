//! Three precincts of three tabs each, what they must show, and what somebody may make up.

use ed25519_zebra::SigningKey;
use election_core::board::statement::PrecinctState;
use election_core::board::{Claim, Grade, Statement};
use election_core::ids::PrecinctId;
use election_core::wire::bytes::Writer;

use crate::hall::Hall;

pub const P: [PrecinctId; 3] = [PrecinctId(0), PrecinctId(1), PrecinctId(2)];

/// Every tab that is `here` shows these counts in total, its own precinct folded, and all others
/// signed by so many and disputed by nobody.
pub fn assert_shown(
    hall: &Hall,
    here: impl IntoIterator<Item = usize>,
    counts: [u64; 3],
    members: [u8; 3],
) {
    for client in here {
        let shown = hall.shown(client);
        assert_eq!(&*shown.total.counts, counts, "tab {client}");
        assert_eq!(shown.missing().count(), 0, "tab {client}");
        for part in &shown.parts {
            let shown = part.shown.as_ref().unwrap();
            if part.precinct == hall.world.process(client).precinct() {
                assert_eq!(shown.grade, Grade::Folded);
            } else {
                let members = members[usize::from(part.precinct.0)];
                assert_eq!(
                    shown.attestations,
                    usize::from(members),
                    "tab {client}, {part:?}"
                );
                assert_eq!(shown.disputes, 0, "tab {client}, {part:?}");
            }
        }
    }
}

/// For so many seconds no tab shows a total of that many votes, or of more, as more than claimed.
pub fn assert_never_attested(hall: &mut Hall, seconds: u64, votes: u64) {
    for second in 0..seconds {
        hall.run(1_000);
        for client in 0..hall.world.len() {
            let shown = hall.shown(client);
            assert!(
                shown.total.counted < votes || shown.grade == Some(Grade::Claimed),
                "tab {client} after {second} s"
            );
        }
    }
}

/// Three precincts of three tabs each, in each of which every option gets one vote.
pub fn nine_votes(seed: u64) -> Hall {
    let mut hall = Hall::new(seed, 3, 3);
    hall.run(3_000);
    for client in 0..9 {
        hall.vote(client, client % 3).unwrap();
    }
    hall.run(10_000);
    hall
}

pub fn bytes_of(claims: &[Claim]) -> Vec<u8> {
    let mut writer = Writer::new();
    claims.iter().for_each(|claim| claim.encode(&mut writer));
    writer.into_bytes()
}

/// What is first claimed of a precinct, changed, and signed by these keys, as claims of one
/// signature each.
pub fn lie(
    hall: &Hall,
    precinct: PrecinctId,
    keys: &[SigningKey],
    change: impl Fn(&mut PrecinctState),
) -> Vec<Claim> {
    let rules = hall.rules();
    let mut said: PrecinctState = (**hall.board(0).claims(precinct)[0].statement()).clone();
    change(&mut said);
    let statement = Statement::new(&rules, said).unwrap();
    keys.iter()
        .map(|key| Claim::sign(key, &rules, statement.clone()).unwrap())
        .collect()
}
