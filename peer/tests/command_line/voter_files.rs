//! Voter files behind links, and what is no voter file.

use std::fs;
use std::os::unix::fs::symlink;

use serde_json::json;

use crate::programs::Poll;
use crate::relay::Relay;

#[test]
fn a_voter_file_behind_a_link_is_one_voter_with_one_run_at_a_time() {
    let relay = Relay::start();
    let poll = Poll::start(&relay.url(), &[]);
    let folder = tempfile::tempdir().unwrap();
    let (real, link) = (
        folder.path().join("me.json"),
        folder.path().join("link.json"),
    );
    symlink("me.json", &link).unwrap();
    let [real, link] = [&real, &link].map(|path| path.to_str().unwrap());
    let voter = poll.start_vote("Tea", &["--voter", link, "--stay"]);
    voter.json_line();
    for path in [real, link] {
        poll.vote("Coffee", &["--voter", path])
            .refused(2, &["in use by another run"]);
    }
    voter.terminate();
    voter.finish();
    for (choice, path, seq) in [("Coffee", real, 1), ("Water", link, 2)] {
        let voted = poll.vote(choice, &["--voter", path]).json();
        assert_eq!(voted["seq"], json!(seq));
    }
    assert!(fs::symlink_metadata(link).unwrap().is_symlink());
    assert_eq!(poll.counts(), (vec![0, 0, 1], [3, 1, 0, 0]));
}

#[test]
fn what_can_be_no_voter_file_is_refused_before_anything_is_signed() {
    let relay = Relay::start();
    let poll = Poll::start(&relay.url(), &[]);
    let folder = tempfile::tempdir().unwrap();
    let (pipe, empty) = (folder.path().join("pipe"), folder.path().join("empty"));
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    fs::write(&empty, "").unwrap();
    for (path, words) in [
        (folder.path(), "is a folder"),
        (&pipe, "is a pipe"),
        ("/dev/full".as_ref(), "is a device"),
        (&empty, "is empty"),
    ] {
        poll.vote("Tea", &["--voter", path.to_str().unwrap()])
            .refused(2, &[words, "name a"]);
    }
    assert_eq!(poll.counts(), (vec![0, 0, 0], [0, 0, 0, 0]));
}
