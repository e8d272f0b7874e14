//! Polls with precincts: each replica holds one, and knows of the others what they return.

use std::collections::BTreeSet;

use election_core::wire::link::{Link, LinkPrecincts};
use serde_json::{Value, json};

use crate::programs::{Poll, Running, fields, id_of, run};
use crate::relay::Relay;

const NAMES: [&str; 3] = ["North", "South", "East"];

pub fn named(relay: &Relay) -> Poll {
    let [north, south, east] = NAMES;
    let names = ["--precinct", north, "--precinct", south, "--precinct", east];
    Poll::start(&relay.url(), &names)
}

/// A voter who stays up, so that it speaks for its precinct.
#[track_caller]
pub fn stay(link: &str, choice: &str, more: &[&str]) -> (Running, Value) {
    let vote = ["vote", link, "--json", "--stay", "--choice", choice];
    let vote = [&vote[..], &["--settle", "200ms", "--wait", "1m"], more].concat();
    let voter = Running::start(&vote);
    let voted = voter.json_line();
    (voter, voted)
}

pub fn tally(link: &str, more: &[&str]) -> Value {
    let tally = ["tally", link, "--json", "--settle", "500ms", "--wait", "1m"];
    run(&[&tally[..], more].concat()).json()
}

/// What a precinct returns comes seconds after what it holds: looks until a tally is as it should
/// be.
#[track_caller]
pub fn tally_when(link: &str, more: &[&str], is_so: impl Fn(&Value) -> bool) -> Value {
    let mut last = Value::Null;
    for _ in 0..40 {
        last = tally(link, more);
        if is_so(&last) {
            return last;
        }
    }
    panic!("still {last:#}");
}

pub fn counts(of: &Value) -> Vec<u64> {
    let options = of["options"].as_array().unwrap().iter();
    options
        .map(|option| option["count"].as_u64().unwrap())
        .collect()
}

pub fn sums(of: &Value) -> [u64; 4] {
    ["ballots", "counted", "revoked", "spoiled"].map(|name| of[name].as_u64().unwrap())
}

#[test]
fn every_precinct_comes_to_one_canvass_and_says_how_far_to_trust_each_part() {
    let relay = Relay::start();
    let poll = named(&relay);
    assert_eq!(poll.precinct_links.len(), 3);
    let mut kept = Vec::new();
    for (number, link) in (1..).zip(&poll.precinct_links) {
        let (voter, voted) = stay(link, "Tea", &[]);
        assert_eq!(
            fields(&voted),
            [
                "ballot",
                "precinct",
                "receipt",
                "seen_by",
                "seq",
                "voter",
                "voter_name"
            ]
        );
        assert_eq!(voted["precinct"], number);
        kept.push(voter);
    }
    // Two more of one precinct, by its name and by its number.
    kept.push(stay(&poll.link, "Coffee", &["--precinct", "South"]).0);
    let (voter, voted) = stay(&poll.link, "Water", &["--precinct", "2"]);
    assert_eq!(voted["precinct"], 2);
    kept.push(voter);

    let mut hashes = Vec::new();
    for (index, link) in poll.precinct_links.iter().enumerate() {
        let shown = tally_when(link, &[], |shown| counts(shown) == [3, 1, 1]);
        let names = "agreeing ballots counted grade missing options poll precinct precincts replicas result_code revoked \
                     spoiled state_hash status strikes";
        assert_eq!(fields(&shown), Vec::from_iter(names.split_whitespace()));
        assert_eq!(sums(&shown), [5, 5, 0, 0]);
        assert_eq!(shown["precinct"], index + 1);
        assert_eq!(
            (&shown["missing"], &shown["grade"]),
            (&json!([]), &json!("claimed"))
        );
        hashes.push(id_of(&shown["state_hash"]).to_owned());
        let parts = shown["precincts"].as_array().unwrap();
        assert_eq!(parts.len(), 3);
        for (number, part) in parts.iter().enumerate() {
            assert_eq!(part["precinct"], number + 1);
            assert_eq!(part["name"], NAMES[number]);
            let expected = [[1, 0, 0], [1, 1, 1], [1, 0, 0]][number];
            assert_eq!(counts(part), expected);
            assert_eq!(part["version"], expected.iter().sum::<u64>());
            assert_eq!((&part["disputed"], &part["struck"]), (&json!(0), &json!(0)));
            // A claim stays one until it has stood for a while, however many signed it.
            let grade = part["grade"].as_str().unwrap();
            assert_eq!(grade == "folded", number == index, "{part}");
        }
    }
    hashes.sort_unstable();
    hashes.dedup();
    assert_eq!(hashes.len(), 3, "each holds other ballots");

    let north = poll.precinct_links[0].as_str();
    let text = run(&["tally", north, "--precinct", "East", "--settle", "500ms"]);
    for words in [
        "North  claimed: Tea 1",
        "East  folded: Tea 1",
        "3 of 3 precincts",
    ] {
        assert!(text.stdout.contains(words), "{words}: {}", text.stdout);
    }

    // Each room is named, when the names are known.
    let lines = [
        "looking up the precincts' names\n",
        "connected to http",
        ", precinct East: ",
        "connected to the precincts' council: ",
    ];
    for line in lines {
        assert!(text.stderr.contains(line), "{line}: {}", text.stderr);
    }
    assert_eq!(text.stderr.matches("the poll is here").count(), 1);

    // Of another precinct than the link's: all its ballots, and none of the link's own.
    let ballots = |precinct: &str| {
        let listed = ["ballots", north, "--json", "--precinct", precinct];
        run(&[&listed[..], &["--settle", "500ms", "--wait", "1m"]].concat()).json()
    };
    assert_eq!(ballots("South").as_array().unwrap().len(), 3);
    assert_eq!(ballots("3").as_array().unwrap().len(), 1);
    assert_eq!(ballots("eAST").as_array().unwrap().len(), 1);

    // Who looked left no attestation.
    let shown = tally(north, &[]);
    assert_eq!(shown["precincts"][2]["attestations"], 1);
}

#[test]
fn the_links_of_precincts_come_first_and_what_the_other_does_is_said() {
    let relay = Relay::start();
    let new = |more: &[&str]| {
        let new = ["new", "--relay", &relay.url(), "--title", "T", "--settle"];
        let options = ["0s", "--option", "A", "--option", "B"];
        let made = run(&[&new[..], &options, more].concat());
        assert_eq!(made.code, Some(0), "{}", made.stderr);
        made.stdout
    };
    let made = new(&["--precinct", "North", "--precinct", "South"]);
    let [_, north, south, link, chair] = &Vec::from_iter(made.lines())[..] else {
        panic!("{made}");
    };
    let starts = [
        "   1  North  http",
        "   2  South  http",
        "link  ",
        "chair link  ",
    ];
    for (line, start) in [north, south, link, chair].into_iter().zip(starts) {
        assert!(line.starts_with(start), "{made}");
    }
    let words = "(without a precinct: whoever opens it is put into one by their key)";
    assert!(link.ends_with(words), "{made}");
    assert!(!new(&["--precincts", "2"]).contains("without a precinct"));
}

#[test]
fn who_makes_a_poll_and_stays_signs_for_the_first_precinct() {
    let relay = Relay::start();
    let poll = named(&relay);
    let [north, south, _] = &poll.precinct_links[..] else {
        panic!("three precincts");
    };
    // The voter leaves; only the maker holds the ballot, and speaks for it.
    let vote = ["vote", north, "--choice", "Tea", "--settle", "200ms"];
    let voted = run(&[&vote[..], &["--wait", "1m"]].concat());
    assert_eq!(voted.code, Some(0), "{}", voted.stderr);
    let shown = tally_when(south, &[], |shown| counts(shown) == [1, 0, 0]);
    assert_eq!(shown["precincts"][0]["attestations"], 1);

    // And with another who stays, for both ballots.
    let (_voter, _) = stay(north, "Tea", &[]);
    let both = |shown: &Value| {
        (counts(shown), &shown["precincts"][0]["attestations"]) == (vec![2, 0, 0], &json!(2))
    };
    tally_when(south, &[], both);
}

#[test]
fn who_audits_counts_every_precinct_and_says_which_could_not_be() {
    let relay = Relay::start();
    let poll = Poll::start(&relay.url(), &["--precincts", "7"]);
    // More others than are audited at once.
    let mut voters = Vec::from_iter((1..=6).map(|number| {
        let number = number.to_string();
        stay(&poll.link, "Tea", &["--precinct", &number]).0
    }));
    let last = ["--precinct", "7"];
    tally_when(&poll.link, &last, |shown| counts(shown) == [6, 0, 0]);
    let audit = |more: &[&str]| {
        let tally = [
            "tally", &poll.link, "--json", "--settle", "500ms", "--audit",
        ];
        run(&[&tally[..], &last, more].concat())
    };
    let shown = audit(&["--wait", "1m"]).json();
    assert_eq!(
        (counts(&shown), sums(&shown)),
        (vec![6, 0, 0], [6, 6, 0, 0])
    );
    assert_eq!(shown["grade"], "folded");
    for part in shown["precincts"].as_array().unwrap() {
        assert_eq!(part["grade"], "folded", "{part}");
    }

    // Of a precinct that nobody holds any more, what it claimed is left.
    let gone = voters.pop().unwrap();
    gone.terminate();
    gone.finish();
    let mut audits = (0..40).map(|_| audit(&["--wait", "1m"]));
    // Its room is empty as soon as the relay has noticed.
    let words = "not counted here, since nobody in reach gave all ballots: precinct 6\n";
    let audited = audits.find(|audited| audited.stderr.contains(words));
    let shown = audited.unwrap().json();
    assert_eq!(
        (&shown["grade"], counts(&shown)),
        (&json!("claimed"), vec![6, 0, 0])
    );
    assert_eq!(shown["precincts"][4]["grade"], "folded");
    assert_eq!(shown["precincts"][5]["grade"], "claimed");
}

#[test]
fn what_cannot_be_attested_in_time_is_not_waited_for_and_what_could_be_is_named() {
    let relay = Relay::start();
    let poll = named(&relay);
    let [north, south, east] = &poll.precinct_links[..] else {
        panic!("three precincts");
    };
    let voters = [south, east].map(|link| stay(link, "Tea", &[]).0);
    tally_when(north, &[], |shown| counts(shown) == [2, 0, 0]);
    let tally_for = |settle: &str| {
        let looked = run(&["tally", north, "--json", "--settle", settle, "--wait", "1m"]);
        assert!(!looked.stderr.contains("agreed"), "{}", looked.stderr);
        (looked.json(), looked.stderr)
    };
    // One who signs is never more than a claim: ten minutes would be more than these tests take.
    let (shown, said) = tally_for("10m");
    assert_eq!(shown["grade"], "claimed");
    assert!(!said.contains("several signed"), "{said}");

    let (_second, _) = stay(south, "Tea", &[]);
    tally_when(north, &[], |shown| {
        shown["precincts"][1]["attestations"] == 2
    });
    let (shown, said) = tally_for("1m");
    assert_eq!(shown["precincts"][1]["grade"], "claimed");
    let words = "several signed what is claimed of precinct South; it is attested once";
    assert!(said.contains(words), "{said}");
    assert!(said.contains("--settle 1"), "{said}");
    drop(voters);
}

#[test]
fn a_revocation_crosses_precincts() {
    let relay = Relay::start();
    let poll = named(&relay);
    let (_north, _) = stay(&poll.precinct_links[0], "Tea", &[]);
    let (_east, cast) = stay(&poll.precinct_links[2], "Coffee", &[]);
    let north = poll.precinct_links[0].as_str();
    tally_when(north, &[], |shown| sums(shown) == [2, 2, 0, 0]);

    let revoke = |more: &[&str]| {
        let revoke = ["revoke", &poll.chair_link, "--json", "--settle", "500ms"];
        let what = ["--ballot", id_of(&cast["ballot"]), "--reason", "a test"];
        run(&[&revoke[..], &what, more].concat())
    };
    revoke(&[]).refused(2, &["--precinct"]);
    revoke(&["--precinct", "North"]).refused(5, &["no such ballot in precinct 1"]);
    let revoked = revoke(&["--precinct", "East"]).json();
    assert_eq!(
        fields(&revoked),
        ["ballot", "reason", "revocation", "seen_by"]
    );
    revoke(&["--precinct", "3"]).refused(5, &["revoked already"]);
    for link in &poll.precinct_links {
        let shown = tally_when(link, &[], |shown| sums(shown) == [2, 1, 1, 0]);
        assert_eq!(counts(&shown), [1, 0, 0]);
        assert_eq!(shown["precincts"][2]["revoked"], 1);
    }
}

#[test]
fn in_a_poll_by_key_the_one_link_serves_all() {
    let relay = Relay::start();
    let poll = Poll::start(&relay.url(), &["--precincts", "4096"]);
    assert!(poll.precinct_links.is_empty());
    let precincts = Link::parse(&poll.link).unwrap().precincts;
    assert_eq!(
        precincts,
        Some(LinkPrecincts {
            count: 4096,
            precinct: None
        })
    );
    let (first, voted) = stay(&poll.link, "Tea", &[]);
    let own = voted["precinct"].as_u64().unwrap();
    assert!((1..=4096).contains(&own));
    let (second, voted) = stay(&poll.link, "Coffee", &["--precinct", "4096"]);
    assert_eq!(voted["precinct"], 4096);
    // And whoever made the poll says that there is nothing in the first.
    let known = BTreeSet::from([1, own, 4096]).len();
    let shown = tally_when(&poll.link, &["--precinct", "4096"], |shown| {
        let missing = shown["missing"].as_array().unwrap().len();
        (counts(shown), missing) == (vec![1, 1, 0], 4096 - known)
    });
    assert_eq!(shown["precincts"].as_array().unwrap().len(), 4096);
    for voter in [first, second] {
        voter.terminate();
        assert_eq!(voter.finish().code, Some(0));
    }
}

#[test]
fn a_poll_with_precincts_comes_back_when_the_relay_does() {
    let relay = Relay::start();
    let poll = named(&relay);
    let (_north, _) = stay(&poll.precinct_links[0], "Tea", &[]);
    let east = poll.precinct_links[2].as_str();
    tally_when(east, &[], |shown| counts(shown) == [1, 0, 0]);
    let address = relay.address;
    relay.stop();
    let _relay = Relay::listen(address);
    let (_south, _) = stay(&poll.precinct_links[1], "Coffee", &[]);
    let shown = tally_when(east, &[], |shown| counts(shown) == [1, 1, 0]);
    assert_eq!(sums(&shown), [2, 2, 0, 0]);
}

#[test]
fn a_voter_file_has_its_precinct() {
    let relay = Relay::start();
    let poll = named(&relay);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("me.json");
    let file = file.to_str().unwrap();
    let (voter, voted) = stay(&poll.precinct_links[1], "Tea", &["--voter", file]);
    assert_eq!((&voted["precinct"], &voted["seq"]), (&json!(2), &json!(0)));
    // The poll's link leads the key where it votes; nobody but this voter has the ballot.
    voter.terminate();
    voter.finish();
    let (_voter, voted) = stay(&poll.link, "Coffee", &["--voter", file]);
    assert_eq!((&voted["precinct"], &voted["seq"]), (&json!(2), &json!(1)));

    let elsewhere = |link: &str, more: &[&str]| {
        let other = folder.path().join("copy.json");
        std::fs::copy(file, &other).unwrap();
        let vote = ["vote", link, "--choice", "Water", "--voter"];
        run(&[&vote[..], &[other.to_str().unwrap()], more].concat())
    };
    let words = ["key votes in precinct 2", "would be precinct 3"];
    elsewhere(&poll.link, &["--precinct", "East"]).refused(2, &words);
    // Nothing is asked for that: the address leads nowhere.
    let nowhere = ["--relay", "http://127.0.0.1:1"];
    elsewhere(&poll.precinct_links[2], &nowhere).refused(2, &words);
}
