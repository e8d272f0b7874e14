//! Three precincts of three tabs each, what they must show, and what somebody may make up.

use ed25519_zebra::SigningKey;
use election_core::canvass::statement::PrecinctState;
use election_core::canvass::{Claim, Grade, Rules, Statement};
use election_core::ids::PrecinctId;
use election_core::wire::bytes::Writer;

use super::Poll;

pub const P: [PrecinctId; 3] = [PrecinctId(0), PrecinctId(1), PrecinctId(2)];

/// Every tab that is `here` shows these counts in total, its own precinct folded, and all others signed by so many and disputed by
/// nobody.
pub fn assert_shown(
    poll: &Poll,
    here: impl IntoIterator<Item = usize>,
    counts: [u64; 3],
    members: [u8; 3],
) {
    for client in here {
        let shown = poll.shown(client);
        assert_eq!(&*shown.total.counts, counts, "tab {client}");
        assert_eq!(shown.missing().count(), 0, "tab {client}");
        for part in &shown.parts {
            let shown = part.shown.as_ref().unwrap();
            if part.precinct == poll.clients[client].precinct {
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
pub fn assert_never_attested(poll: &mut Poll, seconds: u64, votes: u64) {
    for second in 0..seconds {
        poll.run(1_000);
        for client in 0..poll.clients.len() {
            let shown = poll.shown(client);
            assert!(
                shown.total.counted < votes || shown.grade == Some(Grade::Claimed),
                "tab {client} after {second} s"
            );
        }
    }
}

/// Three precincts of three tabs each, in each of which every option gets one vote.
pub fn nine_votes(seed: u64) -> Poll {
    let mut poll = Poll::new(seed, 3, 3);
    poll.run(3_000);
    for client in 0..9 {
        poll.vote(client, client % 3);
    }
    poll.run(10_000);
    poll
}

pub fn bytes_of(claims: &[Claim]) -> Vec<u8> {
    let mut writer = Writer::new();
    claims.iter().for_each(|claim| claim.encode(&mut writer));
    writer.into_bytes()
}

/// What is first claimed of a precinct, changed, and signed by these keys, as claims of one signature each.
pub fn lie(
    poll: &Poll,
    precinct: PrecinctId,
    keys: &[SigningKey],
    change: impl Fn(&mut PrecinctState),
) -> Vec<Claim> {
    let rules = Rules::of(&poll.genesis);
    let mut said: PrecinctState = (**poll.board(0).claims(precinct)[0].statement()).clone();
    change(&mut said);
    let statement = Statement::new(&rules, said, Vec::new()).unwrap();
    keys.iter()
        .map(|key| Claim::sign(key, &rules, statement.clone()).unwrap())
        .collect()
}
