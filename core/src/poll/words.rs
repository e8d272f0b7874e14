//! Names in words: what two people can compare by ear.
//!
//! A *result code* is four of 256 nouns: the first 32 bits of a state hash. Two tabs that hold the
//! same ops show the same four words, so a room can check that everybody looks at the same result
//! by reading them aloud. It finds accidents, not attackers: somebody who may mint many ballots can
//! search for a second state with the same 32 bits.
//!
//! A *name* is an adjective and a noun, 12 bits of a key or an id: "copper heron". It makes a voter
//! or a receipt easy to recognise among a few dozen, and says nothing for certain: of 4096 names
//! two voters of 76 share one more often than not. Where it matters, show the hexadecimal digits
//! beside it.

use crate::ids::{OpId, VoterKey};

/// The words of the first four bytes: for a state hash, the result code.
///
/// ```
/// let code = election_core::poll::words::code(&[0; 32]);
/// assert_eq!(code, ["acorn", "acorn", "acorn", "acorn"]);
/// ```
#[must_use]
pub fn code(hash: &[u8; 32]) -> [&'static str; 4] {
    let [a, b, c, d, ..] = *hash;
    [a, b, c, d].map(|byte| CODE[usize::from(byte)])
}

/// A voter's name in two words.
#[must_use]
pub fn voter(key: &VoterKey) -> [&'static str; 2] {
    pair(key.0)
}

/// A ballot's name in two words: the voter's receipt.
#[must_use]
pub fn receipt(ballot: &OpId) -> [&'static str; 2] {
    pair(ballot.0)
}

fn pair([first, second, ..]: [u8; 32]) -> [&'static str; 2] {
    [
        ADJECTIVES[usize::from(first % 64)],
        NOUNS[usize::from(second % 64)],
    ]
}

#[rustfmt::skip]
const CODE: [&str; 256] = [
    "acorn", "alley", "almond", "amber", "anchor", "antler", "apple", "apron", "arch", "arrow", "attic", "autumn",
    "badge", "baker", "bamboo", "banjo", "barley", "barrel", "basil", "basket", "beach", "beacon", "beaver", "bell",
    "bench", "berry", "bicycle", "birch", "biscuit", "blanket", "bonnet", "book", "bottle", "bracket", "branch", "brass",
    "bread", "brick", "bridge", "brook", "brush", "bucket", "button", "cabin", "cactus", "camel", "candle",
    "canoe", "canvas", "carpet", "carrot", "castle", "cedar", "cellar", "chalk", "cherry", "chess", "chimney",
    "cider", "cinema", "circle", "clay", "clock", "cloud", "clover", "cobble", "coffee", "comet", "compass", "copper",
    "coral", "cotton", "cradle", "crane", "cricket", "crown", "crystal", "cupboard", "curtain", "cushion", "daisy",
    "dancer", "desert", "diamond", "dolphin", "donkey", "door", "dragon", "drawer", "drum", "eagle", "easel", "echo",
    "elbow", "elm", "engine", "falcon", "farmer", "feather", "fence", "fern", "ferry", "fiddle", "field", "finch",
    "flag", "flute", "forest", "fossil", "fountain", "fox", "garden", "garlic", "ginger", "glacier", "glove", "goose",
    "granite", "grape", "guitar", "hammer", "hammock", "harbour", "harp", "hazel", "hedge", "helmet", "heron", "hill",
    "honey", "horizon", "island", "ivory", "jacket", "jasmine", "jewel", "jigsaw", "juniper", "kayak", "kettle", "kitchen",
    "kite", "ladder", "lagoon", "lamp", "lantern", "lemon", "lentil", "library", "lily", "lizard", "lobster", "locket",
    "magnet", "maple", "marble", "market", "meadow", "melon", "mill", "mirror", "mitten", "moon", "mosaic", "moss",
    "mountain", "museum", "nectar", "needle", "nest", "nutmeg", "oasis", "ocean", "olive", "onion", "opal", "orange",
    "orchard", "otter", "oyster", "paddle", "palace", "panda", "paper", "parrot", "peach", "pebble", "pencil", "pepper",
    "piano", "picnic", "pigeon", "pillow", "pine", "planet", "plum", "pocket", "pony", "poppy", "potter", "prairie",
    "pumpkin", "puzzle", "quarry", "quartz", "quilt", "rabbit", "radish", "raft", "rainbow", "raven", "ribbon", "river",
    "robin", "rocket", "roof", "saddle", "sail", "salmon", "sand", "satin", "scarf", "shell", "shovel", "silver", "sparrow",
    "spoon", "spruce", "squirrel", "stable", "sugar", "summer", "sunset", "swan", "table", "teapot", "temple", "thimble",
    "thunder", "tiger", "timber", "tower", "tractor", "tulip", "tunnel", "turtle", "valley", "velvet", "village", "violin",
    "wagon", "walnut", "willow", "window", "yarn", "zebra",
];

#[rustfmt::skip]
const ADJECTIVES: [&str; 64] = [
    "agile", "amber", "autumn", "bold", "brave", "bright", "bronze", "calm", "cheerful", "clear", "clever", "cobalt",
    "copper", "coral", "cosy", "crimson", "curious", "dapper", "daring", "deep", "eager", "early", "emerald", "fair",
    "fleet", "frosty", "gentle", "gilded", "glad", "golden", "grand", "hazel", "honest", "humble", "indigo", "ivory",
    "jolly", "keen", "kind", "lively", "lucky", "mellow", "merry", "mild", "misty", "modest", "nimble", "noble",
    "patient", "pearl", "proud", "quick", "quiet", "rosy", "ruby", "sandy", "scarlet", "silver", "steady", "sunny",
    "swift", "tidy", "velvet", "witty",
];

#[rustfmt::skip]
const NOUNS: [&str; 64] = [
    "alder", "aspen", "badger", "beaver", "beech", "birch", "bison", "cedar", "clover", "crane", "cricket", "curlew",
    "cypress", "dolphin", "dove", "eagle", "elm", "falcon", "fern", "finch", "fox", "gannet", "goose", "hare",
    "hawk", "heath", "heron", "holly", "ibis", "iris", "ivy", "jay", "juniper", "kestrel", "kite", "larch",
    "lark", "lilac", "linden", "lynx", "magpie", "maple", "marten", "moss", "newt", "oak", "oriole", "osprey",
    "otter", "owl", "pine", "plover", "poplar", "puffin", "raven", "robin", "rowan", "seal", "sparrow", "stork",
    "swan", "tern", "willow", "wren",
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_word_stands_twice_in_its_list_and_all_are_short_and_plain() {
        for list in [&CODE[..], &ADJECTIVES, &NOUNS] {
            assert_eq!(list.iter().collect::<BTreeSet<_>>().len(), list.len());
            for word in list {
                assert!(
                    (3..=8).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_lowercase()),
                    "{word}"
                );
            }
        }
    }

    #[test]
    fn no_two_words_of_a_code_differ_in_their_last_letter_only() {
        for (at, word) in CODE.iter().enumerate() {
            for other in &CODE[at + 1..] {
                let stem = &word[..word.len() - 1];
                assert!(
                    !(other.len() == word.len() && other.starts_with(stem)),
                    "{word} {other}"
                );
            }
        }
    }

    #[test]
    fn each_of_the_first_bytes_changes_the_words() {
        let plain = [7; 32];
        for byte in 0..4 {
            let mut changed = plain;
            changed[byte] ^= 1;
            assert_ne!(code(&plain), code(&changed));
        }
        for byte in 0..2 {
            let mut changed = plain;
            changed[byte] ^= 1;
            assert_ne!(voter(&VoterKey(plain)), voter(&VoterKey(changed)));
            assert_ne!(receipt(&OpId(plain)), receipt(&OpId(changed)));
        }
    }
}
