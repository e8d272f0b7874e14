//! Polls from their making to their count.

use data_encoding::HEXLOWER;
use ed25519_zebra::SigningKey;
use election_core::ids::{OpId, PollId, VoterKey};
use election_core::poll::ballot::Ballot;
use election_core::poll::choice::Choice;
use election_core::poll::genesis::{DEFAULT_MAX_SEQ, Genesis};
use election_core::poll::method::Method;
use election_core::poll::op::Op;
use election_core::poll::words;
use election_core::wire::envelope::{sign, voter_key};
use serde_json::{Value, json};

use crate::programs::{Poll, fields, id_of, run};
use crate::relay::Relay;

/// The fields of what `vote` prints, in a poll of one room.
const VOTED: [&str; 6] = ["ballot", "receipt", "seen_by", "seq", "voter", "voter_name"];

/// The 32 bytes that 64 digits write.
fn bytes(id: &Value) -> [u8; 32] {
    let bytes = HEXLOWER.decode(id_of(id).as_bytes()).unwrap();
    bytes.try_into().unwrap()
}

/// A ballot's two words, as the page shows them.
fn receipt(ballot: &Value) -> String {
    words::receipt(&OpId(bytes(ballot))).join(" ")
}

/// A voter's.
fn voter_name(voter: &Value) -> String {
    words::voter(&VoterKey(bytes(voter))).join(" ")
}

/// A state's four words.
fn result_code(hash: &Value) -> String {
    words::code(&bytes(hash)).join(" ")
}

#[test]
fn people_read_the_words_that_the_page_shows_beside_the_digits() {
    let relay = Relay::start();
    let poll = Poll::start(&relay.url(), &[]);
    let look = |command: &str| {
        let shown = run(&[command, &poll.link, "--settle", "200ms"]);
        assert_eq!(shown.code, Some(0), "{}", shown.stderr);
        shown.stdout
    };
    let cast = run(&["vote", &poll.link, "--choice", "Tea"]);
    let listed = poll.ballots();
    let (receipt, name) = (
        receipt(&listed[0]["ballot"]),
        voter_name(&listed[0]["voter"]),
    );
    for text in [cast.stdout, look("ballots")] {
        assert!(text.contains(&receipt) && text.contains(&name), "{text}");
    }
    let code = result_code(&poll.tally()["state_hash"]);
    let text = look("tally");
    assert!(text.contains(&code), "{text}");
}

#[test]
fn a_poll_from_its_making_to_a_revocation() {
    let relay = Relay::start();
    let poll = Poll::start(&relay.url(), &[]);
    assert!(poll.link.starts_with(&format!("{}/p#", relay.url())));
    assert_ne!(poll.link, poll.chair_link);

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("me.json");
    let file = file.to_str().unwrap();
    let first = poll.vote("Tea", &["--voter", file]).json();
    assert_eq!(fields(&first), VOTED);
    assert_eq!(
        (first["seq"].as_u64(), first["seen_by"].as_u64()),
        (Some(0), Some(1))
    );
    assert_eq!(first["receipt"], json!(receipt(&first["ballot"])));
    assert_eq!(first["voter_name"], json!(voter_name(&first["voter"])));
    let stranger = poll.vote("Tea", &[]).json();
    assert_ne!(stranger["voter"], first["voter"]);
    let second = poll.vote("Coffee", &["--voter", file]).json();
    assert_eq!(
        (&second["voter"], second["seq"].as_u64()),
        (&first["voter"], Some(1))
    );
    poll.vote("Coffee", &["--voter", file])
        .refused(5, &["already your vote"]);

    let tally = poll.tally();
    let state_hash = id_of(&tally["state_hash"]).to_owned();
    let options = json!([{"name": "Tea", "count": 1}, {"name": "Coffee", "count": 1}, {"name": "Water", "count": 0}]);
    let expected = json!({
        "poll": poll.id, "status": "open", "options": options, "ballots": 3, "counted": 2, "revoked": 0, "spoiled": 0,
        "state_hash": state_hash, "result_code": result_code(&tally["state_hash"]), "replicas": 2, "agreeing": 2,
    });
    assert_eq!(tally, expected);

    let ballot = id_of(&stranger["ballot"]);
    let revoke = [
        "revoke",
        &poll.chair_link,
        "--json",
        "--settle",
        "200ms",
        "--ballot",
        ballot,
        "--reason",
        "a test",
    ];
    let revoked = run(&revoke).json();
    assert_eq!(
        fields(&revoked),
        ["ballot", "reason", "revocation", "seen_by"]
    );
    assert_eq!(
        (&revoked["ballot"], &revoked["reason"]),
        (&stranger["ballot"], &json!("a test"))
    );
    assert_eq!(revoked["seen_by"], 1);
    id_of(&revoked["revocation"]);
    run(&revoke).refused(5, &["revoked already"]);

    assert_eq!(poll.counts(), (vec![0, 1, 0], [3, 1, 1, 0]));
    assert_ne!(
        poll.tally()["state_hash"].as_str(),
        Some(state_hash.as_str())
    );

    let listed = poll.ballots();
    assert_eq!(listed.len(), 3);
    for (cast, choice, counts, why) in [
        (
            &first,
            "Tea",
            "replaced",
            format!("replaced it by ballot {}", id_of(&second["ballot"])),
        ),
        (
            &second,
            "Coffee",
            "counted",
            "its voter's latest ballot".to_owned(),
        ),
        (
            &stranger,
            "Tea",
            "revoked",
            "the chair revoked it: a test".to_owned(),
        ),
    ] {
        let ballot = listed
            .iter()
            .find(|ballot| ballot["ballot"] == cast["ballot"])
            .unwrap();
        assert_eq!(
            fields(ballot),
            [
                "ballot",
                "choice",
                "counts",
                "receipt",
                "seq",
                "voter",
                "voter_name",
                "why"
            ]
        );
        assert_eq!(
            [&ballot["receipt"], &ballot["voter_name"]],
            [&cast["receipt"], &cast["voter_name"]]
        );
        assert_eq!(
            (&ballot["voter"], &ballot["seq"]),
            (&cast["voter"], &cast["seq"])
        );
        assert_eq!(
            (&ballot["choice"], &ballot["counts"]),
            (&json!([choice]), &json!(counts))
        );
        assert!(ballot["why"].as_str().unwrap().contains(&why), "{ballot}");
    }

    let voter = id_of(&second["voter"]);
    let bar = ["bar", &poll.chair_link, "--json", "--settle", "200ms"];
    let bar =
        |voter: &str| run(&[&bar[..], &["--voter", voter, "--reason", "not a member"]].concat());
    let barred = bar(voter).json();
    assert_eq!(fields(&barred), ["bar", "reason", "seen_by", "voter"]);
    assert_eq!(
        (&barred["voter"], &barred["reason"], &barred["seen_by"]),
        (&second["voter"], &json!("not a member"), &json!(1))
    );
    id_of(&barred["bar"]);
    bar(voter).refused(5, &["barred already"]);
    bar("abc").refused(2, &["--voter", "`election-peer ballots` lists them"]);
    assert_eq!(poll.counts(), (vec![0, 0, 0], [3, 0, 1, 0]));
    let of_barred = |ballot: &&Value| ballot["voter"] == second["voter"];
    let listed = poll.ballots();
    assert_eq!(listed.iter().filter(of_barred).count(), 2);
    for ballot in listed.iter().filter(of_barred) {
        assert_eq!(ballot["counts"], "barred");
        let why = ballot["why"].as_str().unwrap();
        assert!(why.contains("barred its voter: not a member"), "{why}");
    }
    poll.vote("Water", &["--voter", file])
        .refused(5, &["barred this voter"]);

    poll.maker.terminate();
    let made = poll.maker.finish();
    assert_eq!(
        (made.code, made.stdout.as_str()),
        (Some(0), ""),
        "it ends well, and prints nothing more"
    );
}

#[test]
fn many_vote_at_once_and_all_are_counted() {
    let relay = Relay::start();
    let poll = Poll::start(&relay.url(), &["--approval"]);
    let voters = ["Tea", "Coffee", "Water", "Tea"]
        .map(|choice| poll.start_vote("Tea", &["--choice", choice]));
    for voter in voters {
        assert!(voter.finish().json()["seen_by"].as_u64().unwrap() >= 1);
    }
    assert_eq!(poll.counts(), (vec![4, 1, 1], [4, 4, 0, 0]));
}

#[test]
fn a_poll_outlives_its_maker_in_another_replica() {
    let relay = Relay::start();
    let mut poll = Poll::start(&relay.url(), &[]);
    let keeper = poll.start_vote("Water", &["--stay"]);
    assert_eq!(keeper.json_line()["seen_by"], 1);
    let mut before = poll.tally();
    assert_eq!(
        (&before["replicas"], &before["agreeing"]),
        (&json!(3), &json!(3))
    );
    poll.maker.terminate();
    poll.maker = keeper;
    (before["replicas"], before["agreeing"]) = (json!(2), json!(2));
    assert_eq!(
        poll.tally(),
        before,
        "a third fetches it from the one that is left"
    );
    assert_eq!(poll.vote("Tea", &[]).json()["seen_by"], 1);
    assert_eq!(poll.counts(), (vec![1, 0, 1], [2, 2, 0, 0]));
}

#[test]
fn a_replica_that_stays_comes_back_when_the_relay_does() {
    let relay = Relay::start();
    let poll = Poll::start(&relay.url(), &[]);
    poll.vote("Tea", &[]).json();
    let address = relay.address;
    relay.stop();
    poll.vote("Tea", &[]).refused(3, &["no relay in reach"]);
    let _relay = Relay::listen(address);
    poll.vote("Coffee", &[]).json();
    assert_eq!(poll.counts(), (vec![1, 1, 0], [2, 2, 0, 0]));
}

#[test]
fn a_ballot_that_never_arrived_is_sent_again_by_the_same_command() {
    let relay = Relay::start();
    let poll = Poll::start(&relay.url(), &[]);
    let folder = tempfile::tempdir().unwrap();
    for (name, seed, asked, seq) in [("same.json", 1, "Tea", 0), ("changed.json", 2, "Coffee", 1)] {
        let file = folder.path().join(name);
        let file = file.to_str().unwrap();
        let kept = interrupted_run(&poll, file, seed, "Tea");
        let voted = poll.vote(asked, &["--voter", file]).json();
        assert_eq!((&voted["seq"], &voted["seen_by"]), (&json!(seq), &json!(1)));
        assert_eq!(voted["ballot"] == kept, seq == 0);
        poll.vote(asked, &["--voter", file])
            .refused(5, &["already your vote"]);
    }
    assert_eq!(poll.counts(), (vec![1, 1, 0], [3, 2, 0, 0]));
}

#[test]
fn a_voter_file_that_was_copied_spoils_a_ballot_and_the_next_vote_mends_it() {
    let relay = Relay::start();
    let poll = Poll::start(&relay.url(), &[]);
    let folder = tempfile::tempdir().unwrap();
    let files = ["one.json", "two.json"].map(|name| folder.path().join(name));
    let [one, two] = files.each_ref().map(|file| file.to_str().unwrap());
    interrupted_run(&poll, one, 1, "Tea");
    interrupted_run(&poll, two, 1, "Coffee");
    let vote = |choice, file| {
        let vote = [
            "vote", &poll.link, "--json", "--choice", choice, "--voter", file,
        ];
        // Enough for the others to fetch the older ballot too.
        run(&[&vote[..], &["--settle", "1m"]].concat()).json()["seq"].clone()
    };
    assert_eq!(vote("Tea", one), 0);
    assert_eq!(vote("Coffee", two), 1);
    assert_eq!(poll.counts(), (vec![0, 1, 0], [3, 1, 0, 0]));
    let listed = poll.ballots();
    let spoiled = listed.iter().filter(|ballot| {
        ballot["why"]
            .as_str()
            .unwrap()
            .contains("under the same number")
    });
    assert!(spoiled.clone().all(|ballot| ballot["counts"] == "spoiled"));
    assert_eq!(spoiled.count(), 2);
}

/// Writes what a run leaves behind that was cut off between disk and network: a voter file with a
/// first ballot that nobody has. Returns the ballot's id.
fn interrupted_run(poll: &Poll, file: &str, seed: u8, choice: &str) -> String {
    let key = SigningKey::from([seed; 32]);
    let options = ["Tea", "Coffee", "Water"];
    // A ballot's encoding depends on the poll's method and on how many options it has, and on
    // nothing else.
    let method = Method::Single;
    let genesis = Genesis::new(voter_key(&key), "any", &options, method, DEFAULT_MAX_SEQ).unwrap();
    let marked = options.iter().position(|option| *option == choice).unwrap();
    let choice = Choice::new(&[marked], method, options.len()).unwrap();
    let ballot = Ballot::new(None, choice, &genesis);
    let ballot = sign(
        &key,
        PollId::from_hex(&poll.id).unwrap(),
        Op::Ballot(ballot),
    );
    let (seed, bytes) = (
        HEXLOWER.encode(&key.to_bytes()),
        HEXLOWER.encode(ballot.bytes()),
    );
    let content = json!({"poll": poll.id, "seed": seed, "ballots": [bytes]});
    std::fs::write(file, content.to_string()).unwrap();
    ballot.id().to_string()
}

#[test]
fn text_is_for_people_and_tokens_are_links_too() {
    let relay = Relay::start();
    let poll = Poll::start(&relay.url(), &[]);
    let token = poll.link.rsplit_once('#').unwrap().1;
    let websocket = relay.url().replace("http", "ws");
    let at = ["--relay", &websocket, "--settle", "200ms"];
    let voted = run(&[&["vote", token, "--choice", " Tea "], &at[..]].concat());
    assert_eq!(voted.code, Some(0), "{}", voted.stderr);
    assert!(
        voted.stdout.contains("seen by  1 other"),
        "{}",
        voted.stdout
    );
    let tally = run(&[&["tally", token], &at[..]].concat());
    assert!(
        tally.stdout.contains("What to drink?") && tally.stdout.contains("1  Tea"),
        "{}",
        tally.stdout
    );
    let agreement = "all 2 replicas in reach hold the same ballots";
    assert!(tally.stdout.contains(agreement), "{}", tally.stdout);
    let ballots = run(&[&["ballots", token], &at[..]].concat());
    assert!(
        ballots.stdout.contains("Tea\n") && ballots.stdout.contains("it counts"),
        "{}",
        ballots.stdout
    );
}

#[test]
fn a_poll_that_nobody_fetched_is_announced_as_lost() {
    let relay = Relay::start();
    let made = run(&[
        "new",
        "--json",
        "--relay",
        &relay.url(),
        "--title",
        "T",
        "--option",
        "A",
        "--option",
        "B",
        "--settle",
        "100ms",
    ]);
    assert_eq!(fields(&made.json()), ["chair_link", "link", "poll"]);
    assert!(made.stderr.contains("--stay"), "{}", made.stderr);
}

#[test]
fn a_link_is_taken_with_whatever_it_was_pasted_with() {
    let relay = Relay::start();
    let poll = Poll::start(&relay.url(), &[]);
    let broken = {
        let (start, end) = poll.link.split_at(poll.link.len() - 30);
        format!("> Please vote:\n> {start}\n> {end}\n>\n> Ann")
    };
    for text in [
        format!("{}.", poll.link),
        format!("<{}>", poll.link),
        poll.link.replace('#', "%23"),
        broken,
    ] {
        let tally = [
            "tally", &text, "--json", "--settle", "200ms", "--wait", "1m",
        ];
        assert_eq!(run(&tally).json()["poll"], poll.id, "{text}");
    }
}

#[test]
fn names_and_reasons_may_begin_with_a_hyphen() {
    let relay = Relay::start();
    let made = run(&[
        "new",
        "--json",
        "--relay",
        &relay.url(),
        "--settle",
        "0s",
        "--title",
        "-- how cold?",
        "--option",
        "-5 °C",
        "--option",
        "--",
        "--precinct",
        "-West",
        "--precinct",
        "-East",
    ]);
    assert_eq!(made.json()["precinct_links"][1]["name"], "-East");
    let poll = Poll::start(&relay.url(), &["--option", "-5 °C"]);
    let cast = poll.vote("-5 °C", &[]).json();
    let revoke = [
        "revoke",
        &poll.chair_link,
        "--json",
        "--settle",
        "200ms",
        "--ballot",
    ];
    let reason = [id_of(&cast["ballot"]), "--reason", "-1 for that"];
    assert_eq!(
        run(&[&revoke[..], &reason].concat()).json()["reason"],
        "-1 for that"
    );
    assert_eq!(poll.counts(), (vec![0, 0, 0, 0], [1, 0, 1, 0]));
    // An option's own name is no text.
    poll.vote("--stay", &[])
        .refused(2, &["--choice", "a text is missing"]);
}

#[test]
fn a_closed_poll_takes_no_votes_until_it_is_opened_again() {
    let relay = Relay::start();
    let poll = Poll::start(&relay.url(), &[]);
    poll.vote("Tea", &[]).json();
    let set = |command: &str, link: &str| run(&[command, link, "--json", "--settle", "200ms"]);
    set("close", &poll.link).refused(5, &["only the chair"]);
    set("reopen", &poll.chair_link).refused(5, &["open already"]);
    let closed = set("close", &poll.chair_link).json();
    assert_eq!(fields(&closed), ["entry", "seen_by", "status"]);
    assert_eq!(
        (&closed["status"], &closed["seen_by"]),
        (&json!("closed"), &json!(1))
    );
    id_of(&closed["entry"]);
    set("close", &poll.chair_link).refused(5, &["closed already"]);
    poll.vote("Coffee", &[]).refused(5, &["no more ballots"]);
    assert_eq!(poll.tally()["status"], "closed");
    assert_eq!(poll.counts(), (vec![1, 0, 0], [1, 1, 0, 0]));
    let opened = set("reopen", &poll.chair_link).json();
    assert_eq!(opened["status"], "open");
    poll.vote("Coffee", &[]).json();
    assert_eq!(poll.tally()["status"], "open");
    assert_eq!(poll.counts(), (vec![1, 1, 0], [2, 2, 0, 0]));
}
