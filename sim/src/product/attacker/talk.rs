//! Messages of comparisons, made up: well formed and meaningless, and not even well formed.

use election_core::ballots::branch::{Branch, LOG, PRECINCT};
use election_core::sync::SyncMessage;
use election_core::sync::message::{Content, Description, Reason, Wish};
use election_core::wire::bytes::Writer;

use crate::random::Random;

/// A well-formed opening.
pub fn opening(session: u64, random: &mut Random) -> SyncMessage {
    if random.chance(0.3) {
        SyncMessage::OpenEmpty { session }
    } else {
        SyncMessage::Open {
            session,
            about: descriptions(random),
        }
    }
}

/// A well-formed message of a session that is running.
pub fn nonsense(session: u64, random: &mut Random) -> SyncMessage {
    let number = random.below(6) as u32;
    match random.below(5) {
        0 => SyncMessage::Compare {
            session,
            more: random.chance(0.5),
            about: descriptions(random),
        },
        1 => SyncMessage::Want {
            session,
            wishes: vec![Wish {
                branch: branch(PRECINCT, random),
                ids: ascending(1 + random.below(20), random),
            }],
        },
        2 => SyncMessage::Ops {
            session,
            number,
            last: random.chance(0.5),
            sent: random.below(1_000),
            total: random.below(1_000),
            bytes: random.bytes().to_vec(),
        },
        3 => SyncMessage::Ack { session, number },
        _ => {
            let reasons = [
                Reason::Done,
                Reason::Unknown,
                Reason::Busy,
                Reason::Refused,
                Reason::Nothing,
            ];
            SyncMessage::Close {
                session,
                reason: random.pick(&reasons).copied().unwrap_or(Reason::Done),
            }
        }
    }
}

/// The kind and body of any message: as it should be, with a few bytes changed, cut off, or noise.
pub fn mutated(session: u64, random: &mut Random) -> (u8, Vec<u8>) {
    let message = if random.chance(0.3) {
        opening(session, random)
    } else {
        nonsense(session, random)
    };
    let mut writer = Writer::new();
    message.encode(&mut writer);
    let (mut kind, mut body) = (message.kind(), writer.into_bytes());
    match random.below(5) {
        0 => {}
        1 => {
            for _ in 0..random.between(1, 3) {
                let at = random.below(body.len() as u64) as usize;
                body[at] ^= 1 << random.below(8);
            }
        }
        2 => body.truncate(random.below(body.len() as u64) as usize),
        3 => {
            body = (0..random.below(300))
                .map(|_| random.draw() as u8)
                .collect()
        }
        _ => kind = random.between(0x10, 0x17) as u8,
    }
    (kind, body)
}

/// Something about each of the two sections.
fn descriptions(random: &mut Random) -> Vec<Description> {
    let mut about = Vec::new();
    for section in [LOG, PRECINCT] {
        let content = match random.below(4) {
            0 => Content::List(Vec::new()),
            1 => Content::List(ascending(random.below(30), random)),
            _ => {
                let levels = random.below(4) as u8;
                let fingerprints = (0..1_u64 << (2 * levels))
                    .map(|_| {
                        if random.chance(0.3) {
                            0
                        } else {
                            random.draw() as u32
                        }
                    })
                    .collect();
                Content::Fingerprints {
                    levels,
                    fingerprints,
                }
            }
        };
        about.push(Description {
            branch: branch(section, random),
            content,
        });
    }
    about
}

fn branch(section: u8, random: &mut Random) -> Branch {
    if random.chance(0.6) {
        Branch::root(section)
    } else {
        Branch::around(section, random.between(1, 8) as u8, random.draw())
    }
}

fn ascending(count: u64, random: &mut Random) -> Vec<u32> {
    let mut ids: Vec<u32> = (0..count).map(|_| random.draw() as u32).collect();
    ids.sort_unstable();
    ids
}
