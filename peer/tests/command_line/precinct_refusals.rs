//! Precincts that cannot be, and those that are not there.

use crate::precincts::named;
use crate::programs::{Finished, Poll, run};
use crate::relay::Relay;

#[test]
fn precincts_that_cannot_be_are_refused() {
    // No relay is asked: the address leads nowhere.
    let new = |more: &[&str]| {
        let new = ["new", "--relay", "http://127.0.0.1:1", "--title", "T"];
        let options = ["--option", "A", "--option", "B"];
        run(&[&new[..], &options, more].concat())
    };
    let named = |names: &[&str]| {
        let names = names.iter().flat_map(|name| ["--precinct", *name]);
        new(&Vec::from_iter(names))
    };
    for count in ["0", "1", "4097", "70000", "-1", "some"] {
        let words = ["a poll with precincts has 2 to 4096 of them", count];
        new(&["--precincts", count]).refused(2, &words);
    }
    new(&["--precincts", "3", "--precinct", "X"]).refused(2, &["cannot be used with"]);
    named(&["one"]).refused(2, &["at least 2"]);
    named(&["one", " "]).refused(2, &["precinct 2 has no name"]);
    named(&["one", "two", "one "]).refused(2, &["precincts 1 and 3 have the same name"]);
    named(&["one", &"x".repeat(61)]).refused(2, &["precinct 2 is too long by about 1 character"]);
    named(&["one", "\u{200b}"]).refused(2, &["precinct 2", "do not show"]);
    named(&["one", "One"]).refused(2, &["precincts 1 and 2 look alike"]);
    named(&["one", "two\n2"]).refused(2, &["control character"]);
    let many = Vec::from_iter((0..65).map(|number| format!("ward {number}")));
    let many = Vec::from_iter(many.iter().map(String::as_str));
    named(&many).refused(2, &["at most 64 named precincts", "65"]);
}

/// All commands that take a precinct.
fn with_precinct(poll: &Poll, precinct: &str, more: &[&str]) -> Vec<Finished> {
    let (link, chair) = (poll.link.as_str(), poll.chair_link.as_str());
    let commands: [&[&str]; 5] = [
        &["vote", link, "--choice", "Tea"],
        &["tally", link],
        &["ballots", link],
        &["revoke", chair, "--ballot", &poll.id, "--reason", "r"],
        &["strike", chair, "--reason", "r"],
    ];
    let commands = commands
        .iter()
        .map(|command| [*command, &["--precinct", precinct], more].concat());
    commands.map(|command| run(&command)).collect()
}

#[test]
fn a_precinct_that_is_not_there_is_refused() {
    let relay = Relay::start();
    let nowhere = ["--relay", "http://127.0.0.1:1"];
    let one_room = Poll::start(&relay.url(), &[]);
    for refused in with_precinct(&one_room, "North", &nowhere) {
        refused.refused(2, &["has no precincts"]);
    }
    let automatic = Poll::start(&relay.url(), &["--precincts", "100"]);
    for wanted in ["0", "101", "North", "", "70000"] {
        for refused in with_precinct(&automatic, wanted, &nowhere) {
            refused.refused(2, &["there is no precinct", "from 1 to 100"]);
        }
    }
    let named = named(&relay);
    for refused in with_precinct(&named, "4", &[]) {
        refused.refused(2, &["no precinct `4`", "1 North, 2 South, 3 East"]);
    }
    // Whose names nobody there can tell.
    let elsewhere = Relay::start();
    let there = ["--relay", &elsewhere.url(), "--wait", "300ms"];
    for nobody in with_precinct(&named, "North", &there) {
        nobody.refused(4, &["nobody there"]);
    }
}
