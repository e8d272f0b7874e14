//! What goes wrong: each with its exit code, a message, and nothing on standard output.

use std::net::TcpListener;

use crate::programs::{Poll, run};
use crate::relay::Relay;

#[test]
fn a_bad_link_says_what_it_is() {
    let relay = Relay::start();
    let poll = Poll::start(&relay.url(), &[]);
    let link = poll.link.as_str();
    let cut = &link[..link.len() - 7];
    let mistyped = {
        let (start, end) = link.split_at(link.len() - 20);
        let other = if end.starts_with('A') { "B" } else { "A" };
        format!("{start}{other}{}", &end[1..])
    };
    let page = format!("{}/p", relay.url());
    let without_origin = format!("polls.example.org/p#{}", link.rsplit_once('#').unwrap().1);
    for (link, words) in [
        (cut, "damaged"),
        (mistyped.as_str(), "damaged"),
        (page.as_str(), "not a link"),
        ("hello", "not a link"),
        ("", "not a link"),
        ("http://127.0.0.1:1/p#", "not a link"),
        (without_origin.as_str(), "--relay"),
    ] {
        run(&["tally", link]).refused(2, &[words]);
        run(&["ballots", link]).refused(2, &[words]);
        run(&["vote", link, "--choice", "Tea"]).refused(2, &[words]);
        run(&["revoke", link, "--ballot", &poll.id, "--reason", "r"]).refused(2, &[words]);
    }
}

#[test]
fn a_poll_that_cannot_be_is_not_made() {
    let new = |title: &str, options: &[&str]| {
        // No relay is asked: the address leads nowhere.
        let mut arguments = vec![
            "new",
            "--json",
            "--relay",
            "http://127.0.0.1:1",
            "--title",
            title,
        ];
        options
            .iter()
            .for_each(|option| arguments.extend(["--option", option]));
        run(&arguments)
    };
    let many: Vec<String> = (0..65).map(|number| format!("option {number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let long = "x".repeat(10_000);
    new(" ", &["A", "B"]).refused(2, &["--title: "]);
    new(&long, &["A", "B"]).refused(2, &["title is too long by about 9800 characters"]);
    new("T", &["A"]).refused(2, &["--option: ", "at least 2"]);
    new("T", &["A", "A "]).refused(2, &["same name"]);
    new("T", &["A", ""]).refused(2, &["option 2 has no name"]);
    new("T", &["A", &long]).refused(2, &["option 2 is too long by about 9800 characters"]);
    new("T", &["A", "B\u{202e}"]).refused(2, &["control character"]);
    new("T", &["A", "\u{3164}"]).refused(2, &["option 2", "do not show"]);
    new("\u{2800}", &["A", "B"]).refused(2, &["title", "do not show"]);
    for alike in ["PORTO", "Porto\u{200b}", "P\u{43e}rto"] {
        new("T", &["A", "Porto", alike]).refused(2, &["options 2 and 3 look alike"]);
    }
    new("T", &["M\u{e1}laga", "Ma\u{301}laga"]).refused(2, &["options 1 and 2 look alike"]);
    new("T", &many).refused(2, &["at most 64"]);
    new("T", &[]).refused(2, &["--option"]);
}

#[test]
fn bad_usage_is_refused_before_anything_is_sent() {
    let relay = Relay::start();
    let poll = Poll::start(&relay.url(), &[]);
    let (link, chair) = (poll.link.as_str(), poll.chair_link.as_str());
    run(&[]).refused(2, &["Usage"]);
    run(&["tally", link, "--settle", "soon"]).refused(2, &["500ms"]);
    run(&["tally", link, "--wait", "9999999m"]).refused(2, &["at most a day"]);
    run(&["tally", link, "--relay", "ftp://127.0.0.1"]).refused(2, &["not a relay's address"]);
    run(&["vote", link]).refused(2, &["--choice"]);
    run(&["revoke", chair, "--ballot", "abc", "--reason", "r"])
        .refused(2, &["64 hexadecimal digits"]);
    run(&["revoke", chair, "--ballot", &poll.id, "--reason", " "])
        .refused(2, &["--reason: give a reason"]);
    let long = "x".repeat(501);
    run(&["revoke", chair, "--ballot", &poll.id, "--reason", &long]).refused(
        2,
        &["--reason: the reason is too long by about 1 character"],
    );
    assert_eq!(poll.counts(), (vec![0, 0, 0], [0, 0, 0, 0]));
}

#[test]
fn without_a_relay_the_exit_code_is_3() {
    let relay = Relay::start();
    let poll = Poll::start(&relay.url(), &[]);
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", nobody.local_addr().unwrap());
    // It takes connections and never answers.
    run(&["tally", &poll.link, "--relay", &address, "--wait", "300ms"])
        .refused(3, &["no relay in reach", "in time"]);
    drop(nobody);
    run(&["tally", &poll.link, "--relay", &address]).refused(3, &["no relay in reach", "--relay"]);
    let new = [
        "new", "--stay", "--title", "T", "--option", "A", "--option", "B", "--relay", &address,
    ];
    run(&new).refused(3, &["no relay in reach"]);
    // Something answers there, and not as a relay.
    let page = format!("{}/elsewhere", relay.url());
    run(&["tally", &poll.link, "--relay", &page]).refused(3, &["not a relay", "404"]);
    // TLS is spoken to a relay that does not.
    let secure = relay.url().replace("http", "https");
    run(&["tally", &poll.link, "--relay", &secure, "--wait", "2s"])
        .refused(3, &["no relay in reach"]);
}

#[test]
fn when_nobody_has_the_poll_the_exit_code_is_4() {
    let relay = Relay::start();
    let elsewhere = Relay::start();
    let poll = Poll::start(&elsewhere.url(), &[]);
    let there = ["--relay", &relay.url(), "--wait", "300ms"];
    for command in [
        &["tally", &poll.link][..],
        &["ballots", &poll.link],
        &["vote", &poll.link, "--choice", "Tea"],
        &[
            "revoke",
            &poll.chair_link,
            "--ballot",
            &poll.id,
            "--reason",
            "r",
        ],
    ] {
        run(&[command, &there[..]].concat()).refused(4, &["nobody there", "--wait"]);
    }
}

#[test]
fn what_the_poll_does_not_allow_is_refused() {
    let relay = Relay::start();
    let poll = Poll::start(&relay.url(), &[]);
    poll.vote("Wine", &[])
        .refused(5, &["no option `Wine`", "Tea, Coffee, Water"]);
    poll.vote("Tea", &["--choice", "Coffee"])
        .refused(5, &["--choice: this poll takes one mark"]);
    let revoke = |link: &str| {
        run(&[
            "revoke", link, "--settle", "200ms", "--ballot", &poll.id, "--reason", "r",
        ])
    };
    revoke(&poll.link).refused(5, &["only the chair"]);
    revoke(&poll.chair_link).refused(5, &["no such ballot"]);
    assert_eq!(poll.counts(), (vec![0, 0, 0], [0, 0, 0, 0]));
}

#[test]
fn a_voter_file_of_another_poll_or_a_broken_one_is_left_alone() {
    let relay = Relay::start();
    let (poll, other) = (
        Poll::start(&relay.url(), &[]),
        Poll::start(&relay.url(), &[]),
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("me.json");
    let file = path.to_str().unwrap();
    poll.vote("Wine", &["--voter", file]).refused(5, &[]);
    assert!(!path.exists(), "no ballot, no file");
    other.vote("Tea", &["--voter", file]).json();
    let kept = std::fs::read_to_string(&path).unwrap();
    poll.vote("Tea", &["--voter", file])
        .refused(2, &["another poll", &other.id]);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), kept);

    std::fs::write(&path, &kept[..kept.len() / 2]).unwrap();
    other
        .vote("Coffee", &["--voter", file])
        .refused(2, &["cut off", "name another"]);
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        kept[..kept.len() / 2]
    );

    let nowhere = folder.path().join("none").join("me.json");
    poll.vote("Tea", &["--voter", nowhere.to_str().unwrap()])
        .refused(
            1,
            &["cannot be written", "none/me.json", "no ballot was sent"],
        );
    assert_eq!(
        poll.counts(),
        (vec![0, 0, 0], [0, 0, 0, 0]),
        "what cannot be kept is not sent"
    );
    assert_eq!(other.counts(), (vec![1, 0, 0], [1, 1, 0, 0]));
}
