//! A voter that is killed in the middle, over and over: nothing that was said to be cast is lost,
//! and no number is used twice.

use std::fs;
use std::thread::sleep;
use std::time::Duration;

use serde_json::{Value, json};

use crate::programs::{Poll, id_of};
use crate::relay::Relay;
use crate::sample;

/// How many ballots the voter file has; none while there is no such file.
fn kept(file: &str) -> usize {
    let content = fs::read_to_string(file).unwrap_or_default();
    let content: Value = serde_json::from_str(&content).unwrap_or_default();
    content["ballots"].as_array().map_or(0, Vec::len)
}

#[test]
fn a_voter_that_is_killed_loses_no_ballot_and_uses_no_number_twice() {
    let relay = Relay::start();
    let choices = ["Tea", "Coffee", "Water"];
    let mut acknowledged = Vec::new();
    let mut poll = Poll::start(&relay.url(), &[]);
    let folder = tempfile::tempdir().unwrap();
    let file = |poll: &Poll| format!("{}/{}.json", folder.path().display(), poll.id);
    for round in 0..sample::of(9, 150) {
        // A voter may sign 64 ballots.
        if kept(&file(&poll)) > 55 {
            check(&poll, &acknowledged);
            acknowledged.clear();
            poll = Poll::start(&relay.url(), &[]);
        }
        let file = file(&poll);
        let before = kept(&file);
        let mut voter = poll.start_vote(choices[round % 3], &["--voter", &file, "--stay"]);
        match round % 3 {
            // Anywhere on its way.
            0 => sleep(Duration::from_millis((round * 7 % 60) as u64)),
            // As soon as its ballot is stored, which then mostly is not sent.
            1 => {
                while kept(&file) == before && !voter.has_ended() {
                    sleep(Duration::from_micros(200));
                }
            }
            // As soon as it says that it is cast.
            _ => acknowledged.push(voter.json_line()),
        }
        voter.kill();
    }
    // And it goes on: with its next vote all that was stored and not sent is sent.
    let file = file(&poll);
    acknowledged.push(poll.vote("Tea", &["--voter", &file]).json());
    check(&poll, &acknowledged);
    assert_eq!(poll.ballots().len(), kept(&file));
}

/// All that it ever said to be cast is there, number by number.
fn check(poll: &Poll, acknowledged: &[Value]) {
    let ballots = poll.ballots();
    for (number, ballot) in ballots.iter().enumerate() {
        assert_eq!(ballot["seq"], json!(number), "{ballots:#?}");
    }
    for cast in acknowledged {
        let ballot = id_of(&cast["ballot"]);
        let held = ballots.iter().any(|held| held["ballot"] == ballot);
        assert!(held, "{cast} is not among {ballots:#?}");
    }
}
