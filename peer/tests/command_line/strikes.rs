//! What the chair strikes of a precinct, and what is shown then.

use serde_json::{Value, json};

use crate::precincts::{counts, named, stay, tally, tally_when};
use crate::programs::{fields, id_of, run};
use crate::relay::Relay;

#[test]
fn what_the_chair_strikes_counts_for_nothing_in_every_precinct() {
    let relay = Relay::start();
    let poll = named(&relay);
    let (_north, _) = stay(&poll.precinct_links[0], "Tea", &[]);
    let (_east, _) = stay(&poll.precinct_links[2], "Tea", &[]);
    let strike = |link: &str, precinct: &str| {
        let strike = ["strike", link, "--json", "--settle", "500ms"];
        run(&[&strike[..], &["--precinct", precinct, "--reason", "lies"]].concat())
    };
    strike(&poll.link, "South").refused(5, &["only the chair"]);
    let there_are = "1 North, 2 South, 3 East";
    strike(&poll.chair_link, "West").refused(2, &["no precinct `West`", there_are]);

    // A precinct whose voters have all left what they returned, and are gone: nobody will return
    // anything else.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("south.json");
    let kept = ["--voter", file.to_str().unwrap()];
    let (south, _) = stay(&poll.precinct_links[1], "Coffee", &kept);
    let (north, east) = (&poll.precinct_links[0], &poll.precinct_links[2]);
    for link in [north, east] {
        tally_when(link, &[], |shown| counts(shown) == [2, 1, 0]);
    }
    south.terminate();
    south.finish();
    // Who looks there has nothing to count, and is shown what is claimed.
    let shown = tally_when(&poll.precinct_links[1], &[], |shown| {
        counts(shown) == [2, 1, 0]
    });
    assert_eq!(
        (&shown["precinct"], &shown["grade"]),
        (&json!(2), &json!("claimed"))
    );
    assert_eq!(shown["precincts"][1]["grade"], "claimed");
    assert_eq!(shown["precincts"][1]["version"], 1);
    let there = [
        "ballots",
        &poll.precinct_links[1],
        "--json",
        "--settle",
        "500ms",
    ];
    let listed = run(&there);
    assert_eq!(listed.json(), json!([]));
    let words = "precinct South: 1 ballot(s) claimed, 0 here: this list may lack some";
    assert!(listed.stderr.contains(words), "{}", listed.stderr);
    let struck = strike(&poll.chair_link, "South").json();
    assert_eq!(
        fields(&struck),
        [
            "now",
            "precinct",
            "reason",
            "return_id",
            "seen_by",
            "strike",
            "version"
        ]
    );
    assert_eq!(struck["now"], Value::Null);
    id_of(&struck["strike"]);
    id_of(&struck["return_id"]);
    assert_eq!(
        (&struck["precinct"], &struck["version"], &struck["reason"]),
        (&json!(2), &json!(1), &json!("lies"))
    );
    for link in [north, east] {
        let shown = tally_when(link, &[], |shown| counts(shown) == [2, 0, 0]);
        assert_eq!(shown["missing"], json!([2]));
        let expected = json!({
            "precinct": 2, "name": "South", "grade": null, "attestations": 0, "disputed": 0, "struck": 1, "version": null,
        });
        assert_eq!(shown["precincts"][1], expected);
    }
    strike(&poll.chair_link, "South").refused(5, &["nothing is claimed of precinct 2"]);
    let return_id = id_of(&struck["return_id"]);
    let listed = json!({"precinct": 2, "return_id": return_id, "reason": "lies"});
    assert_eq!(tally(north, &[])["strikes"], json!([listed]));
    let text = run(&["tally", north, "--settle", "500ms"]);
    let lines = [
        "     2  South  struck: a return of it was struck by the chair, and nothing else is known of it\n",
        &format!("struck by the chair:   2  South  lies   (return {return_id})\n"),
    ];
    for line in lines {
        assert!(text.stdout.contains(line), "{line}: {}", text.stdout);
    }
    let words = "not in the total: the chair struck a return, and nothing else is known, of precinct South\n";
    assert!(text.stderr.contains(words), "{}", text.stderr);

    // Also where its ballots are held: what was struck was true, and its voter is back.
    let (_south, voted) = stay(&poll.precinct_links[1], "Coffee", &kept);
    assert_eq!(voted["seq"], 0);
    for (link, more) in [(&poll.precinct_links[1], &[][..]), (north, &["--audit"])] {
        let tally = ["tally", link, "--settle", "500ms", "--wait", "1m"];
        let text = run(&[&tally[..], more].concat());
        assert!(text.stdout.contains(lines[0]), "{}", text.stdout);
        assert!(
            !text.stderr.contains("not counted here, since"),
            "{}",
            text.stderr
        );
    }
}

#[test]
fn a_strike_says_what_is_shown_in_place_of_what_was_struck() {
    let relay = Relay::start();
    let poll = named(&relay);
    let (north, south) = (&poll.precinct_links[0], &poll.precinct_links[1]);
    let (first, _) = stay(south, "Coffee", &[]);
    tally_when(north, &[], |shown| counts(shown) == [0, 1, 0]);
    first.terminate();
    first.finish();
    // Whoever comes after knows nothing of the first ballot, and states something else.
    let (_second, _) = stay(south, "Water", &[]);
    let strike = |more: &[&str]| {
        let strike = ["strike", &poll.chair_link, "--precinct", "South"];
        let strike = [
            &strike[..],
            &["--reason", "lies", "--settle", "500ms"],
            more,
        ];
        run(&strike.concat())
    };
    let audited = |shown: &Value| counts(shown) == [0, 0, 1];
    tally_when(south, &[], audited);
    tally_when(north, &[], |shown| {
        let claimed = counts(shown);
        claimed == [0, 0, 1] || shown["precincts"][1]["disputed"] == 1
    });
    let struck = strike(&["--json"]).json();
    let other = tally(north, &[]);
    assert_eq!(struck["now"]["grade"], "claimed", "{struck:#}");
    assert_eq!(struck["now"]["options"], other["precincts"][1]["options"]);
    let struck = strike(&[]);
    // Both are gone: the one that is kept up is known to be struck, and not said again.
    let words = "now       nothing is shown of it, until it returns other ballots\n";
    assert!(struck.stdout.contains(words), "{}", struck.stdout);
    // Nobody else is where the chair struck from.
    let words = "seen by   the precincts' council\n";
    assert!(struck.stdout.contains(words), "{}", struck.stdout);
}
