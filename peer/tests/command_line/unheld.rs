//! Ballots that no other replica holds: that is said, with an exit code of its own, and a voter
//! file brings them along next time.

use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::precincts::{counts, named, stay, sums, tally_when};
use crate::programs::{Running, run};
use crate::relay::Relay;

/// How many ballots a voter file has.
fn kept(file: &str) -> usize {
    let content: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    content["ballots"].as_array().unwrap().len()
}

#[test]
fn a_ballot_that_nobody_else_keeps_is_not_called_cast() {
    let relay = Relay::start();
    let poll = named(&relay);
    // Whoever made the poll is in the first.
    let vote = ["vote", &poll.precinct_links[1], "--choice", "Tea"];
    let vote = run(&[&vote[..], &["--wait", "1s", "--settle", "200ms"]].concat());
    vote.refused(
        6,
        &[
            "no other replica",
            "nobody else is in this precinct",
            "--stay",
            "--voter",
        ],
    );
}

#[test]
fn what_nobody_held_is_sent_by_the_next_run_with_the_same_voter_file() {
    let relay = Relay::start();
    let poll = named(&relay);
    let south = poll.precinct_links[1].as_str();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("me.json");
    let file = file.to_str().unwrap();
    let vote = |choice: &str| {
        let vote = ["vote", south, "--choice", choice, "--voter", file];
        run(&[&vote[..], &["--wait", "1s", "--settle", "200ms"]].concat())
    };
    vote("Tea").refused(6, &["is kept in the voter file", file, "sends it again"]);
    assert_eq!(kept(file), 1);
    // The same again is the same ballot.
    vote("Tea").refused(6, &["is kept in the voter file"]);
    assert_eq!(kept(file), 1);
    // Another choice comes after it, and both are kept.
    vote("Coffee").refused(6, &["is kept in the voter file"]);
    assert_eq!(kept(file), 2);

    // Now somebody is there who holds it.
    let (_other, _) = stay(south, "Water", &[]);
    let (voter, voted) = stay(south, "Coffee", &["--voter", file]);
    assert_eq!((&voted["seq"], &voted["seen_by"]), (&json!(1), &json!(1)));
    voter.terminate();
    voter.finish();
    let shown = tally_when(&poll.precinct_links[0], &[], |shown| {
        counts(shown) == [0, 1, 1]
    });
    assert_eq!(sums(&shown), [3, 2, 0, 0]);
}

#[test]
fn a_ballot_whose_relay_was_lost_is_not_called_cast_either() {
    let relay = Relay::start();
    let poll = named(&relay);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("me.json");
    let file = file.to_str().unwrap();
    let vote = [
        "vote",
        &poll.precinct_links[2],
        "--choice",
        "Tea",
        "--voter",
        file,
    ];
    let voter = Running::start(&[&vote[..], &["--wait", "10s"]].concat());
    while !Path::new(file).exists() {
        std::thread::sleep(Duration::from_millis(10));
    }
    relay.stop();
    let words = ["no connection to the relay", "is kept in the voter file"];
    voter.finish().refused(6, &words);
    assert_eq!(kept(file), 1);
}
